"""The evidence in order: every log of ours, and every movement of the currencies to and from us, decoded and dated."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from oracle.audit import events
from oracle.audit.abi import EventSet, Log
from oracle.audit.deployment import Deployment
from oracle.audit.errors import EncodingError
from oracle.audit.source import LogSource


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `time` is its block's, in Unix seconds; `ordinal` numbers the entries from 0."""

    log: Log
    time: int
    event: object

    @property
    def contract(self) -> str:
        """Who emitted it."""
        return self.log.address

    def at(self, subject: str) -> str:
        """Where a person looks: the subject, the block and the log."""
        return f"{subject}, {self.log.place}"


def gather(source: LogSource, deployment: Deployment) -> list[Entry]:
    """Every entry up to the source's head, in the order of the chain. Raises ChainError or EncodingError."""
    named = deployment.contracts
    readers = {
        named.fleet_registry.address: events.FLEET_REGISTRY,
        named.node_set.address: events.NODE_SET,
        named.meter_oracle.address: events.METER_ORACLE,
        named.capacity_lease.address: events.CAPACITY_LEASE,
        named.revenue_factory.address: events.REVENUE_FACTORY,
    }
    holders = [named.capacity_lease.address]
    if named.primary_sale is not None:
        readers[named.primary_sale.address] = events.PRIMARY_SALE
        holders.append(named.primary_sale.address)
    entries = _read(source, readers)
    created = [entry.event for entry in entries if isinstance(entry.event, events.RevenueCreated)]
    waterfalls = [event.waterfall for event in created]
    clones = dict.fromkeys(waterfalls, events.WATERFALL)
    clones |= dict.fromkeys([share for event in created for share in event.shares], events.SHARE)
    entries += _read(source, clones)

    currencies = _currencies(entries) | {event.terms.currency for event in created}
    logs = _currency_logs(source, currencies, [*holders, *waterfalls])
    entries += _dated(source, logs, dict.fromkeys(currencies, events.CURRENCY))
    return sorted(entries, key=lambda entry: (entry.log.block, entry.log.index))


def _currencies(entries: Iterable[Entry]) -> set[str]:
    """Of the fleets that were ever listed. Anybody can propose one, in whatever claims to be a currency."""
    happened = [entry.event for entry in entries]
    listed = {event.fleet_id for event in happened if isinstance(event, events.FleetListed)}
    proposed = [event for event in happened if isinstance(event, events.FleetProposed)]
    return {event.spec.currency for event in proposed if event.fleet_id in listed}


def _read(source: LogSource, readers: dict[str, EventSet]) -> list[Entry]:
    topics = {topic for reader in readers.values() for topic in reader.topics}
    return _dated(source, source.logs(readers, [topics]), readers)


def _currency_logs(source: LogSource, currencies: Collection[str], ours: Collection[str]) -> list[Log]:
    """Transfers to or from us; one between two of ours once."""
    words = [bytes.fromhex(address[2:]).rjust(32, b"\0") for address in ours]
    transfer = events.CURRENCY.topics
    out = source.logs(currencies, [transfer, words])
    into = source.logs(currencies, [transfer, None, words])
    return list({(log.block, log.index): log for log in out + into}.values())


def _dated(source: LogSource, logs: Iterable[Log], readers: dict[str, EventSet]) -> list[Entry]:
    decoded = []
    for log in logs:
        if log.address not in readers:
            raise EncodingError(f"{log.place}: the chain answered with a log of {log.address}, which was not asked for")
        event = readers[log.address].decode(log)
        if event is not None:
            decoded.append((log, event))
    times = source.times({log.block for log, _ in decoded})
    return [Entry(log, times[log.block], event) for log, event in decoded]
