"""Looks for what proves a report false. Pure: it is given all the leaves, and finds what the contract takes."""

from collections.abc import Callable, Sequence

from oracle.domain.median import lower_median
from oracle.domain.reading import COUNTER_BITS, COUNTER_MAX, FLAGS_BITS, LEVEL_MASK
from oracle.watch.evidence import Evidence, Named, ProvenLeaf, SignedReport, duplicate, fell, wrong_aggregate
from oracle.watch.leaves import Leaves

COUNTER_SHIFTS = range(FLAGS_BITS, 256, COUNTER_BITS)

IsNew = Callable[[int], bool]
"""Whether a meter (by id) that the base report does not hold must have counted nothing by then."""


def aggregate(base: int, increments: Sequence[int]) -> int:
    """What contracts/metering/Aggregate.sol makes of a base word and increment words: per counter the sum of the base
    and the lower median, at most what 48 bits hold; a flag where more than half set it; the level's lower median.
    Written anew from its rules, for any number of increments: what checks the nodes should not be their own code."""
    word = 0
    for shift in COUNTER_SHIFTS:
        median = lower_median([each >> shift & COUNTER_MAX for each in increments]) if increments else 0
        word |= min((base >> shift & COUNTER_MAX) + median, COUNTER_MAX) << shift
    if increments:
        word |= lower_median([each & LEVEL_MASK for each in increments])
    for bit in range(LEVEL_MASK.bit_length(), FLAGS_BITS):
        if sum(each >> bit & 1 for each in increments) > len(increments) // 2:
            word |= 1 << bit
    return word


def has_fallen(word: int, base: int) -> bool:
    """Whether any counter in `word` is below that in `base`."""
    return any(word >> shift & COUNTER_MAX < base >> shift & COUNTER_MAX for shift in COUNTER_SHIFTS)


def find_duplicate(signed: SignedReport, leaves: Leaves) -> Evidence | None:
    """Proof that a meter stands twice under the report's root, if one does."""
    for meter_id in leaves.meters:
        if len(leaves.words(meter_id)) > 1:
            return duplicate(signed, leaves.prove(meter_id, 0), leaves.prove(meter_id, 1))
    return None


def find_fallen(signed: SignedReport, leaves: Leaves, base: Leaves | None) -> Evidence | None:
    """Proof that a counter is below the base report's, if one is."""
    if base is None:
        return None
    for meter_id in leaves.meters:
        for which, before in enumerate(base.words(meter_id)):
            if has_fallen(leaves.words(meter_id)[0], before):
                return fell(signed, leaves.prove(meter_id), base.prove(meter_id, which))
    return None


def find_wrong_aggregate(
    signed: SignedReport, leaves: Leaves, base: Leaves | None, named: Named, observed: Sequence[Leaves], is_new: IsNew
) -> tuple[Evidence | None, list[int]]:
    """Proof that a reading is not what the named observations make of its base, if one is not.

    `base` is None without a base report; `observed` are the observations in the order of `named`. Also the meters of
    which nothing can be proven because a named observation does not hold them: honest nodes name no such observation.
    """
    untold = []
    for meter_id in leaves.meters:
        before = _base_word(meter_id, base, is_new)
        if before is None:
            continue
        if not all(each.words(meter_id) for each in observed):
            untold.append(meter_id)
            continue
        right = aggregate(before, [each.words(meter_id)[0] for each in observed])
        if leaves.words(meter_id)[0] != right:
            leaf = leaves.prove(meter_id)
            start = base.prove(meter_id) if base is not None and base.words(meter_id) else ProvenLeaf(meter_id, 0, ())
            increments = [each.prove(meter_id) for each in observed]
            return wrong_aggregate(signed, named, leaf, start, increments, right), untold
    return None, untold


def _base_word(meter_id: int, base: Leaves | None, is_new: IsNew) -> int | None:
    """What a reading builds on, or None when nothing the contract would accept."""
    if base is not None and base.words(meter_id):
        return base.words(meter_id)[0]
    return 0 if base is None or is_new(meter_id) else None
