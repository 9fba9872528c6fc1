"""What can keep a node from its database, by name. Whatever is not the node's fault to mend is "not now": it waits."""

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError

from oracle.domain.errors import WellheadError


class DatabaseInUse(WellheadError):
    """Another process has this database open. Two nodes on one database could sign against each other."""


class KeyInUse(WellheadError):
    """Another process signs with this key for this contract, on another database: both would be slashed."""


class DatabaseUnusable(WellheadError):
    """It cannot be opened, is no database of ours, was written by a newer release, or belongs to another node."""


class StoreUnavailable(WellheadError):
    """The database does not take or give anything now. Nothing was written; trying again later is right."""


class DiskFull(StoreUnavailable):
    """There is no room to write."""


class DatabaseLocked(StoreUnavailable):
    """Another program holds the database for longer than this node waits."""


class DatabaseReadOnly(StoreUnavailable):
    """The file, its file system or the server takes no writes."""


class DatabaseCorrupt(StoreUnavailable):
    """What is stored cannot be read: a damaged file or page."""


class ConnectionLost(StoreUnavailable):
    """The database server cannot be reached, or ended the connection."""


class LockLost(StoreUnavailable):
    """This node no longer holds the lock that keeps a second one out, and cannot take it again now."""


_Said = tuple[type[StoreUnavailable], str]

_SQLITE: dict[int, _Said] = {
    sqlite3.SQLITE_FULL: (DiskFull, "make room on its disk"),
    sqlite3.SQLITE_BUSY: (DatabaseLocked, "end the other program that has it open"),
    sqlite3.SQLITE_LOCKED: (DatabaseLocked, "end the other program that has it open"),
    sqlite3.SQLITE_READONLY: (DatabaseReadOnly, "let this user write to the file and its folder"),
    sqlite3.SQLITE_PERM: (DatabaseReadOnly, "let this user write to the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: (StoreUnavailable, "check that its folder is there and this user may write to it"),
    sqlite3.SQLITE_IOERR: (StoreUnavailable, "check the disk, its quota and its mount"),
    sqlite3.SQLITE_CORRUPT: (DatabaseCorrupt, "stop the node, keep the file, restore a copy made while it was stopped"),
    sqlite3.SQLITE_NOTADB: (DatabaseCorrupt, "stop the node, keep the file, restore a copy made while it was stopped"),
}

_POSTGRES: dict[str, _Said] = {
    "53100": (DiskFull, "make room on the server's disk"),
    "55P03": (DatabaseLocked, "end the session that holds its tables"),
    "57014": (DatabaseLocked, "end the session that holds its tables"),
    "25006": (DatabaseReadOnly, "connect to the primary server, and let this user write"),
    "42501": (DatabaseReadOnly, "make this user the owner of the database"),
    "XX001": (DatabaseCorrupt, "stop the node and see to the server's disk"),
    "XX002": (DatabaseCorrupt, "stop the node and see to the server's disk"),
}


def unavailable(error: DBAPIError, name: str) -> StoreUnavailable | None:
    """The named error that `error` is, for the database called `name`; None when it is a fault of ours."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        said = _SQLITE.get(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF)
    elif isinstance(cause, psycopg.Error):
        said = _POSTGRES.get(cause.sqlstate or "")
        if said is None and (error.connection_invalidated or isinstance(cause, psycopg.OperationalError)):
            said = ConnectionLost, "check that the server runs and can be reached; this node goes on by itself"
    else:
        said = None
    if said is None:
        return None
    kind, remedy = said
    return kind(f"{name}: {' '.join(str(cause).split())}: {remedy}")
