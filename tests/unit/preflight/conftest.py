"""One world for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.preflight.world import World, world


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A chain, a site and three running nodes."""
    with world(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture
def healthy(standing: World, tmp_path: Path) -> tuple[World, Path]:
    """The world as it should be, and the configuration of a fourth node that is all right."""
    standing.reset()
    return standing, standing.node(tmp_path / "node")
