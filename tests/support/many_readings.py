"""A node's public API over a store with many readings, for the page: `python -m tests.support.many_readings`.

    --genesis S --epoch-length S   the oracle's clock, as the chain that the page reads has it
    --reports N --meters M         how many reports it holds, and of how many meters each
    --origin URL                   the page that may read it

The store, the API and its server are the node's own; only which reports stand is made up. Fleet 1 is among the meters,
with an outage, missing telemetry and reports whose readings are not held. Prints one line of JSON,
`{"url", "readings"}`, once it answers. Ends when its standard input does.
"""

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI

from oracle.api.app import Public, publish
from oracle.api.records import PublicRecords, Sources
from oracle.chain.view import Block, OracleConfig, StandingReport
from oracle.domain.keccak import keccak256
from oracle.domain.merkle import meter_tree
from oracle.domain.meters import FleetMeter, MeterKind, MeterSet, meter_id
from oracle.domain.reading import Reading
from oracle.exchange.server import Server
from oracle.settings import ApiSettings
from oracle.store.database import Database, open_database
from oracle.store.reports import ReportStore
from oracle.store.series import SeriesStore

LEASES, FLEETS = "0x" + "ca" * 20, "0x" + "f1" * 20
CHAIN_ID, ORACLE = 31337, "0x" + "0a" * 20
UNITS, WATTS = 8, 500
NOT_HELD = 97
"""Of so many reports the readings of one are not held here."""


@dataclass
class Standing:
    """A NodeView: which reports stand, newest last."""

    head: Block | None = None
    standing: StandingReport | None = None
    open_meters: MeterSet | None = None
    reports: dict[int, StandingReport] = field(default_factory=dict)

    def report(self, epoch: int) -> StandingReport | None:
        """As NodeView says."""
        return self.reports.get(epoch)


def fill(database: Database, view: Standing, config: OracleConfig, reports: int, meters: int) -> int:
    """Makes `reports` reports of `meters` meters stand, and holds their readings. Returns how many are held."""
    store, held, length = ReportStore(database), 0, config.epoch_length
    fleet = meter_id(MeterKind.FLEET, FLEETS, 1)
    ids = sorted([fleet, *(meter_id(MeterKind.LEASE, LEASES, number) for number in range(1, meters))])
    sums = [0, 0, 0, 0]
    for epoch in range(1, reports + 1):
        measured = UNITS * length // (3 if epoch % 60 in (7, 8) else 1)
        delivered = 0 if epoch % 45 == 5 else measured * 3 // 4
        grown = (measured, delivered, delivered * (50 + epoch % 40) // 100, UNITS * WATTS * length // 3600)
        sums = [before + more for before, more in zip(sums, grown, strict=True)]
        whole = Reading(sums[0], sums[1], sums[2], 0, sums[3], 1)
        lease = Reading(epoch * length, epoch * length, epoch * length // 2, 0, epoch, 1)
        leaves = tuple((meter, whole if meter == fleet else lease) for meter in ids)
        root = meter_tree(leaves).root
        if epoch % NOT_HELD:
            store.add_readings(epoch, root, leaves)
            held += len(leaves)
        mined_at = config.period_end(epoch) + config.observation_delay
        view.reports[epoch] = StandingReport(epoch, epoch - 1, root, len(leaves), mined_at, (0, 1, 2))
    view.standing = newest = view.reports[reports]
    view.head = Block(reports, keccak256(b"head"), newest.mined_at + 60)
    view.open_meters = MeterSet((), (FleetMeter(fleet, 1, UNITS, config.genesis, WATTS, ()),))
    return held


def main() -> None:
    """Serves until standard input ends."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("genesis", "epoch-length", "reports", "meters"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--origin", required=True)
    given = parser.parse_args()
    length = given.epoch_length
    config = OracleConfig(CHAIN_ID, ORACLE, bytes(32), given.genesis, length, length // 3, length, 3, ())
    with TemporaryDirectory(prefix="wellhead-many-") as folder:
        database, view = open_database(str(Path(folder) / "node.db")), Standing()
        readings = fill(database, view, config, given.reports, given.meters)
        records = PublicRecords(Sources(view, SeriesStore(database), config, list))
        app = FastAPI(docs_url=None)
        settings = ApiSettings(cors_origins=[given.origin], requests_per_minute=100_000)
        publish(app, Public(records, {}, settings, lambda *_, **__: None))
        server = Server(app, "127.0.0.1", 0)
        server.start()
        print(json.dumps({"url": server.url, "readings": readings}), flush=True)
        sys.stdin.buffer.read()
        server.stop()
        database.close()


if __name__ == "__main__":
    main()
