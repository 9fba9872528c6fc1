"""What a machine or a server does to a database, for real: each fault has a name, writes nothing by half, lets nothing
be signed, and passes when its cause does."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, func, insert, select

from oracle.store import postgres as postgres_module
from oracle.store import schema, sqlite
from oracle.store.database import Database, open_database
from oracle.store.errors import (
    ConnectionLost,
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseUnusable,
    DiskFull,
    StoreUnavailable,
)
from oracle.store.guard import AlreadySigned, NotBound
from tests.support.postgres import PostgresServer
from tests.unit.store.test_guard import DOMAIN, LATER, OTHER, REPORT, guard_of

ROOT = str(Path(__file__).parents[3])
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")


def _bulky(connection: Connection) -> None:
    """Writes more, with the guard's row, than fits where there is next to no room."""
    connection.execute(insert(schema.readings).values(root=os.urandom(32), epoch=9, leaves=os.urandom(3 << 20)))


def _refused_and_nothing_written(database: Database, fault: type[StoreUnavailable], write: Any = _bulky) -> None:
    guard = guard_of(database)
    with pytest.raises(fault) as refused:
        guard.bind(REPORT, LATER, write)
    assert database.name in str(refused.value)
    assert database.status().last_fault == str(refused.value)
    assert guard.digest_of(9) is None
    with pytest.raises(NotBound):
        guard.sign(REPORT)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(schema.readings)).scalar_one() == 0


def _works_again(database: Database) -> None:
    guard = guard_of(database)
    guard.bind(REPORT, LATER, _bulky)
    assert guard.sign(REPORT)
    with pytest.raises(AlreadySigned):
        guard.bind(OTHER, LATER)
    assert database.status().last_fault == ""


@contextmanager
def _small_disk(folder: Path, size: str, *options: str) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join([f"size={size}", *options]), "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@as_root
def test_a_full_disk_under_sqlite(tmp_path: Path) -> None:
    with _small_disk(tmp_path / "disk", "8m") as disk:
        database = open_database(disk / "node.db")
        filler = disk / "filler"
        filler.write_bytes(bytes(_room(disk) - (64 << 10)))
        _refused_and_nothing_written(database, DiskFull)
        filler.unlink()
        _works_again(database)
        database.close()


def _room(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_bsize


@as_root
def test_a_full_disk_under_postgresql(postgres: PostgresServer) -> None:
    disk = postgres.log.parent / "disk"
    with _small_disk(disk, "24m", "uid=postgres", "mode=700"):
        postgres.run(f"CREATE TABLESPACE small LOCATION '{disk}'")
        place = postgres.create("small")
        name = place.rsplit("/", 1)[1]
        database = open_database(place)
        filler = disk / "filler"
        filler.write_bytes(bytes(_room(disk) - (64 << 10)))
        _refused_and_nothing_written(database, DiskFull)
        filler.unlink()
        _works_again(database)
        database.close()
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")
        postgres.run("DROP TABLESPACE small")


LIMITED = """
import resource, sys
sys.path.insert(0, {root!r})
from oracle.store.database import open_database
from oracle.store.errors import StoreUnavailable
from tests.unit.store.test_faults import _refused_and_nothing_written, _works_again
database = open_database({place!r})
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
_refused_and_nothing_written(database, StoreUnavailable)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
_works_again(database)
print("done")
"""


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE is not None
    code = LIMITED.format(root=ROOT, place=str(tmp_path / "node.db"))
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr


HOLD = """
import sqlite3, sys
held = sqlite3.connect({path!r}, isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "WAIT_S", 0.2)
    database = open_database(tmp_path / "node.db")
    code = HOLD.format(path=str(tmp_path / "node.db"))
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline() == "held\n"
    _refused_and_nothing_written(database, DatabaseLocked)
    other.stdin.close()
    assert other.wait(10) == 0
    other.stdout.close()
    _works_again(database)
    database.close()


def test_tables_that_another_session_holds(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_module, "WAIT_S", 1)
    place = postgres.create()
    database = open_database(place)
    with psycopg.connect(place) as other:
        other.execute("LOCK TABLE guard IN SHARE MODE")
        _refused_and_nothing_written(database, DatabaseLocked)
    _works_again(database)
    database.close()


AS_NOBODY = """
import os, sys
sys.path.insert(0, {root!r})
from oracle.store.database import open_database
open_database({place!r} + ".scratch").close()  # loads what the other user may not read
os.chmod(os.path.dirname({place!r}), {mode})
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    open_database({place!r})
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "said"),
    [
        (0o444, 0o777, "DatabaseReadOnly"),
        (0o444, 0o555, "DatabaseUnusable cannot open"),
        (0o000, 0o777, "StoreUnavailable"),
    ],
)
def test_a_file_that_may_not_be_written(file_mode: int, folder_mode: int, said: str) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        os.chmod(name, 0o755)
        folder = Path(name) / "node"
        folder.mkdir()
        path = folder / "node.db"
        open_database(path).close()
        (folder / "node.db.lock").unlink()
        path.chmod(file_mode)
        code = AS_NOBODY.format(root=ROOT, place=str(path), mode=folder_mode)
        done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
        folder.chmod(0o755)
        assert done.stdout.startswith(said), done.stdout + done.stderr
        assert str(path) in done.stdout


