"""The rules of a round: what makes a report, and every way an observation or proposal can be wrong, by name."""

import dataclasses
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.domain.merkle import meter_tree
from oracle.domain.reading import Reading
from oracle.domain.report import set_hash
from oracle.domain.signature import sign
from oracle.domain.signed import SignedObservation
from oracle.exchange.refusals import (
    Refusal,
    WrongBase,
    WrongBlock,
    WrongConfig,
    WrongEpoch,
    WrongMeters,
    WrongReport,
    WrongRoot,
    WrongSet,
    WrongSigner,
)
from oracle.exchange.round import Bound, Implausible
from tests.unit.exchange.rounds import (
    METERS,
    SPAN,
    address,
    key,
    leaves,
    make_round,
    observe,
    offer,
    propose,
    signed_by,
)

HASH = b"\x11" * 32


@given(st.lists(st.integers(0, 7200), min_size=5, max_size=5), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_a_report_is_the_same_bytes_whatever_order_observations_come_in(counts: list[int], rng: random.Random) -> None:
    this = make_round(7)
    named = [_unsigned(node, count) for node, count in zip((0, 2, 3, 5, 6), counts, strict=True)]
    shuffled = named[:]
    rng.shuffle(shuffled)
    report, readings = this.build(shuffled)
    assert (report, readings) == this.build(named)
    assert report.root == meter_tree(readings).root
    roots = [signed.observation.root for signed in named]
    assert report.set_hash == set_hash(this.block_hash, [0, 2, 3, 5, 6], roots)
    assert readings[0] == (7, Reading(100 + (median := sorted(counts)[2]), 90 + median, 80 + median // 2, 7, 60))


@pytest.mark.parametrize("n", range(4, 32, 3))
@given(rng=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=8)
def test_with_f_faulty_of_n_all_who_rebuild_a_report_get_its_bytes_within_the_honest_range(
    n: int, rng: random.Random
) -> None:
    this, f = make_round(n), (n - 1) // 3
    faulty = set(rng.sample(range(n), f))
    honest = {node: rng.randint(0, 7200) for node in range(n) if node not in faulty}
    liars = {node: rng.choice((0, 7200, rng.randint(0, 7200))) for node in faulty if rng.random() < 0.6}
    answered = sorted({**honest, **liars}.items())[: this.quorum]
    named = [_unsigned(node, count) for node, count in answered]
    report, readings = this.build(named)
    for _ in range(3):
        rng.shuffle(named)
        assert this.build(named) == (report, readings)
        assert this.build(named)[0].digest(this.domain) == report.digest(this.domain)
    grown = readings[0][1].measured - 100
    assert min(honest.values()) <= grown <= max(honest.values())


def _unsigned(node: int, count: int) -> SignedObservation:
    # Signatures are not part of what is built; making them would only make the property slow.
    return dataclasses.replace(observe(make_round(7), 0, leaves(count)), node=node)


def test_a_meter_that_the_base_did_not_have_begins_at_zero() -> None:
    this = make_round(base=())
    _, readings = this.build([observe(this, node) for node in (0, 1, 2)])
    assert readings[0][1].measured == 7199


def test_an_honest_observation_and_an_honest_proposal_pass() -> None:
    this = make_round()
    named = [observe(this, node) for node in (0, 2, 3)]
    for signed in named:
        this.check_observation(signed)
    this.check_offer(offer(this, propose(this, named)))
    this.check_offer(offer(this, propose(this, named), leader=3, attempt=2))
    this.check_offer(offer(this, propose(this, named), leader=3, attempt=2, signers=(0, 1)))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"config_digest": HASH}, WrongConfig),
        ({"epoch": 6}, WrongEpoch),
        ({"base_epoch": 3}, WrongBase),
        ({"base_root": HASH}, WrongBase),
        ({"block_hash": HASH}, WrongBlock),
        ({"root": HASH}, WrongRoot),
    ],
)
def test_an_observation_about_something_else_is_refused_by_name(
    changes: dict[str, object], refusal: type[Refusal]
) -> None:
    this = make_round()
    with pytest.raises(refusal):
        this.check_observation(observe(this, 2, **changes))


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (leaves()[:2], WrongMeters),
        ((*leaves(), (1 << 201, Reading())), WrongMeters),
        (((7, Reading()), (9, Reading()), (1 << 200, Reading())), WrongMeters),
        (leaves()[::-1], WrongMeters),
        (leaves(2 * SPAN + 1), Implausible),
        (leaves(breached=1), Implausible),
        (((7, Reading(5, 6)), *leaves()[1:]), Implausible),
    ],
)
def test_observations_of_other_meters_or_beyond_physics_are_refused(said: object, refusal: type[Refusal]) -> None:
    this = make_round()
    with pytest.raises(refusal):
        this.check_observation(observe(this, 2, said))  # type: ignore[arg-type]


