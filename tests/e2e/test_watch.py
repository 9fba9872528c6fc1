"""`wellhead watch` against a colluding quorum on a real chain: each lie falls, its signers pay, the truth stands."""

import json
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_typing import HexStr
from web3 import Web3

from oracle.domain.reading import Reading
from oracle.watch.config import EXAMPLE, WatchConfig, WatchSettings, load_config
from tests.support.chain import HOUR, NODE_BOND, ROOT, Stack, act, node_key, now, rpc, travel_to
from tests.support.fixtures import chain, stack  # noqa: F401 - fixtures
from tests.support.market import lease_meter, list_fleet, open_lease
from tests.support.reporting import (
    Made,
    Pairs,
    ShowingNode,
    make,
    open_window,
    post,
    showing_node,
    signed_anew,
    submission,
    true_leaves,
)

PASSWORD = "correct horse"
CHALLENGER = Account.from_key(Web3.keccak(text="challenger"))
METERS = range(1, 8)
QUORUM = 3
FORWARDER = "60168060095f395ff3" + "601436038060145f375f5f825f5f5f3560601c5af100"
"""A contract that calls the address in its first 20 bytes of calldata with the rest."""


@dataclass
class Stage:
    """A chain on which epochs 4 and 5 were truly reported, a node that shows it, and a watcher's configuration."""

    stack: Stack
    node: ShowingNode
    config: Path
    bonds: Any
    leaves: Pairs
    base: int = 5

    def observe(self, seed: int, meters: Any = METERS) -> list[Pairs]:
        """What three nodes saw, a little apart."""
        rng = random.Random(seed)
        return [[(meter, _increments(rng)) for meter in meters] for _ in range(QUORUM)]

    def lie(self, epoch: int, leaves: Pairs, seen: list[Pairs] | None = None) -> Made:
        """A report with false leaves, posted and shown."""
        made = make(self.stack, epoch, self.leaves, seen or self.observe(epoch), leaves)
        post(self.stack, made)
        self.node.show(made)
        return made

    def run(self, *arguments: str) -> "Ran":
        """`wellhead watch` on it, to its end."""
        done = subprocess.run(
            _command(self.config, *arguments), capture_output=True, text=True, timeout=120, cwd=ROOT, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)

    def head(self) -> int:
        return int(self.stack.oracle.functions.headEpoch().call())

    def generations(self) -> list[int]:
        """How often each node was slashed."""
        return [self.bonds.functions.generationOf(node_key("cold", index).address).call() for index in range(4)]

    def reward(self) -> int:
        """What the challenger can claim once each slashed bond was seized."""
        for index, generation in enumerate(self.generations()):
            if generation:
                cold = node_key("cold", index).address
                act(self.bonds.functions.seize(cold, 0, self.stack.usd.address), self.stack.owner)
        return int(self.bonds.functions.claimable(CHALLENGER.address, self.stack.usd.address).call())


@dataclass
class Ran:
    """How a run of the command ended, and what it said."""

    code: int
    lines: list[dict[str, Any]]
    errors: str

    def said(self) -> list[tuple[str, int, str]]:
        """(what, epoch, outcome) of each finding."""
        return [(line["event"], line["epoch"], line["outcome"]) for line in self.lines if "outcome" in line]


