"""What every transaction of the demo cost, by operation, from its receipts."""

from collections import defaultdict
from statistics import median_low
from typing import Any

from eth_utils.crypto import keccak
from web3 import Web3

OPERATIONS = {
    ("MeterOracle", "submit((bytes32,uint64,uint64,bytes32,bytes32,uint32),bytes)"): (
        "post a report, seven nodes",
        None,
    ),
    ("CapacityLease", "open((uint48,uint32,uint40,uint40,uint96,uint96,address))"): ("open a lease", 310_000),
    (
        "CapacityLease",
        "openWithPermit((uint48,uint32,uint40,uint40,uint96,uint96,address),uint256,uint8,bytes32,bytes32)",
    ): (
        "open a lease by permit",
        None,
    ),
    (
        "CapacityLease",
        "openWithAuthorization((uint48,uint32,uint40,uint40,uint96,uint96,address),address,uint256,uint256,uint8,bytes32,bytes32)",
    ): ("open a lease by authorisation", None),
    ("CapacityLease", "settle(uint256,uint64,uint256,bytes32[])"): ("settle one lease", 135_000),
    ("CapacityLease", "settleMany(uint64,uint256[],uint256[],bytes32[],bool[])"): ("settle leases in one proof", None),
    ("CapacityLease", "topUp(uint256,uint96)"): ("top up", None),
    ("CapacityLease", "allocate(uint256,uint32,bytes32)"): ("allocate GPUs", None),
    ("CapacityLease", "withdrawRefund(uint256,address)"): ("withdraw a refund", None),
    ("Waterfall", "distribute()"): ("distribute, two tranches", None),
    ("Waterfall", "claimFee(uint8,address)"): ("claim a fee", None),
    ("OracleFees", "closeRound()"): ("close a round of the oracle fee", None),
    ("OracleFees", "claim(uint64[],address,address)"): ("claim a node's part of the oracle fee", None),
    ("Share", "claim(address)"): ("claim income", 120_000),
    ("Share", "transfer(address,uint256)"): ("transfer shares", 80_000),
}
"""(contract, signature) -> (what people call it, its ceiling when slots are new, as they are in a chain's first two
days)."""


def gas_table(w3: Web3, deployment: dict[str, Any], revenues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Count, least, median and most gas of each operation, in the order of OPERATIONS."""
    kinds = {made["address"].lower(): name for name, made in deployment["contracts"].items()}
    for revenue in revenues:
        kinds[revenue["waterfall"].lower()] = "Waterfall"
        kinds |= {share.lower(): "Share" for share in revenue["shares"]}
    names = {(kind, keccak(text=signature)[:4]): what for (kind, signature), (what, _) in OPERATIONS.items()}
    used: dict[str, list[int]] = defaultdict(list)
    for number in range(deployment["block"], w3.eth.block_number + 1):
        for transaction in w3.eth.get_block(number, full_transactions=True)["transactions"]:
            kind = kinds.get((transaction.get("to") or "").lower())  # type: ignore[union-attr]
            what = names.get((kind or "", bytes(transaction["input"])[:4]))  # type: ignore[index]
            if what:
                receipt = w3.eth.get_transaction_receipt(transaction["hash"])  # type: ignore[index]
                if receipt["status"]:
                    used[what].append(receipt["gasUsed"])
    return [
        {
            "operation": what,
            "count": len(used[what]),
            "min": min(used[what]),
            "median": median_low(used[what]),
            "max": max(used[what]),
            "ceiling": ceiling,
        }
        for what, ceiling in OPERATIONS.values()
        if used[what]
    ]
