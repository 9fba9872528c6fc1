"""Signed batches: which one of a fleet and epoch is metered, and what an operator signed beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select

from oracle.store import schema
from oracle.store.database import Database
from oracle.store.telemetry import OPERATOR, TelemetryStore
from oracle.telemetry.batch import SampleBatch, SignedBatch
from oracle.telemetry.sample import Sample

_TABLE = schema.batches


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """A batch whose signature was checked to be `operator`'s. `metered`: its samples count; `follows`: it is the next
    one after the batch held before it."""

    signed: SignedBatch
    operator: str
    metered: bool
    follows: bool


class BatchStore:
    """One node's signed batches, by fleet and epoch. They are small, and never dropped."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(
        self,
        kept: KeptBatch,
        samples: Sequence[Sample],
        span_ms: tuple[int, int],
        store: TelemetryStore,
        now_epoch: int,
    ) -> None:
        """Keeps the batch that is metered, and its samples in the place of all there are of its time, the half-open
        `span_ms`: all of it or nothing. The answer counts as one of `now_epoch`."""
        fleet, samples_table = kept.signed.statement.fleet, schema.samples

        def beside(connection: Connection) -> None:
            connection.execute(
                delete(samples_table).where(
                    samples_table.c.fleet == fleet,
                    samples_table.c.source == OPERATOR,
                    samples_table.c.time_ms >= span_ms[0],
                    samples_table.c.time_ms < span_ms[1],
                )
            )
            connection.execute(insert(_TABLE).values(_row(kept)))

        store.add(fleet, now_epoch, samples, beside=beside)

    def add_second(self, kept: KeptBatch) -> bool:
        """Keeps what proves that an operator signed two batches for an epoch; False if that is kept already, or no
        other batch of the epoch is."""
        said = kept.signed.statement
        with self._database.transaction() as connection:
            many = select(func.count()).where(_TABLE.c.fleet == said.fleet, _TABLE.c.epoch == said.epoch)
            if connection.execute(many).scalar_one() != 1:
                return False
            connection.execute(insert(_TABLE).values(_row(kept)))
        return True

    def metered(self, fleet: int, first: int, last: int) -> dict[int, KeptBatch]:
        """The batches that are metered of epochs `first` to `last`, both counted, by epoch."""
        query = select(_TABLE).where(_TABLE.c.fleet == fleet, _TABLE.c.metered, _TABLE.c.epoch.between(first, last))
        return {kept.signed.statement.epoch: kept for kept in self._read(query.order_by(_TABLE.c.epoch))}

    def newest(self, fleet: int) -> int | None:
        """The newest epoch of which a batch is metered."""
        query = select(func.max(_TABLE.c.epoch)).where(_TABLE.c.fleet == fleet, _TABLE.c.metered)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def beside(self, fleet: int, epoch: int) -> tuple[KeptBatch | None, KeptBatch | None]:
        """The nearest metered batches of an earlier and of a later epoch."""
        mine = select(_TABLE).where(_TABLE.c.fleet == fleet, _TABLE.c.metered).limit(1)
        before = self._read(mine.where(_TABLE.c.epoch < epoch).order_by(_TABLE.c.epoch.desc()))
        after = self._read(mine.where(_TABLE.c.epoch > epoch).order_by(_TABLE.c.epoch))
        return next(iter(before), None), next(iter(after), None)

    def statements(self, fleet: int, epoch: int) -> list[KeptBatch]:
        """All that is kept of an epoch, the metered one first: two are evidence."""
        query = select(_TABLE).where(_TABLE.c.fleet == fleet, _TABLE.c.epoch == epoch)
        return self._read(query.order_by(_TABLE.c.metered.desc()))

    def doubled(self, fleet: int) -> list[int]:
        """The epochs for which the operator signed two batches, ascending."""
        query = select(_TABLE.c.epoch).where(_TABLE.c.fleet == fleet, _TABLE.c.metered.is_(False))
        with self._database.reading() as connection:
            return [int(epoch) for epoch in connection.execute(query.order_by(_TABLE.c.epoch)).scalars()]

    def _read(self, query: Select[Any]) -> list[KeptBatch]:
        with self._database.reading() as connection:
            return [
                KeptBatch(
                    SignedBatch(
                        SampleBatch(row.fleet, row.epoch, bytes(row.previous), bytes(row.data), row._mapping["count"]),
                        bytes(row.signature),
                    ),
                    row.operator,
                    row.metered,
                    row.follows,
                )
                for row in connection.execute(query)
            ]


def _row(kept: KeptBatch) -> dict[str, object]:
    said = kept.signed.statement
    return {
        "fleet": said.fleet,
        "epoch": said.epoch,
        "hash": said.struct_hash(),
        "previous": said.previous,
        "data": said.data,
        "count": said.count,
        "signature": kept.signed.signature,
        "operator": kept.operator,
        "metered": kept.metered,
        "follows": kept.follows,
    }
