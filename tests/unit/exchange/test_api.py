"""The node's HTTP face under rubbish: named refusals, limits, no 500."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from oracle.exchange.api import create_app
from oracle.exchange.desk import Desk
from oracle.exchange.fetch import AnswerTooLarge, Fetcher, Unreachable
from oracle.exchange.messages import MAX_PROPOSAL_BYTES, ProposalMessage
from oracle.exchange.peers import Peer, Peers
from oracle.exchange.refusals import Unknown
from oracle.exchange.server import CannotListen, Server
from oracle.keys import KeySigner
from oracle.store.database import open_database
from oracle.store.guard import SigningGuard
from oracle.store.reports import ReportStore
from tests.unit.exchange.rounds import DOMAIN, address, key, make_round, observe, propose

THIS = make_round()


class Serving:
    """Node 0's desk on a real server, holding everybody's observations of the round."""

    def __init__(self, folder: Path) -> None:
        self.database = open_database(folder / "node.db")
        self.store = ReportStore(self.database)
        self.guard = SigningGuard(self.database, DOMAIN, KeySigner(address(0), key(0)), started_at=0)
        self.desk = Desk(self.store, self.guard)
        self.pool = ThreadPoolExecutor(2)
        for node in range(4):
            self.store.add_observation(observe(THIS, node), mine=node == 0)
        self.server = Server(create_app(self.desk, self._readings, lambda: {"index": 0}, lambda: False), "127.0.0.1", 0)
        self.server.start()
        self.client = httpx.Client(base_url=self.server.url, trust_env=False)

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


def proposal(*nodes: int) -> bytes:
    return ProposalMessage.of(propose(THIS, [observe(THIS, node) for node in nodes or (0, 1, 2)])).json_bytes()


def test_before_its_round_a_node_says_not_yet(serving: Serving) -> None:
    answer = serving.client.get("/epochs/5/observation?base=4")
    assert (answer.status_code, answer.json()["error"]) == (425, "NotYet")
    answer = serving.client.post("/epochs/5/proposal", content=proposal())
    assert (answer.status_code, answer.json()["error"]) == (425, "NotYet")
    assert serving.client.get("/readyz").status_code == 503
    assert serving.client.get("/livez").status_code == 200
    assert serving.client.get("/status").json() == {"index": 0}


def test_a_proposal_is_signed_and_a_second_one_answered_with_the_first(serving: Serving) -> None:
    serving.open()
    answer = serving.client.post("/epochs/5/proposal", content=proposal())
    assert answer.status_code == 200
    THIS.check_signature(0, _digest(0, 1, 2), bytes.fromhex(answer.json()["signature"][2:]))
    second = serving.client.post("/epochs/5/proposal", content=proposal(0, 1, 3))
    assert (second.status_code, second.json()["error"]) == (409, "Locked")
    assert second.json()["locked"] == json.loads(proposal())
    assert second.json()["signature"] == answer.json()["signature"]
    held = serving.client.get("/epochs/5/report").json()
    assert [given["node"] for given in held["signatures"]] == [0, 1]
    made_of = serving.client.get("/reports/5/observations").json()
    assert [given["node"] for given in made_of["observations"]] == [0, 1, 2]


def _digest(*nodes: int) -> bytes:
    return propose(THIS, [observe(THIS, node) for node in nodes]).report.digest(DOMAIN)


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
    assert serving.client.get(path).status_code == status


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 422, "MalformedMessage"),
        (b"[" * 10_000, 422, "MalformedMessage"),
        (b"\xff" * 100, 422, "MalformedMessage"),
        (b"x" * (MAX_PROPOSAL_BYTES + 1), 413, "BodyTooLarge"),
        (proposal()[:-1], 422, "MalformedMessage"),
        (proposal().replace(b'"epoch":5', b'"epoch":6'), 422, "WrongEpoch"),
        (proposal().replace(b'"attempt":0', b'"attempt":3'), 425, "NotYet"),
        (proposal().replace(b'"leader":1', b'"leader":2'), 422, "WrongLeader"),
    ],
)
def test_rubbish_for_a_proposal_is_refused_by_name(serving: Serving, body: bytes, status: int, error: str) -> None:
    serving.open()
    answer = serving.client.post("/epochs/5/proposal", content=body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert serving.guard.digest_of(5) is None


def test_a_body_in_chunks_without_a_length_is_limited_too(serving: Serving) -> None:
    serving.open()
    answer = serving.client.post("/epochs/5/proposal", content=(b"x" * 1000 for _ in range(100)))
    assert answer.status_code == 413


def test_after_the_round_is_closed_nothing_is_signed(serving: Serving) -> None:
    serving.open()
    serving.desk.close()
    assert serving.client.post("/epochs/5/proposal", content=proposal()).status_code == 425
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


def _answer_with(listener: socket.socket, body: bytes, drip_s: float = 0.0) -> None:
    import time

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
