"""A local chain whose clock the demo moves."""

from pathlib import Path
from typing import Any

import requests
from eth_utils.crypto import keccak

from scripts.stage.processes import Processes, StageError

ACCOUNTS = 40
BLOCK_INTERVAL_S = 1
"""How far apart blocks are in chain time when nobody moves the clock: the same in every run, whatever the machine's
speed."""


class Anvil:
    """Anvil on a port of loopback (0: a free one), its first block at `starts` (Unix seconds).

    In `states` it keeps old states, hundreds of megabytes that it leaves behind.
    """

    def __init__(self, processes: Processes, starts: int, states: Path, port: int = 0) -> None:
        self._session = requests.Session()
        command = ["anvil", "--host", "127.0.0.1", "--port", str(port), "--hardfork", "shanghai"]
        clock = ["--timestamp", str(starts), "--accounts", str(ACCOUNTS)]
        processes.start("anvil", [*command, *clock, "--cache-path", str(states)])
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

    def live(self, block_s: int) -> None:
        """From now on it mines a block every `block_s` real seconds, and its clock goes on from where it is at the
        speed of ours: evm_increaseTime moves it on further."""
        self.rpc("anvil_removeBlockTimestampInterval")
        self.move_to(self.now() + 1)
        self.rpc("evm_setIntervalMining", block_s)

    def rename_token(self, token: str, name: str) -> None:
        """Writes `name` over a FleetShare's name (its storage slot 0), which no transaction could do."""
        text = name.encode()
        short = len(text) < 32
        head = text.ljust(31, b"\0") + bytes([2 * len(text)]) if short else (2 * len(text) + 1).to_bytes(32)
        self.rpc("anvil_setStorageAt", token, "0x0", "0x" + head.hex())
        first = int.from_bytes(keccak((0).to_bytes(32)))
        for place in range(0 if short else -(-len(text) // 32)):
            word = text[32 * place : 32 * place + 32].ljust(32, b"\0")
            self.rpc("anvil_setStorageAt", token, hex(first + place), "0x" + word.hex())

    def fund(self, address: str) -> None:
        """Gives an account coins to pay for gas."""
        self.rpc("anvil_setBalance", address, hex(10**21))
