"""More of each sample and from more sources, the outbox, and when a body was last of use."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Keeps every row."""
    _telemetry()
    op.add_column("bodies", sa.Column("used_before", sa.BigInteger))
    op.create_table(
        "outbox",
        sa.Column("tx_hash", sa.LargeBinary, primary_key=True),
        sa.Column("purpose", sa.String, nullable=False, index=True),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False, index=True),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("max_fee_wei", sa.String, nullable=False),
        sa.Column("max_tip_wei", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("valid_until", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("block_number", sa.BigInteger),
        sa.Column("block_hash", sa.LargeBinary),
    )
    # Release 0.1 refuses a database of another number than its own, 1: so it never opens this one.
    identity = sa.table("identity", sa.column("name"), sa.column("value"))
    op.execute(identity.delete().where(identity.c.name == "schema"))
    op.bulk_insert(identity, [{"name": "schema", "value": "2, by migrations"}])


def _telemetry() -> None:
    """What was there came from the operators' telemetry, source 0."""
    _begin("samples")
    op.create_table(
        "samples",
        sa.Column("fleet", sa.BigInteger, primary_key=True),
        sa.Column("source", sa.BigInteger, primary_key=True),
        sa.Column("gpu", sa.String, primary_key=True),
        sa.Column("time_ms", sa.BigInteger, primary_key=True),
        sa.Column("engine_active_ppm", sa.BigInteger),
        sa.Column("activity_is_fallback", sa.Boolean, nullable=False),
        sa.Column("power_mw", sa.BigInteger),
        sa.Column("energy_mj", sa.BigInteger),
        sa.Column("healthy", sa.Boolean, nullable=False),
        sa.Column("sm_active_ppm", sa.BigInteger),
        sa.Column("tensor_active_ppm", sa.BigInteger),
        sa.Column("memory_used_mib", sa.BigInteger),
        sa.Column("sm_clock_mhz", sa.BigInteger),
        sa.Column("driver", sa.String),
        sa.Column("boot_s", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    _end("samples", source=0)
    _begin("answers")
    op.create_table(
        "answers",
        sa.Column("fleet", sa.BigInteger, primary_key=True),
        sa.Column("source", sa.BigInteger, primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    _end("answers", source=0)
    _begin("tails")
    op.create_table(
        "tails",
        sa.Column("fleet", sa.BigInteger, primary_key=True),
        sa.Column("source", sa.BigInteger, primary_key=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("header", sa.Text, nullable=False),
    )
    _end("tails", source=0)


def _begin(name: str) -> None:
    """SQLite can change neither key nor columns in place: the old table steps aside for a new one ..."""
    op.rename_table(name, f"{name}_old")


def _end(name: str, **added: int) -> None:
    """... which takes its rows, with the same value `added` to each."""
    kept = [str(column["name"]) for column in sa.inspect(op.get_bind()).get_columns(f"{name}_old")]
    columns: list[sa.ColumnElement[object]] = [sa.literal_column(str(value)) for value in added.values()]
    columns += [sa.column(column) for column in kept]
    rows = sa.select(*columns).select_from(_table(f"{name}_old"))
    op.execute(_table(name, *added, *kept).insert().from_select([*added, *kept], rows))
    op.drop_table(f"{name}_old")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))
