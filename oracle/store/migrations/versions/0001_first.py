"""The tables of release 0.1."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "identity",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
    op.create_table(
        "guard",
        sa.Column("chain_id", sa.String, primary_key=True),
        sa.Column("contract", sa.String, primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "epochs",
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("tx_hash", sa.String),
        sa.Column("sites_reached", sa.Integer),
    )
    _exchange()
    _telemetry()


def _exchange() -> None:
    op.create_table(
        "observations",
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("base_root", sa.LargeBinary, primary_key=True),
        sa.Column("node", sa.Integer, primary_key=True),
        sa.Column("root", sa.LargeBinary, primary_key=True, index=True),
        sa.Column("base_epoch", sa.BigInteger, nullable=False),
        sa.Column("config_digest", sa.LargeBinary, nullable=False),
        sa.Column("block_hash", sa.LargeBinary, nullable=False),
        sa.Column("leaves", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "own_observations",
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("base_epoch", sa.BigInteger, primary_key=True),
        sa.Column("base_root", sa.LargeBinary, primary_key=True),
        sa.Column("root", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "proposals",
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("config_digest", sa.LargeBinary, nullable=False),
        sa.Column("base_epoch", sa.BigInteger, nullable=False),
        sa.Column("base_root", sa.LargeBinary, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("set_hash", sa.LargeBinary, nullable=False),
        sa.Column("leaf_count", sa.BigInteger, nullable=False),
        sa.Column("block_hash", sa.LargeBinary, nullable=False),
        sa.Column("pairs", sa.LargeBinary, nullable=False),
        sa.Column("attempt", sa.BigInteger, nullable=False),
        sa.Column("leader", sa.Integer, nullable=False),
    )
    op.create_table(
        "signatures",
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("node", sa.Integer, primary_key=True),
        sa.Column("signature", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "readings",
        sa.Column("root", sa.LargeBinary, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False, index=True),
        sa.Column("leaves", sa.LargeBinary, nullable=False),
    )


def _telemetry() -> None:
    op.create_table(
        "samples",
        sa.Column("fleet", sa.BigInteger, primary_key=True),
        sa.Column("gpu", sa.String, primary_key=True),
        sa.Column("time_ms", sa.BigInteger, primary_key=True),
        sa.Column("engine_active_ppm", sa.Integer),
        sa.Column("activity_is_fallback", sa.Boolean, nullable=False),
        sa.Column("power_mw", sa.BigInteger),
        sa.Column("energy_mj", sa.BigInteger),
        sa.Column("healthy", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "answers",
        sa.Column("fleet", sa.BigInteger, primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "tails",
        sa.Column("fleet", sa.BigInteger, primary_key=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("header", sa.Text, nullable=False),
    )
    op.create_table(
        "bodies",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
