"""One node of four lies, or signs two reports: the other three report the truth."""

import random

import pytest

from tests.chaos.cells import BYZANTINE
from tests.chaos.checks import Witness, lies
from tests.chaos.faults import Fault, run
from tests.chaos.matrix import cells, note
from tests.chaos.world import World

pytestmark = pytest.mark.slow

FAULTY = 0
"""Whose observation is in every report, since leaders name those of the lowest index first."""


@pytest.mark.parametrize("fault", cells(BYZANTINE))
def test_one_faulty_node_of_four_changes_nothing(
    running: World, witness: Witness, rng: random.Random, fault: Fault, request: pytest.FixtureRequest
) -> None:
    for _ in range(request.config.getoption("--chaos-runs")):
        note(request, fault.name, run(running, fault, rng, FAULTY))
    witness.check({FAULTY})
    assert fault.name != "liar" or lies(running, FAULTY) > 0, "it never did"
    assert fault.name != "equivocating peer" or witness.equivocations(FAULTY) > 0, "it never did"
