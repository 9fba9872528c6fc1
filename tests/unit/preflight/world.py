"""A node that is all right, on a real chain among real nodes: what a test then spoils."""

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account import Account

from oracle.domain.keccak import keccak256
from oracle.domain.merkle import inventory_tree
from oracle.metering.definitions import definitions_hash
from tests.support.chain import HOUR, Stack, act, anvil, deploy_stack, mine, node_key, rpc
from tests.support.market import Fleet, allocate, list_fleet, open_lease
from tests.support.rpc_server import RpcServer, rpc_server
from tests.unit.node.cluster import free_ports
from tests.unit.node.site_server import SiteServer

NODES, ME = 4, 0
UUIDS = [f"GPU-{number:08x}-0000-0000-0000-000000000000" for number in range(4)]
PASSWORD = "correct horse"


def exporter(uuids: list[str]) -> bytes:
    """One scrape of a dcgm-exporter."""
    return "".join(
        f'DCGM_FI_DEV_POWER_USAGE{{gpu="0",UUID="{uuid}",modelName="H100"}} 700.0\n' for uuid in uuids
    ).encode()


@dataclass
class World:
    """The chain, the site, the peers; `node` makes a healthy node's folder."""

    stack: Stack
    url: str
    fleet: Fleet
    site: SiteServer
    second_rpc: RpcServer
    root: bytes
    body: bytes
    ports: list[int]
    healthy_paths: dict[str, Any] = field(default_factory=dict)
    node_folders: dict[int, Path] = field(default_factory=dict)

    def reset(self) -> None:
        """Undoes what a test spoiled, and mines a block, so that the head is of now."""
        self.site.paths = dict(self.healthy_paths)
        self.second_rpc.changes.clear()
        mine(self.stack.w3)

    def node(self, folder: Path, index: int = ME) -> Path:
        """Keys and configuration of node `index` in `folder`, all right; returns its node.toml."""
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "keys").mkdir(mode=0o700)
        gas = Account.from_key(keccak256(b"gas of a checked node" + bytes([index])))
        rpc(self.stack.w3, "anvil_setBalance", gas.address, hex(10**20))
        for name, key in (("hot", node_key("hot", index).key), ("gas", gas.key)):
            write_key(folder / "keys", name, key)
        (self.stack.write_deployment(folder)).rename(folder / "deployment.json")
        write(folder / "node.toml", self.settings(index))
        return folder / "node.toml"

    def settings(self, index: int = ME) -> dict[str, Any]:
        """What a node's file says."""
        return {
            "chain": {
                "rpc_urls": [self.url, self.second_rpc.url],
                "deployment": "deployment.json",
                "confirmations": 1,
            },
            "node": {"listen": f"127.0.0.1:{self.ports[index]}", "database": "node.db"},
            "signing_key": {"keystore": "keys/hot.json", "password_file": "keys/hot.password"},
            "gas_key": {"keystore": "keys/gas.json", "password_file": "keys/gas.password"},
            "peers": [
                {"node": node_key("cold", peer).address, "url": f"http://127.0.0.1:{port}"}
                for peer, port in enumerate(self.ports)
                if peer != index
            ],
            "sites": [
                {
                    "fleet": self.fleet.fleet_id,
                    "kind": "dcgm",
                    "url": f"{self.site.url}/metrics",
                    "allocations_url": f"{self.site.url}/allocations",
                    "inventory_url": f"{self.site.url}/inventory",
                }
            ],
        }


def write_key(folder: Path, name: str, key: bytes) -> None:
    """A keystore that costs little to open, and its password."""
    (folder / f"{name}.json").write_text(json.dumps(Account.encrypt(key, PASSWORD, kdf="pbkdf2", iterations=10)))
    (folder / f"{name}.password").write_text(PASSWORD)
    for path in (folder / f"{name}.json", folder / f"{name}.password"):
        path.chmod(0o600)


def write(path: Path, settings: dict[str, Any]) -> None:
    """Settings as TOML."""
    lines: list[str] = []
    for name, section in settings.items():
        for part in section if isinstance(section, list) else [section]:
            lines.append(f"[[{name}]]" if isinstance(section, list) else f"[{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in part.items()]
    path.write_text("\n".join(lines) + "\n")
    assert tomllib.loads(path.read_text()) == settings


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """One on a chain of now, with the other nodes running."""
    with ExitStack() as closing:
        chain = closing.enter_context(anvil(int(time.time())))
        stack = deploy_stack(chain.w3, metrics_hash=definitions_hash())
        operator, tenant = chain.w3.eth.accounts[1], chain.w3.eth.accounts[2]
        fleet = list_fleet(stack, operator, units=4)
        tree = inventory_tree(UUIDS)
        act(stack.fleets.functions.publishInventory(fleet.fleet_id, tree.root, len(UUIDS)), operator)
        start = stack.genesis + 4 * HOUR
        lease = open_lease(stack, fleet, tenant, 2, start, start + 48 * HOUR)
        gpus = [
            {"uuid": uuid, "proof": ["0x" + node.hex() for node in tree.proof(place)]}
            for place, uuid in enumerate(UUIDS[:2])
        ]
        body = json.dumps({"fleet": fleet.fleet_id, "lease": lease, "version": 2, "gpus": gpus}).encode()
        allocate(stack, fleet, lease, keccak256(body), version=2)
        site = SiteServer()
        closing.callback(site.close)
        paths = {
            "/metrics": exporter(UUIDS),
            f"/allocations/0x{keccak256(body).hex()}": body,
            f"/inventory/0x{tree.root.hex()}": json.dumps(UUIDS).encode(),
        }
        second = closing.enter_context(rpc_server(chain.url))
        made = World(stack, chain.url, fleet, site, second, tree.root, body, free_ports(NODES), paths)
        made.reset()
        for index in range(NODES):
            if index != ME:
                made.node_folders[index] = folder / f"peer{index}"
                _run_peer(closing, made.node(made.node_folders[index], index))
        yield made


def _run_peer(closing: ExitStack, config: Path) -> None:
    with (config.parent / "log").open("w") as log:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "wellhead", "run", "--config", config],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # Where the user's nodes see which keys are in use: other tests have nodes with these keys, on other chains.
            env={**os.environ, "XDG_STATE_HOME": str(config.parent)},
        )
    closing.callback(process.wait, 20)
    closing.callback(process.terminate)
    assert process.stdout is not None
    closing.callback(process.stdout.close)
    assert process.stdout.readline().startswith("listening on"), (config.parent / "log").read_text()
