"""Batches of samples that operators signed, and what shows that one signed two for an epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds a table."""
    op.create_table(
        "batches",
        sa.Column("fleet", sa.BigInteger, primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("operator", sa.String, nullable=False),
        sa.Column("metered", sa.Boolean, nullable=False),
        sa.Column("follows", sa.Boolean, nullable=False),
    )
