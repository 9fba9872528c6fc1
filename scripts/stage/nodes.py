"""The metering nodes of the stage: real `wellhead run` processes, each with its own keystores, database and view of
the sites."""

import json
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from eth_account import Account

from scripts.stage.processes import Processes, StageError

KEYSTORE_WORK = 2**12
"""scrypt's cost for keys that live three minutes; `wellhead keys new` uses a real one."""

PAGE_REQUESTS = 60_000
"""A minute, from the one address that all clients of a local world share."""

STUCK_AFTER_S = 60
"""How long, by a real clock, the demo waits for a node before it says that something is wrong."""

WELLHEAD = Path(sys.executable).parent / "wellhead"


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """Where a fleet's site answers."""

    fleet_id: int
    kind: str
    interval_s: int
    url: str

    def toml(self) -> str:
        """Its part of a node's configuration."""
        path = "/metrics" if self.kind == "dcgm" else "/telemetry.csv"
        return (
            f'[[sites]]\nfleet = {self.fleet_id}\nkind = "{self.kind}"\nurl = "{self.url}{path}"\n'
            f"interval_s = {self.interval_s}\n"
            f'allocations_url = "{self.url}/allocations"\ninventory_url = "{self.url}/inventory"\n'
        )


def keystore(folder: Path, name: str) -> tuple[Path, Path, str]:
    """A new key in a V3 keystore, its password in a file of its own. Returns both paths and the address."""
    folder.mkdir(parents=True, exist_ok=True)
    password = secrets.token_hex(16)
    account = Account.create()
    store, password_file = folder / f"{name}.json", folder / f"{name}.password"
    for path, text in (
        (store, json.dumps(Account.encrypt(account.key, password, kdf="scrypt", iterations=KEYSTORE_WORK))),
        (password_file, password),
    ):
        path.touch(mode=0o600)
        path.write_text(text)
    return store, password_file, account.address


class Nodes:
    """n nodes: their keys first, since the deployment needs them, then their processes."""

    def __init__(
        self, processes: Processes, folder: Path, colds: list[str], ports: list[int], pages: Sequence[str] = ()
    ) -> None:
        self._processes = processes
        self._folder = folder
        self._colds = colds
        self._ports = ports
        self._pages = list(pages)
        self._session = requests.Session()
        self._keys = [(keystore(folder / str(i), "hot"), keystore(folder / str(i), "gas")) for i in range(len(colds))]
        self.running: set[int] = set()

    @property
    def members(self) -> list[dict[str, str]]:
        """What the deployment configures: cold and hot address of each."""
        return [{"cold": cold, "hot": hot[2]} for cold, (hot, _) in zip(self._colds, self._keys, strict=True)]

    @property
    def gas_addresses(self) -> list[str]:
        """The accounts that pay for posting."""
        return [gas[2] for _, gas in self._keys]

    @property
    def urls(self) -> list[str]:
        """Where each node's API answers."""
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    def configure(self, index: int, rpc_url: str, deployment: Path, sites: list[SiteAddress]) -> None:
        """Writes a node's configuration file."""
        folder = self._folder / str(index)
        (hot, hot_password, _), (gas, gas_password, _) = self._keys[index]
        peers = "".join(
            f'[[peers]]\nnode = "{cold}"\nurl = "{url}"\n'
            for peer, (cold, url) in enumerate(zip(self._colds, self.urls, strict=True))
            if peer != index
        )
        (folder / "node.toml").write_text(
            f'[chain]\nrpc_urls = ["{rpc_url}"]\ndeployment = "{deployment}"\nconfirmations = 1\n\n'
            f'[node]\nlisten = "127.0.0.1:{self._ports[index]}"\ndatabase = "{folder / "node.sqlite"}"\n'
            f'clock = "chain"\nattempt_s = 300\npoll_ms = 100\n\n'
            f'[signing_key]\nkeystore = "{hot}"\npassword_file = "{hot_password}"\n\n'
            f'[gas_key]\nkeystore = "{gas}"\npassword_file = "{gas_password}"\n\n'
            + self._api()
            + f"{peers}\n"
            + "\n".join(site.toml() for site in sites)
        )

    def _api(self) -> str:
        """Which pages may read a node. One who clicks about asks more often than a stranger may."""
        if not self._pages:
            return ""
        return f"[api]\ncors_origins = {json.dumps(self._pages)}\nrequests_per_minute = {PAGE_REQUESTS}\n\n"

    def start(self, index: int) -> None:
        """Starts `wellhead run`."""
        self._processes.start(f"node-{index}", [WELLHEAD, "run", "--config", self._folder / str(index) / "node.toml"])
        self.running.add(index)

    def kill(self, index: int) -> None:
        """kill -9."""
        self._processes.kill(f"node-{index}")
        self.running.discard(index)

    def stop(self) -> None:
        """Ends all that run."""
        self._processes.stop(*(f"node-{index}" for index in sorted(self.running)))
        self.running.clear()

    def wait_answering(self) -> None:
        """Until every running node answers."""
        for index in sorted(self.running):
            self._processes.wait(f"node-{index}", lambda index=index: self.status(index) is not None)

    def wait_sampled(self, moment: int, exporters: list[str]) -> None:
        """Until every running node has asked one of the exporters at the block of `moment`."""
        deadline = time.monotonic() + STUCK_AFTER_S
        while self._asked_at(moment, exporters) < len(self.running):
            self._processes.check()
            if time.monotonic() > deadline:
                raise StageError(f"not every node sampled at {moment}: see the nodes' logs")
            time.sleep(0.01)

    def _asked_at(self, moment: int, exporters: list[str]) -> int:
        answers = (self._session.get(f"{url}/asked", timeout=5).json() for url in exporters)
        return sum(at >= moment for asked in answers for at in asked)

    def status(self, index: int) -> dict[str, Any] | None:
        """What a node says of itself, or None when it does not answer."""
        try:
            answer = self._session.get(f"{self.urls[index]}/status", timeout=5)
        except requests.RequestException:
            return None
        return answer.json() if answer.ok else None

    def get(self, path: str) -> bytes:
        """The first running node's answer. Raises StageError when none has one."""
        for index in sorted(self.running):
            try:
                answer = self._session.get(self.urls[index] + path, timeout=30)
            except requests.RequestException:
                continue
            if answer.ok:
                return answer.content
        raise StageError(f"no node answers {path}")
