"""Reading a chain through an endpoint that refuses, lies, or is gone."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from oracle.audit.errors import ChainError
from oracle.audit.rpc import RpcChain
from tests.unit.audit.world import ANNA, BERT

Answers = Callable[[str, list[Any]], Any]
Serve = Callable[[Answers | bytes], str]


class Refusal(Exception):
    """An endpoint's error answer."""


def block(number: int) -> dict[str, str]:
    return {"number": hex(number), "hash": f"0x{number:064x}", "timestamp": hex(1000 + number)}


def raw_log(number: int) -> dict[str, Any]:
    place = {"blockNumber": hex(number), "logIndex": "0x0", "transactionHash": "0x" + "00" * 32}
    return place | {"address": ANNA.lower(), "topics": ["0x" + "11" * 32], "data": "0x"}


def honest(method: str, params: list[Any]) -> Any:
    if method == "eth_chainId":
        return "0x7a69"
    if method == "eth_getBlockByNumber":
        number = 99_999 if params[0] == "latest" else int(params[0], 16)
        return block(number) if number < 100_000 else None
    if method == "eth_getLogs":
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        if last - first >= 3000:
            raise Refusal("query exceeds max block range 3000")
        return [raw_log(number) for number in (10, 50_000, 99_999) if first <= number <= last]
    if method == "eth_getCode":
        return "0x6001"
    if params[0]["data"] == "0x":
        raise Refusal("execution reverted")
    return params[0]["data"] + params[1][2:]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers = []

    def start(answers: Answers | bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body = (
                    answers
                    if isinstance(answers, bytes)
                    else json.dumps([answer(answers, one) for one in asked]).encode()
                )
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def answer(answers: Answers, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"jsonrpc": "2.0", "id": request["id"], "result": answers(request["method"], request["params"])}
    except Refusal as refusal:
        return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32000, "message": str(refusal)}}


def test_logs_are_read_in_spans_the_endpoint_allows(serve: Serve) -> None:
    with RpcChain(serve(honest), first_block=5) as chain:
        assert [log.block for log in chain.logs([ANNA], [[b"\x11" * 32]])] == [10, 50_000, 99_999]
        assert chain.logs([], [[b"\x11" * 32]]) == chain.logs([ANNA], [[]]) == []


def test_reads_are_pinned_to_one_block(serve: Serve) -> None:
    with RpcChain(serve(honest), first_block=5, block=0xABCD) as chain:
        assert (chain.head.number, chain.head.timestamp, chain.head.chain_id) == (0xABCD, 1000 + 0xABCD, 31337)
        assert chain.call([(ANNA, b"\1\2"), (BERT, b"")]) == [b"\1\2\xab\xcd", None]
        assert chain.times([7, 8, 7]) == {7: 1007, 8: 1008}
        assert chain.code([ANNA]) == [b"\x60\x01"]
        chain.confirm()


def test_more_requests_than_fit_one_batch_keep_their_order(serve: Serve) -> None:
    with RpcChain(serve(honest), first_block=5) as chain:
        assert list(chain.times(range(500)).items()) == [(number, 1000 + number) for number in range(500)]


def test_a_refused_block_is_named(serve: Serve) -> None:
    def refuse(method: str, params: list[Any]) -> Any:
        if method == "eth_getLogs":
            raise Refusal("no archive")
        return honest(method, params)

    with (
        RpcChain(serve(refuse), first_block=5) as chain,
        pytest.raises(ChainError, match="logs of block 5: no archive"),
    ):
        chain.logs([ANNA], [None])


def test_a_reorganised_block_is_named(serve: Serve) -> None:
    asked: list[str] = []

    def turning(method: str, params: list[Any]) -> Any:
        asked.append(method)
        return (
            block(9) | {"hash": f"0x{len(asked):064x}"} if method == "eth_getBlockByNumber" else honest(method, params)
        )

    with RpcChain(serve(turning), first_block=5, block=9) as chain, pytest.raises(ChainError, match="reorganised"):
        chain.confirm()


def test_a_failing_call_is_not_taken_for_a_revert(serve: Serve) -> None:
    def failing(method: str, params: list[Any]) -> Any:
        if method == "eth_call":
            raise Refusal("missing trie node")
        return honest(method, params)

    with RpcChain(serve(failing), first_block=5) as chain, pytest.raises(ChainError, match="missing trie node"):
        chain.call([(ANNA, b"\1")])


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'[{"id": 0, "result": "0x1"}]', b'[{"id": 0}, {"id": 1, "result": {}}]']
)
def test_what_is_no_answer_is_named(serve: Serve, body: bytes) -> None:
    with pytest.raises(ChainError):
        RpcChain(serve(body), first_block=5)


def test_a_block_before_the_deployment_is_named(serve: Serve) -> None:
    with pytest.raises(ChainError, match="before the deployment"):
        RpcChain(serve(honest), first_block=5, block=4)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "no url", "ftp://127.0.0.1", "http://[::1"])
def test_what_cannot_be_reached_is_named(url: str) -> None:
    with pytest.raises(ChainError):
        RpcChain(url, first_block=1)
