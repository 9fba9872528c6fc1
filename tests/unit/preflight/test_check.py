"""`wellhead check` names what is wrong with a node, by one failing row each, with a real chain, site and peers."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from oracle.domain.keccak import keccak256
from oracle.exchange.fetch import Fetcher
from oracle.keys import create_keystore
from oracle.metering.definitions import definitions_hash
from oracle.preflight.check import Preflight
from oracle.preflight.finding import Finding, Outcome
from oracle.store.database import open_database
from tests.support.chain import ROOT, node_key, rpc
from tests.support.rpc_server import refuse
from tests.unit.node.site_server import SiteServer
from tests.unit.preflight.world import PASSWORD, UUIDS, World, exporter, write, write_key

HEALTHY = (
    "configuration", "file modes", "signing key", "gas key", "RPC 1", "RPC 2", "contracts", "machine clock",
    "metric definitions", "two keys", "place in the set", "bond", "gas money", "database", "disk space",
    "listen address", "peer 1", "peer 2", "peer 3", "quorum", "site 1", "inventory of fleet 1",
    "allocations of fleet 1",
)  # fmt: skip


def look(config: Path, clock: Callable[[], float] = time.time) -> dict[str, Finding]:
    """Every row by its name."""
    with closing(Fetcher()) as fetcher:
        rows = list(Preflight(config, fetcher, clock).rows())
    assert len({row.check for row in rows}) == len(rows)
    return {row.check: row for row in rows}


def test_a_node_that_is_all_right_passes_every_row(healthy: tuple[World, Path]) -> None:
    rows = look(healthy[1])
    assert tuple(rows) == HEALTHY
    assert {row.check: row for row in rows.values() if row.outcome is not Outcome.PASS} == {}


# ---------------------------------------------------------------------- what is planted


@dataclass
class Plant:
    """A healthy node to spoil: its configuration file, and what it says."""

    world: World
    config: Path
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.config.parent

    def edit(self, section: str, **values: Any) -> None:
        """Changes settings of a section, in a list of sections those of the first."""
        settings = tomllib.loads(self.config.read_text())
        part = settings[section]
        (part[0] if isinstance(part, list) else part).update(values)
        write(self.config, settings)


def misspelled(plant: Plant) -> None:
    plant.config.write_text(plant.config.read_text().replace("database", "datebase"))


def readable_password(plant: Plant) -> None:
    (plant.folder / "keys" / "hot.password").chmod(0o644)


def writable_deployment(plant: Plant) -> None:
    (plant.folder / "deployment.json").chmod(0o666)


def wrong_password(plant: Plant) -> None:
    (plant.folder / "keys" / "hot.password").write_text("battery staple")


def signer_without_the_key(plant: Plant) -> None:
    signer = SiteServer()
    signer.paths = {"/upcheck": b"OK", "/api/v1/eth1/publicKeys": b"[]"}
    settings = tomllib.loads(plant.config.read_text())
    address = Account.from_key(node_key("gas", 7).key).address
    rpc(plant.world.stack.w3, "anvil_setBalance", address, hex(10**20))
    settings["gas_key"] = {"signer_url": signer.url, "address": address}
    write(plant.config, settings)


def signer_that_is_down(plant: Plant) -> None:
    settings = tomllib.loads(plant.config.read_text())
    address = Account.from_key(node_key("gas", 7).key).address
    rpc(plant.world.stack.w3, "anvil_setBalance", address, hex(10**20))
    settings["gas_key"] = {"signer_url": "http://127.0.0.1:9", "address": address}
    write(plant.config, settings)


def one_key_for_both(plant: Plant) -> None:
    key = node_key("hot", 0)
    rpc(plant.world.stack.w3, "anvil_setBalance", key.address, hex(10**20))
    write_key(plant.folder / "keys", "gas", key.key)


def no_rpc_there(plant: Plant) -> None:
    plant.edit("chain", rpc_urls=[plant.world.url, "http://127.0.0.1:9"])


def rpc_of_another_chain(plant: Plant) -> None:
    plant.world.second_rpc.changes["eth_chainId"] = lambda _params, answer: {**answer, "result": "0x1"}


def rpc_that_lags(plant: Plant) -> None:
    def old(_params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        timestamp = hex(int(answer["result"]["timestamp"], 16) - 600)
        return {**answer, "result": {**answer["result"], "timestamp": timestamp}}

    plant.world.second_rpc.changes["eth_getBlockByNumber"] = old


def rpc_that_was_pruned(plant: Plant) -> None:
    plant.world.second_rpc.changes["eth_getLogs"] = refuse("missing trie node")


def rpc_that_forgot_silently(plant: Plant) -> None:
    plant.world.second_rpc.changes["eth_getLogs"] = lambda _params, answer: {**answer, "result": []}


def another_contract(plant: Plant) -> None:
    path = plant.folder / "deployment.json"
    deployment = json.loads(path.read_text())
    deployment["contracts"]["RevenueFactory"]["codeHash"] = "0x" + "ab" * 32
    path.write_text(json.dumps(deployment))


def a_key_of_no_node(plant: Plant) -> None:
    write_key(plant.folder / "keys", "hot", node_key("hot", 9).key)


def peer_of_another_address(plant: Plant) -> None:
    plant.edit("peers", url=f"http://127.0.0.1:{plant.world.ports[2]}")


def peer_that_is_no_node(plant: Plant) -> None:
    plant.edit("peers", url=plant.world.site.url)


def stranger_for_a_peer(plant: Plant) -> None:
    settings = tomllib.loads(plant.config.read_text())
    settings["peers"].append({"node": node_key("cold", 9).address, "url": plant.world.site.url})
    write(plant.config, settings)


def peers_that_are_down(plant: Plant) -> None:
    settings = tomllib.loads(plant.config.read_text())
    for peer in settings["peers"][1:]:
        peer["url"] = "http://127.0.0.1:9"
    write(plant.config, settings)


def exporter_at_another_path(plant: Plant) -> None:
    plant.edit("sites", url=f"{plant.world.site.url}/metricz")


def exporter_of_another_site(plant: Plant) -> None:
    plant.world.site.paths["/metrics"] = exporter([uuid.replace("0000", "ffff") for uuid in UUIDS])


def inventory_not_served(plant: Plant) -> None:
    plant.edit("sites", inventory_url=f"{plant.world.site.url}/elsewhere")


def another_inventory_served(plant: Plant) -> None:
    plant.world.site.paths[f"/inventory/0x{plant.world.root.hex()}"] = json.dumps(UUIDS[1:]).encode()


def another_allocation_served(plant: Plant) -> None:
    (path,) = (path for path in plant.world.site.paths if path.startswith("/allocations"))
    plant.world.site.paths[path] = plant.world.body + b" "


def site_of_no_fleet(plant: Plant) -> None:
    settings = tomllib.loads(plant.config.read_text())
    settings["sites"].append({**settings["sites"][0], "fleet": 77})
    write(plant.config, settings)


def fleet_without_a_site(plant: Plant) -> None:
    settings = tomllib.loads(plant.config.read_text())
    del settings["sites"]
    write(plant.config, settings)


def site_sampled_too_rarely(plant: Plant) -> None:
    plant.edit("sites", interval_s=3600)


def no_gas_money(plant: Plant) -> None:
    gas = Account.decrypt(json.loads((plant.folder / "keys" / "gas.json").read_text()), PASSWORD)
    rpc(plant.world.stack.w3, "anvil_setBalance", Account.from_key(gas).address, hex(10**12))


def database_of_another_node(plant: Plant) -> None:
    with closing(open_database(plant.folder / "node.db")) as database:
        database.claim(node=node_key("cold", 3).address.lower())


def database_of_a_newer_release(plant: Plant) -> None:
    with closing(open_database(plant.folder / "node.db")) as database, database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")


def database_in_no_folder(plant: Plant) -> None:
    plant.edit("node", database="nowhere/node.db")


def database_that_is_none(plant: Plant) -> None:
    (plant.folder / "node.db").write_text("something else, and long enough to be taken for a file of its own" * 100)


PLANTED: dict[str, tuple[Callable[[Plant], None], str, str]] = {
    "a setting that does not exist": (misspelled, "configuration", r"datebase: no such setting"),
    "a password that others can read": (readable_password, "file modes", r"chmod 600 \S+hot\.password"),
    "a deployment that others can change": (writable_deployment, "file modes", r"chmod go-w \S+deployment\.json"),
    "a password that does not open the keystore": (wrong_password, "signing key", r"does not open \S+hot\.json"),
    "a remote signer without the key": (signer_without_the_key, "gas key", r"holds 0 keys, none of 0x"),
    "a remote signer that is down": (signer_that_is_down, "gas key", r"check signer_url and that it runs"),
    "one key for signing and gas": (one_key_for_both, "two keys", r"both signing key and gas key.*keys new"),
    "an RPC that does not answer": (no_rpc_there, "RPC 2", r"127\.0\.0\.1:9 .*cannot be reached.*rpc_urls"),
    "an RPC of another chain": (rpc_of_another_chain, "RPC 2", r"serves chain 1, the deployment is on chain 31337"),
    "an RPC that lags behind": (rpc_that_lags, "RPC 2", r"600 s behind"),
    "an RPC that was pruned": (rpc_that_was_pruned, "RPC 2", r"no logs of block \d+.*pruned"),
    "an RPC that says it has no logs": (rpc_that_forgot_silently, "RPC 2", r"no logs of block \d+.*pruned"),
    "a contract that is not the one deployed": (
        another_contract,
        "contracts",
        r"another contract than revenue_factory",
    ),
    "a signing key of no node": (a_key_of_no_node, "place in the set", r"signs for none of the 4 nodes.*node join"),
    "a peer's address that is another's": (peer_of_another_address, "peer 1", r"not with a key of 0x.*exchanged"),
    "a peer that is no node": (peer_that_is_no_node, "peer 1", r"is no wellhead node.*correct its url"),
    "a peer that is not in the set": (stranger_for_a_peer, f"peer {node_key('cold', 9).address}", "no node"),
    "peers without a quorum": (peers_that_are_down, "quorum", r"2 of 4 nodes answer, a report takes 3"),
    "a site at another address": (exporter_at_another_path, "site 1", r"404.*correct its address"),
    "a site with another's GPUs": (exporter_of_another_site, "site 1", r"none of them in fleet 1's inventory"),
    "an inventory that is not served": (inventory_not_served, "inventory of fleet 1", r"404.*inventory_url"),
    "an inventory that is not the one on-chain": (another_inventory_served, "inventory of fleet 1", r"3 GPUs.*names 4"),
    "an allocation that is not the one on-chain": (
        another_allocation_served,
        "allocations of fleet 1",
        r"lease 1: .*hash",
    ),
    "a site of a fleet that is not listed": (site_of_no_fleet, "site 77", r"no listed fleet 77.*listed are 1"),
    "a fleet without a site": (fleet_without_a_site, "fleets without a site", r"^1: .*no observation.*\[\[sites\]\]"),
    "a site that is sampled too rarely": (site_sampled_too_rarely, "site 1", r"interval_s = 3600.*1200 at most"),
    "a gas key without money": (no_gas_money, "gas money", r"0\.000001 ether, 0 reports.*send it"),
    "a database of another node": (database_of_another_node, "database", r"node\.db belongs to node 0x"),
    "a database of a newer release": (database_of_a_newer_release, "database", r"schema 9999 of a newer release"),
    "a database in no folder": (database_in_no_folder, "database", r"nowhere is no folder.*mkdir -p"),
    "a file that is no database": (database_that_is_none, "database", r"not a database"),
}

NOT_LOOKED_AT = {
    "a setting that does not exist": set(HEALTHY[1:]),
    "a password that others can read": {"signing key"},
    "a contract that is not the one deployed": set(HEALTHY[8:13]) | set(HEALTHY[16:]),
    "a signing key of no node": {"bond"},
    "a fleet without a site": set(HEALTHY[-3:]),
}
"""Healthy rows that a fault keeps from being looked at: they pass over what they would have to believe."""

WARNS = {
    "a signing key of no node": {"peer 0"},  # which may be this one
    "peers without a quorum": {"peer 2", "peer 3"},
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_planted_is_named_by_one_row_and_the_others_stay_green(
    planted: str, healthy: tuple[World, Path]
) -> None:
    spoil, check, told = PLANTED[planted]
    spoil(Plant(*healthy))
    rows = look(healthy[1])
    failures = {row.check: row for row in rows.values() if row.outcome is Outcome.FAIL}
    assert set(failures) == {check}, failures
    assert re.search(told, f"{failures[check].seen} {failures[check].todo}", re.S), failures[check]
    assert failures[check].todo
    green = {row.check for row in rows.values() if row.outcome is Outcome.PASS}
    warned = {row.check for row in rows.values() if row.outcome is Outcome.WARN}
    assert warned == WARNS.get(planted, set())
    assert set(HEALTHY) - green - warned - {check} == NOT_LOOKED_AT.get(planted, set())


def test_a_clock_that_is_off_is_named(healthy: tuple[World, Path]) -> None:
    rows = look(healthy[1], lambda: time.time() + 400)
    assert [row.check for row in rows.values() if row.outcome is Outcome.FAIL] == ["machine clock"]
    assert re.search(r"\b(399|40\d) s ahead of the chain's newest block \(60 s allowed\)", rows["machine clock"].seen)
    # The peers' clocks agree with the chain's and not with this one.
    assert [row.check for row in rows.values() if row.outcome is Outcome.WARN] == ["peer 1", "peer 2", "peer 3"]


def test_an_address_that_is_taken_is_named(healthy: tuple[World, Path]) -> None:
    world, config = healthy
    with socket.create_server(("127.0.0.1", world.ports[0])):
        rows = look(config)
    assert [row.check for row in rows.values() if row.outcome is Outcome.FAIL] == ["listen address"]
    assert "choose another `listen`" in rows["listen address"].todo


def test_a_database_that_another_process_has_open_is_named(healthy: tuple[World, Path]) -> None:
    _, config = healthy
    with closing(open_database(config.parent / "node.db")):
        rows = look(config)
    assert [row.check for row in rows.values() if row.outcome is Outcome.FAIL] == ["database"]
    assert f"process {os.getpid()}" in rows["database"].seen


def test_other_metric_definitions_are_named(healthy: tuple[World, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    # As a release with another docs/metering.md would have it.
    monkeypatch.setattr("oracle.preflight.chain.definitions_hash", lambda: bytes(32))
    rows = look(healthy[1])
    assert [row.check for row in rows.values() if row.outcome is Outcome.FAIL] == ["metric definitions"]
    assert definitions_hash().hex()[:16] in rows["metric definitions"].seen
    assert "install the release" in rows["metric definitions"].todo


def test_the_definitions_that_ship_are_those_of_the_docs() -> None:
    assert definitions_hash() == keccak256((ROOT / "docs" / "metering.md").read_bytes())


def test_a_running_node_can_be_looked_at(healthy: tuple[World, Path], standing: World) -> None:
    peer = standing.node_folders[1] / "node.toml"
    before = {path: path.stat().st_mtime_ns for path in peer.parent.rglob("*") if path.name != "log"}
    rows = look(peer)
    assert {row.check: row.seen for row in rows.values() if row.outcome is Outcome.FAIL} == {}
    assert "running" in rows["listen address"].seen
    assert before.keys() == {path for path in peer.parent.rglob("*") if path.name != "log"}


def test_nothing_is_changed_by_looking(healthy: tuple[World, Path]) -> None:
    world, config = healthy
    database_of_another_node(Plant(world, config))
    head = world.stack.w3.eth.block_number

    def state() -> dict[str, Any]:
        return {
            str(path): (path.stat().st_mode, path.read_bytes() if path.is_file() else b"")
            for path in sorted(config.parent.rglob("*"))
        }

    before = state()
    look(config)
    assert state() == before
    assert world.stack.w3.eth.block_number == head


@pytest.fixture
def command(healthy: tuple[World, Path]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        wellhead = Path(sys.executable).parent / "wellhead"
        return subprocess.run(
            [wellhead, "check", "--config", healthy[1], *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=ROOT,
            check=False,
        )

    return run


def test_the_command_says_so_by_table_json_and_exit_code(
    command: Callable[..., subprocess.CompletedProcess[str]], healthy: tuple[World, Path]
) -> None:
    done = command()
    assert done.returncode == 0, done.stdout
    assert "this node can run" in done.stdout
    done = command("--json")
    told = json.loads(done.stdout)
    assert told["outcome"] == "pass"
    assert tuple(row["check"] for row in told["rows"]) == HEALTHY
    no_gas_money(Plant(*healthy))
    done = command()
    assert done.returncode == 1
    assert re.search(r"gas money +FAIL +0x\w+ has 0\.000001 ether", done.stdout)
    assert "→ send it" in done.stdout
    assert json.loads(command("--json").stdout)["outcome"] == "fail"


def test_no_key_material_is_shown(
    command: Callable[..., subprocess.CompletedProcess[str]], healthy: tuple[World, Path]
) -> None:
    wrong_password(Plant(*healthy))
    shown = command().stdout + command("--json").stdout
    assert "battery staple" not in shown
    assert PASSWORD not in shown
    assert node_key("hot", 0).key.hex().removeprefix("0x") not in shown


def test_a_new_keystore_is_named_as_one_that_has_not_joined(healthy: tuple[World, Path]) -> None:
    _, config = healthy
    keystore = config.parent / "keys" / "hot.json"
    keystore.unlink()
    address = create_keystore(keystore, config.parent / "keys" / "hot.password")
    rows = look(config)
    assert rows["place in the set"].outcome is Outcome.FAIL
    assert address in rows["place in the set"].seen
