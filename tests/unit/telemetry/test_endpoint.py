"""Scraping an exporter that may be down, wrong, slow, huge or hostile: through a real server on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from oracle.telemetry.endpoint import DcgmEndpoint
from oracle.telemetry.errors import (
    ExporterRefused,
    ExporterTooLarge,
    ExporterUnreachable,
    ExpositionMalformed,
    NoGpuMetrics,
)

GPU = "GPU-aaaaaaaa-1111-2222-3333-444444444444"
ANSWER = f'DCGM_FI_DEV_POWER_USAGE{{gpu="0",UUID="{GPU}"}} 70.500000\n'
NOW = 1_791_158_400_000


class Exporter(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = {
            "/metrics": (200, ANSWER.encode()),
            "/html": (200, b"<html><body>Sign in</body></html>"),
            "/other": (200, b"go_goroutines 12\n"),
            "/error": (500, b"oops"),
            "/moved": (302, b""),
            "/huge": (200, ANSWER.encode() * 2000),
            "/slow": (200, b""),
        }[self.path]
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/metrics")
        self.end_headers()
        with suppress(ConnectionError):  # the client hangs up on answers it has had enough of
            for _ in range(20 if self.path == "/slow" else 0):
                self.wfile.write(ANSWER.encode())
                self.wfile.flush()
                time.sleep(0.05)
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def test_a_scrape_is_samples_at_the_moment_given(address, client):
    (sample,) = DcgmEndpoint(f"{address}/metrics", 5, client).scrape(NOW)
    assert (sample.gpu_uuid, sample.time_ms, sample.power_mw) == (GPU, NOW, 70_500)


@pytest.mark.parametrize(
    ("path", "error", "says"),
    [
        ("/html", ExpositionMalformed, "port 9400"),
        ("/other", NoGpuMetrics, "listed no GPU"),
        ("/error", ExporterRefused, "500"),
        ("/moved", ExporterRefused, "302"),
        ("/huge", ExporterTooLarge, "more than 100000 bytes"),
    ],
)
def test_a_wrong_answer_is_named_with_its_address(address, client, path, error, says):
    with pytest.raises(error, match=says) as caught:
        DcgmEndpoint(address + path, 5, client, max_bytes=100_000).scrape(NOW)
    assert address + path in str(caught.value)


def test_an_answer_that_drips_is_cut_off_at_the_timeout(address, client):
    began = time.monotonic()
    with pytest.raises(ExporterUnreachable, match=r"still sending after 0\.2 s"):
        DcgmEndpoint(f"{address}/slow", 0.2, client).scrape(NOW)
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/metrics", "nonsense", "ftp://x/y", "http://[::bad", "http://no.such.host.invalid/"]
)
def test_nobody_there_is_named(client, url):
    with pytest.raises(ExporterUnreachable, match="Check"):
        DcgmEndpoint(url, 2, client).scrape(NOW)
