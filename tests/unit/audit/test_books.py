"""The books of a world reckoned by hand."""

from dataclasses import replace

import pytest

from oracle.audit import events
from oracle.audit.errors import EncodingError
from oracle.audit.fleets import NOBODY
from tests.unit.audit.world import (
    ANNA,
    BERT,
    DIGEST,
    FACTORY,
    FLEETS,
    HOUR,
    LEASES,
    OPERATOR,
    ORACLE,
    READING,
    REQUEST,
    SENIOR,
    SPEC,
    TENANT,
    TERMS,
    USD,
    WATERFALL,
    G,
    World,
    address,
    paid,
    world,
)


def test_a_true_world_balances() -> None:
    assert world().differences() == []


def test_a_settlement_by_hand() -> None:
    books = world().until(events.Settled).books(13 * HOUR)
    account, fleet = books.leases.books[1].account, books.fleets.books[1]
    assert (account.owed, account.credit_owed, account.held, account.debt) == (5_400_000, 1_800_000, 10_800_000, 0)
    assert (fleet.till, fleet.till_wh, fleet.bond) == (4_600_000, 1500, 0)
    assert books.leases.owed() == {USD: 15_400_000}


def test_income_by_hand() -> None:
    books = world().books()
    senior = books.revenue.shares[SENIOR]
    assert senior.claimable(ANNA, G + 24 * HOUR) == 908_500 + 3 * (3_634_000 - 908_500) // 4
    assert senior.claimable(BERT, G + 24 * HOUR) == (3_634_000 - 1_817_000) // 4
    assert senior.claimed == 227_125
    assert books.revenue.books[WATERFALL].owed == 46_000 + 3_634_000 - 227_125


def test_a_transfer_changes_nobodys_past_income() -> None:
    """I3."""
    at = 19 * HOUR + 1800
    before = world().until(events.Distributed).books(at).revenue.shares[SENIOR]
    after = world().until(events.Paid, 5).books(at).revenue.shares[SENIOR]
    assert after.holders[ANNA].balance < before.holders[ANNA].balance
    assert after.claimable(ANNA, G + at) == before.claimable(ANNA, G + at) == 908_500
    assert after.claimable(BERT, G + at) == 0


