"""What a running node's own account is held against: each trouble is named, and what the set bears is none."""

from typing import Any

import pytest

from oracle.exchange.fetch import Fetcher
from oracle.preflight.running import NotThere, read_status, troubles
from tests.unit.node.site_server import SiteServer

WELL: dict[str, Any] = {
    "address": "0xA1",
    "index": 2,
    "head": {"number": 7, "time": 1},
    "epoch_lag": 1,
    "clock": {"of": "machine", "skew_s": 3, "is_off": False},
    "sites": [{"fleet": 1, "last_error": None}],
    "peers": [{"index": index, "last_error": None} for index in range(6)],
    "rpcs": [{"name": "rpc.example", "trouble": ""}],
    "outbox": {"trouble": ""},
    "database": {"last_fault": None},
}


def silent(count: int) -> list[dict[str, Any]]:
    """Six peers, of which `count` do not answer."""
    return [{"index": index, "last_error": "no answer" if index < count else None} for index in range(6)]


def test_a_node_that_does_its_work_has_no_troubles_nor_one_that_tells_little() -> None:
    assert list(troubles(WELL)) == []
    assert list(troubles({"address": "0xA1", "index": 0, "head": {}})) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"head": None, "index": None}, "it has not read the chain yet"),
        ({"index": None}, "its key 0xA1 signs for no node of the set"),
        ({"epoch_lag": 2}, "the newest report is 2 epochs behind the one due: see what it waits for"),
        (
            {"clock": {"skew_s": -90, "is_off": True}},
            "its clock is -90 s off the chain's head: it signs nothing until that is mended",
        ),
        ({"sites": [{"fleet": 4, "last_error": "refused"}]}, "site of fleet 4: refused"),
        (
            {"peers": silent(3)},
            "3 of 6 peers do not answer: node 0: no answer; node 1: no answer; node 2: no answer",
        ),
        ({"rpcs": [*WELL["rpcs"], {"name": "other.example", "trouble": "frozen"}]}, "RPC other.example: frozen"),
        ({"outbox": {"trouble": "the gas key is empty"}}, "posting: the gas key is empty"),
        ({"database": {"last_fault": "disk full"}}, "database: disk full"),
    ],
)
def test_each_trouble_is_named_alone(changed: dict[str, Any], told: str) -> None:
    assert list(troubles(WELL | changed)) == [told]


def test_as_many_silent_nodes_as_the_set_bears_are_no_trouble() -> None:
    assert list(troubles(WELL | {"peers": silent(2)})) == []


@pytest.mark.parametrize("body", [b"[]", b"{}", b"<html>", b'"address"', b"[" * 50_000])
def test_what_is_no_node_is_not_taken_for_one(body: bytes) -> None:
    site, fetcher = SiteServer(), Fetcher()
    try:
        site.paths["/status"] = body
        with pytest.raises(NotThere):
            read_status(site.url, fetcher)
    finally:
        fetcher.close()
        site.close()
