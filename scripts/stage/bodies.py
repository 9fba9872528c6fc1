"""What the chain knows by its hash only and a site serves: a fleet's GPUs, and which of them serve a lease."""

import json
from collections.abc import Sequence
from pathlib import Path

from eth_utils.crypto import keccak

from oracle.domain.merkle import inventory_tree


def inventory_body(folder: Path, uuids: Sequence[str]) -> str:
    """Leaves the list of a fleet's GPUs in its site's folder. Returns its Merkle root, 0x-hex."""
    folder.mkdir(parents=True, exist_ok=True)
    root = "0x" + inventory_tree(list(uuids)).root.hex()
    (folder / f"{root}.json").write_text(json.dumps(list(uuids)))
    return root


def allocation_body(
    folder: Path, fleet_id: int, lease_id: int, version: int, uuids: Sequence[str], places: Sequence[int]
) -> str:
    """Leaves a lease's allocation in the site's folder, each GPU (by its place in the inventory of that version) with
    its proof. Returns its hash, 0x-hex."""
    tree = inventory_tree(list(uuids))
    gpus = [{"uuid": uuids[place], "proof": ["0x" + step.hex() for step in tree.proof(place)]} for place in places]
    body = json.dumps({"fleet": fleet_id, "lease": lease_id, "version": version, "gpus": gpus}).encode()
    body_hash = "0x" + keccak(body).hex()
    (folder / f"{body_hash}.json").write_bytes(body)
    return body_hash
