"""A local chain whose clock the demo moves."""

from pathlib import Path
from typing import Any

import requests

from scripts.stage.processes import Processes, StageError

ACCOUNTS = 40
BLOCK_INTERVAL_S = 1
"""How far apart blocks are in chain time when nobody moves the clock: the same in every run, whatever the machine's
speed."""


class Anvil:
    """Anvil on a free port of loopback, its first block at `starts` (Unix seconds).

    `home` is where it keeps old states, hundreds of megabytes that it leaves behind.
    """

    def __init__(self, processes: Processes, starts: int, home: Path) -> None:
        self._session = requests.Session()
        command = ["env", f"HOME={home}", "anvil", "--port", "0", "--hardfork", "shanghai"]
        processes.start("anvil", [*command, "--timestamp", str(starts), "--accounts", str(ACCOUNTS)])
        self.url = processes.url("anvil")
        self.rpc("anvil_setBlockTimestampInterval", BLOCK_INTERVAL_S)

    def rpc(self, method: str, *parameters: Any) -> Any:
        """One JSON-RPC call. Raises StageError with the chain's words."""
        query = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = self._session.post(self.url, json=query, timeout=30).json()
        if "error" in answer:
            raise StageError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def now(self) -> int:
        """The head's time."""
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def move_to(self, moment: int) -> None:
        """Mines a block at `moment`, which must be ahead of the head."""
        self.rpc("evm_setNextBlockTimestamp", moment)
        self.rpc("evm_mine")

    def fund(self, address: str) -> None:
        """Gives an account coins to pay for gas."""
        self.rpc("anvil_setBalance", address, hex(10**21))
