"""The transactions of one gas key, from their first broadcast until enough blocks stand on them.

Each is stored before it is broadcast, with its nonce, and looked after until it is final: broadcast again when the RPCs
have dropped it, replaced at a higher fee when it waits, taken back to pending when a reorganisation undid its block. A
new process goes on with what the last one stored.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from web3 import Web3
from web3.exceptions import TransactionNotFound
from web3.types import RPCEndpoint

from oracle.chain.errors import ChainError, GasKeyEmpty, NoLongerWanted, PurposeTaken, Reverted, RpcRefused
from oracle.chain.intent import Intent, OutboxHealth, OutboxTerms
from oracle.chain.rpc import named_errors, read_block, read_newest
from oracle.chain.transaction import Fees, Transaction, first_fees, hash_of, raised, read_transaction
from oracle.chain.view import Block
from oracle.domain.errors import WellheadError
from oracle.domain.signature import Signer
from oracle.store.outbox import LIVE, NEVER, OutboxStore, StoredTx, TxState, by_nonce

GAS_MARGIN = (5, 4)
"""What is allowed for gas, as a ratio of the estimate: transactions that come between may change the cost a little."""
PLAIN_GAS = 21_000
PLAIN_TIP_WEI = 3 * 10**9
"""A tip that is never thought too high; above it none is higher than the base fee."""
DONE = (TxState.CONFIRMED, TxState.FAILED)
SOONEST_REPLACEMENT_S = 3
KEPT_NONCES = 1000
BALANCE_S = 60.0
BROKE_S = 5.0
"""How often a gas key without money is looked at."""

KNOWN_ALREADY = ("already known", "known transaction", "already imported", "alreadyknown")
TOO_CHEAP = ("underpriced", "fee too low", "less than block base fee", "gas price too low")


class Outbox:
    """The one sender of a gas key. One thread calls `begin` and `step`; `snapshot` may be read from any.

    `clock` gives Unix seconds, `timer` monotonic ones. `log` takes (event, fields).
    """

    def __init__(
        self,
        w3: Web3,
        store: OutboxStore,
        signer: Signer,
        chain_id: int,
        terms: OutboxTerms,
        log: Callable[..., None],
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._w3 = w3
        self._store = store
        self._signer = signer
        self._chain_id = chain_id
        self._terms = terms
        self._log = log
        self._clock = clock
        self._timer = timer
        self._address = Web3.to_checksum_address(signer.address)
        self._broadcast: set[bytes] = set()
        self._underpriced: set[int] = set()
        self._missed: set[int] = set()
        self._counts: Counter[str] = Counter()
        self._balance: int | None = None
        self._balance_at: float | None = None
        self._broke_until = 0.0
        self._broke = ""
        self._stuck = ""
        self._told = ""
        self._live: list[StoredTx] = []

    @property
    def address(self) -> str:
        """The gas key's checksummed address."""
        return str(self._address)

    def begin(self, intent: Intent) -> None:
        """Tries the call, then stores a transaction that makes it; `step` broadcasts. What serves the purpose
        already is left to go on.

        Raises Reverted when the contract refuses, GasKeyEmpty, NoLongerWanted, PurposeTaken, or what the RPCs, the
        signer or the store fail with; then nothing was stored.
        """
        known = self.standing(intent.purpose)
        if known is not None and known.state in LIVE:
            if read_transaction(known.raw).data[: intent.fixed] != intent.data[: intent.fixed]:
                raise PurposeTaken(f"another transaction for {intent.purpose} is on its way: 0x{known.tx_hash.hex()}")
            return
        head, base_fee = read_newest(self._w3)
        if head.timestamp >= intent.valid_until:
            raise NoLongerWanted(f"{intent.purpose}: its time is over")
        gas = self._gas(intent)
        used = self._used(head)
        nonce = max([used, *(version.nonce + 1 for version in self._store.live(self.address))])
        fees = self._fees(nonce, base_fee)
        self._afford(gas * fees.max_fee)
        transaction = Transaction(self._chain_id, nonce, fees, gas, Web3.to_checksum_address(intent.to), intent.data)
        self._keep(transaction, intent.purpose, intent.valid_until)

    def standing(self, purpose: str) -> StoredTx | None:
        """How the newest transaction for a purpose stands: the version that was mined, else the newest. None before
        any."""
        versions = self._store.of_purpose(self.address, purpose)
        if not versions:
            return None
        newest = [version for version in versions if version.nonce == versions[-1].nonce]
        first = (TxState.CONFIRMED, TxState.MINED, TxState.FAILED)
        return next((version for state in first for version in newest if version.state == state), newest[-1])

    def was_broadcast(self, stored: StoredTx) -> bool:
        """Whether this process has handed it to the RPCs."""
        return stored.tx_hash in self._broadcast

    def step(self) -> None:
        """Looks after everything that is not final. Raises ChainError, StoreUnavailable or KeyFault; the next step goes
        on."""
        self._live = live = self._store.live(self.address)
        stuck, self._stuck = self._stuck, ""
        try:
            if not live:
                self._look_at_balance()
                return
            head, base_fee = read_newest(self._w3)
            used = self._used(head)
            groups = by_nonce(live)
            for nonce in range(used, max(groups)):
                if nonce not in groups:
                    self._free(nonce, base_fee)
            for nonce, versions in groups.items():
                if nonce < used:
                    self._find(versions, head)
                else:
                    self._push(versions, head, base_fee)
        except WellheadError as error:
            self._stuck = str(error)
            raise
        finally:
            if self._stuck != stuck:
                self._tell()
        self._live = self._store.live(self.address)

    def snapshot(self) -> OutboxHealth:
        """How the outbox does; asks nothing."""
        pending = [version for version in self._live if version.state is TxState.PENDING]
        oldest = min((version.created_at for version in pending), default=None)
        return OutboxHealth(
            self.address,
            self._balance,
            len({version.nonce for version in pending}),
            sum(version.state is TxState.MINED for version in self._live),
            0 if oldest is None else max(0, int(self._clock()) - oldest),
            dict(self._counts),
            self._broke or self._stuck,
        )

    # Making one

    def _gas(self, intent: Intent) -> int:
        call: Any = {"from": self._address, "to": Web3.to_checksum_address(intent.to), "data": intent.data}
        with named_errors():
            self._w3.eth.call(call)
        try:
            with named_errors():
                gas = self._w3.eth.estimate_gas(call)
        except RpcRefused as error:
            if _says(error, ("insufficient funds",)):
                raise self._empty(str(error)) from None
            raise
        return gas * GAS_MARGIN[0] // GAS_MARGIN[1]

    def _afford(self, wei: int) -> None:
        with named_errors():
            self._balance, self._balance_at = self._w3.eth.get_balance(self._address), self._timer()
        if self._balance < wei:
            raise self._empty(f"it has {self._balance} wei, and needs {wei}")
        self._funded()

    def _empty(self, why: str) -> GasKeyEmpty:
        self._broke = f"the gas key {self.address} cannot pay for the transaction: fund it ({why})"
        self._tell()
        return GasKeyEmpty(self._broke)

    def _funded(self) -> None:
        if self._broke:
            self._broke = ""
            self._tell()

    def _fees(self, nonce: int, base_fee: int) -> Fees:
        """What a new transaction offers: enough to take the nonce from one that was given up, if there is one. What was
        mined with this nonce, which is free again, a reorganisation has undone: it no longer stands for its purpose."""
        tip, cap = self._tip(base_fee), self._terms.max_fee_wei
        before = self._store.of_nonce(self.address, nonce)
        self._store.change((version for version in before if version.state in DONE), TxState.LOST)
        taking = raised(Fees(before[-1].max_fee_wei, before[-1].max_tip_wei), base_fee, tip, cap) if before else None
        return taking or first_fees(base_fee, tip, cap)

    def _tip(self, base_fee: int) -> int:
        """What the RPC that answers first advises, within reason: it alone must not decide what is paid."""
        with named_errors():
            return min(self._w3.eth.max_priority_fee, max(base_fee, PLAIN_TIP_WEI))

    def _used(self, head: Block) -> int:
        """How many nonces are used as of a block."""
        with named_errors():
            return self._w3.eth.get_transaction_count(self._address, head.hash)  # type: ignore[arg-type]

    def _keep(self, transaction: Transaction, purpose: str, valid_until: int) -> StoredTx:
        raw, fees = transaction.signed(self._signer), transaction.fees
        stored = StoredTx(
            hash_of(raw), purpose, self.address, transaction.nonce, raw,
            fees.max_fee, fees.max_tip, int(self._clock()), valid_until,
        )  # fmt: skip
        self._store.add(stored)
        return stored

    # Before it is mined

    def _push(self, versions: list[StoredTx], head: Block, base_fee: int) -> None:
        """Sees to it that the newest version is where it can be mined, at a fee at which it will be."""
        mined = [version for version in versions if version.state is TxState.MINED]
        if mined:
            self._store.change(mined, TxState.PENDING)
            self._note("reorganised", mined[0])
        newest = versions[-1]
        self._missed.discard(newest.nonce)
        if head.timestamp >= newest.valid_until:
            self._store.change(versions, TxState.ABANDONED)
            self._note("abandoned", newest)
        elif self._timer() < self._broke_until:
            return
        elif newest.tx_hash not in self._broadcast or mined:
            self._send(newest)
        elif self._should_raise(newest, base_fee):
            self._replace(newest, base_fee)
        elif not self._is_known(newest):
            self._note("dropped", newest)
            self._send(newest)

    def _should_raise(self, newest: StoredTx, base_fee: int) -> bool:
        age_s = self._clock() - newest.created_at
        hopeless = newest.max_fee_wei < base_fee or newest.nonce in self._underpriced
        return age_s >= self._terms.replace_after_s or (hopeless and age_s >= SOONEST_REPLACEMENT_S)

    def _replace(self, newest: StoredTx, base_fee: int) -> None:
        before = read_transaction(newest.raw)
        fees = raised(before.fees, base_fee, self._tip(base_fee), self._terms.max_fee_wei)
        if fees is None:
            self._stuck = (
                f"{newest.purpose} waits at {newest.max_fee_wei / 10**9:g} gwei, the base fee is {base_fee / 10**9:g}: "
                "it may not pay more (max_fee_gwei)"
            )
            if not self._is_known(newest):
                self._send(newest)
            return
        self._underpriced.discard(newest.nonce)
        stored = self._keep(
            Transaction(before.chain_id, before.nonce, fees, before.gas, before.to, before.data),
            newest.purpose,
            newest.valid_until,
        )
        self._note("replaced", stored, max_fee_gwei=fees.max_fee / 10**9)
        self._send(stored)

    def _send(self, stored: StoredTx) -> None:
        self._broadcast.add(stored.tx_hash)
        response = self._w3.provider.make_request(RPCEndpoint("eth_sendRawTransaction"), ["0x" + stored.raw.hex()])
        error: Any = response.get("error")
        if error is None:
            self._funded()
            self._note("broadcast", stored)
            return
        said = str(error.get("message", error)) if isinstance(error, Mapping) else str(error)
        if _says(said, ("insufficient funds",)):
            self._broadcast.discard(stored.tx_hash)
            self._broke_until = self._timer() + BROKE_S
            self._empty(said)
        elif _says(said, TOO_CHEAP):
            self._underpriced.add(stored.nonce)
        elif not _says(said, (*KNOWN_ALREADY, "nonce too low")):  # by whom it is used, the next step finds
            self._stuck = f"the RPC will not take the transaction for {stored.purpose}: {said}"

    def _is_known(self, stored: StoredTx) -> bool:
        with named_errors():
            try:
                self._w3.eth.get_transaction(stored.tx_hash)  # type: ignore[arg-type]
            except TransactionNotFound:
                return False
        return True

    def _free(self, nonce: int, base_fee: int) -> None:
        """Uses up a nonce that was given up and holds up later ones: with a call of nothing to ourselves."""
        fees = self._fees(nonce, base_fee)
        nothing = Transaction(self._chain_id, nonce, fees, PLAIN_GAS, self.address, b"")
        self._note("freeing", self._keep(nothing, f"cancel:{nonce}", NEVER), nonce=nonce)

    # Once its nonce is used

    def _find(self, versions: list[StoredTx], head: Block) -> None:
        """Finds the block one of the versions is in, or that it is another transaction that took the nonce."""
        nonce = versions[0].nonce
        for version in self._store.of_nonce(self.address, nonce)[::-1]:
            receipt = self._receipt(version)
            if receipt is None:
                continue
            block = (int(receipt["blockNumber"], 16), bytes.fromhex(receipt["blockHash"][2:]))
            if block[0] > head.number or read_block(self._w3, block[0]).hash != block[1]:
                return  # the chain is moving under us: the next step sees where to
            self._missed.discard(nonce)
            self._settle(version, versions, block, int(receipt["status"], 16) == 1, head)
            return
        # Twice, because an RPC may know of a nonce before it hands out the receipt.
        if nonce not in self._missed:
            self._missed.add(nonce)
            return
        self._missed.discard(nonce)
        self._store.change(versions, TxState.LOST)
        why = f"another transaction of {self.address} took nonce {nonce}: let only one process send with this key"
        self._note("lost", versions[-1], reason=why)

    def _settle(
        self, version: StoredTx, versions: list[StoredTx], block: tuple[int, bytes], succeeded: bool, head: Block
    ) -> None:
        others = [other for other in versions if other.tx_hash != version.tx_hash]
        if version.purpose != versions[-1].purpose:  # one that was given up was mined after all
            self._store.change(others, TxState.LOST)
            self._note("lost", versions[-1], reason=f"{version.purpose} took nonce {version.nonce}")
            others = []
        confirmed = head.number - block[0] + 1 >= self._terms.confirmations
        if not succeeded:
            self._store.change([version], TxState.FAILED, block)
            self._store.change(others, TxState.LOST)
            self._note("failed", version, block=block[0])
        elif confirmed:
            self._store.change([version], TxState.CONFIRMED, block)
            self._store.change(others, TxState.LOST)
            self._note("confirmed", version, block=block[0])
            self._store.prune(self.address, version.nonce - KEPT_NONCES)
        elif version.state is not TxState.MINED or version.block_hash != block[1]:
            self._store.change(others, TxState.PENDING)
            self._store.change([version], TxState.MINED, block)
            self._note("mined", version, block=block[0])

    def _receipt(self, version: StoredTx) -> dict[str, Any] | None:
        with named_errors():
            response = self._w3.provider.make_request(
                RPCEndpoint("eth_getTransactionReceipt"), ["0x" + version.tx_hash.hex()]
            )
            if response.get("error"):
                raise RpcRefused(f"the RPC refused: {response['error']}")
            receipt = response["result"]
            # Some serve a receipt without a block for what is only pending.
            return None if receipt is None or receipt["blockHash"] is None else dict(receipt)

    def why_failed(self, stored: StoredTx) -> Reverted:
        """Why a mined transaction reverted, as far as trying it again on its block tells."""
        tx_hash, transaction = f"0x{stored.tx_hash.hex()}", read_transaction(stored.raw)
        again: Any = {"from": self._address, "to": transaction.to, "data": transaction.data}
        try:
            with named_errors():
                self._w3.eth.call(again, stored.block_number)
        except Reverted as error:
            return Reverted(error.name, error.arguments, f"transaction {tx_hash} failed: {error}")
        except ChainError:
            pass
        return Reverted("", {}, f"transaction {tx_hash} failed in block {stored.block_number}, for want of gas perhaps")

    # Telling

    def _look_at_balance(self) -> None:
        """Now and then when idle, so that a gas key that runs dry is seen before it is needed."""
        if self._balance_at is None or self._timer() - self._balance_at >= BALANCE_S:
            self._balance_at = self._timer()
            before = self._balance or 0
            with named_errors():
                self._balance = self._w3.eth.get_balance(self._address)
            if self._balance > before:
                self._funded()
            if self._balance == 0:
                self._empty("it has nothing")

    def _note(self, event: str, stored: StoredTx, **fields: object) -> None:
        self._counts[event] += 1
        self._log(f"transaction {event}", purpose=stored.purpose, transaction="0x" + stored.tx_hash.hex(), **fields)

    def _tell(self) -> None:
        """Logs a trouble when it begins, changes and is over."""
        trouble, before = self._broke or self._stuck, self._told
        self._told = trouble
        if trouble and trouble != before:
            self._log("outbox trouble", reason=trouble)
        elif before and not trouble:
            self._log("outbox well again")


def _says(error: object, words: tuple[str, ...]) -> bool:
    said = str(error).lower()
    return any(word in said for word in words)
