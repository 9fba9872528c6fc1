"""What a node keeps survives a restart, first things stay first, and pruning touches no lock."""

import dataclasses

import pytest
from sqlalchemy import func, select

from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Observation, Report
from oracle.domain.signed import Proposal, SignedObservation, pack_leaves
from oracle.store.database import Database
from oracle.store.guard import AlreadySigned
from oracle.store.reports import EpochState, ReportStore, Span
from oracle.store.schema import metadata
from oracle.store.telemetry import UNUSED_EPOCHS, Tail, TelemetryStore
from oracle.telemetry.sample import Sample
from tests.unit.store.test_guard import LATER, OTHER, guard_of

DOMAIN = Domain(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
LEAVES = ((5, Reading(1, 1)), (6, Reading(2, 2)))
STATEMENT = Observation(b"\x01" * 32, 9, 8, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32)
SIGNED = SignedObservation.of(2, STATEMENT, LEAVES, b"\x09" * 64)
REPORT = Report(b"\x01" * 32, 9, 8, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32, 2)
PROPOSAL = Proposal(REPORT, b"\x03" * 32, ((0, b"\x0a" * 32), (2, b"\x0b" * 32), (13, b"\x0c" * 32)))
SPAN = Span(STATEMENT.config_digest, STATEMENT.base_epoch, STATEMENT.base_root, STATEMENT.block_hash)


def test_observations_are_found_by_root_node_and_span(database: Database) -> None:
    store = ReportStore(database)
    store.add_observation(SIGNED)
    store.add_observation(SIGNED)
    assert store.observation(9, root=STATEMENT.root) == SIGNED
    assert store.observation(9, node=2, span=SPAN) == SIGNED
    assert store.observation(9, node=2, span=SPAN._replace(block_hash=b"\xff" * 32)) is None
    assert store.observation(9, root=STATEMENT.root, node=1) is None
    assert store.observation(8, root=STATEMENT.root) is None
    assert store.own_observation(9, SPAN, 2) is None


def test_observations_take_a_fraction_of_their_leaves_room(database: Database) -> None:
    leaves = tuple(
        (1 << 248 | place, Reading(3600 - place % 9, 3600 - place % 11, place, 0, 600, 1)) for place in range(5000)
    )
    many = dataclasses.replace(SIGNED, packed=pack_leaves(leaves))
    store = ReportStore(database)
    store.add_observation(many)
    assert store.observation(9, node=2) == many
    with database.reading() as connection:
        stored = connection.execute(select(func.length(metadata.tables["observations"].c.leaves))).scalar_one()
    assert stored < 64 * len(leaves) / 3


def test_what_this_node_said_first_it_goes_on_saying(database: Database) -> None:
    store = ReportStore(database)
    later = dataclasses.replace(SIGNED, observation=dataclasses.replace(STATEMENT, root=b"\x0f" * 32))
    store.add_observation(SIGNED, mine=True)
    store.add_observation(later, mine=True)
    assert store.own_observation(9, SPAN, 2) == SIGNED


def test_a_lock_comes_back_whole_and_the_first_one_stays(database: Database) -> None:
    store = ReportStore(database)
    digest = REPORT.digest(DOMAIN)
    with database.transaction() as connection:
        store.lock(connection, PROPOSAL, digest, LEAVES)
        store.lock(connection, dataclasses.replace(PROPOSAL, block_hash=b"\x07" * 32), digest, LEAVES)
    assert store.locked(9) == PROPOSAL
    assert store.readings(REPORT.root) == LEAVES
    row = store.epoch(9)
    assert row is not None
    assert row.state is EpochState.SIGNED


def test_signatures_are_kept_by_report_and_node_and_the_first_one_stays(database: Database) -> None:
    store = ReportStore(database)
    digest = REPORT.digest(DOMAIN)
    store.add_signatures(9, digest, {})
    store.add_signatures(9, digest, {13: b"\x0d" * 64})
    store.add_signatures(9, digest, {13: b"\x0e" * 64, 2: b"\x0c" * 64})
    assert store.signatures(9, digest) == {2: b"\x0c" * 64, 13: b"\x0d" * 64}
    assert store.signatures(9, b"\x01" * 32) == {}


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


def test_pruning_forgets_old_epochs_but_not_which_are_unfinished(database: Database) -> None:
    store = ReportStore(database)
    store.add_observation(SIGNED, mine=True)
    store.advance(8, EpochState.CONFIRMED)
    with database.transaction() as connection:
        store.lock(connection, PROPOSAL, REPORT.digest(DOMAIN), LEAVES)
    store.prune(9)
    assert store.readings(REPORT.root) == LEAVES
    assert store.epoch(8) is None
    store.prune(10)
    assert store.readings(REPORT.root) is None
    assert not store.has_readings(9)
    assert store.observation(9, root=STATEMENT.root) is None
    assert store.locked(9) is None
    assert [row.epoch for row in store.unfinished(10)] == [9]


def test_pruning_never_makes_the_guard_forget(database: Database) -> None:
    guard_of(database).bind(REPORT, LATER)
    ReportStore(database).prune(1 << 40)
    TelemetryStore(database).prune(1 << 60, 1 << 40)
    with pytest.raises(AlreadySigned):
        guard_of(database).bind(OTHER, LATER)


def test_what_is_kept_does_not_grow_with_time(database: Database) -> None:
    """A hundred epochs of which ten are kept: every table but the guard's has the rows of ten."""
    reports, telemetry = ReportStore(database), TelemetryStore(database)
    sizes = []
    for epoch in range(1, 101):
        root = epoch.to_bytes(32, "big")
        said = dataclasses.replace(STATEMENT, epoch=epoch, base_epoch=0, root=root)
        report = dataclasses.replace(REPORT, epoch=epoch, base_epoch=0, root=root)
        reports.advance(epoch, EpochState.OBSERVING)
        for node in range(4):
            reports.add_observation(dataclasses.replace(SIGNED, node=node, observation=said), mine=node == 0)
        digest = report.digest(DOMAIN)
        with database.transaction() as connection:
            reports.lock(connection, dataclasses.replace(PROPOSAL, report=report), digest, LEAVES)
        reports.add_signatures(epoch, digest, {node: bytes(64) for node in range(4)})
        telemetry.add(1, epoch, [_sample(gpu, 1000 * epoch) for gpu in "ab"], Tail("http://site", epoch, ""))
        reports.advance(epoch, EpochState.CONFIRMED)
        reports.prune(epoch - 9)
        telemetry.prune(1000 * (epoch - 9), epoch - 9)
        with database.reading() as connection:
            counts = {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()
                if name not in ("guard", "identity", "bodies", "outbox", "batches")
            }
        sizes.append(counts)
    assert (
        sizes[-1]
        == sizes[9]
        == {
            "epochs": 10,
            "observations": 40,
            "own_observations": 10,
            "proposals": 10,
            "signatures": 40,
            "readings": 10,
            "samples": 20,
            "answers": 10,
            "tails": 1,
        }
    )


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


def test_a_body_is_dropped_when_it_was_long_of_no_use(database: Database) -> None:
    store = TelemetryStore(database)
    used, unused = b"\x01" * 32, b"\x02" * 32
    store.add_body(used, b"used")
    store.add_body(unused, b"unused")
    store.prune(0, 100)
    restarted = TelemetryStore(database)
    restarted.prune(0, 100 + UNUSED_EPOCHS + 50)  # nothing was of use since the restart: nothing is judged
    assert restarted.body(used) == b"used"
    restarted.prune(0, 100 + UNUSED_EPOCHS + 51)
    assert restarted.body(used) == b"used"
    assert restarted.body(unused) is None


def test_text_that_a_database_cannot_hold_costs_only_itself(database: Database) -> None:
    store = TelemetryStore(database)
    named = _sample("b", 1000)._replace(driver="5\0 50\ud800")
    tail = Tail("http://site/log", 5, "time\0stamp")
    store.add(1, 3, [_sample("a\0", 1000), _sample("a\ud800", 1000), _sample("a", 1 << 70), named], tail)
    assert store.samples(1, ["a", "b"], 0, 9999) == {"b": [named._replace(driver="5 50")]}
    assert store.tail(1) == Tail("http://site/log", 5, "timestamp")
    hot = named._replace(time_ms=2000, driver=None, engine_active_ppm=1 << 40, sm_clock_mhz=1 << 62, power_mw=1 << 63)
    store.add(1, 3, [hot])
    assert store.samples(1, ["b"], 2000, 2000) == {"b": [hot._replace(power_mw=None)]}


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
