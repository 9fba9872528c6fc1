"""Which GPUs served which lease, when: allocation bodies checked against the chain, and rival claims settled.

Every node must judge alike: a body is void as a whole, never in part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from oracle.domain.errors import WellheadError
from oracle.domain.keccak import keccak256
from oracle.domain.merkle import MerkleError, inventory_leaf, inventory_tree, root_of_proof
from oracle.domain.meters import Allocation, FleetMeter, Inventory, LeaseMeter
from oracle.metering.meters import Allocation as Tenure

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_BOARDS = 20_000
"""More than any site's telemetry may name."""
_Hex32 = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
_Uuid = Annotated[str, Field(min_length=1, max_length=80)]
_INVENTORY: TypeAdapter[list[str]] = TypeAdapter(Annotated[list[_Uuid], Field(min_length=1, max_length=MAX_BOARDS)])


class VoidAllocation(WellheadError):
    """An allocation that allocates nothing: its body breaks a rule. Its lease's units are measured, not delivered."""


class WrongBody(WellheadError):
    """What a site serves is not what the chain names by hash or root. The site may yet serve the right one."""


class _Gpu(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    uuid: _Uuid
    proof: Annotated[list[_Hex32], Field(max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    fleet: int
    lease: int
    version: int
    gpus: list[_Gpu]


def check_body(raw: bytes, body_hash: bytes) -> bytes:
    """`raw` itself. Raises WrongBody unless keccak256 of it is the hash on-chain."""
    if keccak256(raw) != body_hash:
        raise WrongBody(f"the body served has hash 0x{keccak256(raw).hex()}, the chain names 0x{body_hash.hex()}")
    return raw


def allocated_gpus(raw: bytes, allocation: Allocation, lease: LeaseMeter, fleet: FleetMeter | None) -> tuple[str, ...]:
    """The GPU UUIDs an allocation's body names. Raises VoidAllocation unless the body is

    {"fleet", "lease", "version", "gpus": [{"uuid", "proof": [0x-hash]}]} of this lease and version, with no more GPUs
    than the lease has units, none twice, and each proven into the fleet's inventory of that version.
    """
    try:
        body = _Body.model_validate_json(raw)
    except ValidationError as error:
        raise VoidAllocation(f"not an allocation body: {error.errors()[0]['msg']}") from None
    if (body.fleet, body.lease, body.version) != (lease.fleet_id, lease.lease_id, allocation.version):
        raise VoidAllocation(f"a body of fleet {body.fleet}, lease {body.lease}, version {body.version}")
    uuids = tuple(gpu.uuid for gpu in body.gpus)
    if len(uuids) > lease.units:
        raise VoidAllocation(f"{len(uuids)} GPUs for {lease.units} units")
    if len(set(uuids)) != len(uuids):
        raise VoidAllocation("one GPU twice")
    versions = {inventory.version: inventory for inventory in fleet.inventories} if fleet is not None else {}
    inventory = versions.get(allocation.version)
    if inventory is None:
        raise VoidAllocation(f"the fleet has no inventory version {allocation.version}")
    for gpu in body.gpus:
        proof = [bytes.fromhex(node[2:]) for node in gpu.proof]
        if root_of_proof(inventory_leaf(gpu.uuid), proof) != inventory.root:
            raise VoidAllocation(f"{gpu.uuid} is not proven into inventory version {allocation.version}")
    return uuids


def inventory_gpus(raw: bytes, inventory: Inventory) -> tuple[str, ...]:
    """The GPU UUIDs in an inventory list, a JSON array of strings. Raises WrongBody unless they are as many as the
    chain says, no more than MAX_BOARDS, and make its root."""
    try:
        uuids = _INVENTORY.validate_json(raw, strict=True)
        if len(uuids) != inventory.count:
            raise WrongBody(f"the list served has {len(uuids)} GPUs, the chain names {inventory.count}")
        served = inventory_tree(uuids).root
    except (ValidationError, MerkleError) as error:
        raise WrongBody(f"not an inventory list: {str(error).splitlines()[0]}") from None
    if served != inventory.root:
        raise WrongBody(f"the list served has root 0x{served.hex()}, the chain names 0x{inventory.root.hex()}")
    return tuple(uuids)


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease's claim to GPUs of its fleet in [start, end), Unix seconds; `mined` orders rivals."""

    fleet_id: int
    lease_id: int
    mined: tuple[int, int]
    start: int
    end: int
    uuids: tuple[str, ...]


def effective(lease: LeaseMeter, span: tuple[int, int]) -> list[tuple[Allocation, int, int]]:
    """The lease's allocations that count at some time in `span`, each with its [start, end): from the next epoch on,
    until the lease's next one, inside the term. One with a zero hash allocates nothing, and still ends the one
    before."""
    counted = []
    ordered = sorted(lease.allocations, key=lambda allocation: (allocation.effective_from, allocation.mined))
    # Each lasts until the next one; the last until the term ends.
    for place, allocation in enumerate(ordered):
        superseded = ordered[place + 1].effective_from if place + 1 < len(ordered) else lease.term_end
        start = max(allocation.effective_from, lease.start, span[0])
        end = min(superseded, lease.term_end, span[1])
        if start < end and any(allocation.body_hash):
            counted.append((allocation, start, end))
    return counted


def settle_claims(claims: Iterable[Claim]) -> dict[int, list[Tenure]]:
    """Whose GPUs were whose, by lease id, as intervals that do not overlap: of two claims to one GPU of a fleet for one
    moment the one mined first counts.

    Claims of two fleets are no rivals: an inventory is its operator's word only, and naming another's GPUs there must
    not take them away.
    """
    by_gpu: dict[tuple[int, str], list[Claim]] = {}
    for claim in claims:
        for uuid in claim.uuids:
            by_gpu.setdefault((claim.fleet_id, uuid), []).append(claim)
    held: dict[int, list[tuple[int, int, str]]] = {}
    for (_, uuid), rivals in by_gpu.items():
        taken: list[tuple[int, int]] = []
        for claim in sorted(rivals, key=lambda rival: rival.mined):
            for start, end in _less((claim.start, claim.end), taken):
                held.setdefault(claim.lease_id, []).append((start, end, uuid))
            taken.append((claim.start, claim.end))
    return {lease: _tenures(parts) for lease, parts in held.items()}


def _less(whole: tuple[int, int], taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    left = [whole]
    for start, end in taken:
        left = [part for a, b in left for part in ((a, min(b, start)), (max(a, end), b)) if part[0] < part[1]]
    return left


def _tenures(parts: Sequence[tuple[int, int, str]]) -> list[Tenure]:
    edges = sorted({edge for start, end, _ in parts for edge in (start, end)})
    tenures = []
    for start, end in pairwise(edges):
        uuids = tuple(sorted(uuid for a, b, uuid in parts if a <= start and end <= b))
        if uuids:
            tenures.append(Tenure(start, end, uuids))
    return tenures
