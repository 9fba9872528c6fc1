"""One database, one node: held by a lock, bound to a key and a contract, durable."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from oracle.store.database import Database, DatabaseInUse, DatabaseUnusable, open_database

ROOT = str(Path(__file__).parents[3])
HOLD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from oracle.store.database import open_database
held = open_database(Path({path!r}))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_process_on_one_database_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(root=ROOT, path=str(path))], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(DatabaseInUse, match=rf"process {child.pid}.*stop that one first"):
            open_database(path)
        (tmp_path / "alias").symlink_to(path)
        with pytest.raises(DatabaseInUse):
            open_database(tmp_path / "alias")
    finally:
        child.kill()
        child.wait(10)


def test_a_closed_database_can_be_opened_again(tmp_path: Path) -> None:
    open_database(tmp_path / "node.db").close()
    open_database(tmp_path / "node.db").close()


def test_two_opens_in_one_process_are_refused_too(tmp_path: Path) -> None:
    held = open_database(tmp_path / "node.db")
    with pytest.raises(DatabaseInUse):
        open_database(tmp_path / "node.db")
    held.close()


def test_a_database_stays_with_its_key(tmp_path: Path) -> None:
    _claim(tmp_path / "node.db", key="0xa", chain="1")
    _claim(tmp_path / "node.db", key="0xa", chain="1")
    with pytest.raises(DatabaseUnusable, match="belongs to key 0xa"):
        _claim(tmp_path / "node.db", key="0xb", chain="1")


def _claim(path: Path, **owner: str) -> None:
    database: Database = open_database(path)
    try:
        database.claim(**owner)
    finally:
        database.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    path.write_bytes(b"not a database at all, but long enough to look" * 40)
    with pytest.raises(DatabaseUnusable, match="cannot be used"):
        open_database(path)
    # ... and is not held on to.
    path.unlink()
    open_database(path).close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="folder"):
        open_database(tmp_path / "nowhere" / "node.db")


def test_commits_survive_a_power_cut_by_setting(tmp_path: Path) -> None:
    database = open_database(tmp_path / "node.db")
    with database.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    database.close()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path / "node.db")

    def fails() -> None:
        with database.transaction() as connection:
            connection.exec_driver_sql("INSERT INTO identity VALUES ('a', 'b')")
            raise sqlite3.DatabaseError("disk full")

    with pytest.raises(sqlite3.DatabaseError):
        fails()
    with database.transaction() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM identity WHERE name = 'a'").scalar_one() == 0
    database.close()
