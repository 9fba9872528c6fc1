"""A lease's reading under a report's root, with what settles the lease by it. Nothing is believed unproven."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3
from web3.constants import ADDRESS_ZERO
from web3.types import TxParams

from oracle.chain.deployment import Deployment
from oracle.chain.errors import Reverted
from oracle.chain.rpc import call, contract, named_errors
from oracle.domain.errors import WellheadError
from oracle.domain.reading import COUNTERS, Reading
from oracle.exchange.fetch import Fetcher
from oracle.keeper.readings import Batch, NodeReadings


class NothingFinal(WellheadError):
    """No report is final yet, or not the one asked for, or the contract keeps it no more."""


class NotInReport(WellheadError):
    """The report has no reading of the lease: it was not open then, or is none."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A reading that makes, with `siblings`, the root that stands on-chain for `epoch`. `is_final`: it can settle."""

    lease_id: int
    meter_id: int
    epoch: int
    root: bytes
    is_final: bool
    reading: Reading
    siblings: tuple[bytes, ...]

    def as_json(self) -> dict[str, Any]:
        """For machines: `settle` has the four arguments of CapacityLease.settle in their order, integers as text."""
        return {
            "lease": self.lease_id,
            "meter": hex(self.meter_id),
            "epoch": self.epoch,
            "root": "0x" + self.root.hex(),
            "final": self.is_final,
            "counters": dict(zip(COUNTERS, self.reading.counters, strict=True)) | {"flags": self.reading.flags},
            "settle": {
                "leaseId": str(self.lease_id),
                "epoch": str(self.epoch),
                "reading": str(self.reading.pack()),
                "proof": ["0x" + node.hex() for node in self.siblings],
            },
        }


class Prover:
    """Proofs from the nodes at `nodes` against one deployment. `complain` hears of each node that was of no use."""

    def __init__(
        self,
        w3: Web3,
        deployment: Deployment,
        nodes: Sequence[str],
        fetcher: Fetcher,
        complain: Callable[[str], None],
    ) -> None:
        self._w3 = w3
        self._oracle = contract(w3, "IMeterOracle", deployment.contracts.meter_oracle.address)
        self._leases = contract(w3, "ICapacityLease", deployment.contracts.capacity_lease.address)
        self._nodes = NodeReadings(nodes, fetcher, complain)

    def prove(self, lease_id: int, epoch: int | None = None) -> Proof:
        """The reading of a lease at the standing report of `epoch`, by default the newest final one.

        Raises NothingFinal, NotInReport, NoReadings or ChainError.
        """
        newest_final = int(call(self._oracle.functions.newestFinal())[0])
        if epoch is None:
            if newest_final == 0:
                raise NothingFinal("no report is final yet: name one that stands with --epoch, or wait")
            epoch = newest_final
        root = self._root(epoch)
        meter_id = int(call(self._leases.functions.meterIdOf(lease_id)))
        readings = self._nodes.proven(epoch, root)
        if meter_id not in readings:
            raise NotInReport(
                f"the report of epoch {epoch} has no reading of lease {lease_id}: it had not begun, or was closed"
            )
        batch = readings.batch([meter_id])
        return Proof(
            lease_id, meter_id, epoch, root, epoch <= newest_final, Reading.unpack(batch.readings[0]), batch.proof
        )

    def simulate(self, proof: Proof) -> str:
        """What CapacityLease.settle does with a proof, tried and not sent: "settles", or why it refuses.

        Raises ChainError when the chain cannot be asked.
        """
        batch = Batch(proof.epoch, (proof.lease_id,), (proof.reading.pack(),), proof.siblings, None)
        function = self._leases.functions.settle(proof.lease_id, batch.epoch, batch.readings[0], batch.proof)
        try:
            with named_errors():
                function.call(TxParams({"from": Web3.to_checksum_address(ADDRESS_ZERO)}))
        except Reverted as error:
            return str(error)
        return "settles"

    def _root(self, epoch: int) -> bytes:
        try:
            return bytes(call(self._oracle.functions.standing(epoch))["root"])
        except Reverted:
            raise NothingFinal(
                f"no report of epoch {epoch} stands: it was skipped or dropped, or is more than 512 epochs old"
            ) from None
