"""Options of the chaos suite, and the matrix it prints in the end."""

import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from statistics import median

import pytest
from _pytest.mark.structures import ParameterSet

from tests.chaos.faults import Fault, Outcome
from tests.chaos.world import World, world

OUTCOMES: dict[str, list[Outcome]] = defaultdict(list)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of it, and by which dice."""
    group = parser.getgroup("chaos")
    group.addoption("--chaos-all", action="store_true", help="every cell of the matrix, and not a handful")
    group.addoption("--chaos-runs", type=int, default=1, help="runs of each cell of the matrix (nightly: 30)")
    group.addoption("--chaos-epochs", type=int, default=10, help="epochs of the random schedule (nightly: 200)")
    group.addoption("--chaos-seed", type=int, default=20261122, help="where the random numbers begin")


def cells(faults: Iterable[Fault]) -> list[ParameterSet]:
    """The faults as parameters of a test, marked as to where they run."""
    return [
        pytest.param(
            fault,
            id=fault.name.replace(" ", "-"),
            marks=[
                *([] if fault.in_handful else [pytest.mark.beyond_a_handful]),
                *([pytest.mark.skipif(os.geteuid() != 0, reason="takes root")] if fault.takes_root else []),
            ],
        )
        for fault in faults
    ]


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The matrix: how fast each fault was seen, how fast everything went on."""
    if not OUTCOMES:
        return
    line = terminalreporter.write_line
    line("")
    line(f"{'fault':28} {'runs':>4} {'seen after':>17} {'went on after':>20} {'epochs lost':>12}")
    line(f"{'':28} {'':>4} {'median     worst':>17} {'median     worst':>20}")
    for name, outcomes in OUTCOMES.items():
        seen = sorted(outcome.detected_s for outcome in outcomes if outcome.detected_s is not None)
        on = sorted(outcome.recovered_s for outcome in outcomes)
        shown = f"{median(seen):6.1f} s {seen[-1]:6.1f} s" if seen else "not needed"
        lost = sum(len(outcome.lost) for outcome in outcomes)
        line(f"{name:28} {len(outcomes):4} {shown:>17} {f'{median(on):6.1f} s {on[-1]:6.1f} s':>20} {lost:12}")


def note(name: str, outcome: Outcome) -> None:
    """Keeps an outcome for the matrix."""
    OUTCOMES[name].append(outcome)
