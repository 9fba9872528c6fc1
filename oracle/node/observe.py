"""From the chain's facts and the stored samples to this node's own observation of one epoch.

`Facts` is what the chain says and is alike on every node; what the sites said may differ, and the median is for that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from oracle.domain.errors import WellheadError
from oracle.domain.meters import FleetMeter, Inventory, LeaseMeter, MeterSet
from oracle.domain.reading import COUNTER_MAX, ZERO, Reading, TrustLevel
from oracle.domain.schedule import Schedule
from oracle.domain.signed import Leaves
from oracle.exchange.fetch import Fetcher, Unreachable
from oracle.exchange.round import Bound
from oracle.metering.gpu import REACH, GpuSeries
from oracle.metering.increments import Increments
from oracle.metering.meters import Allocation as Tenure
from oracle.metering.meters import LeaseTerm, SlaContext, fleet_increments, lease_increments
from oracle.metering.sla import SlaWindow, window_closes
from oracle.node.allocations import (
    MAX_BOARDS,
    MAX_BODY_BYTES,
    Claim,
    VoidAllocation,
    WrongBody,
    allocated_gpus,
    check_body,
    effective,
    inventory_gpus,
    settle_claims,
)
from oracle.node.sites import Site
from oracle.store.telemetry import TelemetryStore

DEFAULT_BOARD_WATTS = 1500
OK = 200


@dataclass(frozen=True, slots=True)
class Facts:
    """What an observation of `epoch` over `base_epoch` is made against.

    `base` has the base report's readings; `windows` each lease's open SLA window by lease id: when it opened (Unix
    seconds) and its reading then.
    """

    schedule: Schedule
    epoch: int
    base_epoch: int
    base: Mapping[int, Reading]
    meters: MeterSet
    windows: Mapping[int, tuple[int, Reading]]

    @property
    def span(self) -> tuple[int, int]:
        """(periodEnd(base), periodEnd(epoch)], on the time line the half-open [from, to)."""
        return self.schedule.period_end(self.base_epoch), self.schedule.period_end(self.epoch)

    def fleet(self, fleet_id: int) -> FleetMeter | None:
        """A listed fleet by its id."""
        return next((fleet for fleet in self.meters.fleets if fleet.fleet_id == fleet_id), None)

    def term(self, lease: LeaseMeter) -> LeaseTerm:
        """A lease's terms as metering takes them."""
        fleet = self.fleet(lease.fleet_id)
        return LeaseTerm(
            meter_id=lease.meter_id,
            units=lease.units,
            start=lease.start,
            end=lease.end,
            stop=lease.stop or None,
            availability_bps=lease.availability_bps,
            board_watts=(fleet.board_watts if fleet is not None else 0) or DEFAULT_BOARD_WATTS,
        )

    def bounds(self) -> dict[int, Bound]:
        """What each open meter can at most have done, ascending by meter id."""
        bounds = {lease.meter_id: self._lease_bound(lease) for lease in self.meters.leases}
        for fleet in self.meters.fleets:
            boards = max([fleet.units, *(inventory.count for inventory in fleet.inventories)])
            bounds[fleet.meter_id] = Bound(boards, max(0, self.span[1] - max(self.span[0], fleet.start)), 0)
        return dict(sorted(bounds.items()))

    def _lease_bound(self, lease: LeaseMeter) -> Bound:
        since, until = max(self.span[0], lease.start), min(self.span[1], lease.term_end)
        opened = self.windows[lease.lease_id][0]
        closes = window_closes(self.term(lease).sla, opened, self.span[1])
        return Bound(lease.units, max(0, until - since), max(0, until - max(opened, lease.start)) if closes else 0)


class Observer(Protocol):
    """Where a node's increments come from."""

    def sites_reached(self, facts: Facts) -> int:
        """From how many sites this node has what they had to say about the epoch."""
        ...

    def observe(self, facts: Facts) -> Leaves:
        """(meter id, increments) for every open meter, ascending by meter id."""
        ...


