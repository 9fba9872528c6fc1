"""Brownie on a chain that already runs: the project loaded, the network named at run time."""

import io
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from brownie import network, project, web3
from brownie._config import CONFIG
from web3.middleware import Web3Middleware

ROOT = Path(__file__).resolve().parent.parent
LOCAL_CHAINS = {1337: "Ganache", 31337: "Anvil"}
"""Chain ids of local test chains, whose keys anyone knows and whose coins are worth nothing."""

RECEIPT_S, RECEIPT_POLL_S = 1.0, 0.01


class PatientReceipts(Web3Middleware):
    """Asks again, for a second, for a receipt that is not there.

    A local chain counts a sender's nonce on a moment before it has the receipt: brownie, looking in between, takes the
    transaction for dropped. And it sleeps for a second when it looks too early.
    """

    def wrap_make_request(self, make_request: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """Wraps the request that is sent."""

        def ask(method: Any, parameters: Any) -> Any:
            answer = make_request(method, parameters)
            deadline = time.monotonic() + RECEIPT_S
            while method == "eth_getTransactionReceipt" and answer.get("result", answer) is None:
                if time.monotonic() > deadline:
                    break
                time.sleep(RECEIPT_POLL_S)
                answer = make_request(method, parameters)
            return answer

        return ask


def load_project() -> Any:
    """Our contracts as brownie compiled them. Loads once."""
    for loaded in project.get_loaded_projects():
        if Path(loaded._path) == ROOT:
            return loaded
    os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / "build" / "solc"))
    with quiet():
        wellhead = project.load(str(ROOT), name="WellheadProject")
        wellhead.load_config()
    return wellhead


def connect(rpc_url: str) -> None:
    """Connects brownie to the chain behind `rpc_url` (which must be up) without a `brownie networks add` beforehand."""
    # A network with a `cmd` is a development one to brownie: unlocked accounts, no confirmations to wait for.
    CONFIG.networks["wellhead"] = {
        "id": "wellhead",
        "name": "wellhead",
        "host": rpc_url,
        "timeout": 120,
        "cmd": "anvil",
        "cmd_settings": {},
    }
    network.connect("wellhead", launch_rpc=False)
    if "receipts" not in web3.middleware_onion:
        web3.middleware_onion.inject(PatientReceipts, name="receipts", layer=0)
    network.gas_price("3 gwei")
    # Brownie keys events by topic alone, so an ERC-20 Transfer beside an ERC-721 one confuses it. We read neither
    # through it.
    warnings.filterwarnings("ignore", message=".*Event log contains more topics")


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps brownie's four lines a transaction off the terminal."""
    with redirect_stdout(io.StringIO()):
        yield
