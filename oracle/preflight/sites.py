"""The sites: whether each answers with samples of its fleet's GPUs, and serves what the chain names by hash."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from oracle.domain.errors import WellheadError
from oracle.domain.meters import FleetMeter, LeaseMeter, MeterSet
from oracle.domain.report import Domain
from oracle.domain.schedule import Schedule
from oracle.domain.shown import shown_url
from oracle.exchange.fetch import Fetcher
from oracle.node.allocations import (
    MAX_BODY_BYTES,
    VoidAllocation,
    WrongBody,
    allocated_gpus,
    check_body,
    effective,
    inventory_gpus,
)
from oracle.node.sites import IntervalTooLong, Site, check_interval, make_site
from oracle.node.sources.batch import BatchTerms, operator_of
from oracle.preflight.finding import Finding, failed, passed, warned
from oracle.settings import NvmlSite, SiteSettings
from oracle.store.batches import BatchStore
from oracle.store.database import open_database
from oracle.store.telemetry import TelemetryStore

OK = 200
TOMORROW_MS = 86_400_000
NAMED = 3
"""How many GPUs a row names before it only counts."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When the sites are looked at: Unix seconds of the clock samples are taken by, its epoch, and how long epochs and
    the delay before they are observed are, in seconds."""

    now: int
    epoch: int
    epoch_length: int
    observation_delay: int
    domain: Domain
    schedule: Schedule


def site_rows(sites: Sequence[SiteSettings], meters: MeterSet, fetcher: Fetcher, moment: Moment) -> Iterator[Finding]:
    """Rows for every configured site, and one for the fleets that have none."""
    fleets = {fleet.fleet_id: fleet for fleet in meters.fleets}
    for site in sites:
        fleet = fleets.get(site.fleet)
        if fleet is None:
            todo = f"correct `fleet`, or remove the site; listed are {', '.join(map(str, sorted(fleets))) or 'none'}"
            yield failed(f"site {site.fleet}", f"there is no listed fleet {site.fleet}", todo)
            continue
        gpus, inventory = _inventory(site, fleet, fetcher)
        yield from _telemetry(site, gpus, meters, fetcher, moment)
        yield inventory
        leases = [lease for lease in meters.leases if lease.fleet_id == site.fleet]
        yield _allocations(site, fleet, leases, fetcher, moment.now)
    without = sorted(fleets.keys() - {site.fleet for site in sites})
    if without:
        seen = f"{', '.join(map(str, without))}: a node that cannot tell of every fleet makes no observation"
        yield failed("fleets without a site", seen, "ask their operators, and add a [[sites]] for each")


def _telemetry(
    site: SiteSettings, gpus: Sequence[str], meters: MeterSet, fetcher: Fetcher, moment: Moment
) -> Iterator[Finding]:
    """Takes samples once, into a database that is thrown away, as the node will."""
    check = f"site {site.fleet}"
    try:
        check_interval(site, moment.epoch_length, moment.observation_delay)
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(TemporaryDirectory()))
            database = open_database(scratch / "samples.db")
            stack.callback(database.close)
            store = TelemetryStore(database)
            terms = BatchTerms(
                moment.domain, moment.schedule, lambda fleet, _: operator_of(meters, fleet), BatchStore(database)
            )
            made = make_site(site, fetcher, store, terms)
            stack.callback(made.close)
            for feed in made.feeds:
                feed.sample(moment.now, moment.epoch)
            found = store.gpus(site.fleet, 0, moment.now * 1000 + TOMORROW_MS)
            yield _samples(check, site, made, found, gpus)
            beside = [feed.last_error for feed in made.feeds[1:] if feed.last_error]
            if beside:
                todo = "without them the node meters at a lower trust level: correct tenant_urls and node_power"
                yield warned(f"checks beside {check}", "; ".join(beside), todo)
    except IntervalTooLong as error:
        yield failed(check, str(error), "lower `interval_s`")
    except WellheadError as error:
        yield failed(check, str(error), "correct its [[sites]]")


def _samples(check: str, site: SiteSettings, made: Site, found: Sequence[str], gpus: Sequence[str]) -> Finding:
    where = _where(site)
    if not found and made.last_error:
        todo = "correct its address, or see at the site whether it runs and this machine may reach it"
        return failed(check, made.last_error, todo)
    if not found:
        return failed(check, f"{where} answers, with no GPU in it", "see what its exporter exports")
    if not gpus:
        return passed(check, f"{where}: samples of {len(found)} GPUs")
    missing = sorted(set(gpus) - set(found))
    if len(missing) == len(gpus):
        seen = f"{where} tells of {_named(found)}, none of them in fleet {site.fleet}'s inventory"
        return failed(check, seen, "two sites may be exchanged; or the operator publishes the inventory it has")
    seen = f"{where}: samples of {len(gpus) - len(missing)} of the inventory's {len(gpus)} GPUs"
    if missing:
        return warned(check, f"{seen}, none of {_named(missing)}", "ask the operator whether they are switched off")
    return passed(check, seen)


def _inventory(site: SiteSettings, fleet: FleetMeter, fetcher: Fetcher) -> tuple[Sequence[str], Finding]:
    """The GPUs of the fleet's newest inventory, and the row about it."""
    check = f"inventory of fleet {site.fleet}"
    newest = max(fleet.inventories, key=lambda inventory: inventory.version, default=None)
    if newest is None:
        return (), warned(check, "none is published", "nothing to do here: the operator has to publish one")
    try:
        gpus = inventory_gpus(_body(fetcher, site.inventory_url, newest.root), newest)
    except WellheadError as error:
        return (), failed(check, str(error), "correct `inventory_url`, or ask the operator to serve it")
    return gpus, passed(check, f"version {newest.version}, {len(gpus)} GPUs, as on-chain")


def _allocations(
    site: SiteSettings, fleet: FleetMeter, leases: Sequence[LeaseMeter], fetcher: Fetcher, now: int
) -> Finding:
    check = f"allocations of fleet {site.fleet}"
    wrong, count = [], 0
    for lease in leases:
        for allocation, _, _ in effective(lease, (now, lease.term_end)):
            count += 1
            try:
                raw = check_body(_body(fetcher, site.allocations_url, allocation.body_hash), allocation.body_hash)
                allocated_gpus(raw, allocation, lease, fleet)
            except VoidAllocation as error:
                wrong.append(f"lease {lease.lease_id} is void: {error}")
            except WellheadError as error:
                wrong.append(f"lease {lease.lease_id}: {error}")
    if wrong:
        return failed(check, "; ".join(wrong), "correct `allocations_url`, or ask the operator to serve what it named")
    return passed(check, f"{count} in force, all served" if count else "none in force")


def _body(fetcher: Fetcher, url: str, name: bytes) -> bytes:
    address = f"{url.rstrip('/')}/0x{name.hex()}"
    answer = fetcher.get(address, MAX_BODY_BYTES)
    if answer.status != OK:
        raise WrongBody(f"{shown_url(address)} answers {answer.status}")
    return answer.body


def _where(site: SiteSettings) -> str:
    """The source as it may be shown: an address may hold a login."""
    if isinstance(site, NvmlSite):
        return "this machine's NVML"
    return site.url.split("/", 3)[2].rpartition("@")[2]


def _named(gpus: Sequence[str]) -> str:
    rest = len(gpus) - NAMED
    return ", ".join(gpus[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