@pytest.mark.parametrize(
    ("altered", "found"),
    [
        (world().alter(events.Settled, rent_paid=4_600_001), "Settled.rent_paid: 4600000 / 4600001"),
        (world().alter(events.Settled, reading=READING + (1 << 208) + (1 << 160)), "Settled.owed: 5401000 / 5400000"),
        (world().alter(events.Settled, epoch=5), "Settled.epoch: a reported epoch / 5"),
        (world().alter(events.Reported, config_digest=bytes(32)), "Reported.config_digest"),
        (world().alter(events.Reported, signers=0b0011), "signers of Reported: 3 / 2"),
        (world().alter(events.Reported, signers=0b10011), "signers beyond the node set: 0 / 1"),
        (world().alter(events.Reported, epoch=5), "time of Reported"),
        (world().alter(events.Distributed, incomes=(3_633_999, 1)), "Distributed.incomes[0]: 3634000 / 3633999"),
        (world().alter(events.Distributed, arrears=(0, 0)), "Distributed.arrears[0]: 1364000 / 0"),
        (world().alter(events.TillPulled, rent=4_600_001), "TillPulled.rent: 4600000 / 4600001"),
        (world().alter(events.TillPulled, energy_wh=1499), "TillPulled.energy_wh: 1500 / 1499"),
        (world().alter(events.FeePaid, amount=920_001), "FeePaid.amount: 920000 / 920001"),
        (world().alter(events.FeePaid, payee=3), "FeePaid.payee: 0, 1 or 2 / 3"),
        (world().alter(events.IncomeClaimed, amount=227_126), "IncomeClaimed.amount: 227125 / 227126"),
        (world().alter(events.BondDeposited, amount=1_000_001), "an event without its transfer"),
        (world().alter(events.FleetListed, revenue=address("else")), "FleetListed.revenue"),
        (world().alter(events.NodeSetConfigured, quorum=2), "NodeSetConfigured.quorum: 3 / 2"),
        (world().without(events.TokenMoved, 1), "LeaseOpened.holder"),
        (world().without(events.LeaseOpened), "Settled: LeaseOpened before / none"),
        (world().without(events.TillPulled), "TillPulled before Distributed"),
        (world().without(events.Distributed), "TillPulled without Distributed: 4600000 / nothing"),
        (world().without(events.Reported), "Settled.epoch: a reported epoch / 4"),
        (world().without(events.FleetProposed), "FleetListed: FleetProposed before / none"),
        (world().without(events.Paid, 2), "an event without its transfer"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_an_untrue_world_does_not(altered: World, found: str) -> None:
    assert any(difference.startswith(found) for difference in altered.differences()), altered.differences()


def test_one_wrong_event_is_one_difference() -> None:
    """The audit goes on with its own figures, so that an error shows where it is and nowhere else."""
    assert world().alter(events.Settled, held=10_800_001).differences() == ["Settled.held: 10800000 / 10800001"]
    assert len(world().alter(events.Distributed, reserve_in=1).differences()) == 1


def test_settled_before_it_was_final() -> None:
    early = world().until(events.Reported)
    early.tell(13 * HOUR - 1, world().said[world().place(events.Settled)][2:])
    assert f"time of Settled: at least {G + 13 * HOUR} / {G + 13 * HOUR - 1}" in early.differences()


def test_counters_that_fall() -> None:
    falling = world().until(events.Settled)
    falling.tell(14 * HOUR, (ORACLE, events.Reported(11, 4, DIGEST, b"\3" * 32, b"\4" * 32, 1, 0b0111)))
    settled = events.Settled(1, 11, READING - (1 << 160), 5_400_000, 1_800_000, 0, 0, 0, 10_800_000, 0)
    falling.tell(20 * HOUR, (LEASES, settled), (LEASES, events.Closed(1, 10_800_000, 0, 0, False)))
    assert falling.differences() == ["I6: delivered of Settled.reading: at least 5400 / 5399"]


def test_a_lease_below_its_runway_must_be_suspended() -> None:
    rich = world().until(events.Reported)
    # All delivered, nothing breached: 7,200,000 paid, 7,200,000 left, which is just the runway of the last two hours.
    full = 7200 << 208 | 7200 << 160
    rich.tell(13 * HOUR, (LEASES, events.Settled(1, 4, full, 7_200_000, 0, 0, 0, 7_200_000, 7_200_000, 0)))
    assert rich.differences() == []
    poor = rich.alter(events.LeaseOpened, request=replace(REQUEST, escrow=14_399_999))
    poor = poor.alter(events.Paid, 3, amount=14_399_999).alter(events.Settled, held=7_199_999)
    too_little = "LeaseOpened.request.escrow: at least 14400000 / 14399999"
    assert poor.differences() == [too_little, "what follows for the lease: Suspended / nothing"]
    poor.tell(13 * HOUR, (LEASES, events.Suspended(1, 7_199_999, 7_200_000)))
    assert poor.differences() == [too_little]
    poor.tell(13 * HOUR, (LEASES, events.Suspended(1, 7_199_999, 7_200_000)))
    assert poor.differences() == [too_little, "what follows for the lease: nothing / Suspended"]


def test_sunset() -> None:
    mined, two_weeks = 7 * HOUR, 14 * 24 * HOUR
    for moment, expected in ((mined + two_weeks - 1, 1), (mined + two_weeks, 0)):
        closing = world()
        closing.tell(moment, (LEASES, events.Closed(1, 10_800_000, 0, 0, True)))
        assert len(closing.differences(moment)) == expected


def test_terminate() -> None:
    debt = world().until(events.Reported)
    debt.tell(13 * HOUR, (LEASES, events.Terminated(1, G + 14 * HOUR)))
    assert [one.split(":")[0] for one in debt.differences()] == [
        "suspended_at of a terminated lease",
        "end before Terminated",
    ]


def test_gifts_are_counted_and_are_no_difference() -> None:
    given = world()
    given.tell(21 * HOUR, paid(TENANT, LEASES, 5))
    # At half of the stream Anna has the first quarter, and three quarters of the second.
    given.tell(21 * HOUR, (SENIOR, events.IncomeClaimed(ANNA, LEASES, 1_589_875)), paid(WATERFALL, LEASES, 1_589_875))
    books = given.books()
    assert [(one.what, one.actual) for one in books.findings.differences] == []
    assert books.cash.gifts == {(LEASES, USD): 5 + 1_589_875}


def test_money_that_leaves_without_an_event_is_a_difference() -> None:
    robbed = world()
    robbed.tell(22 * HOUR, paid(LEASES, OPERATOR, 5))
    assert "a transfer without its event" in robbed.differences()[0]


def test_movements_that_touch_nobody() -> None:
    idle = world()
    moves = ((ANNA, ANNA, 5), (BERT, ANNA, 0), (NOBODY, TENANT, 0))
    idle.tell(22 * HOUR, *((SENIOR, events.Paid(*move)) for move in moves), paid(LEASES, TENANT, 0))
    books = idle.books()
    assert books.findings.differences == []
    assert books.revenue.shares[SENIOR].touches == world().books().revenue.shares[SENIOR].touches


def test_a_fleet_that_nobody_listed_is_in_no_balance() -> None:
    """Anybody can propose one, in whatever currency."""
    idle = world()
    nonsense = replace(SPEC, currency=address("no token"))
    moved = (FLEETS, events.TokenMoved(NOBODY, BERT, 2))
    idle.tell(22 * HOUR, moved, (FLEETS, events.FleetProposed(2, BERT, nonsense)))
    books = idle.books()
    assert books.findings.differences == []
    assert {currency for _, currency in books.cash.balances} == {USD}


def test_more_shares_than_there_are() -> None:
    beyond = world()
    beyond.tell(22 * HOUR, (SENIOR, events.Paid(BERT, ANNA, 7_884_000_001)))
    assert beyond.differences()[0].startswith(f"shares of {BERT}")


def test_a_waterfall_that_no_factory_can_have_made() -> None:
    shapeless = events.RevenueCreated(1, address("other"), (SENIOR,), TERMS, (), ANNA)
    broken = world()
    broken.tell(22 * HOUR, (FACTORY, shapeless))
    with pytest.raises(EncodingError, match="RevenueCreated"):
        broken.books()


def test_a_title_moves_only_from_its_holder() -> None:
    moved = world()
    moved.tell(22 * HOUR, (FLEETS, events.TokenMoved(TENANT, BERT, 1)))
    assert moved.differences() == [f"Transfer.source: {OPERATOR} / {TENANT}"]
    assert REQUEST.holder == TENANT
