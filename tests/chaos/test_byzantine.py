"""One node of four lies, or signs two reports: the other three report the truth."""

import random

import pytest

from tests.chaos.checks import check_no_double_signature, check_no_secrets, check_readings, standing_reports
from tests.chaos.conftest import note
from tests.chaos.faults import BYZANTINE, Fault, run
from tests.chaos.world import World

pytestmark = pytest.mark.slow

FAULTY, HONEST = 3, {0, 1, 2}


@pytest.mark.parametrize("fault", BYZANTINE, ids=[fault.name.replace(" ", "-") for fault in BYZANTINE])
def test_one_faulty_node_changes_nothing(
    running: World, rng: random.Random, fault: Fault, request: pytest.FixtureRequest
) -> None:
    for _ in range(request.config.getoption("--chaos-runs")):
        note(fault.name, run(running, fault, rng, FAULTY))
    reports = standing_reports(running)
    assert check_readings(running, reports) == len(reports) > 0
    assert check_no_double_signature(running, HONEST) > len(reports)
    check_no_secrets(running)
