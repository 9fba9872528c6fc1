"""Reads of a node's records for those who look back over them: the public API and the metrics. Writes nothing."""

from sqlalchemy import func, select

from oracle.store import schema
from oracle.store.batches import BatchStore, KeptBatch
from oracle.store.database import Database


class SeriesStore:
    """What the public may know of one node's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def epochs(self, before: int, limit: int) -> list[int]:
        """The newest `limit` epochs earlier than `before` of which readings are held, newest first."""
        table = schema.readings
        query = (
            select(table.c.epoch).where(table.c.epoch < before).distinct().order_by(table.c.epoch.desc()).limit(limit)
        )
        with self._database.reading() as connection:
            return [int(epoch) for epoch in connection.execute(query).scalars()]

    def packed(self, root: bytes) -> bytes | None:
        """The leaves under a report's root, 64 bytes each, if they are held."""
        query = select(schema.readings.c.leaves).where(schema.readings.c.root == root)
        with self._database.reading() as connection:
            packed = connection.execute(query).scalar_one_or_none()
        return None if packed is None else bytes(packed)

    def set_hash(self, epoch: int, root: bytes) -> bytes | None:
        """Which observations the report of `epoch` with `root` was made of, if this node signed it."""
        table = schema.proposals
        query = select(table.c.set_hash).where(table.c.epoch == epoch, table.c.root == root)
        with self._database.reading() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else bytes(found)

    def batches(self, fleet: int, epoch: int) -> list[KeptBatch]:
        """What a fleet's operator signed of an epoch's samples, the metered batch first."""
        return BatchStore(self._database).statements(fleet, epoch)

    def answers(self, first_epoch: int, last_epoch: int) -> dict[tuple[int, int], int]:
        """How often operators' telemetry answered, by (fleet, epoch), both epochs counted; no entry for never."""
        table = schema.answers
        query = select(table.c.fleet, table.c.epoch, table.c.count).where(
            table.c.source == 0, table.c.epoch >= first_epoch, table.c.epoch <= last_epoch
        )
        with self._database.reading() as connection:
            return {(row.fleet, row.epoch): row[2] for row in connection.execute(query)}

    def states(self) -> dict[str, int]:
        """How many epochs this node ended in, or is at, each state."""
        table = schema.epochs
        query = select(table.c.state, func.count()).group_by(table.c.state)
        with self._database.reading() as connection:
            return {str(state): int(count) for state, count in connection.execute(query)}

    def last_signed(self) -> int | None:
        """The newest epoch for which this node bound itself to a report."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(schema.guard.c.epoch))).scalar_one_or_none()
