"""A node signs nothing while its clock and the chain's head disagree, says so once, and goes on by itself."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import pytest

from oracle.chain.errors import ChainUnreachable
from oracle.exchange.peers import PeerRefused
from oracle.exchange.refusals import ClockOff
from oracle.node.app import RunningNode
from oracle.node.clock import NodeClock
from oracle.preflight.finding import Outcome
from oracle.preflight.local import chain_clock_row
from oracle.store.errors import DatabaseLocked, DiskFull
from tests.unit.node.cluster import SCHEDULE, Cluster
from tests.unit.node.conftest import MakeCluster
from tests.unit.node.test_agreement import open_and_observe


def by_machine(cluster: Cluster, index: int, ahead: list[float]) -> None:
    """Node `index` starts anew and goes by a machine's clock that is `ahead[0]` seconds before the chain's."""
    cluster.stop(index)
    cluster.machine[index] = lambda: cluster.chain.head().timestamp + ahead[0]
    cluster.start(index)


@pytest.mark.parametrize("off", [65.0, -65.0, 86_400.0])
def test_a_clock_that_is_off_signs_nothing_says_so_once_and_goes_on_alone(clusters: MakeCluster, off: float) -> None:
    cluster = clusters(4)
    ahead = [0.0]
    by_machine(cluster, 0, ahead)
    ahead[0] = off
    report = cluster.report(2)
    assert report.signers == (1, 2, 3)
    clock = cluster.node(0).status()["clock"]
    assert (clock["of"], clock["is_off"], clock["skew_s"]) == ("machine", True, off)
    assert clock["refused"] > 0
    assert len(cluster.logged(0, "clock off")) == 1
    assert cluster.node(0)._reports.newest(1)[0].state == "CONFIRMED"  # it still follows
    ahead[0] = 60.0
    cluster.step()
    assert len(cluster.logged(0, "clock right again")) == 1
    cluster.stop(3)
    assert cluster.report(4, attempt=1).signers == (0, 1, 2)


def test_a_head_that_stands_still_stops_the_signing_of_what_peers_ask_for(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    ahead = [0.0]
    by_machine(cluster, 0, ahead)
    open_and_observe(cluster, 2, but=2)
    ahead[0] = 61.0  # time goes on, the head does not
    offer = cluster.offer([0, 1, 3], 2)
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(0).propose(offer)
    assert refused.value.name == "ClockOff"
    assert cluster.node(0)._guard.digest_of(2) is None
    ahead[0] = 1.0
    assert cluster.peer(0).propose(offer)


def test_a_leader_with_a_wrong_clock_leaves_the_turn_to_the_next(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    ahead = [0.0]
    by_machine(cluster, 2, ahead)
    ahead[0] = -300.0
    cluster.open(2)
    for _ in range(3):
        cluster.step()
    assert cluster.chain.reports == {}
    assert cluster.report(2, attempt=1).signers == (0, 1, 3)


def test_an_old_head_at_the_start_does_not_fool_the_guard(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    stale = cluster.chain.blocks[0]
    head, cluster.chain.head = cluster.chain.head, lambda: stale  # type: ignore[method-assign]
    cluster.stop(0)
    cluster.machine[0] = lambda: head().timestamp
    cluster.start(0)
    cluster.chain.head = head  # type: ignore[method-assign]
    cluster.node(0).step()
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(0).propose(cluster.offer([0, 1, 3], 2))
    assert refused.value.name == "GuardRefused"
    assert str(SCHEDULE.period_end(2)) in str(refused.value)


def test_a_simulated_chains_time_is_all_there_is() -> None:
    clock = NodeClock(None, 60, 1000)
    clock.saw(9000)
    clock.check()
    assert (clock.now(), clock.skew_s, clock.is_machines) == (9000, 0, False)


def test_the_edge_of_the_allowed_skew_is_allowed() -> None:
    now = [1060.0]
    clock = NodeClock(lambda: now[0], 60, 1000)
    clock.check()
    now[0] = 1061.0
    for _ in range(2):
        with pytest.raises(ClockOff, match="61 s ahead of the chain's newest block, and 60 s are allowed"):
            clock.check()
    assert clock.refused == 2


class Hurried(Event):
    """Waits hardly at all, however long it is asked to."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(0.001)


def test_sampling_goes_on_by_the_machines_clock_whatever_the_chain_and_the_loop_do() -> None:
    stop, sampled, stepped = Hurried(), [0], [0]
    logged: list[str] = []

    class Troubled:
        def step(self) -> None:
            stepped[0] += 1
            if stepped[0] == 1:
                raise ChainUnreachable("down")
            if stepped[0] == 2:
                raise ValueError("a bug")
            time.sleep(30 if stepped[0] == 3 else 0)  # an RPC that hangs

        def sample(self) -> None:
            sampled[0] += 1
            if sampled[0] == 1:
                raise DiskFull("no room")
            if sampled[0] == 50:
                stop.set()

    def log(event: str, **_: Any) -> None:
        logged.append(event)

    running = RunningNode(Troubled(), "", 0.01, log, samples_alone=True)  # type: ignore[arg-type]
    loop = Thread(target=running.run, args=(stop,), daemon=True)
    loop.start()
    assert wait_for(lambda: sampled[0] >= 50)
    assert set(logged) >= {"cannot read the chain", "fault in this node, please report it", "cannot use the database"}


