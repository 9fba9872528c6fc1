"""Reverts and RPC failures become named errors a reader can act on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from web3 import Web3

from oracle.chain.codec import ErrorCodec, EventCodec
from oracle.chain.errors import ChainUnreachable, Reverted, RpcRefused, UndecodableLog, WrongCode
from oracle.chain.rpc import call, connect, contract, read_block, revert_data, reverted
from tests.support.chain import Chain, Stack
from tests.support.rpc import refusal, scripted

NOBODY = "0x000000000000000000000000000000000000dEaD"


def _error(signature: str, *values: object) -> bytes:
    types = signature[signature.index("(") + 1 : -1]
    return keccak(text=signature)[:4] + encode(types.split(",") if types else [], values)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (_error("MeterOracle_WrongBase(uint64,uint64)", 5, 4), "MeterOracle_WrongBase(expected=5, actual=4)"),
        (_error("MeterOracle_NoMeters()"), "MeterOracle_NoMeters()"),
        (_error("MeterOracle_TooEarly(uint256,uint256)", 7, 6), "MeterOracle_TooEarly(opensAt=7, now=6)"),
        (_error("SafeERC20FailedOperation(address)", NOBODY), f"SafeERC20FailedOperation(token={NOBODY})"),
        (_error("Error(string)", "no"), "reverted: no"),
        (_error("Panic(uint256)", 17), "Panic(code=17)"),
        (b"\x01\x02\x03\x04\x05", "reverted with unknown data 0x0102030405"),
        (_error("MeterOracle_WrongBase(uint64,uint64)", 5, 4)[:-1], "reverted with unknown data 0x"),
        (None, "execution reverted"),
        (b"", "execution reverted"),
    ],
)
def test_a_revert_is_shown_as_the_contracts_own_error(data: bytes | None, shown: str) -> None:
    assert str(reverted(data, "execution reverted")).startswith(shown)


def test_bytes_in_an_error_are_shown_as_hex() -> None:
    data = _error("MeterOracle_WrongConfig(bytes32,bytes32)", bytes(32), b"\1" * 32)
    error = reverted(data, "")
    assert error.name == "MeterOracle_WrongConfig"
    assert error.arguments == {"expected": bytes(32), "actual": b"\1" * 32}
    assert str(error) == f"MeterOracle_WrongConfig(expected=0x{'00' * 32}, actual=0x{'01' * 32})"


@pytest.mark.parametrize(
    ("served", "data"),
    [
        ("0x0102", b"\1\2"),
        ("Reverted 0x0102", b"\1\2"),
        ({"result": "0x0102", "hash": "0x"}, b"\1\2"),
        ("no data", None),
        (None, None),
        (7, None),
    ],
)
def test_revert_data_is_read_as_each_client_serves_it(served: object, data: bytes | None) -> None:
    assert revert_data(served) == data


def test_a_contracts_refusal_is_named(stack: Stack) -> None:
    oracle = contract(stack.w3, "IMeterOracle", stack.oracle.address)
    with pytest.raises(Reverted, match=r"MeterOracle_UnknownReport\(epoch=7\)") as caught:
        call(oracle.functions.finalRoot(7))
    assert (caught.value.name, caught.value.arguments) == ("MeterOracle_UnknownReport", {"epoch": 7})


def test_an_address_without_code_is_named(chain: Chain) -> None:
    with pytest.raises(WrongCode, match="deployment file"):
        call(contract(chain.w3, "IMeterOracle", NOBODY).functions.genesis())


def test_the_rpcs_own_words_are_kept(chain: Chain) -> None:
    w3, _ = scripted(chain.w3, eth_getBlockByNumber=lambda _params, _ask: refusal("daily quota used up"))
    with pytest.raises(RpcRefused, match="daily quota used up"):
        read_block(w3, "latest")


@pytest.mark.parametrize("answer", [{}, {"jsonrpc": "2.0", "id": 1, "result": {"number": "x"}}, [], "no"])
def test_an_answer_that_is_none_is_refused(chain: Chain, answer: object) -> None:
    w3, _ = scripted(chain.w3, eth_getBlockByNumber=lambda _params, _ask: answer)
    with pytest.raises(RpcRefused):
        read_block(w3, "latest")


@contextmanager
def _server(status: int, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v3/secret-api-key"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_failing_rpc_is_unreachable_and_its_key_is_not_shown() -> None:
    with _server(503, b"busy") as url, pytest.raises(ChainUnreachable, match="HTTP 503") as caught:
        read_block(connect(url), "latest")
    assert "secret" not in str(caught.value)


def test_an_rpc_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(ChainUnreachable, match="check rpc_url") as caught:
        read_block(connect("http://127.0.0.1:9/secret-api-key"), "latest")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", json.dumps({"result": 1}).encode(), b"null"])
def test_a_web_server_that_is_no_rpc_is_refused(body: bytes) -> None:
    with _server(200, body) as url, pytest.raises((RpcRefused, ChainUnreachable)):
        read_block(connect(url), "latest")


def test_events_decode_by_name_with_structs_as_dicts() -> None:
    codec = EventCodec("ICapacityLease", ["LeaseOpened"])
    request = (3, 4, 100, 200, 2_350_000, 5_000, NOBODY)
    types = ["address", "(uint48,uint32,uint40,uint40,uint96,uint96,address)", *["uint16"] * 4, "uint32"]
    data = encode(types, [NOBODY, request, 9900, 10_000, 5000, 700, 86_400])
    topics = [codec.topics[0], *(value.to_bytes(32, "big") for value in (7, 3, int(NOBODY, 16)))]
    name, arguments = codec.decode(topics, data)
    assert name == "LeaseOpened"
    assert arguments["leaseId"] == 7
    assert arguments["request"] == {
        "fleetId": 3, "units": 4, "start": 100, "end": 200, "rate": 2_350_000, "escrow": 5_000, "holder": NOBODY
    }  # fmt: skip
    assert arguments["holder"] == NOBODY


def test_a_log_that_was_not_asked_for_is_refused() -> None:
    codec = EventCodec("ICapacityLease", ["Closed"])
    for topics in ([], [bytes(32)], [codec.topics[0]]):
        with pytest.raises(UndecodableLog):
            codec.decode(topics, b"")


def test_every_error_of_the_interfaces_is_known() -> None:
    assert ErrorCodec().decode(Web3.keccak(text="CapacityLease_ZeroUnits()")[:4]) == ("CapacityLease_ZeroUnits", {})
