"""Three RPCs a node, one of which misbehaves: not one epoch is lost, and every reading is exact."""

import random
from collections.abc import Iterator

import pytest

from tests.chaos.cells import ONE_BAD_RPC
from tests.chaos.checks import Witness
from tests.chaos.faults import Fault, run
from tests.chaos.matrix import cells, note
from tests.chaos.world import World, world

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose nodes have two sound RPCs beside the one that faults are put in."""
    with world(tmp_path_factory.mktemp("world"), sound_rpcs=2) as made:
        made.start()
        made.wait(lambda: made.head_epoch() >= 1, 60, "the first report")
        yield made


@pytest.mark.parametrize("fault", cells(ONE_BAD_RPC))
def test_one_bad_rpc_of_three_costs_nothing(
    running: World, witness: Witness, rng: random.Random, fault: Fault, request: pytest.FixtureRequest
) -> None:
    for _ in range(request.config.getoption("--chaos-runs")):
        note(request, fault.name, run(running, fault, rng))
    witness.check()
