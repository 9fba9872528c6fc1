"""How a node works off what it is offered: nothing twice, and not everything at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock
from time import sleep
from typing import Any

import pytest

from oracle.exchange import desk
from oracle.exchange.desk import Desk
from oracle.exchange.peers import Peers
from oracle.exchange.refusals import ClockOff, NotYet, Refusal, WrongLeader
from oracle.keys import KeySigner
from oracle.store.database import open_database
from oracle.store.guard import SigningGuard
from oracle.store.reports import ReportStore
from tests.unit.exchange.rounds import DOMAIN, address, key, make_round, observe, offer, propose

THIS = make_round()
NAMED = [observe(THIS, node) for node in (0, 1, 2)]


@pytest.fixture
def forbidden() -> list[Refusal]:
    """Why nothing may be signed now; nothing stands in the way while it is empty."""
    return []


@pytest.fixture
def serving(tmp_path: Path, forbidden: list[Refusal]) -> Iterator[Desk]:
    def may_sign() -> None:
        for refusal in forbidden:
            raise refusal

    database = open_database(tmp_path / "node.db")
    store = ReportStore(database)
    for node in range(4):
        store.add_observation(observe(THIS, node), mine=node == 0)
    made = Desk(store, SigningGuard(database, DOMAIN, KeySigner(address(0), key(0)), started_at=0), may_sign)
    with ThreadPoolExecutor(4) as pool:
        made.open(THIS, Peers({}, pool), 0)
        yield made
    database.close()


def test_an_offer_made_again_while_it_is_being_rebuilt_waits_for_that_and_has_the_same_answer(
    serving: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, rebuilt = Event(), Event(), []
    gather = desk.gather

    def slow(*given: Any) -> Any:
        rebuilt.append(given)
        begun.set()
        assert go_on.wait(20)
        return gather(*given)

    monkeypatch.setattr(desk, "gather", slow)
    made = offer(THIS, propose(THIS, NAMED))
    with ThreadPoolExecutor(2) as leader:
        first = leader.submit(serving.answer, made)
        assert begun.wait(20)
        second = leader.submit(serving.answer, made)
        with pytest.raises(TimeoutError):
            second.result(0.3)
        go_on.set()
        assert first.result(20) == second.result(20)
    assert len(rebuilt) == 1


CHANGES: dict[str, tuple[Callable[[Desk, list[Refusal]], object], type[Refusal]]] = {
    "the turn passes": (lambda desk, _: desk.open(THIS, Peers({}, ThreadPoolExecutor(1)), 1), WrongLeader),
    "the round is opened anew": (
        lambda desk, _: desk.open(make_round(), Peers({}, ThreadPoolExecutor(1)), 0),
        WrongLeader,
    ),
    "the round ends": (lambda desk, _: desk.close(), NotYet),
    "the clock goes wrong": (lambda _, forbidden: forbidden.append(ClockOff("61 s off")), ClockOff),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_happens_while_an_offer_is_rebuilt_is_seen_before_it_is_signed(
    serving: Desk, forbidden: list[Refusal], monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    happen, refusal = CHANGES[change]
    gather = desk.gather

    def meanwhile(*given: Any) -> Any:
        found = gather(*given)
        happen(serving, forbidden)
        return found

    monkeypatch.setattr(desk, "gather", meanwhile)
    with pytest.raises(refusal):
        serving.answer(offer(THIS, propose(THIS, NAMED)))
    assert serving._guard.digest_of(THIS.epoch) is None


def test_who_asks_a_moment_early_is_answered_once_the_turn_begins(serving: Desk, tmp_path: Path) -> None:
    database = open_database(tmp_path / "early.db")
    store = ReportStore(database)
    for node in range(4):
        store.add_observation(observe(THIS, node), mine=node == 0)
    guard = SigningGuard(database, DOMAIN, KeySigner(address(0), key(0)), started_at=0)
    patient = Desk(store, guard, early_s=20)
    with ThreadPoolExecutor(4) as pool:
        peers = Peers({}, pool)
        seen = pool.submit(patient.own_observation, THIS.epoch, THIS.base_epoch)
        early = offer(THIS, propose(THIS, NAMED), leader=2, attempt=1)
        signing = pool.submit(patient.answer, early)
        sleep(0.2)
        assert not seen.done()
        patient.open(THIS, peers, 0)
        assert seen.result(10).node == 0
        sleep(0.2)
        assert not signing.done()
        patient.open(THIS, peers, 1)
        assert signing.result(10)[0] == 0
    database.close()
    with pytest.raises(NotYet):  # a node that waits for nobody
        serving.answer(early)


def test_while_the_clock_is_off_not_even_what_was_signed_is_signed_again(
    serving: Desk, forbidden: list[Refusal]
) -> None:
    made = offer(THIS, propose(THIS, NAMED))
    signed = serving.answer(made)
    forbidden.append(ClockOff("61 s off"))
    with pytest.raises(ClockOff):
        serving.answer(made)
    forbidden.clear()
    assert serving.answer(made) == signed


def test_work_on_many_things_is_done_for_all_of_them_in_order_and_no_more_than_so_many_at_a_time() -> None:
    lock, now, most = Lock(), 0, 0
    met = Event()

    def work(item: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            if now == 3:
                met.set()
        assert met.wait(20)
        sleep(0.01)
        with lock:
            now -= 1
        return item * item

    with ThreadPoolExecutor(16) as pool:
        assert Peers({}, pool).together(work, range(20), at_once=3) == [item * item for item in range(20)]
    assert most == 3


def test_the_first_error_of_work_on_many_things_is_raised() -> None:
    def work(item: int) -> int:
        if item == 1:
            raise ValueError(str(item))
        return item

    with ThreadPoolExecutor(2) as pool, pytest.raises(ValueError, match="1"):
        Peers({}, pool).together(work, range(4), at_once=2)
