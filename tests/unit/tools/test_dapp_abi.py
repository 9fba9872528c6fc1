"""What `tools/dapp_abi.py` writes for the wallet app, from forge artifacts laid out in a folder."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from eth_utils.abi import function_signature_to_4byte_selector

ROOT = Path(__file__).resolve().parents[3]


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dapp_abi", ROOT / "tools" / "dapp_abi.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _tool()


def parameter(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "internalType": f"solidity's {kind}", **more}


def error(name: str, *inputs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "error", "name": name, "inputs": list(inputs)}


TERMS = parameter("terms", "tuple[]", components=[parameter("rate", "uint96"), parameter("units", "uint32")])
ABI = [
    {"type": "constructor", "inputs": [parameter("admin", "address")], "stateMutability": "nonpayable"},
    error("CapacityLease_Wrong", TERMS, parameter("at", "uint64")),
    {"type": "event", "name": "Opened", "anonymous": False, "inputs": [parameter("id", "uint256", indexed=True)]},
    {"type": "function", "name": "open", "inputs": [TERMS], "outputs": [], "stateMutability": "nonpayable"},
    {"type": "receive", "stateMutability": "payable"},
    {"type": "function", "name": "close", "inputs": [], "outputs": [], "stateMutability": "nonpayable"},
]


def artifact(build: Path, name: str, abi: list[dict[str, Any]], source: str | None = None) -> None:
    source = source or f"contracts/any/{name}.sol"
    folder = build / Path(source).name
    folder.mkdir(parents=True, exist_ok=True)
    body = {"abi": abi, "metadata": {"settings": {"compilationTarget": {source: name}}}}
    (folder / f"{name}.json").write_text(json.dumps(body))


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build of every contract the app needs; only CapacityLease and the stablecoin have anything in them."""
    folder = tmp_path / "forge"
    for name in tool.CONTRACTS:
        artifact(folder, name, ABI if name == "CapacityLease" else [])
    stablecoin = [error("ERC2612ExpiredSignature", parameter("deadline", "uint256"))]
    artifact(folder, tool.STABLECOIN, stablecoin, "node_modules/@openzeppelin/contracts/ERC20Permit.sol")
    return folder


def run(build: Path, out: Path, *more: str) -> None:
    tool.main(["--build", str(build), "--out", str(out), *more])


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line.strip().rstrip(",")) for line in text.splitlines() if line.startswith("  {")]


def errors(text: str) -> dict[str, dict[str, Any]]:
    return {key: json.loads(value) for key, value in re.findall(r'^  "(0x[0-9a-f]{8})": (.*),$', text, re.MULTILINE)}


def test_a_module_holds_functions_events_and_errors_in_an_order_of_their_own(build: Path, tmp_path: Path) -> None:
    run(build, tmp_path / "abi")
    text = (tmp_path / "abi" / "CapacityLease.ts").read_text()
    assert [each["name"] for each in rows(text)] == ["close", "open", "Opened", "CapacityLease_Wrong"]
    assert text.startswith("/** Made by tools/dapp_abi.py")
    assert "SPDX" not in text
    assert "export const capacityLeaseAbi = [\n" in text
    assert text.endswith("] as const\n")
    assert "internalType" not in text
    assert '"indexed": true' in text
    artifact(build, "CapacityLease", ABI[::-1])
    run(build, tmp_path / "abi", "--check")


def test_names_follow_the_contracts(build: Path, tmp_path: Path) -> None:
    run(build, tmp_path / "abi")
    assert "export const erc20PermitAbi" in (tmp_path / "abi" / "ERC20Permit.ts").read_text()
    assert "export const nodeSetAbi" in (tmp_path / "abi" / "NodeSet.ts").read_text()


def test_errors_of_all_contracts_stand_under_their_selectors(build: Path, tmp_path: Path) -> None:
    artifact(build, "LeaseLedger", [error("LeaseLedger_Unlisted")])
    artifact(build, "Double", [error("Double_Test")], "contracts/testing/Double.sol")
    artifact(build, "World", [error("World_Test")], "tests/forge/World.sol")
    run(build, tmp_path / "abi")
    found = errors((tmp_path / "abi" / "errors.ts").read_text())
    signatures = (
        "CapacityLease_Wrong((uint96,uint32)[],uint64)",
        "ERC2612ExpiredSignature(uint256)",
        "LeaseLedger_Unlisted()",
    )
    assert set(found) == {"0x" + function_signature_to_4byte_selector(each).hex() for each in signatures}
    wrong = found["0x" + function_signature_to_4byte_selector(signatures[0]).hex()]
    assert wrong["name"] == "CapacityLease_Wrong"
    assert [each["name"] for each in wrong["inputs"]] == ["terms", "at"]
    assert [each["type"] for each in wrong["inputs"][0]["components"]] == ["uint96", "uint32"]


def test_two_errors_of_one_selector_that_differ_are_refused(build: Path, tmp_path: Path) -> None:
    artifact(build, "FleetShare", [error("Same", parameter("actual", "uint256"))])
    artifact(build, "NodeSet", [error("Same", parameter("expected", "uint256"))])
    with pytest.raises(SystemExit, match="rename one"):
        run(build, tmp_path / "abi")


def test_check_is_quiet_when_all_agree_and_names_what_differs(build: Path, tmp_path: Path) -> None:
    out = tmp_path / "abi"
    run(build, out)
    (out / "errors.test.ts").write_text("written by hand")
    run(build, out, "--check")
    (out / "Gone.ts").write_text("of a contract that is no more")
    with pytest.raises(SystemExit, match=r"\(Gone\.ts\)"):
        run(build, out, "--check")
    (out / "NodeSet.ts").write_text("edited")
    (out / "FleetShare.ts").unlink()
    with pytest.raises(SystemExit) as stopped:
        run(build, out, "--check")
    assert isinstance(stopped.value.code, str)  # Python prints a text and exits 1
    assert "(FleetShare.ts, Gone.ts, NodeSet.ts)" in stopped.value.code
    assert (out / "NodeSet.ts").read_text() == "edited"
    run(build, out)
    assert not (out / "Gone.ts").exists()
    assert (out / "errors.test.ts").exists()
    run(build, out, "--check")


def test_a_build_that_lacks_a_contract_is_refused_and_nothing_is_written(build: Path, tmp_path: Path) -> None:
    (build / "PrimarySale.sol" / "PrimarySale.json").unlink()
    with pytest.raises(SystemExit, match=r"lacks PrimarySale: run `forge build` first"):
        run(build, tmp_path / "abi")
    assert not (tmp_path / "abi").exists()
