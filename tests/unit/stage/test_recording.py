"""A recording as it plays by the chain's clock: moved, begun again, and told of other GPUs."""

import json
from pathlib import Path

import pytest

from scripts.stage.recording import Playback, Recording, renamed, rows, scrapes

SCRAPES = Recording([1000, 1300, 1600], [b"a", b"b", b"c"])  # a lap is 900 s
LOG = (
    b"timestamp, uuid\n"
    b"2026/10/05 00:00:00.100, A\n2026/10/05 00:00:00.200, B\n"
    b"2026/10/05 00:01:00.100, A\n2026/10/05 00:01:00.200, B\n"
)
MIDNIGHT = 1_791_158_400


def test_it_plays_as_recorded_and_then_falls_silent() -> None:
    played = Playback(SCRAPES)
    assert played.last(999) is None
    assert [played.last(at) for at in (1000, 1299, 1300, 9999)] == [
        (1000, b"a"),
        (1000, b"a"),
        (1300, b"b"),
        (1600, b"c"),
    ]


def test_a_recording_that_is_over_begins_again_for_ever() -> None:
    played = Playback(SCRAPES, repeats=True)
    assert [played.last(at) for at in (1600, 1899, 1900, 2200, 1900 + 900 * 1000)] == [
        (1600, b"c"),
        (1600, b"c"),
        (1900, b"a"),
        (2200, b"b"),
        (1900 + 900 * 1000, b"a"),
    ]


def test_it_plays_later_than_recorded_and_nothing_of_before() -> None:
    played = Playback(SCRAPES, shift_s=50, since=1300)
    assert played.last(1349) is None
    assert played.last(1350) == (1350, b"b")


def test_a_log_that_begins_again_is_dated_on() -> None:
    played = Playback(rows(LOG), repeats=True)
    assert played.until(MIDNIGHT - 1) == b"timestamp, uuid\n"
    assert played.until(MIDNIGHT + 60) == LOG
    again = played.until(MIDNIGHT + 120)
    assert again == LOG + b"2026/10/05 00:02:00.100, A\n2026/10/05 00:02:00.200, B\n"
    assert played.until(MIDNIGHT) == again  # what was written stays
    assert Playback(rows(LOG)).until(MIDNIGHT + 9999) == LOG


def test_a_log_that_plays_from_its_middle_has_nothing_of_before() -> None:
    played = Playback(rows(LOG), shift_s=86_400, since=MIDNIGHT + 86_400 + 30)
    assert played.until(MIDNIGHT + 2 * 86_400) == (
        b"timestamp, uuid\n2026/10/06 00:01:00.100, A\n2026/10/06 00:01:00.200, B\n"
    )


def test_gpus_are_given_an_inventory_s_names_in_order(tmp_path: Path) -> None:
    one, two, three = (f"GPU-0000000{digit}-0000-0000-0000-000000000000" for digit in "123")
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps([{"uuid": three}, {"uuid": one}]))
    text = f'x{{UUID="{one}"}} 1 1000000\nx{{UUID="{two}"}} 2 1000000\n'.encode()
    assert renamed(text, inventory) == f'x{{UUID="{three}"}} 1 1000000\nx{{UUID="{one}"}} 2 1000000\n'.encode()
    inventory.write_text(json.dumps([{"uuid": three}]))
    with pytest.raises(ValueError, match="has 1 GPUs and the recording 2"):
        renamed(text, inventory)


def test_scrapes_lose_the_times_they_were_made_at() -> None:
    made = scrapes(b'# HELP x\nx{a="1"} 5 1000000\nx{a="1"} 6 1300000\n', lie=False)
    assert (made.times, made.pieces[1], made.lap_s) == ([1000, 1300], b'# HELP x\nx{a="1"} 6\n', 600)


def test_a_site_that_is_silent_tells_nothing_of_that_time_neither_then_nor_later() -> None:
    played = Playback(SCRAPES, silent=(1200, 1400))
    assert [played.last(at) for at in (1199, 1200, 1399, 1400)] == [(1000, b"a"), None, None, (1300, b"b")]
    log = Playback(rows(LOG), silent=(MIDNIGHT, MIDNIGHT + 60))
    assert log.until(MIDNIGHT + 60) == b"timestamp, uuid\n" + b"".join(LOG.splitlines(keepends=True)[3:])
