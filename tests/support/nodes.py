"""A node as a keeper sees it: an HTTP server that hands out the readings of reports, true or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from oracle.domain.merkle import meter_tree
from oracle.domain.reading import Reading
from oracle.domain.signed import pack_leaves
from oracle.exchange.messages import ReadingsMessage, RefusalMessage


@dataclass
class ReadingNode:
    """Serves `reports` (readings by meter id, by epoch). `asked` counts requests; `broken` is the answer to each."""

    url: str
    reports: dict[int, dict[int, Reading]] = field(default_factory=dict)
    asked: int = 0
    broken: bytes | None = None

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body for GET `path`."""
        self.asked += 1
        if self.broken is not None:
            return 200, self.broken
        _, reports, epoch, readings = path.split("/")
        found = self.reports.get(int(epoch)) if (reports, readings) == ("reports", "readings") else None
        if found is None:
            return 404, RefusalMessage(error="Unknown", reason="not held here").json_bytes()
        leaves = sorted(found.items())
        message = ReadingsMessage(epoch=int(epoch), root=meter_tree(leaves).root, leaves=pack_leaves(leaves))
        return 200, message.json_bytes()


@contextmanager
def reading_node() -> Iterator[ReadingNode]:
    """Runs one on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = node.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    node = ReadingNode(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
