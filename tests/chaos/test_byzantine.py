"""f nodes of 3f+1 lie, equivocate or fail in any other way: the rest report the truth."""

import random
from collections.abc import Iterator

import pytest

from tests.chaos.checks import (
    check_no_double_signature,
    check_no_secrets,
    check_readings,
    equivocations,
    standing_reports,
)
from tests.chaos.conftest import cells, note
from tests.chaos.faults import BYZANTINE, TWO_OF_SEVEN, Fault, run
from tests.chaos.world import World, world

pytestmark = pytest.mark.slow

ONE, TWO = {3}, {5, 6}
"""Which nodes are faulty: with two, they are next to each other, so that they lead in turn."""


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of seven nodes, of which two may be faulty."""
    with world(tmp_path_factory.mktemp("world"), nodes=7) as made:
        made.start()
        made.wait(lambda: made.head_epoch() >= 1, 90, "the first report")
        yield made


def _the_truth_is_reported(world: World, faulty: set[int]) -> None:
    reports = standing_reports(world)
    assert check_readings(world, reports) == len(reports) > 0
    assert check_no_double_signature(world, faulty) > len(reports)
    check_no_secrets(world)


@pytest.mark.parametrize("fault", cells(BYZANTINE))
def test_one_faulty_node_of_four_changes_nothing(
    running: World, rng: random.Random, fault: Fault, request: pytest.FixtureRequest
) -> None:
    for _ in range(request.config.getoption("--chaos-runs")):
        note(fault.name, run(running, fault, rng, min(ONE)))
    _the_truth_is_reported(running, ONE)
    assert fault.name != "equivocating peer" or equivocations(running, min(ONE)) > 0


@pytest.mark.parametrize("fault", cells(TWO_OF_SEVEN))
def test_two_faulty_nodes_of_seven_change_nothing(
    seven: World, rng: random.Random, fault: Fault, request: pytest.FixtureRequest
) -> None:
    for _ in range(request.config.getoption("--chaos-runs")):
        note(fault.name, run(seven, fault, rng, min(TWO)))
    _the_truth_is_reported(seven, TWO)
