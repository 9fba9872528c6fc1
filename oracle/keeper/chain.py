"""What a keeper reads of the contracts, and the three things it asks of them."""

from dataclasses import dataclass

from web3 import Web3

from oracle.chain.codec import EventCodec
from oracle.chain.deployment import Deployment
from oracle.chain.errors import BeforeDeployment
from oracle.chain.event_log import EventLog
from oracle.chain.rpc import call, contract, named_errors, read_newest
from oracle.chain.submitter import Mined, Submitter
from oracle.chain.view import Block
from oracle.chain.web3_view import Web3View
from oracle.domain.keccak import keccak256
from oracle.domain.meters import LeaseMeter
from oracle.keeper.readings import Batch

RING = 512
"""How many epochs back MeterOracle keeps reports."""


@dataclass(frozen=True, slots=True)
class Final:
    """The newest final report: its epoch, the epoch's end in Unix seconds, the 32-byte root, and for how many more
    epochs the contract keeps it."""

    epoch: int
    period_end: int
    root: bytes
    kept_for: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A fleet's waterfall and the length of its periods in seconds."""

    fleet_id: int
    address: str
    period: int


class KeeperChain:
    """The contracts of one deployment as a keeper needs them. Every method raises ChainErrors."""

    def __init__(self, w3: Web3, deployment: Deployment, submitter: Submitter) -> None:
        contracts = deployment.contracts
        self._w3 = w3
        self._first_block = deployment.block
        self._view = Web3View(w3, deployment)
        self._submitter = submitter
        self._oracle = contract(w3, "IMeterOracle", contracts.meter_oracle.address)
        self._leases = contract(w3, "ICapacityLease", contracts.capacity_lease.address)
        created = EventCodec("IRevenueFactory", ["RevenueCreated"])
        self._created = EventLog(w3, deployment.block, {contracts.revenue_factory.address: created})
        self._settled: tuple[int, EventLog] | None = None

    def head(self) -> Block:
        """The newest block."""
        return self._view.head()

    def final(self, head: Block) -> Final | None:
        """The newest final report as of `head`, or None before the first."""
        epoch, _ = call(self._oracle.functions.newestFinal(), head.number)
        if epoch == 0:
            return None
        root = bytes(call(self._oracle.functions.finalRoot(epoch), head.number))
        newest: int = call(self._oracle.functions.headEpoch(), head.number)
        return Final(epoch, self._view.config().period_end(epoch), root, epoch + RING - newest)

    def gas_price(self) -> int:
        """What one gas costs now, in wei: the newest block's base fee and the usual tip."""
        with named_errors():
            return read_newest(self._w3)[1] + self._w3.eth.max_priority_fee

    def tend(self) -> None:
        """Looks after transactions that are on their way, also those of an earlier run."""
        self._submitter.watch()

    def open_leases(self, head: Block) -> tuple[LeaseMeter, ...]:
        """Every open lease as of `head`."""
        return self._view.meters(head).leases

    def settled_since(self, epoch: int, head: Block) -> set[int]:
        """The ids of the leases that somebody settled at a report of `epoch`, whose finality is past, or later."""
        if self._settled is None or self._settled[0] != epoch:
            source = {str(self._leases.address): EventCodec("ICapacityLease", ["Settled"])}
            self._settled = (epoch, EventLog(self._w3, self._final_from(epoch), source))
        settled = self._settled[1].up_to(head)
        return {event.arguments["leaseId"] for event in settled if event.arguments["epoch"] >= epoch}

    def waterfalls(self, head: Block) -> list[Waterfall]:
        """Every waterfall made for a fleet."""
        return [
            Waterfall(event.arguments["fleetId"], event.arguments["waterfall"], event.arguments["terms"]["period"])
            for event in self._created.up_to(head)
        ]

    def can_distribute(self, waterfall: Waterfall, head: Block) -> bool:
        """Whether the waterfall has not distributed in the period of `head`, and there is something to distribute."""
        functions = contract(self._w3, "IRevenueWaterfall", waterfall.address).functions
        last: int = call(functions.lastDistributedAt(), head.number)
        if last // waterfall.period >= head.timestamp // waterfall.period:
            return False
        account = call(self._leases.functions.fleetAccountOf(waterfall.fleet_id), head.number)
        if account["revenue"] != waterfall.address:  # not the one the fleet was listed with, or nothing was ever leased
            return False
        return bool(account["money"]["till"] or call(functions.reserve(), head.number))

    def settle(self, batch: Batch) -> Mined:
        """Settles a batch of leases in one transaction."""
        functions = self._leases.functions
        if batch.flags is None:
            function = functions.settle(batch.lease_ids[0], batch.epoch, batch.readings[0], batch.proof)
        else:
            function = functions.settleMany(batch.epoch, batch.lease_ids, batch.readings, batch.proof, batch.flags)
        ids = keccak256(b"".join(lease_id.to_bytes(11, "big") for lease_id in batch.lease_ids)).hex()[:16]
        return self._submitter.send(f"settle:{batch.epoch}:{ids}", function)

    def terminate(self, lease_id: int) -> Mined:
        """Stops a lease whose notice has run out."""
        return self._submitter.send(f"terminate:{lease_id}", self._leases.functions.terminate(lease_id))

    def distribute(self, waterfall: Waterfall, period: int) -> Mined:
        """Pays a fleet's till down its waterfall, for once in a period."""
        function = contract(self._w3, "IRevenueWaterfall", waterfall.address).functions.distribute()
        return self._submitter.send(f"distribute:{waterfall.fleet_id}:{period}", function)

    def _final_from(self, epoch: int) -> int:
        """The first block in which a report of `epoch` can have been final."""
        clock = self._view.config()
        moment = clock.period_end(epoch) + clock.observation_delay + clock.dispute_window
        try:
            return self._view.last_block_at(moment - 1).number + 1
        except BeforeDeployment:
            return self._first_block
