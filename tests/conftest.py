"""What every test stands on: no state of this user's own nodes, and one PostgreSQL server, started when first asked
for."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.postgres import PostgresServer, postgres_server

# How long an example takes tells of the machine, and not of what is tested.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """What was imported stays, and is not looked through again; tests make many objects and little garbage."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The folder in which nodes of one user see each other's keys: one of this test run's own, for child processes
    too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server; make a database of your own with `postgres.create()`."""
    with postgres_server() as running:
        yield running
