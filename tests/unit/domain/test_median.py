"""The median of 2f+1 observations: order-free, inside the honest range, and flagged by f+1."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.median import AgreementError, agree, lower_median
from oracle.domain.reading import COUNTER_MAX, Reading, ReadingFlag

small = st.integers(min_value=0, max_value=10**6)
readings = st.builds(Reading, small, small, small, small, small, st.integers(min_value=0, max_value=127))
faults = st.integers(min_value=0, max_value=4)


def test_the_lower_of_two_middles_is_taken() -> None:
    assert lower_median([4, 1, 3, 2]) == 2
    assert lower_median([3, 1, 2]) == 2
    with pytest.raises(AgreementError):
        lower_median([])


@given(st.data(), faults, readings, st.randoms(use_true_random=False))
def test_f_liars_among_2f_plus_1_move_no_counter_outside_the_honest_range(
    data: st.DataObject, f: int, base: Reading, rng: random.Random
) -> None:
    honest = data.draw(st.lists(readings, min_size=f + 1, max_size=f + 1))
    liars = data.draw(st.lists(readings, min_size=f, max_size=f))
    named = honest + liars
    rng.shuffle(named)
    agreed = agree(base, named)
    for since, total, *seen in zip(base.counters, agreed.counters, *(h.counters for h in honest), strict=True):
        assert min(seen) <= total - since <= max(seen)
    assert min(h.level for h in honest) <= agreed.level <= max(h.level for h in honest)


@given(st.lists(readings, min_size=5, max_size=5), readings, st.randoms(use_true_random=False))
def test_agreement_does_not_depend_on_the_order_of_observations(
    named: list[Reading], base: Reading, rng: random.Random
) -> None:
    shuffled = named[:]
    rng.shuffle(shuffled)
    assert agree(base, shuffled) == agree(base, named)


@given(st.lists(st.tuples(small, small, small), min_size=3, max_size=3))
def test_medians_keep_utilised_below_delivered_below_measured(triples: list[tuple[int, int, int]]) -> None:
    agreed = agree(Reading(), [Reading(*sorted(triple, reverse=True)) for triple in triples])
    assert agreed.utilised <= agreed.delivered <= agreed.measured


def test_a_flag_needs_f_plus_1_observations_and_the_base_hands_none_on() -> None:
    reset, fallback = ReadingFlag.COUNTER_RESET, ReadingFlag.ACTIVITY_FALLBACK
    base = Reading(measured=5, flags=int(ReadingFlag.ENERGY_ESTIMATED) | 2)
    agreed = agree(base, [Reading(flags=reset | fallback | 1), Reading(flags=reset | 1), Reading(flags=0)])
    assert agreed == Reading(measured=5, flags=int(reset) | 1)


@pytest.mark.parametrize("count", [0, 2, 4])
def test_an_even_number_of_observations_is_refused(count: int) -> None:
    with pytest.raises(AgreementError):
        agree(Reading(), [Reading()] * count)


def test_a_counter_stops_at_48_bits() -> None:
    base = Reading(COUNTER_MAX, COUNTER_MAX - 1, COUNTER_MAX - 5, 0, COUNTER_MAX)
    agreed = agree(base, [Reading(4, 4, 4, 0, COUNTER_MAX)] * 3)
    assert agreed == Reading(COUNTER_MAX, COUNTER_MAX, COUNTER_MAX - 1, 0, COUNTER_MAX)
