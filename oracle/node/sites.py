"""A site is one fleet's telemetry: its source, what stands beside it as a check, and where its bodies are served."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from oracle.domain.errors import WellheadError
from oracle.domain.reading import TrustLevel
from oracle.exchange.fetch import Fetcher
from oracle.node.sources import SiteUnreachable, Source
from oracle.node.sources.batch import BatchTerms, SignedBatches
from oracle.node.sources.exporter import Exporter
from oracle.node.sources.metrics_store import MetricsStore
from oracle.node.sources.node_power import NodePower
from oracle.node.sources.nvml import LocalGpus
from oracle.node.sources.served_log import ServedLog
from oracle.settings import BatchSite, DcgmSite, NvmlSite, PrometheusSite, SiteSettings
from oracle.store.telemetry import OPERATOR, TelemetryStore
from oracle.telemetry.auth import authorization
from oracle.telemetry.http import http_client
from oracle.telemetry.prometheus import PrometheusApi
from oracle.telemetry.redfish import RedfishPower

SAMPLES_PER_EPOCH = 3
"""The least. With fewer, one scrape that fails leaves a third of an epoch or more without a reading."""


class IntervalTooLong(WellheadError):
    """A site is sampled too rarely for the oracle's clock."""


class BatchesTooLate(WellheadError):
    """The oracle's clock leaves no time for the batch after an epoch, which the epoch's last piece needs."""


class NoBatchesHere(WellheadError):
    """Signed batches cannot be checked without the chain."""


