"""Child processes of the demo: started with a log file each, ended with the demo, whatever happens."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType


class StageError(Exception):
    """The demo cannot go on; the message says what happened and where to look."""


def free_port() -> int:
    """A TCP port on loopback nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        self.stop(*reversed(list(self._running)))

    def start(self, name: str, command: Sequence[str | Path]) -> None:
        """Starts `command`; what it prints goes to <logs>/<name>.log, after what an earlier run of that name
        printed."""
        with (self._logs / f"{name}.log").open("ab") as log:
            # Its own process group: a Ctrl-C is the demo's to handle, once, in order.
            self._running[name] = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """kill -9: no goodbye, no clean-up."""
        process = self._running.pop(name)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, *names: str) -> None:
        """Asks processes to end, all at once, and insists after ten seconds."""
        ending = [self._running.pop(name) for name in names]
        for process in ending:
            process.terminate()
        for process in ending:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

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
