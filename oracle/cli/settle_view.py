"""How a keeper's actions are shown: a coloured line each on a terminal, a JSON line each otherwise."""

import json
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from oracle.keeper.actions import Action, Outcome, Tell

_STYLES = {Outcome.DONE: "green", Outcome.REFUSED: "yellow", Outcome.WAITING: "cyan", Outcome.FAILED: "red"}


def teller(as_json: bool) -> Tell:
    """What prints actions to standard output as they happen."""
    return _print_json if as_json else _printer(Console(soft_wrap=True, highlight=False))


def _print_json(action: Action) -> None:
    said = {"time": _now().isoformat(timespec="milliseconds"), "event": action.name, "outcome": action.outcome}
    sys.stdout.write(json.dumps(said | dict(action.facts) | {"text": action.text}) + "\n")
    sys.stdout.flush()


def _printer(console: Console) -> Tell:
    def show(action: Action) -> None:
        line = Text(f"{_now():%H:%M:%S} ", style="dim")
        line.append(f"{action.name:<11}", style="bold")
        line.append(f"{action.outcome:<8}", style=_STYLES[action.outcome])
        line.append(action.text, style="default")
        console.print(line)

    return show


def _now() -> datetime:
    return datetime.now(UTC)
