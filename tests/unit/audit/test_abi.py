"""The audit's own declarations are those of the contracts, and hostile logs are named errors."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from oracle.audit import events
from oracle.audit.abi import EventSet, EventType, Log, call_data, returned_record
from oracle.audit.errors import EncodingError
from oracle.audit.views import Amount, Lease, NodeList, Symbol
from tests.unit.audit.world import ANNA, BERT, TERMS, TRANCHES, USD

ABIS = Path(__file__).parents[3] / "oracle" / "abi"
EMITTERS = {
    "FLEET_REGISTRY": "IFleetRegistry",
    "NODE_SET": "INodeSet",
    "METER_ORACLE": "IMeterOracle",
    "CAPACITY_LEASE": "ICapacityLease",
    "REVENUE_FACTORY": "IRevenueFactory",
    "WATERFALL": "IRevenueWaterfall",
    "SHARE": "IFleetShare",
}


def solidity(part: dict[str, Any]) -> str:
    if not part["type"].startswith("tuple"):
        return str(part["type"])
    return "(" + ",".join(solidity(one) for one in part["components"]) + ")" + part["type"].removeprefix("tuple")


def declared(interface: str) -> Iterator[tuple[str, list[bool]]]:
    for entry in json.loads((ABIS / f"{interface}.json").read_text()):
        if entry["type"] == "event":
            types = ",".join(solidity(part) for part in entry["inputs"])
            yield f"{entry['name']}({types})", [part["indexed"] for part in entry["inputs"]]


@pytest.mark.parametrize("group", EMITTERS)
def test_events_are_declared_as_the_contracts_declare_them(group: str) -> None:
    theirs = dict(declared(EMITTERS[group]))
    own: EventSet = getattr(events, group)
    for kind in own.types:
        if kind.record is not events.TokenMoved:  # ERC-721's, in no interface of ours
            assert theirs[kind.signature] == [name in kind.indexed for name in kind.hints]


def test_the_transfer_topic_is_the_well_known_one() -> None:
    topic = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    assert EventType(events.Paid).topic.hex() == EventType(events.TokenMoved).topic.hex() == topic


CREATED = events.RevenueCreated(1, USD, (ANNA, BERT), TERMS, TRANCHES, ANNA)


def log(event: object) -> Log:
    topics, data = EventType(type(event)).encode(event)
    return Log(USD, topics, data, 7, 3, bytes(32))


@pytest.mark.parametrize(
    "event",
    [
        CREATED,
        events.Distributed(3, 1, 2, (1, 2, 3, 4), 5, 6, (7, 8), (9,)),
        events.Closed(1, 2, 3, 4, True),
        events.FleetProposed(1, ANNA, events.FleetSpec(USD, 1, 2, 3, 4, 5, 6, 7, "H100", "Reno")),
        events.NodeSetConfigured(USD, 1, b"\1" * 32, 3, b"\2" * 32, (events.NodeKeys(ANNA, BERT, USD, 7),)),
    ],
)
def test_what_was_encoded_is_decoded(event: object) -> None:
    assert EventType(type(event)).decode(log(event)) == event


@pytest.mark.parametrize(
    "broken",
    [
        replace(log(CREATED), data=b""),
        replace(log(CREATED), data=log(CREATED).data[:-1]),
        replace(log(CREATED), data=b"\xff" * 640),
        replace(log(CREATED), topics=log(CREATED).topics[:2]),
        replace(log(CREATED), topics=(*log(CREATED).topics[:2], b"\xff" * 32)),
        replace(log(CREATED), topics=(*log(CREATED).topics[:2], b"short")),
    ],
)
def test_a_log_that_does_not_decode_is_named(broken: Log) -> None:
    with pytest.raises(EncodingError, match="block 7 log 3"):
        events.REVENUE_FACTORY.decode(broken)


def test_text_that_is_no_utf8_does_not_stop_the_audit() -> None:
    spec = events.FleetSpec(USD, 1, 2, 3, 4, 5, 6, 7, "~~", "Reno")
    raw = log(events.FleetProposed(1, ANNA, spec))
    event = EventType(events.FleetProposed).decode(replace(raw, data=raw.data.replace(b"~~", b"\xff~")))
    assert (event.spec.model, event.spec.site) == ("\\xff~", "Reno")


def test_other_events_are_passed_over() -> None:
    assert events.SHARE.decode(log(CREATED)) is None
    assert events.SHARE.decode(replace(log(CREATED), topics=())) is None


def test_views_are_asked_and_read() -> None:
    assert call_data("balanceOf(address)", ANNA).hex() == "70a08231" + "00" * 12 + ANNA[2:].lower()
    assert call_data("genesis()").hex() == "a7f0b3de"
    assert returned_record(Amount, (5).to_bytes(32, "big"), "x") == Amount(5)
    assert returned_record(NodeList, (32).to_bytes(32, "big") + bytes(32), "x") == NodeList(())
    for record in (Amount, Lease, Symbol):
        with pytest.raises(EncodingError):
            returned_record(record, b"", "x")
