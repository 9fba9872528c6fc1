#!/usr/bin/env python3
"""Writes the golden vectors that the wallet app's proof check is held to, `dapp/fixtures/proof/*.json`, by the oracle's
own code; --check compares only."""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from eth_keys.datatypes import PrivateKey  # noqa: E402
from web3 import Web3  # noqa: E402

from oracle import abi  # noqa: E402
from oracle.api.leaves import PackedLeaves  # noqa: E402
from oracle.api.models import ProofModel, ReportModel, flag_names  # noqa: E402
from oracle.api.standing import Held  # noqa: E402
from oracle.chain.view import StandingReport  # noqa: E402
from oracle.domain.keccak import ZERO_WORD, keccak256  # noqa: E402
from oracle.domain.merkle import MerkleTree, inventory_tree, meter_tree  # noqa: E402
from oracle.domain.meters import MeterKind, meter_id  # noqa: E402
from oracle.domain.reading import COUNTER_MAX, Reading  # noqa: E402
from oracle.domain.report import Domain, Report, config_digest, set_hash  # noqa: E402
from oracle.domain.signature import pack_signatures, sign  # noqa: E402
from oracle.domain.signed import pack_leaves  # noqa: E402
from scripts.stage.bodies import allocation_body  # noqa: E402

SHIPPED = ROOT / "dapp" / "fixtures" / "proof"
ORACLE = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
LEASES = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
FLEETS = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
CHAIN_ID = 31337
GENESIS = 1_800_000_000
EPOCH_S = 3600
DISPUTE_S = 6 * 3600
NODES = 7
QUORUM = 5
BIG_INVENTORY = 100_000
DOCUMENT_BYTES = (0, 1, 135, 136, 137, 65_535, 65_536, 65_537, 300_001)
"""Around the sponge's block of 136 bytes and around the app's chunks."""


def readings() -> Any:
    """Packed readings and their parts: corners and any word."""
    rng = _seeded(1)
    cases = [
        Reading(),
        Reading.unpack((1 << 256) - 1),
        *(Reading(*(COUNTER_MAX * (place == part) for place in range(5))) for part in range(5)),
        *(Reading(flags=1 << bit) for bit in range(16)),
        *(Reading.unpack(rng.getrandbits(256)) for _ in range(20)),
    ]
    return [
        {
            "word": str(each.pack()),
            "measured": str(each.measured),
            "delivered": str(each.delivered),
            "utilised": str(each.utilised),
            "breached": str(each.breached),
            "energyWh": str(each.energy_wh),
            "flags": each.flags,
            "level": each.level,
            "flagNames": flag_names(each),
        }
        for each in cases
    ]


def meter_ids() -> Any:
    """Meter ids of leases and fleets."""
    numbers = (1, 2, 1 << 48, (1 << 88) - 1)
    return [
        {"kind": kind.name.lower(), "contract": at, "number": str(number), "id": str(meter_id(kind, at, number))}
        for kind, at in ((MeterKind.LEASE, LEASES), (MeterKind.FLEET, FLEETS))
        for number in numbers
    ]


def meter_trees() -> Any:
    """Trees over meters, each with all its proofs."""
    rng = _seeded(2)
    trees = []
    for size in (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33):
        pairs = [(rng.getrandbits(256), Reading.unpack(rng.getrandbits(256))) for _ in range(size)]
        tree = meter_tree(pairs)
        leaves = [{"meterId": str(meter), "reading": str(reading.pack())} for meter, reading in pairs]
        trees.append({"leaves": leaves, **_proven(tree, range(size))})
    return trees