def test_a_breach_passes_only_when_the_report_closes_its_window_and_up_to_it() -> None:
    closing = make_round(bounds={meter: Bound(2, SPAN, 86_400) for meter in METERS})
    closing.check_observation(observe(closing, 1, leaves(breached=2 * 86_400)))
    with pytest.raises(Implausible):
        closing.check_observation(observe(closing, 1, leaves(breached=2 * 86_400 + 1)))


def test_a_signature_of_another_node_a_stranger_or_nobody_is_refused() -> None:
    this = make_round()
    signed = observe(this, 2)
    digest = signed.observation.digest(this.domain)
    for forged in (
        dataclasses.replace(signed, node=1),
        dataclasses.replace(signed, node=4),
        dataclasses.replace(signed, node=-1),
        dataclasses.replace(signed, signature=sign(digest, key(9))),
        dataclasses.replace(signed, signature=bytes(64)),
        dataclasses.replace(signed, signature=b""),
    ):
        with pytest.raises(WrongSigner):
            this.check_observation(forged)


def test_a_signature_for_another_contract_is_refused() -> None:
    this = make_round()
    elsewhere = make_round(domain=dataclasses.replace(this.domain, contract=address(0)))
    with pytest.raises(WrongSigner):
        this.check_observation(observe(elsewhere, 2))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"config_digest": HASH}, WrongConfig),
        ({"epoch": 6}, WrongEpoch),
        ({"base_root": HASH}, WrongBase),
        ({"set_hash": HASH}, WrongReport),
    ],
)
def test_a_proposal_about_something_else_is_refused_by_name(changes: dict[str, object], refusal: type[Refusal]) -> None:
    this = make_round()
    with pytest.raises(refusal):
        this.check_proposal(propose(this, [observe(this, node) for node in (0, 1, 2)], **changes))


def test_a_proposal_at_another_block_is_refused_by_name() -> None:
    elsewhere = make_round(block_hash=HASH)
    with pytest.raises(WrongBlock):
        make_round().check_proposal(propose(elsewhere, [observe(elsewhere, node) for node in (0, 1, 2)]))


@pytest.mark.parametrize("field", ["root", "leaf_count"])
def test_a_report_that_its_observations_do_not_make_is_refused_and_the_field_named(field: str) -> None:
    this = make_round()
    named = [observe(this, node) for node in (0, 1, 2)]
    built, _ = this.build(named)
    wrong = dataclasses.replace(built, **{field: HASH if field == "root" else 4})
    this.check_report(built, built)
    with pytest.raises(WrongReport, match=field):
        this.check_report(wrong, built)


def test_only_the_leader_of_an_attempt_may_offer_in_it_and_nobody_can_change_the_attempt() -> None:
    this = make_round()
    proposal = propose(this, [observe(this, node) for node in (0, 1, 2)])
    for leader, attempt in ((0, 0), (2, 0), (3, 1), (1, 1)):
        with pytest.raises(WrongSigner):
            this.check_offer(offer(this, proposal, leader, attempt))
    # Node 1 leads attempts 0 and 4; what it offered in the one is no offer in the other.
    with pytest.raises(WrongSigner):
        this.check_offer(dataclasses.replace(offer(this, proposal, 1, 0), attempt=4))
    this.check_offer(offer(this, proposal, 1, 4))


def test_an_offer_needs_its_leaders_signature_of_the_report_or_f_plus_1_and_bears_no_wrong_one() -> None:
    this = make_round()
    proposal = propose(this, [observe(this, node) for node in (0, 1, 2)])
    good = offer(this, proposal)
    other = propose(this, [observe(this, node) for node in (0, 1, 3)])
    for signatures in (
        {},
        signed_by(this, proposal, 0),
        {0: good.signatures[1]},
        {**good.signatures, **signed_by(this, other, 2)},
        {4: bytes(64)},
    ):
        with pytest.raises(WrongSigner):
            this.check_offer(dataclasses.replace(good, signatures=signatures))


def test_the_set_must_be_exactly_a_quorum_in_ascending_order() -> None:
    this = make_round()
    good = propose(this, [observe(this, node) for node in (0, 1, 2)])
    a, b, c = good.pairs
    for pairs in ((a, b), (a, c, b), (a, b, b), (a, b, c, (3, HASH)), (a, b, (4, HASH))):
        with pytest.raises(WrongSet):
            this.check_proposal(dataclasses.replace(good, pairs=pairs))
    with pytest.raises(WrongSet):
        this.build([observe(this, node) for node in (0, 1)])
    with pytest.raises(WrongSet):
        this.build([observe(this, 0)] * 3)


def test_what_this_node_would_say_itself_is_held_to_the_same_rules() -> None:
    this = make_round()
    assert this.statement(leaves()) == observe(this, 0, leaves()).observation
    with pytest.raises(Implausible):
        this.statement(leaves(2 * SPAN + 1))
