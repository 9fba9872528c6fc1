"""A call is made once and waited for, whatever happens to the process that makes it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer

import pytest
from web3 import Web3

from oracle.chain.errors import GasKeyEmpty, NotMined, Reverted, Stopped
from oracle.chain.intent import Intent, OutboxTerms
from oracle.chain.submitter import ReportSubmitter, Submitter
from oracle.domain.reading import Reading
from oracle.domain.report import Report
from tests.support import faulty_rpc as faults
from tests.support.chain import ROOT, Chain, Stack, mine, rpc, travel_to
from tests.support.faulty_rpc import Wire, faulty_rpc
from tests.support.market import fleet_meter, list_fleet, make_report
from tests.support.sending import GWEI, Sending, funded_key, sending, unmined

SINK = "0x00000000000000000000000000000000000051Ce"


@pytest.fixture
def box(chain: Chain, tmp_path: Path) -> Iterator[Sending]:
    with sending(tmp_path, chain.url, funded_key(chain.w3, str(tmp_path))) as made:
        yield made


def _submitter(box: Sending, **more: float) -> Submitter:
    return Submitter(box.outbox, box.w3, **{"poll_s": 0.01, **more})  # type: ignore[arg-type]


def _poster(box: Sending, stack: Stack) -> ReportSubmitter:
    closes = lambda epoch: stack.period_end(epoch + 1) + stack.delay  # noqa: E731
    return ReportSubmitter(_submitter(box, timeout_s=20), box.w3, stack.oracle.address, closes)


def _report(stack: Stack) -> tuple[Report, bytes]:
    fleet = list_fleet(stack, stack.w3.eth.accounts[1])
    report = make_report(stack, 1, {fleet_meter(stack, fleet): Reading(measured=1)})
    travel_to(stack.w3, stack.period_end(1) + stack.delay)
    return report


def test_a_report_is_posted_and_its_transaction_told_as_soon_as_it_is_out(stack: Stack, box: Sending) -> None:
    report, signatures = _report(stack)
    sent: list[str] = []
    tx_hash = _poster(box, stack).submit(report, signatures, sent.append)
    assert sent == [tx_hash]
    receipt = stack.w3.eth.get_transaction_receipt(tx_hash)  # type: ignore[arg-type]
    assert (receipt["status"], receipt["from"], receipt["type"]) == (1, box.outbox.address, 2)
    assert stack.oracle.functions.headEpoch().call() == 1


def test_a_refusal_is_named_before_gas_is_spent(stack: Stack, box: Sending) -> None:
    report, signatures = _report(stack)
    poster = _poster(box, stack)
    poster.submit(report, signatures, lambda _: None)
    mine(stack.w3, 3)
    poster.watch()
    before = _spent(stack, box)
    with pytest.raises(Reverted, match=r"^MeterOracle_EpochNotNewer\(head=1, epoch=1\)$") as caught:
        poster.submit(report, signatures, lambda _: None)
    assert caught.value.name == "MeterOracle_EpochNotNewer"
    assert _spent(stack, box) == before


def _spent(stack: Stack, box: Sending) -> tuple[int, int]:
    address = Web3.to_checksum_address(box.outbox.address)
    return stack.w3.eth.get_transaction_count(address), stack.w3.eth.get_balance(address)


def test_a_transaction_that_loses_a_race_is_named_too(
    stack: Stack, chain: Chain, tmp_path_factory: pytest.TempPathFactory
) -> None:
    report, signatures = _report(stack)
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    keys = [funded_key(chain.w3, str(folder)) for folder in folders]
    with (
        unmined(chain.w3) as mine_one,
        sending(folders[0], chain.url, keys[0]) as first,
        sending(folders[1], chain.url, keys[1]) as second,
    ):
        early = Submitter(first.outbox, first.w3, timeout_s=0, poll_s=0)
        impatient = ReportSubmitter(early, first.w3, stack.oracle.address, lambda _: 1 << 60)
        with pytest.raises(NotMined, match=r"0x[0-9a-f]{64} was not mined in 0 s.*not sent twice"):
            impatient.submit(report, signatures, lambda _: None)
        Timer(0.5, mine_one).start()
        with pytest.raises(Reverted, match=r"transaction 0x\w+ failed: MeterOracle_EpochNotNewer"):
            _poster(second, stack).submit(report, signatures, lambda _: None)
        # Who waited too short a time finds it done, and sends nothing again.
        assert _poster(first, stack).submit(report, signatures, lambda _: None)
        assert len(first.of("report:1")) == 1


@pytest.mark.parametrize("confirmations", [3, OutboxTerms().confirmations])
def test_a_report_that_was_final_until_a_reorganisation_as_deep_is_posted_anew(
    stack: Stack, chain: Chain, tmp_path: Path, confirmations: int
) -> None:
    report, signatures = _report(stack)
    with sending(tmp_path, chain.url, funded_key(chain.w3, str(tmp_path)), confirmations) as box:
        poster = _poster(box, stack)
        first = poster.submit(report, signatures, lambda _: None)
        mine(chain.w3, confirmations - 1)
        poster.watch()
        assert box.state("report:1") == "CONFIRMED"
        rpc(chain.w3, "anvil_reorg", confirmations, [])
        assert stack.oracle.functions.headEpoch().call() == 0
        rpc(chain.w3, "anvil_setNextBlockBaseFeePerGas", hex(3 * GWEI))
        mine(chain.w3)
        second = poster.submit(report, signatures, lambda _: None)
        assert second != first
        assert stack.oracle.functions.headEpoch().call() == 1
        mine(chain.w3, confirmations - 1)
        poster.watch()
        assert [str(version.state) for version in box.of("report:1")] == ["LOST", "CONFIRMED"]
    assert chain.w3.eth.get_transaction_count(Web3.to_checksum_address(box.outbox.address)) == 1


def test_one_that_failed_in_a_block_that_was_undone_is_made_anew(chain: Chain, box: Sending) -> None:
    with unmined(chain.w3) as mine_one:
        box.outbox.begin(Intent("call", SINK, b"1"))
        rpc(chain.w3, "anvil_setCode", SINK, "0x60006000fd")  # reverts
        box.step()
        mine_one()
        box.step()
        assert box.state("call") == "FAILED"
        rpc(chain.w3, "anvil_reorg", 1, [])
        rpc(chain.w3, "anvil_setCode", SINK, "0x")
        rpc(chain.w3, "anvil_setNextBlockBaseFeePerGas", hex(3 * GWEI))
        mine_one()
    assert _submitter(box, timeout_s=20).submit(Intent("call", SINK, b"1"))
    assert box.state("call") == "MINED"


def test_an_empty_gas_key_says_whom_to_fund(chain: Chain, tmp_path: Path) -> None:
    key = funded_key(chain.w3, str(tmp_path), ether=0)
    with sending(tmp_path, chain.url, key) as box, pytest.raises(GasKeyEmpty, match=f"{key.address} cannot pay.*fund"):
        _submitter(box).submit(Intent("call", SINK, b""))


def test_a_wait_ends_when_the_process_does_and_nothing_is_lost(chain: Chain, box: Sending) -> None:
    stop = Event()
    with unmined(chain.w3) as mine_one:
        Timer(0.3, stop.set).start()
        with pytest.raises(Stopped, match="goes on with the next start"):
            Submitter(box.outbox, box.w3, poll_s=0.01, stop=stop).submit(Intent("call", SINK, b""))
        mine_one()
    assert _submitter(box).submit(Intent("call", SINK, b"")).tx_hash


def test_an_answer_lost_on_the_way_sends_nothing_twice(chain: Chain, tmp_path: Path) -> None:
    with faulty_rpc(chain.url) as proxy, sending(tmp_path, proxy.url, funded_key(chain.w3, str(tmp_path))) as box:
        proxy.break_wire(faults.cut_off(), "eth_sendRawTransaction", times=2)
        mined = _submitter(box).submit(Intent("call", SINK, b""))
    assert chain.w3.eth.get_transaction(mined.tx_hash)["nonce"] == 0  # type: ignore[arg-type]
    assert chain.w3.eth.get_transaction_count(box.outbox.address) == 1  # type: ignore[arg-type]


CHILD = """
import sys
from pathlib import Path
from oracle.chain.intent import Intent
from oracle.chain.submitter import Submitter
from oracle.keys import KeySigner
from tests.support.sending import sending
folder, url, address, key, sink = sys.argv[1:]
with sending(Path(folder), url, KeySigner(address, bytes.fromhex(key))) as box:
    Submitter(box.outbox, box.w3, poll_s=0.05).submit(Intent("call", sink, b"1"))
