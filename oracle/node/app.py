"""Puts a node together: database, guard, sites, peers, HTTP server; runs it, and takes it down in order."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Event, Thread
from traceback import format_exc

from oracle.api.metrics import Part
from oracle.chain.errors import ChainError
from oracle.chain.view import ChainView
from oracle.domain.errors import WellheadError
from oracle.domain.report import Domain
from oracle.domain.signature import Signer
from oracle.domain.spoken import Spoken
from oracle.exchange.api import create_app
from oracle.exchange.auth import Doorkeeper
from oracle.exchange.fetch import Fetcher
from oracle.exchange.server import Server
from oracle.node.bodies import Bodies
from oracle.node.clock import SIMULATED_CHAINS, NodeClock
from oracle.node.epoch_work import default_turn_s
from oracle.node.log import Log
from oracle.node.node import Node
from oracle.node.observe import Observer, SiteObserver
from oracle.node.parts import Parts
from oracle.node.posting import Posting, Submitter
from oracle.node.public import publish_node
from oracle.node.rounds import schedule_of
from oracle.node.sampling import Sampler
from oracle.node.sites import check_interval, make_site
from oracle.node.sources.batch import BatchTerms, operators
from oracle.settings import Settings
from oracle.store.batches import BatchStore
from oracle.store.database import Database, open_database
from oracle.store.errors import StoreUnavailable
from oracle.store.guard import SigningGuard
from oracle.store.reports import ReportStore
from oracle.store.telemetry import TelemetryStore

POOL_THREADS = 32
PEER_S = 10.0
"""How long a node waits for a peer's answer at most, in real seconds; half a leader's turn where that is shorter."""
TROUBLE_WAIT_S = 1.0
"""How long the loop rests after the chain could not be read, in real seconds."""
SAMPLING_END_S = 10.0
SAMPLING_S = 0.1
"""How often it is looked whether a site is due, in real seconds: nodes are to sample at the same moments."""
NO_CHAIN, NO_DATABASE = "cannot read the chain", "cannot use the database"
TROUBLES = {NO_CHAIN: "reads the chain again", NO_DATABASE: "the database works again", "cannot go on": "goes on again"}
"""What the log says of each trouble of the loop when it begins, and when it is over."""


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node that serves its peers; `run` drives it. `samples_alone`: sampling goes by the machine's clock and so in a
    thread of its own, whatever the chain, the peers and the agreement do."""

    node: Node
    url: str
    poll_s: float
    log: Log
    samples_alone: bool = False

    def run(self, stop: Event) -> None:
        """Steps until `stop` is set. A chain or database that fails is waited out, for as long as it takes."""
        sampling = Thread(target=self._repeat, args=(self.node.sample, stop, SAMPLING_S), name="sample", daemon=True)
        if self.samples_alone:
            sampling.start()
        self._repeat(self.node.step, stop, self.poll_s)
        if self.samples_alone:
            sampling.join(SAMPLING_END_S)

    def _repeat(self, act: Callable[[], bool | None], stop: Event, pause_s: float) -> None:
        """Does `act` again and again; it returns False while the database is not known to work."""
        spoken, fault = Spoken(self.log), ""
        while not stop.is_set():
            wait = pause_s
            try:
                is_stored = act() is not False
                fault = ""
                for trouble, over in TROUBLES.items():
                    if is_stored or trouble != NO_DATABASE:
                        spoken.over(trouble, over)
            except WellheadError as error:
                trouble = _trouble_of(error)
                spoken.say(trouble, trouble, type(error).__name__, reason=str(error))
                wait = max(wait, TROUBLE_WAIT_S)
            # A fault of ours in one epoch must not stop the sampling of the next.
            except Exception as error:  # noqa: BLE001
                if repr(error) != fault:
                    self.log("fault in this node, please report it", error=repr(error), traceback=format_exc())
                fault = repr(error)
                wait = max(wait, TROUBLE_WAIT_S)
            stop.wait(wait)


def _trouble_of(error: WellheadError) -> str:
    if isinstance(error, ChainError):
        return NO_CHAIN
    return NO_DATABASE if isinstance(error, StoreUnavailable) else "cannot go on"


