"""Transactions on a real chain that reorganises, forgets, grows dear: each is made once, and followed to its end."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from web3 import Web3

from oracle.chain.errors import ChainError, GasKeyEmpty, NoLongerWanted, PurposeTaken, Reverted
from oracle.chain.intent import Intent
from oracle.chain.transaction import read_transaction
from oracle.domain.reading import Reading
from tests.support import faulty_rpc as faults
from tests.support.chain import HOUR, Chain, Stack, mine, now, rpc, travel_to
from tests.support.faulty_rpc import faulty_rpc
from tests.support.market import fleet_meter, list_fleet, make_report
from tests.support.sending import GWEI, Sending, funded_key, report_intent, sending, unmined

SINK = "0x00000000000000000000000000000000000051Ce"


@pytest.fixture
def box(chain: Chain, tmp_path: Path) -> Iterator[Sending]:
    """An outbox of a fresh key; a transaction counts with 3 blocks."""
    with sending(tmp_path, chain.url, funded_key(chain.w3, str(tmp_path))) as made:
        yield made


def _intent(purpose: str = "call", data: bytes = b"\1", until: int = 1 << 60) -> Intent:
    return Intent(purpose, SINK, data, until)


def _epoch_report(stack: Stack, epoch: int = 1) -> Intent:
    fleet = list_fleet(stack, stack.w3.eth.accounts[1])
    report, signatures = make_report(stack, epoch, {fleet_meter(stack, fleet): Reading(measured=1)})
    travel_to(stack.w3, stack.period_end(epoch) + stack.delay)
    return report_intent(stack, report, signatures)


def test_a_transaction_is_stored_broadcast_mined_and_confirmed(box: Sending, chain: Chain) -> None:
    with unmined(chain.w3) as mine_one:
        box.outbox.begin(_intent())
        assert (box.state("call"), box.events()) == ("PENDING", [])
        assert rpc(chain.w3, "txpool_status")["pending"] == "0x0"
        box.step()
        assert rpc(chain.w3, "txpool_status")["pending"] == "0x1"
        mine_one()
        box.step()
        assert box.state("call") == "MINED"
        mine_one()
        box.step()
        assert box.state("call") == "MINED"
        mine_one()
        box.step()
    assert box.state("call") == "CONFIRMED"
    (stored,) = box.of("call")
    receipt = chain.w3.eth.get_transaction_receipt(Web3.to_hex(stored.tx_hash))
    assert (receipt["type"], receipt["from"], receipt["status"]) == (2, box.outbox.address, 1)
    assert (stored.block_number, stored.block_hash) == (receipt["blockNumber"], bytes(receipt["blockHash"]))
    assert box.events() == ["broadcast", "mined", "confirmed"]


def test_an_idle_outbox_asks_nothing_but_its_balance_now_and_then(chain: Chain, tmp_path: Path) -> None:
    with faulty_rpc(chain.url) as proxy, sending(tmp_path, proxy.url, funded_key(chain.w3)) as box:
        box.step(20, seconds=1)
        assert proxy.asked.total() == proxy.asked["eth_getBalance"] == 1


def test_a_purpose_is_served_once_and_by_one_call_only(box: Sending, chain: Chain) -> None:
    with unmined(chain.w3):
        box.outbox.begin(_intent())
        box.step()
        box.outbox.begin(_intent())
        with pytest.raises(PurposeTaken):
            box.outbox.begin(_intent(data=b"\2"))
        assert len(box.of("call")) == 1


def test_another_quorums_signatures_make_no_second_report(stack: Stack, chain: Chain, box: Sending) -> None:
    intent = _epoch_report(stack)
    with unmined(chain.w3):
        box.outbox.begin(intent)
        other = Intent(intent.purpose, intent.to, intent.data[:-32] + bytes(32), intent.valid_until, intent.fixed)
        box.outbox.begin(other)
        changed = intent.data[:40] + b"\xff" + intent.data[41:]
        with pytest.raises(PurposeTaken):
            box.outbox.begin(Intent(intent.purpose, intent.to, changed, intent.valid_until, intent.fixed))
        assert len(box.of(intent.purpose)) == 1


@pytest.mark.parametrize("depth", range(1, 13))
def test_a_report_that_a_reorganisation_undid_is_posted_again_by_itself(
    stack: Stack, chain: Chain, tmp_path: Path, depth: int
) -> None:
    intent = _epoch_report(stack)
    with sending(tmp_path, chain.url, funded_key(chain.w3, str(tmp_path)), confirmations=13) as box:
        with unmined(chain.w3) as mine_one:
            box.outbox.begin(intent)
            box.step()
            mine(chain.w3, depth)
            box.step()
            assert box.state(intent.purpose) == "MINED"
            assert stack.oracle.functions.headEpoch().call() == 1
            rpc(chain.w3, "anvil_reorg", depth, [])
            assert stack.oracle.functions.headEpoch().call() == 0
            box.step()
            assert box.state(intent.purpose) == "PENDING"
            mine_one()
            box.step()
            assert box.state(intent.purpose) == "MINED"
            assert stack.oracle.functions.headEpoch().call() == 1
            mine(chain.w3, 12)
            box.step()
        assert box.state(intent.purpose) == "CONFIRMED"
        assert [event for event in box.events() if event != "dropped"] == [
            "broadcast", "mined", "reorganised", "broadcast", "mined", "confirmed",
        ]  # fmt: skip
        assert len(box.of(intent.purpose)) == 1
    assert chain.w3.eth.get_transaction_count(Web3.to_checksum_address(box.outbox.address)) == 1


def test_a_reorganisation_that_gave_the_nonce_to_another_loses_it_and_it_is_made_anew(
    box: Sending, chain: Chain, tmp_path: Path
) -> None:
    signer = funded_key(chain.w3, str(tmp_path))
    with unmined(chain.w3) as mine_one:
        box.outbox.begin(_intent())
        box.step()
        mine_one()
        box.step()
        assert box.state("call") == "MINED"
        rpc(chain.w3, "anvil_reorg", 1, [])
        foreign = read_transaction(box.of("call")[0].raw)
        raw = type(foreign)(foreign.chain_id, 0, foreign.fees, 30_000, SINK, b"foreign").signed(signer)
        rpc(chain.w3, "eth_sendRawTransaction", Web3.to_hex(raw))
        mine_one()
        box.step(2)
        assert box.state("call") == "LOST"
        assert any("took nonce 0: let only one process" in str(fields.get("reason")) for _, fields in box.logged)
        box.outbox.begin(_intent())
        box.step()
        mine(chain.w3, 3)
        box.step()
    assert box.state("call") == "CONFIRMED"
    assert box.of("call")[-1].nonce == 1


def test_a_foreign_transaction_in_the_pool_is_outbid_or_stepped_behind(
    box: Sending, chain: Chain, tmp_path: Path
) -> None:
    signer = funded_key(chain.w3, str(tmp_path))
    with unmined(chain.w3) as mine_one:
        box.outbox.begin(_intent())
        stored = read_transaction(box.of("call")[0].raw)
        raw = type(stored)(stored.chain_id, 0, stored.fees, 30_000, SINK, b"foreign").signed(signer)
        rpc(chain.w3, "eth_sendRawTransaction", Web3.to_hex(raw))
        box.step()
        box.step(1, seconds=3)
        assert box.events()[:2] == ["replaced", "broadcast"]
        mine_one()
        box.step()
    assert box.state("call") == "MINED"
    assert box.of("call")[-1].max_fee_wei * 8 >= stored.fees.max_fee * 9


def test_when_the_base_fee_grows_tenfold_it_is_replaced_at_once_and_mined(box: Sending, chain: Chain) -> None:
    with unmined(chain.w3) as mine_one:
        box.outbox.begin(_intent())
        first = box.of("call")[0]
        base_fee = chain.w3.eth.get_block("latest")["baseFeePerGas"]
        rpc(chain.w3, "anvil_setNextBlockBaseFeePerGas", hex(10 * max(base_fee, GWEI)))
        box.step()
        mine_one()  # without ours
        box.step()
        assert box.state("call") == "PENDING"
        box.step(1, seconds=3)
        versions = box.of("call")
        assert len(versions) == 2
        assert {version.nonce for version in versions} == {first.nonce}
        assert versions[1].max_fee_wei * 8 >= first.max_fee_wei * 9
        assert versions[1].max_tip_wei * 8 >= first.max_tip_wei * 9
        mine_one()
        box.step()
        standing = box.outbox.standing("call")
        assert standing is not None
        assert (standing.tx_hash, str(standing.state)) == (versions[1].tx_hash, "MINED")
        mine(chain.w3, 2)
        box.step()
    assert sorted(str(version.state) for version in box.of("call")) == ["CONFIRMED", "LOST"]


def test_one_that_waits_is_replaced_with_time_up_to_the_cap_and_says_so(chain: Chain, tmp_path: Path) -> None:
    signer = funded_key(chain.w3, str(tmp_path))
    base_fee = chain.w3.eth.get_block("latest")["baseFeePerGas"]
    cap = 3 * base_fee // GWEI + 5
    with sending(tmp_path, chain.url, signer, max_fee_gwei=cap, replace_after_s=10) as box, unmined(chain.w3):
        box.outbox.begin(_intent())
        box.step()
        box.step(30, seconds=10)
        fees = [version.max_fee_wei for version in box.of("call")]
        assert len(fees) > 1
        assert all(later * 8 >= earlier * 9 for earlier, later in pairwise(fees))
        assert max(fees) <= cap * GWEI
        assert "may not pay more (max_fee_gwei)" in box.outbox.snapshot().trouble
        assert box.outbox.snapshot().oldest_pending_s > 10
        assert rpc(chain.w3, "anvil_dropTransaction", Web3.to_hex(box.of("call")[-1].tx_hash))
        assert rpc(chain.w3, "txpool_status")["pending"] == "0x0"
        box.step(1, seconds=10)
        assert rpc(chain.w3, "txpool_status")["pending"] == "0x1"  # at the cap, but not forgotten
        rpc(chain.w3, "anvil_dropAllTransactions")


@pytest.mark.parametrize(("base_fee", "most"), [(GWEI, 3 * GWEI), (40 * GWEI, 40 * GWEI)])
def test_a_tip_that_one_rpc_makes_up_is_not_paid(chain: Chain, tmp_path: Path, base_fee: int, most: int) -> None:
    signer = funded_key(chain.w3, str(tmp_path))
    rpc(chain.w3, "anvil_setNextBlockBaseFeePerGas", hex(base_fee))
    mine(chain.w3)
    with faulty_rpc(chain.url) as proxy, sending(tmp_path, proxy.url, signer, replace_after_s=10) as box:
        proxy.lie(lambda method, *_: {"result": hex(1000 * GWEI)} if method == "eth_maxPriorityFeePerGas" else None)
        with unmined(chain.w3):
            box.outbox.begin(_intent())
            box.step()
            box.step(1, seconds=10)
            first, second = box.of("call")
            assert (first.max_tip_wei, first.max_fee_wei) == (most, 2 * base_fee + most)
            assert (second.max_tip_wei * 8, second.max_fee_wei * 8) == (first.max_tip_wei * 9, first.max_fee_wei * 9)
            rpc(chain.w3, "anvil_dropAllTransactions")


def test_a_dropped_transaction_is_broadcast_again(box: Sending, chain: Chain) -> None:
    with unmined(chain.w3) as mine_one:
        box.outbox.begin(_intent())
        box.step()
        tx_hash = Web3.to_hex(box.of("call")[0].tx_hash)
        assert rpc(chain.w3, "anvil_dropTransaction", tx_hash)
        box.step()
        mine_one()
        box.step()
    assert box.state("call") == "MINED"
    assert box.events() == ["broadcast", "dropped", "broadcast", "mined"]


def test_an_rpc_that_swallows_transactions_is_got_round(chain: Chain, tmp_path: Path) -> None:
    signer = funded_key(chain.w3, str(tmp_path))
    with faulty_rpc(chain.url) as proxy, sending(tmp_path, proxy.url, signer) as box:
        proxy.lie(faults.swallowing())
        box.outbox.begin(_intent())
        box.step(2)
        proxy.mend()
        box.until("call", "MINED")


def test_a_gas_key_without_money_is_named_and_goes_on_when_funded(chain: Chain, tmp_path: Path) -> None:
    signer = funded_key(chain.w3, str(tmp_path), ether=0)
    with sending(tmp_path, chain.url, signer) as box:
        for _ in range(3):
            with pytest.raises(GasKeyEmpty, match=f"{signer.address} cannot pay.*fund it"):
                box.outbox.begin(_intent())
        box.step()
        assert "fund it" in box.outbox.snapshot().trouble
        assert [event for event, _ in box.logged].count("outbox trouble") <= 2
        assert box.of("call") == []
        funded_key(chain.w3, str(tmp_path))
        box.outbox.begin(_intent())
        assert box.outbox.snapshot().trouble == ""
        box.until("call", "MINED")


def test_money_that_goes_between_storing_and_broadcasting_is_waited_for(chain: Chain, tmp_path: Path) -> None:
    signer = funded_key(chain.w3, str(tmp_path))
    with sending(tmp_path, chain.url, signer) as box:
        box.outbox.begin(_intent())
        funded_key(chain.w3, str(tmp_path), ether=0)
        box.step(3, seconds=1)
        assert "fund it" in box.outbox.snapshot().trouble
        assert box.state("call") == "PENDING"
        funded_key(chain.w3, str(tmp_path))
        box.step(1, seconds=6)
        box.until("call", "MINED")
        assert box.outbox.snapshot().trouble == ""
        assert len(box.of("call")) == 1


def test_a_report_whose_window_has_passed_is_given_up_and_its_nonce_freed(
    stack: Stack, chain: Chain, box: Sending
) -> None:
    intent = _epoch_report(stack)
    with unmined(chain.w3) as mine_one:
        box.outbox.begin(intent)
        box.outbox.begin(_intent("later"))
        rpc(chain.w3, "anvil_setNextBlockBaseFeePerGas", hex(100 * GWEI))  # too dear for both
        box.step()
        rpc(chain.w3, "evm_setNextBlockTimestamp", intent.valid_until)
        mine_one()
        box.step()
        assert box.state(intent.purpose) == "ABANDONED"
        with pytest.raises(NoLongerWanted):
            box.outbox.begin(intent)
        for _ in range(6):
            box.step(1, seconds=4)
            mine_one()
        box.step()
        assert box.state("later") in ("MINED", "CONFIRMED")
        (cancel,) = [version for version in box.of("cancel:0") if str(version.state) in ("MINED", "CONFIRMED")]
        assert cancel.nonce == 0
        call = chain.w3.eth.get_transaction(Web3.to_hex(cancel.tx_hash))
        assert (call["to"], call["value"], call["nonce"]) == (box.outbox.address, 0, 0)
    assert stack.oracle.functions.headEpoch().call() == 0


def test_one_that_was_given_up_and_is_mined_after_all_is_seen(box: Sending, chain: Chain) -> None:
    with unmined(chain.w3) as mine_one:
        box.outbox.begin(_intent("old", until=now(chain.w3) + HOUR))
        box.step()
        rpc(chain.w3, "anvil_setNextBlockBaseFeePerGas", hex(200 * GWEI))
        rpc(chain.w3, "evm_setNextBlockTimestamp", now(chain.w3) + 2 * HOUR)
        mine_one()
        box.step()
        assert box.state("old") == "ABANDONED"
        rpc(chain.w3, "anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        mine_one()  # the old one, with nonce 0
        box.outbox.begin(_intent("new"))
        box.step()
        mine(chain.w3, 3)
        box.step(2)
    assert box.state("new") == "CONFIRMED"


def test_a_call_that_the_contract_refuses_is_named_and_nothing_stored(stack: Stack, chain: Chain, box: Sending) -> None:
    intent = _epoch_report(stack)
    box.outbox.begin(intent)
    box.until(intent.purpose, "MINED")
    mine(chain.w3, 3)
    box.step()
    assert box.state(intent.purpose) == "CONFIRMED"
    with pytest.raises(Reverted, match=r"^MeterOracle_EpochNotNewer\(head=1, epoch=1\)$"):
        box.outbox.begin(intent)
    assert len(box.of(intent.purpose)) == 1


def test_a_restart_goes_on_with_what_is_stored(chain: Chain, tmp_path: Path) -> None:
    signer = funded_key(chain.w3, str(tmp_path))
    with sending(tmp_path, chain.url, signer) as first:
        first.outbox.begin(_intent())
    with sending(tmp_path, chain.url, signer) as second:
        second.outbox.begin(_intent())
        second.until("call", "MINED")
        assert len(second.of("call")) == 1
    with sending(tmp_path, chain.url, signer) as third:
        mine(chain.w3, 3)
        third.step()
        assert third.state("call") == "CONFIRMED"


def test_rpcs_that_fail_in_between_lose_nothing(chain: Chain, tmp_path: Path) -> None:
    signer = funded_key(chain.w3, str(tmp_path))
    with faulty_rpc(chain.url) as proxy, sending(tmp_path, proxy.url, signer) as box:
        box.outbox.begin(_intent())
        proxy.break_wire(faults.http(500))
        with pytest.raises(ChainError):
            box.outbox.step()
        assert "HTTP 500" in box.outbox.snapshot().trouble
        proxy.mend()
        proxy.break_wire(faults.hang_up(), "eth_getTransactionReceipt", times=2)
        box.until("call", "MINED")
        box.step()
        assert box.outbox.snapshot().trouble == ""
        assert len(box.of("call")) == 1
