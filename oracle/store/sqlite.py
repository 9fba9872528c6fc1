"""A node's database as one SQLite file, durable at every commit."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from oracle.store.errors import DatabaseInUse
from oracle.store.locks import FileLock

WAIT_S = 5
"""How long a transaction waits for another program that holds the file."""
WAL_BYTES = 64 << 20
"""What the write-ahead log is cut back to."""


class SqliteFile:
    """The file at `path` and the lock beside it, held from the start. Raises DatabaseInUse or DatabaseUnusable."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self.name = str(self._path)
        self._lock = FileLock(
            self._path.with_name(self._path.name + ".lock"),
            lambda holder: DatabaseInUse(
                f"{self.name} is in use by another node ({holder}): stop that one first. "
                "Never run two nodes on one database or one key: both would be slashed"
            ),
        )

    def engine(self) -> Engine:
        """Connections to the file."""
        engine = create_engine(
            f"sqlite:///{self._path}",
            connect_args={"timeout": WAIT_S, "check_same_thread": False},
            hide_parameters=True,
            pool_timeout=WAIT_S,
        )
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        return engine

    def hold_key(self, name: str) -> None:
        """Nothing to do here: other databases of this machine see the key's lock file."""

    def ensure_held(self) -> None:
        """Raises DatabaseInUse or LockLost unless the file is this process's."""
        self._lock.ensure()

    def size(self, connection: Connection) -> int:
        """Bytes of the file, without the write-ahead log."""
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())

    def check(self, connection: Connection) -> str:
        """What is wrong with the guard's pages; empty when they are whole."""
        found = str(connection.exec_driver_sql("PRAGMA integrity_check('guard')").scalar_one())
        return "" if found == "ok" else found

    def release(self) -> None:
        """Lets go of the lock."""
        self._lock.release()


def _configure(connection: Any, _record: Any) -> None:
    # Transactions are begun by _begin, not by the driver's guess at when one is needed.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Immediate: two threads that both mean to write must not both read first and then find the other in the way.
    reads = connection.get_execution_options().get("reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