class SiteObserver:
    """Observes from this node's sites. `log` takes (event, fields)."""

    def __init__(
        self,
        sites: Iterable[Site],
        store: TelemetryStore,
        fetcher: Fetcher,
        log: Callable[..., None],
    ) -> None:
        self._sites = {site.fleet: site for site in sites}
        self._store = store
        self._fetcher = fetcher
        self._log = log
        self._inventories: dict[int, tuple[Inventory, tuple[str, ...]]] = {}  # the newest of each fleet, checked

    def sites_reached(self, facts: Facts) -> int:
        """As Observer says."""
        return sum(1 for site in self._sites.values() if self._was_reached(site, facts))

    def observe(self, facts: Facts) -> Leaves:
        """As Observer says, from the stored samples."""
        tenures = self._tenures(facts)
        views = self._views(facts, tenures)
        meters: dict[int, Callable[[], Increments]] = {
            lease.meter_id: partial(_of_lease, lease, facts, tenures.get(lease.lease_id, ()), views[lease.fleet_id])
            for lease in facts.meters.leases
        }
        for fleet in facts.meters.fleets:
            meters[fleet.meter_id] = partial(_of_fleet, fleet, facts, tenures, views[fleet.fleet_id])
        return tuple((meter, self._reading(meter, meters[meter], bound)) for meter, bound in facts.bounds().items())

    def _reading(self, meter: int, measure: Callable[[], Increments], bound: Bound) -> Reading:
        """What one meter counted, held to what it can at most have done: none may void all others' observation."""
        try:
            got = measure()
        except Exception as error:  # noqa: BLE001
            self._log("fault in one meter, please report it", meter=f"{meter:#x}", error=repr(error))
            return ZERO
        measured = min(got.measured, bound.units * bound.span_s, COUNTER_MAX)
        delivered = min(got.delivered, measured)
        breached = min(got.breached, bound.units * bound.window_s, COUNTER_MAX)
        energy_wh = min(got.energy_wh, COUNTER_MAX)
        return Reading(measured, delivered, min(got.utilised, delivered), breached, energy_wh, got.flags)

    def _was_reached(self, site: Site, facts: Facts) -> bool:
        """An exporter: it answered at least half of the scrapes due. A log, which catches up: it was read after the
        end."""
        if site.source.catches_up:
            return site.last_sampled >= facts.span[1]
        due = (facts.span[1] - facts.span[0]) // site.interval_s
        return 2 * self._store.answers(site.fleet, facts.base_epoch + 1, facts.epoch) >= max(1, due)

    def _tenures(self, facts: Facts) -> dict[int, list[Tenure]]:
        claims = []
        silent: set[int] = set()
        for lease in facts.meters.leases:
            for allocation, start, end in effective(lease, facts.span):
                try:
                    raw = self._named(lease.fleet_id, allocation.body_hash, silent)
                    uuids = allocated_gpus(raw, allocation, lease, facts.fleet(lease.fleet_id))
                except VoidAllocation as error:
                    self._log("allocation void", lease=lease.lease_id, version=allocation.version, reason=str(error))
                    continue
                except WellheadError as error:
                    # Nobody says which GPUs they are: their time is missing, as if they were silent, and no breach.
                    self._log("allocation unknown", lease=lease.lease_id, reason=str(error))
                    uuids = tuple(f"unknown:{lease.lease_id}:{unit}" for unit in range(min(lease.units, MAX_BOARDS)))
                claims.append(Claim(lease.fleet_id, lease.lease_id, allocation.mined, start, end, uuids))
        return settle_claims(claims)

    def _views(self, facts: Facts, tenures: Mapping[int, Sequence[Tenure]]) -> dict[int, "_View"]:
        """By fleet id, all that is needed of its site: read once, however many leases it has."""
        wanted: dict[int, set[str]] = {fleet.fleet_id: set() for fleet in facts.meters.fleets}
        for lease in facts.meters.leases:
            gpus = wanted.setdefault(lease.fleet_id, set())
            gpus.update(uuid for tenure in tenures.get(lease.lease_id, ()) for uuid in tenure.uuids)
        views = {}
        for fleet_id, gpus in wanted.items():
            fleet, site = facts.fleet(fleet_id), self._sites.get(fleet_id)
            inventory = self._inventory(fleet) if fleet is not None else ()
            if site is None:
                views[fleet_id] = _View(inventory, {}, 1000, TrustLevel.OPERATOR_LOG)
                continue
            interval_ms = site.interval_s * 1000
            start, end = (edge * 1000 for edge in facts.span)
            found = self._store.samples(
                fleet_id, sorted(gpus.union(inventory)), start - REACH * interval_ms, end + REACH * interval_ms
            )
            series = {uuid: GpuSeries.of(samples) for uuid, samples in found.items()}
            views[fleet_id] = _View(inventory, series, interval_ms, site.level)
        return views

    def _named(self, fleet_id: int, body_hash: bytes, silent: set[int]) -> bytes:
        """The body with a hash. A site found not to answer is added to `silent`, and not waited for again."""
        known = self._store.body(body_hash)
        if known is not None:
            return known
        site = self._sites.get(fleet_id)
        if site is None:
            raise WrongBody(f"no site is configured for fleet {fleet_id}")
        if fleet_id in silent:
            raise WrongBody(f"the site of fleet {fleet_id} does not answer")
        try:
            raw = check_body(self._get(f"{site.allocations_url.rstrip('/')}/0x{body_hash.hex()}"), body_hash)
        except Unreachable:
            silent.add(fleet_id)
            raise
        self._store.add_body(body_hash, raw)
        return raw

    def _inventory(self, fleet: FleetMeter) -> tuple[str, ...]:
        """The fleet's newest inventory; empty when it has none, nobody serves it, or it is not as the chain says."""
        newest = max(fleet.inventories, key=lambda inventory: inventory.version, default=None)
        site = self._sites.get(fleet.fleet_id)
        if newest is None or site is None:
            return ()
        known = self._inventories.get(fleet.fleet_id)
        if known is not None and known[0] == newest:
            return known[1]
        try:
            if newest.count > MAX_BOARDS:
                raise WrongBody(f"{newest.count} GPUs are more than the {MAX_BOARDS} one site can tell about")
            raw = self._store.body(newest.root)
            if raw is None:
                raw = self._get(f"{site.inventory_url.rstrip('/')}/0x{newest.root.hex()}")
            uuids = inventory_gpus(raw, newest)
        except WellheadError as error:
            self._log("inventory unknown", fleet=fleet.fleet_id, version=newest.version, reason=str(error))
            return ()
        self._store.add_body(newest.root, raw)
        self._inventories[fleet.fleet_id] = newest, uuids
        return uuids

    def _get(self, url: str) -> bytes:
        answer = self._fetcher.get(url, MAX_BODY_BYTES)
        if answer.status != OK:
            raise WrongBody(f"{url} answers {answer.status}")
        return answer.body


