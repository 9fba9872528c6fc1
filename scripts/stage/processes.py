"""Child processes of the demo: started with a log file each, ended with the demo, whatever happens."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType

ENDS_WITHIN_S = 10.0
DONE = signal.SIGUSR1
"""By which a stage tells itself that it is not wanted any more."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, DONE)

ORPHANED = ("setpriv", "--pdeathsig", "TERM", "--")
"""On Linux: what it starts is told to end when we are gone without a word (kill -9)."""


class StageError(Exception):
    """The demo cannot go on; the message says what happened and where to look."""


def end_when_told() -> None:
    """From now on ctrl-c, SIGTERM and a terminal that closes end this process through its context managers, which end
    its children; the exit code is a shell's, 128 and the signal. So does DONE, with 0. After the first, more are not
    heard."""

    def end(number: int, _: FrameType | None) -> None:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        sys.exit(0 if number == DONE else 128 + number)

    for number in ENDING:
        # Under nohup the terminal may go. A shell's background job ignores ctrl-c, but whoever sends it means us.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that would end us are ignored."""
    if threading.current_thread() is not threading.main_thread():  # which alone hears them
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # one that was not set from Python cannot be set again
                signal.signal(number, handler)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """To the process and all that it started: each has a process group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


class Processes:
    """Starts named processes and ends them all at exit, in reverse order."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        # One who is impatient would leave some of them alive.
        with _undisturbed():
            self.stop(*reversed(list(self._running)))

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Starts `command` in `folder` with `environment` added to ours; what it prints goes to <logs>/<name>.log,
        after what an earlier run of that name printed."""
        # A caller may forbid it: then each of a dozen interpreters would compile the whole service anew.
        inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        orphaned = ORPHANED if sys.platform == "linux" and shutil.which(ORPHANED[0]) else ()
        with (self._logs / f"{name}.log").open("ab") as log:
            # Its own process group: a Ctrl-C is the demo's to handle, once, in order.
            self._running[name] = subprocess.Popen(
                [*orphaned, *(str(part) for part in command)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=folder,
                env={**inherited, **(environment or {})},
            )

    def kill(self, name: str) -> None:
        """kill -9: no goodbye, no clean-up."""
        process = self._running.pop(name)
        _signal(process, signal.SIGKILL)
        process.wait()

    def stop(self, *names: str) -> None:
        """Asks processes to end, all at once, and insists with those that have not after ten seconds."""
        for name in names:
            _signal(self._running[name], signal.SIGTERM)
        deadline = time.monotonic() + ENDS_WITHIN_S
        for name in names:
            process = self._running[name]
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
            # Not before: who is interrupted here finds it again at the end.
            del self._running[name]

    def check(self) -> None:
        """Raises StageError when a process that should run has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise StageError(f"{name} ended with exit code {process.returncode}:\n{self.tail(name)}")

    def url(self, name: str) -> str:
        """Where a process that was told to take any port listens, as soon as it prints it: `Listening on host:port`.
        Raises StageError."""

        def said() -> list[str]:
            printed = (self._logs / f"{name}.log").read_text(errors="replace")
            return re.findall(r"^Listening on (\S+)$", printed, re.MULTILINE)

        self.wait(name, lambda: bool(said()))
        return f"http://{said()[-1]}"

    def tail(self, name: str, lines: int = 15) -> str:
        """The last lines a process printed."""
        return "\n".join((self._logs / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])

    def wait(self, name: str, ready: Callable[[], bool], timeout_s: float = 60) -> None:
        """Waits until `ready`, or raises StageError with what the process printed."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise StageError(f"{name} is not ready after {timeout_s:.0f} s:\n{self.tail(name)}")
            time.sleep(0.05)
