"""Two instruments on one span: the tenant's agent, and the machines' own power meters."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.metering.cross_check import Verdict, level_and_flags, power_verdict, tenant_verdict
from oracle.metering.gpu import GpuSeries, GpuTotals
from oracle.metering.increments import LEVEL_MASK, POWER_DISPUTED, TENANT_DISAGREES, UNLISTED_GPU
from oracle.metering.meters import Allocation, LeaseTerm, Trust, fleet_increments, lease_increments
from oracle.telemetry.sample import Sample

HOUR_MS = 3_600_000
STEP = 30_000
BOARD_MW = 700_000
SEEN = GpuTotals(
    measured_ms=2 * HOUR_MS,
    delivered_ms=2 * HOUR_MS,
    utilised_ppm_ms=2 * HOUR_MS * 500_000,
    energy_uj=2 * HOUR_MS * 400_000,
)


def judged(tenant: GpuTotals, operator: GpuTotals = SEEN) -> Verdict:
    return tenant_verdict(operator, tenant, interval_ms=STEP, gpus=2, board_mw=BOARD_MW)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.AGREES),
        ({"delivered_ms": 2 * HOUR_MS - 144_000 - 60_000}, Verdict.AGREES),  # 2 % and an interval for each GPU
        ({"delivered_ms": 2 * HOUR_MS - 144_000 - 60_001}, Verdict.DISAGREES),
        ({"utilised_ppm_ms": (2 * HOUR_MS * 500_000) - (360_000 + 60_000) * 1_000_000}, Verdict.AGREES),
        ({"utilised_ppm_ms": 0}, Verdict.DISAGREES),
        ({"energy_uj": 2 * HOUR_MS * 400_000 + 57_600_000_000 + 60_000 * BOARD_MW}, Verdict.AGREES),
        ({"energy_uj": 2 * HOUR_MS * 400_000 + 57_600_000_001 + 60_000 * BOARD_MW}, Verdict.DISAGREES),
        ({"energy_uj": 0, "uncovered_ms": 1}, Verdict.AGREES),  # an agent that has no energy says nothing of it
        ({"measured_ms": 2 * HOUR_MS * 95 // 100}, Verdict.AGREES),
        ({"measured_ms": 2 * HOUR_MS * 95 // 100 - 1}, Verdict.UNKNOWN),  # too long silent to be a witness
        ({"measured_ms": 2 * HOUR_MS * 90 // 100, "delivered_ms": 0}, Verdict.UNKNOWN),
    ],
)
def test_the_tenants_agent_agrees_within_the_stated_tolerances(changes, verdict) -> None:
    assert judged(replace(SEEN, **changes)) is verdict


def test_there_is_nothing_to_agree_on_where_the_operator_says_nothing() -> None:
    assert judged(SEEN, GpuTotals()) is Verdict.UNKNOWN
    assert judged(GpuTotals(), GpuTotals()) is Verdict.UNKNOWN


BOARDS = GpuTotals(measured_ms=8 * HOUR_MS, energy_uj=8 * HOUR_MS * 500_000)
MACHINE = GpuTotals(measured_ms=HOUR_MS, energy_uj=HOUR_MS * 6_000_000)


@pytest.mark.parametrize(
    ("boards", "machines", "verdict"),
    [
        ({}, [{}], Verdict.AGREES),
        ({"energy_uj": HOUR_MS * 6_000_000}, [{}], Verdict.AGREES),
        ({"energy_uj": HOUR_MS * 6_000_000 + 1}, [{}], Verdict.UNKNOWN),  # within the meters' error: neither
        ({"energy_uj": HOUR_MS * 6_300_000}, [{}], Verdict.UNKNOWN),
        ({"energy_uj": HOUR_MS * 6_300_000 + 1}, [{}], Verdict.DISAGREES),
        ({"energy_uj": HOUR_MS * 600_000}, [{}], Verdict.AGREES),
        ({"energy_uj": HOUR_MS * 600_000 - 1}, [{}], Verdict.UNKNOWN),  # another machine's meter
        ({"uncovered_ms": 1}, [{}], Verdict.UNKNOWN),
        ({"energy_uj": HOUR_MS * 7_000_000}, [{"measured_ms": HOUR_MS - 1}], Verdict.UNKNOWN),  # not the whole span
        ({"energy_uj": HOUR_MS * 7_000_000}, [{}, {}], Verdict.AGREES),
        ({"energy_uj": HOUR_MS * 7_000_000}, [{}, {"uncovered_ms": 1}], Verdict.UNKNOWN),
        ({}, [], Verdict.UNKNOWN),
    ],
)
def test_boards_draw_no_more_than_the_machines_that_hold_them(boards, machines, verdict) -> None:
    found = power_verdict(
        replace(BOARDS, **boards), [replace(MACHINE, **changes) for changes in machines], span_ms=HOUR_MS
    )
    assert found is verdict


@pytest.mark.parametrize(
    ("tenant", "power", "expected"),
    [
        (Verdict.UNKNOWN, Verdict.UNKNOWN, 1),
        (Verdict.AGREES, Verdict.UNKNOWN, 2),
        (Verdict.UNKNOWN, Verdict.AGREES, 3),
        (Verdict.AGREES, Verdict.AGREES, 3),
        (Verdict.DISAGREES, Verdict.AGREES, 1 | TENANT_DISAGREES),
        (Verdict.AGREES, Verdict.DISAGREES, 1 | POWER_DISPUTED),
        (Verdict.DISAGREES, Verdict.DISAGREES, 1 | TENANT_DISAGREES | POWER_DISPUTED),
    ],
)
def test_a_check_that_holds_raises_the_level_and_one_that_fails_keeps_it_down(tenant, power, expected) -> None:
    assert level_and_flags(1, tenant, power) == expected


def series(gpu: str, active: int = 500_000, down: bool = False) -> GpuSeries:
    return GpuSeries.of(
        Sample(gpu, t, active, False, 400_000, None, not down) for t in range(-HOUR_MS, 2 * HOUR_MS, STEP)
    )


def lease(tenant, **trust) -> int:
    term = LeaseTerm(1, 2, 0, 7200, None, 9_900, 700)
    own = {gpu: series(gpu) for gpu in ("GPU-a", "GPU-b")}
    whole = Allocation(0, None, ("GPU-a", "GPU-b"))
    got = lease_increments(term, (0, 3600), own, [whole], interval_ms=STEP, trust=Trust(1, tenant, **trust))
    assert got.delivered == 2 * 3600  # whatever a check says, counters are the operator's source's
    return got.flags & (LEVEL_MASK | TENANT_DISAGREES | POWER_DISPUTED)


def test_a_lease_whose_tenant_sees_the_same_is_of_level_two() -> None:
    both = {gpu: series(gpu) for gpu in ("GPU-a", "GPU-b")}
    assert lease(both) == 2
    assert lease({"GPU-a": both["GPU-a"]}) == 1  # of one GPU the agent says nothing
    assert lease(None) == 1
    assert lease({**both, "GPU-b": series("GPU-b", down=True)}) == 1 | TENANT_DISAGREES
    assert lease(both, node_power=Verdict.AGREES) == 3
    assert lease(both, node_power=Verdict.DISAGREES) == 1 | POWER_DISPUTED


def test_a_gpu_outside_the_inventory_is_flagged_on_the_fleet() -> None:
    for unlisted in (False, True):
        got = fleet_increments(
            ["GPU-a"], (0, 3600), {"GPU-a": series("GPU-a")}, [], interval_ms=STEP, trust=Trust(unlisted=unlisted)
        )
        assert bool(got.flags & UNLISTED_GPU) is unlisted


figures = st.integers(0, 1 << 50)
totals = st.builds(
    GpuTotals,
    measured_ms=figures,
    delivered_ms=figures,
    utilised_ppm_ms=figures,
    energy_uj=figures,
    uncovered_ms=st.just(0),
)


@settings(max_examples=200, deadline=None)
@given(totals, st.lists(totals, max_size=3), figures)
def test_agreement_and_dispute_exclude_each_other_and_more_power_never_makes_a_dispute(boards, machines, span) -> None:
    found = power_verdict(boards, machines, span_ms=span)
    more = [replace(machine, energy_uj=machine.energy_uj + 1) for machine in machines]
    if found is not Verdict.DISAGREES:
        assert power_verdict(boards, more, span_ms=span) is not Verdict.DISAGREES
    assert judged(boards, boards) is (Verdict.AGREES if boards.measured_ms else Verdict.UNKNOWN)