"""

KILLS: dict[str, tuple[Wire, str]] = {
    "between storing and broadcasting": (faults.silence(), "eth_sendRawTransaction"),
    "between broadcasting and hearing of it": (faults.lost_answer(), "eth_sendRawTransaction"),
    "between broadcasting and the receipt": (faults.silence(), "eth_getTransactionReceipt"),
}


@pytest.mark.parametrize(("wire", "method"), KILLS.values(), ids=KILLS)
def test_kill_9_loses_nothing_and_sends_nothing_twice(chain: Chain, tmp_path: Path, wire: Wire, method: str) -> None:
    key = funded_key(chain.w3, str(tmp_path))
    with faulty_rpc(chain.url) as proxy:
        proxy.break_wire(wire, method)
        arguments = [sys.executable, "-c", CHILD, str(tmp_path), proxy.url, key.address, key._key.hex(), SINK]
        with subprocess.Popen(arguments, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) as child:
            assert proxy.seen.wait(30)
            time.sleep(0.1)
            child.send_signal(signal.SIGKILL)
        proxy.mend()
        with sending(tmp_path, proxy.url, key) as box:
            assert len(box.of("call")) == 1
            mined = _submitter(box).submit(Intent("call", SINK, b"1"))
            assert len(box.of("call")) == 1
            assert mined.tx_hash == "0x" + box.of("call")[0].tx_hash.hex()
    assert chain.w3.eth.get_transaction_count(key.address) == 1  # type: ignore[arg-type]
