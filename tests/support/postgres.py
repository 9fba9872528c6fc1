"""A real PostgreSQL server for tests: on loopback, on a free port, in a temporary folder, with a password."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg

from scripts.stage.ports import free_ports

USER, PASSWORD = "wellhead", "s3cret-of-tests"
_WAIT_S = 30
_SESSION_END_MS = 10_000


@dataclass(frozen=True)
class PostgresServer:
    """A running server, and `log`, what it says."""

    host: str
    port: int
    log: Path

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, password and all."""
        return f"postgresql://{USER}:{PASSWORD}@{self.host}:{self.port}/{database}"

    def create(self, tablespace: str = "pg_default") -> str:
        """The address of a new, empty database."""
        name = f"test_{uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name} TABLESPACE {tablespace}")
        return self.url(name)

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Runs a statement as the superuser; its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def kill_sessions(self, url: str, but: str = "false") -> int:
        """Ends every session of a database, except where the condition `but` over pg_stat_activity holds; how many.
        They are gone, and the locks they held free, when it returns."""
        name = url.rsplit("/", 1)[1]
        rows = self.run(
            f"SELECT pg_terminate_backend(pid, {_SESSION_END_MS}) FROM pg_stat_activity "
            f"WHERE datname = '{name}' AND pid <> pg_backend_pid() AND NOT ({but})"
        )
        return len(rows)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nobody is answered or let in while the `with` lasts; what was asked meanwhile is answered after it."""
        server = int((self.log.parent / "data" / "postmaster.pid").read_text().split()[0])
        stopped = [server]
        os.kill(server, signal.SIGSTOP)
        try:
            for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
                os.kill(int(child), signal.SIGSTOP)
                stopped.append(int(child))
            yield
        finally:
            for process in stopped:
                os.kill(process, signal.SIGCONT)


@contextmanager
def postgres_server(**settings: object) -> Iterator[PostgresServer]:
    """Starts a server with `settings` of postgresql.conf and stops it when the `with` ends. Raises RuntimeError with
    what to install where there is none."""
    programs = _programs()
    with TemporaryDirectory(prefix="wellhead-pg-") as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres", "postgres")
        data, log = folder / "data", folder / "log"
        made = subprocess.run(
            _as_user([
                programs / "initdb", "-D", data, "-U", USER, "-N", "-E", "UTF8", "--locale=C.UTF-8",
                "--auth=scram-sha-256", f"--pwfile={folder / 'password'}",
            ]),
            check=False, capture_output=True, text=True, cwd=folder,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stderr}")
        (port,) = free_ports(1)
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, **settings}
        command = [programs / "postgres", "-D", data, *(f"--{key}={value}" for key, value in options.items())]
        with log.open("w") as out:
            server = subprocess.Popen(_as_user(command), stdout=out, stderr=subprocess.STDOUT, cwd=folder)
        try:
            running = PostgresServer("127.0.0.1", port, log)
            _wait(running, server)
            yield running
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing of it is wanted again
            server.wait(_WAIT_S)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        raise RuntimeError("no PostgreSQL server is installed: apt-get install postgresql (any version from 12 on)")
    return found[-1].parent if found else Path(str(on_path)).parent


def _as_user(command: list[object]) -> list[str]:
    """PostgreSQL refuses root: then it runs as its package's own user. It ends with us, even if we are killed."""
    words = [str(word) for word in command]
    switch = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        switch += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*switch, *words]


def _wait(running: PostgresServer, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            running.run("SELECT 1")
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {error}\n{running.log.read_text()}") from None
            time.sleep(0.1)
        else:
            return
