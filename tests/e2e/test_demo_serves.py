"""`make demo SERVE=1` as a newcomer runs it, cut short: the books are closed, the doors open, and all of it ends."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGHUP, SIGINT

import pytest
import requests
from eth_utils.crypto import keccak

from tests.support.chain import HOUR
from tests.support.newcomer import Newcomer
from tests.support.terminal import hangup_heard

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("live")]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 600
PAGE = r"^ *page +(http://\S+)$"


class Served:
    """The demo's process, and what it prints."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder, self.said = folder, folder.with_suffix(".out")
        command = [sys.executable, "scripts/demo.py", "--serve", "--folder", str(folder), *more]
        with self.said.open("w") as out, hangup_heard():
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def printed(self, pattern: str) -> str:
        """The first group of a line that matches, once it is there."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.search(pattern, self.said.read_text(), re.MULTILINE)):
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < deadline, self.said.read_text()
            time.sleep(0.1)
        return found[1]

    def left(self) -> list[str]:
        """The processes that still have something to do with its folder."""
        return [
            words.replace(b"\0", b" ").decode(errors="replace")
            for entry in Path("/proc").glob("[0-9]*")
            if str(self.folder).encode() in (words := _words(entry / "cmdline")) + _words(entry / "environ")
        ]


def _words(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world of tests in a browser, without the silence that no lease of its first part sees; it goes on until there
    is income to claim, and no longer."""
    text = (ROOT / "examples" / "live.toml").read_text()
    for line, instead in (
        ("hours = 7.25", "hours = 4"),
        ('recorded = ["outage", "silence"]', 'recorded = ["outage"]'),
        ("plays_from = 2026-10-05T10:30:00Z", "plays_from = 2026-10-05T00:00:00Z"),
    ):
        assert text.count(line) == 1
        text = text.replace(line, instead)
    file = tmp_path_factory.mktemp("cast") / "short.toml"
    file.write_text(text)
    return file


@pytest.fixture(scope="module")
def served(cast: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("served") / "demo", "--cast", str(cast))
    try:
        yield made
    finally:
        made.process.terminate()
        made.process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def newcomer(served: Served) -> Newcomer:
    """Who has what the demo printed: the page's address and the key."""
    page, key = served.printed(PAGE), served.printed(r"^ *demo key +(0x[0-9a-f]{64})$")
    served.printed(r"(ctrl-c ends all of it)")
    return Newcomer(requests.get(f"{page}/config.json", timeout=10).json(), key)


def test_the_printed_page_has_a_config_that_the_chain_bears_out(served: Served, newcomer: Newcomer) -> None:
    page, w3 = served.printed(PAGE), newcomer.w3
    assert requests.get(page, timeout=10).headers["Content-Security-Policy"]
    config = requests.get(f"{page}/config.json", timeout=10).json()
    assert w3.eth.chain_id == config["chain"]["id"]
    for contract in config["contracts"].values():
        assert "0x" + keccak(bytes(w3.eth.get_code(contract["address"]))).hex() == contract["codeHash"]
    assert all(requests.get(f"{node}/status", timeout=10).ok for node in config["nodes"])
    assert requests.get(f"{config['indexer']}/status", timeout=10).json()["ready"] is True


def test_the_printed_key_buys_shares(newcomer: Newcomer) -> None:
    sales, before = newcomer.at("PrimarySale"), newcomer.money()
    newcomer.buy(1, 10 * 10**6)
    assert sales.functions.bookingOf(1, newcomer.address).call() == (10 * 10**6, 10_400_000)
    assert newcomer.money() == before - 10_400_000


def test_the_printed_key_claims_what_its_senior_shares_have_earned_since_it_has_them(newcomer: Newcomer) -> None:
    # Equity has to wait: the coupon of the hours in which the books were closed is in arrears and comes first.
    senior, before = newcomer.shares()[0], newcomer.money()
    (handed,) = senior.events.Transfer().get_logs(from_block=0, argument_filters={"to": newcomer.address})
    assert senior.functions.claimable(newcomer.address).call() > 0
    mined = newcomer.act(senior.functions.claim(newcomer.address))["blockNumber"]

    waterfall, tranche = senior.functions.waterfall().call()
    streamed = newcomer.at("RevenueWaterfall", waterfall).functions.streamed(tranche)
    since_handed = streamed.call(block_identifier=mined) - streamed.call(block_identifier=handed["blockNumber"])
    income = handed["args"]["value"] * since_handed // senior.functions.totalSupply().call()
    assert newcomer.money() == before + income
    assert senior.functions.claimable(newcomer.address).call(block_identifier=mined) == 0


def test_the_printed_key_leases_and_the_operator_allocates(newcomer: Newcomer) -> None:
    leases, before = newcomer.at("CapacityLease"), newcomer.money()
    committed = leases.functions.fleetAccountOf(1).call()[3]
    opened = newcomer.lease(1, 2, 24)
    lease, start = opened["leaseId"], opened["request"]["start"]
    runway = 64_233_334  # 2 GPUs for the notice, 12 h, and the 100 min until a delivery can be settled; rounded up
    terms, _, account, *_ = leases.functions.leaseOf(lease).call()
    assert terms == (2_350_000, 2, start, start + 24 * HOUR, 1)
    assert account == (runway, 0, 0, 9900, False)
    assert leases.functions.ownerOf(lease).call() == newcomer.address
    assert leases.functions.fleetAccountOf(1).call()[3] == committed + 2
    assert newcomer.money() == before - runway
    deadline = time.monotonic() + PATIENCE_S
    while newcomer.allocation(lease) is None:
        assert time.monotonic() < deadline, "the operator allocates"
        time.sleep(0.3)


def test_a_second_one_does_not_take_the_first_one_s_folder(served: Served) -> None:
    again = [sys.executable, "scripts/demo.py", "--folder", str(served.folder)]
    refused = subprocess.run(again, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert refused.returncode == 1
    assert "belongs to a world that is still up: end that one" in " ".join(refused.stdout.split())
    assert (served.folder / "config.json").exists()


def test_ctrl_c_ends_it_and_nothing_is_left(served: Served) -> None:
    config = json.loads((served.folder / "config.json").read_text())
    page = served.printed(PAGE)
    assert len(served.left()) > 8
    served.process.send_signal(SIGINT)
    served.process.send_signal(SIGINT)
    assert served.process.wait(PATIENCE_S) == 0
    assert served.left() == []
    for url in (page, config["indexer"], *config["chain"]["rpcs"], *config["nodes"]):
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=2)


def test_a_terminal_that_closes_ends_it_while_it_starts(cast: Path, tmp_path: Path) -> None:
    made = Served(tmp_path / "demo", "--cast", str(cast))
    anvil, deadline = made.folder / "logs" / "anvil.log", time.monotonic() + PATIENCE_S
    while not (anvil.exists() and "Listening on" in anvil.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    made.process.send_signal(SIGHUP)
    assert made.process.wait(PATIENCE_S) == 129
    assert made.left() == []