def start_node(  # noqa: PLR0913 - what tests put in the place of sites, clocks and chains
    stack: ExitStack,
    settings: Settings,
    chain: ChainView,
    submitter: Callable[[Database], Submitter],
    signer: Signer,
    log: Log,
    *,
    observer: Observer | None = None,
    timer: Callable[[], float] = time.monotonic,
    machine: Callable[[], float] = time.time,
    parts: Mapping[str, Part] | None = None,
) -> RunningNode:
    """Starts a node's parts; `stack` takes them down. The clock of the signing guard starts at the chain's present
    head, or where the machine's clock counts at the later of the two; `machine` gives its Unix seconds.
    `parts` are more parts to tell Prometheus of.

    Raises DatabaseInUse, KeyInUse, DatabaseUnusable, CannotListen, IntervalTooLong, AuthFileUnusable or ChainError,
    with nothing left behind once `stack` is closed.
    """
    database = open_database(settings.node.database)
    stack.callback(database.close)
    config = chain.config()
    # By the cold address and not the hot key, which a node may rotate and keep its database.
    colds = [node.cold.lower() for node in config.nodes if signer.address in (node.hot, node.previous_hot)]
    owner = {"chain": str(config.chain_id), "contract": config.oracle.lower()}
    database.claim(**owner, **({"node": colds[0]} if colds else {}))
    database.hold_key(Domain(config.chain_id, config.oracle), signer.address)
    domain, head_time = Domain(config.chain_id, config.oracle), chain.head().timestamp
    # A stalled RPC may give an old head: the machine's clock then knows better when this process started.
    started_at = max(head_time, int(machine())) if settings.node.clock == "machine" else head_time
    guard = SigningGuard(database, domain, signer, started_at)
    telemetry, reports = TelemetryStore(database), ReportStore(database)
    fetcher = Fetcher()
    stack.callback(fetcher.close)
    turn_s = settings.node.attempt_s or default_turn_s(schedule_of(config))
    # One peer that hangs must not cost a leader its turn.
    peer_fetcher = Fetcher(timeout_s=min(PEER_S, turn_s / 2))
    stack.callback(peer_fetcher.close)
    clock = NodeClock(machine if settings.node.clock == "machine" else None, settings.node.max_skew_s, head_time)
    if not clock.is_machines and config.chain_id not in SIMULATED_CHAINS:
        log('clock = "chain" is for simulated chains: take it out of [node]', chain=config.chain_id)
    pool = ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="ask")
    stack.callback(pool.shutdown, wait=False, cancel_futures=True)
    for each in settings.sites:
        check_interval(each, config.epoch_length, config.observation_delay)
    terms = BatchTerms(
        domain,
        schedule_of(config),
        operators(chain, schedule_of(config)),
        BatchStore(database),
        [peer.url for peer in settings.peers],
        log,
    )
    sites = [make_site(each, fetcher, telemetry, terms) for each in settings.sites]
    for site in sites:
        stack.callback(site.close)
    bodies = Bodies(sites, telemetry, fetcher, log)
    stack.callback(bodies.close)
    sampler = Sampler(sites, log, bodies, waits=not clock.is_machines)
    stack.callback(sampler.close)
    posting = Posting(submitter(database), reports, log)
    stack.callback(posting.close)
    # A simulated chain's time goes in jumps, and nodes see a new head one after the other.
    window_s = 2 * settings.node.max_skew_s if clock.is_machines else max(120, config.epoch_length)
    keeper = Doorkeeper(domain, clock.now, window_s)
    node = Node(
        Parts(
            chain=chain,
            config=config,
            posting=posting,
            guard=guard,
            reports=reports,
            telemetry=telemetry,
            observer=observer or SiteObserver(sites, telemetry, bodies, log),
            sampler=sampler,
            clock=clock,
            keeper=keeper,
            peer_urls={peer.node: peer.url for peer in settings.peers},
            fetcher=peer_fetcher,
            pool=pool,
            log=log,
            attempt_s=turn_s,
            confirmations=settings.chain.confirmations,
            timer=timer,
        )
    )
    app = create_app(node.desk, node.records.standing_readings, node.status, node.ready, keeper)
    publish_node(app, settings, node, sampler, database, config, log, parts or {})
    server = Server(app, *settings.node.address)
    stack.callback(server.stop)
    server.start()
    return RunningNode(node, server.url, settings.node.poll_ms / 1000, log, samples_alone=clock.is_machines)
