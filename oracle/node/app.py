"""Puts a node together: database, guard, sites, peers, HTTP server; runs it, and takes it down in order."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from traceback import format_exc
from zoneinfo import ZoneInfo

from oracle.chain.view import ChainView
from oracle.domain.errors import WellheadError
from oracle.domain.report import Domain
from oracle.exchange.api import create_app
from oracle.exchange.fetch import Fetcher
from oracle.exchange.server import Server
from oracle.node.log import Log
from oracle.node.node import Node, Parts
from oracle.node.observe import Observer, SiteObserver
from oracle.node.posting import Posting, Submitter
from oracle.node.sampling import Sampler
from oracle.node.sites import Exporter, ServedLog, Site
from oracle.settings import Settings, SiteSettings
from oracle.store.database import open_database
from oracle.store.guard import Signer, SigningGuard
from oracle.store.reports import ReportStore
from oracle.store.telemetry import TelemetryStore

POOL_THREADS = 8
TROUBLE_WAIT_S = 1.0
"""How long the loop rests after the chain could not be read, in real seconds."""


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node that serves its peers; `run` drives it."""

    node: Node
    url: str
    poll_s: float
    log: Log

    def run(self, stop: Event) -> None:
        """Steps until `stop` is set. The chain failing is waited out, for as long as it takes."""
        trouble = ""
        while not stop.is_set():
            wait = self.poll_s
            try:
                self.node.step()
                trouble = ""
            except WellheadError as error:
                if str(error) != trouble:
                    self.log("cannot read the chain", reason=str(error))
                trouble = str(error)
                wait = max(wait, TROUBLE_WAIT_S)
            # A fault of ours in one epoch must not stop the sampling of the next.
            except Exception as error:  # noqa: BLE001
                self.log("fault in this node, please report it", error=repr(error), traceback=format_exc())
                wait = max(wait, TROUBLE_WAIT_S)
            stop.wait(wait)


def start_node(
    stack: ExitStack,
    settings: Settings,
    chain: ChainView,
    submitter: Submitter,
    signer: Signer,
    log: Log,
    *,
    observer: Observer | None = None,
    timer: Callable[[], float] = time.monotonic,
) -> RunningNode:
    """Starts a node's parts; `stack` takes them down. The clock of the signing guard starts at the chain's present
    head.

    Raises DatabaseInUse, DatabaseUnusable, CannotListen or ChainError, with nothing left behind once `stack` is closed.
    """
    database = open_database(Path(settings.node.database))
    stack.callback(database.close)
    config = chain.config()
    # By the cold address and not the hot key, which a node may rotate and keep its database.
    colds = [node.cold.lower() for node in config.nodes if signer.address in (node.hot, node.previous_hot)]
    owner = {"chain": str(config.chain_id), "contract": config.oracle.lower()}
    database.claim(**owner, **({"node": colds[0]} if colds else {}))
    guard = SigningGuard(database, Domain(config.chain_id, config.oracle), signer, chain.head().timestamp)
    telemetry, reports = TelemetryStore(database), ReportStore(database)
    fetcher = Fetcher()
    stack.callback(fetcher.close)
    pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="ask")
    stack.callback(pool.shutdown, wait=False, cancel_futures=True)
    sites = [_site(site, fetcher, telemetry) for site in settings.sites]
    sampler = Sampler(sites, log)
    stack.callback(sampler.close)
    posting = Posting(submitter, reports, log)
    stack.callback(posting.close)
    node = Node(
        Parts(
            chain=chain,
            posting=posting,
            guard=guard,
            reports=reports,
            telemetry=telemetry,
            observer=observer or SiteObserver(sites, telemetry, fetcher, log),
            sampler=sampler,
            peer_urls={peer.node: peer.url for peer in settings.peers},
            fetcher=fetcher,
            pool=pool,
            log=log,
            attempt_s=settings.node.attempt_s,
            timer=timer,
        )
    )
    app = create_app(node.desk, node.records.standing_readings, node.status, node.ready)
    server = Server(app, *settings.node.address)
    stack.callback(server.stop)
    server.start()
    return RunningNode(node, server.url, settings.node.poll_ms / 1000, log)


def _site(settings: SiteSettings, fetcher: Fetcher, store: TelemetryStore) -> Site:
    source: Exporter | ServedLog
    if settings.kind == "dcgm":
        source = Exporter(settings.fleet, settings.url, fetcher, store)
    else:
        source = ServedLog(settings.fleet, settings.url, ZoneInfo(settings.timezone), fetcher, store)
    return Site(
        fleet=settings.fleet,
        kind=settings.kind,
        interval_s=settings.interval_s,
        allocations_url=settings.allocations_url,
        inventory_url=settings.inventory_url,
        source=source,
    )
