"""What the page needs to know of a deployment, as its config.json.

    scripts/dapp_config.py deployments/8453.json --rpc URL --node URL [--node URL ...] [--indexer URL]
        [--documents URL ...] [--explorer URL] [--name NAME] [--confirmations N] > config.json

--documents is a site whose documents and inventories the page may fetch, to check their hashes.

The page refuses to sign anything where the code on the chain is not what this file says. What it says comes from the
file that the deploy script wrote.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CONTRACTS = (
    "FleetRegistry",
    "StablecoinRegistry",
    "NodeSet",
    "NodeBonds",
    "MeterOracle",
    "CapacityLease",
    "RevenueFactory",
    "OracleFees",
    "PrimarySale",
)
"""What the page reads and writes, as it calls them."""

NAMES = {1: "Ethereum", 8453: "Base", 84532: "Base Sepolia", 31337: "Anvil", 1337: "Ganache"}
LOCAL = (31337, 1337)
LOCAL_CONFIRMATIONS, CONFIRMATIONS = 2, 12
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_URLS = 16
MAX_DOCUMENTS = 256


class DappConfigError(Exception):
    """No config.json can be made; the message says what to do."""


def plain_url(text: str, what: str) -> str:
    """An address the page may ask, without a slash at its end. Raises DappConfigError.

    It becomes part of a Content-Security-Policy, where a quote, a space or a semicolon would say something else; and a
    page served by https cannot ask over plain http but on its own machine.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not re.fullmatch(r"https?://[^\s\"'`;,*<>\\^{|}?#@]+", text) or not host:
        raise DappConfigError(f"{what} {text!r}: write https://host[:port][/path], without user, query or fragment")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise DappConfigError(f"{what} {text!r}: a page can ask another machine by https only")
    return text.rstrip("/")


def read_record(path: Path) -> dict[str, Any]:
    """A deployment file. Raises DappConfigError."""
    try:
        record: dict[str, Any] = json.loads(path.read_text())
        known = {name: record["contracts"][name] for name in record["contracts"]}
        whole = {"chainId": int(record["chainId"]), "block": int(record["block"]), "contracts": known}
    except OSError as error:
        raise DappConfigError(f"cannot read {path} ({error.strerror}): give what `brownie run deploy` wrote") from None
    except (ValueError, KeyError, TypeError):
        raise DappConfigError(f"{path} is not a deployment file: give what `brownie run deploy` wrote") from None
    return record | whole


def dapp_config(
    record: dict[str, Any],
    rpcs: Sequence[str],
    nodes: Sequence[str],
    indexer: str | None = None,
    *,
    documents: Sequence[str] = (),
    explorer: str | None = None,
    name: str | None = None,
    confirmations: int | None = None,
) -> dict[str, Any]:
    """config.json of a deployment record. Raises DappConfigError."""
    chain_id = record["chainId"]
    shown = name or NAMES.get(chain_id)
    if not shown or len(shown) > 64:
        raise DappConfigError(f"chain {chain_id} has no name here: give one of 1 to 64 characters with --name")
    if not 1 <= len(rpcs) <= MAX_URLS or len(nodes) > MAX_URLS:
        raise DappConfigError(f"give 1 to {MAX_URLS} --rpc and at most {MAX_URLS} --node")
    if len(documents) > MAX_DOCUMENTS:
        raise DappConfigError(f"give at most {MAX_DOCUMENTS} --documents: of other sites the page asks for the file")
    deep = confirmations or (LOCAL_CONFIRMATIONS if chain_id in LOCAL else CONFIRMATIONS)
    return {
        "chain": {
            "id": chain_id,
            "name": shown,
            "rpcs": [plain_url(url, "--rpc") for url in rpcs],
            "explorer": None if explorer is None else plain_url(explorer, "--explorer"),
            "confirmations": deep,
        },
        "contracts": {name: _deployed(record, name) for name in CONTRACTS},
        "deployedAt": record["block"],
        "nodes": [plain_url(url, "--node") for url in nodes],
        "indexer": None if indexer is None else plain_url(indexer, "--indexer"),
        "documents": [plain_url(url, "--documents") for url in documents],
    }


def _deployed(record: dict[str, Any], name: str) -> dict[str, str]:
    known = record["contracts"].get(name)
    if known is None:
        raise DappConfigError(f"the deployment has no {name}: run `brownie run deploy` again, it adds what is missing")
    address, code_hash = str(known.get("address")), str(known.get("codeHash"))
    if not re.fullmatch("0x[0-9a-fA-F]{40}", address) or not re.fullmatch("0x[0-9a-f]{64}", code_hash):
        raise DappConfigError(f"{name} has no address and code hash in the deployment file: give an unchanged one")
    return {"address": address, "codeHash": code_hash}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0, or 2 when there is nothing to write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("deployment", type=Path)
    parser.add_argument("--rpc", action="append", required=True, dest="rpcs")
    parser.add_argument("--node", action="append", default=[], dest="nodes")
    parser.add_argument("--indexer")
    parser.add_argument("--documents", action="append", default=[], metavar="URL")
    parser.add_argument("--explorer")
    parser.add_argument("--name")
    parser.add_argument("--confirmations", type=int)
    given = parser.parse_args(arguments)
    try:
        made = dapp_config(
            read_record(given.deployment),
            given.rpcs,
            given.nodes,
            given.indexer,
            documents=given.documents,
            explorer=given.explorer,
            name=given.name,
            confirmations=given.confirmations,
        )
    except DappConfigError as error:
        print(f"dapp_config: {error}", file=sys.stderr)
        return 2
    print(json.dumps(made, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
