"""A fleet's series: differences of readings under roots that stand, cut to what a chart can show, nothing invented."""

import random
from itertools import pairwise

import pytest

from oracle.domain.reading import Reading
from tests.unit.api.world import CONFIG, GENESIS, HOUR, World, add_answers, fleet, fleet_meter, lease_meter

FLEET = fleet_meter(1)


def grow(world: World, epochs: int, seed: int = 1) -> list[Reading]:
    """Makes reports of 1..epochs stand with a meter of 4 units that grows at random; the increments."""
    rng, total, added = random.Random(seed), Reading(), []
    for epoch in range(1, epochs + 1):
        measured = rng.randrange(4 * HOUR)
        delivered = rng.randrange(measured + 1)
        one = Reading(measured, delivered, rng.randrange(delivered + 1), 0, rng.randrange(3000), 1)
        added.append(one)
        total = Reading(*(a + b for a, b in zip(total.counters, one.counters, strict=True)), 1)  # type: ignore[call-arg]
        world.stand(epoch, {FLEET: total, lease_meter(1): Reading(epoch)})
    return added


def series(world: World, query: str = "") -> dict:  # type: ignore[type-arg]
    return dict(world.get(f"/v1/fleets/1/series{query}"))


def test_without_downsampling_each_bucket_is_one_reports_increment(world: World) -> None:
    added = grow(world, 5)
    world.node.open_meters = fleet(units=4)
    found = series(world)
    assert (found["reports"], found["units"], found["epoch_length_s"]) == (5, 4, HOUR)
    for epoch, (bucket, one) in enumerate(zip(found["buckets"], added, strict=True), 1):
        assert (bucket["first_epoch"], bucket["last_epoch"], bucket["steps"]) == (epoch, epoch, 1)
        assert bucket["end_unix_s"] == CONFIG.period_end(epoch) == bucket["start_unix_s"] + HOUR
        sums = (bucket["measured_unit_s"], bucket["delivered_unit_s"], bucket["utilised_unit_s"], bucket["energy_wh"])
        assert sums == (one.measured, one.delivered, one.utilised, one.energy_wh)
        assert bucket["delivered_units"]["mean"] == pytest.approx(one.delivered / HOUR, abs=1e-6)
        assert bucket["missing_share"] == pytest.approx(1 - one.measured / (4 * HOUR), abs=1e-6)
        assert (bucket["trust_level"], bucket["flags"]) == (1, [])


@pytest.mark.parametrize("points", [1, 2, 3, 7, 10, 49, 50, 51])
def test_however_few_points_they_add_up_and_keep_the_extremes(world: World, points: int) -> None:
    added = grow(world, 50, seed=points)
    buckets = series(world, f"?points={points}")["buckets"]
    assert len(buckets) <= points
    for name, counter in (("measured_unit_s", 0), ("delivered_unit_s", 1), ("utilised_unit_s", 2), ("energy_wh", 4)):
        assert sum(bucket[name] for bucket in buckets) == sum(one.counters[counter] for one in added)
    lowest, highest = min(one.delivered for one in added) / HOUR, max(one.delivered for one in added) / HOUR
    assert min(bucket["delivered_units"]["min"] for bucket in buckets) == pytest.approx(lowest, abs=1e-6)
    assert max(bucket["delivered_units"]["max"] for bucket in buckets) == pytest.approx(highest, abs=1e-6)
    edges = [(bucket["start_unix_s"], bucket["end_unix_s"]) for bucket in buckets]
    assert all(end == start for (_, end), (start, _) in pairwise(edges))


