"""Lease and fleet meters over report spans."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.domain.reading import LEVEL_MASK as DOMAIN_LEVEL_MASK
from oracle.domain.reading import ReadingFlag
from oracle.metering import increments
from oracle.metering.gpu import GpuSeries
from oracle.metering.increments import Increments
from oracle.metering.meters import (
    Allocation,
    LeaseTerm,
    SlaContext,
    Trust,
    fleet_increments,
    lease_increments,
    suspended_epochs,
)
from oracle.metering.sla import SlaWindow
from oracle.telemetry.sample import Sample

HOUR = 3600
DAY = 86_400
D0 = 20_000 * DAY
STEP = 300_000
GPUS = ("GPU-a", "GPU-b", "GPU-c", "GPU-d")


def term(units=2, start=D0, hours=48, stop=None) -> LeaseTerm:
    return LeaseTerm(7, units, start, start + hours * HOUR, stop, 9_900, 700)


def up(gpu: str, start=D0 - HOUR, end=D0 + 3 * DAY, active=500_000, power=360_000, down=()) -> GpuSeries:
    """A GPU sampled every 300 s in [start, end], lost in the [from, to) intervals of `down`."""
    times = range(start * 1000, end * 1000 + 1, STEP)
    return GpuSeries.of(
        Sample(gpu, t, active, False, power, None, not any(a * 1000 <= t < b * 1000 for a, b in down)) for t in times
    )


def all_up(**options) -> dict[str, GpuSeries]:
    return {gpu: up(gpu, **options) for gpu in GPUS}


def allocated(*uuids: str, start=D0, end=None) -> Allocation:
    return Allocation(start, end, uuids)


PAIR = allocated("GPU-a", "GPU-b")


def lease(t=None, span=(D0, D0 + HOUR), series=None, allocations=(PAIR,), **options) -> Increments:
    series = all_up() if series is None else series
    return lease_increments(t or term(), span, series, allocations, interval_ms=STEP, **options)


def counters(got: Increments) -> tuple[int, int, int]:
    return got.measured, got.delivered, got.utilised


def test_an_hour_of_two_gpus():
    got = lease()
    assert counters(got) == (2 * HOUR, 2 * HOUR, HOUR)
    assert got.energy_wh == 720
    assert got.flags == increments.ENERGY_ESTIMATED | 1


def test_only_the_term_counts_in_a_longer_span():
    assert counters(lease(span=(D0 - DAY, D0 + 100 * DAY))) == (2 * 48 * HOUR, 2 * 48 * HOUR, 48 * HOUR)
    assert counters(lease(span=(D0 - DAY, D0))) == (0, 0, 0)
    assert counters(lease(span=(D0 + 48 * HOUR, D0 + 50 * HOUR))) == (0, 0, 0)


def test_a_stop_ends_the_count():
    assert lease(term(stop=D0 + HOUR), (D0, D0 + 5 * HOUR)).measured == 2 * HOUR
    assert lease(term(stop=D0 + 90 * HOUR), (D0 + 47 * HOUR, D0 + 90 * HOUR)).measured == 2 * HOUR
    assert counters(lease(term(start=D0 + 5 * HOUR, stop=D0), (D0, D0 + 9 * HOUR))) == (0, 0, 0)


def test_a_stop_before_the_start_leaves_no_term_at_all():
    never = term(start=D0 + 5 * HOUR, stop=D0)
    assert never.closes == never.start == never.sla.closes


def test_a_reset_counter_is_bounded_by_the_leases_board_power():
    samples = [Sample("GPU-a", (D0 + t) * 1000, 0, False, None, mj, True) for t, mj in ((0, 10**12), (300, 10**11))]
    got = lease(span=(D0, D0 + 300), series={"GPU-a": GpuSeries.of(samples)})
    assert got.energy_wh == 700 * 300 // 3600
    assert got.flags & increments.COUNTER_RESET


def test_units_without_a_gpu_are_measured_and_not_delivered():
    assert counters(lease(allocations=[allocated("GPU-a")])) == (2 * HOUR, HOUR, HOUR // 2)
    assert counters(lease(allocations=[])) == (2 * HOUR, 0, 0)
    assert counters(lease(allocations=[], series={})) == (2 * HOUR, 0, 0)


def test_a_gpu_nobody_reports_is_missing():
    assert counters(lease(series={"GPU-a": up("GPU-a")})) == (HOUR, HOUR, HOUR // 2)
    assert counters(lease(series={})) == (0, 0, 0)


def test_a_lost_gpu_is_measured_and_not_delivered():
    series = all_up(down=[(D0, D0 + HOUR // 2)])
    assert counters(lease(series=series)) == (2 * HOUR, HOUR, HOUR // 2)


def test_gpus_beyond_the_units_are_a_gift():
    assert lease(allocations=[allocated(*GPUS)]).delivered == 2 * HOUR
    assert lease(allocations=[allocated("GPU-a", "GPU-a")]).delivered == HOUR, "one GPU named twice is one GPU"


def test_an_allocation_counts_from_and_until_its_times():
    first = allocated("GPU-a", "GPU-b", start=D0, end=D0 + HOUR // 4)
    second = allocated("GPU-c", start=D0 + HOUR // 2)
    got = lease(allocations=[second, first])
    assert got.measured == 2 * HOUR
    assert got.delivered == 2 * HOUR // 4 + HOUR // 2


def test_allocations_that_overlap_are_the_callers_mistake():
    with pytest.raises(ValueError, match="overlap"):
        lease(allocations=[allocated("GPU-a"), allocated("GPU-b", start=D0 + 60)])


def test_a_days_close_adds_the_breach_of_an_outage():
    series = all_up(down=[(D0 + 9 * HOUR, D0 + 12 * HOUR)])
    before = lease(span=(D0, D0 + 23 * HOUR), series=series)
    sla = SlaContext(SlaWindow(D0, 0, 0), before.measured, before.delivered)
    assert lease(span=(D0 + 22 * HOUR, D0 + 23 * HOUR), series=series, sla=sla).breached == 0
    assert lease(span=(D0 + 23 * HOUR, D0 + DAY), series=series, sla=sla).breached == 2 * 3 * HOUR


def test_a_silence_is_neither_delivered_nor_breached():
    series = {
        gpu: GpuSeries.of(x for x in up(gpu).samples if not 14 * HOUR <= x.time_ms // 1000 - D0 < 16 * HOUR)
        for gpu in GPUS
    }
    sla = SlaContext(SlaWindow(D0, 0, 0), 0, 0)
    got = lease(span=(D0, D0 + DAY), series=series, sla=sla)
    assert got.measured == got.delivered == 2 * (22 * HOUR - 300)
    assert got.breached == 0


def test_suspended_epochs_are_counted_once_and_inside_the_window():
    sla = SlaContext(SlaWindow(D0, 0, 0), 0, 0)
    twice = [(D0 - DAY, D0 + HOUR), (D0, D0 + HOUR), (D0 + 5 * DAY, D0 + 6 * DAY)]
    assert lease(span=(D0, D0 + DAY), allocations=[], sla=sla, suspended=twice).breached == 2 * 23 * HOUR


@given(
    st.lists(st.tuples(st.integers(0, 400), st.one_of(st.none(), st.integers(0, 400))), max_size=4), st.integers(1, 400)
)
def test_an_epoch_is_suspended_whole_if_the_lease_was_at_its_start(suspensions, until):
    genesis, length = 7, 10
    epochs = {
        (start, start + length)
        for start in range(genesis, until, length)
        if any(a <= start and (b is None or start < b) for a, b in suspensions)
    }
    found = suspended_epochs(suspensions, genesis=genesis, length=length, until=until)
    inside = {(s, s + length) for a, b in found for s in range(a, b, length) if s >= genesis}
    assert inside == epochs
    assert found == sorted(found)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(found))


def test_the_level_is_in_the_flags():
    assert lease(trust=Trust(level=2)).flags & increments.LEVEL_MASK == 2


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(0, 4),
    st.lists(st.integers(0, 60), min_size=2, max_size=5),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=3),
)
def test_no_span_counts_more_than_units_times_time_and_spans_add_up_to_a_second(units, gpus, hours, down):
    downs = [(D0 + min(d) * HOUR, D0 + max(d) * HOUR) for d in down]
    series = all_up(down=downs)
    t, cut = term(units), [allocated(*GPUS[:gpus])]
    hours = sorted(hours)
    got = [lease(t, (D0 + a * HOUR, D0 + b * HOUR), series, cut) for a, b in itertools.pairwise(hours)]
    whole = lease(t, (D0 + hours[0] * HOUR, D0 + hours[-1] * HOUR), series, cut)
    for (a, b), part in zip(itertools.pairwise(hours), got, strict=True):
        assert part.utilised <= part.delivered <= part.measured <= units * max(0, min(b, 48) - min(a, 48)) * HOUR
    for name in ("measured", "delivered", "utilised", "energy_wh"):
        assert 0 <= getattr(whole, name) - sum(getattr(part, name) for part in got) < len(hours)


def fleet(leases, span=(D0, D0 + HOUR), series=None, **options) -> Increments:
    series = all_up() if series is None else series
    return fleet_increments(GPUS, span, series, leases, interval_ms=STEP, **options)


def test_a_fleet_measures_all_boards_and_delivers_the_leased_ones():
    got = fleet([(term(), [allocated("GPU-a", "GPU-b")])])
    assert counters(got) == (4 * HOUR, 2 * HOUR, HOUR)
    assert got.energy_wh == 4 * 360
    assert got.breached == 0


def test_a_board_in_two_leases_is_delivered_once():
    two = [(term(), [allocated("GPU-a")]), (term(), [allocated("GPU-a")])]
    assert fleet(two).delivered == HOUR


def test_a_lease_outside_its_term_delivers_nothing_of_the_fleet():
    assert fleet([(term(start=D0 + HOUR // 2), [allocated("GPU-a")])]).delivered == HOUR // 2
    assert fleet([]).delivered == 0


def test_a_board_without_telemetry_is_not_measured():
    assert counters(fleet([(term(), [allocated("GPU-a", "GPU-b")])], series={"GPU-a": up("GPU-a")})) == (
        HOUR,
        HOUR,
        HOUR // 2,
    )


def test_flags_are_the_bits_of_the_reading():
    assert increments.LEVEL_MASK == DOMAIN_LEVEL_MASK
    for flag in ReadingFlag:
        assert getattr(increments, flag.name) == flag


@pytest.mark.parametrize(
    "bad", [(-1, 0, 0, 0, 0), (1, 2, 0, 0, 0), (2, 1, 2, 0, 0), (0, 0, 0, -1, 0), (0, 0, 0, 0, -1)]
)
def test_impossible_increments_are_refused(bad):
    with pytest.raises(ValueError, match="impossible"):
        Increments(*bad, flags=0)


def test_energy_is_at_most_twice_what_the_boards_can_draw():
    series = all_up(power=20_000_000)
    assert lease(series=series).energy_wh == 2 * 700 * 2
    assert fleet([], series=series, board_watts=700).energy_wh == 2 * 700 * 4
