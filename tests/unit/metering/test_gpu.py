"""One GPU's integration: what is measured, what is not, and that cuts always add up."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.metering.gpu import DEFAULT_BOARD_MW, NOTED, GpuMeter, GpuSeries, GpuTotals
from oracle.metering.increments import ACTIVITY_FALLBACK, COUNTER_RESET, ENERGY_ESTIMATED, ENERGY_UNCOVERED
from oracle.telemetry.sample import PPM, Sample

GPU = "GPU-a"
MIN = 60_000


def s(time, active=500_000, power=300_000, energy=None, healthy=True, fallback=False) -> Sample:
    return Sample(GPU, time, active, fallback, power, energy, healthy)


def totals(samples, start=0, end=10 * MIN, interval=MIN, **options) -> GpuTotals:
    return GpuSeries.of(samples).totals(start, end, interval, **options)


def test_a_steady_hour_is_measured_delivered_and_utilised():
    t = totals([s(m * MIN) for m in range(61)], 0, 60 * MIN)
    assert t.measured_ms == t.delivered_ms == 60 * MIN
    assert t.utilised_ppm_ms == 500_000 * 60 * MIN
    assert t.energy_mj == 300 * 3600 * 1000
    assert t.flags == ENERGY_ESTIMATED


def test_activity_is_the_mean_of_both_ends():
    assert totals([s(0, 0), s(MIN, PPM)]).utilised_ppm_ms == PPM * MIN // 2


def test_power_is_a_trapezoid():
    assert totals([s(0, power=100_000), s(MIN, power=300_000)]).energy_uj == 200_000 * MIN


@pytest.mark.parametrize(("apart", "measured"), [(MIN, MIN), (3 * MIN, 3 * MIN), (3 * MIN + 1, 0), (9 * MIN, 0)])
def test_three_intervals_are_bridged_and_not_one_ms_more(apart, measured):
    t = totals([s(0), s(apart)], 0, 20 * MIN)
    assert t.measured_ms == t.delivered_ms == measured
    assert (t.gaps, t.gap_ms) == ((0, 0) if measured else (1, apart))
    assert (t.energy_uj > 0) == (measured > 0)


def test_the_counter_is_not_bridged_over_a_gap_either():
    assert totals([s(0, energy=0), s(9 * MIN, energy=10_000_000)]).energy_uj == 0


def test_nothing_is_measured_before_the_first_and_after_the_last_sample():
    assert totals([s(4 * MIN), s(5 * MIN)]).measured_ms == MIN
    assert totals([s(5 * MIN)]) == GpuTotals()
    assert totals([]) == GpuTotals()


def test_the_left_sample_tells_the_health_of_a_piece():
    t = totals([s(0), s(MIN, healthy=False), s(2 * MIN), s(3 * MIN)])
    assert (t.measured_ms, t.delivered_ms) == (3 * MIN, 2 * MIN)
    assert t.utilised_ppm_ms == 500_000 * 2 * MIN


def test_one_end_without_activity_takes_the_others_and_none_is_not_utilised():
    t = totals([s(0, 800_000), s(MIN, None), s(2 * MIN, None), s(3 * MIN, 200_000)])
    assert t.utilised_ppm_ms == (800_000 + 200_000) * MIN
    assert t.unknown_activity_ms == MIN


def test_the_fallback_is_flagged_where_it_counted():
    assert totals([s(0, fallback=True), s(MIN)]).flags & ACTIVITY_FALLBACK
    assert not totals([s(0, fallback=True, healthy=False), s(MIN)]).flags & ACTIVITY_FALLBACK


def test_the_counter_beats_the_power():
    t = totals([s(0, energy=1_000_000, power=1), s(MIN, energy=1_018_000, power=1)])
    assert (t.energy_mj, t.flags) == (18_000, 0)


def test_a_counter_at_one_end_only_falls_back_to_power():
    t = totals([s(0, energy=5), s(MIN), s(2 * MIN, energy=9)])
    assert (t.energy_uj, t.estimated_ms, t.flags) == (300_000 * 2 * MIN, 2 * MIN, ENERGY_ESTIMATED)


def test_neither_counter_nor_power_is_unknown_and_not_zero():
    t = totals([s(0, power=None), s(MIN), s(2 * MIN)])
    assert (t.uncovered_ms, t.energy_uj) == (MIN, 300_000 * MIN)
    assert t.flags == ENERGY_ESTIMATED | ENERGY_UNCOVERED


def test_a_counter_that_fell_counts_what_it_shows_since():
    t = totals([s(0, energy=10**12), s(MIN, energy=9_000)])
    assert (t.energy_mj, t.resets, t.flags) == (9_000, 1, COUNTER_RESET)


def test_what_a_fallen_counter_shows_is_bounded_by_what_a_board_can_draw():
    fallen = [s(0, energy=10**12), s(MIN, energy=10**11)]
    assert totals(fallen, board_mw=400_000).energy_uj == 400_000 * MIN
    assert totals(fallen).energy_uj == DEFAULT_BOARD_MW * MIN


def test_a_counter_that_leaps_is_not_believed():
    t = totals([s(0, energy=0), s(MIN, energy=10**9)], board_mw=400_000)
    assert (t.energy_uj, t.flags) == (300_000 * MIN, ENERGY_ESTIMATED)


@pytest.mark.parametrize("between", [[], [s(m * MIN, power=None, healthy=False) for m in range(1, 30)]])
def test_a_counter_that_comes_back_lower_is_a_reset_though_nobody_saw_it_fall(between):
    samples = [s(0, energy=10**12), *between, s(30 * MIN, energy=7_000), s(31 * MIN, energy=8_000)]
    whole = totals(samples, 0, 31 * MIN)
    assert (whole.resets, whole.energy_mj) == (1, 1_000)
    assert totals(samples, 29 * MIN, 31 * MIN).resets == 1, "the counter before the span is remembered"
    assert totals(samples, 0, 29 * MIN).resets == 0
    assert totals(samples, 30 * MIN, 31 * MIN).resets == 0


def test_a_counter_that_stood_still_was_not_reset():
    assert totals([s(0, energy=500), s(9 * MIN, energy=500)]).resets == 0


def test_not_even_half_a_unit_is_lost_at_a_cut():
    gpu = GpuSeries.of([s(0, active=1, power=1), s(MIN, active=0, power=0)])
    parts = sum((gpu.totals(ms, ms + 1, MIN) for ms in range(1000)), GpuTotals())
    assert (parts.utilised_ppm_ms, parts.energy_uj) == (500, 500)


def test_of_equal_times_the_first_wins():
    assert totals([s(0), s(MIN, 0), s(MIN, PPM)]).utilised_ppm_ms == 500_000 * MIN // 2


readings = st.builds(
    s,
    time=st.just(0),
    active=st.one_of(st.none(), st.integers(0, PPM)),
    power=st.one_of(st.none(), st.integers(0, 700_000)),
    energy=st.one_of(st.none(), st.integers(0, 10**7)),
    healthy=st.booleans(),
    fallback=st.booleans(),
)
series = st.lists(st.tuples(st.integers(1, 4 * MIN), readings), min_size=0, max_size=30)
cuts = st.lists(st.integers(-MIN, 60 * MIN), min_size=2, max_size=8)


def placed(steps) -> list[Sample]:
    now, samples = 0, []
    for step, sample in steps:
        now += step
        samples.append(sample._replace(time_ms=now))
    return samples


@settings(max_examples=300, deadline=None)
@given(series, cuts)
def test_spans_that_touch_add_up_to_the_whole_exactly(steps, edges):
    gpu = GpuSeries.of(placed(steps))
    edges = sorted(edges)
    parts = GpuTotals()
    for start, end in pairwise(edges):
        parts += gpu.totals(start, end, MIN)
    whole = gpu.totals(edges[0], edges[-1], MIN)
    for name in ("measured_ms", "delivered_ms", "utilised_ppm_ms", "energy_uj", "estimated_ms", "uncovered_ms",
                 "fallback_ms", "unknown_activity_ms", "gap_ms"):  # fmt: skip
        assert getattr(parts, name) == getattr(whole, name), name


@settings(max_examples=200, deadline=None)
@given(series, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(steps, chance: random.Random):
    samples = placed(steps)
    shuffled = samples + chance.choices(samples, k=5) if samples else []
    chance.shuffle(shuffled)
    assert totals(shuffled, 0, 60 * MIN) == totals(samples, 0, 60 * MIN)


@settings(max_examples=200, deadline=None)
@given(series, cuts)
def test_no_counter_exceeds_the_one_that_bounds_it(steps, edges):
    start, end = min(edges), max(edges)
    t = totals(placed(steps), start, end)
    assert 0 <= t.utilised_ppm_ms <= t.delivered_ms * PPM
    assert t.delivered_ms <= t.measured_ms <= end - start
    assert t.measured_ms + t.gap_ms <= end - start
    assert t.estimated_ms + t.uncovered_ms <= t.measured_ms
    assert 0 <= t.energy_uj <= 2 * DEFAULT_BOARD_MW * t.measured_ms


@settings(max_examples=200, deadline=None)
@given(series)
def test_streaming_and_listed_are_one_meter(steps):
    samples = placed(steps)
    meter = GpuMeter(MIN)
    for sample in samples:
        meter.add(sample)
    if samples:
        assert meter.totals() == totals(samples, samples[0].time_ms, samples[-1].time_ms)


def streamed(samples, interval=MIN) -> GpuMeter:
    meter = GpuMeter(interval)
    for sample in samples:
        meter.add(sample)
    return meter


def test_a_stream_leaves_out_and_counts_what_goes_back():
    meter = streamed([s(0), s(MIN), s(2 * MIN), s(MIN, PPM), s(2 * MIN, PPM), s(3 * MIN)])
    assert (meter.out_of_order, meter.duplicates, meter.samples) == (1, 1, 4)
    assert meter.totals().measured_ms == 3 * MIN
    assert meter.totals().utilised_ppm_ms == 500_000 * 3 * MIN


def test_a_clock_that_jumps_ahead_and_back_costs_one_sample():
    good = [s(m * MIN) for m in range(10)]
    jumped = [*good[:5], s(10**12), *good[5:]]
    meter = streamed(jumped)
    assert meter.totals() == streamed(good).totals()
    assert (meter.jumps, meter.samples, meter.gap_list) == (1, 10, [])
    first = streamed([s(10**12), *good])
    assert (first.totals(), first.jumps, first.first_ms) == (streamed(good).totals(), 1, 0)


def test_a_clock_set_back_waits_until_time_is_made_up():
    samples = [s(m * MIN) for m in range(5)] + [s(m * MIN + 7) for m in range(2, 8)]
    meter = streamed(samples)
    assert meter.out_of_order == 2
    assert meter.totals().measured_ms == 7 * MIN + 7


def test_gaps_and_bad_health_are_listed_with_their_times():
    samples = [s(0), s(MIN), s(60 * MIN), s(61 * MIN, healthy=False), s(62 * MIN, healthy=False), s(63 * MIN)]
    meter = streamed(samples)
    assert meter.gap_list == [(MIN, 60 * MIN)]
    assert meter.sick_list == [(61 * MIN, 63 * MIN)]


def test_the_lists_do_not_grow_without_end():
    meter = streamed([s(n * 10 * MIN) for n in range(100)])
    assert (meter.totals().gaps, len(meter.gap_list)) == (99, NOTED)


@pytest.mark.parametrize(("interval", "board"), [(0, 1), (-5, 1), (1, -1)])
def test_impossible_settings_are_refused(interval, board):
    with pytest.raises(ValueError, match="positive"):
        GpuMeter(interval, board_mw=board)
