"""The tables of a node's database. Hashes are 32 raw bytes, times Unix seconds unless the name says ms."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text

VERSION = "1"

metadata = MetaData()

# Whose database this is: schema version, chain, contract, the node's cold address.
identity = Table(
    "identity",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

# What was or may have been signed: one digest an epoch, for ever.
guard = Table(
    "guard",
    metadata,
    Column("chain_id", String, primary_key=True),
    Column("contract", String, primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
)

epochs = Table(
    "epochs",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("state", String, nullable=False),
    Column("tx_hash", String),
    Column("sites_reached", Integer),
)

# Signed observations, this node's own and those fetched. `leaves` are 64 bytes each.
observations = Table(
    "observations",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("base_root", LargeBinary, primary_key=True),
    Column("node", Integer, primary_key=True),
    Column("root", LargeBinary, primary_key=True, index=True),
    Column("base_epoch", BigInteger, nullable=False),
    Column("config_digest", LargeBinary, nullable=False),
    Column("block_hash", LargeBinary, nullable=False),
    Column("leaves", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

# This node's one statement for an epoch and base: what it said once it goes on saying.
own_observations = Table(
    "own_observations",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("base_epoch", BigInteger, primary_key=True),
    Column("base_root", LargeBinary, primary_key=True),
    Column("root", LargeBinary, nullable=False),
)

# The proposal this node is locked on, one an epoch; its leader's signature is among the signatures.
# `pairs` are 33 bytes each: node index, observation root.
proposals = Table(
    "proposals",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("config_digest", LargeBinary, nullable=False),
    Column("base_epoch", BigInteger, nullable=False),
    Column("base_root", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("set_hash", LargeBinary, nullable=False),
    Column("leaf_count", BigInteger, nullable=False),
    Column("block_hash", LargeBinary, nullable=False),
    Column("pairs", LargeBinary, nullable=False),
    Column("attempt", BigInteger, nullable=False),
    Column("leader", Integer, nullable=False),
)

signatures = Table(
    "signatures",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("node", Integer, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
)

# All leaves of a report by its root: candidates while it is being agreed on, the record once it stands.
readings = Table(
    "readings",
    metadata,
    Column("root", LargeBinary, primary_key=True),
    Column("epoch", BigInteger, nullable=False, index=True),
    Column("leaves", LargeBinary, nullable=False),
)

# One row a sample; the columns after the key are those of telemetry's Sample, in its order.
samples = Table(
    "samples",
    metadata,
    Column("fleet", BigInteger, primary_key=True),
    Column("gpu", String, primary_key=True),
    Column("time_ms", BigInteger, primary_key=True),
    Column("engine_active_ppm", Integer),
    Column("activity_is_fallback", Boolean, nullable=False),
    Column("power_mw", BigInteger),
    Column("energy_mj", BigInteger),
    Column("healthy", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

# How often a site answered in an epoch.
answers = Table(
    "answers",
    metadata,
    Column("fleet", BigInteger, primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
)

# How far a served log has been read, and the header its rows are read by.
tails = Table(
    "tails",
    metadata,
    Column("fleet", BigInteger, primary_key=True),
    Column("url", String, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("header", Text, nullable=False),
)

# Allocation bodies and inventories by the hash or root the chain names them by.
bodies = Table(
    "bodies",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# Transactions of this node's gas key, stored before they are broadcast. One row a version: a fee replacement is a new
# row with the nonce and purpose of the one it replaces. `purpose` says what for (`report:<epoch>`); `state` is PENDING,
# MINED, CONFIRMED, or LOST when another transaction took the nonce. Block number and hash: where it was seen mined.
outbox = Table(
    "outbox",
    metadata,
    Column("tx_hash", LargeBinary, primary_key=True),
    Column("purpose", String, nullable=False, index=True),
    Column("sender", String, nullable=False),
    Column("nonce", BigInteger, nullable=False, index=True),
    Column("raw", LargeBinary, nullable=False),
    Column("max_fee_wei", String, nullable=False),
    Column("max_tip_wei", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("block_number", BigInteger),
    Column("block_hash", LargeBinary),
)
