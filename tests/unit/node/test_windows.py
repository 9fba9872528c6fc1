"""The SLA window a lease is in, read off the standing reports, equals the one a forward walk finds."""

import random

import pytest

from oracle.chain.view import StandingReport
from oracle.domain.schedule import Schedule
from oracle.metering.sla import SlaTerms, window_closes
from oracle.node.windows import HistoryMissing, window_openings
from tests.unit.node.cluster import HOUR, lease

MIDNIGHT = 19_700 * 86_400
SCHEDULE = Schedule(MIDNIGHT - 10 * HOUR, HOUR, 2 * HOUR)


def reports(epochs: list[int]) -> dict[int, StandingReport]:
    return {
        epoch: StandingReport(epoch, base, b"", 1, 0, ()) for base, epoch in zip([0, *epochs], epochs, strict=False)
    }


def opening(epochs: list[int], start: int, *, hours: int = 1000, stop: int = 0) -> int:
    known = reports(epochs)
    base = known[epochs[-1]] if epochs else None
    terms = lease(1, start=start, hours=hours, stop=stop)
    return window_openings([terms], base, known.get, SCHEDULE)[1]


def walked(epochs: list[int], start: int, end: int) -> int:
    """The same by the definition, forwards: which report opened the window, 0 for the lease's start."""
    opened_at, opened_by = start, 0
    for epoch in epochs:
        ends = SCHEDULE.period_end(epoch)
        if ends > start and window_closes(SlaTerms(1, start, end, 9_900), opened_at, ends):
            opened_at, opened_by = ends, epoch
    return opened_by


def test_without_a_report_or_a_midnight_the_window_opened_with_the_lease() -> None:
    assert opening([], MIDNIGHT) == 0
    assert opening([2, 3, 4], MIDNIGHT - 8 * HOUR) == 0
    assert opening([2, 3, 4], MIDNIGHT) == 0


def test_the_first_report_at_or_past_midnight_closes_and_the_next_window_opens_there() -> None:
    # Epoch 9 ends at midnight, epoch 10 an hour later.
    assert SCHEDULE.period_end(9) == MIDNIGHT
    assert opening([8, 9], MIDNIGHT - 8 * HOUR) == 9
    assert opening([8, 10, 11, 12], MIDNIGHT - 8 * HOUR) == 10


def test_a_lease_that_starts_at_midnight_waits_for_the_next_one() -> None:
    assert opening([8, 9, 10, 11], MIDNIGHT) == 0
    assert opening([9, 20, 33, 34], MIDNIGHT) == 33


def test_the_end_of_the_term_closes_a_window_once() -> None:
    assert opening([2, 3, 4, 5, 6], MIDNIGHT - 8 * HOUR, hours=3) == 4
    assert opening([2, 3, 4, 5, 6], MIDNIGHT - 8 * HOUR, stop=MIDNIGHT - 4 * HOUR) == 5


def test_the_backward_walk_agrees_with_the_definition_for_any_history() -> None:
    rng = random.Random(5)
    for _ in range(400):
        epochs = sorted(rng.sample(range(1, 120), rng.randint(0, 60)))
        start = SCHEDULE.period_start(rng.randint(1, 130))
        hours = rng.randint(1, 130)
        stop = rng.choice([0, start + rng.randint(1, hours) * HOUR])
        end = min(start + hours * HOUR, stop or start + hours * HOUR)
        assert opening(epochs, start, hours=hours, stop=stop) == walked(epochs, start, end), (
            epochs,
            start,
            hours,
            stop,
        )


def test_a_report_that_can_no_longer_be_read_is_named() -> None:
    base = StandingReport(8, 7, b"", 1, 0, ())
    with pytest.raises(HistoryMissing, match="epoch 7"):
        window_openings([lease(1, start=MIDNIGHT - 8 * HOUR)], base, lambda _: None, SCHEDULE)
