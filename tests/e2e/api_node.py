"""One `wellhead run` on a real chain, whose reports the nodes' keys sign and post without it: real data for its API."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from eth_account import Account

from oracle.domain.keccak import keccak256
from oracle.domain.reading import Reading
from tests.support.chain import HOUR, Stack, node_key, rpc
from tests.support.market import Fleet, fleet_meter, lease_meter, list_fleet, open_lease, post_report
from tests.support.nodes import ReadingNode, reading_node
from tests.unit.node.cluster import free_ports
from tests.unit.node.site_server import SiteServer

EPOCHS = 14
LEASE_FROM = 3


@dataclass(frozen=True)
class ApiNode:
    """The running node, and what it can be asked about. `folder` holds its log."""

    url: str
    stack: Stack
    fleet: Fleet
    lease: int
    folder: Path

    def get(self, path: str) -> Any:
        answer = httpx.get(self.url + path, trust_env=False, timeout=30)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextmanager
def api_node(stack: Stack, folder: Path) -> Iterator[ApiNode]:
    """Starts the node, and posts reports of epochs 1 to EPOCHS, each of which it has seen stand."""
    operator, tenant = stack.w3.eth.accounts[1], stack.w3.eth.accounts[2]
    fleet = list_fleet(stack, operator, units=4)
    start = stack.genesis + LEASE_FROM * HOUR
    lease = open_lease(stack, fleet, tenant, 2, start, start + 48 * HOUR)
    site = SiteServer()
    gpu = 'gpu="0",UUID="GPU-00000001-0000-0000-0000-000000000000",modelName="NVIDIA H100 80GB HBM3"'
    site.paths["/metrics"] = f"DCGM_FI_DEV_POWER_USAGE{{{gpu}}} 700.0\n".encode()
    with reading_node() as peer:
        url = _configure(stack, folder, fleet, peer, site)
        with (folder / "log").open("w") as log:
            command = [Path(sys.executable).parent / "wellhead", "run", "--config", folder / "node.toml"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        node = ApiNode(url, stack, fleet, lease, folder)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"listening on {url}\n", node.log
            for epoch in range(1, EPOCHS + 1):
                post_report(stack, epoch, peer.reports.setdefault(epoch, _readings(stack, fleet, lease, epoch)))
                _wait_for(node, epoch)
            yield node
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(20)
            site.close()
        assert code == 0, node.log


def _readings(stack: Stack, fleet: Fleet, lease: int, epoch: int) -> dict[int, Reading]:
    # In the seventh hour the fleet's GPUs were out of order; of the ninth nothing is known.
    hours = epoch - (epoch >= 9)
    of_fleet = Reading(4 * hours * HOUR, 2 * (hours - (epoch >= 7)) * HOUR, hours * HOUR, 0, 2800 * hours, 1)
    found = {fleet_meter(stack, fleet): of_fleet}
    leased = max(0, epoch + 1 - LEASE_FROM) * HOUR
    if leased:
        found[lease_meter(stack, lease)] = Reading(2 * leased, 2 * leased, leased, 0, 1400 * leased // HOUR, 1)
    return found


def _configure(stack: Stack, folder: Path, fleet: Fleet, peer: ReadingNode, site: SiteServer) -> str:
    gas = Account.from_key(keccak256(b"gas of the api's node"))
    rpc(stack.w3, "anvil_setBalance", gas.address, hex(10**20))
    for name, account in (("hot", node_key("hot", 0)), ("gas", gas)):
        (folder / f"{name}.json").write_text(json.dumps(Account.encrypt(account.key, "pass", iterations=2)))
    (folder / "password").write_text("pass")
    (folder / "password").chmod(0o600)
    port, *dead = free_ports(3)
    urls = [peer.url, *(f"http://127.0.0.1:{each}" for each in dead)]
    peers = "".join(
        f'[[peers]]\nnode = "{node_key("cold", index).address}"\nurl = "{url}"\n' for index, url in enumerate(urls, 1)
    )
    (folder / "node.toml").write_text(
        f'[chain]\nrpc_urls = ["{stack.w3.provider.endpoint_uri}"]\n'  # type: ignore[attr-defined]
        f'deployment = "{stack.write_deployment(folder)}"\nconfirmations = 1\n'
        f'[node]\nlisten = "127.0.0.1:{port}"\ndatabase = "node.db"\nclock = "chain"\npoll_ms = 50\n'
        f'[signing_key]\nkeystore = "hot.json"\npassword_file = "password"\n'
        f'[gas_key]\nkeystore = "gas.json"\npassword_file = "password"\n'
        f"[api]\nrequests_per_minute = 1000000\n"
        f'{peers}[[sites]]\nfleet = {fleet.fleet_id}\nkind = "dcgm"\nurl = "{site.url}/metrics"\ninterval_s = 900\n'
        f'allocations_url = "{site.url}/allocations"\ninventory_url = "{site.url}/inventory"\n'
    )
    return f"http://127.0.0.1:{port}"


def _wait_for(node: ApiNode, epoch: int) -> None:
    deadline = time.monotonic() + 60
    while httpx.get(f"{node.url}/v1/reports/{epoch}/readings", trust_env=False, timeout=30).status_code != 200:
        assert time.monotonic() < deadline, node.log[-4000:]
        time.sleep(0.05)
