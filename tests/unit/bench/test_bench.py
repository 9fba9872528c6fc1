"""The measurements run, say what they measured, and stand beside their floors. What they come to is not asserted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from oracle.bench.figures import Figure
from oracle.bench.run import MEASUREMENTS

FIGURES = {
    "meters": ("s", 10.0 / 50),
    "day": ("s", 60.0 / 50),
    "agreement": ("s", 5.0 * 3 * 500 / 210_000),
    "proof": ("ms", 5.0),
}
"""The unit of a measurement's first figure, and its floor at the sizes of `--quick`."""


def _bench(*arguments: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **({"PATH": path} if path is not None else {})}
    command = [sys.executable, "-c", "from oracle.cli import main; main()", "bench", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, env=environment)


def _figures(*arguments: str) -> dict[str, Any]:
    done = _bench("--json", "--quick", *arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", FIGURES)
def test_a_measurement_stands_beside_its_floor(name: str) -> None:
    found = _figures(name)[name]
    assert found["missing"] is None
    first = found["figures"][0]
    unit, floor = FIGURES[name]
    assert first["unit"] == unit
    assert first["floor"] == pytest.approx(floor)
    assert first["value"] > 0
    assert first["ratio"] == pytest.approx(first["value"] / floor)
    assert all(figure["measured"] for figure in found["figures"])


def test_posting_costs_the_same_for_few_and_many_meters() -> None:
    figure = _figures("posting")["posting"]["figures"][0]
    assert figure["unit"] == "gas"
    # A byte of calldata that is not zero costs twelve more: the larger number has two of them more, and among the 259
    # bytes of roots and signatures, which are others, one or two happen to be zero.
    assert abs(figure["value"] - figure["floor"]) <= 10 * 12


def test_without_anvil_it_says_what_to_install(tmp_path: Path) -> None:
    done = _bench("--json", "posting", path=str(tmp_path))
    assert done.returncode == 0
    found = json.loads(done.stdout)["posting"]
    assert found["figures"] == []
    assert "anvil is not on PATH: install Foundry" in found["missing"]


def test_a_table_shows_figure_floor_and_ratio() -> None:
    done = _bench("--quick", "meters")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["what", "figure", "floor", "ratio", "measured"]
    assert lines[1].startswith("samples to signed root")
    assert "0.2 s" in lines[1]


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    done = _bench("speed")
    assert done.returncode == 2
    assert "no measurement is called speed" in done.stderr
    assert all(name in done.stderr for name in MEASUREMENTS)


def test_a_figure_without_a_floor_has_no_ratio() -> None:
    assert Figure("x", 2.0, "s", 4.0, "").ratio == 0.5
    assert Figure("x", 2.0, "s", None, "").ratio is None
