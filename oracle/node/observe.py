"""From the chain's facts and the stored samples to this node's own observation of one epoch.

`Facts` is what the chain says and is alike on every node; what the sites said may differ, and the median is for that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from oracle.domain.errors import WellheadError
from oracle.domain.meters import FleetMeter, LeaseMeter, MeterSet
from oracle.domain.reading import COUNTER_MAX, ZERO, Reading
from oracle.domain.schedule import Schedule
from oracle.domain.signed import Leaves
from oracle.exchange.round import Bound
from oracle.metering.cross_check import Verdict, power_verdict
from oracle.metering.gpu import REACH, GpuTotals
from oracle.metering.increments import Increments
from oracle.metering.meters import Allocation as Tenure
from oracle.metering.meters import LeaseTerm, SlaContext, Trust, fleet_increments, lease_increments
from oracle.metering.sla import SlaWindow, window_closes
from oracle.node.allocations import (
    MAX_BOARDS,
    Claim,
    VoidAllocation,
    WrongBody,
    allocated_gpus,
    effective,
    settle_claims,
)
from oracle.node.bodies import Bodies
from oracle.node.sites import Site
from oracle.node.totals import StoredTotals
from oracle.store.errors import StoreUnavailable
from oracle.store.telemetry import NODE_POWER, OPERATOR, TelemetryStore

BODY_WAIT_S = 3.0
"""Real seconds that an observation waits, in all, for bodies and inventories that are not here yet."""
SHOWN_GPUS = 8


class Abstained(WellheadError):
    """This node says nothing of an epoch, and leaves it to the others."""


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
            board_watts=fleet.board_watts if fleet is not None else 0,
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
        """(meter id, increments) for every open meter, ascending by meter id. Raises Abstained or StoreUnavailable."""
        ...


class SiteObserver:
    """Observes from this node's sites. `log` takes (event, fields)."""

    def __init__(
        self,
        sites: Iterable[Site],
        store: TelemetryStore,
        bodies: Bodies,
        log: Callable[..., None],
    ) -> None:
        self._sites = {site.fleet: site for site in sites}
        self._store = store
        self._bodies = bodies
        self._log = log

    def sites_reached(self, facts: Facts) -> int:
        """As Observer says."""
        return sum(1 for site in self._sites.values() if self._was_reached(site, facts))

    def observe(self, facts: Facts) -> Leaves:
        """As Observer says, from the stored samples.

        Raises Abstained where a meter is of a fleet whose site is not configured: this node knows nothing of it, and
        must not say that its time is missing.
        """
        fleets = {fleet.fleet_id for fleet in facts.meters.fleets} | {lease.fleet_id for lease in facts.meters.leases}
        unknown = sorted(fleets - self._sites.keys())
        if unknown:
            raise Abstained(f"there is no [[sites]] entry for fleets {', '.join(map(str, unknown))}: add them")
        counted = [(lease, effective(lease, facts.span)) for lease in facts.meters.leases]
        self._bodies.want((lease.fleet_id, each[0].body_hash) for lease, found in counted for each in found)
        self._bodies.prepare(facts.meters)
        self._bodies.wait(BODY_WAIT_S)
        tenures = self._tenures(facts)
        readings: dict[int, Reading] = {}
        bounds = facts.bounds()
        for fleet_id in sorted(fleets):
            for meter, measure in self._measures(facts, fleet_id, tenures).items():
                readings[meter] = self._reading(meter, measure, bounds[meter])
        return tuple((meter, readings[meter]) for meter in bounds)

    def _reading(self, meter: int, measure: Callable[[], Increments], bound: Bound) -> Reading:
        """What one meter counted, held to what it can at most have done: none may void all others' observation."""
        try:
            got = measure()
        except StoreUnavailable:
            raise  # what could not be read is not nothing
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
        for lease in facts.meters.leases:
            for allocation, start, end in effective(lease, facts.span):
                try:
                    raw = self._bodies.body(lease.fleet_id, allocation.body_hash)
                    uuids = allocated_gpus(raw, allocation, lease, facts.fleet(lease.fleet_id))
                except VoidAllocation as error:
                    self._log("allocation void", lease=lease.lease_id, version=allocation.version, reason=str(error))
                    continue
                except WrongBody as error:
                    # Nobody says which GPUs they are: their time is missing, as if they were silent, and no breach.
                    self._log("allocation unknown", lease=lease.lease_id, reason=str(error))
                    uuids = tuple(f"unknown:{lease.lease_id}:{unit}" for unit in range(min(lease.units, MAX_BOARDS)))
                claims.append(Claim(lease.fleet_id, lease.lease_id, allocation.mined, start, end, uuids))
        return settle_claims(claims)

    def _measures(
        self, facts: Facts, fleet_id: int, tenures: Mapping[int, Sequence[Tenure]]
    ) -> dict[int, Callable[[], Increments]]:
        """How each meter of one fleet is measured, by meter id: its site's samples are read and metered already."""
        view = self._view(facts, fleet_id, tenures)

        def measures() -> dict[int, Callable[[], Increments]]:
            leases = [lease for lease in facts.meters.leases if lease.fleet_id == fleet_id]
            meters: dict[int, Callable[[], Increments]] = {
                lease.meter_id: partial(_of_lease, lease, facts, tenures.get(lease.lease_id, ()), view)
                for lease in leases
            }
            if view.fleet is not None:
                meters[view.fleet.meter_id] = partial(_of_fleet, view.fleet, facts, tenures, view)
            return meters

        # Once for the sake of what is asked for, and the answers do not matter yet.
        _power(view, facts)
        for measure in measures().values():
            with suppress(Exception):
                measure()
        for source in (view.series, view.machines, *view.agents.values()):
            source.load()
        view = replace(view, trust=replace(view.trust, node_power=_power(view, facts)))
        return measures()

    def _view(self, facts: Facts, fleet_id: int, tenures: Mapping[int, Sequence[Tenure]]) -> "_View":
        fleet, site = facts.fleet(fleet_id), self._sites[fleet_id]
        inventory = self._bodies.inventory(fleet) if fleet is not None else ()
        leases = [lease.lease_id for lease in facts.meters.leases if lease.fleet_id == fleet_id]
        gpus = {uuid for lease in leases for tenure in tenures.get(lease, ()) for uuid in tenure.uuids}
        wanted = gpus.union(inventory)
        seen = self._store.gpus(fleet_id, facts.span[0] * 1000, facts.span[1] * 1000) if inventory else []
        unlisted = [uuid for uuid in seen if uuid not in wanted]
        if unlisted:
            self._log("GPU outside the inventory", fleet=fleet_id, gpus=unlisted[:SHOWN_GPUS], in_all=len(unlisted))
        names = site.power.names if site.power is not None else ()
        return _View(
            fleet,
            inventory,
            self._totals(site, wanted, facts.span),
            self._totals(site, names, facts.span, source=NODE_POWER),
            site.interval_s * 1000,
            Trust(site.level, None, Verdict.UNKNOWN, bool(unlisted)),
            {lease: self._totals(site, gpus, facts.span, source=lease) for lease in leases if lease in site.tenants},
        )

    def _totals(
        self, site: Site, names: Iterable[str], span: tuple[int, int], *, source: int = OPERATOR
    ) -> StoredTotals:
        """The stored samples of a source, reaching far enough beyond both ends of the span."""
        reach_ms = REACH * site.interval_s * 1000
        start_ms, end_ms = span[0] * 1000 - reach_ms, span[1] * 1000 + reach_ms
        return StoredTotals(names, lambda some: self._store.samples(site.fleet, some, start_ms, end_ms, source=source))


