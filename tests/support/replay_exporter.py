"""An exporter that replays a recording in time: each of its scrapes for `frame_s`, over a real HTTP server."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from oracle.telemetry.log import open_log
from oracle.telemetry.sample import Sample
from oracle.telemetry.write import exposition

ENERGY_MJ = 5_000_000_000


class ReplayExporter:
    """Serves /metrics without timestamps, as an exporter does. Energy counters go on by the power being replayed, since
    a recording played faster would have them rise faster than any board can draw. `silent` makes it answer 503."""

    def __init__(self, recording: Path, frame_s: float = 1.0) -> None:
        log = open_log(recording)
        frames: dict[int, list[Sample]] = {}
        for sample in log:
            frames.setdefault(sample.time_ms, []).append(sample)
        self._frames = [frames[moment] for moment in sorted(frames)]
        self._gpus = log.gpus
        self._frame_s = frame_s
        self._began = time.monotonic()
        self.silent = False
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = exporter.metrics().encode()
                self.send_response(503 if exporter.silent else 200)
                self.send_header("content-type", "text/plain; version=0.0.4")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.target = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def uuids(self) -> list[str]:
        """The GPUs of the recording."""
        return sorted(self._gpus)

    def metrics(self) -> str:
        """What it says at this moment."""
        if self.silent:
            return ""
        elapsed = (time.monotonic() - self._began) / self._frame_s
        place, part = int(elapsed), elapsed - int(elapsed)
        shown = [
            sample._replace(energy_mj=self._energy(number, place, part))
            for number, sample in enumerate(self._frames[place % len(self._frames)])
        ]
        lines = exposition(shown, self._gpus).splitlines()
        return "".join(line.rpartition(" ")[0] + "\n" for line in lines)

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()

    def _energy(self, number: int, place: int, part: float) -> int:
        powers = [self._frames[at % len(self._frames)][number].power_mw or 0 for at in range(place + 1)]
        return ENERGY_MJ + int((sum(powers[:-1]) + powers[-1] * part) * self._frame_s)
