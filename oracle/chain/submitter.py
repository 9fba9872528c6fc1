"""Sends transactions from one gas key: tried first, so that a refusal is named before gas is spent, then awaited."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import TransactionNotFound
from web3.types import TxReceipt, Wei

from oracle.chain.errors import ChainUnreachable, GasKeyEmpty, NonceTaken, NotMined, Reverted, RpcRefused
from oracle.chain.rpc import contract, named_errors
from oracle.domain.report import Report

GAS_MARGIN = (5, 4)
"""What is allowed for gas, as a ratio of the estimate: transactions that come between may change the cost a little."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction that was mined and did not revert: its 0x-hex hash, block number and gas used."""

    tx_hash: str
    block: int
    gas_used: int


class Submitter:
    """The one sender of a gas key. Waits `timeout_s` for a transaction to be mined, looking every `poll_s`.

    Safe to share between threads: transactions go one after another.
    """

    def __init__(
        self,
        w3: Web3,
        chain_id: int,
        account: LocalAccount,
        timeout_s: float = 120,
        poll_s: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._w3 = w3
        self._chain_id = chain_id
        self._account = account
        self._timeout_s = timeout_s
        self._poll_s = poll_s
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()

    @property
    def address(self) -> str:
        """The gas key's checksummed address."""
        return str(self._account.address)

    def send(self, function: ContractFunction) -> Mined:
        """Tries `function`, then sends it and waits until it is mined.

        Raises Reverted when the contract refuses (mostly before anything is sent), GasKeyEmpty, NonceTaken, NotMined or
        what the RPC fails with. After NotMined or ChainUnreachable the transaction may still be mined.
        """
        with self._lock:
            with named_errors():
                function.call({"from": self._account.address})
            signed = self._account.sign_transaction(self._build(function))
            self._broadcast(signed.raw_transaction, signed.hash)
            receipt = self._wait(signed.hash)
        if receipt["status"] != 1:
            raise self._why(function, receipt)
        return Mined(Web3.to_hex(signed.hash), receipt["blockNumber"], receipt["gasUsed"])

    def _build(self, function: ContractFunction) -> dict[str, Any]:
        sender = self._account.address
        try:
            with named_errors():
                base_fee = self._w3.eth.get_block("latest")["baseFeePerGas"]
                tip = self._w3.eth.max_priority_fee
                gas = function.estimate_gas({"from": sender})
                transaction = function.build_transaction(
                    {
                        "from": sender,
                        "chainId": self._chain_id,
                        "nonce": self._w3.eth.get_transaction_count(sender, "pending"),
                        "gas": gas * GAS_MARGIN[0] // GAS_MARGIN[1],
                        "maxFeePerGas": Wei(2 * base_fee + tip),
                        "maxPriorityFeePerGas": tip,
                    }
                )
                return dict(transaction)
        except RpcRefused as error:
            raise self._refused(error) from None

    def _broadcast(self, raw: HexBytes, tx_hash: HexBytes) -> None:
        """Hands a transaction to the RPC. One the RPC already has, as after a lost answer, is fine."""
        try:
            with named_errors():
                self._w3.eth.send_raw_transaction(raw)
        except RpcRefused as error:
            if not self._is_known(tx_hash):
                raise self._refused(error) from None

    def _is_known(self, tx_hash: HexBytes) -> bool:
        with named_errors():
            try:
                self._w3.eth.get_transaction(tx_hash)
            except TransactionNotFound:
                return False
        return True

    def _refused(self, error: RpcRefused) -> RpcRefused | GasKeyEmpty | NonceTaken:
        words = str(error).lower()
        if "insufficient funds" in words:
            return GasKeyEmpty(f"the gas key {self.address} cannot pay for the transaction: fund it ({error})")
        if "nonce too low" in words or "underpriced" in words:
            return NonceTaken(
                f"another transaction of {self.address} was first: let only one process send with it ({error})"
            )
        return error

    def _wait(self, tx_hash: HexBytes) -> TxReceipt:
        """The receipt, once there is one. An RPC that fails meanwhile is asked again until the time is up."""
        deadline = self._clock() + self._timeout_s
        while True:
            try:
                with named_errors():
                    try:
                        return self._w3.eth.get_transaction_receipt(tx_hash)
                    except TransactionNotFound:
                        pass
            except ChainUnreachable:
                pass
            if self._clock() >= deadline:
                raise NotMined(
                    f"transaction {Web3.to_hex(tx_hash)} was not mined in {self._timeout_s:g} s: the network may be "
                    "busy; look it up before sending again"
                )
            self._sleep(self._poll_s)

    def _why(self, function: ContractFunction, receipt: TxReceipt) -> Reverted:
        """Why a mined transaction failed, as far as trying it again on its block tells."""
        tx_hash = Web3.to_hex(receipt["transactionHash"])
        try:
            with named_errors():
                function.call({"from": self._account.address}, block_identifier=receipt["blockNumber"])
        except Reverted as error:
            return Reverted(error.name, error.arguments, f"transaction {tx_hash} failed: {error}")
        return Reverted(
            "", {}, f"transaction {tx_hash} failed in block {receipt['blockNumber']}, for want of gas perhaps"
        )


class ReportSubmitter:
    """Posts reports to one MeterOracle."""

    def __init__(self, submitter: Submitter, w3: Web3, oracle: str) -> None:
        self._submitter = submitter
        self._oracle = contract(w3, "IMeterOracle", oracle)

    def submit(self, report: Report, signatures: bytes) -> str:
        """Posts a report with its quorum's packed signatures (q x 65 bytes); returns the 0x-hex hash of the transaction
        once it is mined. Raises as `Submitter.send`."""
        fields = (
            report.config_digest,
            report.epoch,
            report.base_epoch,
            report.root,
            report.set_hash,
            report.leaf_count,
        )
        return self._submitter.send(self._oracle.functions.submit(fields, signatures)).tx_hash