def inventories() -> Any:
    """Trees over GPU UUIDs, each with all its proofs, and one of 100,000 whose UUIDs follow a rule."""
    rng = _seeded(3)
    trees = []
    for size in (1, 2, 3, 5, 6, 31, 64, 65):
        uuids = [f"GPU-{rng.getrandbits(128):032x}" for _ in range(size)]
        trees.append({"uuids": uuids, **_proven(inventory_tree(uuids), range(size))})
    odd = ["x" * 31, "x" * 32, "x" * 33, "é" * 40, "\U0001f300", " GPU", "GPU ", "a\x00b"]
    trees.append({"uuids": odd, **_proven(inventory_tree(odd), range(len(odd)))})
    big = inventory_tree([f"GPU-{number:08x}" for number in range(BIG_INVENTORY)])
    asked = (0, 1, 4_095, 65_536, BIG_INVENTORY - 1)
    return {"trees": trees, "big": {"count": BIG_INVENTORY, "asked": list(asked), **_proven(big, asked)}}


def documents() -> Any:
    """Hashes of documents whose byte i is i x 31 mod 256, or 251 where that leaves a remainder of 0 by 257."""
    return [{"bytes": size, "hash": _hex(keccak256(_document(size)))} for size in DOCUMENT_BYTES]


def checks() -> Any:
    """What the API says of readings, and what the chain has, for the whole check."""
    return [_check(seed) for seed in range(6)]


def allocations() -> Any:
    """Allocation bodies of leases, byte for byte as text, with their hashes."""
    rng = _seeded(4)
    plain = [f"GPU-{rng.getrandbits(128):032x}" for _ in range(9)]
    odd = ["é" * 3, "\U0001f300", 'a"b\\c', "tab\there", "\x7f", "</script>", "\u2028"]
    cases = [(plain, (0,)), (plain, (8, 2, 5)), (plain[:1], (0,)), (odd, tuple(range(len(odd)))), (plain, ())]
    made = []
    for number, (uuids, places) in enumerate(cases, start=1):
        about = {"fleet": number, "lease": 1 << (8 * number), "version": number}
        with tempfile.TemporaryDirectory() as folder:
            body_hash = allocation_body(Path(folder), *about.values(), uuids, places)
            body = (Path(folder) / f"{body_hash}.json").read_text()
        said = {name: str(value) for name, value in about.items()}
        made.append({**said, "uuids": uuids, "places": list(places), "body": body, "hash": body_hash})
    return made


FILES: dict[str, Callable[[], Any]] = {
    "readings": readings,
    "meterIds": meter_ids,
    "meterTrees": meter_trees,
    "inventories": inventories,
    "documents": documents,
    "allocations": allocations,
    "checks": checks,
}


def _check(seed: int) -> Any:
    rng = _seeded(100 + seed)
    epoch, base_epoch = (7, 0) if seed == 0 else (500 + seed, 499)
    base_root = ZERO_WORD if base_epoch == 0 else rng.randbytes(32)
    numbers = [(MeterKind.LEASE, LEASES, n + 1) for n in range(seed * 3 + 1)]
    fleets = [(MeterKind.FLEET, FLEETS, n + 1) for n in range(seed)]
    pairs = tuple(sorted(((meter_id(*which), _honest(rng)) for which in [*numbers, *fleets]), key=lambda pair: pair[0]))
    leaves = PackedLeaves(pack_leaves(pairs))
    tree = meter_tree(pairs)

    secrets = [rng.randbytes(32) for _ in range(NODES)]
    colds = [_address(rng.randbytes(32)) for _ in range(NODES)]
    digest = config_digest(CHAIN_ID, ORACLE, colds, QUORUM, seed + 1, keccak256(b"metrics"))
    witnessed = sorted(rng.sample(range(NODES), QUORUM))
    observed = set_hash(rng.randbytes(32), witnessed, [rng.randbytes(32) for _ in witnessed])
    report = Report(digest, epoch, base_epoch, base_root, tree.root, observed, len(leaves))
    to_sign = report.digest(Domain(CHAIN_ID, ORACLE))
    chosen = sorted(rng.sample(range(NODES), QUORUM))
    signatures = pack_signatures({node: sign(to_sign, secrets[node]) for node in chosen}, QUORUM)

    mined_at = GENESIS + (epoch + 1) * EPOCH_S + 2 * 3600 + 60
    final = seed % 2 == 0
    standing = StandingReport(epoch, base_epoch, tree.root, len(leaves), mined_at, tuple(chosen))
    held = Held(standing, mined_at + DISPUTE_S, final)
    place = rng.randrange(len(leaves))
    oracle = Web3().eth.contract(address=Web3.to_checksum_address(ORACLE), abi=abi.load("IMeterOracle"))
    return {
        "asked": {"meterId": str(leaves.meter_id(place)), "epoch": str(epoch)},
        "said": ProofModel.at(held, leaves, tree, place).model_dump(mode="json"),
        "report": ReportModel.of(held, None if seed == 3 else observed).model_dump(mode="json"),
        "domain": {"chainId": CHAIN_ID, "meterOracle": ORACLE},
        "now": str(mined_at + (DISPUTE_S if final else DISPUTE_S - 1)),
        "disputeWindow": str(DISPUTE_S),
        "standing": {
            "root": _hex(tree.root),
            "epoch": str(epoch),
            "baseEpoch": str(base_epoch),
            "minedAt": str(mined_at),
            "leafCount": len(leaves),
            "signers": sum(1 << node for node in chosen),
        },
        "baseRoot": _hex(base_root),
        "digest": _hex(to_sign),
        "input": oracle.encode_abi("submit", [report.argument(), signatures]),
        "signers": {str(node): _address(secrets[node]) for node in chosen},
        "signersSet": {"code": _key_blob(rng, digest, secrets, epoch), "quorum": QUORUM, "nodes": NODES},
    }


