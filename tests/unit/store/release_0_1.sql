-- The schema of release 0.1, as it made it in SQLite.
CREATE TABLE identity (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE guard (
    chain_id VARCHAR NOT NULL,
    contract VARCHAR NOT NULL,
    epoch BIGINT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (chain_id, contract, epoch)
);

CREATE TABLE epochs (
    epoch BIGINT NOT NULL,
    state VARCHAR NOT NULL,
    tx_hash VARCHAR,
    sites_reached INTEGER,
    PRIMARY KEY (epoch)
);

CREATE TABLE observations (
    epoch BIGINT NOT NULL,
    base_root BLOB NOT NULL,
    node INTEGER NOT NULL,
    root BLOB NOT NULL,
    base_epoch BIGINT NOT NULL,
    config_digest BLOB NOT NULL,
    block_hash BLOB NOT NULL,
    leaves BLOB NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (epoch, base_root, node, root)
);

CREATE INDEX ix_observations_root ON observations (root);

CREATE TABLE own_observations (
    epoch BIGINT NOT NULL,
    base_epoch BIGINT NOT NULL,
    base_root BLOB NOT NULL,
    root BLOB NOT NULL,
    PRIMARY KEY (epoch, base_epoch, base_root)
);

CREATE TABLE proposals (
    epoch BIGINT NOT NULL,
    digest BLOB NOT NULL,
    config_digest BLOB NOT NULL,
    base_epoch BIGINT NOT NULL,
    base_root BLOB NOT NULL,
    root BLOB NOT NULL,
    set_hash BLOB NOT NULL,
    leaf_count BIGINT NOT NULL,
    block_hash BLOB NOT NULL,
    pairs BLOB NOT NULL,
    attempt BIGINT NOT NULL,
    leader INTEGER NOT NULL,
    PRIMARY KEY (epoch)
);

CREATE TABLE signatures (
    epoch BIGINT NOT NULL,
    digest BLOB NOT NULL,
    node INTEGER NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (epoch, digest, node)
);

CREATE TABLE readings (
    root BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    leaves BLOB NOT NULL,
    PRIMARY KEY (root)
);

CREATE INDEX ix_readings_epoch ON readings (epoch);

CREATE TABLE samples (
    fleet BIGINT NOT NULL,
    gpu VARCHAR NOT NULL,
    time_ms BIGINT NOT NULL,
    engine_active_ppm INTEGER,
    activity_is_fallback BOOLEAN NOT NULL,
    power_mw BIGINT,
    energy_mj BIGINT,
    healthy BOOLEAN NOT NULL,
    PRIMARY KEY (fleet, gpu, time_ms)
)
 WITHOUT ROWID;

CREATE TABLE answers (
    fleet BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (fleet, epoch)
);

CREATE TABLE tails (
    fleet BIGINT NOT NULL,
    url VARCHAR NOT NULL,
    "offset" BIGINT NOT NULL,
    header TEXT NOT NULL,
    PRIMARY KEY (fleet)
);

CREATE TABLE bodies (
    hash BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (hash)
);
