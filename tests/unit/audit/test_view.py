"""What a person sees of an audit, and what a program reads."""

import json
from io import StringIO

from rich.console import Console

from oracle.audit.findings import Difference
from oracle.audit.history import gather
from oracle.audit.result import AuditResult, Currency, ReadingsChecked, conclude
from oracle.cli.audit_view import show
from tests.unit.audit.test_sales import sold
from tests.unit.audit.world import BERT, HOUR, LEASES, TENANT, USD, World, deployment, paid, world


def result(of: World, *differences: Difference, readings: ReadingsChecked | None = None) -> AuditResult:
    books = of.books()
    books.findings.differences.extend(differences)
    entries = gather(of.logs(27 * HOUR), deployment())
    return conclude(books, entries, readings, [Currency(USD, "[b]USD", 6)])


def printed(one: AuditResult) -> str:
    out = StringIO()
    show(Console(file=out, width=140), one)
    return out.getvalue()


def test_the_books_are_shown_in_the_currency() -> None:
    text = printed(result(world()))
    assert "The books balance" in text
    assert "5.400000" in text  # charged
    assert "1.800000" in text  # credited
    assert "0.227125" in text  # claimed by Bert
    assert BERT in text


def test_sales_are_shown_and_only_where_there_are_some() -> None:
    text = printed(result(sold()))
    assert "Sales" in text
    assert "0.946350" in text  # income of sale 1, claimed and not
    assert "below minimum" in text
    assert "Sales" not in printed(result(world()))


def test_gifts_and_missing_files_are_said() -> None:
    given = world()
    given.tell(22 * HOUR, paid(TENANT, LEASES, 5))
    text = printed(result(given, readings=ReadingsChecked(3, 9, 4, missing=tuple(range(20, 40)), baseless=(41,))))
    assert f"{LEASES} holds 0.000005 [b]USD it owes to nobody" in text
    assert "3 reports rebuilt from 9 signed observations" in text
    assert "and 10 more" in text
    assert "41" in text


def test_differences_are_shown_with_where_they_are() -> None:
    one = Difference("Settled.held", "lease 1, block 9 log 2", 10, 11)
    other = Difference("MeterOracle.standing", "[red]epoch 4", b"\1\2", "nothing")
    text = printed(result(world(), one, other, *[one] * 60))
    assert "The books do not balance: 62 differences, 50 of them shown." in text
    assert "lease 1, block 9 log 2" in text
    assert "[red]epoch 4" in text
    assert "0x0102" in text


def test_json_loses_no_unit() -> None:
    made = result(world(), Difference("x", "y", 2**255 + 1, b"\1"), readings=ReadingsChecked(1, 2, 3, (), ()))
    read = json.loads(json.dumps(made.as_json()))
    assert read["books_balance"] is False
    assert read["differences"] == [{"what": "x", "where": "y", "expected": str(2**255 + 1), "actual": "0x01"}]
    assert read["summary"]["settlements"] == 1
    assert read["summary"]["signatures_verified"] == 2
    assert read["leases"][0]["charged"] == "5400000"
    assert read["leases"][0]["closed"] is False
    assert [one["claimed"] for one in read["investors"]] == ["0", "227125", "0"]
