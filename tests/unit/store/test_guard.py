"""The signing guard: one digest an epoch, on disk before the signature, whatever happens in between."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from oracle.domain.report import Domain, Observation, Report
from oracle.domain.signature import recover
from oracle.keys import KeySigner
from oracle.store.database import Database, open_database
from oracle.store.guard import AlreadySigned, EpochBeforeStart, NotBound, SigningGuard

DOMAIN = Domain(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
REPORT = Report(b"\x01" * 32, 9, 8, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32, 3)
OTHER = dataclasses.replace(REPORT, root=b"\x05" * 32)
KEY = b"\x07" * 32
START, LATER = 1_000, 2_000

CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.unit.store.test_guard import DOMAIN, REPORT, LATER, START
from oracle.store.database import open_database
from oracle.store.guard import SigningGuard

class Stalling:
    address = "0x0"
    def sign(self, digest):
        print("about to sign", flush=True)
        time.sleep(60)

guard = SigningGuard(open_database({place!r}), DOMAIN, Stalling(), START)
guard.bind(REPORT, LATER)
guard.sign(REPORT)
"""


def _signer() -> KeySigner:
    from eth_account import Account

    return KeySigner(str(Account.from_key(KEY).address), KEY)


def guard_of(database: Database, started_at: int = START, domain: Domain = DOMAIN) -> SigningGuard:
    return SigningGuard(database, domain, _signer(), started_at)


def test_a_bound_report_is_signed_and_signed_again_alike(database: Database) -> None:
    guard = guard_of(database)
    guard.bind(REPORT, LATER)
    signature = guard.sign(REPORT)
    assert recover(REPORT.digest(DOMAIN), signature) == guard.address
    guard.bind(REPORT, LATER)
    assert guard.sign(REPORT) == signature


def test_a_second_digest_for_the_epoch_is_refused_and_writes_nothing(database: Database) -> None:
    guard = guard_of(database)
    guard.bind(REPORT, LATER)
    recorded: list[Connection] = []
    with pytest.raises(AlreadySigned, match="equivocation"):
        guard.bind(OTHER, LATER, recorded.append)
    with pytest.raises(NotBound):
        guard.sign(OTHER)
    assert recorded == []
    assert guard.digest_of(9) == REPORT.digest(DOMAIN)


def test_nothing_is_signed_that_was_not_bound_first(database: Database) -> None:
    with pytest.raises(NotBound):
        guard_of(database).sign(REPORT)


def test_an_epoch_that_ended_before_the_start_is_not_signed(database: Database) -> None:
    guard = guard_of(database)
    assert not guard.may_sign(9, START)
    with pytest.raises(EpochBeforeStart):
        guard.bind(REPORT, START)
    assert guard.digest_of(9) is None
    guard.bind(REPORT, START + 1)


def test_an_epoch_that_the_guard_knows_is_signed_again_after_a_restart(database: Database) -> None:
    guard_of(database).bind(REPORT, LATER)
    restarted = guard_of(database, started_at=LATER + 10_000)
    assert restarted.may_sign(9, LATER)
    restarted.bind(REPORT, LATER)
    assert recover(REPORT.digest(DOMAIN), restarted.sign(REPORT)) == restarted.address
    with pytest.raises(AlreadySigned):
        restarted.bind(OTHER, LATER)


def test_another_chain_or_contract_is_another_matter(database: Database) -> None:
    guard_of(database).bind(REPORT, LATER)
    guard_of(database, domain=Domain(1, DOMAIN.contract)).bind(OTHER, LATER)
    guard_of(database, domain=Domain(31337, "0x" + "11" * 20)).bind(OTHER, LATER)
    with pytest.raises(AlreadySigned):
        # The same contract written in lower case is the same contract.
        guard_of(database, domain=Domain(31337, DOMAIN.contract.lower())).bind(OTHER, LATER)


def test_what_must_be_known_with_the_lock_is_written_with_it_or_not_at_all(database: Database) -> None:
    guard = guard_of(database)

    def fails(_: Connection) -> None:
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        guard.bind(REPORT, LATER, fails)
    assert guard.digest_of(9) is None
    guard.bind(OTHER, LATER)


def test_observations_are_no_equivocation(database: Database) -> None:
    guard = guard_of(database)
    one = Observation(b"\x01" * 32, 9, 8, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32)
    for said in (one, dataclasses.replace(one, root=b"\x05" * 32)):
        assert recover(said.digest(DOMAIN), guard.sign_observation(said)) == guard.address


def test_killed_between_commit_and_signature_it_can_sign_that_report_and_no_other(place: str) -> None:
    root = str(Path(__file__).parents[3])
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(root=root, place=place)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "about to sign\n"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait(10) == -signal.SIGKILL
    deadline = time.monotonic() + 5
    database = _reopen(place, deadline)
    try:
        guard = guard_of(database, started_at=LATER + 1)
        with pytest.raises(AlreadySigned):
            guard.bind(OTHER, LATER)
        guard.bind(REPORT, LATER)
        assert recover(REPORT.digest(DOMAIN), guard.sign(REPORT)) == guard.address
    finally:
        database.close()


def _reopen(place: str, deadline: float) -> Database:
    from oracle.store.database import DatabaseInUse

    while True:
        try:
            return open_database(place)
        except DatabaseInUse:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_signers_text_form_shows_no_key() -> None:
    shown: Any = repr(_signer()) + str(_signer())
    assert KEY.hex() not in shown
