"""A node's database on a PostgreSQL server. What keeps a second node out are advisory locks, held by a session of
their own: the server lets go of them when that session ends, and this node signs nothing until it has them again.

A pooler that shares sessions (PgBouncer in transaction mode) cannot hold them; it is found out and refused.
"""

from contextlib import suppress
from threading import Lock
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, Engine, create_engine, event

from oracle.domain.errors import WellheadError
from oracle.domain.keccak import keccak256
from oracle.store.errors import DatabaseInUse, DatabaseUnusable, KeyInUse, LockLost

WAIT_S = 5
"""How long a connection, or a lock of another session, is waited for."""
IDLE_LIMIT_SINCE = 140_000
_ALIVE = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # What was sent and not acknowledged is no idle connection: without this it is waited for a quarter of an hour.
    "tcp_user_timeout": 25_000,
}
# The server's own keepalives: the session of a machine that lost its power must not keep its locks for hours.
_SESSION = """
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
    SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'; SET lock_timeout = '%ds'
"""
_DATABASE, _WRITER = "wellhead node", "wellhead writer"
_HELD = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND pid = pg_backend_pid() AND (classid::bigint << 32 | objid::bigint) = ANY(%s)
"""
# Advisory locks belong to one database, but the server shows those of all.
_ELSEWHERE = """
    SELECT coalesce(d.datname, '?') FROM pg_locks l LEFT JOIN pg_database d ON d.oid = l.database
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND pid <> pg_backend_pid() AND (classid::bigint << 32 | objid::bigint) = %s LIMIT 1
"""


def lock_number(name: str) -> int:
    """The advisory lock (a signed 64-bit integer) that stands for `name`."""
    return int.from_bytes(keccak256(name.encode())[:8], "big", signed=True)


class PostgresServer:
    """One database of a server, its lock held from the start. `url` may hold a password, and is never shown.

    Raises DatabaseInUse, or DatabaseUnusable when the server cannot be reached or does not keep what it commits.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            known = conninfo_to_dict(url)
        except psycopg.ProgrammingError:
            # libpq's own message quotes what it cannot read, and that may be the password.
            raise DatabaseUnusable(
                "the database is no address of PostgreSQL: write postgresql://user@host:5432/name "
                "(% and @ in a password as %25 and %40), and the password better in ~/.pgpass"
            ) from None
        self._secret = str(known.get("password") or "")
        at = ":".join(str(known[part]) for part in ("host", "port") if known.get(part))
        self.name = f"postgresql://{at}/{known.get('dbname') or known.get('user') or ''}"
        self._guarding = Lock()
        self._numbers = [lock_number(_DATABASE)]
        self._key: int | None = None
        self._session: psycopg.Connection[Any] | None = None
        try:
            self._session = self._locked()
        except psycopg.Error as error:
            raise DatabaseUnusable(f"{self.name} cannot be used: {self._told(error)}") from None

    def engine(self) -> Engine:
        """Connections to the database."""
        engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_timeout=WAIT_S,
        )
        event.listen(engine, "begin", _begin)
        return engine

    def hold_key(self, name: str) -> None:
        """Holds the signing key called `name` on the whole server. Raises KeyInUse, or LockLost."""
        number = lock_number(name)
        with self._guarding:
            self._key, self._numbers = number, [lock_number(_DATABASE), number]
            self._release()
        try:
            self.ensure_held()
        except KeyInUse:
            with self._guarding:
                self._key, self._numbers = None, [lock_number(_DATABASE)]
            raise

    def ensure_held(self) -> None:
        """Makes sure, by asking the server, that the locks are held; takes them again where they were lost. Raises
        DatabaseInUse or KeyInUse when another has them, and LockLost."""
        with self._guarding:
            try:
                if self._session is not None and self._holds(self._session):
                    return
            except psycopg.Error:
                pass
            self._release()
            try:
                self._session = self._locked()
            except psycopg.Error as error:
                raise LockLost(
                    f"{self.name}: the lock on this node's database is lost, nothing is signed without it: "
                    f"{self._told(error)}"
                ) from None

    def size(self, connection: Connection) -> int:
        """Bytes of the database on the server."""
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def check(self, connection: Connection) -> str:
        """What keeps this server from keeping what it commits; empty when nothing does."""
        fsync = connection.exec_driver_sql("SHOW fsync").scalar_one()
        return "" if fsync == "on" else "its fsync is off, so a power cut could make this node sign twice: turn it on"

    def release(self) -> None:
        """Lets go of the locks."""
        with self._guarding:
            self._release()

    def _release(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._end(session)

    def _end(self, session: "psycopg.Connection[Any]") -> None:
        # Unlocked first: the server learns of a closed connection a moment later, and until then would refuse whoever
        # takes the locks again, this node itself too.
        with suppress(psycopg.Error):
            session.execute("SELECT pg_advisory_unlock(number) FROM unnest(%s::bigint[]) AS number", (self._numbers,))
        with suppress(psycopg.Error):
            session.close()

    def _connect(self) -> "psycopg.Connection[Any]":
        # What the URL says of these wins.
        given = {"connect_timeout": WAIT_S, "application_name": "wellhead", **_ALIVE, **conninfo_to_dict(self._url)}
        connection = psycopg.connect(make_conninfo("", **given), autocommit=True)
        try:
            connection.execute(_SESSION % WAIT_S)
            # Anything weaker could lose what was signed; remote_apply is stronger and left.
            kept = connection.execute("SHOW synchronous_commit").fetchone()
            if kept not in (("on",), ("remote_apply",)):
                connection.execute("SET synchronous_commit = on")
            connection.autocommit = False
        except psycopg.Error:
            connection.close()
            raise
        return connection

    def _locked(self) -> "psycopg.Connection[Any]":
        session = self._connect()
        try:
            session.autocommit = True
            if session.info.server_version >= IDLE_LIMIT_SINCE:
                session.execute("SET idle_session_timeout = 0")
            for number in self._numbers:
                taken = session.execute("SELECT pg_try_advisory_lock(%s)", (number,)).fetchone()
                if taken != (True,):
                    raise self._in_use(number, "this database")
            if self._key is not None:
                # After taking our own: of two that start at once none can overlook the other.
                other = session.execute(_ELSEWHERE, (self._key,)).fetchone()
                if other is not None:
                    raise self._in_use(self._key, f"database {other[0]} of the server")
            if not self._holds(session):
                raise DatabaseUnusable(
                    f"{self.name} does not keep a session's locks: connect to the server itself, not through a pooler"
                )
        except (psycopg.Error, WellheadError):
            self._end(session)
            raise
        return session

    def _holds(self, session: "psycopg.Connection[Any]") -> bool:
        return session.execute(_HELD, (self._numbers,)).fetchone() == (len(self._numbers),)

    def _in_use(self, number: int, where: str) -> WellheadError:
        if number == self._key:
            return KeyInUse(
                f"another node signs with this key on {where}: stop that one first, and never run two nodes on one "
                "key: both would be slashed"
            )
        return DatabaseInUse(
            f"{self.name} is in use by another node: stop that one first. Never run two nodes on one database or one "
            "key: both would be slashed"
        )

    def _told(self, error: psycopg.Error) -> str:
        text = " ".join(str(error).split())
        return text.replace(self._secret, "***") if self._secret else text


def _begin(connection: Connection) -> None:
    # One writer at a time, as with SQLite: what a transaction read is still so when it writes.
    if not connection.get_execution_options().get("reads"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_number(_WRITER)})")
