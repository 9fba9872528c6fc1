"""The node's HTTP face under rubbish: named refusals, limits, no 500."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Semaphore, Thread
from typing import Any

import httpx
import pytest

from oracle.certificates import public_authorities
from oracle.domain.errors import WellheadError
from oracle.exchange.api import create_app
from oracle.exchange.auth import Asker, Doorkeeper, Member
from oracle.exchange.desk import Desk
from oracle.exchange.door import DoorRules
from oracle.exchange.fetch import AnswerTooLarge, Fetcher, Unreachable
from oracle.exchange.messages import MAX_OFFER_BYTES, MalformedMessage, OfferMessage
from oracle.exchange.peers import Peer, PeerRefused, Peers
from oracle.exchange.refusals import Unknown
from oracle.exchange.server import CannotListen, Server, ServerLimits
from oracle.keys import KeySigner
from oracle.store.database import open_database
from oracle.store.guard import SigningGuard
from oracle.store.reports import ReportStore
from tests.unit.exchange.rounds import DOMAIN, address, cold, key, make_round, observe, offer, propose, signed_by

THIS = make_round()
NOW = 1_700_000_000


class Serving:
    """Node 0's desk on a real server, holding everybody's observations of the round."""

    def __init__(self, folder: Path, rules: DoorRules | None = None, limits: ServerLimits | None = None) -> None:
        self.database = open_database(folder / "node.db")
        self.store = ReportStore(self.database)
        self.guard = SigningGuard(self.database, DOMAIN, KeySigner(address(0), key(0)), started_at=0)
        self.desk = Desk(self.store, self.guard)
        self.pool = ThreadPoolExecutor(2)
        for node in range(4):
            self.store.add_observation(observe(THIS, node), mine=node == 0)
        self.now = NOW
        self.keeper = Doorkeeper(DOMAIN, lambda: self.now, window_s=120)
        self.keeper.admit(cold(0), {cold(node): Member(node, frozenset({address(node)})) for node in range(4)})
        app = create_app(
            self.desk, self._readings, lambda: {"index": 0}, lambda: False, self.keeper, rules or DoorRules()
        )
        self.server = Server(app, "127.0.0.1", 0, limits)
        self.server.start()
        self.client = httpx.Client(base_url=self.server.url, trust_env=False, verify=public_authorities())

    def asker(self, node: int) -> Asker:
        """Asks as a node."""
        return Asker(cold(node), lambda: NOW, lambda request: KeySigner("", key(node)).sign(request.encoded(DOMAIN)))

    def auth(self, method: str, target: str, body: bytes = b"", node: int = 1) -> dict[str, str]:
        """The header with which node `node` asks."""
        return {"authorization": self.asker(node).header(cold(0), method, target, body)}

    def get(self, target: str, node: int = 1) -> httpx.Response:
        """Asked as a node."""
        return self.client.get(target, headers=self.auth("GET", target, node=node))

    def post(self, body: bytes, target: str = "/epochs/5/proposal", node: int = 1) -> httpx.Response:
        """Posted as a node."""
        return self.client.post(target, content=body, headers=self.auth("POST", target, body, node))

    def open(self, attempt: int = 0) -> None:
        self.desk.open(THIS, Peers({}, self.pool), attempt)

    @staticmethod
    def _readings(_: int) -> tuple[bytes, tuple[()]]:
        raise Unknown("none")

    def close(self) -> None:
        self.client.close()
        self.server.stop()
        self.pool.shutdown()
        self.database.close()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    made = Serving(tmp_path)
    yield made
    made.close()


def offered(*nodes: int, **more: Any) -> bytes:
    proposal = propose(THIS, [observe(THIS, node) for node in nodes or (0, 1, 2)])
    return OfferMessage.of(offer(THIS, proposal, **more)).json_bytes()


@pytest.mark.parametrize("path", ["/reports/5/readings", "/reports/5/observations"])
def test_two_whole_reports_are_made_for_strangers_at_a_time_and_nodes_are_not_kept_waiting(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = Semaphore(0), Event()

    def slow(*_: object) -> Any:
        begun.release()
        assert go_on.wait(20)
        raise Unknown("none")

    monkeypatch.setattr(Serving, "_readings", staticmethod(slow))
    monkeypatch.setattr(Desk, "made_of", slow)
    serving = Serving(tmp_path)
    try:
        with ThreadPoolExecutor(3) as strangers:
            first = [strangers.submit(serving.client.get, path) for _ in range(2)]
            assert all(begun.acquire(timeout=20) for _ in range(2))
            third = serving.client.get(path)
            assert (third.status_code, third.json()["error"]) == (429, "Busy")
            peer = Peer(0, serving.server.url, Fetcher(timeout_s=20), cold(0), serving.asker(1))
            asked = strangers.submit(peer.readings, 5)
            assert begun.acquire(timeout=20)  # a node's question is worked on
            go_on.set()
            assert [one.result().status_code for one in first] == [404, 404]
            assert isinstance(asked.exception(), PeerRefused)
            assert asked.exception().name == "Unknown"  # type: ignore[union-attr]
        assert serving.client.get(path).status_code == 404  # the places are free again
        assert serving.client.get("/epochs/5/readings").status_code == 401
    finally:
        go_on.set()
        serving.close()


def test_before_its_round_a_node_says_not_yet(serving: Serving) -> None:
    answer = serving.get("/epochs/5/observation?base=4")
    assert (answer.status_code, answer.json()["error"]) == (425, "NotYet")
    answer = serving.post(offered())
    assert (answer.status_code, answer.json()["error"]) == (425, "NotYet")
    assert serving.client.get("/readyz").status_code == 503
    assert serving.client.get("/livez").status_code == 200
    assert serving.client.get("/status").json() == {"index": 0}
    assert serving.desk.refused == {"NotYet": 2}


def test_in_its_round_it_hands_out_observations_signs_and_hands_out_what_it_signed(serving: Serving) -> None:
    serving.open()
    assert serving.get("/epochs/5/observation?base=4").json()["node"] == 0
    root = "0x" + observe(THIS, 2).observation.root.hex()
    assert serving.get(f"/observations/{root}?epoch=5&node=2").json()["node"] == 2
    signed = serving.post(offered()).json()
    proposal = propose(THIS, [observe(THIS, node) for node in (0, 1, 2)])
    assert signed == {"node": 0, "signature": "0x" + signed_by(THIS, proposal, 0)[0].hex()}
    # Another one is refused, and the first comes with the refusal.
    other = serving.post(offered(0, 1, 3))
    assert (other.status_code, other.json()["error"]) == (409, "Locked")
    assert other.json()["signature"] == signed["signature"]
    assert other.json()["locked"]["pairs"] == json.loads(offered())["proposal"]["pairs"]
    held = serving.get("/epochs/5/report").json()
    assert [given["node"] for given in held["signatures"]] == [0, 1]
    made_of = serving.client.get("/reports/5/observations").json()
    assert [given["node"] for given in made_of["observations"]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/epochs/4/observation?base=4", 422),
        ("/epochs/6/observation?base=4", 425),
        ("/epochs/5/observation?base=3", 404),
        ("/epochs/5/observation", 422),
        ("/epochs/-1/observation?base=0", 422),
        ("/epochs/9223372036854775808/report", 422),
        ("/epochs/99999999999999999999999/observation?base=0", 422),
        ("/epochs/x/report", 422),
        ("/epochs/5/report", 404),
        ("/observations/0x12?epoch=5", 422),
        (f"/observations/0x{'00' * 32}?epoch=5", 404),
        (f"/observations/0x{'00' * 32}?epoch=5&node=31", 422),
        ("/reports/5/readings", 404),
        ("/reports/5/observations", 404),
        ("/nowhere", 404),
    ],
)
def test_questions_it_cannot_answer_are_refused_and_never_fail(serving: Serving, path: str, status: int) -> None:
    serving.open()
    assert serving.get(path).status_code == status


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 422, "MalformedMessage"),
        (b"[" * 10_000, 422, "MalformedMessage"),
        (b'{"a":' * 3_000, 422, "MalformedMessage"),
        (b"\xff" * 100, 422, "MalformedMessage"),
        (b"x" * (MAX_OFFER_BYTES + 1), 413, "BodyTooLarge"),
        (offered()[:-1], 422, "MalformedMessage"),
        (offered().replace(b'"epoch":5', b'"epoch":6'), 422, "WrongEpoch"),
        (offered().replace(b'"attempt":0', b'"attempt":3'), 425, "NotYet"),
        (offered(leader=2), 422, "WrongSigner"),
        (offered().replace(b'"attempt":0', b'"attempt":"0"'), 422, "MalformedMessage"),
    ],
)
def test_rubbish_for_a_proposal_is_refused_by_name(serving: Serving, body: bytes, status: int, error: str) -> None:
    serving.open()
    answer = serving.post(body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert serving.guard.digest_of(5) is None
    assert serving.desk.refused == {error: 1}


def test_a_body_in_chunks_without_a_length_is_limited_too(serving: Serving) -> None:
    serving.open()
    target, body = "/epochs/5/proposal", b"x" * 100_000
    chunks = (body[at : at + 1000] for at in range(0, len(body), 1000))
    answer = serving.client.post(target, content=chunks, headers=serving.auth("POST", target, body))
    assert answer.status_code == 413


def test_an_offer_of_an_attempt_that_is_over_locks_nobody_but_is_signed_again_by_who_is_locked(
    serving: Serving,
) -> None:
    serving.open(attempt=1)
    assert serving.post(offered()).json()["error"] == "WrongLeader"
    assert serving.guard.digest_of(5) is None
    serving.open(attempt=0)
    signed = serving.post(offered())
    serving.open(attempt=3)
    assert serving.post(offered()).json() == signed.json()


def test_after_the_round_is_closed_nothing_is_signed(serving: Serving) -> None:
    serving.open()
    serving.desk.close()
    assert serving.post(offered()).status_code == 425
    assert serving.guard.digest_of(5) is None


def test_an_address_that_is_taken_is_named(serving: Serving) -> None:
    port = int(serving.server.url.rsplit(":", 1)[1])
    with pytest.raises(CannotListen, match="listen"):
        Server(None, "127.0.0.1", port)


def test_a_peer_that_sends_too_much_or_drips_or_is_not_there_is_a_named_error() -> None:
    fetcher = Fetcher(timeout_s=0.5, connect_s=0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_answer_with, listener, b"x" * 10_000)
            with pytest.raises(AnswerTooLarge):
                fetcher.get(url, 9_999)
            pool.submit(_answer_with, listener, b"x" * 40, 0.05)
            with pytest.raises(Unreachable, match="still sending"):
                fetcher.get(url, 1_000)
            with pytest.raises(Unreachable, match="did not answer"):
                Peer(1, url, fetcher).quorum(1)
    with pytest.raises(Unreachable, match="cannot be reached"):
        fetcher.get(url, 1_000)
    with pytest.raises(Unreachable):
        fetcher.get("http://[bad", 1_000)
    fetcher.close()


def test_trouble_with_a_peer_is_said_when_it_begins_and_when_it_is_over(serving: Serving) -> None:
    said: list[tuple[str, int]] = []
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        garbage = f"http://127.0.0.1:{listener.getsockname()[1]}"
        peer = Peer(
            2,
            garbage,
            Fetcher(timeout_s=5),
            cold(0),
            serving.asker(1),
            lambda event, node, **_: said.append((event, node)),
        )
        for _ in range(2):
            pool.submit(_answer_with, listener, b"\x00garbage")
            with pytest.raises(MalformedMessage):
                peer.quorum(5)
    assert said == [("peer trouble", 2)]
    assert peer.seen.error
    peer.url = serving.server.url
    with pytest.raises(PeerRefused) as refused:
        peer.quorum(5)
    assert refused.value.name == Unknown.__name__  # nothing signed yet: an answer like any other
    assert said[1:] == [("peer answers again", 2)]
    assert not peer.seen.error


class Refusing:
    """A peer's server in one thread, which gives the same answer to whatever it is asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, b""
        made = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(made.status)
                self.send_header("content-length", str(len(made.body)))
                self.end_headers()
                self.wfile.write(made.body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def refuse(self, error: str, reason: str = "because") -> None:
        self.status, self.body = 422, json.dumps({"error": error, "reason": reason}).encode()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    made = Refusing()
    yield made
    made.close()


class Told:
    """A client of a peer at `url`, and what its log heard."""

    def __init__(self, url: str) -> None:
        self.lines: list[tuple[str, str]] = []
        self.peer = Peer(2, url, Fetcher(timeout_s=5), log=self.log)

    def log(self, event: str, node: int, reason: str = "") -> None:
        self.lines.append((event, reason))

    def ask(self) -> WellheadError:
        with pytest.raises(WellheadError) as refused:
            self.peer.quorum(5)
        return refused.value


@pytest.mark.parametrize(
    ("name", "is_trouble"),
    [(name, False) for name in ("Unknown", "NotYet", "WrongEpoch", "WrongLeader", "WrongBase", "GuardRefused")]
    + [(name, False) for name in ("Busy", "RateLimited")]
    + [(name, True) for name in ("WrongConfig", "WrongBlock", "NotAuthenticated", "StaleRequest", "TooManyAtOnce")]
    + [(name, True) for name in ("ClockOff", "DiskFull", "WrongReport", "Whatever")],
)
def test_only_refusals_that_somebody_must_see_to_are_trouble(refusing: Refusing, name: str, is_trouble: bool) -> None:
    told = Told(refusing.url)
    refusing.refuse(name)
    assert isinstance(told.ask(), PeerRefused)
    assert bool(told.peer.seen.error) == is_trouble
    assert [event for event, _ in told.lines] == (["peer trouble"] if is_trouble else [])


def test_trouble_of_another_kind_is_said_too_and_each_kind_once(refusing: Refusing) -> None:
    told = Told(refusing.url)
    told.peer.url = "http://127.0.0.1:1"
    told.ask()
    told.peer.url = refusing.url
    refusing.body = b"garbage"
    told.ask()
    refusing.refuse("ClockOff", "65 s ahead")
    told.ask()
    refusing.refuse("ClockOff", "66 s ahead")
    told.ask()
    refusing.status, refusing.body = 200, b"garbage again"
    told.ask()
    said = [reason for event, reason in told.lines if event == "peer trouble"]
    assert len(said) == 3
    assert all(
        words in reason for words, reason in zip(("cannot be reached", "QuorumMessage", "65 s"), said, strict=True)
    )
    refusing.refuse("Unknown")
    told.ask()
    told.ask()
    assert [event for event, _ in told.lines] == ["peer trouble"] * 3 + ["peer answers again"]
    refusing.status, refusing.body = 200, b"garbage"
    told.ask()
    assert len(told.lines) == 5  # a new trouble


def _unordered(message: dict[str, Any]) -> bytes:
    """Well-formed JSON whose leaves are none: the same meter twice."""
    return json.dumps({**message, "leaves": message["leaves"] + message["leaves"][2:]}).encode()


@pytest.mark.parametrize("what", ["own_observation", "observation", "quorum", "readings"])
def test_a_peer_whose_well_formed_messages_are_of_bad_content_is_in_trouble(
    serving: Serving, refusing: Refusing, what: str
) -> None:
    serving.open()
    serving.post(offered())
    observation = serving.get("/epochs/5/observation?base=4").json()
    readings = {"epoch": 5, "root": observation["root"], "leaves": observation["leaves"]}
    locked = serving.get("/epochs/5/report").json()
    locked["proposal"]["report"]["base_epoch"] = locked["proposal"]["report"]["epoch"]
    told = Told(refusing.url)
    asked: dict[str, tuple[bytes, Callable[[], object]]] = {
        "own_observation": (_unordered(observation), lambda: told.peer.own_observation(5, 4)),
        "observation": (_unordered(observation), lambda: told.peer.observation(bytes(32), 5, 0)),
        "quorum": (json.dumps(locked).encode(), lambda: told.peer.quorum(5)),
        "readings": (_unordered(readings), lambda: told.peer.readings(5)),
    }
    refusing.body, ask = asked[what]
    for _ in range(2):
        with pytest.raises(MalformedMessage):
            ask()
    assert [event for event, _ in told.lines] == ["peer trouble"]
    assert told.peer.seen.error
    assert told.peer.seen.observed is None


def test_a_peer_asked_by_many_threads_is_said_to_be_in_trouble_and_well_by_turns(refusing: Refusing) -> None:
    events: list[str] = []

    def log(event: str, **_: object) -> None:
        time.sleep(0.0005 * (len(events) % 3))  # as a write to a disk may take
        events.append(event)

    peer = Peer(2, refusing.url, Fetcher(timeout_s=5), log=log)
    errors = [MalformedMessage("garbage"), None]

    def flicker(seed: int) -> None:
        for turn in range(100):
            peer._saw(errors[(turn + seed) % 2])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(flicker, range(8)))
    peer._saw(None)
    assert len(events) > 2
    assert events == ["peer trouble", "peer answers again"] * (len(events) // 2)


def test_a_peers_long_reason_is_cut_where_it_is_shown(refusing: Refusing) -> None:
    told = Told(refusing.url)
    refusing.refuse("ClockOff", "x" * 4000)
    assert str(told.ask()) == f"node 2 refuses: ClockOff: {'x' * 240} ..."
    assert told.lines == [("peer trouble", f"node 2 refuses: ClockOff: {'x' * 240} ...")]
    refusing.refuse("ClockOff", "x" * 240)
    assert str(told.ask()) == f"node 2 refuses: ClockOff: {'x' * 240}"


def _answer_with(listener: socket.socket, body: bytes, drip_s: float = 0.0) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
        try:
            for byte in body if drip_s else ():
                time.sleep(drip_s)
                connection.sendall(bytes([byte]))
            if not drip_s:
                connection.sendall(body)
        except OSError:
            return
