"""Rows of `wellhead check` that only warn, those about what is rarely wrong, and PostgreSQL."""

import dataclasses
import re
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from oracle.chain.deployment import load_deployment
from oracle.chain.view import Block, OracleConfig
from oracle.chain.web3_view import Web3View
from oracle.domain.keccak import keccak256
from oracle.domain.report import Domain
from oracle.exchange.fetch import Fetcher
from oracle.node.rounds import schedule_of
from oracle.preflight.chain import bond_row, place_row
from oracle.preflight.check import worst
from oracle.preflight.database import database_row
from oracle.preflight.finding import Finding, Outcome
from oracle.preflight.sites import Moment, site_rows
from oracle.settings import load_settings
from oracle.store.database import open_database
from tests.support.chain import node_key, rpc
from tests.support.postgres import PostgresServer
from tests.unit.preflight.test_check import Plant, look
from tests.unit.preflight.world import ME, UUIDS, World, exporter, write, write_key

ETHER = 10**18


def gas_for_some_days(plant: Plant) -> None:
    # For 100 reports, between the 24 that are the least and the 500 that are enough.
    gas = Account.from_key(keccak256(b"gas of a checked node" + bytes([ME])))
    price = int(plant.world.stack.w3.eth.gas_price)
    rpc(plant.world.stack.w3, "anvil_setBalance", gas.address, hex(100 * 2 * price * 150_000))


def peer_without_an_address(plant: Plant) -> None:
    settings = tomllib.loads(plant.config.read_text())
    del settings["peers"][1]
    write(plant.config, settings)


def itself_for_a_peer(plant: Plant) -> None:
    settings = tomllib.loads(plant.config.read_text())
    settings["peers"].append({"node": node_key("cold", ME).address, "url": plant.world.site.url})
    write(plant.config, settings)


def exporter_without_a_gpu_of_the_inventory(plant: Plant) -> None:
    plant.world.site.paths["/metrics"] = exporter(UUIDS[:-1])


def tenants_agent_that_is_down(plant: Plant) -> None:
    plant.config.write_text(plant.config.read_text() + '[sites.tenant_urls]\n1 = "http://127.0.0.1:9/metrics"\n')


WARNED: dict[str, tuple[Callable[[Plant], None], str, str]] = {
    "gas money for some days": (gas_for_some_days, "gas money", r" 100 reports.*send it 0\.\d+ ether or more"),
    "a node whose address is not known": (peer_without_an_address, "peer 2", r"has no \[\[peers\]\].*ask its operator"),
    "this node among its peers": (itself_for_a_peer, f"peer {node_key('cold', ME).address}", "is this node itself"),
    "a GPU of the inventory that is not exported": (
        exporter_without_a_gpu_of_the_inventory,
        "site 1",
        rf"3 of the inventory's 4 GPUs, none of {UUIDS[-1]}",
    ),
    "a tenant's agent that is down": (tenants_agent_that_is_down, "checks beside site 1", r"lower trust level.*tenant"),
}


@pytest.mark.parametrize("planted", WARNED)
def test_what_a_node_can_run_with_but_should_not_is_a_warning(planted: str, healthy: tuple[World, Path]) -> None:
    spoil, check, told = WARNED[planted]
    spoil(Plant(*healthy))
    rows = look(healthy[1])
    assert {row.check for row in rows.values() if row.outcome is not Outcome.PASS} == {check}
    assert rows[check].outcome is Outcome.WARN
    assert re.search(told, f"{rows[check].seen} {rows[check].todo}", re.S), rows[check]
    assert worst(list(rows.values())) is Outcome.WARN


def key_folder_that_others_can_write(plant: Plant) -> None:
    (plant.folder / "keys").chmod(0o770)


def configuration_that_others_can_change(plant: Plant) -> None:
    plant.config.chmod(0o622)


def cold_key_for_gas(plant: Plant) -> None:
    cold = node_key("cold", ME)
    rpc(plant.world.stack.w3, "anvil_setBalance", cold.address, hex(100 * ETHER))
    write_key(plant.folder / "keys", "gas", cold.key)


def exporter_without_gpus(plant: Plant) -> None:
    plant.world.site.paths["/metrics"] = b"# HELP nothing to tell\n"


FAILED: dict[str, tuple[Callable[[Plant], None], str, str]] = {
    "a key folder that others can write": (key_folder_that_others_can_write, "file modes", r"chmod 700 \S+keys\b"),
    "a configuration that others can change": (
        configuration_that_others_can_change,
        "file modes",
        r"chmod go-w \S+node\.toml",
    ),
    "a cold key that pays for gas": (cold_key_for_gas, "two keys", r"the gas key 0x\w+ is a node's cold key.*offline"),
    "a site that tells of no GPU": (exporter_without_gpus, "site 1", r"answered and listed no GPU"),
}


@pytest.mark.parametrize("planted", FAILED)
def test_what_else_keeps_a_node_from_running_is_named(planted: str, healthy: tuple[World, Path]) -> None:
    spoil, check, told = FAILED[planted]
    spoil(Plant(*healthy))
    rows = look(healthy[1])
    assert [row.check for row in rows.values() if row.outcome is Outcome.FAIL] == [check]
    assert re.search(told, f"{rows[check].seen} {rows[check].todo}", re.S), rows[check]


def test_a_clock_that_is_behind_is_named(healthy: tuple[World, Path]) -> None:
    rows = look(healthy[1], lambda: time.time() - 400)
    assert [row.check for row in rows.values() if row.outcome is Outcome.FAIL] == ["machine clock"]
    assert "behind the chain's newest block (60 s allowed)" in rows["machine clock"].seen


