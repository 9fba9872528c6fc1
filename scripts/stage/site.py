"""An operator's site, as a process: the exporter or the log that nodes read, and the lists of GPUs they check.

    python -m scripts.stage.site --rpc URL --telemetry FILE --bodies DIR [--lie]

The recorded telemetry is replayed by the chain's clock: at block time t the exporter answers with the last scrape
recorded at or
before t, or not at all while the recording is silent, and the log has the rows written until then. Serves:

    GET /metrics            a dcgm-exporter's text (for a recording of scrapes)
    GET /telemetry.csv      an nvidia-smi log so far, with Range requests (for a CSV recording)
    GET /allocations/0x..   the body an allocation names, from DIR
    GET /inventory/0x..     the UUIDs of an inventory root, from DIR
    GET /asked              the block times at which /metrics was last asked for, for the demo to keep pace with

With --lie the exporter says that every GPU is well and busy, with twice the energy: what a node bribed by its
operator would see.
"""

import argparse
import bisect
import gzip
import json
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

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


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded, cut into pieces that each became visible at a time (Unix seconds, ascending)."""

    times: list[int]
    pieces: list[bytes]
    header: bytes = b""

    def last(self, now: int) -> tuple[int, bytes] | None:
        """The newest piece at `now` with its time."""
        at = bisect.bisect_right(self.times, now)
        return (self.times[at - 1], self.pieces[at - 1]) if at else None

    def until(self, now: int) -> bytes:
        """Everything written until `now`."""
        return self.header + b"".join(self.pieces[: bisect.bisect_right(self.times, now)])


def read_text(path: Path) -> bytes:
    """A recording's bytes, unpacked if need be."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def scrapes(text: bytes, lie: bool) -> Recording:
    """Cuts a log of scrapes at their explicit timestamps, and takes these away: an exporter answers about now."""
    lines_at: dict[int, list[bytes]] = {}
    comments: list[bytes] = []
    for line in text.splitlines():
        if line.startswith(b"#") or not line.strip():
            if line not in comments:
                comments.append(line)
            continue
        sample, stamp = line.rsplit(b" ", 1)
        lines_at.setdefault(int(stamp) // 1000, []).append(sample)
    times = sorted(lines_at)
    if not lie:
        return Recording(times, [b"\n".join(comments + lines_at[at]) + b"\n" for at in times])
    # The same GPUs as in the first scrape, for ever well and busy.
    first = lines_at[times[0]]
    return Recording(
        times, [b"\n".join(comments + [_flatter(line, at - times[0]) for line in first]) + b"\n" for at in times]
    )


def _flatter(line: bytes, elapsed_s: int) -> bytes:
    series, _ = line.rsplit(b" ", 1)
    name = series.split(b"{", 1)[0]
    if name == b"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION":
        return series + b" %d" % (1_400_000 * elapsed_s)
    flattering = {
        b"DCGM_FI_PROF_GR_ENGINE_ACTIVE": b"1.0",
        b"DCGM_FI_DEV_GPU_UTIL": b"100",
        b"DCGM_FI_DEV_POWER_USAGE": b"1400.0",
    }
    return series + b" " + flattering[name] if name in flattering else line


def rows(text: bytes) -> Recording:
    """Cuts an nvidia-smi log into rows that appear at their timestamps (UTC)."""
    lines = text.splitlines(keepends=True)
    column = [cell.strip() for cell in lines[0].decode().split(",")].index("timestamp")
    pieces = [line for line in lines[1:] if line.strip()]
    return Recording([_row_time(line, column) for line in pieces], pieces, lines[0])


def _row_time(line: bytes, column: int) -> int:
    cell = line.decode().split(",")[column].strip()
    return int(datetime.strptime(cell.split(".")[0], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


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

    def __init__(self, clock: ChainClock, tally: Tally, recording: Recording, bodies: Path, *request: object) -> None:
        self._clock = clock
        self._tally = tally
        self._recording = recording
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
            self._body(self._bodies / f"{match[1]}.json")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"")

    def _metrics(self) -> None:
        now = self._clock.now()
        self._tally.count(now)
        newest = self._recording.last(now)
        if newest is None or now - newest[0] > SILENT_AFTER_S:
            # Nothing answers: the connection ends without a word, as from a machine that is down.
            self.close_connection = True
            return
        self._answer(HTTPStatus.OK, newest[1], "text/plain; version=0.0.4")

    def _log(self) -> None:
        written = self._recording.until(self._clock.now())
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

    def _body(self, file: Path) -> None:
        if file.exists():
            self._answer(HTTPStatus.OK, file.read_bytes(), "application/json")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"")

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
    options = parser.parse_args()
    text = read_text(options.telemetry)
    recording = rows(text) if ".csv" in options.telemetry.suffixes else scrapes(text, options.lie)
    handler = partial(Handler, ChainClock(options.rpc), Tally(), recording, options.bodies)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print(f"Listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
