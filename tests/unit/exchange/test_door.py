"""Only nodes are answered what is for nodes; no request can be used twice; nobody can hold the server. Over sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from oracle.domain.keccak import keccak256
from oracle.domain.turn import Request
from oracle.exchange.auth import MOST_REMEMBERED, Asker, Doorkeeper, Member
from oracle.exchange.door import DoorRules
from oracle.exchange.messages import MAX_OFFER_BYTES
from oracle.exchange.refusals import NotAuthenticated, NotYet, StaleRequest, TooManyAtOnce
from oracle.exchange.server import ServerLimits
from oracle.keys import KeySigner
from tests.unit.exchange.rounds import DOMAIN, address, cold, key
from tests.unit.exchange.test_api import NOW, Serving, offered

REPORT = "/epochs/5/report"


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    made = Serving(
        tmp_path,
        DoorRules(at_once=1, waiting=2, body_s=1),
        ServerLimits(connections=12, per_address=8, head_s=1, idle_s=1, answer_s=2),
    )
    made.open()
    yield made
    made.close()


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize("path", ["/epochs/5/observation?base=4", REPORT, f"/observations/0x{'00' * 32}"])
def test_a_stranger_is_answered_nothing_that_is_for_nodes(serving: Serving, path: str) -> None:
    assert error(serving.client.get(path)) == (401, "NotAuthenticated")
    assert serving.client.get("/reports/5/observations").status_code == 404  # public, and not had here


def test_a_strangers_proposal_is_refused_before_its_body_is_read(serving: Serving) -> None:
    answer = talk(serving, b"POST /epochs/5/proposal HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n")
    assert b" 401 " in answer.split(b"\r\n")[0]
    assert b"NotAuthenticated" in answer


def test_a_request_is_good_once_for_one_node_one_question_and_a_while(serving: Serving) -> None:
    headers = serving.auth("GET", REPORT)
    assert error(serving.client.get(REPORT, headers=headers)) == (404, "Unknown")
    assert error(serving.client.get(REPORT, headers=headers)) == (401, "StaleRequest")
    fresh = serving.auth("GET", REPORT)
    assert error(serving.client.get("/epochs/5/observation?base=4", headers=fresh)) == (401, "NotAuthenticated")
    assert error(serving.client.get(REPORT + "?x=1", headers=fresh)) == (401, "NotAuthenticated")
    assert error(serving.client.post(REPORT, headers=fresh)) == (401, "NotAuthenticated")
    to_another = {"authorization": serving.asker(1).header(cold(2), "GET", REPORT)}
    assert error(serving.client.get(REPORT, headers=to_another)) == (401, "NotAuthenticated")
    late = serving.auth("GET", REPORT)
    for now in (NOW + 121, NOW - 121):
        serving.now = now
        assert error(serving.client.get(REPORT, headers=late)) == (401, "StaleRequest")
    serving.now = NOW + 120
    assert error(serving.client.get(REPORT, headers=late)) == (404, "Unknown")


def test_another_body_than_was_signed_is_refused(serving: Serving) -> None:
    target = "/epochs/5/proposal"
    headers = serving.auth("POST", target, offered())
    answer = serving.client.post(target, content=offered(0, 1, 3), headers=headers)
    assert error(answer) == (401, "NotAuthenticated")
    assert serving.guard.digest_of(5) is None


@pytest.mark.parametrize(
    "header",
    ["", "Basic x", "Wellhead", "Wellhead " + " ".join(["0x" + "00" * 20, "1", "00" * 32, "00" * 32, "00" * 64]) + " "],
)
def test_a_header_that_is_none_is_named(header: str) -> None:
    keeper = Doorkeeper(DOMAIN, lambda: NOW, 120)
    with pytest.raises(NotYet):
        keeper.check(header, "GET", REPORT)
    keeper.admit(cold(0), {cold(1): Member(1, frozenset({address(1)}))})
    with pytest.raises(NotAuthenticated, match="sign the request"):
        keeper.check(header, "GET", REPORT)


def test_a_key_counts_before_and_after_its_rotation_and_no_other_does() -> None:
    keeper = Doorkeeper(DOMAIN, lambda: NOW, 120)
    keeper.admit(cold(0), {cold(1): Member(1, frozenset({address(1), address(9)}))})

    def header(signer: int, sender: int = 1) -> str:
        asker = Asker(
            cold(sender), lambda: NOW, lambda request: KeySigner("", key(signer)).sign(request.encoded(DOMAIN))
        )
        return asker.header(cold(0), "GET", REPORT)

    for good in (1, 9):
        assert keeper.check(header(good), "GET", REPORT).index == 1
    with pytest.raises(NotAuthenticated, match="is signed by"):
        keeper.check(header(2), "GET", REPORT)
    with pytest.raises(NotAuthenticated, match="no cold address"):
        keeper.check(header(2, sender=2), "GET", REPORT)


def test_what_is_remembered_of_one_node_is_bounded_and_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oracle.exchange.auth.MOST_REMEMBERED", 3)
    assert MOST_REMEMBERED > 1000
    now = [NOW]
    keeper = Doorkeeper(DOMAIN, lambda: now[0], 10)
    keeper.admit(cold(0), {cold(1): Member(1, frozenset({address(1)}))})
    asker = Asker(cold(1), lambda: now[0], lambda request: KeySigner("", key(1)).sign(request.encoded(DOMAIN)))
    for _ in range(3):
        keeper.check(asker.header(cold(0), "GET", REPORT), "GET", REPORT)
    with pytest.raises(TooManyAtOnce):
        keeper.check(asker.header(cold(0), "GET", REPORT), "GET", REPORT)
    now[0] += 21
    keeper.check(asker.header(cold(0), "GET", REPORT), "GET", REPORT)


def test_a_request_from_a_clock_that_is_ahead_is_remembered_for_as_long_as_it_is_good() -> None:
    now = [NOW]
    keeper = Doorkeeper(DOMAIN, lambda: now[0], 10)
    members = {cold(1): Member(1, frozenset({address(1)}))}
    keeper.admit(cold(0), members)
    ahead = Asker(cold(1), lambda: NOW + 10, lambda request: KeySigner("", key(1)).sign(request.encoded(DOMAIN)))
    header = ahead.header(cold(0), "GET", REPORT)
    assert keeper.check(header, "GET", REPORT).index == 1
    for later in (0, 11, 20):
        now[0] = NOW + later
        keeper.admit(cold(0), members)  # as at every change of the set or its keys
        with pytest.raises(StaleRequest, match="asked before"):
            keeper.check(header, "GET", REPORT)
    now[0] = NOW + 21
    with pytest.raises(StaleRequest, match="set the clock"):
        keeper.check(header, "GET", REPORT)


def test_every_field_of_a_request_is_signed() -> None:
    given = Request(cold(1), cold(0), 7, bytes(32), "GET", "/x", keccak256(b""))
    changes = [
        {"sender": cold(2)},
        {"recipient": cold(2)},
        {"time": 8},
        {"nonce": b"\x01" * 32},
        {"method": "POST"},
        {"target": "/y"},
        {"body": keccak256(b"x")},
    ]
    digests = {replace(given, **change).digest(DOMAIN) for change in changes} | {given.digest(DOMAIN)}  # type: ignore[arg-type]
    assert len(digests) == len(changes) + 1


def test_a_body_said_or_found_to_be_too_long_is_refused_before_it_is_all_there(serving: Serving) -> None:
    target = "/epochs/5/proposal"
    authorization = serving.auth("POST", target)["authorization"].encode()
    said = b"POST /epochs/5/proposal HTTP/1.1\r\nhost: x\r\nauthorization: " + authorization + b"\r\n"
    assert b" 413 " in talk(serving, said + b"content-length: 100000000\r\n\r\n")
    authorization = serving.auth("POST", target)["authorization"].encode()
    chunked = b"POST /epochs/5/proposal HTTP/1.1\r\nhost: x\r\nauthorization: " + authorization
    endless = chunked + b"\r\ntransfer-encoding: chunked\r\n\r\n" + b"4000\r\n" + b"x" * 0x4000 + b"\r\n4000\r\n"
    assert MAX_OFFER_BYTES == 0x4000
    assert b" 413 " in talk(serving, endless + b"x")


def test_a_body_that_drips_is_refused_and_its_connection_closed(serving: Serving) -> None:
    target = "/epochs/5/proposal"
    authorization = serving.auth("POST", target, b"x" * 100)["authorization"].encode()
    begun = b"POST /epochs/5/proposal HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nauthorization: " + authorization
    with socket.create_connection(address_of(serving)) as connection:
        connection.sendall(begun + b"\r\n\r\n")
        got = drip(connection, b"x" * 100)
    assert b" 408 " in got
    assert b"BodyTooSlow" in got


def test_a_head_that_drips_or_never_comes_is_closed_in_time(serving: Serving) -> None:
    with socket.create_connection(address_of(serving)) as idle:
        idle.settimeout(5)
        assert closed(idle)
    with socket.create_connection(address_of(serving)) as connection:
        started = time.monotonic()
        assert drip(connection, b"GET /livez HTTP/1.1\r\nx: " + b"y" * 100) == b""
        assert time.monotonic() - started < 4
    # Also on a connection that has been answered before.
    with socket.create_connection(address_of(serving)) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        connection.settimeout(5)
        answer = b""
        while b"live" not in answer:
            answer += connection.recv(65536)
        assert drip(connection, b"GET /livez HTTP/1.1\r\nx: " + b"y" * 100) == b""
    assert serving.client.get("/livez").status_code == 200


def test_one_address_has_no_more_than_its_share_of_the_connections(serving: Serving) -> None:
    serving.client.close()
    held = [socket.create_connection(address_of(serving)) for _ in range(8)]
    with socket.create_connection(address_of(serving)) as one_more:
        one_more.settimeout(5)
        assert closed(one_more)
    for connection in held:
        connection.close()
    deadline = time.monotonic() + 5
    while True:  # their places are free again
        try:
            if httpx.get(serving.server.url + "/livez", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_an_answer_that_nobody_takes_does_not_hold_its_connection(serving: Serving) -> None:
    release = threading.Event()
    serving.desk.quorum = lambda _: release.wait(10)  # type: ignore[assignment,method-assign,return-value]
    with socket.create_connection(address_of(serving)) as connection:
        header = serving.auth("GET", REPORT)["authorization"].encode()
        connection.sendall(b"GET /epochs/5/report HTTP/1.1\r\nhost: x\r\nauthorization: " + header + b"\r\n\r\n")
        connection.settimeout(8)
        started = time.monotonic()
        assert closed(connection)
        assert 1 < time.monotonic() - started < 6
    release.set()


def test_one_node_asking_much_at_once_is_held_back_and_the_others_are_not(serving: Serving) -> None:
    release, entered = threading.Event(), threading.Event()

    def slow(_: int) -> object:
        entered.set()
        release.wait(1.5)
        raise NotYet("slow")

    serving.desk.quorum = slow  # type: ignore[assignment,method-assign]
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(serving.get, REPORT, 1)
        assert entered.wait(5)
        rest = [pool.submit(serving.get, REPORT, 1) for _ in range(2)]
        time.sleep(0.2)
        assert error(serving.get("/epochs/5/observation?base=4", node=1)) == (429, "TooManyAtOnce")
        assert serving.get("/epochs/5/observation?base=4", node=2).status_code == 200
        release.set()
        assert [each.result().status_code for each in (first, *rest)] == [425] * 3
    assert serving.get("/epochs/5/observation?base=4", node=1).status_code == 200
    assert serving.desk.refused["TooManyAtOnce"] == 1


def address_of(serving: Serving) -> tuple[str, int]:
    return "127.0.0.1", int(serving.server.url.rsplit(":", 1)[1])


def talk(serving: Serving, sent: bytes) -> bytes:
    """What comes back to bytes on a fresh connection, until it is closed or nothing comes."""
    with socket.create_connection(address_of(serving)) as connection:
        connection.sendall(sent)
        connection.settimeout(2)
        got = b""
        try:
            while chunk := connection.recv(65536):
                got += chunk
        except OSError:
            pass
        return got


def drip(connection: socket.socket, what: bytes) -> bytes:
    """Sends a byte every 50 ms until the other side closes; what came back."""
    connection.settimeout(0.05)
    got = b""
    for byte in what:
        try:
            connection.sendall(bytes([byte]))
            while chunk := connection.recv(65536):
                got += chunk
        except TimeoutError:
            continue
        except OSError:
            pass
        return got
    raise AssertionError(f"all {len(what)} bytes were taken, and {got!r} came back")


def closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_stale_is_a_kind_of_not_authenticated() -> None:
    assert issubclass(StaleRequest, NotAuthenticated)
