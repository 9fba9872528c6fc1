"""An outbox on a test chain, driven by hand: its clock stands still until a test moves it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_utils.crypto import keccak
from web3 import Web3

from oracle.chain.errors import ChainError
from oracle.chain.intent import Intent, OutboxTerms
from oracle.chain.outbox import Outbox
from oracle.chain.rpc import connect
from oracle.chain.submitter import SUBMIT_FIXED_BYTES, call_of
from oracle.domain.report import Report
from oracle.keys import KeySigner
from oracle.store.database import open_database
from oracle.store.outbox import OutboxStore, StoredTx
from tests.support.chain import Stack, rpc

CHAIN_ID = 31337
GWEI = 10**9


class Moved:
    """A clock that stands still until it is moved; Unix or monotonic seconds."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def funded_key(w3: Web3, name: str = "gas", ether: float = 1) -> KeySigner:
    """A key of its own by name, with so much ether."""
    key = keccak(text=name)
    signer = KeySigner(str(Account.from_key(key).address), key)
    rpc(w3, "anvil_setBalance", signer.address, hex(round(ether * 10**18)))
    return signer


class Sending:
    """An outbox, its database, its clock and what it logged."""

    def __init__(self, folder: Path, url: str, signer: KeySigner, terms: OutboxTerms) -> None:
        self._stack = ExitStack()
        self.database = open_database(folder / "outbox.db")
        self._stack.callback(self.database.close)
        self.store = OutboxStore(self.database)
        self.clock = Moved()
        self.logged: list[tuple[str, dict[str, Any]]] = []
        self.w3 = connect(url)
        self.outbox = Outbox(
            self.w3,
            self.store,
            signer,
            CHAIN_ID,
            terms,
            lambda event, **fields: self.logged.append((event, fields)),
            clock=self.clock,
            timer=self.clock,
        )

    def close(self) -> None:
        """Lets go of the database."""
        self._stack.close()

    def of(self, purpose: str) -> list[StoredTx]:
        """Every version for a purpose."""
        return self.store.of_purpose(self.outbox.address, purpose)

    def state(self, purpose: str) -> str:
        """How a purpose stands."""
        stored = self.outbox.standing(purpose)
        return "" if stored is None else str(stored.state)

    def step(self, times: int = 1, seconds: float = 0) -> None:
        """Steps, `seconds` apart."""
        for _ in range(times):
            self.clock.now += seconds
            self.outbox.step()

    def until(self, purpose: str, *states: str) -> None:
        """Steps until a purpose stands so: blocks that a chain mines by itself come when they come."""
        deadline = time.monotonic() + 30
        while self.state(purpose) not in states:
            assert time.monotonic() < deadline, (purpose, self.state(purpose), self.logged)
            with suppress(ChainError):
                self.outbox.step()
            time.sleep(0.01)

    def events(self) -> list[str]:
        """What happened to transactions, in order."""
        prefix = "transaction "
        return [event.removeprefix(prefix) for event, _ in self.logged if event.startswith(prefix)]


@contextmanager
def sending(
    folder: Path,
    url: str,
    signer: KeySigner,
    confirmations: int = 3,
    max_fee_gwei: int = 300,
    replace_after_s: int = 60,
) -> Iterator[Sending]:
    """An outbox on `folder`'s database."""
    made = Sending(folder, url, signer, OutboxTerms(confirmations, max_fee_gwei * GWEI, replace_after_s))
    try:
        yield made
    finally:
        made.close()


def report_intent(stack: Stack, report: Report, signatures: bytes) -> Intent:
    """The call that posts a report, until its window closes."""
    fields = (
        report.config_digest, report.epoch, report.base_epoch, report.root, report.set_hash, report.leaf_count
    )  # fmt: skip
    to, data = call_of(stack.oracle.functions.submit(fields, signatures))
    closes = stack.period_end(report.epoch + 1) + stack.delay
    return Intent(f"report:{report.epoch}", to, data, closes, SUBMIT_FIXED_BYTES)


@contextmanager
def unmined(w3: Web3) -> Iterator[Callable[[], None]]:
    """No block is mined by itself; call what is given to mine one."""
    rpc(w3, "evm_setAutomine", False)
    try:
        yield lambda: rpc(w3, "evm_mine")
    finally:
        rpc(w3, "evm_setAutomine", True)
