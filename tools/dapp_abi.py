#!/usr/bin/env python3
"""Writes the ABIs the wallet app is typed by, `dapp/src/chain/abi/<Name>.ts`, and every custom error by its selector,
`errors.ts`, from the forge build; --check compares only."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from oracle.domain.keccak import keccak256  # noqa: E402

SHIPPED = ROOT / "dapp" / "src" / "chain" / "abi"
CONTRACTS = (
    "CapacityLease",
    "FleetRegistry",
    "FleetShare",
    "MeterOracle",
    "NodeBonds",
    "NodeSet",
    "OracleFees",
    "PrimarySale",
    "RevenueFactory",
    "RevenueWaterfall",
    "StablecoinRegistry",
)
STABLECOIN = "ERC20Permit"
"""OpenZeppelin's: what a payment stablecoin with ERC-2612 offers and reverts with."""
KINDS = ("function", "event", "error")
HEADER = "/** Made by tools/dapp_abi.py from the compiled contracts: run it again, do not edit. */\n"

Entry = Mapping[str, Any]


def signature(entry: Entry) -> str:
    """`name(type,...)`, structs spelled out, as selectors are taken of it."""
    return f"{entry['name']}({','.join(_spelled(each) for each in entry['inputs'])})"


def _spelled(parameter: Entry) -> str:
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_spelled(each) for each in parameter['components'])}){kind.removeprefix('tuple')}"


def _plain(parameter: Entry) -> dict[str, Any]:
    """A parameter without Solidity's own name for its type: nothing in the app reads it, all would load it."""
    kept = {key: parameter[key] for key in ("name", "type", "indexed") if key in parameter}
    if "components" in parameter:
        kept["components"] = [_plain(each) for each in parameter["components"]]
    return kept


def public(abi: Iterable[Entry]) -> list[dict[str, Any]]:
    """Functions, then events, then errors, each by its signature: an order that no compiler's whim changes."""
    entries = sorted(
        (each for each in abi if each["type"] in KINDS), key=lambda e: (KINDS.index(e["type"]), signature(e))
    )
    return [
        {
            key: [_plain(each) for each in value] if key in ("inputs", "outputs") else value
            for key, value in sorted(entry.items())
        }
        for entry in entries
    ]


def artifacts(build: Path) -> dict[str, list[Entry]]:
    """The ABIs of the build by contract name: the project's own, test doubles aside, and the stablecoin's. Exits with
    what to do when one is missing."""
    found: dict[str, list[Entry]] = {}
    for path in sorted(build.glob("*/*.json")):
        artifact = json.loads(path.read_text())
        for source, name in artifact.get("metadata", {}).get("settings", {}).get("compilationTarget", {}).items():
            own = source.startswith("contracts/") and not source.startswith("contracts/testing/")
            if own or (name == STABLECOIN and source.startswith("node_modules/@openzeppelin/")):
                if name in found and found[name] != artifact["abi"]:
                    sys.exit(f"{build} holds two artifacts named {name}: remove the folder and run `forge build`")
                found[name] = artifact["abi"]
    missing = [name for name in (*CONTRACTS, STABLECOIN) if name not in found]
    if missing:
        sys.exit(f"{build} lacks {', '.join(missing)}: run `forge build` first")
    return found


def abi_text(name: str, abi: Iterable[Entry]) -> str:
    """One module: `export const capacityLeaseAbi = [...] as const`, an entry a line."""
    lines = "".join(f"  {json.dumps(entry)},\n" for entry in public(abi))
    return f"{HEADER}export const {_lower_first(name)}Abi = [\n{lines}] as const\n"


def _lower_first(name: str) -> str:
    """CapacityLease -> capacityLease, ERC20Permit -> erc20Permit."""
    return re.sub(r"^[A-Z]+(?=[A-Z][a-z]|\d|$)|^[A-Z]", lambda match: match.group().lower(), name)


def errors_text(abis: Mapping[str, Sequence[Entry]]) -> str:
    """All custom errors by selector. Exits when two differ and share one: a page cannot tell them apart."""
    errors: dict[str, dict[str, Any]] = {}
    for abi in abis.values():
        for entry in abi:
            if entry["type"] != "error":
                continue
            selector = "0x" + keccak256(signature(entry).encode())[:4].hex()
            error = {"name": entry["name"], "inputs": [_plain(each) for each in entry["inputs"]]}
            if errors.setdefault(selector, error) != error:
                sys.exit(f"{selector} stands for {errors[selector]} and {error}: rename one in the contracts")
    rows = sorted(errors.items(), key=lambda item: (item[1]["name"], item[0]))
    lines = "".join(f'  "{selector}": {json.dumps(error)},\n' for selector, error in rows)
    return (
        f"{HEADER}/** Every custom error of the contracts and a payment token, by its selector (four bytes). */\n"
        f"export const customErrors = {{\n{lines}}} as const\n"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Compares every module with the build; writes those that differ, or with --check exits 1 and names them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when one differs")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "forge", help="default: build/forge")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="default: dapp/src/chain/abi")
    arguments = parser.parse_args(argv)
    abis = artifacts(arguments.build)
    texts = {f"{name}.ts": abi_text(name, abis[name]) for name in (*CONTRACTS, STABLECOIN)}
    texts["errors.ts"] = errors_text(abis)
    out: Path = arguments.out
    differing = {
        name: text for name, text in texts.items() if not (out / name).exists() or (out / name).read_text() != text
    }
    stale = [path for path in out.glob("*.ts") if path.name not in texts and not path.name.endswith(".test.ts")]
    if arguments.check:
        if differing or stale:
            named = ", ".join(sorted([*differing, *(path.name for path in stale)]))
            sys.exit(
                f"the app's ABIs differ from the contracts ({named}): run `python tools/dapp_abi.py` and commit them"
            )
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in differing.items():
        (out / name).write_text(text)
        sys.stdout.write(f"wrote {name}\n")
    for path in stale:
        path.unlink()
        sys.stdout.write(f"removed {path.name}\n")


if __name__ == "__main__":
    main()
