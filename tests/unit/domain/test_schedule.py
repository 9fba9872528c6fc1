"""Which epoch may be reported at a moment, and whose turn it is."""

from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.schedule import Schedule, leader

HOUR = 3600
SCHEDULE = Schedule(genesis=1_700_002_800, length=HOUR, delay=2 * HOUR)


@given(st.integers(0, 10**7))
def test_the_reportable_epoch_is_the_one_whose_window_holds_now(after: int) -> None:
    now = SCHEDULE.genesis + after
    epoch = SCHEDULE.reportable(now)
    if epoch is None:
        assert now < SCHEDULE.period_end(1) + SCHEDULE.delay
    else:
        assert SCHEDULE.period_end(epoch) + SCHEDULE.delay <= now < SCHEDULE.period_end(epoch + 1) + SCHEDULE.delay
        assert SCHEDULE.opens(epoch) <= now < SCHEDULE.closes(epoch)


def test_epoch_0_is_never_reported_and_epoch_1_opens_to_the_second() -> None:
    opens = SCHEDULE.genesis + 2 * HOUR + 2 * HOUR
    assert SCHEDULE.reportable(opens - 1) is None
    assert SCHEDULE.reportable(opens) == 1
    assert SCHEDULE.reportable(opens + HOUR - 1) == 1
    assert SCHEDULE.reportable(opens + HOUR) == 2


def test_the_period_of_an_epoch_is_half_open() -> None:
    assert SCHEDULE.period_start(5) == SCHEDULE.period_end(4) == SCHEDULE.genesis + 5 * HOUR


def test_attempts_count_from_the_windows_opening_and_rotate_the_leader_over_every_node() -> None:
    opens = SCHEDULE.opens(9)
    assert [SCHEDULE.attempt(9, opens + s, 300) for s in (-1, 0, 299, 300)] == [-1, 0, 0, 1]
    assert [leader(9, attempt, 7) for attempt in range(8)] == [2, 3, 4, 5, 6, 0, 1, 2]
