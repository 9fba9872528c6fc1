"""`/metrics`: what Prometheus reads is the node as it is, and promtool finds nothing to say about it."""

import re
import subprocess
from collections.abc import Iterable

import pytest
from prometheus_client.core import Metric

from oracle.api.parts import outbox_metrics, pool_metrics
from oracle.chain.endpoint import EndpointHealth
from oracle.chain.errors import ChainUnreachable
from oracle.chain.outbox import OutboxHealth
from oracle.chain.pool import PoolHealth
from oracle.domain.reading import Reading
from oracle.store.reports import EpochState, ReportStore
from tests.support.promtool import promtool
from tests.unit.api.world import GENESIS, HOUR, World, fleet_meter


def scrape(world: World) -> dict[str, float]:
    text = world.client.get("/metrics").text
    found = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_promtool_accepts_it_and_its_names(world: World) -> None:
    world.stand(1, {fleet_meter(1): Reading(1)})
    exposition = world.client.get("/metrics", headers={"accept": "text/plain"}).content
    checked = subprocess.run([promtool(), "check", "metrics"], input=exposition, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def test_openmetrics_is_given_to_those_who_ask_for_it(world: World) -> None:
    answer = world.client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_the_lag_is_what_may_be_reported_less_what_stands_and_a_signature_left_out_shows(world: World) -> None:
    assert "wellhead_epoch_lag_epochs" not in scrape(world)
    world.stand(4, {fleet_meter(1): Reading(1)})
    found = scrape(world)
    assert (found["wellhead_epoch_due"], found["wellhead_epoch_standing"], found["wellhead_epoch_lag_epochs"]) == (
        4,
        4,
        0,
    )
    assert (found["wellhead_node_member"], found["wellhead_report_signed"]) == (1, 1)
    world.node.index = 2  # signers are 0, 1 and 3
    world.settle()
    found = scrape(world)
    assert (found["wellhead_epoch_lag_epochs"], found["wellhead_report_signed"]) == (6, 0)
    world.node.index = None
    assert scrape(world)["wellhead_node_member"] == 0


def test_sites_epochs_database_and_answers_are_counted(world: World) -> None:
    store = ReportStore(world.database)
    store.advance(1, EpochState.CONFIRMED)
    store.advance(2, EpochState.EXPIRED)
    store.advance(3, EpochState.EXPIRED)
    world.get("/v1/nothing", status=404)
    found = scrape(world)
    assert found['wellhead_epochs{state="EXPIRED"}'] == 2
    assert found['wellhead_site_up{fleet="1",kind="dcgm"}'] == 1
    assert found['wellhead_site_last_sample_timestamp_seconds{fleet="1",kind="dcgm"}'] == GENESIS + HOUR
    assert found['wellhead_http_responses_total{class="4xx"}'] == 1
    assert found["wellhead_disk_free_bytes"] > 1e6
    assert found["wellhead_database_size_bytes"] > 1e4
    assert found["process_resident_memory_bytes"] > 1e6
    world.sites[0].last_error = "gone"
    assert scrape(world)['wellhead_site_up{fleet="1",kind="dcgm"}'] == 0


def test_a_part_that_cannot_be_read_is_missing_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ChainUnreachable("gone")

    monkeypatch.setattr(world.database, "size", broken)
    found = scrape(world)
    assert found['wellhead_part_readable{part="database"}'] == 0
    assert found['wellhead_part_readable{part="sites"}'] == 1
    assert "wellhead_disk_free_bytes" not in found


def samples(metrics: Iterable[Metric]) -> dict[str, float]:
    found = {}
    for metric in metrics:
        for sample in metric.samples:
            labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = float(sample.value)
    return found


def test_each_rpc_is_told_of_by_name_and_what_failed_by_kind() -> None:
    good = EndpointHealth("a.example#1", 100, 20, 7, {}, 0, "")
    bad = EndpointHealth("b.example#2", None, 900, 1, {"time-out": 3}, 5, "does not answer")
    found = samples(pool_metrics(PoolHealth(2, 1, 100, 3.5, 12.0, "too few", (good, bad))))
    assert (found["wellhead_rpc_quorum"], found["wellhead_rpc_agreeing"], found["wellhead_rpc_head_still_seconds"]) == (
        2,
        1,
        12,
    )
    assert (found["wellhead_rpc_up{rpc=a.example#1}"], found["wellhead_rpc_up{rpc=b.example#2}"]) == (1, 0)
    assert found["wellhead_rpc_latency_seconds{rpc=b.example#2}"] == 0.9
    assert found["wellhead_rpc_failures_total{rpc=b.example#2,kind=time-out}"] == 3
    assert "wellhead_rpc_head_block{rpc=b.example#2}" not in found


def test_a_gas_key_that_was_not_looked_at_has_no_balance_rather_than_none() -> None:
    assert "wellhead_gas_balance_ether" not in samples(outbox_metrics(OutboxHealth("0x", None, 0, 0, 0, {}, "")))
    found = samples(outbox_metrics(OutboxHealth("0x", 15 * 10**17, 2, 1, 90, {"replaced": 4}, "fees")))
    assert (found["wellhead_gas_balance_ether"], found["wellhead_outbox_stuck"]) == (1.5, 1)
    assert (found["wellhead_outbox_pending_transactions"], found["wellhead_outbox_oldest_pending_seconds"]) == (2, 90)
    assert found["wellhead_outbox_events_total{kind=replaced}"] == 4
    assert found["wellhead_outbox_events_total{kind=lost}"] == 0  # told of before it happens: or no increase is seen
