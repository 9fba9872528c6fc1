"""What stands before the API: limits, CORS, headers, and no answer without a name."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from oracle.domain.reading import Reading
from oracle.settings import ApiSettings
from tests.unit.api.world import World, lease_meter

ORIGIN = "https://app.example"
Make = Callable[..., World]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[World] = []

    def world(**settings: Any) -> World:
        public = {name: settings.pop(name) for name in ("is_exempt", "clock") if name in settings}
        made.append(World(tmp_path, ApiSettings(**settings), **public))
        return made[-1]

    yield world
    for each in made:
        each.close()


def test_a_client_that_asks_too_often_is_told_when_to_come_back(make: Make) -> None:
    now = [0.0]
    world = make(requests_per_minute=6, cors_origins=[ORIGIN], clock=lambda: now[0])
    assert [world.client.get("/v1/reports").status_code for _ in range(7)] == [200] * 6 + [429]
    answer = world.client.get("/v1/reports", headers={"origin": ORIGIN})
    assert (answer.json()["error"], answer.headers["retry-after"]) == ("RateLimited", "10")
    assert "too many requests from your address" in answer.json()["reason"]
    assert answer.headers["access-control-allow-origin"] == ORIGIN  # or a page could not read why
    now[0] = 10.0
    assert world.client.get("/v1/reports").status_code == 200


def test_peers_are_not_held_up_and_forwarded_addresses_count_only_from_a_trusted_proxy(make: Make) -> None:
    def headers(address: str) -> dict[str, str]:
        return {"x-forwarded-for": address}

    world = make(
        requests_per_minute=1, is_exempt=lambda scope: (b"x-test-peer", b"1") in scope["headers"], clock=lambda: 0.0
    )
    assert [world.client.get("/v1/reports", headers=headers(f"9.9.9.{n}")).status_code for n in (1, 2)] == [200, 429]
    assert world.client.get("/v1/reports", headers={"x-test-peer": "1"}).status_code == 200


def test_behind_a_trusted_proxy_each_client_has_its_own_share(make: Make) -> None:
    world = make(requests_per_minute=1, trusted_proxies=["127.0.0.1"], clock=lambda: 0.0)
    codes = [
        world.client.get("/v1/reports", headers={"x-forwarded-for": address}).status_code
        for address in ("9.9.9.1", "9.9.9.2", "9.9.9.1", "6.6.6.6, 9.9.9.2")
    ]
    assert codes == [200, 200, 429, 429]


def test_only_pages_of_the_listed_origins_may_read(make: Make) -> None:
    world = make(cors_origins=[ORIGIN])
    asked = {"access-control-request-method": "GET"}
    assert world.client.options("/v1/reports", headers={"origin": ORIGIN, **asked}).status_code == 200
    answer = world.client.options("/v1/reports", headers={"origin": "https://evil.example", **asked})
    assert "access-control-allow-origin" not in answer.headers
    answer = world.client.get("/v1/reports", headers={"origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        ({"url": "/v1/reports?" + "x" * 3000}, 414, "TargetTooLong"),
        ({"url": "/v1/reports", "headers": {f"x-{n}": "1" for n in range(80)}}, 431, "TooManyHeaders"),
        ({"url": "/v1/reports", "headers": {"x-long": "y" * 9000}}, 431, "TooManyHeaders"),
        ({"url": "/v1/reports", "content": b"z" * 70_000}, 413, "BodyTooLong"),
        ({"url": "/v1/reports", "method": "DELETE"}, 405, "MethodNotAllowed"),
        ({"url": "/v1/nothing"}, 404, "NotFound"),
        ({"url": "/v1/reports/%00"}, 422, "BadRequest"),
        ({"url": "/v1/reports/%ff%fe"}, 422, "BadRequest"),
    ],
)
def test_what_is_too_long_or_not_there_is_refused_by_name(make: Make, request_: Any, status: int, error: str) -> None:
    world = make()
    answer = world.client.request(**{"method": "GET", **request_})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n",
        b"GET /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"GET /v1/reports HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET " + b"/" * 60_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/reports HTTP/1.1\r\nhost: x\r\nif-none-match: \xff\xfe\r\n\r\n",
        b"GET /v1/reports HTTP/1.1\r\nhost: x\r\nx-forwarded-for: \xff\r\n\r\n",
    ],
)
def test_bytes_that_are_hardly_http_get_no_5xx_and_the_next_request_is_served(make: Make, raw: bytes) -> None:
    world = make(trusted_proxies=["127.0.0.1"])
    port = int(world.server.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(raw)
        head = connection.recv(4096)
    assert not head.startswith(b"HTTP/1.1 5"), head
    assert world.client.get("/v1/reports").status_code == 200


def test_every_answer_has_the_headers_that_keep_browsers_from_guessing(make: Make) -> None:
    world = make()
    for path in ("/v1/reports", "/v1/nothing", "/metrics", "/docs", "/openapi.json"):
        headers = world.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "server" not in headers, path


def test_a_fault_of_ours_is_logged_and_told_without_its_insides(make: Make) -> None:
    world = make()

    @world.app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the password is 1234")

    answer = world.client.get("/broken")
    assert (answer.status_code, answer.json()["error"]) == (500, "Fault")
    assert "1234" not in answer.text
    assert world.logs[-1]["path"] == "/broken"


def test_while_trees_are_built_others_are_asked_to_wait_instead_of_taking_every_thread(make: Make) -> None:
    from concurrent.futures import ThreadPoolExecutor

    world = make()
    for epoch in range(1, 41):
        world.stand(epoch, {lease_meter(number): Reading(epoch + number) for number in range(1, 2000)})
    with ThreadPoolExecutor(20) as pool:
        codes = list(
            pool.map(lambda epoch: world.client.get(f"/v1/reports/{epoch}/readings").status_code, range(1, 41))
        )
    assert set(codes) == {200, 429}
    assert world.client.get("/v1/reports").status_code == 200