def _seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same vectors every time, and no secrets


def _honest(rng: random.Random) -> Reading:
    measured = rng.randrange(1, 1 << 40)
    delivered = rng.randint(0, measured)
    return Reading(
        measured,
        delivered,
        rng.randint(0, delivered),
        rng.randrange(1 << 20),
        rng.randrange(1 << 30),
        rng.getrandbits(13) & ~7 | rng.randint(0, 4),
    )


def _key_blob(rng: random.Random, digest: bytes, secrets: Sequence[bytes], epoch: int) -> str:
    """The code of a KeyBlob: STOP, configDigest, (hot, previousHot, hotFrom) per node. Of each pair of nodes one has a
    key that comes into force with this epoch, the other one that does so with the next."""
    code = b"\0" + digest
    for index, secret in enumerate(secrets):
        key, other = bytes.fromhex(_address(secret)[2:]), rng.randbytes(20)
        new = index % 2 == 0
        code += (key + other if new else other + key) + (epoch + (not new)).to_bytes(8, "big")
    return _hex(code)


def _proven(tree: MerkleTree, leaves: Sequence[int]) -> dict[str, Any]:
    return {"root": _hex(tree.root), "proofs": [[_hex(node) for node in tree.proof(leaf)] for leaf in leaves]}


def _document(size: int) -> bytes:
    return bytes(251 if at % 257 == 0 else at * 31 % 256 for at in range(size))


def _address(secret: bytes) -> str:
    return str(PrivateKey(secret).public_key.to_checksum_address())


def _hex(raw: bytes) -> str:
    return f"0x{raw.hex()}"


def main() -> None:
    """Compares every vector file with what the oracle makes now; writes those that differ, or with --check exits 1 and
    names them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when one differs")
    arguments = parser.parse_args()
    texts = {
        SHIPPED / f"{name}.json": json.dumps(make(), indent=1, ensure_ascii=True) + "\n" for name, make in FILES.items()
    }
    stale = [path for path in SHIPPED.glob("*.json") if path not in texts]
    texts = {path: text for path, text in texts.items() if not path.exists() or path.read_text() != text}
    if arguments.check and (texts or stale):
        differing = ", ".join(sorted(path.name for path in (*texts, *stale)))
        sys.exit(f"proof vectors differ ({differing}): run `python tools/dapp_vectors.py` and commit them")
    SHIPPED.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text)
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    for path in stale:
        path.unlink()
        sys.stdout.write(f"removed {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
