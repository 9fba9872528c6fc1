"""A real HTTP proxy before a real RPC, which misbehaves as a test tells it to.

A fault of the wire acts on whole HTTP answers, a fault of the answer on one JSON-RPC response, also inside a batch:

    with faulty_rpc(anvil.url) as rpc:
        rpc.break_wire(http(500), times=2)             # two answers, whatever was asked
        rpc.break_wire(silence(), "eth_getLogs")       # every one that holds such a request
        rpc.lie(behind(3))                             # a replica three blocks late
        rpc.mend()
"""

import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

Request = dict[str, Any]
Response = dict[str, Any]
Ask = Callable[..., Response]
"""ask(method, *params): what the real RPC answers."""
Lie = Callable[[str, list[Any], Ask], Response | None]
"""From method, parameters and the real RPC to another response; None: the true one."""


@dataclass(frozen=True)
class Reply:
    """What goes over the wire. `hold` waits until the proxy is mended or ends; `hang_up` sends nothing, after the
    body's first bytes if there is one."""

    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hold: bool = False
    hang_up: bool = False


Wire = Callable[[bytes], Reply]
"""From the true answer's body to what is sent."""


def http(status: int, body: bytes = b"no", **headers: str) -> Wire:
    """An HTTP error, the request not passed on; headers as `retry_after="5"`."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return _unforwarded(Reply(status, body, named))


def html() -> Wire:
    """A web page, as a captive portal or a load balancer gives."""
    return _unforwarded(Reply(200, b"<html><body>Service temporarily unavailable</body></html>"))


def silence() -> Wire:
    """No answer; the request is not passed on."""
    return _unforwarded(Reply(hold=True))


def lost_answer() -> Wire:
    """The request is passed on, and its answer never comes."""
    return lambda _: Reply(hold=True)


def hang_up() -> Wire:
    """The connection ends instead of an answer."""
    return _unforwarded(Reply(hang_up=True))


def truncated() -> Wire:
    """Half of the answer, under a length of half."""
    return lambda true: Reply(body=true[: len(true) // 2])


def cut_off() -> Wire:
    """Half of the answer, under the length of the whole, and then the connection ends."""
    return lambda true: Reply(body=true, hang_up=True)


def oversized(size: int) -> Wire:
    """An answer of `size` bytes."""
    return _unforwarded(Reply(body=b'{"jsonrpc":"2.0","id":1,"result":"' + b"a" * size + b'"}'))


def wrong_id() -> Wire:
    """The true answer, to another request."""

    def shifted(true: bytes) -> Reply:
        content = json.loads(true)
        for each in content if isinstance(content, list) else [content]:
            each["id"] = each["id"] + 1000
        return Reply(body=json.dumps(content).encode())

    return shifted


def wrong_chain(chain_id: int) -> Lie:
    """Says it serves another chain."""
    return lambda method, _params, _ask: {"result": hex(chain_id)} if method == "eth_chainId" else None


def refusing(message: str, *methods: str, code: int = -32000) -> Lie:
    """Answers with a JSON-RPC error."""
    error = {"error": {"code": code, "message": message}}
    return lambda method, _params, _ask: error if method in methods else None


def behind(blocks: int) -> Lie:
    """A replica that has not seen the newest blocks, and leaves out their logs without a word."""
    return _up_to(lambda ask: max(0, int(ask("eth_blockNumber")["result"], 16) - blocks))


def frozen_at(number: int) -> Lie:
    """A replica whose chain ends at a block."""
    return _up_to(lambda _ask: number)


def forgetful_logs(keep: int = 0) -> Lie:
    """Serves only the first `keep` of the logs asked for, and everything else truly."""

    def lie(method: str, params: list[Any], ask: Ask) -> Response | None:
        return {"result": ask(method, *params)["result"][:keep]} if method == "eth_getLogs" else None

    return lie


def other_chain(marker: str = "ff") -> Lie:
    """Blocks of its own: their hashes begin otherwise, and so their parents'."""

    def lie(method: str, params: list[Any], ask: Ask) -> Response | None:
        if method != "eth_getBlockByNumber":
            return None
        response = ask(method, *params)
        if response["result"]:
            for name in ("hash", "parentHash"):
                response["result"][name] = "0x" + marker + response["result"][name][2 + len(marker) :]
        return response

    return lie


def retouched(method: str, **fields: str) -> Lie:
    """The true block, or the true logs, with these fields otherwise."""

    def lie(asked: str, params: list[Any], ask: Ask) -> Response | None:
        if asked != method:
            return None
        response = ask(method, *params)
        result = response.get("result") or []
        for each in result if isinstance(result, list) else [result]:
            each.update(fields)
        return response

    return lie


def swallowing() -> Lie:
    """Takes transactions and drops them."""

    def lie(method: str, params: list[Any], _ask: Ask) -> Response | None:
        if method != "eth_sendRawTransaction":
            return None
        from eth_utils.crypto import keccak

        return {"result": "0x" + keccak(hexstr=params[0]).hex()}

    return lie


