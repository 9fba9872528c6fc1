"""Rounds and signed observations for tests of the exchange."""

import dataclasses
from typing import Any

from eth_account import Account

from oracle.domain.keccak import keccak256
from oracle.domain.merkle import meter_tree
from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Observation, Report
from oracle.domain.signature import sign
from oracle.domain.signed import Leaves, Offer, Proposal, SignedObservation
from oracle.domain.turn import Turn
from oracle.exchange.round import Bound, Round

DOMAIN = Domain(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3")
METERS = (7, 8, 1 << 200)
SPAN = 3600


def key(index: int) -> bytes:
    """Node `index`'s hot key."""
    return keccak256(b"key" + bytes([index]))


def address(index: int) -> str:
    """Its address."""
    return str(Account.from_key(key(index)).address)


def cold(index: int) -> str:
    """Its cold address."""
    return "0x" + keccak256(b"cold" + bytes([index]))[:20].hex()


def make_round(nodes: int = 4, me: int = 0, **changes: Any) -> Round:
    """Epoch 5 over epoch 4, three meters of two units, no SLA window closing."""
    given: dict[str, Any] = {
        "domain": DOMAIN,
        "config_digest": keccak256(b"config"),
        "quorum": (nodes - 1) // 3 * 2 + 1,
        "signers": tuple(address(index) for index in range(nodes)),
        "me": me,
        "epoch": 5,
        "base_epoch": 4,
        "base_root": keccak256(b"base"),
        "base": tuple((meter, Reading(100, 90, 80, 7, 60, 8)) for meter in METERS),
        "block_hash": keccak256(b"block"),
        "period_end": 6 * SPAN,
        "bounds": {meter: Bound(2, SPAN, 0) for meter in METERS},
    }
    return Round(**{**given, **changes})


def leaves(measured: int = 7200, **more: int) -> Leaves:
    """The same increments for every meter."""
    return tuple((meter, Reading(measured, measured, measured // 2, **more)) for meter in METERS)


def observe(this: Round, node: int, said: Leaves | None = None, **changes: Any) -> SignedObservation:
    """Node `node`'s signed observation, with fields of the statement changed before it is signed."""
    said = leaves(7200 - node) if said is None else said
    statement = Observation(
        this.config_digest, this.epoch, this.base_epoch, this.base_root, this.block_hash, meter_tree(said).root
    )
    statement = dataclasses.replace(statement, **changes)
    return SignedObservation.of(node, statement, said, sign(statement.digest(this.domain), key(node)))


def propose(this: Round, named: list[SignedObservation], **changes: Any) -> Proposal:
    """A proposal, with fields of the report changed."""
    report: Report = dataclasses.replace(this.build(named)[0], **changes)
    pairs = tuple((signed.node, signed.observation.root) for signed in sorted(named, key=lambda each: each.node))
    return Proposal(report, this.block_hash, pairs)


def signed_by(this: Round, proposal: Proposal, *nodes: int) -> dict[int, bytes]:
    """The nodes' signatures of a proposal's report."""
    return {node: sign(proposal.report.digest(this.domain), key(node)) for node in nodes}


def offer(this: Round, proposal: Proposal, leader: int = 1, attempt: int = 0, signers: tuple[int, ...] = ()) -> Offer:
    """A proposal as `leader` offers it in its turn, with its signature and that of `signers`."""
    turn = Turn(proposal.report.digest(this.domain), attempt)
    signatures = signed_by(this, proposal, *(signers or (leader,)))
    return Offer(proposal, attempt, sign(turn.digest(this.domain), key(leader)), signatures)