def wait_for(done: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.01)
    return done()


def test_a_database_that_takes_nothing_is_waited_out_and_leaves_nothing_half_done(
    clusters: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    offer = cluster.offer([0, 1, 3], 2)
    database = cluster.node(0)._reports._database

    def full() -> Any:
        raise DiskFull("no room")

    with monkeypatch.context() as broken:
        broken.setattr(database, "transaction", full)
        with pytest.raises(PeerRefused) as refused:
            cluster.peer(0).propose(offer)
        assert refused.value.name == "DiskFull"
        stop = Hurried()
        steps = iter(range(3))
        inner = cluster.node(0).step

        def step() -> None:
            if next(steps, None) is None:
                stop.set()
            inner()

        broken.setattr(cluster.node(0), "step", step)
        cluster.chain.advance(cluster.chain.head().timestamp + 1)
        running = cluster.nodes[0]
        assert running is not None
        running.run(stop)
    assert cluster.node(0)._guard.digest_of(2) is None
    assert cluster.peer(0).propose(offer)
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    assert not cluster.logged(0, "fault in this node, please report it")


def test_a_full_disk_is_said_once_and_that_it_is_over_once_however_many_steps_only_wait(
    clusters: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = clusters(4)
    cluster.stop(0)
    moment, took, stop = [0.0], list[bool | None](), Hurried()
    monkeypatch.setattr(cluster, "_timer", lambda: moment[0])
    cluster.start(0)
    running = cluster.nodes[0]
    assert running is not None
    running.node.step()
    cluster.open(3)
    database = running.node._reports._database
    step, transaction = running.node.step, database.transaction

    def full_at_first() -> Any:
        if len(took) <= 20:
            raise DiskFull("no room")
        return transaction()

    def counted() -> bool:
        """Every tenth of a second; one that raises leaves None."""
        moment[0] += 0.1
        took.append(None)
        if len(took) == 60:
            stop.set()
        took[-1] = step()
        return took[-1]

    monkeypatch.setattr(database, "transaction", full_at_first)
    monkeypatch.setattr(running.node, "step", counted)
    running.run(stop)
    while_full = took[:20]
    assert set(while_full) == {None, False}
    assert while_full.count(None) >= 3, "it was tried again"
    assert while_full.count(False) >= 10, "and most steps waited for the next try"
    assert took[20] is False, "not well before something was written"
    assert took[-1] is True
    assert [line["reason"] for line in cluster.logged(0, "cannot use the database")] == ["no room"]
    assert len(cluster.logged(0, "the database works again")) == 1
    assert cluster.round(0).epoch == 3


def test_what_a_leader_could_not_write_is_not_over_because_its_turn_is(
    clusters: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = clusters(4)
    leading = cluster.node(2)
    cluster.open(2)
    assert leading.step()  # it observes, and nobody else has yet
    for other in (0, 1, 3):
        cluster.node(other).step()
    database = leading._reports._database

    def full() -> Any:
        raise DiskFull("no room")

    with monkeypatch.context() as broken:
        broken.setattr(database, "transaction", full)
        with pytest.raises(DiskFull):
            leading.step()
        cluster.chain.advance(cluster.chain.head().timestamp + 300)
        assert not leading.step()  # it is another's turn
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    assert leading.step()


def test_a_chain_that_fails_with_other_words_each_time_is_said_once_and_when_it_is_read_again() -> None:
    logged: list[tuple[str, str]] = []
    stop = Hurried()
    raised: list[Exception | None] = [
        *(ChainUnreachable(f"it is asked again in {seconds} s") for seconds in (5, 4, 3)),
        DiskFull("no room"),
        ChainUnreachable("down"),
        DatabaseLocked("held"),
        None,
        None,
        ChainUnreachable("down"),
    ]
    left = iter(raised)

    def act() -> bool:
        error = next(left, stop)
        if isinstance(error, Exception):
            raise error
        if error is stop:
            stop.set()
        return True

    running = RunningNode(None, "", 0.0, lambda event, reason="": logged.append((event, reason)))  # type: ignore[arg-type]
    running._repeat(act, stop, 0.0)
    assert logged == [
        ("cannot read the chain", "it is asked again in 5 s"),
        ("cannot use the database", "no room"),
        ("cannot use the database", "held"),
        ("reads the chain again", ""),
        ("the database works again", ""),
        ("cannot read the chain", "down"),
        ("reads the chain again", ""),
    ]


@pytest.mark.parametrize("chain_id", [31337, 1337, 1, 8453])
def test_the_chains_clock_is_for_simulated_chains_and_said_to_be_wrong_elsewhere(
    clusters: MakeCluster, chain_id: int
) -> None:
    cluster = clusters(4)
    cluster.stop(0)
    shutil.rmtree(cluster.folder / "node0")
    cluster.logs[0].clear()
    cluster.chain._config = replace(cluster.chain._config, chain_id=chain_id)
    cluster.start(0)
    said = [line["event"] for line in cluster.logs[0] if "is for simulated chains" in line["event"]]
    row = chain_clock_row(chain_id)
    if chain_id in (31337, 1337):
        assert (said, row.outcome) == ([], Outcome.PASS)
    else:
        assert said == ['clock = "chain" is for simulated chains: take it out of [node]']
        assert (row.outcome, row.todo[:28]) == (Outcome.FAIL, 'take `clock = "chain"` out o')
