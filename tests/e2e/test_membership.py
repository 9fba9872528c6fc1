"""`wellhead node`: a cold key joins, bonds, rotates, unbonds, withdraws and leaves, on the real contracts."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from oracle import abi
from tests.support.chain import Chain, Stack, act, node_key, now, rpc, travel_to
from tests.support.fixtures import chain, stack  # noqa: F401 - fixtures
from tests.support.remote_signer import remote_signer
from tests.unit.preflight.world import write, write_key

DAY = 86_400
with_bonds = pytest.mark.skipif("INodeBonds" not in abi.INTERFACES, reason="these contracts have no bonds")


@dataclass
class Cold:
    """A cold key's folder, and the commands that use it."""

    stack: Stack
    folder: Path
    key: LocalAccount

    def run(self, *arguments: str, yes: bool = True, key: bool = True) -> subprocess.CompletedProcess[str]:
        keystore = ["--cold-keystore", "cold.json", "--cold-password-file", "cold.password"] if key else []
        command = [Path(sys.executable).parent / "wellhead", "node", *arguments, *keystore, *(["--yes"] if yes else [])]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )

    def done(self, *arguments: str) -> list[dict[str, Any]]:
        result = self.run(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        told: list[dict[str, Any]] = json.loads(result.stdout)["transactions"]
        return told

    def show(self) -> dict[str, Any]:
        result = self.run("show", "--cold-address", self.key.address, "--json", yes=False, key=False)
        assert result.returncode == 0, result.stderr
        return dict(json.loads(result.stdout))


def cold_of(chain: Chain, stack: Stack, folder: Path, key: LocalAccount, hot: LocalAccount) -> Cold:  # noqa: F811
    rpc(stack.w3, "anvil_setBalance", key.address, hex(10**19))
    for name, account in (("cold", key), ("hot", hot), ("gas", node_key("gas", 1))):
        write_key(folder, name, account.key)
    stack.write_deployment(folder)
    write(
        folder / "node.toml",
        {
            "chain": {
                "rpc_urls": [chain.url],
                "deployment": "31337.json",
                "confirmations": 1,
            },
            "node": {"database": "node.db"},
            "signing_key": {"keystore": "hot.json", "password_file": "hot.password"},
            "gas_key": {"keystore": "gas.json", "password_file": "gas.password"},
        },
    )
    return Cold(stack, folder, key)


def test_a_node_rotates_its_key_only_when_somebody_says_yes(chain: Chain, stack: Stack, tmp_path: Path) -> None:  # noqa: F811
    cold = cold_of(chain, stack, tmp_path, node_key("cold", 2), node_key("hot", 12))
    block = stack.w3.eth.block_number
    asked = cold.run("rotate", yes=False)
    assert asked.returncode == 2
    assert f"sign with {node_key('hot', 12).address} instead" in asked.stderr
    assert "give --yes to send" in asked.stderr
    assert stack.w3.eth.block_number == block
    (done,) = cold.done("rotate")
    assert done["transaction"].startswith("0x")
    shown = cold.show()
    assert shown["index"] == 2
    assert (shown["keys"]["hot"], shown["keys"]["previousHot"]) == (
        node_key("hot", 12).address,
        node_key("hot", 2).address,
    )


def test_what_the_contract_refuses_is_named_and_not_sent(chain: Chain, stack: Stack, tmp_path: Path) -> None:  # noqa: F811
    cold = cold_of(chain, stack, tmp_path, node_key("cold", 1), node_key("hot", 13))
    block = stack.w3.eth.block_number
    refused = cold.run("rotate", "--hot", node_key("hot", 3).address)
    assert refused.returncode == 1
    assert "nothing was sent: NodeSet_DuplicateKey" in refused.stderr
    assert stack.w3.eth.block_number == block
    stranger = cold_of(chain, stack, tmp_path, node_key("cold", 8), node_key("hot", 13))
    assert "NodeSet_NotNode" in stranger.run("rotate").stderr


def test_a_cold_key_at_a_remote_signer_acts_and_one_that_it_has_not_got_does_not(
    chain: Chain,  # noqa: F811
    stack: Stack,  # noqa: F811
    tmp_path: Path,
) -> None:
    cold = cold_of(chain, stack, tmp_path, node_key("cold", 3), node_key("hot", 14))
    with remote_signer(bytes(cold.key.key)) as signer:
        other = node_key("cold", 2).address
        refused = cold.run("rotate", "--cold-signer-url", signer.url, "--cold-address", other, key=False)
        assert refused.returncode == 2
        assert other in refused.stderr
        assert cold.show()["keys"]["hot"] == node_key("hot", 3).address
        done = cold.run("rotate", "--cold-signer-url", signer.url, "--cold-address", cold.key.address, key=False)
    assert done.returncode == 0, done.stderr
    assert cold.show()["keys"]["hot"] == node_key("hot", 14).address


def test_without_a_cold_key_nothing_is_tried(chain: Chain, stack: Stack, tmp_path: Path) -> None:  # noqa: F811
    cold = cold_of(chain, stack, tmp_path, node_key("cold", 1), node_key("hot", 1))
    done = cold.run("rotate", key=False)
    assert done.returncode == 2
    assert "name the cold key" in done.stderr


def test_an_address_that_is_none_is_named_and_lower_case_is_one(chain: Chain, stack: Stack, tmp_path: Path) -> None:  # noqa: F811
    cold = cold_of(chain, stack, tmp_path, node_key("cold", 1), node_key("hot", 14))
    for arguments, named in (
        (["rotate", "--hot", "0x12"], "--hot: '0x12'"),
        (["withdraw", "--to", "me"], "--to: 'me'"),
    ):
        refused = cold.run(*arguments)
        assert (refused.returncode, f"{named} is not an address" in refused.stderr) == (2, True), refused.stderr
    remote = cold.run("leave", "--cold-signer-url", "signer:9000", "--cold-address", "0x12", key=False)
    assert (remote.returncode, "signer_url: is not an http:// or https:// address" in remote.stderr) == (2, True)
    shown = cold.run("show", "--cold-address", cold.key.address.lower(), "--json", yes=False, key=False)
    assert json.loads(shown.stdout)["index"] == 1


@with_bonds
def test_a_node_joins_bonds_and_leaves(chain: Chain, stack: Stack, tmp_path: Path) -> None:  # noqa: F811
    cold = cold_of(chain, stack, tmp_path, node_key("cold", 20), node_key("hot", 20))
    assert cold.show() | {"bonds": []} == {
        "cold": cold.key.address, "index": None, "keys": None, "joined": False, "bonds": [],
    }  # fmt: skip
    cold.done("join")
    assert cold.show()["joined"]
    waits = cold.run("show", "--json", yes=False, key=False)  # by the hot key, which is in no set yet
    assert waits.returncode == 0, waits.stderr
    assert (json.loads(waits.stdout)["cold"], json.loads(waits.stdout)["index"]) == (cold.key.address, None)
    colds = [node_key("cold", index).address for index in range(3)] + [cold.key.address]
    act(stack.node_set.functions.configure(stack.oracle.address, colds, bytes(32)), stack.owner)
    assert cold.show()["index"] == 3

    poor = cold.run("bond", "500")
    assert poor.returncode != 0
    assert "ERC20InsufficientBalance" in poor.stderr
    act(stack.usd.functions.mint(cold.key.address, 500_000_000), stack.owner)
    assert [step["does"].split()[0] for step in cold.done("bond", "499.5")][-1] == "bond"
    (bond,) = cold.show()["bonds"]
    assert (bond["bonded"], bond["unbonding"]) == ("499500000", "0")

    cold.done("unbond", "100")
    (bond,) = cold.show()["bonds"]
    assert (bond["bonded"], bond["unbonding"]) == ("399500000", "100000000")
    early = cold.run("withdraw")
    assert early.returncode == 1
    assert "NodeBonds_StillUnbonding" in early.stderr
    travel_to(stack.w3, now(stack.w3) + 21 * DAY)
    payee = stack.w3.eth.accounts[7]
    cold.done("withdraw", "--to", payee)
    assert stack.usd.functions.balanceOf(payee).call() == 100_000_000

    too_fine = cold.run("bond", "0.0000001")
    assert (too_fine.returncode, "has 6 decimals" in too_fine.stderr) == (2, True)
    cold.done("leave")
    shown = cold.show()
    assert int(shown["keys"]["hot"], 16) == 0
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert cold.key.key.hex().removeprefix("0x") not in logs
