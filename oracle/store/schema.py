"""The tables of a node's database, as its migrations leave them. Hashes are 32 raw bytes, times Unix seconds unless the
name says ms."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text

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

# Signed observations, this node's own and those fetched. `leaves` are 64 bytes each, the whole compressed by zlib. The
# key is all that is said: after a change of the node set, the base or the block the same leaves are another statement.
observations = Table(
    "observations",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("config_digest", LargeBinary, primary_key=True),
    Column("base_epoch", BigInteger, primary_key=True),
    Column("base_root", LargeBinary, primary_key=True),
    Column("block_hash", LargeBinary, primary_key=True),
    Column("node", Integer, primary_key=True),
    Column("root", LargeBinary, primary_key=True, index=True),
    Column("leaves", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

# This node's one statement about an epoch over a base, as of a node set and a block: what it said once it goes on
# saying.
own_observations = Table(
    "own_observations",
    metadata,
    Column("epoch", BigInteger, primary_key=True),
    Column("config_digest", LargeBinary, primary_key=True),
    Column("base_epoch", BigInteger, primary_key=True),
    Column("base_root", LargeBinary, primary_key=True),
    Column("block_hash", LargeBinary, primary_key=True),
    Column("root", LargeBinary, nullable=False),
)

# The proposal this node is locked on, one an epoch.
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

# One row a sample; from "gpu" on the columns are those of telemetry's Sample, in its order. `source`, here and below:
# 0 the operator's telemetry, a lease's id the agent that its tenant runs, -1 the machines' own power meters.
samples = Table(
    "samples",
    metadata,
    Column("fleet", BigInteger, primary_key=True),
    Column("source", BigInteger, primary_key=True),
    Column("gpu", String, primary_key=True),
    Column("time_ms", BigInteger, primary_key=True),
    Column("engine_active_ppm", BigInteger),
    Column("activity_is_fallback", Boolean, nullable=False),
    Column("power_mw", BigInteger),
    Column("energy_mj", BigInteger),
    Column("healthy", Boolean, nullable=False),
    Column("sm_active_ppm", BigInteger),
    Column("tensor_active_ppm", BigInteger),
    Column("memory_used_mib", BigInteger),
    Column("sm_clock_mhz", BigInteger),
    Column("driver", String),
    Column("boot_s", BigInteger),
    sqlite_with_rowid=False,
)

# How often a source answered in an epoch.
answers = Table(
    "answers",
    metadata,
    Column("fleet", BigInteger, primary_key=True),
    Column("source", BigInteger, primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
)

# How far a source that can catch up has been read: for a served log bytes, and the header its rows are read by; for a
# metrics store the time up to which it was asked, in ms.
tails = Table(
    "tails",
    metadata,
    Column("fleet", BigInteger, primary_key=True),
    Column("source", BigInteger, primary_key=True),
    Column("url", String, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("header", Text, nullable=False),
)

# Allocation bodies and inventories by the hash or root the chain names them by. `used_before`: the oldest epoch that
# was kept when one was last of use.
bodies = Table(
    "bodies",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("used_before", BigInteger),
)

# Transactions of a gas key, stored before they are broadcast. One row a version: a fee replacement is a new row with
# the nonce and purpose of the one it replaces. `purpose` says what for (`report:<epoch>`); `state` is one of
# `oracle.store.outbox.TxState`. `created_at` is the machine's clock; `valid_until` the chain's time from which on there
# is no use in it. Block number and hash: where it was seen mined.
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
    Column("valid_until", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("block_number", BigInteger),
    Column("block_hash", LargeBinary),
)

# What operators signed of their samples, by struct hash: for each fleet and epoch the batch that is metered, and one
# other if there is one: two are evidence against the operator, and kept for good. `follows`: its `previous` is the
# batch held before it, so that the epochs between have none.
batches = Table(
    "batches",
    metadata,
    Column("fleet", BigInteger, primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("previous", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("operator", String, nullable=False),
    Column("metered", Boolean, nullable=False),
    Column("follows", Boolean, nullable=False),
)
