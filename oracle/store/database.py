"""One node's database: SQLite, durable at every commit, and held by one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import DatabaseError

from oracle.domain.errors import WellheadError
from oracle.store import schema

BUSY_TIMEOUT_S = 10


class DatabaseInUse(WellheadError):
    """Another process has this database open. Two nodes on one database could sign against each other."""


class DatabaseUnusable(WellheadError):
    """The file cannot be opened, is no database of ours, or belongs to another node."""


class Database:
    """An open database and the lock on it. Safe to use from several threads; each transaction is its own."""

    def __init__(self, engine: Engine, lock: int, path: Path) -> None:
        self._engine = engine
        self._lock = lock
        self.path = path

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction: all of it is on disk when the block ends, or nothing of it."""
        with self._engine.begin() as connection:
            yield connection

    def claim(self, **owner: str) -> None:
        """Binds a new database to `owner`'s names and values, or checks that it is bound to the same.

        Raises DatabaseUnusable when it belongs to another chain, contract or key.
        """
        with self.transaction() as connection:
            rows = connection.execute(select(schema.identity.c.name, schema.identity.c.value))
            known = {str(row.name): str(row.value) for row in rows}
            for name, value in owner.items():
                if name not in known:
                    connection.execute(insert(schema.identity).values(name=name, value=value))
                elif known[name] != value:
                    raise DatabaseUnusable(
                        f"{self.path} belongs to {name} {known[name]}, this node has {name} {value}: "
                        "give each node its own database, and keep it when the node moves"
                    )

    def close(self) -> None:
        """Closes the file and lets go of the lock."""
        self._engine.dispose()
        with suppress(OSError):
            os.close(self._lock)


def open_database(path: Path) -> Database:
    """Opens or creates the database at `path`. Raises DatabaseInUse or DatabaseUnusable."""
    path = path.resolve()
    lock = _lock(path)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    database = Database(engine, lock, path)
    try:
        schema.metadata.create_all(engine)
        database.claim(schema=schema.VERSION)
    except DatabaseError as error:
        database.close()
        raise DatabaseUnusable(f"{path} cannot be used as a node's database: {error.orig}") from None
    except WellheadError:
        database.close()
        raise
    return database


def _lock(path: Path) -> int:
    lock_path = path.with_name(path.name + ".lock")
    try:
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseUnusable(
            f"cannot open {lock_path} ({error.strerror}): give the node a database path in a folder it may write to"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(lock, 32, 0).decode(errors="replace").strip()
        os.close(lock)
        raise DatabaseInUse(
            f"{path} is in use by another node (process {holder or 'unknown'}): stop that one first. "
            "Never run two nodes on one database or one key: both would be slashed"
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _configure(connection: Any, _record: Any) -> None:
    # Transactions are begun by _begin, not by the driver's guess at when one is needed.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Immediate: two threads that both mean to write must not both read first and then find the other in the way.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
