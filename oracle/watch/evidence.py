"""The four proofs IReportEvidence takes, as its functions want their arguments. Pure: nothing is read or sent here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from oracle.domain.report import Report, set_hash


class Kind(StrEnum):
    """What is proven. The values are the contract's functions."""

    DUPLICATE = "duplicateMeter"
    FELL = "counterFell"
    AGGREGATE = "wrongAggregate"
    EQUIVOCATION = "equivocation"


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report and who signed it: `records` of 65 bytes each, node index then EIP-2098 signature."""

    report: Report
    records: bytes

    def argument(self) -> tuple[Any, ...]:
        """The contract's SignedReport."""
        return (self.report.argument(), self.report.base_root, self.records)


@dataclass(frozen=True, slots=True)
class ProvenLeaf:
    """A meter's packed reading, or increments, and its siblings up to a root."""

    meter_id: int
    word: int
    proof: tuple[bytes, ...]

    def argument(self) -> tuple[Any, ...]:
        """The contract's Leaf."""
        return (self.meter_id, self.word, list(self.proof))


@dataclass(frozen=True, slots=True)
class Named:
    """What a set hash commits to: the block metered as of, and the observation roots by node index."""

    block_hash: bytes
    nodes: tuple[int, ...]
    roots: tuple[bytes, ...]

    def set_hash(self) -> bytes:
        """The hash of it that a report carries."""
        return set_hash(self.block_hash, self.nodes, self.roots)

    def argument(self) -> tuple[Any, ...]:
        """The contract's Named."""
        return (self.block_hash, list(self.nodes), list(self.roots))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One call: the contract's function by `kind`, its arguments, and what it proves in words."""

    kind: Kind
    epoch: int
    arguments: tuple[Any, ...]
    text: str


def duplicate(signed: SignedReport, first: ProvenLeaf, second: ProvenLeaf) -> Evidence:
    """One meter at two places under a report's root."""
    text = f"meter {first.meter_id:#x} stands twice, with {_words(first.word, second.word)}"
    arguments = (signed.argument(), first.argument(), second.argument())
    return Evidence(Kind.DUPLICATE, signed.report.epoch, arguments, text)


def fell(signed: SignedReport, leaf: ProvenLeaf, base: ProvenLeaf) -> Evidence:
    """A reading with a counter below that of the base report."""
    text = f"a counter of meter {leaf.meter_id:#x} fell: base and report say {_words(base.word, leaf.word)}"
    arguments = (signed.argument(), leaf.argument(), base.argument())
    return Evidence(Kind.FELL, signed.report.epoch, arguments, text)


def wrong_aggregate(
    signed: SignedReport, named: Named, leaf: ProvenLeaf, base: ProvenLeaf, increments: Sequence[ProvenLeaf], right: int
) -> Evidence:
    """A reading that is not what the named observations make of its base; `right` is."""
    text = f"meter {leaf.meter_id:#x}: observed and reported are {_words(right, leaf.word)}"
    observed = [increment.argument() for increment in increments]
    arguments = (signed.argument(), named.argument(), leaf.argument(), base.argument(), observed)
    return Evidence(Kind.AGGREGATE, signed.report.epoch, arguments, text)


def equivocation(first: SignedReport, second: SignedReport, key: str) -> Evidence:
    """Two reports of one epoch, each with one record, of the same key."""
    text = f"key {key} signed two reports, with roots 0x{first.report.root.hex()} and 0x{second.report.root.hex()}"
    return Evidence(Kind.EQUIVOCATION, first.report.epoch, (first.argument(), second.argument()), text)


def _words(one: int, other: int) -> str:
    return f"{one:#066x} and {other:#066x}"
