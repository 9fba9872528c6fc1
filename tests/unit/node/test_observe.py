"""A node's own observation, from real HTTP sites and the chain's facts."""

import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from oracle.domain.keccak import keccak256
from oracle.domain.merkle import inventory_tree
from oracle.domain.meters import Allocation, Inventory, MeterSet
from oracle.domain.reading import COUNTER_MAX, Reading, ReadingFlag, TrustLevel, check_increments
from oracle.domain.schedule import Schedule
from oracle.exchange.fetch import Fetcher
from oracle.metering.increments import Increments
from oracle.metering.meters import lease_increments
from oracle.node import bodies, observe, totals
from oracle.node.allocations import inventory_gpus
from oracle.node.bodies import Bodies
from oracle.node.observe import Abstained, Facts, SiteObserver, suspended_epochs
from oracle.node.sites import Site
from oracle.node.sources.exporter import Exporter
from oracle.node.sources.node_power import NodePower
from oracle.store.database import open_database
from oracle.store.errors import DatabaseLocked, DiskFull
from oracle.store.telemetry import NODE_POWER, TelemetryStore
from oracle.telemetry.sample import Sample
from tests.unit.node.cluster import GENESIS, HOUR, fleet, lease
from tests.unit.node.site_server import SiteServer

UUIDS = [f"GPU-{number:08d}" for number in range(4)]
TREE = inventory_tree(UUIDS)
SCHEDULE = Schedule(GENESIS, HOUR, 2 * HOUR)
EPOCH = 5
START, END = SCHEDULE.period_start(EPOCH), SCHEDULE.period_end(EPOCH)
INTERVAL = 60
FLEET = dataclasses.replace(fleet(units=4), inventories=(Inventory(1, TREE.root, 4),))


class Bench:
    """A node's metering side on a real site, and what its log said."""

    def __init__(self, server: SiteServer, store: TelemetryStore, fetcher: Fetcher) -> None:
        self.server = server
        self.store = store
        self.logged: list[tuple[str, dict[str, Any]]] = []
        url = server.url
        source = Exporter(1, f"{url}/metrics", fetcher, store)
        self.site = Site(1, "dcgm", INTERVAL, f"{url}/allocations", f"{url}/inventories", source)
        self.bodies = Bodies([self.site], store, fetcher, self.log)
        self.observer = SiteObserver([self.site], store, self.bodies, self.log)
        server.paths[f"/inventories/0x{TREE.root.hex()}"] = json.dumps(UUIDS).encode()

    def log(self, event: str, **fields: Any) -> None:
        self.logged.append((event, fields))

    def allocate(
        self, lease_id: int, uuids: list[str], *, mined: int = 1, since: int = GENESIS, serve: bool = True
    ) -> Allocation:
        gpus = [{"uuid": uuid, "proof": ["0x" + n.hex() for n in TREE.proof(UUIDS.index(uuid))]} for uuid in uuids]
        raw = json.dumps({"fleet": 1, "lease": lease_id, "version": 1, "gpus": gpus}).encode()
        if serve:
            self.server.paths[f"/allocations/0x{keccak256(raw).hex()}"] = raw
        return Allocation(lease_id, 1, keccak256(raw), since, (mined, 0))

    def run(self, uuids: list[str], start: int = START - HOUR, end: int = END + HOUR, *, healthy: bool = True) -> None:
        """Samples every interval, 700 W, half busy."""
        for uuid in uuids:
            samples = [
                Sample(uuid, time * 1000, 500_000, False, 700_000, 700 * (time - GENESIS) * 1000, healthy)
                for time in range(start, end, INTERVAL)
            ]
            self.store.add(1, EPOCH, samples)

    def observe(self, facts: Facts) -> dict[int, Reading]:
        return dict(self.observer.observe(facts))


def facts_of(*leases: Any, base_epoch: int = EPOCH - 1, epoch: int = EPOCH, **more: Any) -> Facts:
    windows = {each.lease_id: (each.start, Reading()) for each in leases}
    given: dict[str, Any] = {"base": {}, "windows": windows, **more}
    return Facts(SCHEDULE, epoch, base_epoch, given["base"], MeterSet(leases, (FLEET,)), given["windows"])


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    server, fetcher, database = SiteServer(), Fetcher(timeout_s=3), open_database(tmp_path / "node.db")
    made = Bench(server, TelemetryStore(database), fetcher)
    yield made
    made.bodies.close()
    fetcher.close()
    server.close()
    database.close()


