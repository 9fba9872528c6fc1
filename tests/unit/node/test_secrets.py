"""What anybody may read of a node, its status and its refusals, holds no login and no query of an address."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from oracle.domain.shown import shown_url
from oracle.exchange.fetch import AnswerTooLarge, Fetcher, Unreachable
from oracle.keys import RemoteSigner
from oracle.node.sites import make_site
from oracle.settings import DcgmSite, NodePowerSettings, PrometheusSite, SmiSite
from oracle.store.database import Database, open_database
from oracle.store.telemetry import TelemetryStore
from oracle.telemetry.errors import ExporterTooLarge, ExporterUnreachable
from oracle.telemetry.http import bounded_get
from tests.unit.node.cluster import signer
from tests.unit.node.conftest import MakeCluster
from tests.unit.node.site_server import SiteServer

SECRETS = ("operator", "s3cret", "token", "abc123")
NOW = 1_790_000_000
GIVEN: dict[str, Any] = {"fleet": 1, "allocations_url": "http://a", "inventory_url": "http://a"}
KINDS = {"dcgm": DcgmSite, "nvidia-smi": SmiSite, "prometheus": PrometheusSite}


@pytest.fixture
def server() -> Iterator[SiteServer]:
    serving = SiteServer()
    yield serving
    serving.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "node.db")
    yield opened
    opened.close()


def secret(url: str, path: str = "/path") -> str:
    """`url` with a login and a token."""
    return url.replace("://", "://operator:s3cret@") + f"{path}?token=abc123"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://operator:s3cret@host/path?token=abc123#token", "http://host/path"),
        ("https://host:9400/metrics", "https://host:9400/metrics"),
        ("http://operator:s3cret@[::1]:80", "http://[::1]:80"),
        ("http://operator:s3/cret@host/path", "an address that is no URL"),
        ("operator:s3cret@host/path?token=abc123", "host/path"),
        ("http://[bad", "an address that is no URL"),
        ("exporter", "exporter"),
    ],
)
def test_a_url_is_shown_without_login_and_query(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [None, b"", b"rubbish\n" * 3, b"timestamp, uuid\nrubbish\n", "dead"])
def test_whatever_a_site_answers_its_error_shows_no_secret_of_its_address(
    server: SiteServer, database: Database, kind: str, body: bytes | str | None
) -> None:
    url = "http://127.0.0.1:9" if body == "dead" else server.url
    if isinstance(body, bytes):
        server.paths["/path?token=abc123"] = body
    with ExitStack() as stack:
        fetcher = Fetcher(timeout_s=3)
        stack.callback(fetcher.close)
        power = NodePowerSettings(url=secret(url, "/redfish/v1/Chassis/1"))
        settings = KINDS[kind](kind=kind, url=secret(url), node_power=[power], **GIVEN)
        site = make_site(settings, fetcher, TelemetryStore(database))
        stack.callback(site.close)
        for feed in site.feeds:
            assert not feed.sample(NOW, 3) or (kind, body) == ("nvidia-smi", b"")  # an empty log
        told = str([site.last_error, site.checks()])
    assert not [part for part in SECRETS if part in told], told
    assert "127.0.0.1" in told


def test_the_machines_of_the_power_cross_check_are_shown_without_their_logins(
    server: SiteServer, database: Database
) -> None:
    server.paths["/redfish/v1/Chassis/1?token=abc123"] = b'{"PowerWatts": {"Reading": 512}}'
    power = NodePowerSettings(url=secret(server.url, "/redfish/v1/Chassis/1"))
    with ExitStack() as stack:
        fetcher = Fetcher(timeout_s=3)
        stack.callback(fetcher.close)
        settings = DcgmSite(kind="dcgm", url="http://127.0.0.1:9", node_power=[power], **GIVEN)
        site = make_site(settings, fetcher, TelemetryStore(database))
        stack.callback(site.close)
        assert site.feeds[1].sample(NOW, 3), site.feeds[1].last_error
        assert site.checks()[0]["drawn_mw"] == {f"{server.url}/redfish/v1/Chassis/1": 512_000}


def test_both_clients_name_no_secret_whatever_is_wrong(server: SiteServer) -> None:
    server.paths["/path?token=abc123"] = b"x" * 100
    urls = (secret(server.url), secret("http://127.0.0.1:9"), "http://operator:s3/cret@host/path?token=abc123")
    fetcher = Fetcher(timeout_s=3)
    with httpx.Client() as client:
        for url in urls:
            with pytest.raises((Unreachable, AnswerTooLarge)) as fetched:
                fetcher.get(url, 10)
            with pytest.raises((ExporterUnreachable, ExporterTooLarge)) as got:
                bounded_get(client, url, timeout_s=3, max_bytes=10)
            for told in (str(fetched.value), str(got.value)):
                assert not [part for part in SECRETS if part in told], told
    fetcher.close()


def test_the_status_the_logs_and_the_refusals_of_a_node_show_nothing_of_its_signers_address(
    clusters: MakeCluster,
) -> None:
    cluster = clusters(4)
    url = secret("http://127.0.0.1:9", "/hidden")
    for index in (0, 1, 2):
        cluster.node(index)._guard._signer = RemoteSigner(url, signer(index).address, cluster.fetcher)
    cluster.open(2)
    for _ in range(3):
        cluster.step()
    told = str([cluster.node(index).status() for index in range(4)]) + str(cluster.logs)
    assert "the remote signer at 127.0.0.1" in told
    assert not [part for part in (*SECRETS[1:], "hidden") if part in told], told
