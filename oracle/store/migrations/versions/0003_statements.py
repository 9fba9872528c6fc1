"""Observations are kept by all that they say; a lock no longer says whose turn it was."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SAID = ("epoch", "config_digest", "base_epoch", "base_root", "block_hash", "node", "root")
_OWN = ("epoch", "config_digest", "base_epoch", "base_root", "block_hash", "root")


def upgrade() -> None:
    """Keeps every row."""
    op.create_table(
        "observations_new",
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("config_digest", sa.LargeBinary, primary_key=True),
        sa.Column("base_epoch", sa.BigInteger, primary_key=True),
        sa.Column("base_root", sa.LargeBinary, primary_key=True),
        sa.Column("block_hash", sa.LargeBinary, primary_key=True),
        sa.Column("node", sa.Integer, primary_key=True),
        sa.Column("root", sa.LargeBinary, primary_key=True),
        sa.Column("leaves", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "own_observations_new",
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("config_digest", sa.LargeBinary, primary_key=True),
        sa.Column("base_epoch", sa.BigInteger, primary_key=True),
        sa.Column("base_root", sa.LargeBinary, primary_key=True),
        sa.Column("block_hash", sa.LargeBinary, primary_key=True),
        sa.Column("root", sa.LargeBinary, nullable=False),
    )
    seen, own = _table("observations", *_SAID, "leaves", "signature"), _table("own_observations", *_OWN)
    _fill("observations_new", seen, sa.select(seen))
    # What was said about an epoch and base until now was said as of the set and block of the row it names. Where two
    # nodes saw the same, both rows agree in that.
    same = (seen.c.epoch == own.c.epoch) & (seen.c.base_root == own.c.base_root) & (seen.c.root == own.c.root)
    columns = (own.c.epoch, seen.c.config_digest, own.c.base_epoch, own.c.base_root, seen.c.block_hash, own.c.root)
    _fill("own_observations_new", own, sa.select(*columns).select_from(own.join(seen, same)).distinct())
    for name in ("observations", "own_observations"):
        op.drop_table(name)
        op.rename_table(f"{name}_new", name)
    op.create_index("ix_observations_root", "observations", ["root"])
    with op.batch_alter_table("proposals") as proposals:
        proposals.drop_column("attempt")
        proposals.drop_column("leader")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns))


def _fill(name: str, like: sa.TableClause, rows: sa.Select[tuple[object, ...]]) -> None:
    columns = [column.name for column in like.columns]
    op.execute(_table(name, *columns).insert().from_select(columns, rows))