def test_allocated_healthy_gpus_are_measured_delivered_and_their_energy_counted(bench: Bench) -> None:
    terms = lease(1, units=2, allocations=(bench.allocate(1, UUIDS[:2]),))
    bench.run(UUIDS)
    seen = bench.observe(facts_of(terms))
    assert seen[terms.meter_id] == Reading(2 * HOUR, 2 * HOUR, HOUR, 0, 1400, 1)
    assert seen[FLEET.meter_id] == Reading(4 * HOUR, 2 * HOUR, HOUR, 0, 2800, 1)
    assert bench.logged == []


def test_samples_of_few_gpus_are_in_memory_at_a_time_and_each_gpu_is_read_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, samples = [], bench.store.samples

    def noted(fleet_id: int, gpus: list[str], *span: int, source: int) -> dict[str, list[Sample]]:
        read.append(gpus)
        return samples(fleet_id, gpus, *span, source=source)

    monkeypatch.setattr(totals, "AT_ONCE", 2)
    monkeypatch.setattr(bench.store, "samples", noted)
    terms = lease(1, units=2, allocations=(bench.allocate(1, UUIDS[1:3]),))
    bench.run(UUIDS)
    seen = bench.observe(facts_of(terms))
    assert seen[terms.meter_id].delivered == seen[FLEET.meter_id].delivered == 2 * HOUR
    assert read == [UUIDS[:2], UUIDS[2:]]


def test_units_without_an_allocation_are_measured_and_not_delivered(bench: Bench) -> None:
    terms = lease(1, units=2)
    bench.run(UUIDS)
    assert bench.observe(facts_of(terms))[terms.meter_id] == Reading(2 * HOUR, 0, 0, 0, 0, 1)


def test_a_void_allocation_is_measured_not_delivered_and_one_that_nobody_serves_is_missing(bench: Bench) -> None:
    void = lease(1, units=2, allocations=(bench.allocate(1, UUIDS[:3]),))
    unserved = lease(2, units=2, allocations=(bench.allocate(2, UUIDS[2:], serve=False),))
    bench.run(UUIDS)
    seen = bench.observe(facts_of(void, unserved))
    assert seen[void.meter_id] == Reading(2 * HOUR, 0, 0, 0, 0, 1)
    assert seen[unserved.meter_id] == Reading(flags=1)
    assert [event for event, _ in bench.logged] == ["allocation void", "allocation unknown"]


def test_a_site_that_serves_other_bytes_than_the_hash_names_is_missing_until_it_serves_the_right_ones(
    bench: Bench,
) -> None:
    allocation = bench.allocate(1, UUIDS[:2])
    path = f"/allocations/0x{allocation.body_hash.hex()}"
    right = bench.server.paths[path]
    bench.server.paths[path] = b"{}"
    terms = lease(1, units=2, allocations=(allocation,))
    bench.run(UUIDS)
    assert bench.observe(facts_of(terms))[terms.meter_id].measured == 0
    bench.server.paths[path] = right
    assert bench.observe(facts_of(terms))[terms.meter_id].delivered == 2 * HOUR
    # From here on it is known by its hash and not asked for again.
    del bench.server.paths[path]
    assert bench.observe(facts_of(terms))[terms.meter_id].delivered == 2 * HOUR


def test_a_gpu_claimed_by_two_leases_is_delivered_to_the_one_mined_first(bench: Bench) -> None:
    later = lease(1, units=1, allocations=(bench.allocate(1, UUIDS[:1], mined=9),))
    earlier = lease(2, units=1, allocations=(bench.allocate(2, UUIDS[:1], mined=4),))
    bench.run(UUIDS)
    seen = bench.observe(facts_of(later, earlier))
    assert seen[later.meter_id] == Reading(HOUR, 0, 0, 0, 0, 1)
    assert seen[earlier.meter_id].delivered == HOUR


def test_gpus_the_exporter_calls_lost_are_measured_and_not_delivered(bench: Bench) -> None:
    terms = lease(1, units=2, allocations=(bench.allocate(1, UUIDS[:2]),))
    bench.run(UUIDS[:1])
    bench.run(UUIDS[1:2], healthy=False)
    seen = bench.observe(facts_of(terms))[terms.meter_id]
    assert (seen.measured, seen.delivered) == (2 * HOUR, HOUR)


