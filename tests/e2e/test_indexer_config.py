"""What the indexer says before it listens: to a config.json that is wrong, and to an RPC."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from web3 import Web3

from tests.support.chain import anvil, deploy_stack, mine, rpc
from tests.support.indexer import INDEXER, deploy_sale, judged, node_script, refused, write_config


@dataclass(frozen=True)
class Deployed:
    """A chain with the contracts on it, and the config.json that is right for it."""

    w3: Web3
    url: str
    config: Path


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with anvil() as chain:
        stack = deploy_stack(chain.w3)
        sale = deploy_sale(stack).address
        config = write_config(stack, chain.url, sale, tmp_path_factory.mktemp("config") / "config.json")
        yield Deployed(chain.w3, chain.url, config)


def altered(config: Path, path: Path, *keys: str, value: object) -> Path:
    """A copy of a config.json with one thing in it changed."""
    content = json.loads(config.read_text())
    part = content
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    path.write_text(json.dumps(content))
    return path


WRONG = [
    (("chain", "id"), 1, "the RPC is of chain 31337, config.json of chain 1"),
    (("chain", "rpcs"), ["http://127.0.0.1:9"], "no RPC answers (HttpRequestError"),
    (("chain", "rpcs"), ["file:///etc/passwd"], "chain.rpcs must be a list"),
    (("deployedAt",), "1", "deployedAt must be a whole number"),
    (("contracts", "PrimarySale", "codeHash"), "0x" + "12" * 32, "is not that of PrimarySale in config.json"),
    (("contracts", "OracleFees"), {}, "contracts.OracleFees.address must be an address"),
]  # fmt: skip


def test_a_wrong_config_is_refused_by_name(deployed: Deployed, tmp_path: Path) -> None:
    files = [
        altered(deployed.config, tmp_path / f"{place}.json", *keys, value=value)
        for place, (keys, value, _) in enumerate(WRONG)
    ]
    *refusals, good = judged([*files, deployed.config])
    assert good == "accepted"
    for (_, _, said), refusal in zip(WRONG, refusals, strict=True):
        assert said in refusal


def test_it_ends_with_a_wrong_config(deployed: Deployed, tmp_path: Path) -> None:
    keys, value, said = WRONG[-2]
    config = altered(deployed.config, tmp_path / "config.json", *keys, value=value)
    assert said in " ".join(refused(config, tmp_path / "database").split())


def test_an_operator_s_own_rpc_is_asked_instead_of_the_page_s(deployed: Deployed, tmp_path: Path) -> None:
    config = altered(deployed.config, tmp_path / "config.json", "chain", "rpcs", value=["http://127.0.0.1:9"])
    assert judged([config], WELLHEAD_INDEXER_RPC=deployed.url) == ["accepted"]
    (said,) = judged([deployed.config], WELLHEAD_INDEXER_RPC="ws://provider.example/s3cret")
    assert said == "DeploymentError: WELLHEAD_INDEXER_RPC must be an http(s) address"


def test_an_rpc_that_is_behind_is_waited_for(deployed: Deployed) -> None:
    newest = deployed.w3.eth.get_block("latest")
    stored = {"block": newest["number"] + 1, "time": newest["timestamp"] + 100}
    with subprocess.Popen(
        node_script("indexer_stored.ts", deployed.config, *stored.values()),
        cwd=INDEXER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        behind = f"the RPC is at block {newest['number']}, the database at block {stored['block']}: waiting for it"
        assert behind in process.stderr.readline()
        rpc(deployed.w3, "evm_setNextBlockTimestamp", stored["time"])
        mine(deployed.w3)
        assert process.communicate(timeout=30)[0].strip() == "accepted"
