"""What an operator asks of running nodes: status, dry-run, replay-epoch, prove; real processes on a real chain."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from oracle.domain.merkle import meter_leaf, root_of_proof
from oracle.domain.reading import Reading
from tests.support.chain import HOUR, Stack, act, rpc, travel_to
from tests.support.fixtures import chain, stack  # noqa: F401 - fixtures
from tests.support.market import finalise
from tests.support.running_nodes import RunningNodes, running_nodes

pytestmark = pytest.mark.slow


def wellhead(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "wellhead", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def told(folder: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = wellhead(folder, *arguments, "--json")
    assert done.returncode == code, done.stderr + done.stdout
    return dict(json.loads(done.stdout))


@pytest.fixture
def stage(stack: Stack, tmp_path: Path) -> Iterator[RunningNodes]:  # noqa: F811 - the fixture
    with running_nodes(stack, tmp_path) as made:
        yield made


def test_running_nodes_tell_rehearse_replay_and_prove(stage: RunningNodes) -> None:
    lease = stage.lease
    stage.start(*stage.nodes)
    for epoch in (1, 2, 3):
        stage.report(epoch)
    folder, market = stage.nodes[1].folder, stage.stack
    stage.wait(lambda: (stage.nodes[1].status() or {}).get("standing") == 3)

    # status: once for people, once for machines
    status = told(folder, "status")
    assert (status["index"], status["standing"], status["troubles"]) == (1, 3, [])
    shown = wellhead(folder, "status").stdout
    assert "epoch 3" in shown
    assert "it does its work" in shown
    nobody = wellhead(folder, "status", "--url", "http://127.0.0.1:9")
    assert (nobody.returncode, "check that the node runs" in nobody.stderr) == (2, True)

    # dry-run: of an epoch that has ended and is not yet reported, and of one whose observation is known
    again = told(folder, "dry-run", "--epoch", "3")
    (mine,) = [row for row in again["meters"] if row["meter"] == f"lease {lease}"]
    assert {name: mine[name] for name in ("measured", "delivered", "utilised", "energy_wh", "coverage")} == {
        "measured": 2 * HOUR, "delivered": 2 * HOUR, "utilised": HOUR, "energy_wh": 1400, "coverage": 1.0,
    }  # fmt: skip
    assert (again["base_epoch"], again["sites_reached"], again["sites"]) == (2, 1, 1)
    rpc(market.w3, "evm_mine")  # the last epoch has ended once a block lies behind its end
    table = wellhead(folder, "dry-run")
    assert f"lease {lease}" in table.stdout, table.stderr
    assert "since epoch 3, as of block" in table.stdout
    future = wellhead(folder, "dry-run", "--epoch", "999")
    assert (future.returncode, "which have ended" in future.stderr) == (2, True)

    # replay-epoch: all alike, this node's own samples among it
    replayed = told(folder, "replay-epoch", "3")
    assert replayed["same"]
    assert {step["what"]: step["same"] for step in replayed["steps"]}["own samples"] is True
    assert again["root"] in {step["rebuilt"] for step in replayed["steps"] if "observation" in step["what"]}
    assert "is what its observations make" in wellhead(folder, "replay-epoch", "3").stdout

    # prove: nothing is final yet, but what stands can be proven; then it settles
    chain_of = ["--rpc", market.w3.provider.endpoint_uri, "--deployment", str(stage.deployment)]  # type: ignore[attr-defined]
    nodes = ["--node", "http://127.0.0.1:9", "--node", stage.nodes[2].url]
    early = wellhead(folder, "prove", str(lease), *chain_of, *nodes)
    assert (early.returncode, "no report is final yet" in early.stderr) == (2, True)
    standing = told(folder, "prove", str(lease), *chain_of, *nodes, "--epoch", "3", "--verify", code=1)
    assert not standing["final"]
    assert "NotFinal" in standing["verified"]
    for node in stage.up:
        node.end(15)
    finalise(market, 3)
    stage.start(stage.nodes[2])
    stage.wait(lambda: (stage.nodes[2].status() or {}).get("head") is not None)
    proof = told(folder, "prove", str(lease), *chain_of, *nodes, "--verify")
    assert (proof["final"], proof["verified"], proof["epoch"]) == (True, "settles", 3)
    assert proof["counters"]["delivered"] == 2 * HOUR
    assert_proves(proof)
    said = proof["settle"]
    arguments = (int(said["leaseId"]), int(said["epoch"]), int(said["reading"]), said["proof"])
    act(market.leases.functions.settle(*arguments), market.owner)
    stranger = wellhead(folder, "prove", "999", *chain_of, *nodes)
    assert stranger.returncode == 2

    # replay-epoch names the first difference: this node's samples are no longer those it observed
    with closing(sqlite3.connect(folder / "node.db")) as database:
        database.execute("UPDATE samples SET healthy = 0 WHERE gpu LIKE 'GPU-00000001%'")
        database.commit()
    replayed = told(folder, "replay-epoch", "3", code=1)
    last = replayed["steps"][-1]
    assert (last["what"], last["same"]) == ("own samples", False)
    assert (last["rebuilt"], last["stands"]) == (f"lease {lease} delivered 3,600", f"lease {lease} delivered 7,200")
    travel_to(market.w3, market.w3.eth.get_block("latest")["timestamp"] + 1)


def assert_proves(proof: dict[str, Any]) -> None:
    """The proof's leaf and siblings make the root it is said to make."""
    reading = Reading.unpack(int(proof["settle"]["reading"]))
    siblings = [bytes.fromhex(node[2:]) for node in proof["settle"]["proof"]]
    assert "0x" + root_of_proof(meter_leaf(int(proof["meter"], 16), reading), siblings).hex() == proof["root"]
