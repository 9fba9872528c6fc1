"""One key, one database, one process: a second one that can be seen is refused, and a lock that is lost stops the
signing."""

import os
import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from oracle.domain.report import Domain, Observation
from oracle.store.database import Database, DatabaseUnusable, open_database
from oracle.store.errors import DatabaseInUse, KeyInUse, LockLost
from oracle.store.postgres import lock_number
from tests.support.postgres import PASSWORD, PostgresServer, postgres_server
from tests.unit.store.test_guard import DOMAIN, LATER, REPORT, guard_of

KEY = "0x" + "aB" * 20
OBSERVATION = Observation(b"\x01" * 32, 9, 8, b"\x02" * 32, b"\x03" * 32, b"\x04" * 32)


def test_a_second_opening_is_refused_until_the_first_is_closed(place: str) -> None:
    first = open_database(place)
    with pytest.raises(DatabaseInUse, match="stop that one first"):
        open_database(place)
    first.close()
    open_database(place).close()


def test_whoever_opens_at_once_after_a_closing_is_let_in_though_the_server_learns_late_of_a_connections_end(
    postgres: PostgresServer,
) -> None:
    with _ends_late(postgres) as late:
        place = postgres.create().replace(f":{postgres.port}/", f":{late}/")
        for _ in range(2):
            database = open_database(place)
            database.hold_key(DOMAIN, KEY)
            database.close()


@contextmanager
def _ends_late(server: PostgresServer) -> Iterator[int]:
    """A port that leads to the server, and tells it of a connection's end half a minute late."""

    class Between(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((server.host, server.port)) as there:
                Thread(target=_pass_on, args=(there, self.request), daemon=True).start()
                _pass_on(self.request, there)
                ended.wait(30)

    ended = Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Between) as between:
        between.daemon_threads = True
        Thread(target=between.serve_forever, daemon=True).start()
        try:
            yield between.server_address[1]
        finally:
            ended.set()
            between.shutdown()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)


def test_one_key_on_two_databases_of_a_machine_is_refused(database: Database, tmp_path: Path) -> None:
    database.hold_key(DOMAIN, KEY)
    other = open_database(tmp_path / "copy.db")
    with pytest.raises(KeyInUse, match=rf"process {os.getpid()}\) on another database"):
        other.hold_key(Domain(DOMAIN.chain_id, DOMAIN.contract.lower()), KEY.lower())
    other.close()


def test_one_key_for_two_contracts_is_none_of_our_business(database: Database, tmp_path: Path) -> None:
    database.hold_key(DOMAIN, KEY)
    other = open_database(tmp_path / "copy.db")
    other.hold_key(Domain(1, DOMAIN.contract), KEY)
    other.close()


def test_a_key_is_free_again_when_its_node_has_ended(place: str, tmp_path: Path) -> None:
    first = open_database(place)
    first.hold_key(DOMAIN, KEY)
    first.close()
    second = open_database(tmp_path / "copy.db")
    second.hold_key(DOMAIN, KEY)
    second.close()


def test_one_key_on_two_databases_of_a_server_is_refused_from_any_machine(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = open_database(postgres.create()), open_database(postgres.create())
    first.hold_key(DOMAIN, KEY)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another machine"))
    with pytest.raises(KeyInUse, match=r"database test_\w+ of the server"):
        second.hold_key(DOMAIN, KEY)
    first.close()
    second.hold_key(DOMAIN, KEY)
    second.close()


def test_a_state_folder_that_cannot_be_made_says_what_to_set(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(DatabaseUnusable, match="set XDG_STATE_HOME"):
        database.hold_key(DOMAIN, KEY)


def test_a_lock_session_that_the_server_ended_is_taken_again(postgres: PostgresServer) -> None:
    place = postgres.create()
    database = open_database(place)
    database.hold_key(DOMAIN, KEY)
    guard = guard_of(database)
    guard.bind(REPORT, LATER)
    assert postgres.kill_sessions(place) >= 2
    assert guard.sign(REPORT)
    with pytest.raises(DatabaseInUse):
        open_database(place)
    database.close()


def test_nothing_is_signed_while_another_holds_a_lock_that_was_lost(postgres: PostgresServer) -> None:
    place = postgres.create()
    database = open_database(place)
    guard = guard_of(database)
    guard.bind(REPORT, LATER)
    with psycopg.connect(place, autocommit=True) as other:
        mine = other.info.backend_pid
        postgres.kill_sessions(place, but=f"pid = {mine}")
        taken = other.execute("SELECT pg_try_advisory_lock(%s)", (lock_number("wellhead node"),)).fetchone()
        assert taken == (True,)
        for sign in (lambda: guard.sign(REPORT), lambda: guard.sign_observation(OBSERVATION)):
            with pytest.raises(DatabaseInUse):
                sign()
        assert database.status().faults == 0  # asked outside of a transaction
        with pytest.raises(DatabaseInUse), database.transaction():
            pass
        assert (database.status().faults, "in use" in database.status().last_fault) == (1, True)
    assert guard.sign(REPORT)
    with database.transaction():
        pass
    assert database.status().last_fault == ""
    database.close()


def test_nothing_is_signed_while_the_server_cannot_be_reached(postgres: PostgresServer) -> None:
    place = postgres.create()
    name = place.rsplit("/", 1)[1]
    database = open_database(place)
    guard = guard_of(database)
    guard.bind(REPORT, LATER)
    postgres.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres.kill_sessions(place)
    for sign in (lambda: guard.sign(REPORT), lambda: guard.sign_observation(OBSERVATION)):
        with pytest.raises(LockLost, match="nothing is signed without it"):
            sign()
    postgres.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert guard.sign(REPORT)
    database.close()


def test_a_lock_file_that_was_removed_is_made_again_unless_another_was_faster(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    database = open_database(path)
    guard = guard_of(database)
    guard.bind(REPORT, LATER)
    (tmp_path / "node.db.lock").unlink()
    assert guard.sign(REPORT)
    with pytest.raises(DatabaseInUse):
        open_database(path)
    (tmp_path / "node.db.lock").unlink()
    second = open_database(path)
    with pytest.raises(DatabaseInUse):
        guard.sign(REPORT)
    second.close()
    assert guard.sign(REPORT)
    database.close()


@pytest.mark.parametrize(
    "place",
    [
        f"postgresql://me:{PASSWORD}@127.0.0.1:1/node",
        f"postgresql://127.0.0.1:1/node?user=me&password={PASSWORD}",
        f"postgresql://me:{PASSWORD}%zz@127.0.0.1:1/node",
        f"postgresql://me@127.0.0.1:1/node?no_such_option={PASSWORD}",
    ],
)
def test_a_server_that_cannot_be_used_is_named_without_the_password(place: str) -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        open_database(place)
    assert PASSWORD not in str(refused.value)
    assert "postgresql://" in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_an_open_database_shows_no_password(postgres: PostgresServer) -> None:
    database = open_database(postgres.create())
    shown = f"{database.name} {database.status()} {database!r} {database._engine!r} {vars(database._engine)!r}"
    assert PASSWORD not in shown
    assert str(postgres.port) in database.name
    database.close()


def test_a_server_that_does_not_keep_what_it_commits_is_refused() -> None:
    with postgres_server(fsync="off") as server, pytest.raises(DatabaseUnusable, match="fsync is off"):
        open_database(server.create())


def test_commits_are_synchronous_whatever_the_servers_default(postgres: PostgresServer) -> None:
    place = postgres.create()
    postgres.run(f"ALTER DATABASE {place.rsplit('/', 1)[1]} SET synchronous_commit = off")
    database = open_database(place)
    with database.transaction() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
    database.close()
