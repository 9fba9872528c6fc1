"""The node's log: one JSON object a line as a service, readable lines on a terminal."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

Log = Callable[..., None]
"""Called as log("what happened", field=value, ...)."""


class JsonLog:
    """`{"time": ..., "event": ..., <fields>}` a line on `stream`; `clock` gives Unix seconds."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        self._stream = stream
        self._clock = clock
        self._lock = Lock()

    def __call__(self, event: str, **fields: Any) -> None:
        """Writes one line at once."""
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": moment, "event": event, **fields}, default=_plain)
        # A full disk takes the log first: the node is to say so in its metrics and go on, not to die of it.
        with self._lock, suppress(OSError):
            self._stream.write(line + "\n")
            self._stream.flush()


class TerminalLog:
    """Time, event and fields for a person; `clock` gives Unix seconds. Peers' and sites' words stand in the fields:
    what would move the cursor, end the line or turn its direction is shown escaped."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._clock = clock

    def __call__(self, event: str, **fields: Any) -> None:
        """Prints one line."""
        line = Text(datetime.fromtimestamp(self._clock(), UTC).strftime("%H:%M:%S "), style="dim")
        line.append(event, style="bold")
        for name, value in fields.items():
            line.append(f" {name}=", style="dim")
            line.append(printable(str(_plain(value) if isinstance(value, bytes) else value)))
        self._console.print(line)


def printable(text: str) -> str:
    """Text that others wrote, with what would act on a terminal (escape sequences, line ends, changes of direction)
    shown instead."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def log_for(stream: TextIO) -> Log:
    """A TerminalLog where `stream` is a terminal, else a JsonLog."""
    return TerminalLog(stream) if stream.isatty() else JsonLog(stream)


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