def test_a_server_that_takes_no_writes(postgres: PostgresServer) -> None:
    place = postgres.create()
    name = place.rsplit("/", 1)[1]
    database = open_database(place)
    postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgres.kill_sessions(place)
    _refused_and_nothing_written(database, DatabaseReadOnly)
    postgres.run(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    postgres.kill_sessions(place)
    _works_again(database)
    database.close()


def _damage(path: Path, table: str) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        size = raw.execute("PRAGMA page_size").fetchone()[0]
    raw.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x5a" * size)


def test_a_file_whose_guard_is_damaged_is_not_opened(tmp_path: Path) -> None:
    database = open_database(tmp_path / "node.db")
    guard_of(database).bind(REPORT, LATER)
    database.close()
    _damage(tmp_path / "node.db", "guard")
    with pytest.raises(DatabaseUnusable, match="cannot be used as a node's database"):
        open_database(tmp_path / "node.db")


def test_a_damaged_page_is_named_and_nothing_of_the_transaction_stays(tmp_path: Path) -> None:
    open_database(tmp_path / "node.db").close()
    _damage(tmp_path / "node.db", "readings")
    database = open_database(tmp_path / "node.db")
    guard = guard_of(database)
    with pytest.raises(DatabaseCorrupt, match="restore a copy"):
        guard.bind(REPORT, LATER, _bulky)
    assert guard.digest_of(9) is None
    database.close()


def test_a_session_that_ends_in_the_midst_of_a_transaction(postgres: PostgresServer) -> None:
    place = postgres.create()
    database = open_database(place)

    def cut(connection: Connection) -> None:
        _bulky(connection)
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        postgres.run(f"SELECT pg_terminate_backend({pid})")
        time.sleep(0.1)
        _bulky(connection)

    _refused_and_nothing_written(database, ConnectionLost, cut)
    _works_again(database)
    database.close()


def test_a_session_that_ends_at_the_commit(postgres: PostgresServer) -> None:
    place = postgres.create()
    database = open_database(place)

    def cut(connection: Connection) -> None:
        _bulky(connection)
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        postgres.run(f"SELECT pg_terminate_backend({pid})")
        time.sleep(0.1)

    _refused_and_nothing_written(database, ConnectionLost, cut)
    _works_again(database)
    database.close()


def test_of_two_reports_bound_at_once_one_wins(database: Database) -> None:
    for epoch in range(20, 30):
        ready, outcomes = threading.Barrier(2), []

        def bind(root: bytes, epoch: int = epoch, ready: Any = ready, outcomes: Any = outcomes) -> None:
            report = type(REPORT)(b"\x01" * 32, epoch, 8, b"\x02" * 32, root, b"\x04" * 32, 3)
            ready.wait()
            try:
                guard_of(database).bind(report, LATER)
            except AlreadySigned:
                outcomes.append("refused")
            else:
                outcomes.append("bound")

        threads = [threading.Thread(target=bind, args=(bytes([place]) * 32,)) for place in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["bound", "refused"]


SIGNING = """
import sys
sys.path.insert(0, {root!r})
from oracle.domain.report import Report
from oracle.store.database import open_database
from tests.unit.store.test_guard import LATER, guard_of
guard = guard_of(open_database({place!r}))
print("ready", flush=True)
for epoch in range({first}, {first} + 100_000):
    report = Report(b"\\x01" * 32, epoch, 0, b"\\x02" * 32, b"\\x03" * 32, b"\\x04" * 32, 3)
    guard.bind(report, LATER)
    print(epoch, guard.sign(report).hex(), flush=True)
"""


def test_killed_at_any_moment_it_never_signs_another_report(place: str) -> None:
    rng = random.Random(5)
    for first in (1_000, 200_000, 400_000):
        code = SIGNING.format(root=ROOT, place=place, first=first)
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.02, 0.3))
        child.send_signal(signal.SIGKILL)
        signed = [int(line.split()[0]) for line in child.stdout.read().splitlines() if len(line.split()) == 2]
        child.stdout.close()
        child.wait(10)
        assert signed
        database = _opened(place)
        guard = guard_of(database, started_at=LATER)
        last = signed[-1]
        for epoch in {*signed, last + 1}:
            other = type(REPORT)(b"\x01" * 32, epoch, 0, b"\x02" * 32, b"\xff" * 32, b"\x04" * 32, 3)
            same = type(REPORT)(b"\x01" * 32, epoch, 0, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32, 3)
            known = guard.digest_of(epoch)
            assert known == same.digest(DOMAIN) or epoch == last + 1
            if known is not None:
                with pytest.raises(AlreadySigned):
                    guard.bind(other, LATER)
        database.close()


def _opened(place: str) -> Database:
    from oracle.store.errors import DatabaseInUse

    deadline = time.monotonic() + 5
    while True:
        try:
            return open_database(place)
        except DatabaseInUse:
            assert time.monotonic() < deadline
            time.sleep(0.05)
