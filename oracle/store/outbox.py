"""Transactions of a gas key on disk: each is here before it is broadcast, so that no restart forgets one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import BigInteger, Row, delete, insert, select, update

from oracle.store import schema
from oracle.store.database import Database

NEVER = (1 << 63) - 1
"""`valid_until` of what stays of use."""


class TxState(StrEnum):
    """How far a transaction has come. PENDING and MINED are looked after; a reorganisation leads from the second back
    to the first. The others are final."""

    PENDING = "PENDING"
    MINED = "MINED"
    CONFIRMED = "CONFIRMED"
    FAILED = "FAILED"
    """Mined, and reverted."""
    LOST = "LOST"
    """Another transaction took its nonce: a foreign one, or another version of this."""
    ABANDONED = "ABANDONED"
    """Of no use any more. It may still be mined; where it holds up later ones, another takes its nonce."""


LIVE = (TxState.PENDING, TxState.MINED)


@dataclass(frozen=True, slots=True)
class StoredTx:
    """One version of a transaction; those of one nonce and purpose differ in fees only. Fees in wei; `created_at` the
    machine's clock, `valid_until` the chain's, Unix seconds. The block is where it was seen mined."""

    tx_hash: bytes
    purpose: str
    sender: str
    nonce: int
    raw: bytes
    max_fee_wei: int
    max_tip_wei: int
    created_at: int
    valid_until: int
    state: TxState = TxState.PENDING
    block_number: int | None = None
    block_hash: bytes | None = None


class OutboxStore:
    """The outbox's table. Its methods raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, stored: StoredTx) -> None:
        """Keeps a new version. One nonce at a time serves a purpose: another would be the same thing sent twice."""
        table = schema.outbox
        values = {name: getattr(stored, name) for name in StoredTx.__slots__}
        values |= {"max_fee_wei": str(stored.max_fee_wei), "max_tip_wei": str(stored.max_tip_wei)}
        others = select(table.c.nonce).where(
            table.c.purpose == stored.purpose,
            table.c.sender == stored.sender,
            table.c.state.in_(LIVE),
            table.c.nonce != stored.nonce,
        )
        with self._database.transaction() as connection:
            if (nonce := connection.execute(others.limit(1)).scalar_one_or_none()) is not None:
                raise AssertionError(f"{stored.purpose} is on its way already, by nonce {nonce}")
            # After a reorganisation the very same one may be made again.
            again = (table.c.tx_hash == stored.tx_hash) & table.c.state.not_in(LIVE)
            connection.execute(delete(table).where(again))
            connection.execute(insert(table).values(values))

    def live(self, sender: str) -> list[StoredTx]:
        """What is looked after, by nonce, the newest version of each last."""
        return self._select(sender, schema.outbox.c.state.in_(LIVE))

    def of_purpose(self, sender: str, purpose: str) -> list[StoredTx]:
        """Every version that served a purpose, by nonce, the newest last."""
        return self._select(sender, schema.outbox.c.purpose == purpose)

    def of_nonce(self, sender: str, nonce: int) -> list[StoredTx]:
        """Every version with a nonce, the newest last."""
        return self._select(sender, schema.outbox.c.nonce == nonce)

    def change(
        self, versions: Iterable[StoredTx], state: TxState, block: tuple[int, bytes] | tuple[None, None] = (None, None)
    ) -> None:
        """Moves versions to a state, all of them or none."""
        table, hashes = schema.outbox, [version.tx_hash for version in versions]
        values = {"state": state, "block_number": block[0], "block_hash": block[1]}
        if hashes:
            with self._database.transaction() as connection:
                connection.execute(update(table).where(table.c.tx_hash.in_(hashes)).values(values))

    def prune(self, sender: str, below_nonce: int) -> None:
        """Drops what is final, of nonces below this."""
        table = schema.outbox
        old = (table.c.sender == sender) & (table.c.nonce < below_nonce) & table.c.state.not_in(LIVE)
        with self._database.transaction() as connection:
            connection.execute(delete(table).where(old))

    def _select(self, sender: str, *conditions: object) -> list[StoredTx]:
        table = schema.outbox
        query = (
            select(table)
            .where(table.c.sender == sender, *conditions)  # type: ignore[arg-type]
            .order_by(table.c.nonce, table.c.created_at, table.c.max_fee_wei.cast(BigInteger))
        )
        with self._database.reading() as connection:
            return [_stored(row) for row in connection.execute(query)]


def by_nonce(versions: Sequence[StoredTx]) -> dict[int, list[StoredTx]]:
    """Versions in groups, in their order."""
    groups: dict[int, list[StoredTx]] = {}
    for version in versions:
        groups.setdefault(version.nonce, []).append(version)
    return groups


def _stored(row: Row[tuple[object, ...]]) -> StoredTx:
    values = dict(row._mapping)
    values |= {name: int(str(values[name])) for name in ("max_fee_wei", "max_tip_wei")}
    return StoredTx(**{**values, "state": TxState(values["state"])})
