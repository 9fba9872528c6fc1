"""The increments of all meters at once, counter by counter: what a check or a median of many meters goes through in a
few passes over plain integers."""

from collections.abc import Iterable, Sequence
from operator import le
from struct import Struct
from typing import NamedTuple

from oracle.domain.keccak import WORD
from oracle.domain.median import AgreementError, agreed_flags, lower_median
from oracle.domain.reading import COUNTER_MAX, Reading

_LEAF = Struct(f">{WORD}x" + "HI" * 5 + "H")
"""A packed leaf: the meter's id, five counters of 48 bits in halves of 16 and 32, the flags."""


class Columns(NamedTuple):
    """A Reading's fields, each as the column of all meters in the order of the leaves."""

    measured: Sequence[int]
    delivered: Sequence[int]
    utilised: Sequence[int]
    breached: Sequence[int]
    energy_wh: Sequence[int]
    flags: Sequence[int]

    @staticmethod
    def of(packed: bytes) -> "Columns":
        """The columns of at least one leaf, packed as `pack_leaves` does."""
        *halves, flags = zip(*_LEAF.iter_unpack(packed), strict=True)
        measured, delivered, utilised, breached, energy_wh = map(_joined, halves[::2], halves[1::2])
        return Columns(measured, delivered, utilised, breached, energy_wh, flags)

    def are_plausible(self, most_measured: Iterable[int], most_breached: Iterable[int]) -> bool:
        """Whether `check_increments` passes them all, with the most that each meter can have measured and breached."""
        return (
            all(map(le, self.utilised, self.delivered))
            and all(map(le, self.delivered, self.measured))
            and all(map(le, self.measured, most_measured))
            and all(map(le, self.breached, most_breached))
        )


def _joined(high: Sequence[int], low: Sequence[int]) -> Sequence[int]:
    return [above << 32 | below for above, below in zip(high, low, strict=True)] if any(high) else low


def agree_all(base: Sequence[Reading], observations: Sequence[Columns]) -> list[Reading]:
    """What `agree` makes of each meter: `base` has their readings in the order of the columns. Raises AgreementError
    unless the count of observations is 2f+1."""
    if len(observations) % 2 == 0:
        raise AgreementError(f"{len(observations)} observations: a report is made of exactly 2f+1")
    *counters, flags = zip(*observations, strict=True)
    medians = (map(lower_median, zip(*column, strict=True)) for column in counters)
    since = zip(*(reading.counters for reading in base), strict=True)
    summed = [
        [min(before + added, COUNTER_MAX) for before, added in zip(*pair, strict=True)]
        for pair in zip(since, medians, strict=True)
    ]
    return list(map(Reading, *summed, map(agreed_flags, zip(*flags, strict=True))))
