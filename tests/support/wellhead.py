"""`wellhead run` as a process with a folder of its own: keys, configuration, database, logs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account
from eth_account.signers.local import LocalAccount

WELLHEAD = Path(sys.executable).parent / "wellhead"
PASSWORD = "correct horse of tests"


@dataclass
class NodeProcess:
    """One node. `command` is what runs it before ` run --config ...`: a hostile node is another program."""

    folder: Path
    url: str
    command: Sequence[str | Path] = (WELLHEAD,)
    environment: Mapping[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None
    starts: int = 0
    gas: str = ""
    _lines: list[dict[str, Any]] = field(default_factory=list)
    _logs_read: int = 0  # to their end, of all starts but the last
    _bytes_read: int = 0  # of the one after them

    def write_keys(self, hot: LocalAccount, gas: LocalAccount) -> None:
        """Keystores that cost little to open."""
        self.folder.mkdir(exist_ok=True)
        self.gas = gas.address
        for name, account in (("hot", hot), ("gas", gas)):
            (self.folder / f"{name}.json").write_text(json.dumps(Account.encrypt(account.key, PASSWORD, iterations=2)))
        (self.folder / "password").write_text(PASSWORD)
        (self.folder / "password").chmod(0o600)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rsplit(":", 1)[1])

    def start(self) -> None:
        """Starts it, and does not wait."""
        self.starts += 1
        with (
            (self.folder / f"log.{self.starts}").open("w") as log,
            (self.folder / f"out.{self.starts}").open("w") as out,
        ):
            self.running = subprocess.Popen(
                [*self.command, "run", "--config", self.folder / "node.toml"],
                stdout=out,
                stderr=log,
                env={**os.environ, **self.environment},
            )

    @property
    def listens(self) -> bool:
        """Whether it said so since its last start."""
        return f"listening on {self.url}\n" in (self.folder / f"out.{self.starts}").read_text()

    def end(self, number: int = signal.SIGKILL) -> int:
        """Sends a signal and waits for the end; the exit status."""
        assert self.running is not None
        self.running.send_signal(number)
        code = self.running.wait(20)
        self.running = None
        return code

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.running is not None and self.running.poll() is None

    def log(self) -> list[dict[str, Any]]:
        """Every line of its JSON logs, of all its starts, in order. Each is read once: who looks every moment, for
        hours, must not starve the servers that run beside him."""
        while self._logs_read < self.starts:
            with (self.folder / f"log.{self._logs_read + 1}").open("rb") as file:
                file.seek(self._bytes_read)
                *lines, rest = file.read().split(b"\n")
                self._bytes_read = file.tell() - len(rest)
            self._lines += [json.loads(line.decode(errors="replace")) for line in lines if line.endswith(b"}")]
            if self._logs_read + 1 == self.starts:
                break
            self._logs_read, self._bytes_read = self._logs_read + 1, 0
        return list(self._lines)

    def last_words(self) -> str:
        """The end of what it printed since its last start."""
        return (self.folder / f"log.{self.starts}").read_text(errors="replace")[-3000:]

    def texts(self) -> str:
        """All it ever printed."""
        files = sorted([*self.folder.glob("out.*"), *self.folder.glob("log.*")])
        return "".join(path.read_text(errors="replace") for path in files)

    def status(self) -> dict[str, Any] | None:
        """What it says of itself, or None when it does not answer."""
        try:
            answer = httpx.get(f"{self.url}/status", trust_env=False, timeout=2)
        except httpx.HTTPError:
            return None
        return dict(answer.json()) if answer.is_success else None
