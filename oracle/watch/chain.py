"""What a watcher reads of the chain, and the one thing it asks of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from eth_typing import BlockNumber
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.types import RPCEndpoint

from oracle.chain.codec import EventCodec
from oracle.chain.deployment import Deployment
from oracle.chain.errors import BeforeDeployment, ChainNotPast, Reverted, RpcRefused
from oracle.chain.event_log import Event, EventLog
from oracle.chain.rpc import call, contract, named_errors
from oracle.chain.submitter import Mined, call_of
from oracle.chain.view import Block, OracleConfig
from oracle.chain.web3_view import Web3View
from oracle.domain.meters import MeterKind
from oracle.domain.report import Domain, Report
from oracle.watch.evidence import Evidence, SignedReport


class Sender(Protocol):
    """Who sends a transaction: tries it first, then waits until it is mined. `purpose` names what for: no two
    transactions of one purpose are both mined. Raises ChainErrors."""

    def send(self, purpose: str, function: ContractFunction) -> Mined: ...


@dataclass(frozen=True, slots=True)
class Posted:
    """A standing report that is not final: as it was signed, who signed it (node indexes), when it becomes final."""

    signed: SignedReport
    signers: tuple[int, ...]
    final_at: int


class WatchChain:
    """The contracts of one deployment as a watcher needs them. Every method raises ChainErrors."""

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        contracts = deployment.contracts
        self._w3 = w3
        self._first_block = deployment.block
        self._view = Web3View(w3, deployment)
        self._oracle = contract(w3, "IMeterOracle", contracts.meter_oracle.address)
        self._node_set = contract(w3, "INodeSet", contracts.node_set.address)
        self._leases = contract(w3, "ICapacityLease", contracts.capacity_lease.address)
        self._evidence = contract(w3, "IReportEvidence", call(self._oracle.functions.evidence()))
        self._log: EventLog | None = None
        self._owners: dict[str, str] = {}
        self.domain = Domain(deployment.chain_id, contracts.meter_oracle.address)

    def head(self) -> Block:
        """The newest block."""
        return self._view.head()

    def clock(self) -> OracleConfig:
        """The oracle's clock and node set."""
        return self._view.config()

    def disputable(self, head: Block) -> list[Event]:
        """The Reported events of the standing reports that are not final as of `head`, oldest first."""
        dispute = self.clock().dispute_window
        recent = [event for event in self._reported(head, dispute) if event.timestamp + dispute > head.timestamp]
        return [event for event in recent if self._stands(event)]

    def posted(self, event: Event) -> Posted:
        """The report of a Reported event as it was signed, from the call that posted it."""
        said = event.arguments
        sent, records = self._submitted(event)
        base_epoch: int = said["baseEpoch"]
        base_root = bytes(call(self._oracle.functions.standing(base_epoch))["root"]) if base_epoch else bytes(32)
        report = Report(
            config_digest=bytes(sent["configDigest"]),
            epoch=sent["epoch"],
            base_epoch=base_epoch,
            base_root=base_root,
            root=bytes(sent["root"]),
            set_hash=bytes(sent["setHash"]),
            leaf_count=sent["leafCount"],
        )
        signers = tuple(index for index in range(32) if said["signers"] >> index & 1)
        return Posted(SignedReport(report, records), signers, event.timestamp + self.clock().dispute_window)

    def is_new(self, meter_id: int, base_epoch: int) -> bool:
        """Whether a meter is that of a lease of ours which had not started when the base report's period ended."""
        kind, address, lease_id = meter_id >> 248, meter_id >> 88 & ((1 << 160) - 1), meter_id & ((1 << 88) - 1)
        if kind != MeterKind.LEASE or address != int(str(self._leases.address), 16):
            return False
        try:
            lease = call(self._leases.functions.leaseOf(lease_id))
        except Reverted:
            return False
        return bool(lease["terms"]["start"] >= self.clock().period_end(base_epoch))

    def owner(self, key: str) -> str | None:
        """The cold address of the node whose key `key` is or was; None when nobody's."""
        if key not in self._owners:
            cold: str = call(self._node_set.functions.nodeOf(key))[0]
            if int(cold, 16) == 0:
                return None
            self._owners[key] = cold
        return self._owners[key]

    def simulate(self, evidence: Evidence) -> None:
        """Tries evidence without sending it. Raises Reverted when the contract would refuse it."""
        with named_errors():
            self._function(evidence).call({"from": Web3.to_checksum_address("0x" + "11" * 20)})

    def prove(self, evidence: Evidence, sender: Sender) -> Mined:
        """Sends evidence. Raises Reverted when the contract refuses it."""
        function = self._function(evidence)
        content = keccak(call_of(function)[1]).hex()
        return sender.send(f"evidence:{evidence.kind.value}:{evidence.epoch}:{content[:16]}", function)

    def _function(self, evidence: Evidence) -> ContractFunction:
        function: ContractFunction = self._evidence.functions[evidence.kind](*evidence.arguments)
        return function

    def _reported(self, head: Block, dispute: int) -> Iterable[Event]:
        """Every Reported event since a dispute window before the first look."""
        if self._log is None:
            try:
                first = self._view.last_block_at(head.timestamp - dispute).number
            except (BeforeDeployment, ChainNotPast):
                first = self._first_block
            source = {str(self._oracle.address): EventCodec("IMeterOracle", ["Reported"])}
            self._log = EventLog(self._w3, first, source)
        return self._log.up_to(head)

    def _stands(self, event: Event) -> bool:
        try:
            standing = call(self._oracle.functions.standing(event.arguments["epoch"]))
        except Reverted as error:
            if error.name != "MeterOracle_UnknownReport":
                raise
            return False
        return bool(standing["root"] == event.arguments["root"])

    def _submitted(self, event: Event) -> tuple[Mapping[str, Any], bytes]:
        """The report and signatures that `submit` was called with, also when another contract called it."""
        for data in self._calls(event):
            try:
                with named_errors():
                    function, given = self._oracle.decode_function_input(HexBytes(data))
            except RpcRefused:
                continue
            if function.fn_name == "submit" and given["report"]["epoch"] == event.arguments["epoch"]:
                return given["report"], bytes(given["signatures"])
        raise RpcRefused(
            f"the call that posted the report of epoch {event.arguments['epoch']} cannot be read: it came through "
            "another contract, so give an rpc_url that answers debug_traceTransaction"
        )

    def _calls(self, event: Event) -> Iterable[str]:
        with named_errors():
            logs = self._w3.eth.get_logs(
                {
                    "address": self._oracle.address,
                    "fromBlock": BlockNumber(event.block),
                    "toBlock": BlockNumber(event.block),
                }
            )
            tx_hash = next(bytes(log["transactionHash"]) for log in logs if log["logIndex"] == event.log_index)
            transaction = self._w3.eth.get_transaction(HexBytes(tx_hash))
        if transaction.get("to") == self._oracle.address:
            yield Web3.to_hex(transaction["input"])
            return
        asked = [Web3.to_hex(tx_hash), {"tracer": "callTracer"}]
        with named_errors():
            answer = self._w3.provider.make_request(RPCEndpoint("debug_traceTransaction"), asked)
        frames = [answer["result"]] if isinstance(answer.get("result"), dict) else []
        while frames:
            frame = frames.pop()
            frames += frame.get("calls", [])
            if str(frame.get("to", "")).lower() == str(self._oracle.address).lower():
                yield str(frame.get("input", ""))