def _unforwarded(reply: Reply) -> Wire:
    def wire(_true: bytes) -> Reply:
        return reply

    wire.forward = False  # type: ignore[attr-defined]
    return wire


def _up_to(last: Callable[[Ask], int]) -> Lie:
    def lie(method: str, params: list[Any], ask: Ask) -> Response | None:
        newest = last(ask)
        if method == "eth_blockNumber":
            return {"result": hex(newest)}
        if method == "eth_getBlockByNumber":
            if params[0] == "latest":
                return ask(method, hex(newest), *params[1:])
            return {"result": None} if params[0].startswith("0x") and int(params[0], 16) > newest else None
        if method == "eth_getLogs" and "toBlock" in params[0]:
            if int(params[0]["fromBlock"], 16) > newest:
                return {"result": []}
            end = min(newest, int(params[0]["toBlock"], 16))
            return ask(method, {**params[0], "toBlock": hex(end)})
        if method in ("eth_call", "eth_getTransactionCount", "eth_getCode") and isinstance(params[1], dict):
            block = ask("eth_getBlockByHash", params[1]["blockHash"], False)["result"]
            if block is None or int(block["number"], 16) > newest:
                return {"error": {"code": -32000, "message": "header not found"}}
        return None

    return lie


@dataclass
class _Fault:
    wire: Wire
    methods: tuple[str, ...]
    times: int | None


class FaultyRpc:
    """The proxy. `asked` counts requests by method, `requests` HTTP requests; all may be read and changed by tests."""

    def __init__(self, url: str, real: str) -> None:
        self.url = url
        self.asked: Counter[str] = Counter()
        self.requests = 0
        self.seen = Event()
        """Set when a fault of the wire has met a request."""
        self._real = urlsplit(real)
        self._faults: list[_Fault] = []
        self._lies: list[Lie] = []
        self._mended = Event()
        self._lock = Lock()

    def break_wire(self, wire: Wire, *methods: str, times: int | None = None) -> None:
        """Answers so, to requests that hold one of `methods` (none: any), `times` times (None: until mended)."""
        with self._lock:
            self._faults.append(_Fault(wire, methods, times))

    def lie(self, lie: Lie) -> None:
        """Answers so until mended."""
        with self._lock:
            self._lies.append(lie)

    def mend(self) -> None:
        """Works as the real one again; what was held is let go."""
        with self._lock:
            self._faults.clear()
            self._lies.clear()
            self._mended.set()
            self._mended = Event()
            self.seen.clear()

    def answer(self, raw: bytes) -> Reply:
        """What goes back for an HTTP request's body."""
        asked = json.loads(raw)
        calls: list[Request] = asked if isinstance(asked, list) else [asked]
        with self._lock:
            self.requests += 1
            self.asked.update(call["method"] for call in calls)
            fault = self._fault_for({call["method"] for call in calls})
            lies, mended = list(self._lies), self._mended
        if fault is not None and not getattr(fault, "forward", True):
            reply = fault(b"")
        else:
            answers = [{"jsonrpc": "2.0", "id": call["id"], **self._respond(call, lies)} for call in calls]
            body = json.dumps(answers if isinstance(asked, list) else answers[0]).encode()
            reply = Reply(body=body) if fault is None else fault(body)
        if fault is not None:
            self.seen.set()
        if reply.hold:
            mended.wait(60)
            return Reply(hang_up=True)
        return reply

    def ask(self, method: str, *params: Any) -> Response:
        """What the real RPC answers."""
        connection = HTTPConnection(self._real.hostname or "", self._real.port, timeout=30)
        try:
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            connection.request("POST", self._real.path or "/", body, {"Content-Type": "application/json"})
            response: Response = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return {name: response[name] for name in ("result", "error") if name in response}

    def _respond(self, call: Request, lies: list[Lie]) -> Response:
        for lie in lies:
            told = lie(call["method"], call["params"], self.ask)
            if told is not None:
                return told
        return self.ask(call["method"], *call["params"])

    def _fault_for(self, methods: set[str]) -> Wire | None:
        for fault in self._faults:
            if not fault.methods or methods & set(fault.methods):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._faults.remove(fault)
                return fault.wire
        return None


@contextmanager
def faulty_rpc(real: str, path: str = "") -> Iterator[FaultyRpc]:
    """Runs one on a free port of loopback; `path` is a provider's key in its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            reply = proxy.answer(self.rfile.read(int(self.headers["Content-Length"])))
            if reply.hang_up and reply.body is None:
                self._hang_up()
                return
            body = reply.body or b""
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if reply.hang_up:
                self.wfile.write(body[: len(body) // 2])
                self._hang_up()
                return
            self.wfile.write(body)

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a client that gave up waiting

    server = Server(("127.0.0.1", 0), Handler)
    proxy = FaultyRpc(f"http://127.0.0.1:{server.server_port}{path}", real)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.mend()
        server.shutdown()
        thread.join()
        server.server_close()
