"""All books of one deployment, rebuilt entry by entry, and closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.audit.cash import Cash
from oracle.audit.deployment import Deployment
from oracle.audit.events import Paid, RevenueCreated, TillPulled
from oracle.audit.findings import Findings
from oracle.audit.fleets import Fleets
from oracle.audit.history import Entry
from oracle.audit.leases import Leases
from oracle.audit.reports import Clock, Reports
from oracle.audit.revenue import Revenue
from oracle.audit.sales import Sales
from oracle.audit.source import Head


@dataclass(frozen=True, slots=True)
class Books:
    """The rebuilt books as of `head`, and what was found on the way."""

    head: Head
    deployment: Deployment
    findings: Findings
    cash: Cash
    fleets: Fleets
    reports: Reports
    leases: Leases
    revenue: Revenue
    sales: Sales | None


def rebuild(entries: Sequence[Entry], deployment: Deployment, head: Head) -> Books:
    """Enters every event in order, then closes the books. Raises EncodingError for an event nobody can have emitted."""
    named, findings = deployment.contracts, Findings()
    created = [(entry, entry.event) for entry in entries if isinstance(entry.event, RevenueCreated)]
    holders = [named.capacity_lease.address] + ([named.primary_sale.address] if named.primary_sale else [])
    cash = Cash({*holders, *(event.waterfall for _, event in created)})
    fleets = Fleets(findings, {event.waterfall: event.fleet_id for _, event in created})
    reports = Reports(findings, Clock.of(deployment), head.chain_id, named.meter_oracle.address)
    leases = Leases(findings, fleets, reports, cash)
    revenue = Revenue(findings, fleets, cash)
    revenue.create(created)

    posts = {
        named.fleet_registry.address: fleets.post,
        named.node_set.address: reports.post,
        named.meter_oracle.address: reports.post,
        named.capacity_lease.address: leases.post,
        named.revenue_factory.address: revenue.post,
    }
    posts |= dict.fromkeys([*revenue.books, *revenue.shares], revenue.post)
    sales = Sales(findings, fleets, revenue, cash, named.primary_sale.address) if named.primary_sale else None
    if sales is not None:
        posts[sales.address] = sales.post
    for entry in entries:
        if entry.contract in posts:
            posts[entry.contract](entry)
        if isinstance(entry.event, Paid) and not cash.ours.isdisjoint((entry.event.source, entry.event.to)):
            cash.move(entry, entry.event)
        if isinstance(entry.event, TillPulled):
            revenue.post(entry)

    fleets.close()
    leases.close()
    revenue.close(head.timestamp)
    lease_contract = named.capacity_lease.address
    owed = {(lease_contract, currency): amount for currency, amount in leases.owed().items()}
    owed |= revenue.owed()
    if sales is not None:
        sales.close(head.timestamp)
        owed |= sales.owed()
    cash.close(findings, owed)
    return Books(head, deployment, findings, cash, fleets, reports, leases, revenue, sales)
