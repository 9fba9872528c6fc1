"""A chain on which everything has happened, and what the indexer should serve of it: worked out from raw eth_getLogs,
decoded by web3.py with the compiled contracts' ABIs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_abi.codec import ABICodec
from eth_abi.decoding import StringDecoder
from eth_abi.registry import BaseEquals, registry
from eth_utils.abi import event_abi_to_log_topic
from eth_utils.functional import apply_to_return_value
from web3 import Web3
from web3.contract.contract import Contract

from tests.support.chain import HOUR, Chain, act, artifact, now
from tests.support.indexer import deploy_sale, write_config
from tests.support.story import USD, Story, live

HOSTILE = "nul \0, right-to-left \u202e, <b>markup</b>, \U0001f600, '; DROP TABLE event; --"
IDS = {"fleetId": "fleet", "leaseId": "lease", "saleId": "sale"}
TITLES = {"FleetRegistry": "fleet", "CapacityLease": "lease"}
CLONES = ("RevenueWaterfall", "FleetShare")


@dataclass(frozen=True)
class World:
    """A chain on which everything has happened, and the config.json of what is deployed there."""

    story: Story
    sale: Contract
    config: Path
    decoded: dict[tuple[bytes, int], dict[str, Any]] = field(default_factory=dict)
    """What was decoded before, by block hash and log index."""

    @property
    def w3(self) -> Web3:
        return self.story.stack.w3

    @property
    def head(self) -> int:
        return self.w3.eth.block_number

    def addresses(self) -> dict[str, str]:
        """Contract names by address, those of every waterfall and share that RevenueFactory tells of included."""
        deployed = json.loads(self.config.read_text())["contracts"]
        found = {each["address"]: name for name, each in deployed.items()}
        for log in self.story.stack.factory.events.RevenueCreated().get_logs(from_block=0):
            found[log["args"]["waterfall"]] = "RevenueWaterfall"
            found |= dict.fromkeys(log["args"]["shares"], "FleetShare")
        return found

    def fleets(self) -> dict[str, str]:
        """Fleet ids by the address of a waterfall or share."""
        logs = self.story.stack.factory.events.RevenueCreated().get_logs(from_block=0)
        return {
            address: str(log["args"]["fleetId"])
            for log in logs
            for address in (log["args"]["waterfall"], *log["args"]["shares"])
        }

    def events(self) -> list[dict[str, Any]]:
        """Every event of the chain, as the indexer should serve it."""
        names = self.addresses()
        logs = self.w3.eth.get_logs(
            {"fromBlock": 0, "toBlock": "latest", "address": [*map(Web3.to_checksum_address, names)]}
        )
        for log in logs:
            place = (bytes(log["blockHash"]), log["logIndex"])
            if place not in self.decoded:
                self.decoded[place] = self._event(log, names[log["address"]])
        return [self.decoded[bytes(log["blockHash"]), log["logIndex"]] for log in logs]

    def _event(self, log: Any, contract: str) -> dict[str, Any]:
        abi = next(
            entry
            for entry in artifact(contract)["abi"]
            if entry["type"] == "event" and event_abi_to_log_topic(entry) == log["topics"][0]
        )
        args = self.w3.eth.contract(abi=[abi]).events[abi["name"]]().process_log(log)["args"]
        return {
            "contract": contract,
            "address": log["address"],
            "name": abi["name"],
            "block": str(log["blockNumber"]),
            "blockHash": Web3.to_hex(log["blockHash"]),
            "time": str(self.w3.eth.get_block(log["blockHash"])["timestamp"]),
            "tx": Web3.to_hex(log["transactionHash"]),
            "logIndex": log["logIndex"],
            "args": {each["name"]: plain(each, args[each["name"]]) for each in abi["inputs"]},
        }


class LenientStringDecoder(StringDecoder):
    """Puts U+FFFD for what is no UTF-8, as browsers do: anybody may propose a fleet with such a model."""

    def __init__(self) -> None:
        super().__init__(handle_string_errors="replace")  # type: ignore[no-untyped-call]


def lenient_codec() -> ABICodec:
    """The ABI codec of a Web3 whose strings are read leniently."""
    loose = registry.copy()  # type: ignore[no-untyped-call]
    loose.unregister_decoder("string")
    strings = BaseEquals("string", with_sub=False)  # type: ignore[no-untyped-call]
    loose.register_decoder(strings, LenientStringDecoder, label="string")
    return ABICodec(loose)


def plain(parameter: Mapping[str, Any], value: Any) -> Any:
    """A decoded value as the HTTP contract writes it."""
    kind = parameter["type"]
    if kind.endswith("]"):
        return [plain({**parameter, "type": kind[: kind.rindex("[")]}, each) for each in value]
    if kind == "tuple":
        parts = value.values() if isinstance(value, Mapping) else value
        return {each["name"]: plain(each, part) for each, part in zip(parameter["components"], parts, strict=True)}
    if kind.startswith("bytes"):
        return Web3.to_hex(value)
    return str(value) if kind.startswith(("uint", "int")) else value


@apply_to_return_value(set)
def about(event: Mapping[str, Any], fleets: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What an event is about, (kind, value) each."""
    if event["contract"] in CLONES:
        yield "fleet", fleets[event["address"]]
    abi = next(e for e in artifact(event["contract"])["abi"] if e["type"] == "event" and e["name"] == event["name"])
    todo = [(each, event["args"][each["name"]]) for each in abi["inputs"]]
    while todo:
        parameter, value = todo.pop()
        if isinstance(value, list):
            todo += [({**parameter, "type": parameter["type"].rpartition("[")[0]}, each) for each in value]
        elif isinstance(value, dict):
            todo += [(each, value[each["name"]]) for each in parameter["components"]]
        elif parameter["type"] == "address":
            yield "account", value
        elif parameter["name"] in IDS:
            yield IDS[parameter["name"]], value
        elif parameter["name"] == "tokenId" and event["contract"] in TITLES:
            yield TITLES[event["contract"]], value


