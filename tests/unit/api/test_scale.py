"""One of 100,000 meters: its tree is built once, and a proof is then a look-up."""

import statistics
import time

import pytest

from oracle.domain.merkle import root_of_proof
from oracle.domain.reading import Reading
from tests.unit.api.world import World, fleet_meter, lease_meter

METERS = 100_000


@pytest.mark.slow
def test_a_proof_of_one_meter_of_100_000_is_a_look_up(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    readings = {lease_meter(number): Reading(number, number, number // 2) for number in range(1, METERS)}
    root = world.stand(1, {**readings, fleet_meter(1): Reading(7)})
    started = time.perf_counter()
    world.get(f"/v1/reports/1/readings/{lease_meter(1)}")
    first_s = time.perf_counter() - started
    took = []
    for number in range(1, METERS, METERS // 200):
        started = time.perf_counter()
        found = world.get(f"/v1/reports/1/readings/{lease_meter(number)}")
        took.append(time.perf_counter() - started)
        assert root_of_proof(bytes.fromhex(found["leaf"][2:]), [bytes.fromhex(n[2:]) for n in found["proof"]]) == root
    assert world.records.trees.built == 1
    with capsys.disabled():
        median, worst = statistics.median(took) * 1000, max(took) * 1000
        print(f"\n  proof of 1 of {METERS:,} meters over HTTP: median {median:.1f} ms, worst {worst:.1f} ms "
              f"(first, with its tree: {first_s:.1f} s)")  # fmt: skip


def test_trees_beyond_the_budget_make_room_and_the_one_in_use_stays(world: World) -> None:
    world.records.trees._max_leaves = 25
    for epoch in range(1, 6):
        world.stand(epoch, {lease_meter(number): Reading(number + epoch) for number in range(1, 11)})
    for epoch in (1, 2, 1, 3, 1):  # two trees fit: 1 is asked for again and again
        world.get(f"/v1/reports/{epoch}/readings")
    assert world.records.trees.built == 3
    world.get("/v1/reports/2/readings")
    assert world.records.trees.built == 4
