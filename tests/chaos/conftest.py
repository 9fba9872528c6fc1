"""Options of the chaos suite, and the matrix it prints in the end."""

import random
from collections.abc import Iterator

import pytest

from tests.chaos.checks import Witness
from tests.chaos.matrix import lines
from tests.chaos.world import World, world


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of it, and by which dice."""
    group = parser.getgroup("chaos")
    group.addoption("--chaos-all", action="store_true", help="every cell of the matrix, and not a handful")
    group.addoption("--chaos-runs", type=int, default=1, help="runs of each cell of the matrix (nightly: 30)")
    group.addoption("--chaos-epochs", type=int, default=10, help="epochs of the random schedule (nightly: 200)")
    group.addoption("--chaos-seed", type=int, default=20261122, help="where the random numbers begin")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without --chaos-all, only the handful."""
    if config.getoption("--chaos-all"):
        return
    beyond = [item for item in items if item.get_closest_marker("beyond_a_handful")]
    config.hook.pytest_deselected(items=beyond)
    items[:] = [item for item in items if item not in beyond]


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """The test's own dice: the same for a seed and a test, whatever ran before."""
    return random.Random(f"{request.config.getoption('--chaos-seed')} {request.node.nodeid}")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for the cells of a file: what one leaves behind is the next one's problem, as in life."""
    with world(tmp_path_factory.mktemp("world")) as made:
        made.start()
        made.wait(lambda: made.head_epoch() >= 1, 60, "the first report")
        yield made


@pytest.fixture(scope="module")
def witness(running: World) -> Witness:
    """Who looks at that world from its beginning."""
    return Witness(running)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The matrix."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    for line in lines(reports):
        terminalreporter.write_line(line)
