"""What a round is read from: windows from earlier reports with their proven readings, and when there is none."""

from threading import Event
from typing import Any

from oracle.chain.errors import ChainUnreachable
from oracle.chain.view import StandingReport
from oracle.domain.merkle import meter_tree
from oracle.domain.meters import MeterSet
from oracle.domain.reading import Reading
from oracle.node.app import RunningNode
from oracle.node.rounds import check_base
from tests.unit.node.cluster import SCHEDULE
from tests.unit.node.conftest import METERS, MakeCluster

LEASE = METERS.leases[0]


def test_a_window_opened_by_an_earlier_report_takes_that_reports_reading_also_on_a_node_that_was_away(
    clusters: MakeCluster,
) -> None:
    cluster = clusters(4)
    assert SCHEDULE.period_end(23) % 86_400 == 0
    cluster.report(22)
    cluster.stop(0)
    for epoch, attempt in ((23, 0), (24, 1)):
        cluster.report(epoch, attempt)
    cluster.start(0)
    cluster.open(25)
    for index in (0, 2):
        cluster.node(index).step()
        opened = cluster.node(index)._work.open
        assert opened is not None
        assert opened.round.base_epoch == 24
        assert opened.facts.windows[1] == (SCHEDULE.period_end(23), cluster.readings(index, 23)[LEASE.meter_id])


def test_no_node_builds_on_a_base_in_which_a_lease_counted_before_it_started(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    assert LEASE.start == SCHEDULE.period_end(1)
    lie = ((LEASE.meter_id, Reading(measured=5)),)
    root = meter_tree(lie).root
    cluster.chain.reports[1] = StandingReport(1, 0, root, 1, SCHEDULE.opens(1), (0, 1, 2))
    for index in range(4):
        cluster.node(index).records._store.add_readings(1, root, lie)
    cluster.open(2)
    for _ in range(3):
        cluster.step()
    assert list(cluster.chain.reports) == [1]
    assert "had counted 5 unit-seconds" in cluster.waiting()[0]


def test_a_base_in_which_a_lease_counted_since_it_started_is_built_on() -> None:
    check_base([LEASE], {LEASE.meter_id: Reading(measured=5)}, LEASE.start + 1)
    check_base([LEASE], {LEASE.meter_id: Reading(flags=5)}, LEASE.start)
    check_base([LEASE], {}, LEASE.start)


def test_without_open_meters_there_is_nothing_to_report(clusters: MakeCluster) -> None:
    cluster = clusters(4, meters=MeterSet((), ()))
    cluster.open(2)
    for _ in range(3):
        cluster.step()
    assert cluster.chain.reports == {}
    assert "no meter is open" in cluster.waiting()[0]


def test_the_loop_outlives_a_chain_that_fails_and_a_fault_of_its_own() -> None:
    logged: list[tuple[str, dict[str, Any]]] = []
    left = [ChainUnreachable("down"), ChainUnreachable("down"), ValueError("a bug")]

    class Failing:
        def step(self) -> bool:
            if left:
                raise left.pop(0)
            stop.set()
            return True

        def sample(self) -> None:
            raise AssertionError("sampling goes by the chain's clock here")

    class Hurried(Event):
        def wait(self, timeout: float | None = None) -> bool:
            return super().wait(0)

    stop = Hurried()
    RunningNode(Failing(), "", 0.01, lambda event, **fields: logged.append((event, fields))).run(stop)  # type: ignore[arg-type]
    assert [event for event, _ in logged] == [
        "cannot read the chain",
        "fault in this node, please report it",
        "reads the chain again",
    ]
    assert "a bug" in logged[1][1]["traceback"]
