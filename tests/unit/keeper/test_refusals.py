"""What a contract refuses is named, holds nothing else up, and is not tried again as it is."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from oracle.chain.errors import ChainUnreachable, Reverted
from oracle.chain.submitter import Mined
from oracle.chain.view import Block
from oracle.domain.merkle import meter_tree
from oracle.domain.meters import LeaseMeter
from oracle.domain.reading import Reading
from oracle.keeper.actions import Action
from oracle.keeper.chain import Final, Waterfall
from oracle.keeper.keeper import Keeper
from oracle.keeper.readings import Batch, ProvenReadings

LEAVES = tuple((1 << 248 | number, Reading(delivered=0)) for number in range(1, 9))
ROOT = meter_tree(LEAVES).root


def _lease(number: int, suspended: bool = False) -> LeaseMeter:
    return LeaseMeter(1 << 248 | number, number, 1, 4, 1000, 90_000, 0, 9900, (), ((5000, None),) if suspended else ())


@dataclass
class FakeChain:
    """Open leases 1 to 8 under one final report; `refuses` maps what is asked to the error that comes back."""

    number: int = 1
    epoch: int = 3
    leases: tuple[LeaseMeter, ...] = tuple(_lease(number) for number in range(1, 9))
    refuses: dict[Any, Exception] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    falls: tuple[Waterfall, ...] = ()

    def head(self) -> Block:
        return Block(self.number, self.number.to_bytes(32, "big"), 10_000 + self.number)

    def final(self, _head: Block) -> Final:
        return Final(self.epoch, 50_000, ROOT, 512)

    def open_leases(self, _head: Block) -> tuple[LeaseMeter, ...]:
        return self.leases

    def settled_since(self, _epoch: int, _head: Block) -> set[int]:
        return set()

    def waterfalls(self, _head: Block) -> list[Waterfall]:
        return list(self.falls)

    def can_distribute(self, _waterfall: Waterfall, _head: Block) -> bool:
        return True

    def settle(self, batch: Batch) -> Mined:
        return self._ask(tuple(sorted(batch.lease_ids)))

    def terminate(self, lease_id: int) -> Mined:
        return self._ask(f"terminate {lease_id}")

    def tend(self) -> None:
        pass

    def distribute(self, waterfall: Waterfall, period: int) -> Mined:
        return self._ask(f"distribute {waterfall.fleet_id}")

    def _ask(self, what: Any) -> Mined:
        self.asked.append(what)
        for refused, error in self.refuses.items():
            if what == refused or (isinstance(what, tuple) and isinstance(refused, int) and refused in what):
                raise error
        return Mined("0x01", self.number, 100_000)


class AllReadings:
    """Nodes that always have the readings."""

    def proven(self, epoch: int, root: bytes) -> ProvenReadings:
        return ProvenReadings(epoch, LEAVES, root)


def _refusal(name: str, **arguments: int) -> Reverted:
    return Reverted(name, arguments, f"{name}({arguments})")


@pytest.fixture
def chain() -> FakeChain:
    return FakeChain()


@pytest.fixture
def told() -> list[Action]:
    return []


@pytest.fixture
def keeper(chain: FakeChain, told: list[Action]) -> Keeper:
    return Keeper(chain, AllReadings(), told.append)  # type: ignore[arg-type]


def _said(told: list[Action]) -> list[tuple[str, str]]:
    said = [(action.name, str(action.outcome)) for action in told]
    told.clear()
    return said


def test_one_refused_lease_does_not_hold_up_the_others(chain: FakeChain, keeper: Keeper, told: list[Action]) -> None:
    chain.refuses = {3: _refusal("Panic", code=17)}
    assert keeper.look()
    settled = {number for what in chain.asked[-100:] for number in what if 3 not in what}
    assert settled == {1, 2, 4, 5, 6, 7, 8}
    refused = [action for action in told if action.outcome == "refused"]
    assert [(action.facts["leases"], action.facts["error"]) for action in refused] == [([3], "Panic")]
    assert "lease 3 at epoch 3: Panic" in refused[0].text

    # It is not tried again at this report, but at the next one.
    chain.asked.clear()
    chain.number += 1
    assert keeper.look()
    assert chain.asked == []
    chain.epoch, chain.refuses = 4, {}
    chain.number += 1
    assert keeper.look()
    assert chain.asked == [(1, 2, 3, 4, 5, 6, 7, 8)]


def test_a_report_that_is_gone_is_told_once_and_looked_at_again(
    chain: FakeChain, keeper: Keeper, told: list[Action]
) -> None:
    chain.refuses = {3: _refusal("MeterOracle_NotFinal", epoch=3, finalAt=99_999)}
    assert keeper.look()
    assert keeper.look()
    assert chain.asked == [(1, 2, 3, 4, 5, 6, 7, 8)]
    assert _said(told) == [("settle", "refused")]
    chain.refuses, chain.number = {}, 2
    chain.asked.clear()
    assert keeper.look()
    assert _said(told) == [("settle", "done")]


def test_a_lost_connection_is_tried_again_at_the_same_head(
    chain: FakeChain, keeper: Keeper, told: list[Action]
) -> None:
    chain.refuses = {3: ChainUnreachable("the RPC does not answer")}
    assert not keeper.look()
    assert not keeper.look()
    assert _said(told) == [("settle", "failed")]
    chain.refuses = {}
    chain.asked.clear()
    assert keeper.look()
    assert chain.asked == [(1, 2, 3, 4, 5, 6, 7, 8)]
    assert keeper.look()
    assert _said(told) == [("settle", "done")]


def test_a_failing_step_does_not_stop_the_others(chain: FakeChain, keeper: Keeper, told: list[Action]) -> None:
    chain.refuses = {3: ChainUnreachable("no")}
    chain.falls = (Waterfall(1, "0x01", 100),)
    assert not keeper.look()
    assert _said(told) == [("settle", "failed"), ("distribute", "done")]


def test_notice_is_waited_out_without_asking_again(chain: FakeChain, keeper: Keeper, told: list[Action]) -> None:
    chain.leases = (_lease(1, suspended=True),)
    chain.refuses = {"terminate 1": _refusal("CapacityLease_NoticeRunning", leaseId=1, until=10_050)}
    for chain.number in (1, 2, 49):
        assert keeper.look()
    assert chain.asked.count("terminate 1") == 1
    chain.refuses, chain.number = {}, 50
    assert keeper.look()
    assert chain.asked.count("terminate 1") == 2
    assert _said(told) == [("settle", "done"), ("terminate", "done")]


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("terminate 1", "CapacityLease_AlreadyStopping"),
        ("terminate 1", "CapacityLease_NotSuspended"),
        ("terminate 1", "CapacityLease_LeaseClosed"),
        ("distribute 7", "RevenueWaterfall_AlreadyDistributed"),
    ],
)
def test_who_comes_second_says_nothing(
    chain: FakeChain, keeper: Keeper, told: list[Action], what: str, error: str
) -> None:
    chain.leases, chain.falls = (_lease(1, suspended=True),), (Waterfall(7, "0x07", 1000),)
    chain.refuses = {what: _refusal(error)}
    for chain.number in (1, 2):
        assert keeper.look()
    assert chain.asked.count(what) == 1
    assert "refused" not in [outcome for _, outcome in _said(told)]


@pytest.mark.parametrize(
    ("what", "error"),
    [("terminate 1", "CapacityLease_UnknownLease"), ("distribute 7", "SafeERC20FailedOperation")],
)
def test_another_refusal_is_told_once(
    chain: FakeChain, keeper: Keeper, told: list[Action], what: str, error: str
) -> None:
    chain.leases, chain.falls = (_lease(1, suspended=True),), (Waterfall(7, "0x07", 1000),)
    chain.refuses = {what: _refusal(error)}
    for chain.number in (1, 2, 3):
        assert keeper.look()
    assert [action.facts["error"] for action in told if action.outcome == "refused"] == [error]
    assert chain.asked.count(what) == 1


def test_a_refused_distribution_is_tried_in_the_next_period(chain: FakeChain, keeper: Keeper) -> None:
    chain.leases, chain.falls = (), (Waterfall(7, "0x07", 100),)
    chain.refuses = {"distribute 7": _refusal("SafeERC20FailedOperation")}
    for chain.number in (1, 2, 99, 100, 101):
        assert keeper.look()
    assert chain.asked == ["distribute 7", "distribute 7"]


def test_an_unreachable_chain_is_told_once_until_it_is_back(
    chain: FakeChain, keeper: Keeper, told: list[Action], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> Block:
        raise ChainUnreachable("the RPC does not answer")

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(chain, "head", lost)
            assert not keeper.look()
            assert not keeper.look()
        assert _said(told)[-1:] == [("look", "failed")]
        assert keeper.look()
