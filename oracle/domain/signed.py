"""What nodes hand each other: signed observations, proposals that name 2f+1 of them, and whose turn it is to offer
one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import lt

from oracle.domain.keccak import WORD, uint
from oracle.domain.reading import Reading, ReadingError
from oracle.domain.report import Observation, Report

Leaves = tuple[tuple[int, Reading], ...]
"""(meter id, reading or increments), strictly ascending by meter id."""

LEAF_BYTES = 2 * WORD


@dataclass(frozen=True, slots=True)
class SignedObservation:
    """One node's increments for every open meter, and its signature of the statement whose root they make.

    The increments are kept as they are sent, stored and hashed: `packed`, as `pack_leaves` makes it.
    """

    node: int
    observation: Observation
    packed: bytes
    signature: bytes

    @staticmethod
    def of(node: int, observation: Observation, leaves: Leaves, signature: bytes) -> "SignedObservation":
        """The observation of increments that are not packed yet."""
        return SignedObservation(node, observation, pack_leaves(leaves), signature)

    @property
    def leaves(self) -> Leaves:
        """The increments, unpacked. Raises ReadingError where they are none."""
        return unpack_leaves(self.packed)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A report, and what makes it: the block, and the 2f+1 (node index, observation root) pairs in index order.

    The report's digest binds all of it, so two proposals of one digest are equal.
    """

    report: Report
    block_hash: bytes
    pairs: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal as the leader of `attempt` makes it, or makes it again. `signature` is the leader's of the Turn,
    `signatures` are some of the report, by node index."""

    proposal: Proposal
    attempt: int
    signature: bytes
    signatures: Mapping[int, bytes]


def pack_leaves(leaves: Sequence[tuple[int, Reading]]) -> bytes:
    """64 bytes a leaf: meter id, packed reading. The same bytes are what a leaf of the tree encodes."""
    return b"".join(uint(meter_id) + uint(reading.pack()) for meter_id, reading in leaves)


def packed_ids(packed: bytes) -> list[bytes]:
    """The meter id of each leaf in `packed`, 32 bytes. Raises ReadingError unless the leaves are whole and strictly
    ascending by meter id: any such bytes are leaves."""
    if len(packed) % LEAF_BYTES:
        raise ReadingError(f"{len(packed)} bytes are no whole number of {LEAF_BYTES}-byte leaves")
    ids = [packed[at : at + WORD] for at in range(0, len(packed), LEAF_BYTES)]
    if not all(map(lt, ids, ids[1:])):
        odd = next(later for earlier, later in pairwise(ids) if later <= earlier)
        raise ReadingError(f"meter {int.from_bytes(odd, 'big'):#x} is out of order or stands twice")
    return ids


def unpack_leaves(packed: bytes) -> Leaves:
    """The leaves in `packed`. Raises ReadingError unless they are whole and strictly ascending by meter id."""
    return tuple(
        (int.from_bytes(meter, "big"), Reading.unpack(int.from_bytes(packed[at + WORD : at + LEAF_BYTES], "big")))
        for meter, at in zip(packed_ids(packed), range(0, len(packed), LEAF_BYTES), strict=True)
    )
