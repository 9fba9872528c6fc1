"""One node's database: a SQLite file, or a database on a PostgreSQL server; one schema, held by one process at a time.

Every fault that is not ours comes out as StoreUnavailable, with nothing written: the node waits and goes on.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from oracle.domain.errors import WellheadError
from oracle.domain.report import Domain
from oracle.store import schema
from oracle.store.errors import (
    DatabaseCorrupt,
    DatabaseInUse,
    DatabaseUnusable,
    KeyInUse,
    StoreUnavailable,
    unavailable,
)
from oracle.store.locks import FileLock, key_lock_path
from oracle.store.migrate import migrate
from oracle.store.postgres import PostgresServer
from oracle.store.sqlite import SqliteFile

__all__ = ["Database", "DatabaseInUse", "DatabaseStatus", "DatabaseUnusable", "open_database"]


class Backend(Protocol):
    """Where the tables are, and the lock on them, held since it was made."""

    name: str

    def engine(self) -> Engine:
        """Connections; those with the execution option `reads` take no write lock."""
        ...

    def hold_key(self, name: str) -> None:
        """Keeps other nodes that this one can see from signing with the key called `name`. Raises KeyInUse."""
        ...

    def ensure_held(self) -> None:
        """Raises DatabaseInUse, KeyInUse or LockLost unless the lock is held, and first tries to take a lost one."""
        ...

    def check(self, connection: Connection) -> str:
        """What makes it unfit to keep what was signed; empty when nothing does."""
        ...

    def size(self, connection: Connection) -> int:
        """Bytes."""
        ...

    def release(self) -> None:
        """Lets go of the lock."""
        ...


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """What an operator wants to know. `last_fault` is empty once a transaction worked again; `faults` counts all."""

    name: str
    faults: int
    last_fault: str


class Database:
    """An open database and the locks on it. Safe to use from several threads; each transaction is its own."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine()
        self._reader = self._engine.execution_options(reads=True)
        self._key: FileLock | None = None
        self._faults = 0
        self._last_fault = ""

    @property
    def name(self) -> str:
        """Its path or address, without a password."""
        return self._backend.name

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction: all of it is on disk when the block ends, or nothing of it. Raises StoreUnavailable."""
        with self._faults_named():
            self.ensure_held()
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; it waits for no writer. Raises StoreUnavailable."""
        with self._faults_named(), self._reader.begin() as connection:
            yield connection

    def ensure_held(self) -> None:
        """Raises DatabaseInUse, KeyInUse or StoreUnavailable unless the database and the key are this process's
        alone."""
        if self._key is not None:
            self._key.ensure()
        self._backend.ensure_held()

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
                        f"{self.name} belongs to {name} {known[name]}, this node has {name} {value}: "
                        "give each node its own database, and keep it when the node moves"
                    )

    def hold_key(self, domain: Domain, address: str) -> None:
        """Keeps every other node that can be seen from here (of this user on this machine, on the same PostgreSQL
        server) from signing with `address` for `domain`, whatever its database. Raises KeyInUse."""
        name = f"{domain.chain_id}-{domain.contract.lower()}-{address.lower()}"
        key = FileLock(
            key_lock_path(os.environ, name),
            lambda holder: KeyInUse(
                f"key {address} is in use by another node ({holder}) on another database: stop that one first, and "
                "never run two nodes on one key: both would be slashed"
            ),
        )
        try:
            self._backend.hold_key(name)
        except WellheadError:
            key.release()
            raise
        self._key = key

    def size(self) -> int:
        """Bytes the tables take."""
        with self.reading() as connection:
            return self._backend.size(connection)

    def status(self) -> DatabaseStatus:
        """How the database does; asks it nothing."""
        return DatabaseStatus(self.name, self._faults, self._last_fault)

    def close(self) -> None:
        """Closes its connections and lets go of the locks."""
        self._engine.dispose()
        self._backend.release()
        if self._key is not None:
            self._key.release()

    def prepare(self) -> None:
        """Brings the schema up to date and checks what the guard stands on. Raises DatabaseUnusable or
        StoreUnavailable, and then changed nothing."""
        with self.transaction() as connection:
            migrate(connection, self.name)
            # A file that only reads is opened without complaint: a write tells.
            connection.execute(update(schema.identity).values(value=schema.identity.c.value))
            unfit = self._backend.check(connection)
            if unfit:
                raise DatabaseUnusable(f"{self.name} cannot be used as a node's database: {unfit}")

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            named = unavailable(error, self.name)
            if named is None:
                raise
            self._note(named)
            raise named from None
        except PoolTimeout:
            busy = StoreUnavailable(f"{self.name}: every connection is in use; trying again later is right")
            self._note(busy)
            raise busy from None
        except (StoreUnavailable, DatabaseInUse, KeyInUse) as error:
            self._note(error)
            raise
        self._last_fault = ""

    def _note(self, error: WellheadError) -> None:
        self._faults += 1
        self._last_fault = str(error)


def open_database(place: str | Path) -> Database:
    """Opens or creates the database at a path or a postgresql:// URL. Raises DatabaseInUse, DatabaseUnusable or
    StoreUnavailable."""
    is_server = isinstance(place, str) and place.startswith("postgresql://")
    database = Database(PostgresServer(str(place)) if is_server else SqliteFile(Path(place)))
    try:
        database.prepare()
    except DatabaseCorrupt as error:
        database.close()
        raise DatabaseUnusable(f"cannot be used as a node's database: {error}") from None
    except (WellheadError, DBAPIError):
        database.close()
        raise
    return database