@dataclass(frozen=True, slots=True)
class _View:
    """What one observation knows of a fleet's site: its inventory, and what every GPU that matters did."""

    fleet: FleetMeter | None
    inventory: tuple[str, ...]
    series: StoredTotals
    machines: StoredTotals
    interval_ms: int
    trust: Trust
    agents: Mapping[int, StoredTotals]
    """By lease id, what the tenant's own agent saw."""


def _power(view: _View, facts: Facts) -> Verdict:
    """How the fleet's boards compare with the machines that hold them."""
    fleet = view.fleet
    if not view.machines or fleet is None or not view.inventory:
        return Verdict.UNKNOWN
    start_ms, end_ms = max(facts.span[0], fleet.start) * 1000, facts.span[1] * 1000
    drawn = [machine.totals(start_ms, end_ms, view.interval_ms) for machine in view.machines.values()]
    boards = GpuTotals()
    for uuid in dict.fromkeys(view.inventory):
        boards += view.series[uuid].totals(start_ms, end_ms, view.interval_ms, board_mw=fleet.board_watts * 1000)
    return power_verdict(boards, drawn, span_ms=end_ms - start_ms)


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
        trust=replace(view.trust, tenant=view.agents.get(lease.lease_id)),
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
        board_watts=fleet.board_watts,
        trust=view.trust,
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
