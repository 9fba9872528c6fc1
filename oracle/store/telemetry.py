"""Samples as they came in, so that a restart within an epoch loses nothing, and what the chain names by hash."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from oracle.store import schema
from oracle.store.database import Database
from oracle.telemetry.sample import Sample

INT64_MAX = (1 << 63) - 1
"""What SQLite can hold."""


@dataclass(frozen=True, slots=True)
class Tail:
    """How far a served log has been read: `offset` bytes of `url`; `header` is the line its rows are read by."""

    url: str
    offset: int
    header: str


class TelemetryStore:
    """What one node has seen of the sites it meters, by fleet id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, fleet: int, epoch: int, samples: Iterable[Sample], tail: Tail | None = None) -> None:
        """Keeps the samples of one answer given in `epoch`, counts the answer, and moves the tail on: all or nothing.

        Of samples with one GPU and one time the first wins. A number that SQLite cannot hold is unknown.
        """
        rows = [
            {
                "fleet": fleet,
                "gpu": sample.gpu_uuid,
                "time_ms": sample.time_ms,
                "engine_active_ppm": _kept(sample.engine_active_ppm),
                "activity_is_fallback": sample.activity_is_fallback,
                "power_mw": _kept(sample.power_mw),
                "energy_mj": _kept(sample.energy_mj),
                "healthy": sample.healthy,
            }
            for sample in samples
            if _kept(sample.time_ms) is not None
        ]
        counted = upsert(schema.answers).values(fleet=fleet, epoch=epoch, count=1)
        with self._database.transaction() as connection:
            if rows:
                connection.execute(upsert(schema.samples).on_conflict_do_nothing(), rows)
            connection.execute(
                counted.on_conflict_do_update(
                    index_elements=["fleet", "epoch"], set_={"count": schema.answers.c.count + 1}
                )
            )
            if tail is not None:
                values = {"url": tail.url, "offset": tail.offset, "header": tail.header}
                connection.execute(
                    upsert(schema.tails)
                    .values(fleet=fleet, **values)
                    .on_conflict_do_update(index_elements=["fleet"], set_=values)
                )

    def samples(self, fleet: int, gpus: Iterable[str], start_ms: int, end_ms: int) -> dict[str, list[Sample]]:
        """The samples of each GPU with start_ms <= time <= end_ms, ascending by time; nothing for a GPU without any."""
        table = schema.samples
        query = (
            select(table)
            .where(
                table.c.fleet == fleet,
                table.c.gpu == bindparam("wanted"),
                table.c.time_ms >= start_ms,
                table.c.time_ms <= end_ms,
            )
            .order_by(table.c.time_ms)
        )
        found: dict[str, list[Sample]] = {}
        with self._database.transaction() as connection:
            for gpu in gpus:
                rows = connection.execute(query, {"wanted": gpu}).all()
                if rows:
                    found[gpu] = [Sample(*row[1:]) for row in rows]
        return found

    def answers(self, fleet: int, first_epoch: int, last_epoch: int) -> int:
        """How often a fleet's site answered from `first_epoch` to `last_epoch`, both counted."""
        table = schema.answers
        query = select(func.sum(table.c.count)).where(
            table.c.fleet == fleet, table.c.epoch >= first_epoch, table.c.epoch <= last_epoch
        )
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one_or_none() or 0)

    def tail(self, fleet: int) -> Tail | None:
        """How far a fleet's log has been read; None before its first row."""
        query = select(schema.tails).where(schema.tails.c.fleet == fleet)
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Tail(row.url, row.offset, row.header)

    def body(self, digest: bytes) -> bytes | None:
        """What the chain names by `digest`, if it was fetched and checked before."""
        query = select(schema.bodies.c.body).where(schema.bodies.c.hash == digest)
        with self._database.transaction() as connection:
            return connection.execute(query).scalar_one_or_none()

    def add_body(self, digest: bytes, body: bytes) -> None:
        """Keeps what was checked to be named by `digest`."""
        with self._database.transaction() as connection:
            connection.execute(upsert(schema.bodies).values(hash=digest, body=body).on_conflict_do_nothing())

    def prune(self, before_ms: int, before_epoch: int) -> None:
        """Drops samples earlier than `before_ms` and answer counts of epochs before `before_epoch`."""
        with self._database.transaction() as connection:
            connection.execute(delete(schema.samples).where(schema.samples.c.time_ms < before_ms))
            connection.execute(delete(schema.answers).where(schema.answers.c.epoch < before_epoch))


def _kept(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= INT64_MAX else None