def sell(world: World) -> None:
    """A sale of senior shares that succeeds with its second buyer."""
    story, people = world.story, world.story.people
    (created, *_) = story.stack.factory.events.RevenueCreated().get_logs(from_block=0)
    senior = story.contract("FleetShare", created["args"]["shares"][0])
    seller, usd, end = 6, story.stack.usd, now(world.w3) + 24 * HOUR
    story.do(0, story.stack.fleets.functions.list(1, created["args"]["waterfall"]))
    story.do(seller, senior.functions.approve(world.sale.address, 100 * USD))
    story.do(seller, world.sale.functions.open((1, 0, 2 * USD, 100 * USD, 10 * USD, end)))
    for who in (3, 4):
        story.do(0, usd.functions.mint(people[who], 1_000 * USD))
        story.do(who, usd.functions.approve(world.sale.address, 1_000 * USD))
        story.do(who, world.sale.functions.buy(1, 6 * USD, 12 * USD))
    story.do(3, world.sale.functions.collect(1, people[3]))
    story.do(seller, world.sale.functions.withdraw(1, people[seller]))


def set_rate(world: World, rate: int, fleet: int = 2) -> Any:
    """The operator of fleet 2 sets its list rate: a transaction with one event."""
    return act(world.story.stack.fleets.functions.setListRate(fleet, rate), world.story.people[2])


def make_world(chain: Chain, rpc: str, config: Path) -> World:
    """The story of two fleets, then one of four tranches, a sale, an oracle's round, and a hostile document's name.
    `config` is written, with `rpc` in it."""
    chain.w3.codec = lenient_codec()
    story = live(chain)
    sale = deploy_sale(story.stack)
    world = World(story, sale, write_config(story.stack, rpc, sale.address, config))
    fleets = story.stack.fleets.functions
    story.do(2, fleets.propose((story.stack.usd.address, 1, 9, 1, 1, 1, 1, 1, "B200", "x" * 10_000)))
    story.create_revenue(4, [(1, 1), (2, 2), (3, 3), (4, 0)], period=HOUR)
    story.do(2, fleets.setDocument(4, HOSTILE, "ipfs://x", b"\7" * 32))
    sell(world)
    story.do(9, story.stack.fees.functions.closeRound())
    return world
