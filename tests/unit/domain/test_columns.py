"""All meters at once come to what each comes to by itself."""

from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.columns import Columns, agree_all
from oracle.domain.median import AgreementError, agree
from oracle.domain.reading import COUNTER_MAX, FLAGS_MAX, ImplausibleReading, Reading, check_increments
from oracle.domain.signed import pack_leaves

counters = st.one_of(st.integers(0, 9), st.integers(0, COUNTER_MAX), st.integers((1 << 32) - 2, (1 << 32) + 2))
readings = st.builds(Reading, counters, counters, counters, counters, counters, st.integers(0, FLAGS_MAX))
few = st.integers(0, 4)
bounded = st.tuples(st.builds(Reading, few, few, few, few), few, few, few)


def _columns(said: list[Reading]) -> Columns:
    return Columns.of(pack_leaves(list(enumerate(said))))


@given(st.lists(readings, min_size=1, max_size=4))
def test_packed_leaves_come_apart_into_the_fields_of_their_readings(said: list[Reading]) -> None:
    assert list(zip(*_columns(said), strict=True)) == [(*reading.counters, reading.flags) for reading in said]


@given(st.data(), st.integers(1, 4), st.integers(1, 7))
def test_the_median_of_all_meters_is_the_median_of_each(data: st.DataObject, meters: int, nodes: int) -> None:
    rows = st.lists(readings, min_size=meters, max_size=meters)
    base, said = data.draw(rows), [data.draw(rows) for _ in range(nodes)]
    try:
        expected = [agree(since, list(column)) for since, column in zip(base, zip(*said, strict=True), strict=True)]
    except AgreementError:
        expected = []
    try:
        agreed = agree_all(base, [_columns(each) for each in said])
    except AgreementError:
        agreed = []
    assert agreed == expected
    assert bool(agreed) == (nodes % 2 == 1)


@given(st.lists(bounded, min_size=1, max_size=4))
def test_all_are_plausible_when_each_is(said: list[tuple[Reading, int, int, int]]) -> None:
    def is_plausible(increments: Reading, units: int, span_s: int, window_s: int) -> bool:
        try:
            check_increments(increments, units, span_s, window_s)
        except ImplausibleReading:
            return False
        return True

    most = [(units * span_s, units * window_s) for _, units, span_s, window_s in said]
    measured, breached = zip(*most, strict=True)
    columns = _columns([reading for reading, *_ in said])
    assert columns.are_plausible(measured, breached) == all(is_plausible(*each) for each in said)
