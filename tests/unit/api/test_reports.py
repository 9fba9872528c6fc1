"""Reports, readings and proofs as anyone may read them: exact, in pages, and settled only when the chain says so."""

import pytest

from oracle.chain.errors import ChainUnreachable
from oracle.domain.merkle import root_of_proof
from oracle.domain.reading import Reading
from tests.unit.api.world import GENESIS, HOUR, World, fleet_meter, lease_meter

BIG = Reading((1 << 48) - 1, 5, 4, 3, 2, 1 | 1 << 3)


def test_reports_come_newest_first_in_pages_and_tell_standing_from_final(world: World) -> None:
    for epoch in range(1, 12):
        world.stand(epoch, {lease_meter(1): Reading(epoch)})
    first = world.get("/v1/reports?limit=4")
    assert [report["epoch"] for report in first["reports"]] == [11, 10, 9, 8]
    second = world.get(f"/v1/reports?limit=4&before={first['next_before']}")
    last = world.get(f"/v1/reports?limit=4&before={second['next_before']}")
    assert [report["epoch"] for report in second["reports"] + last["reports"]] == [7, 6, 5, 4, 3, 2, 1]
    assert last["next_before"] is None
    states = {report["epoch"]: report["state"] for report in world.get("/v1/reports")["reports"]}
    # Mined two hours after its end, final six hours later: at 60 s past the mining of 11, that of 5 has just become it.
    assert [epoch for epoch, state in states.items() if state == "final"] == [5, 4, 3, 2, 1]


def test_a_report_tells_all_that_the_chain_says_of_it(world: World) -> None:
    root = world.stand(3, {lease_meter(1): BIG, fleet_meter(2): Reading(7)})
    assert world.get("/v1/reports/3") == {
        "epoch": 3,
        "base_epoch": 0,
        "state": "standing",
        "root": "0x" + root.hex(),
        "set_hash": None,
        "leaf_count": 2,
        "mined_at_unix_s": GENESIS + 6 * HOUR,
        "final_at_unix_s": GENESIS + 12 * HOUR,
        "signers": [0, 1, 3],
    }


def test_a_candidate_that_does_not_stand_is_shown_nowhere_and_asked_of_the_chain_once(world: World) -> None:
    world.stand(1, {lease_meter(1): Reading(1)})
    world.stand(2, {lease_meter(1): Reading(2)})
    del world.node.reports[2]
    world.stand(3, {lease_meter(1): Reading(3)}, base=1)
    for _ in range(5):
        assert [report["epoch"] for report in world.get("/v1/reports")["reports"]] == [3, 1]
        world.get("/v1/reports/2", status=404)
        world.get("/v1/reports/2/readings", status=404)
    assert world.node.asked.count(2) == 1
    for epoch in (4, 2**50):
        assert world.get(f"/v1/reports/{epoch}", status=404)["error"] == "NotHeld"
        assert epoch not in world.node.asked


def test_readings_come_in_pages_that_together_are_all_of_them(world: World) -> None:
    readings = {lease_meter(number): Reading(number * 3, number * 2, number) for number in range(1, 8)}
    world.stand(1, {**readings, fleet_meter(1): BIG})
    found, path = [], "/v1/reports/1/readings?limit=3"
    while True:
        page = world.get(path)
        found += page["readings"]
        if page["next_after"] is None:
            break
        path = f"/v1/reports/1/readings?limit=3&after={page['next_after']}"
    assert {int(meter["meter_id"]): int(meter["reading"]) for meter in found} == {
        meter: reading.pack() for meter, reading in {**readings, fleet_meter(1): BIG}.items()
    }
    assert [meter["number"] for meter in found] == ["1", "2", "3", "4", "5", "6", "7", "1"]
    shown = found[-1]
    assert (shown["kind"], shown["measured_unit_s"], shown["flags"]) == ("fleet", (1 << 48) - 1, ["energy_estimated"])


