"""A little world in events alone, to be reckoned by hand: one fleet, one lease, one report, one distribution.

A unit-second costs 1000, the senior coupon runs at 100 a second, an epoch is an hour, a distribution period six.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from oracle.audit import events
from oracle.audit.abi import EventType, Log
from oracle.audit.books import Books, rebuild
from oracle.audit.deployment import Deployment
from oracle.audit.fleets import NOBODY
from oracle.audit.history import gather
from oracle.audit.reports import config_digest
from oracle.audit.source import Head, RecordedLogs

G = 1_767_225_600
"""Genesis, a midnight."""
HOUR = 3600
CHAIN = 31337


def address(name: str) -> str:
    return str(to_checksum_address(keccak(name.encode())[12:]))


FLEETS, NODES, ORACLE, LEASES, FACTORY = (address(name) for name in ("fleets", "nodes", "oracle", "leases", "factory"))
SALES = address("sales")
USD, WATERFALL, SENIOR, EQUITY = (address(name) for name in ("usd", "waterfall", "senior", "equity"))
OPERATOR, TENANT, ANNA, BERT, TREASURY = (address(name) for name in ("operator", "tenant", "anna", "bert", "treasury"))

HOT = [address(f"hot {place}") for place in range(4)]
MEMBERS = tuple(events.NodeKeys(address(f"cold {place}"), hot, hot, 0) for place, hot in enumerate(HOT))
DIGEST = config_digest(CHAIN, ORACLE, [node.cold for node in MEMBERS], 3, 1, bytes(32))
SPEC = events.FleetSpec(USD, 3_600_000, 10, 1000, 9900, 10_000, 5000, HOUR, "H100", "Reno")
TERMS = events.Terms(1, USD, 6 * HOUR, 100, 0, 1000, 1000, 1_000_000, 0, TREASURY, TREASURY)
TRANCHES = (events.Tranche(31_536_000_000, 1000), events.Tranche(1_000_000, 0))
REQUEST = events.LeaseRequest(1, 1, G + 3 * HOUR, G + 7 * HOUR, 3_600_000, 14_400_000, TENANT)
READING = 7200 << 208 | 5400 << 160 | 2700 << 112 | 1800 << 64 | 1500 << 16
"""Two hours measured, half an hour of them breached, 1500 Wh."""


def deployment() -> Deployment:
    def deployed(where: str, *arguments: object) -> dict[str, object]:
        return {"address": where, "codeHash": "0x" + "00" * 32, "constructorArguments": list(arguments)}

    contracts = {
        "FleetRegistry": deployed(FLEETS),
        "NodeSet": deployed(NODES),
        "MeterOracle": deployed(ORACLE, NODES, G, HOUR, 2 * HOUR, 6 * HOUR),
        "CapacityLease": deployed(LEASES),
        "RevenueFactory": deployed(FACTORY),
        "PrimarySale": deployed(SALES),
    }
    return Deployment.model_validate({"chainId": CHAIN, "block": 1, "contracts": contracts})


@dataclass
class World:
    """Events as (block, time, contract, event); a block is one transaction."""

    said: list[tuple[int, int, str, Any]] = field(default_factory=list)

    def tell(self, after: int, *told: tuple[str, Any]) -> None:
        """One transaction, `after` seconds from genesis."""
        block = self.said[-1][0] + 1 if self.said else 1
        self.said += [(block, G + after, contract, event) for contract, event in told]

    def logs(self, after: int) -> RecordedLogs:
        """The record of it, read `after` seconds from genesis."""
        head = Head(CHAIN, self.said[-1][0] + 1, bytes(32), G + after)
        logs = []
        for index, (block, _, contract, event) in enumerate(self.said):
            topics, data = EventType(type(event)).encode(event)
            logs.append(Log(contract, topics, data, block, index, block.to_bytes(32, "big")))
        times = {block: time for block, time, _, _ in self.said}
        return RecordedLogs(head, tuple(logs), times | {head.number: head.timestamp})

    def books(self, after: int = 27 * HOUR) -> Books:
        """The books, closed `after` seconds from genesis."""
        source = self.logs(after)
        return rebuild(gather(source, deployment()), deployment(), source.head)

    def differences(self, after: int = 27 * HOUR) -> list[str]:
        """What differs, and where, in words."""
        found = self.books(after).findings.differences
        return [f"{one.what}: {one.expected} / {one.actual}" for one in found]

    def place(self, kind: type[Any], number: int = 0) -> int:
        """Where the `number`-th event of a kind stands."""
        return [at for at, (*_, event) in enumerate(self.said) if type(event) is kind][number]

    def alter(self, kind: type[Any], number: int = 0, **changes: Any) -> "World":
        """The same world with one event told differently."""
        said, at = list(self.said), self.place(kind, number)
        block, time, contract, event = said[at]
        said[at] = (block, time, contract, replace(event, **changes))
        return World(said)

    def without(self, kind: type[Any], number: int = 0) -> "World":
        """The same world with one event kept quiet."""
        at = self.place(kind, number)
        return World(self.said[:at] + self.said[at + 1 :])

    def until(self, kind: type[Any], number: int = 0) -> "World":
        """The world up to one event's transaction, and all of that."""
        block = self.said[self.place(kind, number)][0]
        return World([one for one in self.said if one[0] <= block])


