"""`wellhead bench`: this machine against the stated floors."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from oracle.bench.figures import Figure, Result
from oracle.bench.run import MEASUREMENTS, measure
from oracle.cli.common import AsJson, console, errors, print_json, told
from oracle.domain.errors import WellheadError


class NoSuchMeasurement(WellheadError):
    """A name that `bench` does not know."""


def register(app: typer.Typer) -> None:
    """Adds `wellhead bench`."""
    app.command("bench")(bench)


def bench(
    only: Annotated[
        list[str] | None, typer.Argument(help=f"What to measure: {', '.join(MEASUREMENTS)}. All when not given.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, floors scaled with them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure this machine against the stated floors: each figure, its floor, and the ratio of the two.

    A ratio up to 1 meets the floor. Nothing is asserted: exit code 0 whatever the figures, 2 for an unknown name.
    """
    with told("bench"):
        names = _names(only)
        results = {name: _measured(name, quick) for name in names}
    if as_json:
        print_json({name: _as_json(result) for name, result in results.items()})
    else:
        _show(results)


def _names(only: list[str] | None) -> list[str]:
    unknown = [name for name in only or () if name not in MEASUREMENTS]
    if unknown:
        raise NoSuchMeasurement(f"no measurement is called {unknown[0]}: take some of {', '.join(MEASUREMENTS)}")
    return only or list(MEASUREMENTS)


def _measured(name: str, quick: bool) -> Result:
    shown = errors()
    with shown.status(f"measuring: {MEASUREMENTS[name]}"):
        return measure(name, quick)


def _as_json(result: Result) -> dict[str, Any]:
    figures = [{**asdict(figure), "ratio": figure.ratio} for figure in result.figures]
    return {"figures": figures, "missing": result.missing or None}


def _show(results: dict[str, Result]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading, justify in (("what", "left"), ("figure", "right"), ("floor", "right"), ("ratio", "right")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("measured", style="dim")
    for name, result in results.items():
        for figure in result.figures:
            table.add_row(*_row(figure))
        if result.missing:
            table.add_row(MEASUREMENTS[name], "-", "", "", result.missing)
    console().print(table)


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    floor = "" if figure.floor is None else _number(figure.floor, figure.unit)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
    return figure.name, _number(figure.value, figure.unit), floor, ratio, figure.measured


def _number(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 1000 or unit == "gas" else f"{value:.3g} {unit}"
