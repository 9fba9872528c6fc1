"""The store's tests run on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.store.database import Database, open_database
from tests.support.postgres import PostgresServer

BOTH = ("sqlite", "postgresql")


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database can be opened: a path, then a PostgreSQL URL."""
    if request.param == "sqlite":
        return str(tmp_path / "node.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create()


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    """An open database, on both kinds."""
    opened = open_database(place)
    yield opened
    opened.close()
