"""A chain with the whole story and a primary sale on it, for the page's tests: `python -m tests.support.page_world`.

Prints one line of JSON, `{"config": ..., "facts": ...}`: the page's config.json, and what is true there by other means
than the page's.
Ends when its standard input does.
"""

import json
import sys
from typing import Any

from eth_utils.crypto import keccak
from web3 import Web3

from scripts.dapp_config import dapp_config
from tests.support.chain import anvil, deploy, now
from tests.support.story import DAY, USD, Story, live


def sell(story: Story) -> Any:
    """A sale of fleet 2's one tranche, opened by account 6, that succeeds with the second of two buyers."""
    stack = story.stack
    waterfall = story.contract("RevenueWaterfall", stack.fleets.functions.statusOf(2).call()[1])
    (share,) = story.shares(waterfall)
    sale = deploy(stack.w3, "PrimarySale", stack.owner, stack.fleets.address, stack.stablecoins.address)
    story.do(6, share.functions.approve(sale.address, 50_000 * USD))
    end = now(stack.w3) + 30 * DAY
    story.do(6, sale.functions.open((2, 0, 1_250_000, 50_000 * USD, 1_000 * USD, end)))
    for who in (3, 4):
        story.fund(who, 10_000 * USD)
        story.do(who, stack.usd.functions.approve(sale.address, 10_000 * USD))
    story.do(3, sale.functions.buy(1, 400 * USD, 500 * USD))
    story.do(4, sale.functions.buy(1, 600 * USD, 750 * USD))
    return sale


def configuration(story: Story, url: str, sale: Any) -> dict[str, Any]:
    """What the page reads."""
    code = story.stack.w3.eth.get_code(sale.address)
    record = story.deployment()
    record["contracts"]["PrimarySale"] = {"address": sale.address, "codeHash": Web3.to_hex(keccak(code))}
    return dapp_config(record, [url], [], confirmations=2)


def facts(story: Story, sale: Any) -> dict[str, Any]:
    """Counts and readings, as web3 and the story have them."""
    stack = story.stack
    created = stack.factory.events.RevenueCreated().get_logs(from_block=0)
    clones = [address for log in created for address in (log["args"]["waterfall"], *log["args"]["shares"])]
    fixed = [
        stack.fleets,
        stack.stablecoins,
        stack.node_set,
        stack.bonds,
        stack.oracle,
        stack.leases,
        stack.factory,
        stack.fees,
        sale,
    ]
    addresses = [*(contract.address for contract in fixed), *clones]
    logs = stack.w3.eth.get_logs({"fromBlock": stack.block, "address": addresses})
    return {
        "people": list(story.people),
        "usd": stack.usd.address,
        "logs": len(logs),
        "genesis": stack.genesis,
        "epochLength": stack.epoch_length,
        "head": {"number": stack.w3.eth.block_number, "timestamp": now(stack.w3)},
        "readings": [
            {
                "epoch": epoch,
                "meterId": str(meter),
                "reading": str(readings[place].pack()),
                "proof": [Web3.to_hex(node) for node in tree.proof(place)],
            }
            for epoch, (meters, readings, tree) in story.trees.items()
            for place, meter in enumerate(meters)
        ],
    }


def main() -> None:
    """Builds the world, says where it is, and waits."""
    with anvil() as chain:
        story = live(chain)
        sale = sell(story)
        print(json.dumps({"config": configuration(story, chain.url, sale), "facts": facts(story, sale)}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
