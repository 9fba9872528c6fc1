"""Sends calls through the outbox and waits until they are mined; the outbox looks after them from then on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

from web3 import Web3
from web3.contract.contract import ContractFunction

from oracle.chain.errors import ChainError, NoLongerWanted, NotMined, Stopped
from oracle.chain.intent import Intent, OutboxHealth
from oracle.chain.outbox import Outbox
from oracle.chain.rpc import contract, named_errors
from oracle.domain.errors import WellheadError
from oracle.domain.report import Report
from oracle.store.outbox import NEVER, StoredTx, TxState

SUBMIT_FIXED_BYTES = 4 + 6 * 32
"""Of a `submit` call: the selector and the report. Which quorum's signatures follow does not make it another report."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction that was mined and did not revert: its 0x-hex hash, block number and gas used."""

    tx_hash: str
    block: int
    gas_used: int


def call_of(function: ContractFunction) -> tuple[str, bytes]:
    """Address and calldata of a contract call."""
    complete: Any = {"chainId": 0, "nonce": 0, "gas": 0, "value": 0, "maxFeePerGas": 0, "maxPriorityFeePerGas": 0}
    with named_errors():
        built = function.build_transaction(complete)
    return str(built["to"]), bytes.fromhex(str(built["data"])[2:])


class Submitter:
    """Sends one call after another. Waits up to `timeout_s` (None: as long as it takes) for one to be mined, looking
    every `poll_s`; `stop` ends the wait."""

    def __init__(
        self,
        outbox: Outbox,
        w3: Web3,
        timeout_s: float | None = 120,
        poll_s: float = 1.0,
        stop: Event | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._w3 = w3
        self._timeout_s = timeout_s
        self._poll_s = poll_s
        self._stop = stop or Event()
        self._timer = timer

    @property
    def address(self) -> str:
        """The gas key's checksummed address."""
        return self._outbox.address

    def snapshot(self) -> OutboxHealth:
        """How the outbox does."""
        return self._outbox.snapshot()

    def send(self, purpose: str, function: ContractFunction, valid_until: int = NEVER) -> Mined:
        """Makes a call once, and waits until it is mined. What serves the purpose already is waited for instead.

        Raises Reverted when the contract refuses (mostly before anything is sent), GasKeyEmpty, NoLongerWanted,
        NotMined, Stopped, or what the RPCs, the signer or the store fail with before anything is sent.
        """
        to, data = call_of(function)
        return self.submit(Intent(purpose, to, data, valid_until))

    def submit(self, intent: Intent, sent: Callable[[str], None] | None = None) -> Mined:
        """As `send`; `sent` hears the 0x-hex hash of each version once it was broadcast."""
        deadline = None if self._timeout_s is None else self._timer() + self._timeout_s
        told: set[bytes] = set()
        self._outbox.begin(intent)
        while True:
            self.watch()
            stored = self._outbox.standing(intent.purpose)
            if stored is None or stored.state is TxState.LOST:
                self._outbox.begin(intent)
                continue
            if sent is not None and stored.tx_hash not in told and self._outbox.was_broadcast(stored):
                told.add(stored.tx_hash)
                sent("0x" + stored.tx_hash.hex())
            if (mined := self._ended(stored)) is not None:
                return mined
            if deadline is not None and self._timer() >= deadline:
                raise NotMined(
                    f"transaction 0x{stored.tx_hash.hex()} was not mined in {self._timeout_s:g} s: the network may be "
                    "busy; it is looked after, and not sent twice"
                )
            if self._stop.wait(self._poll_s):
                raise Stopped(f"{intent.purpose} is on its way, and goes on with the next start")

    def watch(self) -> None:
        """Looks after what is on its way. What fails is in the outbox's log and snapshot, and tried again."""
        try:
            self._outbox.step()
        except WellheadError:
            return

    def close(self) -> None:
        """Ends a wait under way."""
        self._stop.set()

    def _ended(self, stored: StoredTx) -> Mined | None:
        if stored.state is TxState.FAILED:
            raise self._outbox.why_failed(stored)
        if stored.state is TxState.ABANDONED:
            raise NoLongerWanted(f"{stored.purpose} was not mined in time: its time is over")
        if stored.state is TxState.PENDING or stored.block_number is None:
            return None
        try:
            with named_errors():
                receipt = self._w3.eth.get_transaction_receipt(stored.tx_hash)  # type: ignore[arg-type]
        except ChainError:
            return None  # the next look tells
        return Mined("0x" + stored.tx_hash.hex(), stored.block_number, receipt["gasUsed"])


class ReportSubmitter:
    """Posts reports to one MeterOracle. `closes` says until when (the chain's time) a report of an epoch is taken."""

    def __init__(self, submitter: Submitter, w3: Web3, oracle: str, closes: Callable[[int], int]) -> None:
        self._submitter = submitter
        self._oracle = contract(w3, "IMeterOracle", oracle)
        self._closes = closes

    def submit(self, report: Report, signatures: bytes, sent: Callable[[str], None]) -> str:
        """Posts a report with its quorum's packed signatures (q x 65 bytes); returns the 0x-hex hash of the transaction
        once it is mined. `sent` hears it before, of each version. Raises as `Submitter.send`."""
        to, data = call_of(self._oracle.functions.submit(report.argument(), signatures))
        valid_until = self._closes(report.epoch)
        intent = Intent(f"report:{report.epoch}", to, data, valid_until, SUBMIT_FIXED_BYTES)
        return self._submitter.submit(intent, sent).tx_hash

    def watch(self) -> None:
        """Looks after what is on its way."""
        self._submitter.watch()

    def snapshot(self) -> OutboxHealth:
        """How the outbox does."""
        return self._submitter.snapshot()

    def close(self) -> None:
        """Ends a wait under way."""
        self._submitter.close()
