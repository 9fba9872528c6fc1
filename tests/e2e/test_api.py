"""The API of a running node: its proofs settle, its metrics are those of the dashboard and the alerts, and nothing that
anybody asks makes it fail."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from web3.logs import DISCARD

from tests.e2e.api_node import EPOCHS, ApiNode, api_node
from tests.support.chain import ROOT, act, anvil, deploy_stack
from tests.support.market import lease_meter
from tests.support.promtool import promtool

pytestmark = pytest.mark.slow

SCHEMATHESIS = ROOT / ".venv-schemathesis" / "bin" / "schemathesis"
SECONDS = 30
"""How long each of the two runs may ask."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiNode]:
    with anvil() as chain, api_node(deploy_stack(chain.w3), tmp_path_factory.mktemp("node")) as running:
        yield running


def test_a_lease_settles_on_chain_with_what_the_api_gives(node: ApiNode) -> None:
    stack, final = node.stack, node.get(f"/v1/leases/{node.lease}")["final"]
    assert final["epoch"] in (EPOCHS - 7, EPOCHS - 6)  # whether six hours are over turns on a second
    assert int(final["meter"]["meter_id"]) == lease_meter(stack, node.lease)
    proof = [bytes.fromhex(sibling[2:]) for sibling in final["proof"]]
    settle = stack.leases.functions.settle(node.lease, final["epoch"], int(final["meter"]["reading"]), proof)
    receipt = act(settle, stack.w3.eth.accounts[5])
    (settled,) = stack.leases.events.Settled().process_receipt(receipt, errors=DISCARD)
    assert settled["args"]["reading"] == int(final["meter"]["reading"])


def test_a_chart_of_the_fleet_shows_an_outage_apart_from_missing_telemetry(node: ApiNode) -> None:
    series = node.get(f"/v1/fleets/{node.fleet.fleet_id}/series")
    by_epoch = {bucket["last_epoch"]: bucket for bucket in series["buckets"]}
    assert len(by_epoch) == EPOCHS
    assert (by_epoch[6]["missing_share"], by_epoch[6]["delivered_units"]["mean"]) == (0, 2)
    assert (by_epoch[7]["missing_share"], by_epoch[7]["delivered_units"]["mean"]) == (0, 0)
    assert (by_epoch[9]["missing_share"], by_epoch[9]["measured_unit_s"]) == (1, 0)
    few = node.get(f"/v1/fleets/{node.fleet.fleet_id}/series?points=3")["buckets"]
    assert len(few) == 3
    assert sum(bucket["energy_wh"] for bucket in few) == 2800 * (EPOCHS - 1)


def test_coverage_tells_of_the_site_that_the_node_samples(node: ApiNode) -> None:
    (site,) = node.get("/v1/coverage?epochs=3")["sites"]
    assert (site["fleet_id"], site["kind"], site["interval_s"]) == (str(node.fleet.fleet_id), "dcgm", 900)
    assert site["reachable"], node.get("/status")["sites"]
    assert any(each["answers"] for each in site["epochs"])


def exposition(node: ApiNode) -> bytes:
    return httpx.get(f"{node.url}/metrics", trust_env=False).content


def test_the_metrics_are_as_promtool_wants_them(node: ApiNode) -> None:
    checked = subprocess.run([promtool(), "check", "metrics"], input=exposition(node), capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def dashboard_queries() -> list[str]:
    panels = json.loads((ROOT / "deploy" / "grafana" / "wellhead.json").read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def alert_queries() -> list[str]:
    groups = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def test_every_query_of_dashboard_and_alerts_is_promql_on_metrics_that_the_node_has(
    node: ApiNode, tmp_path: Path
) -> None:
    queries = dashboard_queries() + alert_queries()
    plain = [
        query.replace("$__rate_interval", "5m").replace("$job", ".+").replace("$instance", ".+") for query in queries
    ]
    rules: list[dict[str, Any]] = [{"record": f"query:{n}", "expr": query} for n, query in enumerate(plain)]
    path = tmp_path / "queries.yml"
    path.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
    checked = subprocess.run([promtool(), "check", "rules", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    told = {line.split()[2] for line in exposition(node).decode().splitlines() if line.startswith("# TYPE ")}
    used = {name for query in queries for name in re.findall(r"\b(?:wellhead|process)_[a-z_]+", query)}
    assert len(used) > 30
    assert used <= told, f"the node does not tell of {used - told}"


def test_every_metric_of_the_node_is_on_the_dashboard_or_in_an_alert_or_for_people(node: ApiNode) -> None:
    told = {line.split()[2] for line in exposition(node).decode().splitlines() if line.startswith("# TYPE wellhead_")}
    used = " ".join(dashboard_queries() + alert_queries())
    for_people = {
        "wellhead_build_info",
        "wellhead_epoch_length_seconds",
        "wellhead_chain_head_block",
        "wellhead_clock_refusals_total",
        "wellhead_rpc_head_block",
        "wellhead_rpc_answers_total",
        "wellhead_trees_built_total",
    }
    assert {name for name in told if name not in used} <= for_people


@pytest.mark.parametrize("about", ["what there is", "anything"])
def test_schemathesis_finds_no_5xx_and_no_answer_but_those_described(node: ApiNode, tmp_path: Path, about: str) -> None:
    config = (ROOT / "tools" / "schemathesis.toml").read_text()
    if about == "what there is":
        config = f"[parameters]\n{_real_names(node)}\n{config}"
    (tmp_path / "schemathesis.toml").write_text(config)
    done = subprocess.run(
        [
            SCHEMATHESIS,
            f"--config-file={tmp_path / 'schemathesis.toml'}",
            "run",
            f"{node.url}/openapi.json",
            "--seed=3",
            f"--max-time={SECONDS}",
            "--max-examples=60",
            "--phases=examples,coverage,fuzzing",
            "--suppress-health-check=all",
            "--generation-database=none",
            "--continue-on-failure",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2000:]
    tested = re.search(r"(\d+) generated", done.stdout)
    assert tested, done.stdout[-3000:]
    assert int(tested[1]) > 150, done.stdout[-3000:]
    assert "fault in this node" not in node.log
    assert httpx.get(f"{node.url}/livez", trust_env=False).status_code == 200


def _real_names(node: ApiNode) -> str:
    """Names of things this node has, so that answers are looked at too and not only refusals."""
    meter = lease_meter(node.stack, node.lease)
    return (
        f'"path.epoch" = {EPOCHS}\n"path.meter_id" = "{meter}"\n"path.lease_id" = "{node.lease}"\n'
        f'"path.fleet_id" = "{node.fleet.fleet_id}"\n'
    )
