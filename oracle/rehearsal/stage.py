"""What a rehearsal stands on: the chain, peers that hand out what is public, and a copy of the stored samples."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from oracle.chain.link import open_link
from oracle.chain.view import ChainView, OracleConfig, StandingReport
from oracle.chain.web3_view import Web3View
from oracle.domain.errors import WellheadError
from oracle.domain.report import Domain
from oracle.domain.schedule import Schedule
from oracle.exchange.fetch import Fetcher
from oracle.exchange.peers import Peer, Peers
from oracle.node.bodies import Bodies
from oracle.node.observe import SiteObserver
from oracle.node.rounds import OpenRound, Records, open_round, schedule_of
from oracle.node.sites import Site, make_site
from oracle.node.sources.batch import BatchTerms, operators
from oracle.rehearsal.snapshot import Part, snapshot
from oracle.settings import Settings
from oracle.store.batches import BatchStore
from oracle.store.reports import ReportStore
from oracle.store.telemetry import TelemetryStore

THREADS = 8
RECORDS_EPOCHS = 64
"""How many epochs of records before the one rehearsed are copied: SLA windows open at most a day back."""

Log = Callable[..., None]


class NoSuchEpoch(WellheadError):
    """An epoch that has not ended, or of which the chain knows nothing (any more)."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain as of now."""

    view: ChainView
    config: OracleConfig
    schedule: Schedule
    now: int

    def last_ended(self) -> int:
        """The newest epoch that is over. Raises NoSuchEpoch before the first that is ever reported."""
        epoch = (self.now - self.config.genesis) // self.config.epoch_length - 1
        if epoch < 1:
            raise NoSuchEpoch(
                f"epoch 1, the first to be reported, ends at {self.schedule.period_end(1)} (Unix seconds): wait for it"
            )
        return epoch


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """An epoch opened for looking at: its round, its sites with the samples stored of them, and the node's records."""

    opened: OpenRound
    sites: tuple[Site, ...]
    observer: SiteObserver
    reports: ReportStore
    records: Records
    peers: Peers


@contextmanager
def chain_of(settings: Settings, fetcher: Fetcher) -> Iterator[Chain]:
    """The chain a configuration names, checked. Raises ChainError."""
    with ExitStack() as stack:
        link = open_link(stack, settings.chain, fetcher)
        view = Web3View(link.w3, link.deployment)
        config = view.config()
        yield Chain(view, config, schedule_of(config), view.head().timestamp)


@contextmanager
def rehearsal(
    settings: Settings, chain: Chain, fetcher: Fetcher, epoch: int, base: StandingReport | None, log: Log
) -> Iterator[Rehearsal]:
    """Opens `epoch` over `base` as a node would, as if this node were the first of the set: it signs nothing anyway."""
    with ExitStack() as stack:
        base_epoch = 0 if base is None else base.epoch
        part = Part(
            (chain.schedule.period_end(base_epoch), chain.schedule.period_end(epoch)),
            (max(0, base_epoch - RECORDS_EPOCHS), epoch),
        )
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        database = snapshot(settings.node.database, scratch / "copy.db", part)
        stack.callback(database.close)
        reports, samples = ReportStore(database), TelemetryStore(database)
        records = Records(chain.view, reports, log)
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="ask")
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        peers = Peers(_peers(settings, chain.config, fetcher), pool)
        address = chain.config.nodes[0].signer(epoch)
        opened = open_round(chain.view, records, peers, chain.config, address, epoch, base)
        terms = BatchTerms(
            Domain(chain.config.chain_id, chain.config.oracle),
            chain.schedule,
            operators(chain.view, chain.schedule),
            BatchStore(database),
        )
        sites = tuple(make_site(site, fetcher, samples, terms) for site in settings.sites)
        for site in sites:
            stack.callback(site.close)
        bodies = Bodies(sites, samples, fetcher, log)
        stack.callback(bodies.close)
        observer = SiteObserver(sites, samples, bodies, log)
        yield Rehearsal(opened, sites, observer, reports, records, peers)


def base_of(chain: Chain, epoch: int) -> StandingReport | None:
    """The report that one of `epoch` builds on: the one it named, if it stands, else the newest standing one."""
    report = chain.view.report(epoch)
    if report is not None:
        return chain.view.report(report.base_epoch) if report.base_epoch else None
    standing = chain.view.standing()
    if standing is not None and standing.epoch >= epoch:
        raise NoSuchEpoch(f"no report of epoch {epoch} stands, and later ones do: it was skipped")
    return standing


def _peers(settings: Settings, config: OracleConfig, fetcher: Fetcher) -> dict[int, Peer]:
    """The other nodes, and this one where it listens: whoever holds what is asked for."""
    urls = {peer.node.lower(): peer.url for peer in settings.peers}
    found = {
        index: Peer(index, urls[node.cold.lower()], fetcher, node.cold)
        for index, node in enumerate(config.nodes)
        if node.cold.lower() in urls
    }
    host, port = settings.node.address
    if port:
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where it is reached
        name = f"[{local}]" if ":" in local else local
        found[len(config.nodes)] = Peer(len(config.nodes), f"http://{name}:{port}", fetcher)
    return found
