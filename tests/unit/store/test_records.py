"""What a node keeps survives a restart, first things stay first, and pruning touches no lock."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Observation, Report
from oracle.domain.signed import Proposal, SignedObservation
from oracle.store.database import Database, open_database
from oracle.store.reports import EpochState, ReportStore
from oracle.store.telemetry import Tail, TelemetryStore
from oracle.telemetry.sample import Sample

DOMAIN = Domain(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
LEAVES = ((5, Reading(1, 1)), (6, Reading(2, 2)))
STATEMENT = Observation(b"\x01" * 32, 9, 8, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32)
SIGNED = SignedObservation(2, STATEMENT, LEAVES, b"\x09" * 64)
REPORT = Report(b"\x01" * 32, 9, 8, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32, 2)
PROPOSAL = Proposal(
    REPORT, b"\x03" * 32, ((0, b"\x0a" * 32), (2, b"\x0b" * 32), (13, b"\x0c" * 32)), 4, 13, b"\x0d" * 64
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "node.db")
    yield opened
    opened.close()


def test_observations_are_found_by_root_node_and_base(database: Database) -> None:
    store = ReportStore(database)
    store.add_observation(SIGNED)
    store.add_observation(SIGNED)
    assert store.observation(9, root=STATEMENT.root) == SIGNED
    assert store.observation(9, node=2, base_root=STATEMENT.base_root) == SIGNED
    assert store.observation(9, root=STATEMENT.root, node=1) is None
    assert store.observation(8, root=STATEMENT.root) is None
    assert store.own_observation(9, 8, STATEMENT.base_root, 2) is None


def test_what_this_node_said_first_it_goes_on_saying(database: Database) -> None:
    store = ReportStore(database)
    later = dataclasses.replace(SIGNED, observation=dataclasses.replace(STATEMENT, root=b"\x0f" * 32))
    store.add_observation(SIGNED, mine=True)
    store.add_observation(later, mine=True)
    assert store.own_observation(9, 8, STATEMENT.base_root, 2) == SIGNED


def test_a_lock_comes_back_whole_and_the_first_one_stays(database: Database) -> None:
    store = ReportStore(database)
    digest = REPORT.digest(DOMAIN)
    with database.transaction() as connection:
        store.lock(connection, PROPOSAL, digest, LEAVES)
        store.lock(connection, dataclasses.replace(PROPOSAL, attempt=7), digest, LEAVES)
    assert store.locked(9) == PROPOSAL
    assert store.signatures(9, digest) == {13: PROPOSAL.signature}
    assert store.readings(REPORT.root) == LEAVES
    row = store.epoch(9)
    assert row is not None
    assert row.state is EpochState.SIGNED


def test_a_leaders_lock_without_its_signature_yet_comes_back_unsigned(database: Database) -> None:
    store = ReportStore(database)
    mine = dataclasses.replace(PROPOSAL, signature=b"")
    with database.transaction() as connection:
        store.lock(connection, mine, REPORT.digest(DOMAIN), LEAVES)
    assert store.locked(9) == mine
    store.add_signatures(9, REPORT.digest(DOMAIN), {13: b"\x0d" * 64})
    assert store.locked(9) == PROPOSAL


def test_states_only_move_on_and_keep_the_transaction(database: Database) -> None:
    store = ReportStore(database)
    store.advance(9, EpochState.SUBMITTED)
    store.advance(9, EpochState.OBSERVING)
    store.advance(9, EpochState.CONFIRMED)
    store.posted(9, "0xab")
    store.advance(10, EpochState.OBSERVING)
    row = store.epoch(9)
    assert row is not None
    assert (row.state, row.tx_hash) == (EpochState.CONFIRMED, "0xab")
    assert [row.epoch for row in store.unfinished(11)] == [10]
    assert store.unfinished(10) == []
    assert [row.epoch for row in store.newest(5)] == [10, 9]


def test_the_last_epoch_tried_says_how_many_sites_were_reached(database: Database) -> None:
    store = ReportStore(database)
    assert store.reached_before(9) is None
    store.reached(5, 4)
    store.advance(7, EpochState.OBSERVING)
    assert store.reached_before(9) == 4
    store.reached(8, 0)
    assert store.reached_before(9) == 0
    assert store.reached_before(8) == 4


def test_pruning_drops_old_observations_and_readings_and_keeps_locks(database: Database) -> None:
    store = ReportStore(database)
    store.add_observation(SIGNED, mine=True)
    with database.transaction() as connection:
        store.lock(connection, PROPOSAL, REPORT.digest(DOMAIN), LEAVES)
    store.prune(9)
    assert store.readings(REPORT.root) == LEAVES
    store.prune(10)
    assert store.readings(REPORT.root) is None
    assert not store.has_readings(9)
    assert store.observation(9, root=STATEMENT.root) is None
    locked = store.locked(9)
    assert locked is not None
    assert locked.report == REPORT


def _sample(gpu: str, time_ms: int, power: int | None = 5) -> Sample:
    return Sample(gpu, time_ms, None, False, power, 2**45, True)


def test_samples_come_back_by_gpu_in_order_and_the_first_of_a_moment_wins(database: Database) -> None:
    store = TelemetryStore(database)
    store.add(1, 9, [_sample("a", 2000), _sample("a", 1000), _sample("b", 1000)])
    store.add(1, 9, [_sample("a", 2000, power=9), _sample("a", 3000)])
    store.add(2, 9, [_sample("a", 2500)])
    found = store.samples(1, ["a", "b", "c"], 1000, 2999)
    assert found == {"a": [_sample("a", 1000), _sample("a", 2000)], "b": [_sample("b", 1000)]}
    assert store.answers(1, 9, 9) == 2
    assert store.answers(1, 1, 8) == 0


def test_a_tail_moves_with_its_samples(database: Database) -> None:
    store = TelemetryStore(database)
    assert store.tail(1) is None
    store.add(1, 9, [], Tail("http://a", 10, "h"))
    store.add(1, 9, [], Tail("http://a", 20, "h"))
    assert store.tail(1) == Tail("http://a", 20, "h")


def test_bodies_are_kept_and_samples_pruned_by_time(database: Database) -> None:
    store = TelemetryStore(database)
    store.add_body(b"\x01" * 32, b"body")
    store.add_body(b"\x01" * 32, b"body")
    store.add(1, 3, [_sample("a", 1000), _sample("a", 2000)])
    store.prune(2000, 4)
    assert store.body(b"\x01" * 32) == b"body"
    assert store.body(b"\x02" * 32) is None
    assert store.samples(1, ["a"], 0, 9999) == {"a": [_sample("a", 2000)]}
    assert store.answers(1, 3, 3) == 0
