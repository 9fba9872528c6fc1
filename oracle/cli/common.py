"""What the commands share: their common options, JSON for machines, and how one ends that cannot start."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from oracle.domain.errors import WellheadError

FOUND_WRONG: Final = 1
CANNOT_START: Final = 2
PLAIN_WIDTH: Final = 120
"""Columns when the output is no terminal."""

Config = Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The node's TOML file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
DEFAULT_CONFIG: Final = Path("node.toml")


def console() -> Console:
    """Where a command shows its result: as wide as the terminal, or PLAIN_WIDTH."""
    shown = Console(highlight=False)
    return shown if shown.is_terminal else Console(width=PLAIN_WIDTH, highlight=False)


def errors() -> Console:
    """Where a command says what goes wrong, and how far it is."""
    return Console(stderr=True, soft_wrap=True, highlight=False)


def print_json(value: Any) -> None:
    """Prints a JSON document; bytes as 0x-hex, paths and enums as text."""
    sys.stdout.write(json.dumps(value, indent=2, default=_plain) + "\n")
    sys.stdout.flush()


@contextmanager
def told(command: str) -> Iterator[None]:
    """Ends the command with CANNOT_START and the reason when something of ours is raised inside."""
    try:
        yield
    except WellheadError as error:
        errors().print(f"wellhead {command}: {error}", markup=False)
        raise typer.Exit(CANNOT_START) from None
    except KeyboardInterrupt:
        errors().print(f"wellhead {command}: stopped", markup=False)
        raise typer.Exit(130) from None


@contextmanager
def stop_when_told() -> Iterator[Event]:
    """Set by the first SIGINT or SIGTERM, by which a process that runs on ends what it is at and itself."""
    stop, heard = Event(), SimpleQueue[None]()

    def end() -> None:
        heard.get()
        stop.set()

    # A handler runs between any two steps of the main thread, which may hold the event's lock just then: it would wait
    # for itself. The queue's `put` may be called from anywhere.
    before = [(number, signal.signal(number, lambda *_: heard.put(None))) for number in (signal.SIGINT, signal.SIGTERM)]
    Thread(target=end, name="stop", daemon=True).start()
    try:
        yield stop
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        heard.put(None)


def counted(what: str, first: int, bits: int) -> Callable[[int | None], int | None]:
    """What checks an option of `bits` bits, if it is given: `what` names it. It raises BadParameter."""

    def check(number: int | None) -> int | None:
        if number is not None and not first <= number < 1 << bits:
            raise typer.BadParameter(f"{what} is a whole number from {first} to 2^{bits} - 1")
        return number

    return check


one_block = counted("a block", 0, 64)
one_epoch = counted("an epoch", 1, 64)
one_fleet = counted("a fleet", 1, 48)
one_lease = counted("a lease", 1, 88)
"""A lease's id is the lowest 88 bits of its meter's: with more it would name another meter."""


def _plain(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