@pytest.mark.parametrize("written", [str, hex, lambda meter: hex(meter).upper().replace("0X", "0x")])
def test_a_proof_leads_to_the_root_and_no_digit_is_lost_in_javascript(world: World, written) -> None:  # type: ignore[no-untyped-def]
    root = world.stand(1, {lease_meter(number): Reading(number) for number in range(1, 100)} | {lease_meter(100): BIG})
    found = world.get(f"/v1/reports/1/readings/{written(lease_meter(100))}")
    leaf = bytes.fromhex(found["leaf"][2:])
    assert root_of_proof(leaf, [bytes.fromhex(node[2:]) for node in found["proof"]]) == root
    assert leaf == lease_meter(100).to_bytes(32, "big") + BIG.pack().to_bytes(32, "big")
    assert found["meter"]["reading"] == str(BIG.pack())
    assert found["meter"]["meter_id"] == str(lease_meter(100))
    assert all(number < 2**53 for number in _numbers(found))


def _numbers(value: object) -> list[int | float]:
    if isinstance(value, dict):
        return [number for each in value.values() for number in _numbers(each)]
    if isinstance(value, list):
        return [number for each in value for number in _numbers(each)]
    return [value] if isinstance(value, int | float) else []


def test_a_lease_is_shown_in_the_newest_standing_and_the_newest_final_report(world: World) -> None:
    for epoch in range(1, 10):
        world.stand(epoch, {lease_meter(7): Reading(epoch * 100), lease_meter(8): Reading(1)})
    world.stand(10, {lease_meter(8): Reading(1)})  # lease 7 is closed
    found = world.get("/v1/leases/7")
    assert found["standing"] is None
    assert (found["final"]["epoch"], found["final"]["meter"]["measured_unit_s"]) == (4, 400)
    found = world.get("/v1/leases/8")
    assert (found["standing"]["epoch"], found["standing"]["state"], found["final"]["epoch"]) == (10, "standing", 4)
    assert world.get("/v1/leases/9", status=404)["error"] == "NotHeld"


def test_what_is_final_is_kept_for_ever_and_what_is_not_is_asked_for_again(world: World) -> None:
    world.stand(1, {lease_meter(1): Reading(1)})
    path = f"/v1/reports/1/readings/{lease_meter(1)}"
    answer = world.client.get(path)
    assert answer.headers["cache-control"] == "public, max-age=5"
    again = world.client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    world.settle()
    final = world.client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert final.status_code == 200
    assert final.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert final.headers["etag"] != answer.headers["etag"]


def test_a_chain_that_cannot_be_read_is_said_so_and_nothing_is_lost(world: World) -> None:
    for epoch in (1, 2):
        world.stand(epoch, {lease_meter(1): Reading(epoch)})
    world.node.broken = ChainUnreachable("the RPC does not answer")
    answer = world.client.get("/v1/reports/1")
    assert (answer.status_code, answer.json()["error"]) == (503, "ChainUnreachable")
    assert answer.headers["retry-after"] == "5"
    assert world.get("/v1/reports/2")["epoch"] == 2  # the newest is known without asking
    world.node.broken = None
    assert world.get("/v1/reports/1")["epoch"] == 1


def test_readings_that_do_not_make_their_root_are_not_handed_out(world: World) -> None:
    root = world.stand(1, {lease_meter(1): Reading(1)})
    with world.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE readings SET leaves = zeroblob(64) WHERE root = ?", (root,))
    assert "do not make it" in world.get("/v1/reports/1/readings", status=404)["reason"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/reports/0",
        "/v1/reports/-1",
        "/v1/reports/x",
        f"/v1/reports/{2**63}",
        "/v1/reports/1/readings?limit=0",
        "/v1/reports/1/readings?limit=1001",
        f"/v1/reports/1/readings?after={2**256}",
        "/v1/reports/1/readings?after=-1",
        f"/v1/reports/1/readings/{2**256}",
        "/v1/reports/1/readings/0x",
        "/v1/reports/1/readings/0b1",
        "/v1/reports/1/readings/٣",
        f"/v1/leases/{2**88}",
        "/v1/leases/1e3",
        "/v1/fleets/1/series?points=0",
        "/v1/fleets/1/series?points=2001",
        "/v1/coverage?epochs=513",
    ],
)
def test_what_no_report_meter_or_lease_can_be_called_is_refused_with_a_reason(world: World, path: str) -> None:
    world.stand(1, {lease_meter(1): Reading(1)})
    answer = world.client.get(path)
    assert answer.status_code == 422, answer.text
    assert set(answer.json()) == {"error", "reason"}
    assert len(answer.json()["reason"]) > 10
