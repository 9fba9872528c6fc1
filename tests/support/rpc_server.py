"""An RPC of one's own: an HTTP server before a real one, which lets a test change what it answers."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Change = Callable[[list[Any], dict[str, Any]], dict[str, Any]]
"""From a request's parameters and the real answer to the answer given."""


@dataclass
class RpcServer:
    """Answers at `url` as the real RPC does, but for the methods in `changes`."""

    url: str
    changes: dict[str, Change] = field(default_factory=dict)


@contextmanager
def rpc_server(real: str) -> Iterator[RpcServer]:
    """Runs one on a free port, before the RPC at `real`."""
    client = httpx.Client(trust_env=False, timeout=20)

    def changed(request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        change = made.changes.get(request["method"])
        return change(request["params"], answer) if change else answer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = client.post(real, json=request).json()
            if isinstance(request, list):
                body = json.dumps([changed(*each) for each in zip(request, answer, strict=True)]).encode()
            else:
                body = json.dumps(changed(request, answer)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = RpcServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        client.close()


def refuse(message: str) -> Change:
    """Refuses every request with `message`."""
    return lambda _params, answer: {"jsonrpc": "2.0", "id": answer["id"], "error": {"code": -32000, "message": message}}
