"""What a node keeps of each epoch: observations, the proposal it is locked on, signatures, readings, its own state."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite's ON CONFLICT is the same

from oracle.domain.report import Observation, Report
from oracle.domain.signed import Leaves, Proposal, SignedObservation, pack_leaves, unpack_leaves
from oracle.store import schema
from oracle.store.database import Database

_PAIR_BYTES = 33
_QUICK = 1
"""zlib's level: a quarter of the bytes for half a microsecond a meter."""


class EpochState(StrEnum):
    """How far this node has come with an epoch. It only moves down this list; the last two are final."""

    OBSERVING = "OBSERVING"
    SIGNED = "SIGNED"
    QUORUM = "QUORUM"
    SUBMITTED = "SUBMITTED"
    CONFIRMED = "CONFIRMED"
    EXPIRED = "EXPIRED"


class Span(NamedTuple):
    """What every observation that can be in one report says alike, besides the epoch."""

    config_digest: bytes
    base_epoch: int
    base_root: bytes
    block_hash: bytes


FINAL = (EpochState.CONFIRMED, EpochState.EXPIRED)
_ORDER = {state: place for place, state in enumerate(EpochState)}


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One epoch's state; the transaction this node posted it by, if it did; how many sites it reached, if it tried."""

    epoch: int
    state: EpochState
    tx_hash: str | None
    sites_reached: int | None


