"""Which report is final, and whose key signs it."""

from oracle.audit.abi import Log
from oracle.audit.events import Dropped, NodeKeys, Reported
from oracle.audit.findings import Findings
from oracle.audit.history import Entry
from oracle.audit.reports import Clock, Report, Reports
from tests.unit.audit.world import ANNA, BERT, DIGEST, HOUR, ORACLE, G

CLOCK = Clock(G, HOUR, 2 * HOUR, 6 * HOUR)


def reports(*epochs: int) -> Reports:
    """Each mined half an hour after its window opened."""
    made = Reports(Findings(), CLOCK, 31337, ORACLE)
    for epoch in epochs:
        said = Reported(epoch, made.head, DIGEST, bytes(32), bytes(32), 1, 7)
        made.by_epoch[epoch] = Report(said, CLOCK.period_end(epoch) + 2 * HOUR + 1800, "", (), 3)
        made.head = epoch
    return made


def test_the_newest_final_report() -> None:
    made = reports(4, 5)
    first, second = (CLOCK.period_end(epoch) + 8 * HOUR + 1800 for epoch in (4, 5))
    assert made.newest_final(first - 1) == (0, 0)
    assert made.newest_final(first) == made.newest_final(second - 1) == (4, first)
    assert made.newest_final(second) == (5, second)
    assert (made.final_at(4), made.final_at(6)) == (first, None)


def test_a_report_whose_place_in_the_ring_is_taken_became_final_at_the_latest_it_can() -> None:
    """As MeterOracle says: it no longer knows when epoch 4 was mined while epoch 516 is not final."""
    made = reports(4, 516)
    final = CLOCK.period_end(516) + 8 * HOUR + 1800
    assert made.newest_final(final - 1) == (4, CLOCK.period_end(4) + HOUR + 8 * HOUR)
    assert made.newest_final(final) == (516, final)


def drop(made: Reports, time: int, epoch: int, base: int) -> list[str]:
    made.post(Entry(Log(ORACLE, (), b"", 1, 0, b""), time, Dropped(epoch, base)))
    return [difference.what for difference in made.findings.differences]


def test_a_dropped_report_and_all_built_on_it_are_gone_and_never_come_again() -> None:
    made = reports(4, 5, 6)
    made.highest = 6
    assert drop(made, CLOCK.period_end(6) + 3 * HOUR, 5, 4) == []
    assert (list(made.by_epoch), made.head, made.highest) == ([4], 4, 6)


def test_a_drop_of_what_does_not_stand_or_is_final_or_goes_elsewhere_is_a_difference() -> None:
    assert drop(reports(4, 5), CLOCK.period_end(5) + 3 * HOUR, 6, 5) == ["Dropped.epoch"]
    assert drop(reports(4, 5), CLOCK.period_end(5) + 3 * HOUR, 5, 3) == ["Dropped.base_epoch"]
    assert drop(reports(4, 5), CLOCK.period_end(5) + 9 * HOUR, 5, 4) == ["time of Dropped"]


def test_a_base_whose_place_was_taken_is_back_as_of_the_latest_moment() -> None:
    made = reports(4, 515, 516)
    assert drop(made, CLOCK.period_end(516) + 3 * HOUR, 515, 4) == []
    assert made.by_epoch[4].mined_at == CLOCK.period_end(4) + 3 * HOUR


def test_a_rotated_key_signs_from_its_epoch_on() -> None:
    keys = NodeKeys(ORACLE, hot=ANNA, previous_hot=BERT, hot_from=9)
    assert (keys.signer(8), keys.signer(9)) == (BERT, ANNA)


def test_the_clock() -> None:
    assert (CLOCK.period_end(0), CLOCK.epoch_at(G + HOUR - 1), CLOCK.epoch_at(G + HOUR)) == (G + HOUR, 0, 1)
    assert CLOCK.tail == 10 * HOUR
