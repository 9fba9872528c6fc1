"""What the demo prints at its end."""

from io import StringIO
from typing import Any

from rich.console import Console

from scripts.stage.tables import print_statement


def printed(statement: dict[str, Any], *, colours: bool = False) -> str:
    out = StringIO()
    print_statement(statement, Console(file=out, width=110, force_terminal=colours))
    return out.getvalue()


def row(text: str, start: str) -> list[str]:
    return next(line for line in text.splitlines() if line.strip().startswith(start)).split()


def test_every_figure_of_a_lease_stands_in_its_row(statement: dict[str, Any]) -> None:
    text = printed(statement)
    hours, money = ["192.00", "180.00", "0.00", "12.00"], ["423.000000", "14.100000", "42.300000"]
    assert row(text, "1 Aurora Labs")[3:] == hours + money
    assert row(text, "3 Lycée")[4:] == ["192.00", "184.00", "8.00", "0.00", "218.960000", "0.000000", "9.520000"]
    assert row(text, "all")[-3:] == ["1,064.960000", "28.200000", "94.120000"]


def test_revenue_per_kwh_stands_beside_bitcoin(statement: dict[str, Any]) -> None:
    text = printed(statement)
    assert row(text, "Reykjanes")[-1] == "5.32"
    assert "0.17 to 0.20 USD per kWh" in text


def test_a_yield_says_until_when_and_is_not_annualised(statement: dict[str, Any]) -> None:
    text = printed(statement)
    assert "not annualised" in text
    assert row(text, "Nordlys")[-4:] == ["58.150683", "*", "0.0570", "%"]
    assert row(text, "Meridian")[-3:] == ["325.496403", "0.7381", "%"]


def test_debt_is_shown_when_there_is_some(statement: dict[str, Any]) -> None:
    assert "debt" not in printed(statement)
    statement["leases"][0]["debt"] = 1_234_567
    assert row(printed(statement), "1 Aurora Labs")[-1] == "1.234567"


def test_gas_shows_the_ceiling_or_that_there_is_none(statement: dict[str, Any]) -> None:
    text = printed(statement)
    assert row(text, "open a lease")[-2:] == ["284,110", "310,000"]
    assert row(text, "distribute")[-2:] == ["131,004", "\N{EN DASH}"]


def test_gas_above_its_ceiling_is_marked(statement: dict[str, Any]) -> None:
    plain = printed(statement, colours=True)
    statement["gas"][1]["max"] = 310_001
    assert "\x1b[1;31m310,001" in printed(statement, colours=True)
    assert "\x1b[1;31m" not in plain


def test_the_last_line_says_whether_the_books_balance(statement: dict[str, Any]) -> None:
    assert printed(statement).splitlines()[-1].startswith("The books balance")
    statement["books_balance"], statement["audit"]["exit_code"] = False, 1
    assert printed(statement).splitlines()[-1].startswith("The books do not balance: the audit ended with exit code 1")


def test_nothing_is_wider_than_110_columns(statement: dict[str, Any]) -> None:
    statement["fleets"][0]["name"] = statement["investors"][0]["name"] = statement["leases"][0]["tenant"] = "W" * 200
    statement["gas"][0]["operation"] = "o" * 200
    statement["leases"][0]["charged"] = 12_345_678_901_234
    statement["leases"][0]["debt"] = 98_765_432_109
    text = printed(statement)
    assert max(len(line) for line in text.splitlines()) <= 110
    assert "12,345,678.901234" in text
    assert "98,765.432109" in text


def test_a_hostile_name_is_neither_markup_nor_a_terminal_escape(statement: dict[str, Any]) -> None:
    statement["leases"][0]["tenant"] = "[red]x[/] \x1b[2J"
    text = printed(statement)
    assert "[red]x[/]" in text
    assert "\x1b" not in text


def test_a_fleet_without_energy_has_no_figure_per_kwh(statement: dict[str, Any]) -> None:
    statement["fleets"][1]["energy_wh"] = 0
    assert row(printed(statement), "Durance")[-1] == "\N{EN DASH}"


def test_an_empty_statement_is_printed(statement: dict[str, Any]) -> None:
    for part in ("leases", "fleets", "investors", "gas"):
        statement[part] = []
    assert "The books balance" in printed(statement)