class ReportStore:
    """The exchange's and the node's records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Epoch states

    def epoch(self, epoch: int) -> EpochRow | None:
        """The row of `epoch`, None before the node began with it."""
        return next(iter(self._epochs(epoch, epoch)), None)

    def unfinished(self, before: int) -> list[EpochRow]:
        """Epochs earlier than `before` that are neither confirmed nor expired, ascending."""
        return self._epochs(0, before - 1, schema.epochs.c.state.not_in(FINAL))

    def newest(self, count: int) -> list[EpochRow]:
        """The newest `count` epochs, newest first."""
        return self._rows(select(schema.epochs).order_by(schema.epochs.c.epoch.desc()).limit(count))

    def advance(self, epoch: int, state: EpochState) -> None:
        """Moves an epoch on to `state`; going back is ignored."""
        with self._database.transaction() as connection:
            self._advance(connection, epoch, state)

    def reopen(self, after: int) -> list[int]:
        """Epochs later than `after` that were CONFIRMED go back to SUBMITTED, since their reports stand no more.
        Returns them, ascending."""
        table = schema.epochs
        gone = (table.c.epoch > after) & (table.c.state == EpochState.CONFIRMED)
        with self._database.transaction() as connection:
            found = list(connection.execute(select(table.c.epoch).where(gone).order_by(table.c.epoch)).scalars())
            connection.execute(update(table).where(gone).values(state=EpochState.SUBMITTED))
        return found

    def posted(self, epoch: int, tx_hash: str) -> None:
        """Notes the mined transaction by which this node posted the report of `epoch`."""
        with self._database.transaction() as connection:
            connection.execute(update(schema.epochs).where(schema.epochs.c.epoch == epoch).values(tx_hash=tx_hash))

    def reached(self, epoch: int, sites: int) -> None:
        """Notes how many sites this node reached when it tried to observe `epoch`."""
        with self._database.transaction() as connection:
            self._advance(connection, epoch, EpochState.OBSERVING)
            connection.execute(update(schema.epochs).where(schema.epochs.c.epoch == epoch).values(sites_reached=sites))

    def reached_before(self, epoch: int) -> int | None:
        """How many sites this node reached in the last epoch before `epoch` that it tried; None when it tried none."""
        table = schema.epochs
        query = (
            select(table.c.sites_reached)
            .where(table.c.epoch < epoch, table.c.sites_reached.is_not(None))
            .order_by(table.c.epoch.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    # Observations

    def observation(
        self,
        epoch: int | None = None,
        *,
        root: bytes | None = None,
        node: int | None = None,
        span: Span | None = None,
    ) -> SignedObservation | None:
        """One observation that is held, if there is one of this epoch, root, node and span, where given."""
        table = schema.observations
        query = select(table).limit(1)
        for column, wanted in (
            (table.c.epoch, epoch),
            (table.c.root, root),
            (table.c.node, node),
            *((table.c[name], value) for name, value in (span._asdict() if span is not None else {}).items()),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        statement = Observation(row.config_digest, row.epoch, row.base_epoch, row.base_root, row.block_hash, row.root)
        return SignedObservation(row.node, statement, zlib.decompress(row.leaves), row.signature)

    def add_observation(self, signed: SignedObservation, *, mine: bool = False) -> None:
        """Keeps a checked observation. The first one of this node for an epoch and span stays its only one."""
        statement = signed.observation
        values = {
            "epoch": statement.epoch,
            "node": signed.node,
            "root": statement.root,
            "base_epoch": statement.base_epoch,
            "base_root": statement.base_root,
            "config_digest": statement.config_digest,
            "block_hash": statement.block_hash,
            "leaves": zlib.compress(signed.packed, _QUICK),
            "signature": signed.signature,
        }
        with self._database.transaction() as connection:
            connection.execute(upsert(schema.observations).values(values).on_conflict_do_nothing())
            if mine:
                key = {name: values[name] for name in ("epoch", *Span._fields, "root")}
                connection.execute(upsert(schema.own_observations).values(key).on_conflict_do_nothing())

    def own_observation(self, epoch: int, span: Span, node: int) -> SignedObservation | None:
        """What this node, under index `node`, has said about `epoch` over a span, if it has."""
        table = schema.own_observations
        query = select(table.c.root).where(
            table.c.epoch == epoch, *(table.c[name] == value for name, value in span._asdict().items())
        )
        with self._database.reading() as connection:
            root = connection.execute(query).scalar_one_or_none()
        return None if root is None else self.observation(epoch, root=root, node=node, span=span)

    # Proposals and signatures

    def lock(self, connection: Connection, proposal: Proposal, digest: bytes, leaves: Leaves) -> None:
        """Writes the proposal this node is about to sign, and its readings: the guard's `record`."""
        report = proposal.report
        values = {
            "epoch": report.epoch,
            "digest": digest,
            "config_digest": report.config_digest,
            "base_epoch": report.base_epoch,
            "base_root": report.base_root,
            "root": report.root,
            "set_hash": report.set_hash,
            "leaf_count": report.leaf_count,
            "block_hash": proposal.block_hash,
            "pairs": b"".join(bytes([node]) + root for node, root in proposal.pairs),
        }
        connection.execute(upsert(schema.proposals).values(values).on_conflict_do_nothing())
        self._add_readings(connection, report.epoch, report.root, leaves)
        self._advance(connection, report.epoch, EpochState.SIGNED)

    def locked(self, epoch: int) -> Proposal | None:
        """The proposal this node is locked on for `epoch`, if any."""
        query = select(schema.proposals).where(schema.proposals.c.epoch == epoch)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        report = Report(
            row.config_digest, row.epoch, row.base_epoch, row.base_root, row.root, row.set_hash, row.leaf_count
        )
        records = (row.pairs[at : at + _PAIR_BYTES] for at in range(0, len(row.pairs), _PAIR_BYTES))
        pairs = tuple((record[0], bytes(record[1:])) for record in records)
        return Proposal(report, row.block_hash, pairs)

    def add_signatures(self, epoch: int, digest: bytes, signatures: Mapping[int, bytes]) -> None:
        """Keeps checked signatures of a report by node index."""
        with self._database.transaction() as connection:
            self._add_signatures(connection, epoch, digest, signatures)

    def signatures(self, epoch: int, digest: bytes) -> dict[int, bytes]:
        """The signatures known of a report, by node index."""
        table = schema.signatures
        query = select(table.c.node, table.c.signature).where(table.c.epoch == epoch, table.c.digest == digest)
        with self._database.reading() as connection:
            return {row.node: row.signature for row in connection.execute(query)}

    # Readings

    def readings(self, root: bytes) -> Leaves | None:
        """The leaves under a report's root, if this node has them."""
        query = select(schema.readings.c.leaves).where(schema.readings.c.root == root)
        with self._database.reading() as connection:
            packed = connection.execute(query).scalar_one_or_none()
        return None if packed is None else unpack_leaves(packed)

    def has_readings(self, epoch: int) -> bool:
        """Whether this node has any readings of `epoch`, of a report that stands or of a candidate."""
        query = select(schema.readings.c.root).where(schema.readings.c.epoch == epoch).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).one_or_none() is not None

    def add_readings(self, epoch: int, root: bytes, leaves: Leaves) -> None:
        """Keeps leaves that were proven to be what makes `root`."""
        with self._database.transaction() as connection:
            self._add_readings(connection, epoch, root, leaves)

    def prune(self, before: int) -> None:
        """Drops what is known of epochs earlier than `before`, except which of them are unfinished. The guard forgets
        nothing."""
        epochs = schema.epochs
        with self._database.transaction() as connection:
            for table in (
                schema.observations,
                schema.own_observations,
                schema.proposals,
                schema.signatures,
                schema.readings,
            ):
                connection.execute(delete(table).where(table.c.epoch < before))
            connection.execute(delete(epochs).where(epochs.c.epoch < before, epochs.c.state.in_(FINAL)))

    def _epochs(self, first: int, last: int, *more: ColumnElement[bool]) -> list[EpochRow]:
        table = schema.epochs
        within = select(table).where(table.c.epoch >= first, table.c.epoch <= last, *more)
        return self._rows(within.order_by(table.c.epoch))

    def _rows(self, query: Select[Any]) -> list[EpochRow]:
        with self._database.reading() as connection:
            return [
                EpochRow(row.epoch, EpochState(row.state), row.tx_hash, row.sites_reached)
                for row in connection.execute(query)
            ]

    @staticmethod
    def _advance(connection: Connection, epoch: int, state: EpochState) -> None:
        table = schema.epochs
        known = connection.execute(select(table.c.state).where(table.c.epoch == epoch)).scalar_one_or_none()
        if known is None:
            connection.execute(insert(table).values(epoch=epoch, state=state))
        elif _ORDER[state] > _ORDER[EpochState(known)]:
            connection.execute(update(table).where(table.c.epoch == epoch).values(state=state))

    @staticmethod
    def _add_signatures(connection: Connection, epoch: int, digest: bytes, signatures: Mapping[int, bytes]) -> None:
        rows = [
            {"epoch": epoch, "digest": digest, "node": node, "signature": signature}
            for node, signature in signatures.items()
        ]
        if rows:
            connection.execute(upsert(schema.signatures).on_conflict_do_nothing(), rows)

    @staticmethod
    def _add_readings(connection: Connection, epoch: int, root: bytes, leaves: Leaves) -> None:
        connection.execute(
            upsert(schema.readings).values(root=root, epoch=epoch, leaves=pack_leaves(leaves)).on_conflict_do_nothing()
        )
