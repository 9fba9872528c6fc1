"""Every signed report the watcher has seen, by epoch and key, kept so that a second one is recognised months later."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from oracle.domain.errors import WellheadError
from oracle.domain.report import Report
from oracle.domain.signature import SIGNATURE_BYTES
from oracle.watch.evidence import Evidence, SignedReport, equivocation

_SCHEMA = """
CREATE TABLE IF NOT EXISTS domain (separator BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS statements (
    epoch INTEGER NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL,
    config_digest BLOB NOT NULL, base_epoch INTEGER NOT NULL, base_root BLOB NOT NULL, root BLOB NOT NULL,
    set_hash BLOB NOT NULL, leaf_count INTEGER NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (epoch, key, digest)
);
CREATE TABLE IF NOT EXISTS accused (key TEXT PRIMARY KEY, outcome TEXT NOT NULL);
"""
ENOUGH = 2
"""Digests kept of one key for one epoch: two prove it, and nobody shall fill the disk with a thousand."""


class StatementsUnusable(WellheadError):
    """The database cannot be opened, is none of ours, or belongs to another chain or contract."""


class Statements:
    """The database at `path`, of the reports of one EIP-712 domain (`separator`, 32 bytes). For one thread.

    Raises StatementsUnusable, here and in every method.
    """

    def __init__(self, path: Path, separator: bytes) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10)
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)
            known = self._connection.execute("SELECT separator FROM domain").fetchall()
            if not known:
                self._connection.execute("INSERT INTO domain VALUES (?)", (separator,))
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        if known and known != [(separator,)]:
            raise StatementsUnusable(
                f"{path} holds the reports of another chain or MeterOracle: give each deployment a database of its own"
            )

    def add(self, key: str, digest: bytes, report: Report, record: bytes) -> None:
        """Keeps that `key` (a checksummed address) signed `report`, whose digest is `digest`, with a record of 65
        bytes: the caller has recovered it. A third report of one epoch is one too many to keep."""
        if len(record) != SIGNATURE_BYTES + 1:
            raise ValueError(f"a record has {SIGNATURE_BYTES + 1} bytes, not {len(record)}")
        values = (
            report.epoch, key, digest, report.config_digest, report.base_epoch, report.base_root, report.root,
            report.set_hash, report.leaf_count, record, report.epoch, key, ENOUGH,
        )  # fmt: skip
        self._execute(
            "INSERT OR IGNORE INTO statements SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
            "WHERE (SELECT count(*) FROM statements WHERE epoch = ? AND key = ?) < ?",
            values,
        )

    def equivocations(self) -> Iterator[tuple[str, Evidence]]:
        """Every key that signed two reports of one epoch and was not dealt with, with the proof of the oldest."""
        rows = self._execute(
            "SELECT key, min(epoch) FROM (SELECT epoch, key FROM statements GROUP BY epoch, key HAVING count(*) > 1)"
            " WHERE key NOT IN (SELECT key FROM accused) GROUP BY key ORDER BY 2, 1",
            (),
        )
        for key, epoch in rows:
            first, second = self._signed(key, epoch)[:ENOUGH]
            yield key, equivocation(first, second, key)

    def dealt_with(self, key: str, outcome: str) -> None:
        """Remembers that a key was accused, and what came of it: no key answers twice."""
        self._execute("INSERT OR REPLACE INTO accused VALUES (?, ?)", (key, outcome))

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _signed(self, key: str, epoch: int) -> list[SignedReport]:
        rows = self._execute(
            "SELECT config_digest, epoch, base_epoch, base_root, root, set_hash, leaf_count, record"
            " FROM statements WHERE key = ? AND epoch = ? ORDER BY digest",
            (key, epoch),
        )
        return [SignedReport(Report(*row[:-1]), row[-1]) for row in rows]

    def _execute(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            with closing(self._connection.execute(statement, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def _unusable(self, error: sqlite3.Error) -> StatementsUnusable:
        return StatementsUnusable(
            f"{self._path} cannot be used as the watcher's database ({error}): check [watch] database"
        )
