"""Four `wellhead run` processes on a real chain scrape a site, agree and post; one dies by kill -9 and comes back."""

import re
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest

from oracle.domain.reading import Reading
from tests.support.chain import HOUR, Stack, node_key
from tests.support.fixtures import chain, stack  # noqa: F401 - fixtures
from tests.support.running_nodes import NODES, RunningNodes, running_nodes
from tests.support.wellhead import NodeProcess

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(stack: Stack, tmp_path: Path) -> Iterator[RunningNodes]:  # noqa: F811 - the fixture
    with running_nodes(stack, tmp_path) as made:
        yield made


def test_four_processes_meter_a_lease_to_the_unit_and_survive_kill_9(stage: RunningNodes) -> None:
    oracle = stage.stack.oracle
    stage.start(*stage.nodes)

    # A second node on the same database refuses to start, and says what to do.
    second = NodeProcess(stage.nodes[0].folder, stage.nodes[0].url, starts=10)
    second.start()
    assert second.running is not None
    assert second.running.wait(30) == 2
    assert re.search(r"in use by another node \(process \d+\): stop that one first", second.texts())

    for epoch in (1, 2, 3):
        stage.report(epoch)
    readings = stage.readings(0, 3)
    assert readings[stage.lease_meter] == Reading(2 * HOUR, 2 * HOUR, HOUR, 0, 1400, 1)
    assert readings[stage.fleet_meter].delivered == 2 * HOUR

    # One dies; three go on. It comes back, signs nothing of what it may have signed, and takes part again later.
    stage.nodes[3].end(SIGKILL)
    stage.report(4)
    stage.start(stage.nodes[3])
    for epoch in (5, 6):
        stage.report(epoch)
    for epoch in (4, 5, 6):
        assert not oracle.functions.standing(epoch).call()[5] & 1 << 3
    stage.nodes[0].end(SIGKILL)  # ... so that a quorum needs the one that came back
    for epoch in (7, 8):
        stage.report(epoch)
    assert oracle.functions.standing(8).call()[5] == 0b1110
    assert stage.readings(3, 8)[stage.lease_meter] == Reading(12 * HOUR, 12 * HOUR, 6 * HOUR, 0, 8400, 1)

    for node in stage.up:
        assert node.end(SIGTERM) == 0
        events = [line["event"] for line in node.log()]
        assert events[-1] == "stopped"
        assert not any("fault in this node" in event for event in events)
    secrets = [node_key("hot", index).key.hex().removeprefix("0x") for index in range(NODES)]
    said = "".join(node.texts() for node in stage.nodes)
    assert not any(secret in said for secret in secrets)