@dataclass(frozen=True, slots=True)
class _View:
    """What one observation knows of a fleet's site: its inventory, and the samples of every GPU that matters."""

    inventory: tuple[str, ...]
    series: Mapping[str, GpuSeries]
    interval_ms: int
    level: TrustLevel


def _of_lease(lease: LeaseMeter, facts: Facts, tenures: Sequence[Tenure], view: _View) -> Increments:
    opened_at, opening = facts.windows[lease.lease_id]
    base = facts.base.get(lease.meter_id, ZERO)
    window = SlaWindow(opened_at, opening.measured, opening.delivered)
    return lease_increments(
        facts.term(lease),
        facts.span,
        view.series,
        tenures,
        interval_ms=view.interval_ms,
        suspended=suspended_epochs(lease, facts),
        sla=SlaContext(window, base.measured, base.delivered),
        level=view.level,
    )


def _of_fleet(fleet: FleetMeter, facts: Facts, tenures: Mapping[int, Sequence[Tenure]], view: _View) -> Increments:
    leases = [
        (facts.term(lease), tenures.get(lease.lease_id, ()))
        for lease in facts.meters.leases
        if lease.fleet_id == fleet.fleet_id
    ]
    return fleet_increments(
        view.inventory,
        (max(facts.span[0], fleet.start), facts.span[1]),
        view.series,
        leases,
        interval_ms=view.interval_ms,
        board_watts=fleet.board_watts or DEFAULT_BOARD_WATTS,
        level=view.level,
    )


def suspended_epochs(lease: LeaseMeter, facts: Facts) -> list[tuple[int, int]]:
    """The suspended epochs of a lease as [from, to) Unix seconds: those at whose start it stood suspended.

    An epoch that starts in [suspended, resumed) is suspended whole, so both ends round up to the next boundary.
    """

    def boundary(time: int) -> int:
        schedule = facts.schedule
        return schedule.genesis + -(-(time - schedule.genesis) // schedule.length) * schedule.length

    return [
        (boundary(since), boundary(until) if until is not None else facts.span[1])
        for since, until in lease.suspensions
        if until is not None or boundary(since) < facts.span[1]
    ]