def test_an_outage_missing_telemetry_and_not_knowing_are_three_different_things(world: World) -> None:
    world.node.open_meters = fleet(units=1)
    world.stand(1, {FLEET: Reading(HOUR, HOUR)})
    world.stand(2, {FLEET: Reading(2 * HOUR, HOUR)})  # telemetry says: out of order
    world.stand(3, {FLEET: Reading(2 * HOUR, HOUR)})  # no telemetry
    world.stand(4, {FLEET: Reading(3 * HOUR, 2 * HOUR)}, held=False)  # this node does not know
    world.stand(5, {FLEET: Reading(4 * HOUR, 3 * HOUR)})
    world.stand(6, {FLEET: Reading(5 * HOUR, 4 * HOUR)})
    fine, outage, missing, unknown, after, last = series(world)["buckets"]
    assert (fine["missing_share"], fine["delivered_units"]["mean"]) == (0, 1)
    assert (outage["missing_share"], outage["measured_units"]["mean"], outage["delivered_units"]["mean"]) == (0, 1, 0)
    assert (missing["missing_share"], missing["measured_units"]["mean"]) == (1, 0)
    assert (unknown["known_s"], unknown["missing_share"], unknown["delivered_units"]) == (0, None, None)
    assert after["known_s"] == 0  # 5's increment is 5 - 4, and 4 is not known
    assert (last["known_s"], last["delivered_unit_s"]) == (HOUR, HOUR)
    whole = series(world, "?points=1")["buckets"][0]
    assert (whole["known_s"], whole["steps"], whole["delivered_unit_s"]) == (4 * HOUR, 6, 2 * HOUR)
    assert (whole["delivered_units"]["min"], whole["delivered_units"]["max"]) == (0, 1)


def test_a_skipped_epoch_is_part_of_the_next_reports_step(world: World) -> None:
    world.stand(1, {FLEET: Reading(HOUR)})
    world.stand(4, {FLEET: Reading(3 * HOUR)})
    first, second = series(world)["buckets"]
    assert (second["first_epoch"], second["last_epoch"], second["known_s"]) == (2, 4, 3 * HOUR)
    assert second["start_unix_s"] == first["end_unix_s"] == GENESIS + 2 * HOUR
    assert second["measured_units"] == {"min": 0.666667, "mean": 0.666667, "max": 0.666667}


def test_a_fleet_begins_where_it_was_listed_and_a_range_cuts_out_whole_reports(world: World) -> None:
    world.stand(1, {lease_meter(1): Reading(1)})
    for epoch in range(2, 8):
        world.stand(epoch, {FLEET: Reading((epoch - 1) * HOUR)})
    assert series(world)["buckets"][0]["first_epoch"] == 2
    found = series(world, "?first_epoch=4&last_epoch=6")["buckets"]
    assert [(bucket["first_epoch"], bucket["measured_unit_s"]) for bucket in found] == [(4, HOUR), (5, HOUR), (6, HOUR)]
    assert world.get("/v1/fleets/1/series?first_epoch=9", status=404)["error"] == "NotHeld"


def test_a_fleet_that_no_report_has_yet_has_no_buckets_unless_a_report_s_readings_are_not_held(world: World) -> None:
    assert world.get("/v1/fleets/2/series", status=404)["error"] == "NotHeld"  # no report is known
    grow(world, 3)
    found = world.get("/v1/fleets/2/series")
    assert (found["fleet_id"], found["reports"], found["buckets"]) == ("2", 0, [])
    assert world.get("/v1/fleets/1/series?last_epoch=2")["reports"] == 2
    world.stand(4, {FLEET: Reading(4 * HOUR)}, held=False)
    world.stand(5, {FLEET: Reading(5 * HOUR)})
    assert world.get("/v1/fleets/2/series", status=404)["error"] == "NotHeld"


def test_until_the_units_are_known_no_share_is_made_up(world: World) -> None:
    grow(world, 2)
    found = series(world)
    assert (found["units"], [bucket["missing_share"] for bucket in found["buckets"]]) == (None, [None, None])


def test_coverage_tells_by_site_and_epoch_and_not_where_the_site_is(world: World) -> None:
    world.stand(5, {FLEET: Reading(1)})  # the head is at epoch 8
    world.sites[0].last_error = "http://user:secret@10.0.0.7/metrics did not answer"
    add_answers(world, [(1, 8, 1), (1, 7, 5), (1, 6, 4), (2, 7, 9)])
    found = world.get("/v1/coverage?epochs=4")
    (site,) = found["sites"]
    assert (site["fleet_id"], site["reachable"], site["trust_level"]) == ("1", False, 1)
    assert [(each["epoch"], each["answers"], each["due"], each["sampled_share"]) for each in site["epochs"]] == [
        (8, 1, 4, 0.25),
        (7, 5, 4, 1.0),
        (6, 4, 4, 1.0),
        (5, 0, 4, 0.0),
    ]
    assert "secret" not in world.client.get("/v1/coverage").text
