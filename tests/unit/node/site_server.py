"""A site on loopback: an exporter, a growing log served with Range, allocation bodies and inventories."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SiteServer:
    """Serves `paths` (path -> bytes, or a function giving them), with Range while `ranges`; other paths are 404."""

    def __init__(self) -> None:
        self.paths: dict[str, bytes | Callable[[], bytes]] = {}
        self.ranges = True
        self.asked: list[tuple[str, str | None]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("range")
                site.asked.append((self.path, wanted))
                found = site.paths.get(self.path)
                if found is None:
                    self._answer(404, b"")
                    return
                body = found if isinstance(found, bytes) else found()
                if wanted is None or not site.ranges:
                    self._answer(200, body)
                    return
                first = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if first >= len(body):
                    self._answer(416, b"")
                else:
                    self._answer(206, body[first:])

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()
