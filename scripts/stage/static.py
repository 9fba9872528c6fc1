"""A static web server for the built page and its config.json, with the headers that a host of it should send.

    python -m scripts.stage.static --root build/dapp --config FILE [--port N]

The Content-Security-Policy lets the page ask itself and what its config.json names: RPCs, nodes, indexer, and sites
whose documents it checks. Nothing outside `root` is served, no list of a folder, and no file that begins with a dot.
The files are read anew each time: a page that is built again is served at the next reload.
"""

import argparse
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
"""What the page is made of; anything else is bytes to keep."""

PACKED = ("text/", "application/json", "image/svg+xml")
HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
"""A name with a hash of what is in the file, as the bundler makes them under assets/."""

NOT_BUILT = b"The page is not built yet: run `make dapp-build`, then load this again.\n"


def inside(root: Path, path: str) -> Path | None:
    """The file that a request's path (as sent, before decoding) means, or None where there is none to be served."""
    decoded = unquote_to_bytes(path.partition("?")[0])
    try:
        text = decoded.decode()
    except UnicodeDecodeError:
        return None
    if not text.startswith("/") or "\\" in text or not text.isprintable():
        return None
    parts = text[1:].split("/") if text != "/" else ["index.html"]
    # An empty part is a folder's slash or a doubled one; one that begins with a dot is `..`, or hidden.
    if any(not part or part.startswith(".") for part in parts):
        return None
    file = root.joinpath(*parts)
    try:
        found = file.resolve()
        served = found.is_relative_to(root.resolve()) and found.is_file()
    except (OSError, RuntimeError):  # a name too long, or links in a circle
        return None
    return found if served else None


def cache_control(path: str) -> str:
    """A hashed file never changes; everything else is asked for again each time."""
    name = path.partition("?")[0]
    hashed = name.startswith("/assets/") and HASHED.search(name) is not None
    return "public, max-age=31536000, immutable" if hashed else "no-cache"


def origin(url: str) -> str:
    """scheme://host[:port] of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def policy(config: Mapping[str, Any]) -> str:
    """The Content-Security-Policy of a page with this config.json. Wallets' pictures are data: URLs."""
    asked = [*config["chain"]["rpcs"], *config["nodes"], *filter(None, [config["indexer"]]), *config["documents"]]
    origins = " ".join(dict.fromkeys(origin(url) for url in asked))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"manifest-src 'self'; connect-src 'self' {origins}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


@lru_cache(maxsize=256)
def _read(file: Path, _changed_ns: int, packed: bool) -> bytes:
    body = file.read_bytes()
    return gzip.compress(body, 6, mtime=0) if packed else body


@dataclass(frozen=True, slots=True)
class Site:
    """What is served: the built page's folder, and its config.json."""

    root: Path
    config: Path


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD for one page."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "wellhead", ""
    timeout = 60

    def __init__(self, site: Site, *request: object) -> None:
        self._site = site
        super().__init__(*request)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """One file."""
        if self.path.partition("?")[0] == "/config.json":
            return self._answer(HTTPStatus.OK, self._site.config.read_bytes(), TYPES[".json"], "no-store")
        file = inside(self._site.root, self.path)
        if file is None:
            return self._missing()
        kind = TYPES.get(file.suffix, "application/octet-stream")
        packed = kind.startswith(PACKED) and "gzip" in self.headers.get("Accept-Encoding", "")
        body = _read(file, file.stat().st_mtime_ns, packed)
        extra = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if packed else {})
        return self._answer(HTTPStatus.OK, body, kind, cache_control(self.path), extra)

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self.do_GET()

    def _missing(self) -> None:
        if not (self._site.root / "index.html").is_file():
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, NOT_BUILT, TYPES[".txt"], "no-store")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"There is nothing here.\n", TYPES[".txt"], "no-store")

    def _answer(
        self, status: HTTPStatus, body: bytes, kind: str, cache: str, extra: Mapping[str, str] | None = None
    ) -> None:
        config = json.loads(self._site.config.read_bytes())
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": cache,
            "Content-Security-Policy": policy(config),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            **(extra or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def serve(site: Site, port: int = 0) -> ThreadingHTTPServer:
    """A server on loopback, not running yet; port 0 takes a free one."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, site))


def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    server = serve(Site(given.root, given.config), given.port)
    print(f"Listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
