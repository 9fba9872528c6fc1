"""An operator's site, as a process: the exporter or the log that nodes read, and the lists of GPUs they check.

    python -m scripts.stage.site --rpc URL --telemetry FILE --bodies DIR [--lie] [--repeat] [--port N]
        [--shift SECONDS] [--since MOMENT] [--silent MOMENT MOMENT] [--inventory FILE]

The recorded telemetry is replayed by the chain's clock: at block time t the exporter answers with the last scrape
recorded at or before t, or not at all while the recording is silent, and the log has the rows written until then.
Serves:

    GET /metrics            a dcgm-exporter's text (for a recording of scrapes)
    GET /telemetry.csv      an nvidia-smi log so far, with Range requests (for a CSV recording)
    GET /allocations/0x..   the body an allocation names, from DIR
    GET /inventory/0x..     the UUIDs of an inventory root, from DIR
    GET /documents/<name>   a document the operator publishes, from DIR/documents
    GET /asked              the block times at which /metrics was last asked for, for the demo to keep pace with

The lists and documents may be read by any web page: their hashes are on-chain, and a page checks them.

With --lie the exporter says that every GPU is well and busy, with twice the energy: what a node bribed by its
operator would see. With --repeat a recording that is over begins again. --shift plays it so many seconds later than it
was recorded, --since nothing of it before that Unix time, --silent nothing between two; --inventory as if its GPUs were
those of that list.
"""

import argparse
import json
import re
from collections import deque
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from scripts.stage.recording import Playback, load

SILENT_AFTER_S = 900
"""An exporter whose last recorded scrape is older than this does not answer."""


class ChainClock:
    """The chain head's time, asked for anew each time: an exporter must not answer about the block before."""

    def __init__(self, rpc_url: str) -> None:
        self._rpc_url = rpc_url
        self._session = requests.Session()

    def now(self) -> int:
        """Unix seconds."""
        query = {"jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest", False]}
        return int(self._session.post(self._rpc_url, json=query, timeout=5).json()["result"]["timestamp"], 16)


class Tally:
    """When, by the chain's clock, the exporter was asked: the last few dozen times."""

    def __init__(self) -> None:
        self._asked: deque[int] = deque(maxlen=64)

    def count(self, moment: int) -> None:
        """Once more, at `moment`."""
        self._asked.append(moment)

    def newest(self) -> list[int]:
        """The moments, oldest first."""
        return list(self._asked)


class Handler(BaseHTTPRequestHandler):
    """Answers for one site."""

    protocol_version = "HTTP/1.1"

    def __init__(self, clock: ChainClock, tally: Tally, playback: Playback, bodies: Path, *request: object) -> None:
        self._clock = clock
        self._tally = tally
        self._playback = playback
        self._bodies = bodies
        super().__init__(*request)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Routes by path."""
        if self.path == "/metrics":
            self._metrics()
        elif self.path == "/asked":
            self._answer(HTTPStatus.OK, json.dumps(self._tally.newest()).encode(), "application/json")
        elif self.path == "/telemetry.csv":
            self._log()
        elif match := re.fullmatch(r"/(?:allocations|inventory)/(0x[0-9a-f]{64})", self.path):
            self._body(self._bodies / f"{match[1]}.json", "application/json")
        elif match := re.fullmatch(r"/documents/([A-Za-z0-9_][A-Za-z0-9._-]{0,99})", self.path):
            self._body(self._bodies / "documents" / match[1], "application/octet-stream")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"")

    def _metrics(self) -> None:
        now = self._clock.now()
        self._tally.count(now)
        newest = self._playback.last(now)
        if newest is None or now - newest[0] > SILENT_AFTER_S:
            # Nothing answers: the connection ends without a word, as from a machine that is down.
            self.close_connection = True
            return
        self._answer(HTTPStatus.OK, newest[1], "text/plain; version=0.0.4")

    def _log(self) -> None:
        written = self._playback.until(self._clock.now())
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if start is None:
            self._answer(HTTPStatus.OK, written, "text/csv")
        elif int(start[1]) >= len(written):
            self._answer(
                HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", extra={"Content-Range": f"bytes */{len(written)}"}
            )
        else:
            first = int(start[1])
            extra = {"Content-Range": f"bytes {first}-{len(written) - 1}/{len(written)}"}
            self._answer(HTTPStatus.PARTIAL_CONTENT, written[first:], "text/csv", extra)

    def _body(self, file: Path, kind: str) -> None:
        for_any_page = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
        if file.is_file():
            self._answer(HTTPStatus.OK, file.read_bytes(), kind, for_any_page)
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"", extra=for_any_page)

    def _answer(
        self, status: HTTPStatus, body: bytes, kind: str = "text/plain", extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: thousands of scrapes are no news."""


def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--telemetry", type=Path, required=True)
    parser.add_argument("--bodies", type=Path, required=True)
    parser.add_argument("--lie", action="store_true")
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--shift", type=int, default=0)
    parser.add_argument("--since", type=int)
    parser.add_argument("--silent", type=int, nargs=2)
    parser.add_argument("--inventory", type=Path)
    options = parser.parse_args()
    recording = load(options.telemetry, lie=options.lie, inventory=options.inventory)
    playback = Playback(
        recording, shift_s=options.shift, since=options.since, silent=options.silent, repeats=options.repeat
    )
    handler = partial(Handler, ChainClock(options.rpc), Tally(), playback, options.bodies)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    print(f"Listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
