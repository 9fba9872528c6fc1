"""How 2f+1 observations become one reading: the lower median of each counter's increments.

With at most f of the 2f+1 named nodes lying, f+1 honest values stand among 2f+1, so the lower median lies within the
honest range whatever the liars say. Order survives it: if utilised <= delivered <= measured holds in every observation,
it holds for their medians.
"""

from collections.abc import Sequence

from oracle.domain.errors import WellheadError
from oracle.domain.reading import COUNTER_MAX, FLAGS_BITS, LEVEL_MASK, Reading


class AgreementError(WellheadError):
    """Not an odd, positive number of observations to agree on."""


def lower_median(values: Sequence[int]) -> int:
    """The middle of `values` in order; of an even count the lower of the two. Raises AgreementError when there is
    none."""
    if not values:
        raise AgreementError("no values to take a median of")
    return sorted(values)[(len(values) - 1) // 2]


def agree(base: Reading, observations: Sequence[Reading]) -> Reading:
    """The reading of a report: `base` plus, per counter, the lower median of the 2f+1 observed increments.

    A flag needs f+1 observations that set it; the trust level is the lower median of theirs. The base's own flags
    describe an earlier span and are not inherited. A counter stops at what 48 bits hold: one meter at its end must not
    keep all others from being reported. Raises AgreementError unless the count is 2f+1.
    """
    count = len(observations)
    if count % 2 == 0:
        raise AgreementError(f"{count} observations: a report is made of exactly 2f+1")
    columns = zip(*(observation.counters for observation in observations), strict=True)
    pairs = zip(base.counters, columns, strict=True)
    counters = [min(since + lower_median(column), COUNTER_MAX) for since, column in pairs]
    measured, delivered, utilised, breached, energy_wh = counters
    flags = agreed_flags([observation.flags for observation in observations])
    return Reading(measured, delivered, utilised, breached, energy_wh, flags)


def agreed_flags(said: Sequence[int]) -> int:
    """The flags of a report's reading: each that more than half of the observations set, and their median level."""
    if said.count(said[0]) == len(said):
        return said[0]
    needed = len(said) // 2 + 1
    flags = lower_median([each & LEVEL_MASK for each in said])
    for bit in (1 << place for place in range(LEVEL_MASK.bit_length(), FLAGS_BITS)):
        if sum(1 for each in said if each & bit) >= needed:
            flags |= bit
    return flags