def _command(config: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", "from oracle.cli import main; main()", "watch", "--config", str(config), *arguments]


def _increments(rng: random.Random) -> int:
    measured = rng.randrange(100, HOUR)
    return Reading(
        measured, measured - rng.randrange(50), measured // 2, rng.randrange(3), rng.randrange(900), 1
    ).pack()


@pytest.fixture
def stage(stack: Stack, tmp_path: Path) -> Iterator[Stage]:  # noqa: F811 - the fixture
    rpc(stack.w3, "anvil_setBalance", CHALLENGER.address, hex(10**18))
    stack.write_deployment(tmp_path)
    (tmp_path / "gas.json").write_text(
        json.dumps(Account.encrypt(CHALLENGER.key, PASSWORD, kdf="pbkdf2", iterations=100))
    )
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    (tmp_path / "password").chmod(0o600)
    config = tmp_path / "watch.toml"
    bonds = stack.bonds
    with showing_node() as node:
        config.write_text(
            f'[chain]\nrpc_urls = ["{stack.w3.provider.endpoint_uri}"]\ndeployment = "31337.json"\n'  # type: ignore[attr-defined]
            'confirmations = 1\n[gas_key]\nkeystore = "gas.json"\npassword_file = "password"\n'
            f'[watch]\ndatabase = "watch.db"\nnodes = ["{node.url}"]\npoll_ms = 50\n'
        )
        made = Stage(stack, node, config, bonds, [])
        for epoch in (4, 5):
            report = make(stack, epoch, made.leaves, made.observe(epoch))
            post(stack, report)
            node.show(report)
            made.leaves = report.leaves
        yield made


# ---------------------------------------------------------------------- the truth


def test_true_reports_are_clean_and_nothing_is_sent(stage: Stage) -> None:
    ran = stage.run("--once")
    assert (ran.code, ran.errors) == (0, "")
    assert ran.said() == [("report", 4, "clean"), ("report", 5, "clean")]
    assert stage.head() == 5
    assert stage.generations() == [0, 0, 0, 0]
    assert stage.stack.w3.eth.get_transaction_count(CHALLENGER.address) == 0


def test_final_reports_are_past(stage: Stage) -> None:
    travel_to(stage.stack.w3, now(stage.stack.w3) + stage.stack.dispute)
    ran = stage.run("--once")
    assert (ran.code, ran.said()) == (0, [])


# ---------------------------------------------------------------------- lies that drop a report


def _falls(stage: Stage, kind: str, epoch: int = 6) -> None:
    """The lie at `epoch` falls by evidence of `kind`, and with it all that stands on it."""
    ran = stage.run("--once", "--json")
    assert ran.code == 1
    assert ran.said()[-1] == (kind, epoch, "proven"), ran.lines
    assert {outcome for _, _, outcome in ran.said()[:-1]} <= {"clean"}
    assert stage.head() == stage.base
    assert stage.generations() == [1, 1, 1, 0]
    assert stage.reward() == QUORUM * (NODE_BOND // 5)
    again = stage.run("--once")
    assert again.code == 0, again.lines
    assert (kind, epoch, "proven") not in again.said()


@pytest.mark.parametrize("same", [True, False], ids=["one reading", "two readings"])
def test_a_meter_that_stands_twice(stage: Stage, same: bool) -> None:
    seen = stage.observe(6)
    leaves = true_leaves(stage.leaves, seen)
    meter, word = leaves[2]
    stage.lie(6, [*leaves, (meter, word if same else word + (1 << 160))], seen)
    _falls(stage, "duplicateMeter")


def test_a_counter_that_fell(stage: Stage) -> None:
    seen = stage.observe(6)
    leaves = true_leaves(stage.leaves, seen)
    leaves[4] = (leaves[4][0], stage.leaves[4][1] - (1 << 16))
    stage.lie(6, leaves, seen)
    _falls(stage, "counterFell")


def test_a_reading_that_was_not_observed(stage: Stage) -> None:
    seen = stage.observe(6)
    leaves = true_leaves(stage.leaves, seen)
    leaves[1] = (leaves[1][0], leaves[1][1] + (1 << 160))
    stage.lie(6, leaves, seen)
    _falls(stage, "wrongAggregate")


def test_what_is_built_on_a_lie_falls_with_it(stage: Stage) -> None:
    seen = stage.observe(6)
    leaves = true_leaves(stage.leaves, seen)
    leaves[1] = (leaves[1][0], leaves[1][1] + (1 << 160))
    lie = stage.lie(6, leaves, seen)
    honest = make(stage.stack, 7, lie.leaves, stage.observe(7))
    post(stage.stack, honest)
    stage.node.show(honest)
    assert stage.head() == 7
    _falls(stage, "wrongAggregate")


def test_a_new_leases_first_reading_that_was_not_observed(stage: Stage) -> None:
    accounts = stage.stack.w3.eth.accounts
    fleet = list_fleet(stage.stack, accounts[1])
    start = (now(stage.stack.w3) // HOUR + 3) * HOUR
    lease = open_lease(stage.stack, fleet, accounts[2], 1, start, start + 10 * HOUR)
    epoch = (start - stage.stack.genesis) // HOUR
    bridge = make(stage.stack, epoch - 1, stage.leaves, stage.observe(epoch - 1))
    post(stage.stack, bridge)
    stage.node.show(bridge)
    stage.leaves, stage.base = bridge.leaves, epoch - 1
    seen = stage.observe(epoch, [*METERS, lease_meter(stage.stack, lease)])
    leaves = true_leaves(stage.leaves, seen)
    leaves[-1] = (leaves[-1][0], leaves[-1][1] + (1 << 160))
    stage.lie(epoch, leaves, seen)
    _falls(stage, "wrongAggregate", epoch)


def test_a_lie_posted_through_another_contract(stage: Stage) -> None:
    w3, owner = stage.stack.w3, stage.stack.owner
    seen = stage.observe(6)
    leaves = true_leaves(stage.leaves, seen)
    leaves[1] = (leaves[1][0], leaves[1][1] + (1 << 160))
    made = make(stage.stack, 6, stage.leaves, seen, leaves)
    stage.node.show(made)
    deployed = w3.eth.send_transaction({"from": owner, "data": HexStr("0x" + FORWARDER)})
    forwarder = w3.eth.wait_for_transaction_receipt(deployed)["contractAddress"]
    assert forwarder is not None
    open_window(stage.stack, 6)
    data = bytes.fromhex(stage.stack.oracle.address[2:]) + submission(stage.stack, made)
    sent = w3.eth.send_transaction({"from": owner, "to": forwarder, "data": data})
    w3.eth.wait_for_transaction_receipt(sent)
    assert stage.head() == 6
    _falls(stage, "wrongAggregate")


# ---------------------------------------------------------------------- two reports by one node


def test_a_node_that_signed_two_reports(stage: Stage) -> None:
    """The second is shown once, a restart later than the first was seen, and never posted."""
    assert stage.run("--once").code == 0
    stage.node.locked[5] = signed_anew(stage.stack, stage.node.made[5], 2, bytes([7] * 32))
    ran = stage.run("--once")
    assert ran.code == 1
    assert ("equivocation", 5, "proven") in ran.said()
    assert stage.generations() == [0, 0, 1, 0]
    assert stage.head() == 5
    assert stage.reward() == NODE_BOND // 5
    assert stage.run("--once").code == 0


# ---------------------------------------------------------------------- the command


def test_a_dry_run_sends_nothing_and_needs_no_key(stage: Stage) -> None:
    seen = stage.observe(6)
    leaves = true_leaves(stage.leaves, seen)
    leaves[1] = (leaves[1][0], leaves[1][1] + (1 << 160))
    stage.lie(6, leaves, seen)
    text = stage.config.read_text()
    stage.config.write_text(re.sub(r"\[gas_key\]\n.*\n.*\n", "", text))
    ran = stage.run("--once", "--dry-run")
    assert (ran.code, ran.said()[-1]) == (1, ("wrongAggregate", 6, "would"))
    assert stage.head() == 6
    without = stage.run("--once")
    assert (without.code, without.lines) == (2, [])
    assert "gas_key is missing" in without.errors


@pytest.mark.parametrize("hidden", ["readings", "observations"])
def test_what_no_node_shows_is_said_and_is_no_success(stage: Stage, hidden: str) -> None:
    stage.node.hidden.add(hidden)
    ran = stage.run("--once")
    assert ran.code == 1
    assert ran.said() == [("report", 4, "unseen"), ("report", 5, "unseen")]
    assert f"no node shows the {hidden} of epoch 4" in ran.lines[1]["text"]


def test_leaves_that_do_not_make_the_root_are_not_believed(stage: Stage) -> None:
    true = stage.node.made[5]
    stage.node.made[5] = replace(true, leaves=[(meter, word ^ 1 << 160) for meter, word in true.leaves])
    ran = stage.run("--once")
    assert ran.said() == [("report", 4, "clean"), ("report", 5, "unseen")]
    assert stage.head() == 5


def test_it_watches_until_it_is_told_to_stop(stage: Stage) -> None:
    with subprocess.Popen(_command(stage.config), stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        said = iter(json.loads(line) for line in process.stdout)
        assert next(said)["event"] == "start"
        assert [next(said)["outcome"] for _ in range(2)] == ["clean", "clean"]
        seen = stage.observe(6)
        leaves = true_leaves(stage.leaves, seen)
        leaves[1] = (leaves[1][0], leaves[1][1] + (1 << 160))
        stage.lie(6, leaves, seen)
        while (finding := next(said))["outcome"] != "proven":
            pass
        assert (finding["event"], finding["epoch"]) == ("wrongAggregate", 6)
        process.send_signal(signal.SIGTERM)
        assert [line["event"] for line in said][-1] == "stop"
        assert process.wait(10) == 0
    assert stage.head() == 5


def test_it_does_not_start_on_another_chain(stage: Stage) -> None:
    content = {**stage.stack.deployment(), "chainId": 1}
    (stage.config.parent / "31337.json").write_text(json.dumps(content))
    ran = stage.run("--once")
    assert ran.code == 2
    assert "the RPC serves chain 31337, the deployment is on chain 1" in ran.errors


def test_the_example_is_a_configuration() -> None:
    text = (ROOT / EXAMPLE).read_text()
    for setting in WatchSettings.model_fields:
        assert f"\n{setting} = " in text, setting
    assert set(WatchConfig.model_fields) == {"chain", "gas_key", "watch"}


def test_a_missing_configuration_names_the_example(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"copy examples/watch.toml and edit it"):
        load_config(tmp_path / "none.toml")
