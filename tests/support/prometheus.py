"""A real Prometheus server for tests: on loopback, on a free port, in a temporary folder."""

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.chain import ROOT

_WAIT_S = 30


@contextmanager
def prometheus_server(targets: Sequence[str], interval: str = "1s") -> Iterator[str]:
    """Starts a server that scrapes `targets` (host:port) each `interval`; its address. A target that is listed twice is
    scraped twice, told apart by the label `replica`: what a pair for high availability leaves in a common store."""
    program = subprocess.run([ROOT / "tools" / "servers", "prometheus"], check=True, capture_output=True, text=True)
    with TemporaryDirectory(prefix="wellhead-prometheus-") as name:
        folder = Path(name)
        jobs = [
            {"job_name": f"dcgm-{n}", "static_configs": [{"targets": [target], "labels": {"replica": str(n)}}]}
            for n, target in enumerate(targets)
        ]
        config = {"global": {"scrape_interval": interval, "scrape_timeout": interval}, "scrape_configs": jobs}
        (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    program.stdout.split()[-1],
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    "--web.listen-address=127.0.0.1:0",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                url = _listening(server, folder / "log")
                # It looks for its targets only some seconds after it is ready.
                _await(f"{url}/api/v1/query?query=up==1", len(targets), server, folder / "log")
                yield url
            finally:
                server.terminate()
                try:
                    server.wait(_WAIT_S)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()
        shutil.rmtree(folder / "data", ignore_errors=True)


def _listening(server: "subprocess.Popen[bytes]", log: Path) -> str:
    """The address it says it listens on."""
    until = time.monotonic() + _WAIT_S
    while time.monotonic() < until and server.poll() is None:
        found = re.search(r'msg="Listening on".* address=(\S+)', log.read_text(errors="replace"))
        if found:
            return f"http://{found[1]}"
        time.sleep(0.1)
    raise RuntimeError(f"Prometheus does not start: {log.read_text(errors='replace')[-2000:]}")


def _await(url: str, count: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _WAIT_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if len(json.load(answer)["data"]["result"]) == count:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"Prometheus does not start: {log.read_text(errors='replace')[-2000:]}")
