"""A node's hot key is rotated in the middle of an epoch, by the commands an operator would use."""

import json
import random
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from eth_account import Account

from tests.chaos.checks import Witness
from tests.chaos.faults import Fault, run
from tests.chaos.matrix import note
from tests.chaos.strikes import WITHIN_S, restarted
from tests.chaos.world import NODES, World, world
from tests.support.chain import node_key, rpc
from tests.support.wellhead import PASSWORD, WELLHEAD

pytestmark = pytest.mark.slow


def _write_keystore(path: Path, key: bytes) -> None:
    path.write_text(json.dumps(Account.encrypt(key, PASSWORD, iterations=2)))


def _wellhead_node(folder: Path, *arguments: str) -> dict[str, object]:
    command: list[str | Path] = [WELLHEAD, "node", *arguments, "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def rotated(world: World, _: random.Random, target: int) -> Iterator[None]:
    """The cold key names another hot key; the node is restarted with it when the epoch it signs from has begun."""
    node = world.nodes[target]
    cold, hot = node_key("cold", target), node_key("next hot", target)
    rpc(world.stack.w3, "anvil_setBalance", cold.address, hex(10**19))
    _write_keystore(node.folder / "cold.json", cold.key)
    _write_keystore(node.folder / "next.json", hot.key)
    by_cold = ("--cold-keystore", "cold.json", "--cold-password-file", "password")
    _wellhead_node(node.folder, "rotate", "--hot", hot.address, *by_cold, "--yes")
    keys = _wellhead_node(node.folder, "show", "--cold-address", cold.address)["keys"]
    assert isinstance(keys, dict)
    assert keys["hot"] == hot.address
    world.wait(lambda: world.present_epoch() >= keys["hotFrom"], WITHIN_S, "the new key's first epoch")
    config = node.folder / "node.toml"
    config.write_text(config.read_text().replace('"hot.json"', '"next.json"'))
    node.end()
    restarted(world, target)
    yield


ROTATION = Fault("signer rotated mid-epoch", rotated, (), (0, 0))


def test_a_rotated_signer_costs_nothing_and_signs_with_its_new_key(
    tmp_path: Path, rng: random.Random, request: pytest.FixtureRequest
) -> None:
    runs = request.config.getoption("--chaos-runs")
    for begun in range(0, runs, NODES):  # a key may change once a day: a new world after every node's rotation
        (tmp_path / f"world{begun}").mkdir()
        _rotate_some(tmp_path / f"world{begun}", rng, request, min(NODES, runs - begun))


def _rotate_some(folder: Path, rng: random.Random, request: pytest.FixtureRequest, nodes: int) -> None:
    with world(folder) as made:
        made.start()
        made.wait(lambda: made.head_epoch() >= 1, 60, "the first report")
        witness = Witness(made)
        for target in rng.sample(range(NODES), nodes):
            note(request, ROTATION.name, run(made, ROTATION, rng, target))
            key = node_key("next hot", target).address
            made.wait(partial(_has_signed, witness, key), WITHIN_S, f"a signature by {key}")
        witness.check()


def _has_signed(witness: Witness, key: str) -> bool:
    return bool(witness.signed_by(key))
