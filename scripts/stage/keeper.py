"""The keeper of the stage: a real `wellhead settle`, and what it has left to do."""

import time
from collections.abc import Iterator
from pathlib import Path

from scripts.stage.anvil import Anvil
from scripts.stage.market import Market
from scripts.stage.nodes import WELLHEAD, keystore
from scripts.stage.processes import Processes, StageError

PATIENCE_S = 60.0
"""Real seconds the keeper has for what is due while the clock stands still."""

POLL_MS, CALM_POLL_MS = 100, 1000
"""How often it looks at the chain: while the stage moves the clock and waits for it, and when it no longer does."""


class Keeper:
    """Settles and distributes for everybody. Its process is started and stopped with the nodes."""

    def __init__(self, processes: Processes, anvil: Anvil, market: Market, folder: Path) -> None:
        self._processes = processes
        self._anvil = anvil
        self._market = market
        self._file = folder / "keeper.toml"
        self._key = keystore(folder, "gas")
        self._up_to = (0, 0)
        anvil.fund(self._key[2])

    def configure(self, deployment: Path, nodes: list[str]) -> None:
        """Writes its configuration file; `nodes` are the URLs it may ask for readings."""
        self._chain = (deployment, nodes)
        self._write(POLL_MS)

    def calm_down(self) -> None:
        """Starts it anew, to look less often: what is left of the processor is for whoever visits."""
        self.stop()
        self._write(CALM_POLL_MS)
        self.start()

    def _write(self, poll_ms: int) -> None:
        deployment, nodes = self._chain
        gas, password, _ = self._key
        urls = ", ".join(f'"{url}"' for url in nodes)
        self._file.write_text(
            f'[chain]\nrpc_urls = ["{self._anvil.url}"]\ndeployment = "{deployment}"\nconfirmations = 1\n\n'
            f'[gas_key]\nkeystore = "{gas}"\npassword_file = "{password}"\n\n'
            f"[keeper]\nnodes = [{urls}]\npoll_ms = {poll_ms}\n"
        )

    def start(self) -> None:
        """Starts `wellhead settle`."""
        self._processes.start("keeper", [WELLHEAD, "settle", "--config", self._file])

    def stop(self) -> None:
        """Ends it."""
        self._processes.stop("keeper")

    def wait(self) -> None:
        """Lets it settle every lease to the newest final report and distribute what can be, while the clock stands
        still: else how often a fleet earns would be a matter of the machine's speed. Raises StageError."""
        now = (self._market.newest_final(), self._anvil.now() // self._market.period)
        if now == self._up_to:
            return
        deadline = time.monotonic() + PATIENCE_S
        while left := next(self._left(), None):
            self._processes.check()
            if time.monotonic() > deadline:
                tail = self._processes.tail("keeper")
                raise StageError(f"{left}, {PATIENCE_S:.0f} s after the keeper could have done it:\n{tail}")
            time.sleep(0.02)
        self._up_to = now

    def _left(self) -> Iterator[str]:
        """What is due and not done yet."""
        final = self._market.newest_final()
        for lease_id in self._market.unsettled(final):
            yield f"lease {lease_id} is not settled to epoch {final}"
        for fleet in self._market.fleets:
            if self._market.can_distribute(fleet):
                yield f"fleet {fleet.fleet_id} has a till that is not distributed"
