"""Four nodes report for many epochs while faults come at random: none is lost but by rule, and no key signs twice."""

import random
import time
from collections import Counter

import pytest

from tests.chaos.cells import FAULTS
from tests.chaos.checks import Witness
from tests.chaos.faults import run, standing_epochs
from tests.chaos.matrix import note
from tests.chaos.world import EPOCH_S, World

pytestmark = pytest.mark.slow


def test_a_random_schedule_of_faults_loses_nothing(
    running: World, witness: Witness, rng: random.Random, request: pytest.FixtureRequest
) -> None:
    first, wanted = running.head_epoch(), request.config.getoption("--chaos-epochs")
    possible = [fault for fault in FAULTS if running.small_disks or not fault.takes_root]
    struck: Counter[str] = Counter()
    allowed = 0
    while running.head_epoch() < first + wanted:
        fault = rng.choice(possible)
        note(request, fault.name, run(running, fault, rng))
        struck[fault.name] += 1
        allowed += fault.may_lose
        witness.check()
        time.sleep(rng.uniform(0, EPOCH_S))
    epochs = standing_epochs(running, first)
    lost = set(range(max(1, first), max(epochs))) - epochs
    print(f"{len(epochs)} epochs reported, {len(lost)} skipped by rule, {sum(struck.values())} faults: {dict(struck)}")
    assert len(lost) <= allowed
