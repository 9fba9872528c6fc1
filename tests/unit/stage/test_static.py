"""The page's server: what it hands out and with which headers, and what it never does."""

import gzip
import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.stage.static import Site, cache_control, inside, policy, serve

CONFIG: dict[str, Any] = {
    "chain": {"rpcs": ["https://rpc.example:8443/v2/key", "https://other.example"]},
    "nodes": ["https://node.example"],
    "indexer": None,
    "documents": ["http://127.0.0.1:7001/x"],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "page"
    (made / "assets").mkdir(parents=True)
    (made / ".vite").mkdir()
    for name, text in {
        "index.html": "<!doctype html>",
        "icon.svg": "<svg/>",
        "assets/index-D3f_a-9Q.js": "let a",
        "assets/index-D3f_a-9Q.css": "a{}",
        "assets/plain.js": "let b",
        "assets/x.bin": "bytes",
        ".vite/manifest.json": "{}",
    }.items():
        (made / name).write_text(text)
    (tmp_path / "secret.txt").write_text("not yours")
    (made / "link.txt").symlink_to(tmp_path / "secret.txt")
    (made / "round").symlink_to(made / "round")
    return made


@pytest.fixture
def site(root: Path, tmp_path: Path) -> Site:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return Site(root, tmp_path / "config.json")


@pytest.fixture
def port(site: Site) -> Iterator[int]:
    server = serve(site)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def ask(
    port: int, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    # Not requests, which tidies a path before it sends it.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/assets\\..\\..\\secret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/link.txt",
        "/round",
        "/.vite/manifest.json",
        "/assets/.hidden",
        "/assets",
        "/assets/",
        "/index.html/",
        "/index.html%00.js",
        "/%ff",
        "/" + "a" * 5000,
        "secret.txt",
        "",
        "*",
    ],
)
def test_nothing_outside_the_page_and_no_folder_is_served(root: Path, path: str) -> None:
    assert inside(root, path) is None


def test_a_link_inside_the_page_is_followed_only_to_the_page(root: Path) -> None:
    (root / "again.svg").symlink_to(root / "icon.svg")
    assert inside(root, "/again.svg") == (root / "icon.svg").resolve()


def test_an_escape_over_the_wire_is_not_found_and_tells_nothing(port: int) -> None:
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/link.txt", "/assets/", "/.vite/manifest.json"):
        answer, body = ask(port, path)
        assert answer.status == 404
        assert b"not yours" not in body
        assert b"assets" not in body


def test_every_file_has_its_type_and_how_long_it_may_be_kept(port: int) -> None:
    for path, kind, cache in (
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html?a=../b", "text/html; charset=utf-8", "no-cache"),
        ("/icon.svg", "image/svg+xml", "no-cache"),
        ("/assets/index-D3f_a-9Q.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/index-D3f_a-9Q.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/plain.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/assets/x.bin", "application/octet-stream", "no-cache"),
        ("/config.json", "application/json; charset=utf-8", "no-store"),
    ):
        answer, _ = ask(port, path)
        assert (answer.status, answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (200, kind, cache)
    assert cache_control("/index-D3f_a-9Q.js") == "no-cache"  # only the bundler's folder is named by content


def test_every_answer_carries_the_policy_also_a_refusal(port: int) -> None:
    for path in ("/", "/assets/index-D3f_a-9Q.js", "/config.json", "/nowhere"):
        headers = ask(port, path)[0].headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"] == policy(CONFIG)


def test_the_policy_names_exactly_the_origins_of_the_config() -> None:
    made = dict(part.strip().split(" ", 1) for part in policy(CONFIG).split(";"))
    assert made["connect-src"].split() == [
        "'self'",
        "https://rpc.example:8443",
        "https://other.example",
        "https://node.example",
        "http://127.0.0.1:7001",
    ]
    assert made["frame-ancestors"] == made["default-src"] == made["form-action"] == made["base-uri"] == "'none'"
    assert made["script-src"] == made["style-src"] == "'self'"
    indexed = policy({**CONFIG, "indexer": "https://events.example/v1"})
    assert " https://events.example " in indexed


def test_text_is_packed_for_who_can_unpack_it(port: int) -> None:
    answer, body = ask(port, "/assets/plain.js", headers={"Accept-Encoding": "gzip, br"})
    assert (answer.headers["Content-Encoding"], gzip.decompress(body)) == ("gzip", b"let b")
    answer, body = ask(port, "/assets/plain.js")
    assert (answer.headers["Content-Encoding"], body) == (None, b"let b")
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_page_that_was_built_again_is_served(port: int, root: Path) -> None:
    assert ask(port, "/")[1] == b"<!doctype html>"
    (root / "index.html").write_text("<!doctype html><title>new</title>")
    assert ask(port, "/")[1] == b"<!doctype html><title>new</title>"


def test_head_has_the_headers_and_no_body(port: int) -> None:
    answer, body = ask(port, "/index.html", "HEAD")
    assert (answer.status, answer.headers["Content-Length"], body) == (200, "15", b"")
    assert ask(port, "/index.html", "POST")[0].status == 501


def test_a_page_that_is_not_built_says_what_to_do(site: Site, port: int, root: Path) -> None:
    (root / "index.html").unlink()
    answer, body = ask(port, "/")
    assert answer.status == 503
    assert b"make dapp" in body
