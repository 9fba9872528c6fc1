"""Samples as they came in, so that a restart within an epoch loses nothing, and what the chain names by hash."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite's ON CONFLICT is the same

from oracle.store import schema
from oracle.store.database import Database
from oracle.telemetry.sample import Sample

INT64_MAX = (1 << 63) - 1
"""What a database can hold."""
UNUSED_EPOCHS = 512
"""After so many epochs without use a body is dropped."""
OPERATOR, NODE_POWER = 0, -1
"""Sources of a fleet that are no lease's; an agent that a tenant runs goes by its lease's id."""


@dataclass(frozen=True, slots=True)
class Tail:
    """How far a source has been read: `offset` bytes of a served log, whose rows are read by the line `header`, or up
    to `offset` in Unix ms of a metrics store."""

    url: str
    offset: int
    header: str


class TelemetryStore:
    """What one node has seen of the sites it meters, by fleet id."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._used: set[bytes] = set()  # bodies that were of use since the last pruning

    def add(
        self,
        fleet: int,
        epoch: int,
        samples: Iterable[Sample],
        tail: Tail | None = None,
        *,
        source: int = OPERATOR,
        replace: bool = False,
        beside: Callable[[Connection], None] | None = None,
    ) -> None:
        """Keeps the samples of one answer given in `epoch`, counts the answer, moves the tail on, and before that does
        what is to be done `beside` it: all or nothing.

        Of samples with one GPU and one time the first wins, with `replace` the newest. A number that no database can
        hold is unknown, and a sample of a GPU with such a name is left out.
        """
        rows = [
            {
                "fleet": fleet,
                "source": source,
                "gpu": sample.gpu_uuid,
                "time_ms": sample.time_ms,
                "engine_active_ppm": _kept(sample.engine_active_ppm),
                "activity_is_fallback": sample.activity_is_fallback,
                "power_mw": _kept(sample.power_mw),
                "energy_mj": _kept(sample.energy_mj),
                "healthy": sample.healthy,
                "sm_active_ppm": _kept(sample.sm_active_ppm),
                "tensor_active_ppm": _kept(sample.tensor_active_ppm),
                "memory_used_mib": _kept(sample.memory_used_mib),
                "sm_clock_mhz": _kept(sample.sm_clock_mhz),
                "driver": None if sample.driver is None else _text(sample.driver),
                "boot_s": _kept(sample.boot_s),
            }
            for sample in samples
            if _kept(sample.time_ms) is not None and _text(sample.gpu_uuid) == sample.gpu_uuid
        ]
        counted = upsert(schema.answers).values(fleet=fleet, source=source, epoch=epoch, count=1)
        with self._database.transaction() as connection:
            if beside is not None:
                beside(connection)
            if rows:
                kept = upsert(schema.samples)
                key = schema.samples.primary_key.columns.keys()
                fields = {
                    name: kept.excluded[name]
                    for name in (column.name for column in schema.samples.c)
                    if name not in key
                }
                connection.execute(
                    kept.on_conflict_do_update(index_elements=key, set_=fields)
                    if replace
                    else kept.on_conflict_do_nothing(),
                    rows,
                )
            connection.execute(
                counted.on_conflict_do_update(
                    index_elements=["fleet", "source", "epoch"], set_={"count": schema.answers.c.count + 1}
                )
            )
            if tail is not None:
                values = {"url": tail.url, "offset": tail.offset, "header": _text(tail.header)}
                connection.execute(
                    upsert(schema.tails)
                    .values(fleet=fleet, source=source, **values)
                    .on_conflict_do_update(index_elements=["fleet", "source"], set_=values)
                )

    def samples(
        self, fleet: int, gpus: Iterable[str], start_ms: int, end_ms: int, *, source: int = OPERATOR
    ) -> dict[str, list[Sample]]:
        """The samples of each GPU with start_ms <= time <= end_ms, ascending by time; nothing for a GPU without any."""
        table = schema.samples
        query = (
            select(table)
            .where(
                table.c.fleet == fleet,
                table.c.source == source,
                table.c.gpu == bindparam("wanted"),
                table.c.time_ms >= start_ms,
                table.c.time_ms <= end_ms,
            )
            .order_by(table.c.time_ms)
        )
        found: dict[str, list[Sample]] = {}
        with self._database.reading() as connection:
            for gpu in gpus:
                rows = connection.execute(query, {"wanted": gpu}).all()
                if rows:
                    found[gpu] = [Sample(*row[2:]) for row in rows]
        return found

    def gpus(self, fleet: int, start_ms: int, end_ms: int, *, source: int = OPERATOR) -> list[str]:
        """The GPUs that have a sample with start_ms <= time < end_ms, ascending."""
        table = schema.samples
        mine = (table.c.fleet == fleet) & (table.c.source == source)
        # From one name to the next by the key: a plain DISTINCT would go through every sample there is.
        first = select(func.min(table.c.gpu).label("gpu")).where(mine)
        names = first.cte("names", recursive=True)
        following = select(func.min(table.c.gpu)).where(mine, table.c.gpu > names.c.gpu).scalar_subquery()
        names = names.union_all(select(following).where(names.c.gpu.is_not(None)))
        in_time = exists().where(
            mine, table.c.gpu == names.c.gpu, table.c.time_ms >= start_ms, table.c.time_ms < end_ms
        )
        query = select(names.c.gpu).where(names.c.gpu.is_not(None), in_time).order_by(names.c.gpu)
        with self._database.reading() as connection:
            return [str(name) for name in connection.execute(query).scalars()]

    def answers(self, fleet: int, first_epoch: int, last_epoch: int, *, source: int = OPERATOR) -> int:
        """How often a fleet's source answered from `first_epoch` to `last_epoch`, both counted."""
        table = schema.answers
        query = select(func.sum(table.c.count)).where(
            table.c.fleet == fleet,
            table.c.source == source,
            table.c.epoch >= first_epoch,
            table.c.epoch <= last_epoch,
        )
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one_or_none() or 0)

    def tail(self, fleet: int, *, source: int = OPERATOR) -> Tail | None:
        """How far a fleet's source has been read; None before its first row."""
        query = select(schema.tails).where(schema.tails.c.fleet == fleet, schema.tails.c.source == source)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Tail(row.url, row.offset, row.header)

    def body(self, digest: bytes) -> bytes | None:
        """What the chain names by `digest`, if it was fetched and checked before."""
        query = select(schema.bodies.c.body).where(schema.bodies.c.hash == digest)
        with self._database.reading() as connection:
            body = connection.execute(query).scalar_one_or_none()
        if body is not None:
            self._used.add(digest)
        return body

    def add_body(self, digest: bytes, body: bytes) -> None:
        """Keeps what was checked to be named by `digest`."""
        with self._database.transaction() as connection:
            connection.execute(upsert(schema.bodies).values(hash=digest, body=body).on_conflict_do_nothing())
        self._used.add(digest)

    def prune(self, before_ms: int, before_epoch: int) -> None:
        """Drops samples earlier than `before_ms`, answer counts of epochs before `before_epoch`, and bodies that were
        of no use while `before_epoch` moved on by UNUSED_EPOCHS."""
        used, bodies = list(self._used), schema.bodies
        with self._database.transaction() as connection:
            connection.execute(delete(schema.samples).where(schema.samples.c.time_ms < before_ms))
            connection.execute(delete(schema.answers).where(schema.answers.c.epoch < before_epoch))
            # After a restart nothing was of use yet, and nothing is dropped until something was.
            for digest in used:
                connection.execute(update(bodies).where(bodies.c.hash == digest).values(used_before=before_epoch))
            if used:
                unused = bodies.c.used_before < before_epoch - UNUSED_EPOCHS
                connection.execute(delete(bodies).where(unused))
                connection.execute(
                    update(bodies).where(bodies.c.used_before.is_(None)).values(used_before=before_epoch)
                )
        self._used.difference_update(used)


def _kept(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= INT64_MAX else None


def _text(value: str) -> str:
    """`value` without what one of the databases cannot hold: zero bytes, halves of surrogate pairs."""
    return value.replace("\0", "").encode(errors="ignore").decode()
