"""A copy of the part of a node's database that an epoch is observed from. The node may be running meanwhile."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine, insert, select
from sqlalchemy.exc import DBAPIError

from oracle.domain.errors import WellheadError
from oracle.store import schema
from oracle.store.database import Database, open_database

ROWS_AT_ONCE = 5000
MARGIN_MS = 2 * 3600 * 1000
"""Samples this much before and after the span are copied too: metering looks a few intervals beyond it."""


class CannotCopy(WellheadError):
    """The node's database cannot be read."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is copied: samples in a span of Unix seconds, records of epochs from the first to the last."""

    span: tuple[int, int]
    epochs: tuple[int, int]


def snapshot(place: str, into: Path, part: Part) -> Database:
    """Opens a new database at `into` with the part of the one at `place` (a path or postgresql:// URL); an empty one
    when there is none yet. Raises CannotCopy."""
    database = open_database(into)
    if not place.startswith("postgresql://") and not Path(place).exists():
        return database
    try:
        with _reading(place) as source, database.transaction() as target:
            _copy(source, target, part)
    except (DBAPIError, ValueError) as error:
        database.close()
        cause = getattr(error, "orig", None) or error
        raise CannotCopy(
            f"the node's database cannot be read ({' '.join(str(cause).split())}): if it is of an older release, "
            "start the node once"
        ) from None
    return database


def _copy(source: Connection, target: Connection, part: Part) -> None:
    samples = schema.samples
    start_ms, end_ms = part.span[0] * 1000 - MARGIN_MS, part.span[1] * 1000 + MARGIN_MS
    _table(source, target, samples, samples.c.time_ms.between(start_ms, end_ms))
    for table in (schema.tails, schema.bodies, schema.batches):
        _table(source, target, table)
    for table in (schema.answers, schema.readings, schema.observations, schema.own_observations):
        _table(source, target, table, table.c.epoch.between(*part.epochs))


def _table(source: Connection, target: Connection, table: Table, *where: object) -> None:
    query = select(table).where(*where)  # type: ignore[arg-type]
    for rows in source.execution_options(yield_per=ROWS_AT_ONCE).execute(query).mappings().partitions():
        target.execute(insert(table), [dict(row) for row in rows])


@contextmanager
def _reading(place: str) -> Iterator[Connection]:
    engine = _engine(place)
    try:
        with closing(engine.connect()) as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(place: str) -> Engine:
    if place.startswith("postgresql://"):
        url = place.replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(url, hide_parameters=True, connect_args={"options": "-c default_transaction_read_only=on"})
    return create_engine(f"sqlite:///{Path(place).resolve().as_uri()}?mode=ro&uri=true", hide_parameters=True)