@pytest.mark.parametrize(("limit", "outcome"), [("LEAST_BYTES", Outcome.FAIL), ("ENOUGH_BYTES", Outcome.WARN)])
def test_a_disk_that_is_full_or_nearly_is_named(
    healthy: tuple[World, Path], monkeypatch: pytest.MonkeyPatch, limit: str, outcome: Outcome
) -> None:
    monkeypatch.setattr(f"oracle.preflight.local.{limit}", 1 << 60)  # more than any disk has
    row = look(healthy[1])["disk space"]
    assert row.outcome is outcome
    assert "GiB free in" in row.seen
    assert row.todo


# ---------------------------------------------------------------------- the place in the set, and the bond


@pytest.fixture
def chain_seen(healthy: tuple[World, Path]) -> tuple[Web3View, OracleConfig, Block]:
    """The chain of the world, its node set and its head."""
    world, config = healthy
    view = Web3View(world.stack.w3, load_deployment(load_settings(config).chain.deployment))
    return view, view.config(), view.head()


def test_a_key_that_is_about_to_come_into_force_or_to_go_is_a_warning(
    chain_seen: tuple[Web3View, OracleConfig, Block],
) -> None:
    _, config, head = chain_seen
    epoch = (head.timestamp - config.genesis) // config.epoch_length
    old, new = config.nodes[1].hot, node_key("hot", 9).address

    def rotated(hot_from: int) -> OracleConfig:
        node = dataclasses.replace(config.nodes[1], hot=new, previous_hot=old, hot_from=hot_from)
        return dataclasses.replace(config, nodes=(config.nodes[0], node, *config.nodes[2:]))

    soon = rotated(epoch + 2)
    going, coming = place_row(soon, old, head), place_row(soon, new, head)
    assert (going.outcome, coming.outcome) == (Outcome.WARN, Outcome.WARN)
    assert f"only before epoch {epoch + 2}" in going.seen
    assert f"take {new} for [signing_key] by epoch {epoch + 2}" in going.todo
    assert f"signs for node 1 from epoch {epoch + 2} on" in coming.seen
    done = rotated(epoch)
    assert place_row(done, new, head).outcome is Outcome.PASS
    assert place_row(done, old, head).outcome is Outcome.FAIL


def test_a_node_without_a_bond_is_a_warning(healthy: tuple[World, Path]) -> None:
    world, config = healthy
    deployment = load_deployment(load_settings(config).chain.deployment)
    assert bond_row(world.stack.w3, deployment, node_key("cold", ME).address).outcome is Outcome.PASS
    without = bond_row(world.stack.w3, deployment, node_key("cold", 9).address)
    assert without.outcome is Outcome.WARN
    assert "has none in any listed stablecoin" in without.seen
    assert "wellhead node bond" in without.todo


# ---------------------------------------------------------------------- what the chain names, and the site serves


def rows_of_sites(
    healthy: tuple[World, Path], seen: tuple[Web3View, OracleConfig, Block], **of: Any
) -> dict[str, Finding]:
    """The sites' rows, with fields of the fleet's or the lease's meter changed as if the chain had them so."""
    view, config, head = seen
    meters = view.meters(head)
    lease, fleet = meters.leases[0], meters.fleets[0]
    meters = dataclasses.replace(
        meters,
        leases=(dataclasses.replace(lease, **of.get("lease", {})),),
        fleets=(dataclasses.replace(fleet, **of.get("fleet", {})),),
    )
    epoch = (head.timestamp - config.genesis) // config.epoch_length
    moment = Moment(
        head.timestamp,
        epoch,
        config.epoch_length,
        config.observation_delay,
        Domain(config.chain_id, config.oracle),
        schedule_of(config),
    )
    with closing(Fetcher()) as fetcher:
        return {row.check: row for row in site_rows(load_settings(healthy[1]).sites, meters, fetcher, moment)}


def test_a_fleet_whose_operator_has_published_no_inventory_is_a_warning(
    healthy: tuple[World, Path], chain_seen: tuple[Web3View, OracleConfig, Block]
) -> None:
    rows = rows_of_sites(healthy, chain_seen, fleet={"inventories": ()})
    assert rows["inventory of fleet 1"].outcome is Outcome.WARN
    assert "none is published" in rows["inventory of fleet 1"].seen


def test_an_allocation_that_is_served_as_named_and_counts_for_nothing_is_named(
    healthy: tuple[World, Path], chain_seen: tuple[Web3View, OracleConfig, Block]
) -> None:
    # One unit is leased, and the body, which is the one on-chain, names two GPUs.
    row = rows_of_sites(healthy, chain_seen, lease={"units": 1})["allocations of fleet 1"]
    assert row.outcome is Outcome.FAIL
    assert "lease 1 is void: 2 GPUs for 1 units" in row.seen


# ---------------------------------------------------------------------- PostgreSQL


@pytest.fixture
def server(postgres: PostgresServer) -> str:
    """An empty database's address."""
    return postgres.create()


def test_a_database_on_a_server_is_looked_at_and_left_as_it_is(server: str, postgres: PostgresServer) -> None:
    owner = {"chain": "31337", "node": node_key("cold", ME).address.lower()}
    name = server.rsplit("/", 1)[1]

    def tables() -> list[tuple[object, ...]]:
        return postgres.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name)

    assert database_row(server, owner, False).outcome is Outcome.PASS
    assert tables() == []
    with closing(open_database(server)) as database:
        database.claim(chain="31337", node=node_key("cold", 3).address.lower())
    row = database_row(server, owner, False)
    assert row.outcome is Outcome.FAIL
    assert f"belongs to node {node_key('cold', 3).address.lower()}" in row.seen
    assert "s3cret" not in row.seen + row.todo
