"""The world that browser tests visit, started for real: what it serves, that it lives on, and that it ends."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGHUP, SIGTERM, Signals
from typing import Any

import pytest
import requests
from eth_account import Account
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3
from web3.contract.contract import Contract
from web3.types import RPCEndpoint

from oracle.domain.merkle import inventory_tree
from oracle.domain.reading import Reading
from scripts.dapp_config import CONTRACTS
from scripts.stage.recording import uuids_of
from scripts.stage.static import NOT_BUILT, policy
from tests.support.chain import ARTIFACTS
from tests.support.newcomer import Newcomer
from tests.support.terminal import hangup_heard

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("live")]

ROOT = Path(__file__).resolve().parents[2]
BEGINS, EPOCH, DISPUTE, INTERVAL, PERIOD = 1_791_158_400, 1800, 1800, 600, 3600  # examples/live.toml
PATIENCE_S = 120
LISTED = 2


class Live:
    """The process, and the world as it describes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "scripts.stage.live", "--folder", str(folder), "--json", "--fast"]
        with hangup_heard():
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

    def ready(self) -> None:
        """Waits for the one line."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.world: dict[str, Any] = json.loads(line)
        self.w3 = Web3(HTTPProvider(self.world["rpcUrl"], request_kwargs={"timeout": 30}))
        self.page = self.world["pageUrl"].removesuffix("/")

    def at(self, name: str, address: str | None = None) -> Contract:
        """A contract of the deployment, or another of that kind at `address`."""
        made = json.loads((ARTIFACTS / f"{name}.sol" / f"{name}.json").read_text())
        return self.w3.eth.contract(address=address or self.world["contracts"][name], abi=made["abi"])

    def jump(self, seconds: int) -> None:
        """Moves the chain's clock on, as a browser test does."""
        self.rpc("evm_increaseTime", seconds)
        self.rpc("evm_mine")

    def rpc(self, method: str, *parameters: Any) -> Any:
        answer = self.w3.provider.make_request(RPCEndpoint(method), list(parameters))
        assert "error" not in answer, answer
        return answer["result"]

    def now(self) -> int:
        return int(self.w3.eth.get_block("latest")["timestamp"])

    def head_epoch(self) -> int:
        return int(self.at("MeterOracle").functions.headEpoch().call())

    def wait(self, done: Callable[[], Any], what: str) -> Any:
        """What `done` returns once it is true."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := done()):
            assert self.process.poll() is None, what
            assert time.monotonic() < deadline, f"{what}; logs in {self.folder / 'logs'}"
            time.sleep(0.3)
        return found

    def report(self) -> int:
        """Goes on to where a report is due that was not, and waits for it; leaders take turns of 300 s."""
        before = self.head_epoch()
        self.jump(EPOCH)
        for _ in range(4):
            deadline = time.monotonic() + PATIENCE_S / 4
            while time.monotonic() < deadline:
                if self.head_epoch() > before:
                    return self.head_epoch()
                time.sleep(0.3)
            self.jump(300)
        raise AssertionError(f"no report after that of epoch {before}; logs in {self.folder / 'logs'}")

    def step(self) -> None:
        """Goes on by one interval of the exporters, and waits until every node has asked: what is further apart is a
        gap."""
        self.jump(INTERVAL)
        moment, exporter = self.now(), self.world["sites"]["1"]

        def asked() -> bool:
            moments = requests.get(f"{exporter}/asked", timeout=10).json()
            return sum(at >= moment for at in moments) >= len(self.world["nodes"])

        self.wait(asked, f"every node asks at {moment}")

    def series(self, fleet: int) -> list[dict[str, Any]]:
        """A fleet's meter over time as the first node that holds it tells it; empty while none does."""
        for node in self.world["nodes"]:
            answer = requests.get(f"{node}/v1/fleets/{fleet}/series", timeout=10)
            if answer.ok:
                return list(answer.json()["buckets"])
        return []

    def left(self) -> list[str]:
        """The processes that still have something to do with the world's folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() in words:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        return found


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    made = Live(tmp_path_factory.mktemp("live") / "world")
    try:
        made.ready()
        yield made
    finally:
        made.process.terminate()
        made.process.wait(PATIENCE_S)


def test_config_json_says_what_is_on_the_chain(live: Live) -> None:
    answer = requests.get(f"{live.page}/config.json", timeout=10)
    config = answer.json()
    assert config["chain"]["id"] == live.w3.eth.chain_id == live.world["chainId"] == 31337
    assert config["chain"]["rpcs"] == [live.world["rpcUrl"]]
    assert (config["nodes"], config["indexer"]) == (live.world["nodes"], live.world["indexer"])
    assert set(live.world["sites"].values()) < set(config["documents"])  # and the one of newcomers
    assert set(config["contracts"]) == set(CONTRACTS)
    for name, contract in config["contracts"].items():
        assert contract["address"] == live.world["contracts"][name]
        assert contract["codeHash"] == "0x" + keccak(bytes(live.w3.eth.get_code(contract["address"]))).hex()
    assert 0 < config["deployedAt"] <= live.w3.eth.block_number
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] == policy(config)


def test_every_server_answers_the_page(live: Live) -> None:
    page, built = requests.get(live.page, timeout=10), ROOT / "build" / "dapp" / "index.html"
    expected = (200, built.read_bytes()) if built.exists() else (503, NOT_BUILT)
    assert (page.status_code, page.content) == expected
    allowed = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in allowed
    from_page = {"Origin": live.page}
    assert len(live.world["nodes"]) == 4
    for node in live.world["nodes"]:
        answer = requests.get(f"{node}/status", headers=from_page, timeout=10)
        assert answer.headers["Access-Control-Allow-Origin"] == live.page
        assert f" {node}" in allowed
        stranger = requests.get(f"{node}/status", headers={"Origin": "http://elsewhere.example"}, timeout=10)
        assert "Access-Control-Allow-Origin" not in stranger.headers
    rpc = requests.post(
        live.world["rpcUrl"], json={"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}, headers=from_page, timeout=10
    )
    assert rpc.headers["Access-Control-Allow-Origin"] in ("*", live.page)
    answer = requests.get(f"{live.world['indexer']}/status", headers=from_page, timeout=10)
    assert answer.json()["ready"] is True
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", live.page)


def test_documents_and_inventories_are_what_the_chain_says(live: Live) -> None:
    registry = live.at("FleetRegistry")
    documents = [log["args"] for log in registry.events.DocumentSet().get_logs(from_block=0)]
    served = [one for one in documents if one["uri"].startswith("http")]
    assert {(one["fleetId"], one["name"][:9]) for one in served} == {
        *((fleet, "inventory") for fleet in (1, 2, 3)),
        (1, "metering"),
        (3, "012345678"),
    }
    for one in served:
        answer = requests.get(one["uri"], headers={"Origin": live.page}, timeout=10)
        assert keccak(answer.content) == one["hash"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    root, count = registry.functions.inventoryOf(1, 1).call()
    answer = requests.get(f"{live.world['sites']['1']}/inventory/0x{root.hex()}", timeout=10)
    assert inventory_tree(answer.json()).root == root
    assert len(answer.json()) == count
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_past_holds_an_outage_and_a_silence_of_each_fleet_and_a_closed_lease(live: Live) -> None:
    outage, silence = (
        live.wait(lambda fleet=fleet: live.series(fleet), f"fleet {fleet} has been metered") for fleet in (1, 2)
    )
    assert sum(one["missing_share"] == 0 and one["delivered_unit_s"] == 0 for one in outage) >= 5
    assert sum(one["missing_share"] == 1 for one in silence) >= 3
    assert sum(one["delivered_unit_s"] > 0 for one in outage) >= 3
    leases = live.at("CapacityLease")
    assert leases.functions.leaseOf(1).call()[2][4] is True  # closed, its refund waiting
    assert leases.functions.leaseOf(1).call()[2][0] > 0


def test_an_open_lease_has_lost_time_to_an_outage_and_to_a_silence_and_is_settled_as_far_as_can_be(live: Live) -> None:
    leases, final = live.at("CapacityLease"), live.at("MeterOracle").functions.newestFinal().call()[0]
    (_, units, start, *_), *_ = leases.functions.leaseOf(2).call()
    settled = [log["args"] for log in leases.events.Settled().get_logs(from_block=0) if log["args"]["leaseId"] == 2]
    assert len(settled) >= 3
    assert settled[-1]["epoch"] == final
    reading = Reading.unpack(settled[-1]["reading"])
    assert 0 < reading.delivered < reading.measured < units * (BEGINS + (final + 1) * EPOCH - start)


def test_both_fleets_have_earned_in_every_period_for_both_tranches_and_still_earn(live: Live) -> None:
    revenues = [log["args"] for log in live.at("RevenueFactory").events.RevenueCreated().get_logs(from_block=0)]
    for revenue in revenues[:2]:
        waterfall = live.at("RevenueWaterfall", revenue["waterfall"])
        paid = [log["args"] for log in waterfall.events.Distributed().get_logs(from_block=0)]
        periods = [one["period"] for one in paid]
        assert periods == [*range(periods[0], BEGINS // PERIOD + 8)]  # 07:00 was the last to begin
        assert sum(all(income > 0 for income in one["incomes"]) for one in paid) >= 3
        for tranche in range(2):
            _, streams, waits, *_ = waterfall.functions.streamOf(tranche).call()
            assert max(streams, waits) > 0
    investor = Account.from_key(live.world["keys"]["investor"]).address
    shares = [live.at("FleetShare", share) for share in revenues[0]["shares"]]
    assert all(share.functions.balanceOf(investor).call() > 0 for share in shares)
    assert all(share.functions.claimable(investor).call() > 0 for share in shares)


def test_a_fleet_and_a_token_have_hostile_names(live: Live) -> None:
    spec = live.at("FleetRegistry").functions.specOf(3).call()
    assert "<script>" in spec[8]
    assert "\u202e" in spec[9]
    names = [log["args"]["name"] for log in live.at("FleetRegistry").events.DocumentSet().get_logs(from_block=0)]
    assert max(map(len, names)) == 10_000
    made = live.at("RevenueFactory").events.RevenueCreated().get_logs(from_block=0)[2]["args"]
    token = live.at("FleetShare", made["shares"][0])
    assert token.functions.name().call().startswith("<b onmouseover=alert(1)>")
    assert "\u202e" in token.functions.name().call()


def test_a_newcomer_buys_leases_and_registers_and_the_world_goes_on(live: Live) -> None:
    newcomer = Newcomer(json.loads(Path(live.world["config"]).read_text()), live.world["keys"]["newcomer"])
    assert newcomer.money() == 50_000 * 10**6

    sales = live.at("PrimarySale")
    assert sales.functions.saleCount().call() == 3
    assert sales.functions.saleOf(1).call()[10] > live.now() + 14 * 86_400
    newcomer.buy(1, 10 * 10**6)
    assert sales.functions.bookingOf(1, newcomer.address).call()[0] == 10 * 10**6

    lease = newcomer.lease(1, 2, 24)["leaseId"]
    body = live.wait(lambda: newcomer.allocation(lease), "the operator allocates")
    answer = requests.get(f"{live.world['sites']['1']}/allocations/0x{body.hex()}", timeout=10)
    assert keccak(answer.content) == body
    assert len({gpu["uuid"] for gpu in answer.json()["gpus"]}) == 2

    registry, uuids = live.at("FleetRegistry"), list(uuids_of(Path(live.world["newcomersInventory"])))
    spec = (live.world["currency"], 1_500_000, 8, 700, 9900, 5000, 3000, 43_200, "NVIDIA H100", "A newcomer's hall")
    newcomer.act(registry.functions.propose(spec))
    fleet = registry.events.FleetProposed().get_logs(from_block=0)[-1]["args"]["fleetId"]
    newcomer.act(registry.functions.publishInventory(fleet, inventory_tree(uuids).root, len(uuids)))
    live.wait(lambda: registry.functions.statusOf(fleet).call()[0] == LISTED, "the issuer lists")
    assert registry.functions.ownerOf(fleet).call() == newcomer.address

    # Nodes that knew nothing of the newcomer's site would abstain, and there would be no report ever after.
    live.report()

    def metered() -> bool:
        return any(one["measured_unit_s"] > 0 for one in live.series(fleet))

    for _ in range(4 * EPOCH // INTERVAL):
        if metered():
            break
        live.step()
    live.wait(metered, "the newcomer's fleet is metered")


def test_time_moves_on_by_itself_and_by_a_jump_and_leases_are_settled(live: Live) -> None:
    before, began = live.now(), time.monotonic()
    live.wait(lambda: live.now() >= before + 3, "blocks are mined")
    assert live.now() - before <= time.monotonic() - began + 3  # real time, not more

    leases = live.at("CapacityLease")
    settled = len(leases.events.Settled().get_logs(from_block=0))
    epoch = live.report()
    live.jump(DISPUTE)

    def final() -> bool:
        logs = leases.events.Settled().get_logs(from_block=0)
        return len(logs) > settled and any(log["args"]["epoch"] >= epoch for log in logs)

    live.wait(final, f"the keeper settles from the report of epoch {epoch}")

    def indexed() -> bool:
        answer = requests.get(f"{live.world['indexer']}/events", {"name": "Settled", "limit": 1000}, timeout=10)
        return any(int(one["args"]["epoch"]) >= epoch for one in answer.json()["events"])

    live.wait(indexed, "the indexer follows")


def test_everything_ends_when_its_input_closes(live: Live) -> None:
    assert len(live.left()) > 8
    assert live.process.stdin is not None
    live.process.stdin.close()
    assert live.process.wait(PATIENCE_S) == 0
    assert live.left() == []
    for url in (live.world["rpcUrl"], live.page, *live.world["nodes"]):
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=2)


@pytest.mark.parametrize(("told", "code"), [(SIGTERM, 143), (SIGHUP, 129), (None, 0)], ids=["term", "hup", "input"])
def test_a_world_that_is_told_to_end_while_it_is_made_leaves_nothing(
    told: Signals | None, code: int, tmp_path: Path
) -> None:
    made = Live(tmp_path / "world")
    anvil = made.folder / "logs" / "anvil.log"
    deadline = time.monotonic() + PATIENCE_S
    while not (anvil.exists() and re.search("^Listening", anvil.read_text(), re.MULTILINE)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    if told is None:
        assert made.process.stdin is not None
        made.process.stdin.close()
        made.process.stdin = None
    else:
        made.process.send_signal(told)
    made.process.wait(PATIENCE_S)  # before its input is closed, which would be another word to end
    out, _ = made.process.communicate()
    assert (out, made.process.returncode) == ("", code)
    assert made.left() == []
