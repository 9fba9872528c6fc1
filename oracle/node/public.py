"""What of a running node goes onto its public API: its records, its parts for Prometheus."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.types import Scope

from oracle.api.app import Public, publish
from oracle.api.metrics import Part
from oracle.api.parts import database_metrics, epoch_metrics, node_metrics, site_metrics
from oracle.api.records import PublicRecords, Sources
from oracle.chain.view import OracleConfig
from oracle.exchange.door import PRIVATE_PATHS
from oracle.node.node import Node
from oracle.node.sampling import Sampler
from oracle.settings import Settings
from oracle.store.database import Database
from oracle.store.series import SeriesStore


def _is_exempt(scope: Scope) -> bool:
    """What only nodes of the set are answered, who have queues of their own."""
    return bool(scope["path"].startswith(PRIVATE_PATHS))


def publish_node(
    app: FastAPI,
    settings: Settings,
    node: Node,
    sampler: Sampler,
    database: Database,
    config: OracleConfig,
    log: Callable[..., None],
    parts: Mapping[str, Part],
) -> None:
    """Puts the public API of `node` onto its application. `config` gives the oracle's fixed clock; `parts` are
    more parts to tell Prometheus of."""
    store = SeriesStore(database)
    records = PublicRecords(Sources(node, store, config, lambda: sampler.sites))
    file = None if settings.node.database.startswith("postgresql") else Path(settings.node.database)
    own: dict[str, Part] = {
        "node": partial(node_metrics, node.status, config),
        "epochs": partial(epoch_metrics, store),
        "database": partial(database_metrics, database, file),
        "sites": partial(site_metrics, lambda: sampler.sites),
    }
    publish(app, Public(records, {**own, **parts}, settings.api, log, is_exempt=_is_exempt))
