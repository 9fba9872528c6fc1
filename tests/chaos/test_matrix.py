"""Every fault a node must survive, one after the other on a running market: nothing lost beyond what the rules allow,
nothing signed twice, every reading to the unit."""

import random

import pytest

from tests.chaos.cells import FAULTS
from tests.chaos.checks import Witness
from tests.chaos.faults import Fault, run
from tests.chaos.matrix import cells, note
from tests.chaos.world import World

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("fault", cells(FAULTS))
def test_a_fault_passes_and_everything_goes_on(
    running: World, witness: Witness, rng: random.Random, fault: Fault, request: pytest.FixtureRequest
) -> None:
    for _ in range(request.config.getoption("--chaos-runs")):
        note(request, fault.name, run(running, fault, rng))
    witness.check()
