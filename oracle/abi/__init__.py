"""The contracts' ABIs, shipped so that an operator needs no Solidity. `tools/abi.py` writes them, nobody by hand."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

INTERFACES = (
    "ICapacityLease",
    "IFleetRegistry",
    "IFleetShare",
    "IMeterOracle",
    "INodeBonds",
    "INodeSet",
    "IOracleFees",
    "IReportEvidence",
    "IRevenueFactory",
    "IRevenueWaterfall",
    "IStablecoinRegistry",
)
"""What the service talks to: `<name>.json` here is the ABI of `contracts/*/<name>.sol`."""

LIBRARIES = ("IAccessManaged", "IERC20Errors", "ReentrancyGuard", "SafeERC20")
"""OpenZeppelin code whose errors the contracts can revert with."""


@cache
def load(name: str) -> list[dict[str, Any]]:
    """The ABI entries of one of the names above. Raises FileNotFoundError for any other name."""
    entries: list[dict[str, Any]] = json.loads(files(__name__).joinpath(f"{name}.json").read_text())
    return entries
