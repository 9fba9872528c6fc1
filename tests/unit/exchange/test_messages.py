"""The wire takes exactly the messages it should: strict, closed, bounded; and everything else has one name."""

import json
from typing import Any

import pytest

from oracle.exchange.messages import (
    MAX_OFFER_BYTES,
    MalformedMessage,
    ObservationMessage,
    OfferMessage,
    ProposalMessage,
    QuorumMessage,
    ReadingsMessage,
    RefusalMessage,
    SignatureMessage,
)
from tests.unit.exchange.rounds import leaves, make_round, observe, offer, propose

THIS = make_round()
SIGNED = observe(THIS, 2)
PROPOSAL = propose(THIS, [observe(THIS, node) for node in (0, 1, 2)])
OFFER = offer(THIS, PROPOSAL, signers=(0, 1))


def test_messages_carry_what_they_were_made_of() -> None:
    assert ObservationMessage.read(ObservationMessage.of(SIGNED).json_bytes()).signed() == SIGNED
    assert ProposalMessage.read(ProposalMessage.of(PROPOSAL).json_bytes()).proposal() == PROPOSAL
    assert OfferMessage.read(OfferMessage.of(OFFER).json_bytes()).offer() == OFFER


def test_the_largest_offer_is_within_the_limit() -> None:
    this = make_round(31)
    largest = propose(this, [observe(this, node, leaves()) for node in range(10, 31)])
    whole = offer(this, largest, leader=5, attempt=(1 << 63) - 1, signers=tuple(range(31)))
    assert len(OfferMessage.of(whole).json_bytes()) < MAX_OFFER_BYTES


def _observation() -> dict[str, Any]:
    return dict(json.loads(ObservationMessage.of(SIGNED).json_bytes()))


def _proposal() -> dict[str, Any]:
    return dict(json.loads(ProposalMessage.of(PROPOSAL).json_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        {"node": 31},
        {"node": -1},
        {"node": "2"},
        {"node": True},
        {"epoch": 1 << 63},
        {"epoch": 5.0},
        {"root": "0x" + "00" * 31},
        {"root": "00" * 32},
        {"root": "0x" + "zz" * 32},
        {"root": "0x" + "00 " * 32},
        {"root": None},
        {"leaves": "0x"},
        {"leaves": "0x" + "00" * 63},
        {"leaves": "0x" + "00" * 128},  # one meter twice
        {"signature": "0x" + "00" * 65},
        {"base_epoch": 5},  # a base that is not older
        {"more": 1},
    ],
)
def test_a_malformed_observation_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage, match="ObservationMessage"):
        ObservationMessage.read(json.dumps({**_observation(), **change}).encode()).signed()


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": 1},
        {"pairs": []},
        {"pairs": [{"node": 0, "root": "0x" + "00" * 32}] * 32},
        {"pairs": [[0, "0x" + "00" * 32]] * 3},
        {"report": None},
        {"report": {}},
        {"block_hash": 7},
    ],
)
def test_a_malformed_proposal_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage, match="ProposalMessage"):
        ProposalMessage.read(json.dumps({**_proposal(), **change}).encode()).proposal()


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": -1},
        {"attempt": 1 << 63},
        {"attempt": "0"},
        {"signature": "0x" + "00" * 65},
        {"signatures": {}},
        {"signatures": [{"node": 31, "signature": "0x" + "00" * 64}]},
        {"signatures": [{"node": 0, "signature": "0x" + "00" * 64}] * 32},
        {"proposal": None},
        {"leader": 1},
    ],
)
def test_a_malformed_offer_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage, match="OfferMessage"):
        OfferMessage.read(json.dumps({**json.loads(OfferMessage.of(OFFER).json_bytes()), **change}).encode()).offer()


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"{", b'{"node":1}', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000, b"NaN"],
)
@pytest.mark.parametrize(
    "message",
    [
        ObservationMessage,
        OfferMessage,
        ProposalMessage,
        QuorumMessage,
        ReadingsMessage,
        RefusalMessage,
        SignatureMessage,
    ],
)
def test_rubbish_is_one_named_error_for_every_message(message: type[ProposalMessage], raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        message.read(raw)


def test_a_message_longer_than_its_field_allows_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        RefusalMessage.read(json.dumps({"error": "x" * 65, "reason": ""}).encode())
