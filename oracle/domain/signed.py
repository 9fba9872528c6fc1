"""What nodes hand each other: signed observations, and proposals that name 2f+1 of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.domain.keccak import WORD, uint
from oracle.domain.reading import Reading, ReadingError
from oracle.domain.report import Observation, Report

Leaves = tuple[tuple[int, Reading], ...]
"""(meter id, reading or increments), strictly ascending by meter id."""

LEAF_BYTES = 2 * WORD


@dataclass(frozen=True, slots=True)
class SignedObservation:
    """One node's increments for every open meter, and its signature of the statement whose root they make."""

    node: int
    observation: Observation
    leaves: Leaves
    signature: bytes


@dataclass(frozen=True, slots=True)
class Proposal:
    """A leader's report, the 2f+1 (node index, observation root) pairs it is made of in index order, and the block.

    `signature` is the leader's, of the report's digest. The digest binds block, pairs and readings, so two proposals of
    one digest differ at most in who re-proposed it, when.
    """

    report: Report
    block_hash: bytes
    pairs: tuple[tuple[int, bytes], ...]
    attempt: int
    leader: int
    signature: bytes


def pack_leaves(leaves: Sequence[tuple[int, Reading]]) -> bytes:
    """64 bytes a leaf: meter id, packed reading. The same bytes are what a leaf of the tree encodes."""
    return b"".join(uint(meter_id) + uint(reading.pack()) for meter_id, reading in leaves)


def unpack_leaves(packed: bytes) -> Leaves:
    """The leaves in `packed`. Raises ReadingError unless they are whole and strictly ascending by meter id."""
    if len(packed) % LEAF_BYTES:
        raise ReadingError(f"{len(packed)} bytes are no whole number of {LEAF_BYTES}-byte leaves")
    leaves = []
    last = -1
    for at in range(0, len(packed), LEAF_BYTES):
        meter_id = int.from_bytes(packed[at : at + WORD], "big")
        if meter_id <= last:
            raise ReadingError(f"meter {meter_id:#x} is out of order or stands twice")
        last = meter_id
        leaves.append((meter_id, Reading.unpack(int.from_bytes(packed[at + WORD : at + LEAF_BYTES], "big"))))
    return tuple(leaves)
