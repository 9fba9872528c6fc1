"""How a watcher's findings are shown: a table on a terminal, a JSON line each otherwise."""

import json
import sys
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console
from rich.text import Text

from oracle.watch.findings import Finding, Outcome

_STYLES = {
    Outcome.CLEAN: "green",
    Outcome.PROVEN: "bold green",
    Outcome.WOULD: "bold yellow",
    Outcome.REFUSED: "yellow",
    Outcome.UNSEEN: "red",
}
_NAMES = {
    "duplicateMeter": "meter twice",
    "counterFell": "counter fell",
    "wrongAggregate": "wrong reading",
    "equivocation": "signed two",
}
_HEADER = f"{'time':<8} {'what':<14}{'epoch':>9}  {'outcome':<9}"


class View(Protocol):
    """Where a watcher's words go."""

    def start(self, text: str) -> None:
        """It began to look."""

    def tell(self, finding: Finding) -> None:
        """It saw something."""

    def end(self) -> None:
        """It looks no more."""


def view(as_json: bool) -> View:
    """What prints findings to standard output as they are made."""
    return _Lines() if as_json else _Table(Console(soft_wrap=True, highlight=False))


class _Lines:
    def start(self, text: str) -> None:
        self._print({"event": "start", "text": text})

    def tell(self, finding: Finding) -> None:
        said: dict[str, int | str] = {"event": finding.what, "epoch": finding.epoch, "outcome": finding.outcome.value}
        self._print(said | finding.facts | {"text": finding.text})

    def end(self) -> None:
        self._print({"event": "stop"})

    def _print(self, said: dict[str, int | str]) -> None:
        sys.stdout.write(json.dumps({"time": _now().isoformat(timespec="milliseconds")} | said) + "\n")
        sys.stdout.flush()


class _Table:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows = 0

    def start(self, text: str) -> None:
        self._console.print(Text(text, style="dim"))
        self._console.print(Text(_HEADER, style="bold"))

    def tell(self, finding: Finding) -> None:
        self._rows += 1
        line = Text(f"{_now():%H:%M:%S} ", style="dim")
        line.append(f"{_NAMES.get(finding.what, finding.what):<14}{finding.epoch or '':>9}  ", style="default")
        line.append(f"{finding.outcome.value:<9}", style=_STYLES[finding.outcome])
        line.append(finding.text, style="default")
        self._console.print(line)

    def end(self) -> None:
        if not self._rows:
            self._console.print(Text("no report can be disputed now", style="dim"))


def _now() -> datetime:
    return datetime.now(UTC)
