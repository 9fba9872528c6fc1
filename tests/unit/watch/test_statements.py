"""Two reports of one epoch by one key are found, also long after and after a restart; one report is nothing."""

import sqlite3
from pathlib import Path

import pytest

from oracle.domain.keccak import keccak256
from oracle.domain.report import Domain, Report
from oracle.watch.evidence import Kind
from oracle.watch.statements import Statements, StatementsUnusable

DOMAIN = Domain(31337, "0x" + "ab" * 20)
KEY, OTHER = "0x" + "01" * 20, "0x" + "02" * 20


def report(epoch: int, name: str) -> Report:
    return Report(bytes(32), epoch, epoch - 1, bytes(32), keccak256(name.encode()), bytes(32), 3)


def opened(folder: Path) -> Statements:
    return Statements(folder / "watch.db", DOMAIN.separator())


def put(statements: Statements, key: str, epoch: int, name: str) -> None:
    said = report(epoch, name)
    statements.add(key, said.digest(DOMAIN), said, b"\0" + name.encode().ljust(64, b"\0"))


def test_two_reports_of_one_epoch_are_found_after_a_restart(tmp_path: Path) -> None:
    statements = opened(tmp_path)
    put(statements, KEY, 7, "one")
    put(statements, KEY, 7, "one")
    put(statements, KEY, 8, "another")
    put(statements, OTHER, 7, "another")
    assert list(statements.equivocations()) == []
    statements.close()

    statements = opened(tmp_path)
    put(statements, KEY, 7, "two")
    [(key, evidence)] = statements.equivocations()
    assert (key, evidence.kind, evidence.epoch) == (KEY, Kind.EQUIVOCATION, 7)
    assert {said[0][3] for said in evidence.arguments} == {report(7, "one").root, report(7, "two").root}
    assert {bytes(said[2]).rstrip(b"\0") for said in evidence.arguments} == {b"\0one", b"\0two"}


def test_a_key_is_accused_once_and_of_its_oldest(tmp_path: Path) -> None:
    statements = opened(tmp_path)
    for epoch in (9, 5, 7):
        put(statements, KEY, epoch, "one")
        put(statements, KEY, epoch, "two")
    assert [evidence.epoch for _, evidence in statements.equivocations()] == [5]
    statements.dealt_with(KEY, "proven")
    assert list(statements.equivocations()) == []
    statements.close()
    assert list(opened(tmp_path).equivocations()) == []


def test_a_liar_cannot_fill_the_disk(tmp_path: Path) -> None:
    statements = opened(tmp_path)
    for number in range(50):
        put(statements, KEY, 7, str(number))
    count = sqlite3.connect(tmp_path / "watch.db").execute("SELECT count(*) FROM statements").fetchone()
    assert count == (2,)
    assert len(list(statements.equivocations())) == 1


def test_a_database_of_another_deployment_or_of_none_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(StatementsUnusable, match="another chain or MeterOracle"):
        Statements(tmp_path / "watch.db", Domain(1, DOMAIN.contract).separator())
    (tmp_path / "text").write_text("not a database" * 100)
    with pytest.raises(StatementsUnusable, match="cannot be used"):
        Statements(tmp_path / "text", DOMAIN.separator())
    with pytest.raises(StatementsUnusable, match="cannot be used"):
        Statements(tmp_path / "no folder" / "watch.db", DOMAIN.separator())


def test_a_record_that_is_none_is_a_fault_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="65 bytes"):
        opened(tmp_path).add(KEY, bytes(32), report(1, "one"), bytes(64))
