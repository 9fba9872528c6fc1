"""`wellhead init`: a folder that `run` can use, from the chain and as few answers as there can be."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.keys import load_signer
from oracle.settings import load_settings
from tests.support.chain import Chain, Stack, anvil, deploy_stack, node_key
from tests.support.market import list_fleet

WELLHEAD = Path(sys.executable).parent / "wellhead"
COLDS = [node_key("cold", index).address for index in range(4)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chain, Stack, Path]]:
    with anvil() as chain:
        stack = deploy_stack(chain.w3)
        list_fleet(stack, chain.w3.eth.accounts[1])
        yield chain, stack, stack.write_deployment(tmp_path_factory.mktemp("deployment"))


def init(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WELLHEAD, "init", "node", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def options(world: tuple[Chain, Stack, Path]) -> list[str]:
    return ["--rpc", world[0].url, "--deployment", str(world[2]), "--node", COLDS[0]]


def test_a_script_gives_all_by_options(world: tuple[Chain, Stack, Path], tmp_path: Path) -> None:
    peers = [part for index in (1, 2, 3) for part in ("--peer", f"{COLDS[index]}=http://10.0.0.{index}:8547")]
    site = ["--site", "1=dcgm,http://site:9400/metrics,http://site/allocations,http://site/inventories"]
    done = init(tmp_path, *options(world), *peers, *site, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["peers_without_url"], told["fleets_without_site"]) == ([], [])
    folder = tmp_path / "node"
    settings = load_settings(folder / "node.toml")
    assert [peer.node for peer in settings.peers] == COLDS[1:]
    assert [(each.fleet, each.kind) for each in settings.sites] == [(1, "dcgm")]
    assert load_signer(folder / "keys/hot.json", folder / "keys/hot.password").address == told["signing_address"]
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")]}
    assert modes == {
        "node": 0o700, "keys": 0o700, "node.toml": 0o600, "deployment.json": 0o600,
        "hot.json": 0o600, "hot.password": 0o600, "gas.json": 0o600, "gas.password": 0o600,
    }  # fmt: skip
    assert told["next"] == "wellhead check --config node/node.toml"


def test_nothing_is_overwritten_and_an_interrupted_run_goes_on(
    world: tuple[Chain, Stack, Path], tmp_path: Path
) -> None:
    assert init(tmp_path, *options(world)).returncode == 0
    config, hot = tmp_path / "node/node.toml", (tmp_path / "node/keys/hot.json").read_bytes()
    edited = config.read_text() + "# mine\n"
    config.write_text(edited)
    again = init(tmp_path, *options(world))
    assert (again.returncode, "is not overwritten" in again.stderr) == (2, True)
    assert config.read_text() == edited
    config.unlink()  # as if it had been interrupted before
    (tmp_path / "node/keys/gas.json").unlink()
    done = init(tmp_path, *options(world), "--json")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "node/keys/hot.json").read_bytes() == hot
    assert [Path(path).name for path in json.loads(done.stdout)["new_keys"]] == ["gas.json"]
    text = config.read_text()
    assert text.count("# [[peers]]") == 3  # to fill in, with their cold addresses
    assert text.count("# [[sites]]") == 1


def test_what_is_missing_or_wrong_is_named(world: tuple[Chain, Stack, Path], tmp_path: Path) -> None:
    wrong = COLDS[1][:2] + COLDS[1][2:].swapcase()  # no longer its checksum
    for arguments, told in (
        ([], "--deployment"),
        (["--deployment", str(world[2])], "--rpc"),
        ([*options(world), "--peer", f"{node_key('cold', 9).address}=http://10.0.0.9:1"], "no node of the set"),
        ([*options(world), "--site", "9=dcgm,http://a,http://b,http://c"], "listed are 1"),
        ([*options(world), "--site", "1=dcgm,http://a"], "write FLEET=KIND"),
        ([*options(world), "--site", "1=dcgmm,http://a/,http://b/,http://c/"], "kind"),
        ([*options(world), "--site", "1=dcgm,localhost,foo,bar"], "URL of --site 1: is not an http"),
        ([*options(world), "--site", "1=dcgm,http://a/,http://b/,c"], "INVENTORY of --site 1: is not an http"),
        ([*options(world), "--site", "\u0661=dcgm,http://a/,http://b/,http://c/"], "write FLEET=KIND"),
        ([*options(world), "--site", "9" * 5000 + "=dcgm,http://a/,http://b/,http://c/"], "write FLEET=KIND"),
        ([*options(world), "--peer", f"{COLDS[1]}=localhost:1"], f"--peer {COLDS[1]}: is not an http"),
        ([*options(world), "--peer", f"{wrong}=http://10.0.0.1:1"], f"--peer: '{wrong}' is not an address"),
        ([*options(world), "--node", wrong], "--node, the cold address: "),
        ([*options(world), "--listen", "8547"], "node.listen: '8547' is not host:port"),
        ([*options(world), "--database", "postgresql://"], "node.database: write a path"),
        ([*options(world), "--rpc", world[0].url], "an RPC is given twice"),
        ([*options(world), "--gas-address", COLDS[1]], "--signer-url"),
        ([*options(world), "--signer-url", "http://a", "--gas-address", "0x12"], "address: '0x12' is not an address"),
        ([*options(world), "--peer", COLDS[1]], "write ADDRESS=URL"),
        (["--deployment", str(world[2]), "--rpc", "http://127.0.0.1:9"], "rpc"),
        (["--deployment", str(world[2]), "--rpc", "localhost:8545"], "RPC 1: is not an http:// or https:// address"),
    ):
        done = init(tmp_path, *arguments)
        assert done.returncode == 2, arguments
        assert told in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "node").exists()


def test_at_a_terminal_it_asks_for_what_the_chain_does_not_say(
    world: tuple[Chain, Stack, Path], tmp_path: Path
) -> None:
    terminal, inside = pty.openpty()
    answers = [str(world[2]), world[0].url, COLDS[0], "http://10.0.0.1:1", "", "http://10.0.0.3:1", ""]
    process = subprocess.Popen(
        [WELLHEAD, "init", "node"],
        cwd=tmp_path,
        stdin=inside,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(terminal, "".join(answer + "\n" for answer in answers).encode())
    _, asked = process.communicate(timeout=60)
    os.close(terminal)
    os.close(inside)
    assert process.returncode == 0, asked
    assert f"Where node 2, {COLDS[2]}, listens" in asked
    assert "Telemetry of fleet 1, 8 GPUs" in asked
    assert "Next: wellhead check --config node/node.toml" in asked
    settings = load_settings(tmp_path / "node/node.toml")
    assert [(peer.node, peer.url) for peer in settings.peers] == [
        (COLDS[1], "http://10.0.0.1:1"), (COLDS[3], "http://10.0.0.3:1"),
    ]  # fmt: skip
    assert settings.sites == []
