"""One schema on both databases, made by migrations; what an earlier release wrote is carried over whole."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Observation
from oracle.domain.signed import Proposal, SignedObservation, pack_leaves
from oracle.store.database import Database, DatabaseUnusable, open_database
from oracle.store.guard import AlreadySigned
from oracle.store.migrate import differences
from oracle.store.reports import EpochState, ReportStore, Span
from oracle.store.schema import metadata
from oracle.store.telemetry import Tail, TelemetryStore
from oracle.telemetry.sample import Sample
from tests.unit.store.test_guard import DOMAIN, LATER, OTHER, REPORT, START, guard_of

LEAVES = ((5, Reading(1, 1)), (6, Reading(2, 2)))
STATEMENT = Observation(b"\x01" * 32, 9, 8, b"\x02" * 32, b"\x06" * 32, b"\x04" * 32)
FIRST_RELEASE = (Path(__file__).parent / "release_0_1.sql").read_text()
"""The tables as release 0.1 made them."""


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(database: Database) -> None:
    with database.reading() as connection:
        assert differences(connection, metadata) == []


def test_the_comparison_sees_a_table_and_a_column_that_are_not_alike(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("DROP TABLE bodies"))
        connection.execute(text("ALTER TABLE epochs ADD COLUMN more INTEGER"))
    with database.reading() as connection:
        assert {found[0] for found in differences(connection, metadata)} == {"add_table", "remove_column"}


def test_opening_again_migrates_nothing_and_keeps_everything(place: str) -> None:
    first = open_database(place)
    guard_of(first).bind(REPORT, LATER)
    first.close()
    second = open_database(place)
    assert guard_of(second).digest_of(9) == REPORT.digest(DOMAIN)
    second.close()


def _rows_of_release_0_1(connection: Any) -> None:
    """What a node of release 0.1 that signed epoch 9 has on its disk."""
    digest = REPORT.digest(DOMAIN)
    report = {
        "config_digest": REPORT.config_digest,
        "base_epoch": REPORT.base_epoch,
        "base_root": REPORT.base_root,
        "root": REPORT.root,
        "set_hash": REPORT.set_hash,
        "leaf_count": REPORT.leaf_count,
    }
    said = {
        "epoch": 9,
        "node": 2,
        "root": STATEMENT.root,
        "base_epoch": 8,
        "base_root": STATEMENT.base_root,
        "config_digest": STATEMENT.config_digest,
        "block_hash": STATEMENT.block_hash,
        "leaves": pack_leaves(LEAVES),
        "signature": b"\x09" * 64,
    }
    for table, row in (
        ("identity", {"name": "schema", "value": "1"}),
        ("identity", {"name": "chain", "value": "31337"}),
        ("guard", {"chain_id": "31337", "contract": DOMAIN.contract.lower(), "epoch": 9, "digest": digest}),
        ("guard", {"chain_id": "1", "contract": DOMAIN.contract.lower(), "epoch": 9, "digest": b"\x11" * 32}),
        ("epochs", {"epoch": 9, "state": "SIGNED", "tx_hash": "0xab", "sites_reached": 3}),
        ("observations", said),
        ("observations", {**said, "node": 3, "root": b"\x0f" * 32}),
        ("own_observations", {name: said[name] for name in ("epoch", "base_epoch", "base_root", "root")}),
        (
            "proposals",
            {
                "epoch": 9,
                "digest": digest,
                **report,
                "block_hash": b"\x06" * 32,
                "pairs": b"\x02" + STATEMENT.root,
                "attempt": 4,
                "leader": 13,
            },
        ),
        ("signatures", {"epoch": 9, "digest": digest, "node": 13, "signature": b"\x0d" * 64}),
        ("readings", {"root": REPORT.root, "epoch": 9, "leaves": pack_leaves(LEAVES)}),
        ("answers", {"fleet": 1, "epoch": 9, "count": 7}),
        ("tails", {"fleet": 1, "url": "http://site/log", "offset": 99, "header": "timestamp, uuid"}),
        ("bodies", {"hash": b"\x01" * 32, "body": b"body"}),
        (
            "samples",
            {
                "fleet": 1,
                "gpu": "GPU-a",
                "time_ms": 1000,
                "engine_active_ppm": 5,
                "activity_is_fallback": True,
                "power_mw": 6,
                "energy_mj": None,
                "healthy": True,
            },
        ),
    ):
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)


def _write_release_0_1(place: str) -> None:
    url = place.replace("postgresql://", "postgresql+psycopg://") if "://" in place else f"sqlite:///{place}"
    tables = FIRST_RELEASE
    if "://" in place:
        tables = tables.replace("BLOB", "BYTEA").replace(" WITHOUT ROWID", "")
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in tables.split(";"):
            if statement.strip():
                connection.execute(text(statement))
        _rows_of_release_0_1(connection)
    engine.dispose()


def test_a_database_of_release_0_1_is_carried_over_without_loss(place: str) -> None:
    _write_release_0_1(place)
    database = open_database(place)
    try:
        with database.reading() as connection:
            assert differences(connection, metadata) == []
        guard = guard_of(database, started_at=LATER)
        assert guard.digest_of(9) == REPORT.digest(DOMAIN)
        assert guard_of(database, domain=Domain(1, DOMAIN.contract)).digest_of(9) == b"\x11" * 32
        with pytest.raises(AlreadySigned):
            guard.bind(OTHER, LATER)
        guard.bind(REPORT, LATER)
        assert guard.sign(REPORT)

        reports, telemetry = ReportStore(database), TelemetryStore(database)
        span = Span(STATEMENT.config_digest, 8, STATEMENT.base_root, STATEMENT.block_hash)
        assert reports.own_observation(9, span, 2) == SignedObservation.of(2, STATEMENT, LEAVES, b"\x09" * 64)
        assert reports.observation(9, node=3) is not None
        assert reports.locked(9) == Proposal(REPORT, b"\x06" * 32, ((2, STATEMENT.root),))
        assert reports.signatures(9, REPORT.digest(DOMAIN)) == {13: b"\x0d" * 64}
        assert reports.readings(REPORT.root) == LEAVES
        row = reports.epoch(9)
        assert row is not None
        assert (row.state, row.tx_hash, row.sites_reached) == (EpochState.SIGNED, "0xab", 3)
        assert telemetry.samples(1, ["GPU-a"], 0, 2000) == {"GPU-a": [Sample("GPU-a", 1000, 5, True, 6, None, True)]}
        assert telemetry.answers(1, 9, 9) == 7
        assert telemetry.tail(1) == Tail("http://site/log", 99, "timestamp, uuid")
        assert telemetry.body(b"\x01" * 32) == b"body"
        database.claim(chain="31337")
        with pytest.raises(DatabaseUnusable):
            database.claim(schema="1")  # as release 0.1 does: it never opens what it does not know
    finally:
        database.close()


def test_a_migration_that_fails_midway_leaves_the_old_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    _write_release_0_1(str(path))
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE outbox (in_the_way INTEGER)")  # the last step stumbles over it
        before = list(raw.iterdump())
    raw.close()
    with pytest.raises(Exception, match="outbox"):
        open_database(path)
    with sqlite3.connect(path) as raw:
        assert list(raw.iterdump()) == before
        raw.execute("DROP TABLE outbox")
    raw.close()
    database = open_database(path)
    assert guard_of(database, started_at=START).digest_of(9) == REPORT.digest(DOMAIN)
    database.close()


def test_a_database_of_a_newer_release_is_refused_by_name_and_left_alone(place: str) -> None:
    database = open_database(place)
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(DatabaseUnusable, match="schema 9999 of a newer release"):
        open_database(place)
