"""Two nodes of seven are faulty, each in its own way: the other five report the truth."""

import random
from collections.abc import Iterator

import pytest

from tests.chaos.cells import TWO_OF_SEVEN
from tests.chaos.checks import Witness
from tests.chaos.faults import Fault, run
from tests.chaos.matrix import cells, note
from tests.chaos.world import World, world

pytestmark = pytest.mark.slow

FAULTY = (0, 1)
"""Side by side, so that they lead one after the other; their observations are in every report."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of seven nodes, of which two may be faulty."""
    with world(tmp_path_factory.mktemp("world"), nodes=7) as made:
        made.start()
        made.wait(lambda: made.head_epoch() >= 1, 90, "the first report")
        yield made


@pytest.mark.parametrize("fault", cells(TWO_OF_SEVEN))
def test_two_faulty_nodes_of_seven_change_nothing(
    running: World, witness: Witness, rng: random.Random, fault: Fault, request: pytest.FixtureRequest
) -> None:
    for _ in range(request.config.getoption("--chaos-runs")):
        note(request, fault.name, run(running, fault, rng, FAULTY[0]))
    witness.check(FAULTY)
    assert "equivocates" not in fault.name or any(witness.equivocations(node) for node in FAULTY), "it never did"
