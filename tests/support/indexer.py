"""The real indexer as a process, and its answers over HTTP."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from eth_utils.crypto import keccak
from web3 import Web3

from tests.support.chain import ROOT, Stack, deploy

INDEXER = ROOT / "indexer"
START_S = 120
ANSWER_S = 60
FOLLOW_S = 120
APART = httpx.Limits(max_keepalive_connections=0)
"""A connection for each request: an idle one may be closed by the server while the next request is on its way."""
OWN = ("DATABASE_PRIVATE_URL", "DATABASE_URL", "DATABASE_SCHEMA", "PORT")
"""Settings that tests give themselves: the caller's own database is none of theirs."""

UNLOCK = """
import { PGlite } from "@electric-sql/pglite"
const database = new PGlite(process.argv[1])
await database.exec(`UPDATE wellhead._ponder_meta SET value = jsonb_set(value, '{heartbeat_at}', '0')`)
await database.close()
"""


def write_config(stack: Stack, rpc: str, sale: str, path: Path) -> Path:
    """The page's config.json for a stack and the PrimarySale at `sale`; the indexer reads the same file."""
    known = stack.deployment()["contracts"]
    names = (
        "FleetRegistry", "StablecoinRegistry", "NodeSet", "NodeBonds", "MeterOracle", "CapacityLease", "RevenueFactory",
        "OracleFees",
    )  # fmt: skip
    contracts = {name: {key: known[name][key] for key in ("address", "codeHash")} for name in names}
    code = stack.w3.eth.get_code(Web3.to_checksum_address(sale))
    contracts["PrimarySale"] = {"address": sale, "codeHash": Web3.to_hex(keccak(code))}
    content = {
        "chain": {"id": stack.w3.eth.chain_id, "name": "Anvil", "rpcs": [rpc], "explorer": None, "confirmations": 2},
        "contracts": contracts,
        "deployedAt": stack.block,
        "nodes": [],
        "indexer": None,
        "documents": [],
    }
    path.write_text(json.dumps(content))
    return path


def deploy_sale(stack: Stack) -> Any:
    """A PrimarySale of a stack's fleets."""
    return deploy(stack.w3, "PrimarySale", stack.owner, stack.fleets.address, stack.stablecoins.address)


@dataclass(frozen=True)
class Indexer:
    """A running indexer at `url`."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=ANSWER_S, limits=APART))

    def get(self, path: str, query: Any = None) -> httpx.Response:
        """GET, whatever comes back."""
        return self.client.get(f"{self.url}{path}", params=query)

    def ask(self, path: str, **query: object) -> Any:
        """The JSON of a good answer."""
        answer = self.get(path, query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def events(self, **query: object) -> list[dict[str, Any]]:
        """All events that a query finds, page after page."""
        found: list[dict[str, Any]] = []
        after: dict[str, object] = {}
        while True:
            page = self.ask("/events", **query, **after)
            found += page["events"]
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    def wait_for(self, w3: Web3) -> None:
        """Waits until the chain's newest block is the newest indexed, and the indexer calls itself ready."""
        deadline = time.monotonic() + FOLLOW_S
        while True:
            newest, status = w3.eth.get_block("latest"), self.ask("/status")
            if status["ready"] and status["untilHash"] == Web3.to_hex(newest["hash"]):
                return
            assert time.monotonic() < deadline, (newest["number"], status, self.log.read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """SIGTERM."""
        self.process.terminate()
        self.process.wait()

    def kill(self) -> None:
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def environment(config: Path, folder: Path, **more: str) -> Mapping[str, str]:
    """The indexer's settings: `config`, a PGlite database in `folder`, and a free port of loopback."""
    kept = {name: v for name, v in os.environ.items() if name not in OWN and not name.startswith("WELLHEAD_")}
    listens = {"WELLHEAD_INDEXER_HOST": "127.0.0.1", "WELLHEAD_INDEXER_PORT": "0"}
    return {**kept, "WELLHEAD_CONFIG": str(config), "WELLHEAD_INDEXER_DIR": str(folder), **listens, **more}


def expire_lock(folder: Path) -> None:
    """Makes a killed indexer's lock on its database as old as it is after the 25 s that its successor waits."""
    command = ["node", "--input-type=module", "--eval", UNLOCK, str(folder)]
    subprocess.run(command, cwd=INDEXER, check=True, timeout=START_S)


@contextmanager
def indexer(config: Path, folder: Path, **more: str) -> Iterator[Indexer]:
    """Runs `indexer/run` until the `with` ends. Raises RuntimeError with its words when it does not listen."""
    if not (INDEXER / "node_modules").exists():
        raise RuntimeError(f"{INDEXER} is not installed: run `make setup`")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.with_suffix(".log")
    with (
        log.open("a+") as out,
        subprocess.Popen(
            [INDEXER / "run"],
            env=environment(config, folder, **more),
            stdout=out,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        begun = len(log.read_text())
        try:
            yield Indexer(_listening(process, log, begun), process, log)
        finally:
            process.kill()


def refused(config: Path, folder: Path, **more: str) -> str:
    """What the indexer says when it ends by itself instead of listening."""
    ended = subprocess.run(
        [INDEXER / "run"], env=environment(config, folder, **more), capture_output=True, text=True, timeout=START_S,
        check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    return ended.stdout + ended.stderr


def node_script(name: str, *arguments: object) -> list[str]:
    """The command that runs a script of tests/support with the indexer's packages, in INDEXER."""
    return [str(each) for each in (INDEXER / "node_modules/.bin/vite-node", ROOT / "tests/support" / name, *arguments)]


def judged(configs: Sequence[Path], **more: str) -> list[str]:
    """What the indexer says to each config.json, without the database: `accepted`, or why not."""
    command = node_script("indexer_refusals.ts", *configs)
    said = subprocess.run(
        command, cwd=INDEXER, env={**os.environ, **more}, capture_output=True, text=True, timeout=START_S, check=True
    )
    return said.stdout.splitlines()


def _listening(process: subprocess.Popen[bytes], log: Path, begun: int) -> str:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        found = re.search(r"^indexer: listening on (\S+)$", log.read_text()[begun:], re.MULTILINE)
        if found:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"the indexer does not listen:\n{log.read_text()[begun:]}")
