"""Anti-gaming flags of one GPU's samples over a span."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.metering.gpu import GpuMeter, GpuSeries, GpuTotals
from oracle.metering.increments import EMPTY_MEMORY, MACHINE_CHANGED, WEAK_ACTIVITY
from oracle.metering.suspicion import is_empty, is_weak, machine_changed
from oracle.telemetry.sample import Sample

GPU = "GPU-a"
STEP = 30_000
BOARD_MW = 700_000
T0 = 1_791_158_400_000


def s(n: int = 0, **given) -> Sample:
    base = Sample(GPU, T0 + n * STEP, 500_000, False, 400_000, None, True)
    return base._replace(**given)


SPINNING = {"engine_active_ppm": 1_000_000, "power_mw": 128_000, "sm_active_ppm": 7_500, "tensor_active_ppm": 0}


@pytest.mark.parametrize(
    ("given", "weak"),
    [
        (SPINNING, True),  # one block of one kernel on an H100: 1 of 132 SMs, clocks up, little power
        ({**SPINNING, "sm_clock_mhz": 1980}, True),
        ({**SPINNING, "power_mw": None}, True),  # SMs alone, where nothing else is known
        ({**SPINNING, "power_mw": 210_000}, True),
        ({**SPINNING, "power_mw": 210_001}, False),  # 30 % of 700 W: something draws it
        ({**SPINNING, "power_mw": 400_000, "sm_clock_mhz": 345}, True),  # clocks of an idle GPU
        ({**SPINNING, "power_mw": 400_000, "sm_clock_mhz": 1980}, False),
        ({**SPINNING, "engine_active_ppm": 899_999}, False),
        ({**SPINNING, "engine_active_ppm": None}, False),
        ({**SPINNING, "sm_active_ppm": 100_001}, False),
        ({**SPINNING, "tensor_active_ppm": 10_001}, False),
        ({**SPINNING, "tensor_active_ppm": None}, True),
        ({**SPINNING, "sm_active_ppm": None}, True),  # without profiling metrics power decides
        ({**SPINNING, "sm_active_ppm": None, "power_mw": 300_000}, False),
        ({**SPINNING, "sm_active_ppm": None, "power_mw": None}, False),  # nothing is known, nothing is said
        ({"engine_active_ppm": 968_000, "power_mw": 650_000, "sm_active_ppm": 900_000}, False),  # training
        ({"engine_active_ppm": 950_000, "power_mw": 290_000, "sm_active_ppm": 600_000}, False),  # decoding
    ],
)
def test_a_busy_engine_that_hardly_works_is_weak(given, weak) -> None:
    assert is_weak(s(**given), BOARD_MW) is weak


def test_power_is_no_sign_where_the_boards_own_is_not_known() -> None:
    spinning = s(**{**SPINNING, "sm_active_ppm": None})
    assert is_weak(spinning, 700_000)
    assert not is_weak(spinning, 0)


@pytest.mark.parametrize(
    ("given", "empty"),
    [
        ({"memory_used_mib": 64, "engine_active_ppm": 100_000}, True),
        ({"memory_used_mib": 65, "engine_active_ppm": 1_000_000}, False),
        ({"memory_used_mib": 0, "engine_active_ppm": 99_999}, False),
        ({"memory_used_mib": 0, "engine_active_ppm": None}, False),
        ({"memory_used_mib": None, "engine_active_ppm": 1_000_000}, False),
    ],
)
def test_an_active_gpu_with_empty_memory_is_noticed(given, empty) -> None:
    assert is_empty(s(**given)) is empty


@pytest.mark.parametrize(
    ("before", "now", "changed"),
    [
        (("570.86", 1000), ("570.86", 1000), False),
        (("570.86", None), ("575.51", None), True),
        ((None, 1000), (None, 1061), True),
        ((None, 1000), (None, 1060), False),  # NTP moved the clock the boot is reckoned from
        ((None, None), ("570.86", 1000), False),
        (("570.86", 1000), (None, None), False),
    ],
)
def test_another_driver_or_another_boot_is_a_change(before, now, changed) -> None:
    assert machine_changed(before, now) is changed


def totals(samples, start=0, end=100) -> GpuTotals:
    span = T0 + start * STEP, T0 + end * STEP
    return GpuSeries.of(samples).totals(*span, STEP, board_mw=BOARD_MW)


def test_a_gpu_is_flagged_from_a_tenth_of_its_delivered_time_on() -> None:
    nine = [s(n, **(SPINNING if n < 9 else {})) for n in range(101)]
    ten = [s(n, **(SPINNING if n < 10 else {})) for n in range(101)]
    assert not totals(nine).flags & WEAK_ACTIVITY
    assert totals(ten).flags & WEAK_ACTIVITY
    # One of eight is enough: an honest board beside it does not water it down.
    assert (totals(ten) + totals([s(n) for n in range(101)])).flags & WEAK_ACTIVITY


def test_memory_flags_likewise_and_time_not_delivered_accuses_nobody() -> None:
    empty = {"memory_used_mib": 3, "engine_active_ppm": 1_000_000}
    assert totals([s(n, **empty) for n in range(101)]).flags & EMPTY_MEMORY
    assert not totals([s(n, **empty, healthy=False) for n in range(101)]).flags & EMPTY_MEMORY
    assert totals([]).flags == 0


def test_flags_change_no_counter() -> None:
    honest = totals([s(n, engine_active_ppm=1_000_000, power_mw=128_000) for n in range(101)])
    spinning = totals([s(n, **SPINNING, memory_used_mib=0, sm_clock_mhz=300) for n in range(101)])
    for counter in ("measured_ms", "delivered_ms", "utilised_ppm_ms", "energy_uj"):
        assert getattr(honest, counter) == getattr(spinning, counter)


def test_a_reboot_is_noticed_over_the_gap_that_it_makes_and_once() -> None:
    before = [s(n, driver="570.86", boot_s=1000) for n in range(10)]
    after = [s(n, driver="570.86", boot_s=90_000) for n in range(30, 101)]
    found = totals([*before, *after])
    assert found.changes == 1
    assert found.flags & MACHINE_CHANGED


def test_a_change_counts_in_the_span_in_which_it_was_seen() -> None:
    samples = [s(n, driver="570.86" if n < 40 else "575.51") for n in range(101)]
    assert [totals(samples, *span).changes for span in ((0, 39), (39, 41), (40, 100), (0, 100))] == [0, 1, 0, 1]
    unknown = [each._replace(driver=None) if 35 < n < 45 else each for n, each in enumerate(samples)]
    assert totals(unknown).changes == 1


def test_a_driver_changed_over_a_stretch_that_does_not_tell_it_counts_where_it_is_known_again() -> None:
    samples = [s(0, driver="1"), s(3, driver=None), s(12, driver="2")]
    assert totals(samples, 3, 50).changes == 1


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            s,
            st.integers(0, 60),
            engine_active_ppm=st.sampled_from([None, 50_000, 1_000_000]),
            power_mw=st.sampled_from([None, 100_000, 600_000]),
            sm_active_ppm=st.sampled_from([None, 5_000, 800_000]),
            memory_used_mib=st.sampled_from([None, 0, 40_000]),
            driver=st.sampled_from([None, "1", "2"]),
        ),
        max_size=60,
        unique_by=lambda sample: sample.time_ms,
    ),
    st.randoms(use_true_random=False),
)
def test_what_is_found_depends_neither_on_order_nor_on_duplicates(samples, random) -> None:
    shuffled = samples + random.choices(samples, k=5) if samples else []
    random.shuffle(shuffled)
    assert totals(shuffled, 3, 50) == totals(samples, 3, 50)
    meter = GpuMeter(STEP, start_ms=T0 + 3 * STEP, end_ms=T0 + 50 * STEP, board_mw=BOARD_MW)
    for sample in sorted(samples, key=lambda each: each.time_ms):
        meter.add(sample)
    assert meter.totals().flags | 0x10 == totals(samples, 3, 50).flags | 0x10
