"""False reports are planted among four `wellhead run` processes and dropped by `wellhead watch`: the nodes go on from
the newest report that is left, or from none, and every reading is as if nothing had happened."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import Any

import httpx
import pytest
from eth_account import Account
from hexbytes import HexBytes
from web3 import Web3
from web3.types import TxParams

from oracle.domain.reading import Reading
from tests.support.chain import HOUR, Stack, act, node_key, rpc, unlock
from tests.support.fixtures import chain, stack  # noqa: F401 - fixtures
from tests.support.reporting import Made, Pairs, make, showing_node, submission, true_leaves
from tests.support.running_nodes import GPUS, LEASE_EPOCH, LEASED, RunningNodes, running_nodes
from tests.support.wellhead import PASSWORD, WELLHEAD

pytestmark = pytest.mark.slow

QUORUM = 3
FIRST_LIARS, HONEST, LATER_LIARS = range(4), range(4, 8), range(8, 12)
"""Numbers of node keys. Evidence throws who signed a lie out of the node set, so each set of liars is used up."""
CHALLENGER = Account.from_key(Web3.keccak(text="challenger"))
ONE_DELIVERED = 1 << 160


@pytest.fixture
def stage(stack: Stack, tmp_path: Path) -> Iterator[RunningNodes]:  # noqa: F811 - the fixture
    for index in (*HONEST, *LATER_LIARS):
        cold = node_key("cold", index).address
        unlock(stack.w3, cold)
        act(stack.node_set.functions.join(node_key("hot", index).address), cold)
    with running_nodes(stack, tmp_path, HONEST[0]) as made:
        yield made


def choose(stage: RunningNodes, numbers: range) -> None:
    """The issuer makes these the node set."""
    colds = [node_key("cold", number).address for number in numbers]
    configure = stage.stack.node_set.functions.configure(stage.stack.oracle.address, colds, bytes(32))
    act(configure, stage.stack.owner)


def lie(stage: RunningNodes, liars: range, epoch: int, base: Pairs) -> Made:
    """A report in which the fleet delivered a unit-second too much, by a set of liars. It is mined as the first thing
    in its epoch's window. Every running node sees it stand."""
    theirs = replace(stage.stack, hot_keys=tuple(node_key("hot", number) for number in liars))
    w3 = stage.stack.w3
    lease = LEASED * HOUR if epoch >= LEASE_EPOCH else 0
    increments = {
        stage.fleet_meter: Reading(GPUS * HOUR, lease, lease // 2),
        stage.lease_meter: Reading(lease, lease, lease // 2),
    }
    seen = [sorted((meter, reading.pack()) for meter, reading in increments.items())] * QUORUM
    leaves = [(meter, word + ONE_DELIVERED * (meter == stage.fleet_meter)) for meter, word in true_leaves(base, seen)]
    stage.travel(stage.opens(epoch) - 1)
    made = make(theirs, epoch, base, seen, leaves)
    rpc(w3, "evm_setNextBlockTimestamp", stage.opens(epoch))
    call: TxParams = {
        "from": w3.eth.accounts[0],
        "to": stage.stack.oracle.address,
        "data": HexBytes(submission(stage.stack, made)),
    }
    sent = w3.eth.send_transaction({**call, "gas": 300_000})  # an estimate would be of the block before
    assert w3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    stands = {"epoch": epoch, "root": "0x" + made.report.root.hex(), "signers": [0, 1, 2]}
    stage.wait(lambda: all(stands in logged(stage, index, "report stands") for index in running(stage)))
    return made


def running(stage: RunningNodes) -> list[int]:
    """The indexes of the nodes that run."""
    return [index for index, node in enumerate(stage.nodes) if node.running is not None]


def logged(stage: RunningNodes, index: int, event: str) -> list[dict[str, Any]]:
    """A node's log lines of one event, without their time."""
    lines = (line for line in stage.nodes[index].log() if line["event"] == event)
    return [{name: value for name, value in line.items() if name not in ("time", "event")} for line in lines]


def watch(stage: RunningNodes, *shows: str) -> list[tuple[str, int, str]]:
    """What `wellhead watch` finds and proves, asking the nodes at `shows`."""
    home = stage.folder / "watch"
    if not home.exists():
        home.mkdir()
        rpc(stage.stack.w3, "anvil_setBalance", CHALLENGER.address, hex(10**18))
        (home / "gas.json").write_text(json.dumps(Account.encrypt(CHALLENGER.key, PASSWORD, iterations=2)))
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o600)
    (home / "watch.toml").write_text(
        f'[chain]\nrpc_urls = ["{stage.stack.w3.provider.endpoint_uri}"]\ndeployment = "{stage.deployment}"\n'  # type: ignore[attr-defined]
        'confirmations = 1\n[gas_key]\nkeystore = "gas.json"\npassword_file = "password"\n'
        f'[watch]\ndatabase = "watch.db"\nnodes = {json.dumps(shows)}\npoll_ms = 50\n'
    )
    done = subprocess.run(
        [WELLHEAD, "watch", "--config", home / "watch.toml", "--once", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [(line["event"], line["epoch"], line["outcome"]) for line in lines if "outcome" in line]


def go_back(stage: RunningNodes, gone: int, standing: int) -> None:
    """Waits until every running node has seen that the report of `gone` is, and which one stands now."""
    line = {"epoch": gone, "standing": standing}
    stage.wait(lambda: all(line in logged(stage, index, "report gone") for index in running(stage)))


def test_nodes_go_on_from_no_base_and_from_an_older_one_after_reports_were_dropped(stage: RunningNodes) -> None:
    oracle = stage.stack.oracle
    stage.start(*stage.nodes)
    with showing_node() as shown:
        shown.show(lie(stage, FIRST_LIARS, 1, []))
        assert watch(stage, shown.url) == [("wrongAggregate", 1, "proven")]
    assert stage.head_epoch() == 0
    go_back(stage, gone=1, standing=0)
    choose(stage, HONEST)
    # The contract takes no second report of the epoch; the leader who tried says so.
    stage.wait(lambda: any("was dropped" in line["reason"] for line in logged(stage, 1, "waiting")))
    stage.report(2)
    assert oracle.functions.standing(2).call()[2] == 0
    truth = stage.readings(0, 2)
    assert truth[stage.fleet_meter] == Reading(GPUS * 2 * HOUR, 0, 0, 0, 5600, 1)

    # Node 3's address now shows the lie's readings: the others prove them, and build on them.
    choose(stage, LATER_LIARS)
    told = lie(stage, LATER_LIARS, 3, sorted((meter, reading.pack()) for meter, reading in truth.items()))
    choose(stage, HONEST)
    stage.nodes[3].end(SIGKILL)
    with showing_node(stage.nodes[3].port) as shown:
        shown.show(told)
        stage.report(4)
        assert oracle.functions.standing(4).call()[2] == 3
        found = watch(stage, shown.url, stage.nodes[0].url)
        assert ("wrongAggregate", 3, "proven") in found
        assert ("report", 2, "clean") in found
    assert stage.head_epoch() == 2
    go_back(stage, gone=4, standing=2)
    # They signed it over a base that is gone, so there is none for epoch 4; the next catches up on all of it.
    stage.report(5)
    standing = oracle.functions.standing(5).call()
    assert (standing[2], standing[5]) == (2, 0b0111)
    assert stage.readings(0, 5)[stage.lease_meter] == Reading(6 * HOUR, 6 * HOUR, 3 * HOUR, 0, 4200, 1)

    assert sum(stage.stack.w3.eth.get_transaction_count(node.gas) for node in stage.nodes) == 3  # for 2, 4 and 5
    for node in stage.up:
        page = httpx.get(f"{node.url}/v1/reports", trust_env=False).json()
        assert [(report["epoch"], report["base_epoch"]) for report in page["reports"]] == [(5, 2), (2, 0)]
        states = {row["epoch"]: row["state"] for row in (node.status() or {})["epochs"]}
        assert (states[2], states[4]) == ("CONFIRMED", "EXPIRED")
        assert node.end(SIGTERM) == 0
        assert "fault in this node" not in node.texts()