def paid(source: str, to: str, amount: int) -> tuple[str, events.Paid]:
    return USD, events.Paid(source, to, amount)


def world() -> World:
    """What happened, all of it true."""
    made = World()
    made.tell(0, *((NODES, events.NodeJoined(node.cold, node.hot)) for node in MEMBERS))
    made.tell(0, (NODES, events.NodeSetConfigured(ORACLE, 1, DIGEST, 3, bytes(32), MEMBERS)))
    made.tell(10, (FLEETS, events.TokenMoved(NOBODY, OPERATOR, 1)), (FLEETS, events.FleetProposed(1, OPERATOR, SPEC)))
    made.tell(
        20,
        (SENIOR, events.Paid(NOBODY, ANNA, 31_536_000_000)),
        (EQUITY, events.Paid(NOBODY, ANNA, 1_000_000)),
        (FACTORY, events.RevenueCreated(1, WATERFALL, (SENIOR, EQUITY), TERMS, TRANCHES, ANNA)),
    )
    made.tell(30, (FLEETS, events.FleetListed(1, WATERFALL)))
    made.tell(40, (LEASES, events.BondDeposited(1, OPERATOR, 1_000_000)), paid(OPERATOR, LEASES, 1_000_000))
    opened = events.LeaseOpened(1, 1, TENANT, TENANT, REQUEST, 9900, 10_000, 5000, 1000, HOUR)
    made.tell(
        100,
        (LEASES, events.TokenMoved(NOBODY, TENANT, 1)),
        (LEASES, opened),
        paid(TENANT, LEASES, 14_400_000),
    )
    made.tell(7 * HOUR, (ORACLE, events.Reported(4, 0, DIGEST, b"\1" * 32, b"\2" * 32, 1, 0b0111)))
    # 5400 s delivered are 5,400,000; 1800 s breached are 1,800,000, of which the bond has 1,000,000.
    settled = events.Settled(1, 4, READING, 5_400_000, 1_800_000, 1_000_000, 800_000, 4_600_000, 10_800_000, 0)
    made.tell(13 * HOUR, (LEASES, settled))
    # Of 4,600,000: 1 % protocol, energy capped at 10 %, operator 10 %; the coupon of 49,980 s is 4,998,000.
    made.tell(
        50_000,
        (LEASES, events.TillPulled(1, WATERFALL, 4_600_000, 1500)),
        paid(LEASES, WATERFALL, 4_600_000),
        (WATERFALL, distributed := events.Distributed(
            (G + 50_000) // (6 * HOUR), 4_600_000, 1500, (46_000, 0, 460_000, 460_000), 0, 0,
            (3_634_000, 0), (1_364_000, 0),
        )),
    )  # fmt: skip
    assert distributed.period == G // (6 * HOUR) + 2
    # Streams from hour 18 to 24. Anna gives Bert a quarter of the shares when a quarter, 908,500, has streamed.
    made.tell(19 * HOUR + 1800, (SENIOR, events.Paid(ANNA, BERT, 7_884_000_000)))
    made.tell(20 * HOUR, (WATERFALL, events.FeePaid(2, OPERATOR, 920_000)), paid(WATERFALL, OPERATOR, 920_000))
    # At half of the stream Bert has earned a quarter of the second quarter.
    made.tell(21 * HOUR, (SENIOR, events.IncomeClaimed(BERT, BERT, 227_125)), paid(WATERFALL, BERT, 227_125))
    return made
