"""A deployment file is checked before it is believed, and so is the chain it is used on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oracle.chain.deployment import check_deployment, load_deployment
from oracle.chain.errors import BadDeployment, WrongChain, WrongCode
from tests.support.chain import Stack

EXAMPLE: dict[str, Any] = {
    "chainId": 31337,
    "block": 1,
    "owner": "0x" + "11" * 20,
    "contracts": {
        name: {
            "address": "0x" + f"{place:02x}" * 20,
            "codeHash": "0x" + "ab" * 32,
            "constructorArguments": ["0x" + "11" * 20, 3600, [1, 2]],
            "block": place,
        }
        for place, name in enumerate(
            (
                "Authority",
                "StablecoinRegistry",
                "FleetRegistry",
                "NodeSet",
                "MeterOracle",
                "CapacityLease",
                "RevenueFactory",
                "NodeBonds",
                "OracleFees",
                "ReportEvidence",
            ),
            start=1,
        )
    },
    "stablecoins": ["0x" + "22" * 20],
}


def _write(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    content = json.loads(json.dumps(EXAMPLE))
    change(content)
    path = folder / "31337.json"
    path.write_text(json.dumps(content))
    return path


def test_a_file_is_read_with_checksummed_addresses(tmp_path: Path) -> None:
    path = _write(tmp_path, lambda content: content.update(owner="0x" + "ab" * 20))
    deployment = load_deployment(path)
    assert deployment.owner == "0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"
    assert deployment.contracts.meter_oracle.address == "0x" + "05" * 20
    assert deployment.contracts.node_set.block == 4


def test_further_contracts_in_the_file_do_no_harm(tmp_path: Path) -> None:
    path = _write(tmp_path, lambda content: content["contracts"].update(LeaseDesk={"address": "0x" + "33" * 20}))
    load_deployment(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(surprise=1), "surprise: Extra inputs are not permitted"),
        (lambda c: c.pop("contracts"), "contracts: Field required"),
        (lambda c: c["contracts"].pop("NodeSet"), "contracts.NodeSet: Field required"),
        (lambda c: c["contracts"]["NodeSet"].update(extra=1), "contracts.NodeSet.extra"),
        (lambda c: c["contracts"]["NodeSet"].update(address="0x12"), "contracts.NodeSet.address.*is not an address"),
        (lambda c: c["contracts"]["NodeSet"].update(codeHash="0x12"), "codeHash"),
        (lambda c: c.update(owner="0xabABaBaBABabABabAbAbABAbABabababaBaBABaB"), "owner.*checksum"),
        (lambda c: c.update(owner="ab" * 20), "owner.*is not an address"),
        (lambda c: c.update(chainId=0), "chainId"),
        (lambda c: c.update(block=-1), "block"),
        (lambda c: c.update(stablecoins=["USDC"]), "stablecoins.0"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(BadDeployment, match=said):
        load_deployment(_write(tmp_path, change))


@pytest.mark.parametrize("content", ["", "[]", "{", "null"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "1.json"
    path.write_text(content)
    with pytest.raises(BadDeployment, match="not a deployment file"):
        load_deployment(path)


def test_a_missing_file_says_where_one_comes_from(tmp_path: Path) -> None:
    with pytest.raises(BadDeployment, match="brownie run deploy"):
        load_deployment(tmp_path / "1.json")


def test_a_deployment_is_compared_with_the_chain(stack: Stack, tmp_path: Path) -> None:
    deployment = load_deployment(stack.write_deployment(tmp_path))
    check_deployment(stack.w3, deployment)
    with pytest.raises(WrongChain, match=r"chain 31337.*chain 1\b"):
        check_deployment(stack.w3, deployment.model_copy(update={"chain_id": 1}))

    node_set = deployment.contracts.node_set
    gone = node_set.model_copy(update={"address": "0x" + "44" * 20})
    contracts = deployment.contracts.model_copy(update={"node_set": gone})
    with pytest.raises(WrongCode, match=r"no code at 0x4444.*node_set"):
        check_deployment(stack.w3, deployment.model_copy(update={"contracts": contracts}))

    other = node_set.model_copy(update={"address": deployment.contracts.meter_oracle.address})
    contracts = deployment.contracts.model_copy(update={"node_set": other})
    with pytest.raises(WrongCode, match="another contract than node_set"):
        check_deployment(stack.w3, deployment.model_copy(update={"contracts": contracts}))