def test_silence_is_missing(bench: Bench) -> None:
    terms = lease(1, units=2, allocations=(bench.allocate(1, UUIDS[:2]),))
    bench.run(UUIDS, end=START + 1800 + INTERVAL)
    assert bench.observe(facts_of(terms))[terms.meter_id].measured == 2 * 1800


def test_a_node_without_the_site_of_a_fleet_abstains_and_says_which(bench: Bench) -> None:
    bench.run(UUIDS)
    elsewhere = lease(7, units=2, fleet_id=9, allocations=(bench.allocate(7, UUIDS[:2], serve=False),))
    with pytest.raises(Abstained, match="fleets 9"):
        bench.observe(facts_of(elsewhere))
    listed = MeterSet((), (FLEET, dataclasses.replace(FLEET, fleet_id=4, meter_id=FLEET.meter_id + 3)))
    with pytest.raises(Abstained, match="fleets 4"):
        bench.observe(dataclasses.replace(facts_of(lease(1)), meters=listed))


def test_an_inventory_that_nobody_serves_leaves_the_fleet_unmeasured_and_leases_metered(bench: Bench) -> None:
    del bench.server.paths[f"/inventories/0x{TREE.root.hex()}"]
    terms = lease(1, units=1, allocations=(bench.allocate(1, UUIDS[:1]),))
    bench.run(UUIDS)
    seen = bench.observe(facts_of(terms))
    assert seen[FLEET.meter_id].measured == 0
    assert seen[terms.meter_id].delivered == HOUR


def test_a_breach_is_added_by_the_report_that_closes_the_window_and_fits_its_bound(bench: Bench) -> None:
    terms = lease(1, units=2, start=START - HOUR, hours=2)  # its term, and so its window, ends with the epoch
    bench.run(UUIDS)
    facts = facts_of(terms, base={terms.meter_id: Reading(2 * HOUR, 2 * HOUR)})
    seen = bench.observe(facts)[terms.meter_id]
    assert seen.breached == 2 * HOUR  # measured, nothing allocated: half of the window was not delivered
    bound = facts.bounds()[terms.meter_id]
    assert (bound.units, bound.span_s, bound.window_s) == (2, HOUR, 2 * HOUR)


def test_a_report_that_closes_no_window_has_no_breach_and_no_room_for_one(bench: Bench) -> None:
    terms = lease(1, units=2)
    bench.run(UUIDS)
    facts = facts_of(terms)
    assert bench.observe(facts)[terms.meter_id].breached == 0
    assert facts.bounds()[terms.meter_id].window_s == 0


def test_bounds_count_only_the_term_and_are_in_meter_order() -> None:
    before = lease(2, units=3, start=END, hours=5)
    ending = lease(1, units=3, start=START - 2 * HOUR, hours=4, stop=START + 600)
    facts = facts_of(before, ending)
    bounds = facts.bounds()
    assert list(bounds) == sorted(bounds)
    assert bounds[before.meter_id].span_s == 0
    assert bounds[ending.meter_id].span_s == 600
    assert bounds[FLEET.meter_id] == dataclasses.replace(bounds[FLEET.meter_id], units=4, span_s=HOUR, window_s=0)


@pytest.mark.parametrize(
    ("suspension", "epochs"),
    [
        ((START, START + 10), [(START, END)]),  # suspended in the block at the epoch's very start
        ((START - 1, START), []),  # and resumed in it
        ((START + 1, END), []),
        ((START + 1, END + 1), [(END, END + HOUR)]),
        ((START - 10, None), [(START, END)]),
        ((END - 10, None), []),
    ],
)
def test_an_epoch_is_suspended_whole_if_the_lease_was_at_its_start(
    suspension: tuple[int, int | None], epochs: list[tuple[int, int]]
) -> None:
    facts = facts_of(lease(1))
    found = suspended_epochs(lease(1, suspensions=(suspension,)), facts)
    assert [each for each in found if each[0] < each[1]] == epochs


