"""Whether a node's database can be opened, brought up to date, and is this node's; the database itself is not touched.

The real code is what judges: it migrates and claims a copy without the samples, and on PostgreSQL a transaction that
is rolled back.
"""

import fcntl
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from oracle.domain.errors import WellheadError
from oracle.preflight.finding import Finding, failed, passed
from oracle.store import schema
from oracle.store.database import Database, DatabaseInUse, DatabaseUnusable, open_database
from oracle.store.migrate import migrate
from oracle.store.postgres import PostgresServer

CHECK = "database"
_KEPT = ("identity", "alembic_version", "guard")


class _Undone(Exception):
    """Ends a transaction so that nothing of it stays."""


def database_row(place: str, owner: Mapping[str, str], mine_runs: bool) -> Finding:
    """The row of the database at `place`, which is to be `owner`'s. While this node runs (`mine_runs`) it is in use,
    and that is right."""
    try:
        if place.startswith("postgresql://"):
            return _on_server(place, owner)
        return _in_file(Path(place), owner, mine_runs)
    except DatabaseInUse as error:
        if mine_runs:
            return passed(CHECK, "in use by this node, which is running")
        return failed(CHECK, str(error), "stop the other process, or give this node its own `database`")
    except (WellheadError, DBAPIError, sqlite3.Error) as error:
        return failed(CHECK, str(error), "name another `database` in [node], or restore this one")
    except OSError as error:
        return failed(CHECK, f"{place}: {error.strerror or error}", "let this user read and write it")


def _in_file(path: Path, owner: Mapping[str, str], mine_runs: bool) -> Finding:
    folder = path.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        seen = f"{folder} is {'not writable' if folder.exists() else 'no folder'}"
        return failed(CHECK, seen, f"mkdir -p {folder}, and let this user write there")
    if not path.exists():
        return passed(CHECK, f"{path} will be made")
    if not os.access(path, os.R_OK | os.W_OK):
        return failed(CHECK, f"{path} cannot be written", "make this user its owner")
    holder = None if mine_runs else _holder(path)
    if holder is not None:
        raise DatabaseInUse(f"{path} is in use by another node (process {holder})")
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy.db"
        _copy(path, copy)
        try:
            with closing(open_database(copy)) as database:
                database.claim(**owner)
        except WellheadError as error:
            raise DatabaseUnusable(str(error).replace(str(copy.resolve()), str(path))) from None
    return passed(CHECK, f"{path} is this node's")


def _copy(path: Path, copy: Path) -> None:
    """The tables of a database, without most of what is in them."""
    # A closed database is opened as one that nobody writes: SQLite would put its working files beside it otherwise.
    closed = not path.with_name(path.name + "-wal").exists()
    with (
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' * closed}", uri=True)) as source,
        closing(sqlite3.connect(copy)) as made,
    ):
        tables = source.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC")
        for kind, name, sql in tables.fetchall():
            made.execute(sql)
            if kind == "table" and name in _KEPT:
                rows = source.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - one of our own names
                marks = ", ".join("?" for _ in rows.description)
                made.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)  # noqa: S608
        made.commit()


def _holder(path: Path) -> str | None:
    """The process that holds a database's lock, if one does."""
    try:
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
    finally:
        os.close(lock)
    return None


def _on_server(url: str, owner: Mapping[str, str]) -> Finding:
    server = PostgresServer(url)
    with closing(Database(server)) as database, suppress(_Undone), database.transaction() as connection:
        migrate(connection, server.name)
        known = {str(row.name): str(row.value) for row in connection.execute(select(schema.identity))}
        for name, value in owner.items():
            if known.get(name, value) != value:
                raise DatabaseUnusable(f"{server.name} belongs to {name} {known[name]}, this node has {name} {value}")
        raise _Undone
    return passed(CHECK, f"{server.name} is this node's")
