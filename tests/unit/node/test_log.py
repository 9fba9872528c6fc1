"""The log is one JSON object a line for machines and a plain line for people."""

import io
import json
from contextlib import suppress
from pathlib import Path

import pytest

from oracle.node.log import JsonLog, TerminalLog, log_for


def test_a_service_logs_json_lines_with_bytes_as_hex() -> None:
    stream = io.StringIO()
    log = log_for(stream)
    assert isinstance(log, JsonLog)
    JsonLog(stream, clock=lambda: 1_790_000_000.5)("report stands", epoch=5, root=b"\x01\x02", signers=(1, 2))
    assert json.loads(stream.getvalue()) == {
        "time": "2026-09-21T14:13:20.500+00:00",
        "event": "report stands",
        "epoch": 5,
        "root": "0x0102",
        "signers": [1, 2],
    }


def test_a_terminal_gets_lines_to_read_and_no_markup_from_others_words() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    assert isinstance(log_for(stream), TerminalLog)
    TerminalLog(stream, clock=lambda: 1_790_000_000.5)("site unreachable", reason="[bold]no[/bold] answer", raw=b"\x01")
    assert "14:13:20" in stream.getvalue()
    assert "[bold]no[/bold] answer" in stream.getvalue()
    assert "0x01" in stream.getvalue()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("fine\n14:13:21 report stands epoch=9", "fine\\n14:13:21 report stands epoch=9"),
        ("over\rwritten \x9b31m \u2028 \u202eback", "over\\rwritten \\x9b31m \\u2028 \\u202eback"),
        ("Zürich, 東京", "Zürich, 東京"),
    ],
)
def test_a_peers_words_cannot_steer_the_terminal_or_make_lines_of_their_own(said: str, shown: str) -> None:
    stream = io.StringIO()
    TerminalLog(stream, clock=lambda: 1_790_000_000.5)("peer trouble", node=1, reason=said, all=[said])
    assert stream.getvalue().startswith(f"14:13:20 peer trouble node=1 reason={shown} all=")
    assert stream.getvalue().endswith("\n")
    assert stream.getvalue()[:-1].isprintable()


def test_a_full_disk_under_the_log_stops_nothing() -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115 - closing it fails too
    log = JsonLog(full)
    for _ in range(3):
        log("no room for this", text="x" * 10_000)
    with suppress(OSError):
        full.close()
