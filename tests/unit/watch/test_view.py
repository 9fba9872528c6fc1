"""What a watcher saw is shown as a table to people and as JSON lines to machines, and both say the same."""

import json

import pytest

from oracle.cli.watch_view import view
from oracle.watch.findings import Finding, Outcome

FOUND = Finding(
    "wrongAggregate", 42, Outcome.PROVEN, "meter 0x1: observed and reported differ", {"tx": "0xab", "gas": 9}
)


def test_a_table_names_what_was_seen(capsys: pytest.CaptureFixture[str]) -> None:
    table = view(as_json=False)
    table.start("chain 1, a dry run")
    table.tell(FOUND)
    table.tell(Finding("chain", 0, Outcome.UNSEEN, "the RPC does not answer"))
    table.end()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "chain 1, a dry run"
    assert lines[1].split() == ["time", "what", "epoch", "outcome"]
    assert " ".join(lines[2].split()[1:]) == "wrong reading 42 proven meter 0x1: observed and reported differ"
    assert " ".join(lines[3].split()[1:]) == "chain unseen the RPC does not answer"
    assert len(lines) == 4


def test_a_table_of_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    table = view(as_json=False)
    table.start("chain 1")
    table.end()
    assert capsys.readouterr().out.splitlines()[-1] == "no report can be disputed now"


def test_json_lines_carry_every_fact(capsys: pytest.CaptureFixture[str]) -> None:
    lines = view(as_json=True)
    lines.start("chain 1")
    lines.tell(FOUND)
    lines.end()
    start, found, stop = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (start["event"], stop["event"]) == ("start", "stop")
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "event": "wrongAggregate", "epoch": 42, "outcome": "proven", "tx": "0xab", "gas": 9,
        "text": "meter 0x1: observed and reported differ",
    }  # fmt: skip
