"""A remote signer as a process of its own, over HTTP, with Web3Signer's ETH1 API and a real key.

No Web3Signer is at hand: this implements the routes the service uses, after its published OpenAPI description.
`python -m tests.support.remote_signer` reads the key (hex) and then the names of faults, a line each, from standard
input; it prints its address at first and each fault once that holds.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from eth_keys.datatypes import PrivateKey

from tests.support.chain import ROOT

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
STATUSES = {"500": 500, "404": 404, "redirect": 307}
SIGN = "/api/v1/eth1/sign/"
FAULTS = (
    "none", "wrong key", "other message", "high s", "zero r", "bad v", "garbage", "short", "huge", "slow", "drip",
    "500", "404", "redirect", "hang up", "no keys", "html keys", "v 0 or 1",
)  # fmt: skip


class RemoteSigner:
    """The process; `url` is where it listens."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url

    def fault(self, name: str) -> None:
        """Misbehaves so from now on."""
        assert name in FAULTS
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == name


@contextmanager
def remote_signer(key: bytes) -> Iterator[RemoteSigner]:
    """Runs one with a key."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.remote_signer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(key.hex() + "\n")
        process.stdin.flush()
        try:
            yield RemoteSigner(process, process.stdout.readline().strip())
        finally:
            process.kill()


class Served:
    """What the handler serves."""

    def __init__(self, key: PrivateKey) -> None:
        self.key = key
        self.other = PrivateKey(b"\x07" * 32)
        self.fault = "none"

    def identifier(self, key: PrivateKey) -> str:
        return "0x" + key.public_key.to_bytes().hex()

    def signature(self, data: bytes) -> str:
        """65 bytes r, s, v in hex, as the fault has them."""
        key = self.other if self.fault == "wrong key" else self.key
        signature = key.sign_msg(data + b"!" if self.fault == "other message" else data)
        r, s, v = signature.r, signature.s, signature.v + (0 if self.fault == "v 0 or 1" else 27)
        if self.fault == "high s":
            s, v = ORDER - s, 27 + 28 - v
        elif self.fault == "zero r":
            r = 0
        elif self.fault == "bad v":
            v = 99
        return "0x" + r.to_bytes(32, "big").hex() + s.to_bytes(32, "big").hex() + bytes([v]).hex()


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/upcheck":
                self._send(200, b"OK", "text/plain; charset=utf-8")
            elif self.path == "/api/v1/eth1/publicKeys":
                held = [] if served.fault == "no keys" else [served.other, served.key]
                body = json.dumps([served.identifier(key) for key in held]).encode()
                self._send(200, b"<html>" if served.fault == "html keys" else body, "application/json")
            else:
                self._send(404, b"", "text/plain")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self.path.startswith(SIGN) or self.path.removeprefix(SIGN) != served.identifier(served.key):
                self._send(404, b"", "text/plain")
                return
            answer = served.signature(bytes.fromhex(body["data"].removeprefix("0x"))).encode()
            fault = served.fault
            if fault == "slow":
                time.sleep(3)
            if fault == "hang up":
                self.close_connection = True
                return
            if fault in STATUSES:
                self._send(STATUSES[fault], b"", "text/plain")
                return
            bodies = {"garbage": b"\xff\xfe not hex", "short": answer[:-2], "huge": answer * 10_000}
            self._send(200, bodies.get(fault, answer), "text/plain; charset=utf-8", drip=fault == "drip")

        def _send(self, status: int, body: bytes, kind: str, drip: bool = False) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Location", "http://127.0.0.1:1" + self.path)  # for the redirect
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for at in range(0, len(body), 1 if drip else len(body) or 1):
                self.wfile.write(body[at : at + 1] if drip else body)
                time.sleep(0.1 if drip else 0)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def main() -> None:
    """Serves until standard input ends."""
    served = Served(PrivateKey(bytes.fromhex(sys.stdin.readline().strip())))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    for line in sys.stdin:
        served.fault = line.strip()
        print(served.fault, flush=True)


if __name__ == "__main__":
    main()
