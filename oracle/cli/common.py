"""What the commands share: their common options, JSON for machines, and how one ends that cannot start."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from oracle.domain.errors import WellheadError

FOUND_WRONG: Final = 1
CANNOT_START: Final = 2
EPOCHS: Final = 1 << 64
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


def stop_when_told() -> Event:
    """Set by the first SIGINT or SIGTERM from now on, by which a process that runs on ends what it is at and itself."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _plain(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def one_epoch(epoch: int | None) -> int | None:
    """An epoch as the contracts count them, if there is one. Raises BadParameter."""
    if epoch is not None and not 1 <= epoch < EPOCHS:
        raise typer.BadParameter("an epoch is a whole number from 1 to 2^64 - 1")
    return epoch