def check_interval(settings: SiteSettings, epoch_length: int, observation_delay: int) -> None:
    """Raises IntervalTooLong unless an epoch has three samples or more, and the sample after its end, without which the
    epoch's last piece is not measured, comes before it is observed; BatchesTooLate where that sample is in a batch
    which comes too late. All in seconds."""
    most = min(epoch_length // SAMPLES_PER_EPOCH, observation_delay)
    if settings.interval_s > most:
        raise IntervalTooLong(
            f"the site of fleet {settings.fleet} has interval_s = {settings.interval_s}: with epochs of "
            f"{epoch_length} s that are observed {observation_delay} s after their end it can be {most} at most"
        )
    if isinstance(settings, BatchSite) and observation_delay < epoch_length + settings.interval_s:
        raise BatchesTooLate(
            f'the site of fleet {settings.fleet} is of kind "batch": an epoch of {epoch_length} s that is observed '
            f"{observation_delay} s after its end is observed before the batch of the next one is there; take the "
            "site's exporter, log or store instead"
        )


@dataclass(slots=True)
class Feed:
    """One source as it is asked time and again. Times are Unix seconds of the clock that samples are taken by."""

    source: Source
    interval_s: int
    last_tried: int = 0
    last_sampled: int = 0
    last_error: str = ""
    failed: int = 0
    """How often it did not answer since the node was started."""

    def is_due(self, now: int) -> bool:
        """Whether another interval has begun. Counted on one grid, so that nodes sample at nearly the same moments."""
        return now // self.interval_s != self.last_tried // self.interval_s

    def sample(self, now: int, epoch: int, since: int | None = None) -> bool:
        """Reads the source; whether it answered. What went wrong is in `last_error`."""
        self.last_tried = now
        try:
            self.source.take(now, epoch, since)
        # Whatever a site's data does, it does to this site only.
        except Exception as error:  # noqa: BLE001
            self.failed += 1
            self.last_error = str(error) if isinstance(error, SiteUnreachable) else repr(error)
            return False
        self.last_sampled, self.last_error = now, ""
        return True


@dataclass(slots=True)
class Site:
    """One fleet's site as a node uses it. `tenants` are the agents that tenants run, by lease id; `power` the machines'
    own meters, whose names in the store are `machines`."""

    fleet: int
    kind: str
    interval_s: int
    allocations_url: str
    inventory_url: str
    source: Source
    tenants: Mapping[int, Source] = field(default_factory=dict)
    power: NodePower | None = None
    close: Callable[[], None] = lambda: None
    feed: Feed = field(init=False)
    feeds: list[Feed] = field(init=False)

    def __post_init__(self) -> None:
        beside: list[Source] = [*self.tenants.values(), *([self.power] if self.power is not None else [])]
        self.feed = Feed(self.source, self.interval_s)
        self.feeds = [self.feed, *(Feed(source, self.interval_s) for source in beside)]

    @property
    def level(self) -> TrustLevel:
        """How far its data can be trusted, without the checks beside it."""
        return self.source.level

    def batches(self) -> dict[str, Any] | None:
        """What is known of the batches its operator signs; None where it signs none."""
        return self.source.status() if isinstance(self.source, SignedBatches) else None

    def sample(self, now: int, epoch: int, since: int | None = None) -> bool:
        """Reads its source by hand; whether it answered."""
        return self.feed.sample(now, epoch, since)

    def checks(self) -> list[dict[str, Any]]:
        """What stands beside its source, each with when it last answered, why not, and what the machines drew."""
        names = [f"tenant of lease {lease}" for lease in self.tenants]
        names += [] if self.power is None else ["node power"]
        return [
            {
                "of": name,
                "last_sampled": feed.last_sampled or None,
                "last_error": feed.last_error or None,
                **({"drawn_mw": dict(feed.source.drawn_mw)} if isinstance(feed.source, NodePower) else {}),
            }
            for name, feed in zip(names, self.feeds[1:], strict=True)
        ]

    @property
    def last_sampled(self) -> int:
        """When its source last answered; 0 before it did."""
        return self.feed.last_sampled

    @property
    def last_error(self) -> str:
        """Why its source did not answer the last time; empty when it did."""
        return self.feed.last_error


def make_site(
    settings: SiteSettings, fetcher: Fetcher, store: TelemetryStore, batches: BatchTerms | None = None
) -> Site:
    """The site of one `[[sites]]` entry; its `close` closes what it opened. `batches` is what a site's signed batches
    are checked by.

    Raises AuthFileUnusable for a login or a certificate that cannot be used, NoBatchesHere.
    """
    urls = {} if isinstance(settings, NvmlSite | BatchSite) else settings.tenant_urls
    with ExitStack() as stack:
        made = _maker(settings, fetcher, store, stack, batches)
        site = Site(
            fleet=settings.fleet,
            kind=settings.kind,
            interval_s=settings.interval_s,
            allocations_url=settings.allocations_url,
            inventory_url=settings.inventory_url,
            source=made("", OPERATOR),
            tenants={lease: made(url, lease) for lease, url in urls.items()},
            power=_node_power(settings, fetcher, store, stack) if settings.node_power else None,
        )
        site.close = stack.pop_all().close
    return site


def _node_power(settings: SiteSettings, fetcher: Fetcher, store: TelemetryStore, stack: ExitStack) -> NodePower:
    machines = []
    for machine in settings.node_power:
        client = http_client(machine.ca_file)
        stack.callback(client.close)
        authorization(machine.auth_file)  # a fault in it is told at the start
        headers = partial(authorization, machine.auth_file)
        machines.append(RedfishPower(machine.url, client, fetcher.timeout_s, headers))
    return NodePower(settings.fleet, machines, store)


def _maker(
    settings: SiteSettings, fetcher: Fetcher, store: TelemetryStore, stack: ExitStack, batches: BatchTerms | None
) -> Callable[[str, int], Source]:
    """Makes sources of the site's kind: (address of a tenant's agent, its lease), or the operator's own for ("", 0)."""

    def make(url: str, source: int) -> Source:
        if isinstance(settings, DcgmSite):
            return Exporter(settings.fleet, url or settings.url, fetcher, store, source=source)
        if isinstance(settings, NvmlSite):
            return LocalGpus(settings.fleet, store)
        if isinstance(settings, PrometheusSite):
            api = _tenants_api(url, fetcher) if url else _operators_api(settings, fetcher, stack)
            return MetricsStore(settings.fleet, api, settings.interval_s, store, source=source)
        if isinstance(settings, BatchSite):
            if batches is None:
                raise NoBatchesHere(f"the batches of fleet {settings.fleet} cannot be checked without the chain")
            return SignedBatches(settings.fleet, settings.url, settings.interval_s, fetcher, store, batches)
        zone = ZoneInfo(settings.timezone)
        return ServedLog(settings.fleet, url or settings.url, zone, fetcher, store, source=source)

    return make


def _operators_api(settings: PrometheusSite, fetcher: Fetcher, stack: ExitStack) -> PrometheusApi:
    client = http_client(settings.ca_file)
    stack.callback(client.close)
    authorization(settings.auth_file)

    def headers() -> dict[str, str]:
        tenant = {"x-scope-orgid": settings.tenant} if settings.tenant else {}
        return {**authorization(settings.auth_file), **tenant}

    return PrometheusApi(settings.url, client, fetcher.timeout_s, settings.selector, headers)


def _tenants_api(url: str, fetcher: Fetcher) -> PrometheusApi:
    """A tenant's store never sees the login for the operator's."""
    return PrometheusApi(url, fetcher.client, fetcher.timeout_s)
