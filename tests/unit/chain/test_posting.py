"""Posting as the node's loop sees it, over the real outbox and chain: nobody waits, and nothing is forgotten."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from oracle.chain.deployment import load_deployment
from oracle.chain.errors import Reverted
from oracle.chain.submitter import ReportSubmitter, Submitter
from oracle.chain.web3_view import Web3View
from oracle.domain.reading import Reading
from oracle.domain.report import Report
from oracle.node.posting import WATCH_S, Posting
from oracle.store.reports import EpochState, ReportStore
from tests.support.chain import Chain, Stack, mine, rpc, travel_to
from tests.support.market import fleet_meter, list_fleet, make_report
from tests.support.sending import funded_key, sending, unmined


class Poster:
    """A Posting on an outbox of its own; `logged` has its events."""

    def __init__(self, stack: Stack, chain: Chain, folder: Path, opened: ExitStack) -> None:
        self.logged: list[tuple[str, dict[str, Any]]] = []
        box = opened.enter_context(sending(folder, chain.url, funded_key(chain.w3, str(folder))))
        submitter = Submitter(box.outbox, box.w3, timeout_s=None, poll_s=0.02)
        closes: Callable[[int], int] = lambda epoch: stack.period_end(epoch + 1) + stack.delay  # noqa: E731
        self.reports = ReportStore(box.database)
        self.posting = Posting(
            ReportSubmitter(submitter, box.w3, stack.oracle.address, closes),
            self.reports,
            lambda event, **fields: self.logged.append((event, fields)),
        )
        opened.callback(self.posting.close)

    def state(self, epoch: int = 1) -> EpochState | None:
        row = self.reports.epoch(epoch)
        return None if row is None else row.state


@pytest.fixture
def poster(stack: Stack, chain: Chain, tmp_path: Path) -> Iterator[Callable[[], Poster]]:
    with ExitStack() as opened:
        yield lambda: Poster(stack, chain, tmp_path, opened)


def _until(done: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _report(stack: Stack) -> tuple[Report, bytes]:
    fleet = list_fleet(stack, stack.w3.eth.accounts[1])
    report = make_report(stack, 1, {fleet_meter(stack, fleet): Reading(measured=1)})
    travel_to(stack.w3, stack.period_end(1) + stack.delay)
    return report


def test_an_epoch_is_submitted_once_its_report_is_out_and_ends_once_it_is_mined(
    stack: Stack, chain: Chain, poster: Callable[[], Poster]
) -> None:
    made, report = poster(), _report(stack)
    with unmined(chain.w3) as mine_one:
        started = time.monotonic()
        made.posting.begin(*report)
        assert time.monotonic() - started < 1
        assert made.posting.epoch == 1
        _until(lambda: getattr(made.reports.epoch(1), "tx_hash", None) is not None)
        assert made.state() is EpochState.SUBMITTED
        assert not made.posting.ended()
        row = made.reports.epoch(1)
        assert row is not None
        assert row.tx_hash is not None
        assert stack.w3.eth.get_transaction(row.tx_hash)["nonce"] == 0  # type: ignore[arg-type]
        mine_one()
        _until(made.posting.ended)
    assert made.posting.epoch is None
    assert made.posting.failure is None
    assert ("posted", {"epoch": 1, "transaction": row.tx_hash}) in made.logged
    assert made.state() is EpochState.SUBMITTED


def test_a_report_that_was_undone_after_its_posting_ended_comes_back_without_the_loop(
    stack: Stack, chain: Chain, poster: Callable[[], Poster], tmp_path: Path
) -> None:
    made, report = poster(), _report(stack)
    view = Web3View(stack.w3, load_deployment(stack.write_deployment(tmp_path)))
    with unmined(chain.w3):
        made.posting.begin(*report)
        _until(lambda: made.state() is EpochState.SUBMITTED)
        mine(chain.w3, 2)
        _until(made.posting.ended)
        assert (view.confirmed_epoch(2), view.confirmed_epoch(3)) == (1, 0)
        rpc(chain.w3, "anvil_reorg", 2, [])
        assert (view.standing(), view.confirmed_epoch(1)) == (None, 0)
        _until(lambda: rpc(chain.w3, "txpool_status")["pending"] == "0x1")
        mine(chain.w3, 3)
    standing = view.standing()
    assert standing is not None
    assert standing.epoch == view.confirmed_epoch(3) == 1


def test_a_refusal_ends_the_posting_with_its_reason(stack: Stack, chain: Chain, poster: Callable[[], Poster]) -> None:
    made, (report, signatures) = poster(), _report(stack)
    made.posting.begin(report, signatures[:-1] + b"\0")
    _until(made.posting.ended)
    assert made.posting.failure is not None
    assert made.posting.failure[0] == 1
    assert isinstance(made.posting.failure[1], Reverted)
    assert made.state() is None
    assert [event for event, _ in made.logged] == ["posting failed"]


def test_one_that_has_nothing_to_do_is_closed_at_once(poster: Callable[[], Poster]) -> None:
    made = poster()
    _until(made.posting._thread.is_alive)
    started = time.monotonic()
    made.posting.close()
    assert time.monotonic() - started < WATCH_S / 2
    assert not made.posting._thread.is_alive()


def test_closing_does_not_wait_for_a_block_and_the_next_start_goes_on(
    stack: Stack, chain: Chain, tmp_path: Path
) -> None:
    report = _report(stack)
    with unmined(chain.w3) as mine_one:
        with ExitStack() as opened:
            made = Poster(stack, chain, tmp_path, opened)
            made.posting.begin(*report)
            _until(lambda: made.state() is EpochState.SUBMITTED)
            started = time.monotonic()
        assert time.monotonic() - started < 3
        with ExitStack() as opened:
            again = Poster(stack, chain, tmp_path, opened)
            again.posting.begin(*report)
            mine_one()
            _until(again.posting.ended)
            assert again.posting.failure is None
    assert stack.oracle.functions.headEpoch().call() == 1
