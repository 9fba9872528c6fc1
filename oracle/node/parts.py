"""What a node is put together from."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from oracle.chain.view import ChainView, OracleConfig
from oracle.exchange.auth import Doorkeeper
from oracle.exchange.fetch import Fetcher
from oracle.node.clock import NodeClock
from oracle.node.observe import Observer
from oracle.node.posting import Posting
from oracle.node.sampling import Sampler
from oracle.store.guard import SigningGuard
from oracle.store.reports import ReportStore
from oracle.store.telemetry import TelemetryStore


@dataclass(frozen=True, slots=True)
class Parts:
    """All of it.

    `config` is the oracle's at the start; `peer_urls` are by cold address, and `fetcher` asks them; `attempt_s` is how
    long a leader's turn lasts, in seconds of the chain's clock; a report is confirmed once its block and those on it
    are `confirmations`. `log` takes (event, fields); `timer` is a monotonic clock in real seconds.
    """

    chain: ChainView
    config: OracleConfig
    posting: Posting
    guard: SigningGuard
    reports: ReportStore
    telemetry: TelemetryStore
    observer: Observer
    sampler: Sampler
    clock: NodeClock
    keeper: Doorkeeper
    peer_urls: Mapping[str, str]
    fetcher: Fetcher
    pool: ThreadPoolExecutor
    log: Callable[..., None]
    attempt_s: int
    confirmations: int = 1
    timer: Callable[[], float] = time.monotonic
