"""Transactions are tried before they cost gas, sent once, and every way they fail has a name."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from oracle.chain.errors import GasKeyEmpty, NonceTaken, NotMined, Reverted
from oracle.chain.rpc import contract
from oracle.chain.submitter import ReportSubmitter, Submitter
from oracle.domain.reading import Reading
from tests.support.chain import Stack, rpc, travel_to
from tests.support.market import fleet_meter, list_fleet, make_report
from tests.support.rpc import refusal, scripted

CHAIN_ID = 31337


def _key(stack: Stack, name: str = "gas", ether: int = 1) -> LocalAccount:
    account: LocalAccount = Account.from_key(Web3.keccak(text=name))
    rpc(stack.w3, "anvil_setBalance", account.address, hex(ether * 10**18))
    return account


def _report(stack: Stack) -> tuple[Any, bytes]:
    fleet = list_fleet(stack, stack.w3.eth.accounts[1])
    report = make_report(stack, 1, {fleet_meter(stack, fleet): Reading(measured=1)})
    travel_to(stack.w3, stack.period_end(1) + stack.delay)
    return report


def test_a_report_is_posted(stack: Stack) -> None:
    report, signatures = _report(stack)
    submitter = Submitter(stack.w3, CHAIN_ID, _key(stack), poll_s=0.01)
    tx_hash = ReportSubmitter(submitter, stack.w3, stack.oracle.address).submit(report, signatures)
    receipt = stack.w3.eth.get_transaction_receipt(tx_hash)
    assert receipt["status"] == 1
    assert receipt["from"] == submitter.address
    assert receipt["type"] == 2
    assert stack.oracle.functions.headEpoch().call() == 1


def test_a_refusal_is_named_before_gas_is_spent(stack: Stack) -> None:
    report, signatures = _report(stack)
    key = _key(stack)
    poster = ReportSubmitter(Submitter(stack.w3, CHAIN_ID, key, poll_s=0.01), stack.w3, stack.oracle.address)
    poster.submit(report, signatures)
    nonce, balance = stack.w3.eth.get_transaction_count(key.address), stack.w3.eth.get_balance(key.address)
    with pytest.raises(Reverted, match=r"^MeterOracle_EpochNotNewer\(head=1, epoch=1\)$") as caught:
        poster.submit(report, signatures)
    assert caught.value.name == "MeterOracle_EpochNotNewer"
    assert (stack.w3.eth.get_transaction_count(key.address), stack.w3.eth.get_balance(key.address)) == (nonce, balance)


def test_a_transaction_that_loses_a_race_is_named_too(stack: Stack) -> None:
    report, signatures = _report(stack)
    first, second = _key(stack, "first"), _key(stack, "second")
    rpc(stack.w3, "evm_setAutomine", False)
    oracle = contract(stack.w3, "IMeterOracle", stack.oracle.address)

    def mine_when_waiting(_: float) -> None:
        rpc(stack.w3, "evm_mine")

    try:
        early = Submitter(stack.w3, CHAIN_ID, first, timeout_s=0, poll_s=0)
        with pytest.raises(NotMined, match=r"0x[0-9a-f]{64} was not mined in 0 s"):
            ReportSubmitter(early, stack.w3, oracle.address).submit(report, signatures)
        late = Submitter(stack.w3, CHAIN_ID, second, poll_s=0, sleep=mine_when_waiting)
        with pytest.raises(Reverted, match=r"transaction 0x\w+ failed: MeterOracle_EpochNotNewer"):
            ReportSubmitter(late, stack.w3, oracle.address).submit(report, signatures)
    finally:
        rpc(stack.w3, "evm_setAutomine", True)
    assert stack.oracle.functions.headEpoch().call() == 1


def test_an_empty_gas_key_says_whom_to_fund(stack: Stack) -> None:
    report, signatures = _report(stack)
    key = _key(stack, "pauper", ether=0)
    poster = ReportSubmitter(Submitter(stack.w3, CHAIN_ID, key), stack.w3, stack.oracle.address)
    with pytest.raises(GasKeyEmpty, match=f"{key.address} cannot pay.*fund it"):
        poster.submit(report, signatures)


def test_a_nonce_someone_else_took_is_named(stack: Stack) -> None:
    report, signatures = _report(stack)
    key = _key(stack)
    w3, _ = scripted(stack.w3, eth_sendRawTransaction=lambda _params, _ask: refusal("nonce too low: next nonce 5"))
    poster = ReportSubmitter(Submitter(w3, CHAIN_ID, key), w3, stack.oracle.address)
    with pytest.raises(NonceTaken, match="only one process"):
        poster.submit(report, signatures)


def test_a_transaction_the_rpc_already_has_is_waited_for(stack: Stack) -> None:
    report, signatures = _report(stack)

    def lost_answer(_params: Any, ask: Any) -> Any:
        ask()
        return refusal("already known")

    w3, _ = scripted(stack.w3, eth_sendRawTransaction=lost_answer)
    submitter = Submitter(w3, CHAIN_ID, _key(stack), poll_s=0.01)
    ReportSubmitter(submitter, w3, stack.oracle.address).submit(report, signatures)
    assert stack.oracle.functions.headEpoch().call() == 1