def test_a_site_is_reached_when_it_answered_at_least_half_of_the_scrapes_due(bench: Bench) -> None:
    facts = facts_of(lease(1))
    for answered in range(HOUR // INTERVAL // 2):
        assert bench.observer.sites_reached(facts) == 0, answered
        bench.store.add(1, EPOCH, [])
    assert bench.observer.sites_reached(facts) == 1
    assert bench.observer.sites_reached(facts_of(lease(1), base_epoch=EPOCH - 2)) == 0


MACHINE = "http://bmc/redfish/v1/Chassis/1"


class Beside:
    """A site with an agent in lease 1 and one machine's own meter, and what each saw."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        power = NodePower(1, [], bench.store)
        power.names = (MACHINE,)
        url = bench.server.url
        agent = Exporter(1, f"{url}/tenant", Fetcher(), bench.store, source=1)
        self.site = Site(
            1, "dcgm", INTERVAL, f"{url}/allocations", f"{url}/inventories", bench.site.source, {1: agent}, power
        )
        self.bodies = Bodies([self.site], bench.store, Fetcher(timeout_s=3), bench.log)
        self.observer = SiteObserver([self.site], bench.store, self.bodies, bench.log)

    def saw(self, source: int, name: str, watts: int, *, active: int = 500_000, end: int = END + HOUR) -> None:
        times = range(START - HOUR, end, INTERVAL)
        samples = [Sample(name, time * 1000, active, False, watts * 1000, None, True) for time in times]
        self.bench.store.add(1, EPOCH, samples, source=source)

    def flags(self) -> tuple[int, int]:
        """Of the lease and of the fleet, without those about energy."""
        terms = lease(1, units=2, allocations=(self.bench.allocate(1, UUIDS[:2]),))
        self.bench.run(UUIDS)
        seen = dict(self.observer.observe(facts_of(terms)))
        self.bodies.close()
        assert seen[terms.meter_id].delivered == 2 * HOUR
        return seen[terms.meter_id].flags, seen[FLEET.meter_id].flags


def test_a_tenants_agent_that_sees_the_same_raises_its_lease_and_not_the_fleet(bench: Bench) -> None:
    beside = Beside(bench)
    for uuid in UUIDS[:2]:
        beside.saw(1, uuid, 700)
    assert beside.flags() == (TrustLevel.TENANT_AGENT, TrustLevel.OPERATOR_EXPORTER)


def test_a_tenants_agent_that_sees_an_idle_gpu_is_told_of(bench: Bench) -> None:
    beside = Beside(bench)
    for uuid in UUIDS[:2]:
        beside.saw(1, uuid, 700, active=0)
    assert beside.flags() == (TrustLevel.OPERATOR_EXPORTER | ReadingFlag.TENANT_DISAGREES, 1)


def test_a_machine_that_draws_what_its_boards_do_and_more_raises_all_its_meters(bench: Bench) -> None:
    beside = Beside(bench)
    beside.saw(NODE_POWER, MACHINE, 4000)
    assert beside.flags() == (TrustLevel.PDU_CROSS_CHECK, TrustLevel.PDU_CROSS_CHECK)


def test_boards_above_their_machine_are_disputed(bench: Bench) -> None:
    beside = Beside(bench)
    beside.saw(NODE_POWER, MACHINE, 2600)  # four boards say 2800 W
    disputed = TrustLevel.OPERATOR_EXPORTER | ReadingFlag.POWER_DISPUTED
    assert beside.flags() == (disputed, disputed)


def test_a_machine_that_was_not_measured_all_the_time_says_nothing(bench: Bench) -> None:
    beside = Beside(bench)
    beside.saw(NODE_POWER, MACHINE, 2600, end=END - INTERVAL)
    assert beside.flags() == (1, 1)


def test_a_gpu_that_is_in_no_inventory_flags_the_fleet_and_is_named(bench: Bench) -> None:
    bench.run([*UUIDS, "GPU-somebody-elses"])
    terms = lease(1, units=2, allocations=(bench.allocate(1, UUIDS[:2]),))
    seen = bench.observe(facts_of(terms))
    assert seen[FLEET.meter_id].flags == 1 | ReadingFlag.UNLISTED_GPU
    assert seen[terms.meter_id].flags == 1
    assert bench.logged == [("GPU outside the inventory", {"fleet": 1, "gpus": ["GPU-somebody-elses"], "in_all": 1})]


def test_a_gpu_seen_only_before_or_after_the_epoch_flags_nothing(bench: Bench) -> None:
    bench.run(UUIDS)
    bench.run(["GPU-before"], end=START)
    bench.run(["GPU-after"], start=END)
    assert bench.observe(facts_of(lease(1)))[FLEET.meter_id].flags == 1


def test_a_site_that_hangs_is_waited_for_once_and_what_was_fetched_ahead_is_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observe, "BODY_WAIT_S", 0.2)
    released = Event()
    ahead = lease(1, units=1, allocations=(bench.allocate(1, UUIDS[:1]),))
    bench.bodies.prepare(facts_of(ahead).meters)
    bench.bodies.wait(3)
    hanging = [lease(n, units=1, allocations=(bench.allocate(n, [UUIDS[n - 1]]),)) for n in (2, 3, 4)]
    for each in hanging:
        path = f"/allocations/0x{each.allocations[0].body_hash.hex()}"
        body = bench.server.paths[path]
        bench.server.paths[path] = lambda body=body: (released.wait(20) and body) or b""
    bench.run(UUIDS)
    began = time.monotonic()
    seen = bench.observe(facts_of(ahead, *hanging))
    assert time.monotonic() - began < 2
    assert seen[ahead.meter_id].delivered == HOUR
    assert seen[FLEET.meter_id].measured == 4 * HOUR
    assert [seen[each.meter_id].measured for each in hanging] == [0, 0, 0]
    reasons = [fields["reason"] for event, fields in bench.logged if event == "allocation unknown"]
    assert reasons == ["the site of fleet 1 has not answered yet"] * 3
    released.set()
    bench.bodies.wait(5)
    assert [bench.observe(facts_of(ahead, *hanging))[each.meter_id].delivered for each in hanging] == [HOUR] * 3


def test_a_database_that_gives_nothing_is_no_unknown_allocation(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = lease(1, units=1, allocations=(bench.allocate(1, UUIDS[:1]),))
    bench.run(UUIDS)
    assert bench.observe(facts_of(terms))[terms.meter_id].delivered == HOUR

    def locked(_: bytes) -> bytes | None:
        raise DatabaseLocked("held by another program")

    with monkeypatch.context() as broken:
        # From when all was fetched that is not here, and the bodies themselves are read.
        broken.setattr(bench.bodies, "wait", lambda _: broken.setattr(bench.store, "body", locked))
        with pytest.raises(DatabaseLocked):
            bench.observe(facts_of(terms))
    assert bench.logged == []
    assert bench.observe(facts_of(terms))[terms.meter_id].delivered == HOUR


def test_samples_that_the_database_does_not_give_are_no_fault_of_one_meter(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = lease(1, units=1, allocations=(bench.allocate(1, UUIDS[:1]),))
    bench.run(UUIDS)

    def locked(*_: Any, **__: Any) -> Any:
        raise DatabaseLocked("held by another program")

    # Asked for by one meter only once all were read ahead.
    monkeypatch.setattr(observe, "lease_increments", locked)
    with pytest.raises(DatabaseLocked):
        bench.observe(facts_of(terms))
    assert bench.logged == []


@pytest.mark.parametrize("lost", ["allocation", "inventory"])
def test_what_a_site_served_and_the_database_did_not_take_is_no_fault_of_the_sites(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    now = [100.0]
    bench.bodies = Bodies([bench.site], bench.store, Fetcher(timeout_s=3), bench.log, lambda: now[0])
    bench.observer = SiteObserver([bench.site], bench.store, bench.bodies, bench.log)
    terms = lease(1, units=1, allocations=(bench.allocate(1, UUIDS[:1]),))
    bench.run(UUIDS)
    add = bench.store.add_body

    def full(body_hash: bytes, raw: bytes) -> None:
        if (body_hash == TREE.root) == (lost == "inventory"):
            raise DiskFull("no room")
        add(body_hash, raw)

    with monkeypatch.context() as broken:
        broken.setattr(bench.store, "add_body", full)
        for _ in range(2):
            with pytest.raises(DiskFull, match="no room"):
                bench.observe(facts_of(terms))
        assert bench.logged == []
    asked = len(bench.server.asked)
    bench.bodies.retry()
    bench.bodies.wait(3)
    assert len(bench.server.asked) == asked  # not at once: the site has served it twice by now
    now[0] += bodies.STORE_RETRY_S
    bench.bodies.retry()
    bench.bodies.wait(3)
    assert len(bench.server.asked) > asked
    seen = bench.observe(facts_of(terms))
    assert (seen[terms.meter_id].delivered, seen[FLEET.meter_id].measured) == (HOUR, 4 * HOUR)
    assert bench.logged == []


def test_what_could_not_be_had_is_asked_for_again_after_a_while(bench: Bench) -> None:
    now = [100.0]
    bodies_of = Bodies([bench.site], bench.store, Fetcher(timeout_s=3), bench.log, lambda: now[0])
    terms = lease(1, units=1, allocations=(bench.allocate(1, UUIDS[:1]),))
    path = f"/allocations/0x{terms.allocations[0].body_hash.hex()}"
    body = bench.server.paths.pop(path)
    bodies_of.prepare(facts_of(terms).meters)
    bodies_of.wait(3)
    bench.server.paths[path] = body
    asked = len(bench.server.asked)
    bodies_of.retry()
    bodies_of.wait(3)
    assert len(bench.server.asked) == asked  # not at once
    now[0] += 60
    bodies_of.retry()
    bodies_of.wait(3)
    assert bodies_of.body(1, terms.allocations[0].body_hash) == body
    bodies_of.close()


def with_fleet(facts: Facts, **changes: Any) -> Facts:
    meters = MeterSet(facts.meters.leases, (dataclasses.replace(FLEET, **changes),))
    return dataclasses.replace(facts, meters=meters)


@pytest.mark.parametrize("count", [3, 5, 1 << 31])
def test_an_inventory_that_is_not_as_long_as_its_count_leaves_the_fleet_unmeasured_and_leases_metered(
    bench: Bench, count: int
) -> None:
    terms = lease(1, units=1, allocations=(bench.allocate(1, UUIDS[:1]),))
    bench.run(UUIDS)
    seen = bench.observe(with_fleet(facts_of(terms), units=2, inventories=(Inventory(1, TREE.root, count),)))
    assert seen[FLEET.meter_id].measured == 0
    assert seen[terms.meter_id].delivered == HOUR


def test_an_inventory_is_checked_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Inventory] = []

    def check(raw: bytes, inventory: Inventory) -> tuple[str, ...]:
        checked.append(inventory)
        return inventory_gpus(raw, inventory)

    monkeypatch.setattr(bodies, "inventory_gpus", check)
    bench.run(UUIDS)
    facts = facts_of(lease(1))
    assert bench.observe(facts) == bench.observe(facts)
    assert len(checked) == 1
    bench.observe(with_fleet(facts, inventories=(*FLEET.inventories, Inventory(2, TREE.root, 4))))
    assert [inventory.version for inventory in checked] == [1, 2]


@pytest.mark.parametrize("which", ["lease_increments", "fleet_increments"])
def test_a_meter_that_counts_too_much_is_held_to_its_bound(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    much = 1 << 60
    monkeypatch.setattr(observe, which, lambda *_, **__: Increments(much, much, much, much, much, 9))
    bench.run(UUIDS)
    terms = lease(1, units=2)
    facts = facts_of(terms)
    seen = bench.observe(facts)
    for meter, bound in facts.bounds().items():
        check_increments(seen[meter], bound.units, bound.span_s, bound.window_s)
    meter, units = (terms.meter_id, 2) if which == "lease_increments" else (FLEET.meter_id, 4)
    assert seen[meter] == Reading(units * HOUR, units * HOUR, units * HOUR, 0, COUNTER_MAX, 9)


def test_a_lease_of_more_units_than_48_bits_count_voids_nothing(bench: Bench) -> None:
    units = (1 << 32) - 1
    vast = lease(1, units=units, allocations=(bench.allocate(1, [], serve=False),), start=GENESIS)
    honest = lease(2, units=1, allocations=(bench.allocate(2, UUIDS[:1]),), start=GENESIS)
    bench.run(UUIDS, start=GENESIS)
    seen = bench.observe(facts_of(vast, honest, base_epoch=0, epoch=40))
    assert seen[vast.meter_id].measured == COUNTER_MAX < units * 40 * HOUR
    assert seen[honest.meter_id].delivered > 0


def test_a_meter_that_cannot_be_counted_is_missing_and_the_others_are_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(term: Any, *given: Any, **more: Any) -> Increments:
        if term.meter_id == odd.meter_id:
            raise ValueError("allocations overlap")
        return lease_increments(term, *given, **more)

    odd, good = lease(1), lease(2, units=1, allocations=(bench.allocate(2, UUIDS[:1]),))
    monkeypatch.setattr(observe, "lease_increments", fail)
    bench.run(UUIDS)
    seen = bench.observe(facts_of(odd, good))
    assert seen[odd.meter_id] == Reading()
    assert seen[good.meter_id].delivered == HOUR
    assert [event for event, _ in bench.logged] == ["fault in one meter, please report it"]
