"""The waterfall, the stream and the shares, by hand."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.audit.events import Terms, Tranche
from oracle.audit.waterfall import Distribution, Holder, Stream, distribute
from tests.unit.audit.world import TREASURY, USD

TERMS = Terms(1, USD, 21_600, 100, 50, 500, 2000, 180_000, 30_000_000, TREASURY, TREASURY)
TRANCHES = (Tranche(90_000_000_000, 800), Tranche(10_000_000_000, 0))
QUARTER = 21_600
COUPON = 4_931_506
"""Of 90,000 at 8 % for six hours: 4.931506 849..."""


def run(rent: int, wh: int = 0, arrears: int = 0, reserve: int = 0, wound_up: bool = False) -> Distribution:
    return distribute(TERMS, TRANCHES, (arrears, 0), reserve, rent, wh, QUARTER, wound_up)


def test_everyone_is_paid_in_order() -> None:
    """Of 94: 0.94, 0.47, 22.001 kWh at 0.18, 4.70; then the coupon, 30 into the reserve, and equity the rest."""
    flow = run(94_000_000, wh=22_001)
    assert flow.fees == (940_000, 470_000, 3_960_180, 4_700_000)
    assert flow.incomes == (COUPON, 94_000_000 - 10_070_180 - COUPON - 30_000_000)
    assert (flow.reserve_in, flow.reserve_out, flow.arrears) == (30_000_000, 0, (0, 0))


def test_energy_takes_at_most_its_cap() -> None:
    assert run(94_000_000, wh=10**9).fees[2] == 18_800_000


def test_senior_before_junior() -> None:
    """I11: with 5 there is no full coupon, so nothing for the reserve or equity."""
    flow = run(5_000_000)
    assert flow.incomes == (5_000_000 - 50_000 - 25_000 - 250_000, 0)
    assert flow.arrears == (COUPON - 4_675_000, 0)
    assert flow.reserve_in == 0


def test_the_reserve_covers_a_shortfall() -> None:
    flow = run(0, reserve=6_000_000, arrears=1_000_000)
    assert flow == Distribution((0, 0, 0, 0), 0, COUPON + 1_000_000, (COUPON + 1_000_000, 0), (0, 0))


def test_the_reserve_is_released_when_the_fleet_is_wound_up() -> None:
    flow = run(0, reserve=6_000_000, wound_up=True)
    assert (flow.reserve_in, flow.reserve_out) == (0, 6_000_000)
    assert flow.incomes == (COUPON, 6_000_000 - COUPON)
    assert run(1, reserve=6_000_000, wound_up=True).reserve_out == COUPON - 1


@given(st.integers(0, 10**12), st.integers(0, 10**7), st.integers(0, 10**9), st.integers(0, 10**9), st.booleans())
@settings(deadline=None)
def test_no_unit_is_made_or_lost(rent: int, wh: int, arrears: int, reserve: int, wound_up: bool) -> None:
    flow = run(rent, wh, arrears, reserve, wound_up)
    assert rent + flow.reserve_out == sum(flow.fees) + sum(flow.incomes) + flow.reserve_in
    assert reserve + flow.reserve_in - flow.reserve_out >= 0
    assert flow.incomes[0] + flow.arrears[0] == arrears + COUPON
    assert flow.incomes[1] == 0 or flow.arrears[0] == 0


def test_income_streams_over_exactly_the_next_period() -> None:
    stream = Stream(10)
    stream.add(3, 100)
    assert [stream.streamed(time) for time in (39, 40, 41, 45, 49, 50, 99)] == [0, 0, 10, 50, 90, 100, 100]


def test_streams_of_two_periods_meet_and_dust_does_not_extend_one() -> None:
    stream = Stream(10)
    for period, income in ((3, 100), (4, 7), (9, 1)):
        stream.add(period, income)
    assert [stream.streamed(time) for time in (50, 53, 59, 60, 99, 100, 109, 110)] == [
        100, 102, 106, 107, 107, 107, 107, 108,
    ]  # fmt: skip
    assert (stream.up_to(3), stream.of(4), stream.of(5), stream.distributed) == (100, 7, 0, 108)


def test_income_is_shared_by_balance_and_rounded_down_at_each_touch() -> None:
    holder = Holder(balance=1)
    assert [holder.earned(streamed, 3) for streamed in (2, 3, 8)] == [0, 1, 2]
    holder.touch(2, 3)
    assert (holder.credited, holder.earned(4, 3), holder.earned(5, 3)) == (0, 0, 1)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 40), st.integers(0, 50)), max_size=30))
@settings(deadline=None)
def test_shares_pay_out_no_more_than_streamed(moves: list[tuple[int, int, int, int]]) -> None:
    """I2, with at most one unit of dust a touch and one a holder."""
    face, streamed, touches = 100, 0, 0
    holders = [Holder(face), Holder(), Holder()]
    for source, to, amount, more in moves:
        streamed += more
        if source != to and 0 < amount <= holders[source].balance:
            for one in (holders[source], holders[to]):
                one.touch(streamed, face)
            touches += 2
            holders[source].balance -= amount
            holders[to].balance += amount
    dust = streamed - sum(one.earned(streamed, face) for one in holders)
    assert 0 <= dust <= touches + len(holders)


def test_terms_are_what_they_say() -> None:
    assert distribute(replace(TERMS, reserve_target=0), TRANCHES, (0, 0), 0, 94_000_000, 0, 1, False).reserve_in == 0
