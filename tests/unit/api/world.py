"""A node's public API on a real server over a real database; only the chain behind it is made up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from oracle.api.app import Public, publish
from oracle.api.metrics import Part
from oracle.api.parts import database_metrics, epoch_metrics, node_metrics, site_metrics
from oracle.api.records import PublicRecords, Sources
from oracle.certificates import public_authorities
from oracle.chain.view import Block, OracleConfig, StandingReport
from oracle.domain.keccak import keccak256
from oracle.domain.merkle import meter_tree
from oracle.domain.meters import FleetMeter, MeterKind, MeterSet, meter_id
from oracle.domain.reading import Reading
from oracle.domain.schedule import Schedule
from oracle.exchange.server import Server
from oracle.node.clock import NodeClock
from oracle.node.status import Place, snapshot
from oracle.settings import ApiSettings
from oracle.store import schema
from oracle.store.database import open_database
from oracle.store.reports import ReportStore
from oracle.store.series import SeriesStore

HOUR = 3600
GENESIS = 1_767_225_600
CONFIG = OracleConfig(31337, "0x" + "0a" * 20, bytes(32), GENESIS, HOUR, 2 * HOUR, 6 * HOUR, 3, ())
LEASES, FLEETS = "0x" + "ca" * 20, "0x" + "f1" * 20


def lease_meter(number: int) -> int:
    return meter_id(MeterKind.LEASE, LEASES, number)


def fleet_meter(number: int) -> int:
    return meter_id(MeterKind.FLEET, FLEETS, number)


@dataclass
class PlayedNode:
    """A NodeView whose chain is a dictionary; `asked` are the epochs the chain was asked for."""

    head: Block | None = None
    standing: StandingReport | None = None
    index: int | None = 0
    open_meters: MeterSet | None = None
    reports: dict[int, StandingReport] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    broken: Exception | None = None

    def report(self, epoch: int) -> StandingReport | None:
        self.asked.append(epoch)
        if self.broken is not None:
            raise self.broken
        return self.reports.get(epoch)


@dataclass
class PlayedSite:
    fleet: int = 1
    kind: str = "dcgm"
    interval_s: int = 900
    last_sampled: int = GENESIS + HOUR
    last_error: str = ""
    level: int = 1


class World:
    """Serves what `stand` made stand."""

    def __init__(self, folder: Path, settings: ApiSettings | None = None, **public: Any) -> None:
        self.database = open_database(str(folder / "node.db"))
        self.node, self.sites = PlayedNode(), [PlayedSite()]
        self.logs: list[dict[str, Any]] = []
        self.skew_s, self.refused = 0, Counter[str]()
        store = SeriesStore(self.database)
        self.records = PublicRecords(Sources(self.node, store, CONFIG, lambda: self.sites))
        parts: dict[str, Part] = {
            "node": lambda: node_metrics(self.status, CONFIG),
            "epochs": lambda: epoch_metrics(store),
            "database": lambda: database_metrics(self.database, folder / "node.db"),
            "sites": lambda: site_metrics(lambda: self.sites),
        }
        self.app = FastAPI(docs_url=None)
        publish(self.app, Public(self.records, parts, settings or ApiSettings(), self._log, **public))
        self.server = Server(self.app, "127.0.0.1", 0)
        self.server.start()
        self.client = httpx.Client(base_url=self.server.url, trust_env=False, verify=public_authorities(), timeout=30)

    def stand(self, epoch: int, readings: Mapping[int, Reading], base: int | None = None, held: bool = True) -> bytes:
        """Makes a report of `epoch` stand, over the newest one unless told; returns its root."""
        leaves = tuple(sorted(readings.items()))
        root = meter_tree(leaves).root
        if held:
            ReportStore(self.database).add_readings(epoch, root, leaves)
        newest = self.node.standing
        base = (0 if newest is None else newest.epoch) if base is None else base
        mined_at = CONFIG.period_end(epoch) + 2 * HOUR
        report = StandingReport(epoch, base, root, len(leaves), mined_at, (0, 1, 3))
        self.node.reports[epoch] = report
        if newest is None or newest.epoch < epoch:
            self.node.standing, self.node.head = report, Block(epoch, keccak256(b"%d" % epoch), mined_at + 60)
        return root

    def settle(self) -> None:
        """Goes to where every report is final."""
        assert self.node.standing is not None
        self.node.head = Block(9999, bytes(32), self.node.standing.mined_at + 6 * HOUR)

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def status(self) -> dict[str, Any]:
        """The node's account of itself, made as the node makes it."""
        head = self.node.head
        due = None if head is None else Schedule(GENESIS, HOUR, 2 * HOUR).reportable(head.timestamp)
        place = Place(self.node.index, "0x00", head, self.node.standing, due, None, None, None, "nothing")
        clock = NodeClock(lambda: (head.timestamp if head else 0) + self.skew_s, 60, head.timestamp if head else 0)
        return snapshot(place, clock, self.refused, [], [], ReportStore(self.database))

    def _log(self, event: str, **fields: Any) -> None:
        self.logs.append({"event": event, **fields})

    def close(self) -> None:
        self.client.close()
        self.server.stop()
        self.database.close()


def fleet(number: int = 1, units: int = 4) -> MeterSet:
    """A set with one listed fleet."""
    return MeterSet((), (FleetMeter(fleet_meter(number), number, units, GENESIS + HOUR, 700, ()),))


def add_answers(world: World, rows: Iterable[tuple[int, int, int]]) -> None:
    """(fleet, epoch, count) of the operator's telemetry."""
    with world.database.transaction() as connection:
        for fleet_id, epoch, many in rows:
            connection.execute(schema.answers.insert().values(fleet=fleet_id, source=0, epoch=epoch, count=many))
