"""The watcher's configuration file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from oracle.settings import ChainSettings, KeySettings, NewFile, Section, Url, read_settings

EXAMPLE = "examples/watch.toml"


class WatchSettings(Section):
    """Which nodes to look at, and where to keep what they signed.

    `poll_ms` is how often the chain's head is looked at; `outbox` holds what was sent.
    """

    database: NewFile
    nodes: Annotated[list[Url], Field(min_length=1)]
    outbox: Annotated[NewFile, Field(validate_default=True)] = Path("watch-outbox.db")
    poll_ms: Annotated[int, Field(ge=10, le=3_600_000)] = 15_000


class WatchConfig(Section):
    """The whole file. The gas key may be left out with --dry-run."""

    chain: ChainSettings
    gas_key: KeySettings | None = None
    watch: WatchSettings


def load_config(path: Path) -> WatchConfig:
    """The watcher's configuration in `path`. Raises SettingsError, naming every fault and what to write instead."""
    return read_settings(path, WatchConfig, EXAMPLE)
