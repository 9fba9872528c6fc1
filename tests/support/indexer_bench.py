"""How quick the indexer is on this machine: to read a chain's past, and to answer.

    python -m tests.support.indexer_bench [EVENTS]

Makes a chain on Anvil with EVENTS events (20,000 if not said) that are all of one account and one fleet, and a few of
others; runs the indexer on it with an empty embedded database, and asks. What other work the machine has counts too.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from web3 import Web3
from web3.types import TxParams

from tests.support.chain import Stack, anvil, deploy_stack, mine
from tests.support.indexer import Indexer, deploy_sale, indexer, write_config
from tests.support.market import propose_fleet

EVENTS, AT_ONCE, PAGE, ASKED, FINAL = 20_000, 250, 1000, 20, 40
ABSENT = "0x" + "12" * 20

REPEATER = "602f8060093d393df3" + (
    "604036038060406000376020355b600060008360006000600035"  # calldata: an address, a count n, and other calldata
    "5af11560295760019003 80600d5700 5b60006000fd"  # calls the address n times with it; reverts when a call does
).replace(" ", "")


def repeat(w3: Web3, repeater: str, contract: Any, call: str, times: int) -> None:
    """Makes a call, ABI-encoded, to a contract many times in one transaction, from the contract `repeater`."""
    data = int(contract.address, 16).to_bytes(32) + times.to_bytes(32) + bytes.fromhex(call[2:])
    made: TxParams = {"from": next(iter(w3.eth.accounts)), "to": Web3.to_checksum_address(repeater), "data": data}
    receipt = w3.eth.wait_for_transaction_receipt(w3.eth.send_transaction({**made, "gas": 29_000_000}))
    assert receipt["status"] == 1, receipt


def fill(stack: Stack, count: int) -> tuple[str, str]:
    """`count` approvals of one fleet's title, by a contract that holds it; returns that account, and one of a few."""
    w3 = stack.w3
    few = list(w3.eth.accounts)[1]
    made = w3.eth.send_transaction({"from": stack.owner, "data": bytes.fromhex(REPEATER)})
    repeater = w3.eth.wait_for_transaction_receipt(made)["contractAddress"]
    assert repeater is not None
    fleet = propose_fleet(stack, few)
    stack.fleets.functions.transferFrom(few, repeater, fleet).transact({"from": few})
    approve = stack.fleets.encode_abi("approve", [stack.owner, fleet])
    for done in range(0, count, AT_ONCE):
        repeat(w3, repeater, stack.fleets, approve, min(AT_ONCE, count - done))
    mine(w3, FINAL)
    return repeater, few


def ready_after(running: Indexer) -> float:
    """Seconds until the indexer says that it has read what is final."""
    began = time.monotonic()
    while not running.ask("/status")["ready"]:
        time.sleep(0.05)
    return time.monotonic() - began


def answered(running: Indexer, **query: object) -> tuple[int, float]:
    """How many events the first page has, and its median latency in seconds."""
    taken, found = [], 0
    for _ in range(ASKED):
        asked = time.monotonic()
        found = len(running.ask("/events", **query, limit=PAGE)["events"])
        taken.append(time.monotonic() - asked)
    return found, statistics.median(taken)


def main() -> None:
    """Prints the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as name, anvil() as chain:
        folder = Path(name)
        stack = deploy_stack(chain.w3)
        config = write_config(stack, chain.url, deploy_sale(stack).address, folder / "config.json")
        commonest, few = fill(stack, count)
        began = time.monotonic()
        with indexer(config, folder / "database") as running:
            print(f"start to listening   {time.monotonic() - began:8.1f} s", flush=True)
            took = ready_after(running)
            print(f"{count:,} events read   {took:8.1f} s: {count / took:,.0f} events/s", flush=True)
            running.wait_for(chain.w3)
            for what, query in (
                ("the commonest account", {"account": commonest}),
                ("its last events", {"account": commonest, "after": f"{chain.w3.eth.block_number - FINAL - 1}:0"}),
                ("a rare account", {"account": few, "contract": "FleetRegistry", "name": "FleetProposed"}),
                ("an absent account", {"account": ABSENT}),
                ("a rare kind", {"name": "FleetProposed"}),
            ):
                found, latency = answered(running, **query)
                print(f"{what:22}{found:6,} events{latency * 1000:8.0f} ms", flush=True)


if __name__ == "__main__":
    main()
