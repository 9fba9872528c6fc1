"""The matrix that the chaos suite prints in the end, and its cells as parameters of tests."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from statistics import median

import pytest
from _pytest.mark.structures import ParameterSet

from tests.chaos.cells import HANDFUL
from tests.chaos.faults import Fault, Outcome

PROPERTY = "chaos"


def cells(faults: Iterable[Fault]) -> list[ParameterSet]:
    """The faults as parameters of a test, marked as to where they run."""
    return [
        pytest.param(
            fault,
            id=fault.name.replace(" ", "-"),
            marks=[
                *([] if fault.name in HANDFUL else [pytest.mark.beyond_a_handful]),
                *([pytest.mark.skipif(os.geteuid() != 0, reason="takes root")] if fault.takes_root else []),
            ],
        )
        for fault in faults
    ]


def note(request: pytest.FixtureRequest, name: str, outcome: Outcome) -> None:
    """Keeps an outcome for the matrix, with the test's report: it may run in another process."""
    request.node.user_properties.append((PROPERTY, (name, astuple(outcome))))


def lines(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """The matrix: how fast each fault was seen, how fast everything went on. Nothing if nothing was noted."""
    matrix: dict[str, list[Outcome]] = defaultdict(list)
    for report in reports:
        for key, kept in report.user_properties:
            if key == PROPERTY and report.when == "call":
                name, outcome = kept  # type: ignore[misc]
                matrix[name].append(Outcome(*outcome))
    if not matrix:
        return
    yield ""
    yield f"{'fault':40} {'runs':>4} {'seen after':>17} {'went on after':>20} {'epochs lost':>12}"
    yield f"{'':40} {'':>4} {'median     worst':>17} {'median     worst':>20}"
    for name, outcomes in matrix.items():
        seen = sorted(outcome.detected_s for outcome in outcomes if outcome.detected_s is not None)
        on = sorted(outcome.recovered_s for outcome in outcomes)
        shown = f"{median(seen):6.1f} s {seen[-1]:6.1f} s" if seen else "not needed"
        lost = sum(len(outcome.lost) for outcome in outcomes)
        yield f"{name:40} {len(outcomes):4} {shown:>17} {f'{median(on):6.1f} s {on[-1]:6.1f} s':>20} {lost:12}"
