"""Four and seven real nodes agree over real HTTP, whatever f of them do."""

import dataclasses
import random
from typing import Any

import pytest

from oracle.domain.merkle import meter_tree
from oracle.domain.reading import Reading
from oracle.domain.report import Observation
from oracle.domain.signed import Offer, Proposal, SignedObservation
from oracle.exchange.peers import PeerRefused
from oracle.exchange.refusals import Locked
from tests.unit.node.cluster import HOUR, Cluster, Increments, cold, signer
from tests.unit.node.conftest import METERS, MakeCluster, noisy
from tests.unit.node.site_server import SiteServer

LEASE = METERS.leases[0].meter_id


@pytest.mark.parametrize("nodes", [4, 7])
def test_nodes_report_epoch_after_epoch_and_hold_identical_readings(clusters: MakeCluster, nodes: int) -> None:
    cluster = clusters(nodes)
    rng = random.Random(nodes)
    for epoch in (2, 3, 4):
        report = cluster.report(epoch, rng=rng)
        assert report.base_epoch == (epoch - 1 if epoch > 2 else 0)
        assert len({tuple(cluster.readings(index, epoch).items()) for index in range(nodes)}) == 1
    # Three epochs of four units, less each epoch's median of what the nodes named had missed.
    missed = 3 * 4 * HOUR - cluster.readings(0, 4)[LEASE].measured
    assert 0 < missed <= 3 * 7 * (nodes - 1)
    assert len(cluster.chain.posted) == 3


def test_one_liar_and_one_silent_of_seven_agree_and_the_liar_moves_nothing_out_of_the_honest_range(
    clusters: MakeCluster,
) -> None:
    liar, silent = 1, 3

    def increments(index: int) -> Increments:
        return (lambda facts: {}) if index == liar else noisy(index)

    cluster = clusters(7, increments)
    cluster.stop(silent)
    report = cluster.report(2)
    honest = [4 * HOUR - 7 * index for index in range(7) if index not in (liar, silent)]
    assert min(honest) <= cluster.readings(0, 2)[LEASE].measured <= max(honest)
    assert silent not in report.signers


def test_the_lowest_2f_plus_1_of_those_that_answered_are_named(clusters: MakeCluster) -> None:
    cluster = clusters(7)
    cluster.stop(0)
    cluster.report(2)
    proposal, observations = cluster.node(4).desk.made_of(2)
    assert [index for index, _ in proposal.pairs] == [1, 2, 3, 4, 5]
    assert [signed.node for signed in observations] == [1, 2, 3, 4, 5]


