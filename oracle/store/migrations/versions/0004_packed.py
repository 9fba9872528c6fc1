"""Observations are kept compressed: of 31 nodes' each epoch they are most of a database."""

import zlib

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEY = ("epoch", "config_digest", "base_epoch", "base_root", "block_hash", "node", "root")


def upgrade() -> None:
    """Keeps every row."""
    table = sa.table("observations", *map(sa.column, _KEY), sa.column("leaves", sa.LargeBinary))
    key = [table.c[name] for name in _KEY]
    connection = op.get_bind()
    for row in connection.execute(sa.select(*key)).all():
        this = sa.and_(*(column == value for column, value in zip(key, row, strict=True)))
        leaves = bytes(connection.execute(sa.select(table.c.leaves).where(this)).scalar_one())
        connection.execute(table.update().where(this).values(leaves=zlib.compress(leaves, 1)))
