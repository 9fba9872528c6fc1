"""What a world needs to be visited: leases that run on, sales, documents; then the page, the indexer, and the people
who answer newcomers."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from scripts.chain import ROOT
from scripts.dapp_config import dapp_config, read_record
from scripts.stage.bodies import inventory_body
from scripts.stage.cast import MNEMONIC
from scripts.stage.ports import Ports
from scripts.stage.recording import load, uuids_of
from scripts.stage.world import World

PAGE = ROOT / "build" / "dapp"
INDEXER = ROOT / "indexer"
DEVELOPMENT_PORT = 5173
"""Where a development server of the page listens."""

NEWCOMERS_INVENTORY = Path("examples/inventories/newcomers.json")
BLOCK_S = 2
INDEXER_PATIENCE_S = 120.0


def page_origins(ports: Ports) -> list[str]:
    """The web pages that nodes answer."""
    return [f"http://{host}:{port}" for port in (ports.page, DEVELOPMENT_PORT) for host in ("127.0.0.1", "localhost")]


class Doors:
    """Opens a world to visitors. `start_servers` and `prepare` while the clock stands still, then it is
    played for a while, then `open`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.config_file = world.folder / "config.json"
        self.indexer: str | None = None

    def prepare(self) -> None:
        """All that visitors find on the chain."""
        world, market, encore = self.world, self.world.market, self.world.cast.encore
        with world.doing("Opening leases, sales and purses for visitors"):
            for fleet, site in zip(market.fleets, world.sites, strict=True):
                market.publish(fleet, site.url)
                if not market.leases.fleetAccountOf(fleet.fleet_id)[5]:
                    market.bond(fleet)
                if fleet.cast.share_name is not None:
                    world.anvil.rename_token(fleet.shares[0].address, fleet.cast.share_name)
            for purse in encore.purses:
                market.endow(purse.name, purse.amount)
            for lease in encore.leases:
                world.lease(lease)
            for transfer in encore.transfers:
                world.transfer(transfer)
            for sale in encore.sales:
                market.open_sale(sale)
        # Takes its time to start, and has nothing to do until somebody comes.
        self._start_attendants()

    def start_servers(self) -> None:
        """The page and the indexer: they serve while the world is still played."""
        world = self.world
        self.indexer = f"http://127.0.0.1:{world.ports.indexer}" if self._has_indexer() else None
        config = dapp_config(
            read_record(world.deployment),
            [world.anvil.url],
            world.nodes.urls,
            self.indexer,
            documents=[*(site.url for site in world.sites), world.newcomers_site],
        )
        self.config_file.write_text(json.dumps(config, indent=2) + "\n")
        if self.indexer is not None:
            self._start_indexer()
        self._start_page()

    def open(self, block_s: int = BLOCK_S) -> None:
        """Starts the site of newcomers' fleets, lets the chain mine by itself, and waits until all is there."""
        world = self.world
        self._start_newcomers_site()
        world.keeper.calm_down()
        for name in ("page", "site-newcomers"):
            world.processes.url(name)
        world.processes.wait("attendants", lambda: "Attending" in world.processes.tail("attendants"))
        if self.indexer is not None:
            world.processes.wait("indexer", self._is_indexed, INDEXER_PATIENCE_S)
        world.anvil.live(block_s)

    def _is_indexed(self) -> bool:
        try:
            status = requests.get(f"{self.indexer}/status", timeout=5).json()
        except (requests.RequestException, ValueError):
            return False
        return bool(status["ready"])

    @property
    def page_url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.world.ports.page}"

    # ------------------------------------------------------------------ processes

    def _start_newcomers_site(self) -> None:
        """One site for every fleet that a newcomer registers: it has the GPUs of one inventory, and a recording of
        others."""
        world, (cast, folder) = self.world, (self.world.cast.fleets[0], self.world.folder / "sites" / "newcomers")
        now = world.anvil.now()
        inventory_body(folder, uuids_of(ROOT / NEWCOMERS_INVENTORY))
        command = [sys.executable, "-m", "scripts.stage.site", "--rpc", world.anvil.url]
        command += ["--telemetry", cast.telemetry, "--bodies", folder, "--inventory", NEWCOMERS_INVENTORY, "--repeat"]
        shift = now - load(ROOT / cast.telemetry).times[0]
        command += ["--shift", str(shift), "--port", str(world.ports.newcomers)]
        world.processes.start("site-newcomers", command, ROOT)

    def _start_attendants(self) -> None:
        world = self.world
        terms = world.market.terms(0, world.cast.fleets[0])
        people = {
            "terms": [str(value) if isinstance(value, int) else value for value in terms],
            "issuer": world.wallets["issuer"].key.hex(),
            "lists": list(world.spare_fleets),
            "operators": {
                str(fleet.fleet_id): {
                    "key": world.wallets[fleet.cast.operator].key.hex(),
                    "bodies": str(fleet.bodies),
                    "uuids": fleet.uuids,
                }
                for fleet in world.market.fleets
            },
        }
        file = world.folder / "attendants.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(people))
        command = [sys.executable, "-m", "scripts.stage.attendants", "--rpc", world.anvil.url]
        world.processes.start("attendants", [*command, "--deployment", world.deployment, "--people", file], ROOT)

    @staticmethod
    def _has_indexer() -> bool:
        return (INDEXER / "run").exists() and (INDEXER / "node_modules" / ".bin" / "ponder").exists()

    def _start_indexer(self) -> None:
        world = self.world
        world.processes.start(
            "indexer",
            # What a caller's own database is must not become this world's.
            ["env", "-u", "DATABASE_URL", "-u", "DATABASE_SCHEMA", INDEXER / "run"],
            INDEXER,
            {
                "WELLHEAD_CONFIG": str(self.config_file.resolve()),
                "WELLHEAD_INDEXER_DIR": str((world.folder / "indexer").resolve()),
                "WELLHEAD_INDEXER_HOST": "127.0.0.1",
                "WELLHEAD_INDEXER_PORT": str(world.ports.indexer),
                "WELLHEAD_PONDER_PORT": str(world.ports.ponder),
                "WELLHEAD_INDEXER_LOG": "json",
            },
        )

    def _start_page(self) -> None:
        world = self.world
        command = [sys.executable, "-m", "scripts.stage.static", "--root", str(PAGE)]
        command += ["--config", str(self.config_file.resolve()), "--port", str(world.ports.page)]
        world.processes.start("page", command, ROOT)

    # ------------------------------------------------------------------ words

    def keys(self) -> dict[str, str]:
        """Private keys by what their holders are in this world; all of Anvil's public mnemonic."""
        cast, wallets = self.world.cast, self.world.wallets
        names = {name: name for name in ("owner", "issuer", "guardian")}
        names |= {"operator": cast.fleets[0].operator, "tenant": cast.encore.leases[0].tenant}
        names |= {"investor": cast.encore.visitor, "seller": cast.encore.sales[0].seller}
        names |= {purse.name: purse.name for purse in cast.encore.purses if purse.name != cast.encore.visitor}
        names |= {"stranger": "stranger"}
        return {role: "0x" + bytes(wallets[name].key).hex() for role, name in names.items()}

    def described(self) -> dict[str, Any]:
        """The world for a program."""
        world, record = self.world, self.world.record
        return {
            "rpcUrl": world.anvil.url,
            "chainId": record["chainId"],
            "pageUrl": self.page_url + "/",
            "nodes": world.nodes.urls,
            "indexer": self.indexer,
            "contracts": {name: known["address"] for name, known in record["contracts"].items()},
            "currency": world.market.currency.address,
            "keys": self.keys(),
            "mnemonic": MNEMONIC,
            "sites": {str(site.fleet_id): site.url for site in world.sites},
            "newcomersInventory": str(ROOT / NEWCOMERS_INVENTORY),
            "config": str(self.config_file),
        }

    def told(self) -> Iterator[str]:
        """The world for people."""
        world, visitor = self.world, self.world.cast.encore.visitor
        account = world.wallets[visitor]
        yield f"page       {self.page_url}"
        if not (PAGE / "index.html").exists():
            yield "           not built yet: `make dapp-build`, then reload"
        yield f"chain      Anvil, id {world.record['chainId']}, RPC {world.anvil.url}; a block every {BLOCK_S} s"
        yield f"nodes      {', '.join(world.nodes.urls)}"
        yield f"indexer    {self.indexer or 'not installed: the page reads history from logs'}"
        yield f"config     WELLHEAD_CONFIG={self.config_file}"
        yield ""
        yield f"demo key   0x{bytes(account.key).hex()}"
        yield f"           account {world.wallets.index_of(visitor)} of Anvil's public mnemonic ({MNEMONIC}):"
        yield "           known to everyone; never send it anything of worth"
        yield f"holds      {self._held(account.address)}"
        yield f"to buy     {len(world.cast.encore.sales)} sales are open; to lease: each fleet has units left"
        yield f"to register a fleet, give {NEWCOMERS_INVENTORY}: the issuer here lists what is proposed after a few"
        yield "           seconds, by a process of its own, as people would after looking at it; operators allocate too"

    def _held(self, address: str) -> str:
        market = self.world.market
        parts = [f"{market.currency.balanceOf(address) / 10**6:,.2f} tUSD and coins for gas"]
        for fleet in market.fleets:
            for share in fleet.shares:
                balance = share.balanceOf(address)
                if balance:
                    parts.append(
                        f"{balance / 10**6:,.2f} {share.symbol()}, of which {share.claimable(address) / 10**6:,.4f} "
                        "tUSD can be claimed"
                    )
        return "; ".join(parts)
