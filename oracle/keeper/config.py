"""The keeper's configuration file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from oracle.settings import ChainSettings, KeySettings, NewFile, Section, Url, read_settings

EXAMPLE = "examples/keeper.toml"


class KeeperSettings(Section):
    """Which nodes to take readings from, and what to do how often.

    `settle_every_epochs` is how far a lease may fall behind before it is settled; `poll_ms` how often the chain's head
    is looked at. Above `max_gas_price_gwei` (base fee and tip) settlements wait. `database` holds what was sent.
    """

    nodes: Annotated[list[Url], Field(min_length=1)]
    settle_every_epochs: Annotated[int, Field(ge=1, le=512)] = 1
    poll_ms: Annotated[int, Field(ge=10, le=3_600_000)] = 4000
    distribute: bool = True
    max_gas_price_gwei: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    database: Annotated[NewFile, Field(validate_default=True)] = Path("keeper.db")


class KeeperConfig(Section):
    """The whole file."""

    chain: ChainSettings
    gas_key: KeySettings
    keeper: KeeperSettings


def load_config(path: Path) -> KeeperConfig:
    """The keeper's configuration in `path`. Raises SettingsError, naming every fault and what to write instead."""
    return read_settings(path, KeeperConfig, EXAMPLE)