def test_an_observation_beyond_physics_is_left_out_of_the_set(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.open(2)
    cluster.node(0).step()
    this = cluster.round(0)
    # Node 0 goes on to hand out what its own code would never have signed.
    leaves = tuple((meter, Reading(9 * HOUR, 9 * HOUR)) for meter in this.bounds)
    said = Observation(
        this.config_digest, this.epoch, this.base_epoch, this.base_root, this.block_hash, meter_tree(leaves).root
    )
    forged = SignedObservation.of(0, said, leaves, signer(0).sign(said.encoded(this.domain)))
    cluster.node(0).desk._store.own_observation = lambda *_: forged  # type: ignore[method-assign]
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    proposal, _ = cluster.node(2).desk.made_of(2)
    assert [index for index, _ in proposal.pairs] == [1, 2, 3]
    assert "exceeds 4 units" in cluster.logged(2, "observation refused")[0]["reason"]


def test_a_dead_leader_is_passed_over_within_the_epoch(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.stop(2)  # leads epoch 2's first attempt
    cluster.open(2)
    for _ in range(3):
        cluster.step()
    assert cluster.chain.reports == {}
    assert "node 2's proposal" in cluster.waiting()[0]
    report = cluster.report(2, attempt=1)
    assert set(report.signers) == {0, 1, 3}


def test_a_skipped_epoch_is_caught_up_by_the_next_report(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    cluster.stop(3)  # leads epoch 3's first attempt
    cluster.open(3)
    for _ in range(3):
        cluster.step()
    report = cluster.report(4)
    assert report.base_epoch == 2
    assert cluster.readings(0, 4)[LEASE].measured > 3 * 4 * HOUR - 100
    states = {row["epoch"]: row["state"] for row in cluster.node(0).status()["epochs"]}
    assert states == {2: "CONFIRMED", 3: "EXPIRED", 4: "CONFIRMED"}


def open_and_observe(cluster: Cluster, epoch: int, *, but: int) -> None:
    """Every node observes, while the leader `but` only sees the head and so proposes nothing itself."""
    cluster.open(epoch)
    cluster.node(but)._clock.saw(cluster.chain.head().timestamp)
    cluster.node(but)._take_head(cluster.chain.head())
    for index in cluster.running:
        if index != but:
            cluster.node(index).step()


@pytest.mark.parametrize("wrong", [{"root": b"\x66" * 32}, {"leaf_count": 4}])
def test_a_leader_that_proposes_another_report_than_its_observations_make_gets_no_signature(
    clusters: MakeCluster, wrong: dict[str, Any]
) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(0).propose(cluster.offer([0, 1, 3], 2, **wrong))
    assert refused.value.name == "WrongReport"
    assert cluster.node(0).status()["epochs"][0]["state"] == "OBSERVING"
    # Nothing was locked: the honest proposal is signed.
    good = cluster.offer([0, 1, 3], 2)
    digest = good.proposal.report.digest(cluster.round(0).domain)
    cluster.round(0).check_signature(0, digest, cluster.peer(0).propose(good))


def test_a_node_signs_once_an_epoch_and_hands_the_second_leader_what_it_signed(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    first, second = cluster.offer([0, 1, 3], 2), cluster.offer([0, 1, 3], 2)
    signature = cluster.peer(0).propose(first)
    assert cluster.peer(0).propose(second) == signature
    said = cluster.node(3).desk.own_observation
    cluster.node(3).desk.own_observation = lambda *_: dataclasses.replace(  # type: ignore[method-assign]
        said(2, 0), observation=dataclasses.replace(said(2, 0).observation, root=b"\x77" * 32)
    )
    other = cluster.offer([0, 1, 3], 2)
    with pytest.raises(Locked) as locked:
        cluster.peer(0).propose(other)
    assert locked.value.proposal == first.proposal
    assert locked.value.signature == signature


def test_the_next_leader_proposes_again_what_one_node_is_locked_on(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    locked = cluster.offer([0, 1, 3], 2)
    cluster.peer(0).propose(locked)
    cluster.stop(2)  # ... and the leader dies before anybody else heard of it
    cluster.report(2, attempt=1)
    assert [posted.set_hash for posted in cluster.chain.posted] == [locked.proposal.report.set_hash]


def test_a_leader_proposes_again_what_it_is_locked_on_itself_though_nobody_else_is(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    locked = cluster.offer([0, 1, 3], 2)
    cluster.peer(3).propose(locked)  # which leads next, and would by now name nodes 0, 1 and 2
    (_, _, (_, root)) = offer_with_another_observation(cluster, 2, measured=1).proposal.pairs
    cluster.node(3).desk._store.add_observation(cluster.node(2).desk.observation(root))
    cluster.stop(2)
    cluster.report(2, attempt=1)
    assert [posted.set_hash for posted in cluster.chain.posted] == [locked.proposal.report.set_hash]


def test_a_lock_survives_its_holders_restart(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    locked = cluster.offer([0, 1, 3], 2)
    cluster.peer(0).propose(locked)
    cluster.stop(2)
    cluster.stop(0)
    cluster.start(0)
    cluster.report(2, attempt=1)
    assert [posted.set_hash for posted in cluster.chain.posted] == [locked.proposal.report.set_hash]
    assert 0 in cluster.chain.reports[2].signers


def test_of_two_locked_proposals_one_still_gets_its_quorum(clusters: MakeCluster) -> None:
    cluster = clusters(7)
    open_and_observe(cluster, 3, but=3)  # (3 + 0) mod 7: an equivocator that shows each of two nodes another proposal
    first, second = cluster.offer([0, 1, 2, 4, 5], 3), cluster.offer([0, 1, 2, 4, 6], 3)
    cluster.peer(0).propose(first)
    cluster.peer(1).propose(second)
    cluster.stop(3)
    report = cluster.report(3, attempt=1)
    assert 3 in report.signers  # what the equivocator signed counts, though it is gone
    posted = cluster.chain.posted[0].set_hash
    assert posted in (first.proposal.report.set_hash, second.proposal.report.set_hash)
    assert not any(cluster.logged(index, "epoch skipped") for index in cluster.running)


def test_an_epoch_is_skipped_only_when_no_report_can_have_a_quorum_and_the_next_catches_up(
    clusters: MakeCluster,
) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    # The leader equivocates to every honest node: three reports have one honest signature each, and its own.
    for index in (0, 1, 3):
        cluster.peer(index).propose(offer_with_another_observation(cluster, 2, measured=index))
    cluster.stop(2)
    cluster.open(2, attempt=1)
    for _ in range(4):
        cluster.step()
    assert cluster.chain.reports == {}
    assert "no report can have 3 signatures" in cluster.logged(3, "epoch skipped")[0]["reason"]
    assert cluster.report(4, attempt=1).base_epoch == 0
    assert cluster.readings(0, 4)[LEASE].measured > 3 * 4 * HOUR - 100


def offer_with_another_observation(cluster: Cluster, leader: int, measured: int) -> Offer:
    """An offer of `leader`, made of the observations of nodes 0 and 1 and one of its own that it tells nobody."""
    this = cluster.round(0)
    leaves = tuple((meter, Reading(measured, measured)) for meter in this.bounds)
    said = this.statement(leaves)
    own = SignedObservation.of(leader, said, leaves, signer(leader).sign(said.encoded(this.domain)))
    cluster.node(leader).desk._store.add_observation(own)
    named = sorted([own, *(cluster.node(index).desk.own_observation(2, 0) for index in (0, 1))], key=lambda o: o.node)
    pairs = tuple((signed.node, signed.observation.root) for signed in named)
    return cluster.offered(Proposal(this.build(named)[0], this.block_hash, pairs), leader, 0, [leader])


def test_a_late_lock_of_a_dishonest_node_does_not_stop_an_honest_leader(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    honest = cluster.offer([0, 1, 3], 2)
    cluster.peer(1).propose(honest)  # the leader got as far as one node
    cluster.stop(2)
    # Node 0 never signed it; it invents a lock on another report, and signs that.
    other = invented(cluster, [0, 1, 3])
    domain = cluster.round(0).domain
    signature = signer(0).sign(other.report.encoded(domain))
    cluster.node(0).desk.quorum = lambda epoch: (other, {0: signature})  # type: ignore[method-assign]
    cluster.open(2, attempt=1)
    for _ in range(6):
        cluster.node(3).step()
        cluster.node(1).step()
        cluster.node(0).step()
    # Nodes 1 and 3 alone are no quorum, and node 0 signs what it likes; but nobody gives the epoch up.
    assert not cluster.logged(3, "epoch skipped")
    del cluster.node(0).desk.quorum
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    assert [posted.set_hash for posted in cluster.chain.posted] == [honest.proposal.report.set_hash]


def invented(cluster: Cluster, nodes: list[int]) -> Proposal:
    """A proposal that no leader offered, of a report that its observations do not make."""
    return cluster.offer(nodes, 2, root=b"\x55" * 32).proposal


def test_a_lock_that_its_holder_has_not_signed_is_ignored(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    made_up = invented(cluster, [0, 1, 3])
    digest = made_up.report.encoded(cluster.round(0).domain)
    cluster.node(0).desk.quorum = lambda epoch: (made_up, {0: signer(1).sign(digest)})  # type: ignore[method-assign]
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    assert cluster.logged(2, "lock ignored")


def test_a_lock_that_its_observations_do_not_make_is_passed_over(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    made_up = invented(cluster, [0, 1, 3])
    signature = signer(0).sign(made_up.report.encoded(cluster.round(0).domain))
    cluster.node(0).desk.quorum = lambda epoch: (made_up, {0: signature})  # type: ignore[method-assign]
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    assert "root is 0x5555" in cluster.logged(2, "lock unusable")[0]["reason"]
    assert 2 in cluster.chain.reports[2].signers


@pytest.mark.parametrize(
    ("leader", "attempt", "refusal"), [(1, 0, "WrongSigner"), (3, 1, "NotYet"), (2, 4, "NotYet"), (3, 0, "WrongSigner")]
)
def test_a_proposal_out_of_turn_is_refused(clusters: MakeCluster, leader: int, attempt: int, refusal: str) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(0).propose(cluster.offer([0, 1, 3], leader, attempt))
    assert refused.value.name == refusal


def test_a_leader_whose_turn_is_over_locks_nobody(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    late = cluster.offer([0, 1, 3], 2)
    cluster.chain.advance(cluster.chain.head().timestamp + 300)
    cluster.node(0).step()
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(0).propose(late)
    assert refused.value.name == "WrongLeader"


def test_a_named_observation_is_had_from_the_leader_when_its_owner_is_gone(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    proposal = cluster.offer([0, 1, 3], 2)
    # The leader has fetched all; then an owner goes away.
    cluster.node(2).desk._store.add_observation(cluster.peer(3).own_observation(2, 0))
    cluster.stop(3)
    assert cluster.peer(0).propose(proposal)
    # With the leader not having it either, it cannot be checked and is not signed.
    cluster.node(2).desk._store.prune(3)
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(1).propose(proposal)
    assert refused.value.name == "ObservationUnavailable"


def test_peers_that_answer_rubbish_do_no_harm(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.stop(0)
    rubbish = SiteServer()
    try:
        for path in ("/epochs/2/observation?base=0", "/epochs/2/report", "/epochs/2/proposal"):
            rubbish.paths[path] = b'{"node": ' + b"[" * 40_000
        for index in cluster.running:
            node = cluster.node(index)
            node._peer_urls[cold(0).lower()] = rubbish.url
            node._peers = node._meet(cluster.chain.config())
        assert set(cluster.report(2).signers) == {1, 2, 3}
        assert rubbish.asked
    finally:
        rubbish.close()


def test_reports_are_identical_from_late_and_repeated_messages(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    proposal = cluster.offer([0, 1, 3], 2)
    signatures = {index: [cluster.peer(index).propose(proposal) for _ in range(3)] for index in (3, 0, 1)}
    assert all(len(set(given)) == 1 for given in signatures.values())
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    assert cluster.chain.posted == [proposal.proposal.report]
