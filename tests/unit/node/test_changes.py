"""The set, a key or the base changes in the midst of an epoch: nothing is stuck, nothing is signed twice."""

from dataclasses import replace

import pytest
from eth_account import Account

from oracle.domain.keccak import keccak256
from oracle.domain.report import Domain
from oracle.exchange.peers import PeerRefused
from oracle.keys import KeySigner
from oracle.store.reports import Span
from tests.unit.node.cluster import CHAIN_ID, HOUR, ORACLE, SCHEDULE, Cluster, signer
from tests.unit.node.conftest import METERS, MakeCluster
from tests.unit.node.test_agreement import open_and_observe

LEASE = METERS.leases[0].meter_id


def bound(cluster: Cluster, index: int, epoch: int) -> bytes | None:
    """The digest a node is bound to."""
    return cluster.node(index)._guard.digest_of(epoch)


def test_a_new_configuration_amid_an_epoch_is_observed_and_signed_anew_by_those_who_had_not_signed(
    clusters: MakeCluster,
) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    old = cluster.offer([0, 1, 3], 2)
    cluster.peer(0).propose(old)
    before = cluster.peer(1).own_observation(2, 0)
    cluster.chain.configure([3, 2, 1, 0])
    cluster.open(2, attempt=2)  # node 3, now the first, leads
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    report = cluster.chain.posted[0]
    assert report.config_digest == cluster.chain.config().config_digest != old.proposal.report.config_digest
    # Node 0, the last now, had signed under the old one and signs nothing else for the epoch.
    assert cluster.chain.reports[2].signers == (0, 1, 2)
    assert bound(cluster, 0, 2) == old.proposal.report.digest(Domain(CHAIN_ID, ORACLE))
    block = cluster.chain.last_block_at(SCHEDULE.period_end(2))
    span = Span(report.config_digest, report.base_epoch, report.base_root, block.hash)
    now = cluster.node(1)._reports.own_observation(2, span, 2)
    assert now is not None
    assert (now.node, before.node) == (2, 1)
    assert now.observation.config_digest == report.config_digest
    assert cluster.logged(1, "node set changed")
    assert cluster.report(3).base_epoch == 2  # and the set goes on


def test_when_more_than_f_signed_under_the_old_configuration_the_epoch_is_skipped_and_caught_up(
    clusters: MakeCluster,
) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    offer = cluster.offer([0, 1, 3], 2)
    for index in (0, 1):
        cluster.peer(index).propose(offer)
    cluster.chain.configure([3, 2, 1, 0])
    cluster.open(2, attempt=2)
    for _ in range(5):
        cluster.step()
    assert cluster.chain.reports == {}
    assert cluster.logged(3, "epoch skipped")
    assert cluster.report(3).base_epoch == 0
    assert cluster.readings(0, 3)[LEASE].measured > 2 * 4 * HOUR - 100


def test_a_report_that_is_reorganised_away_is_posted_again_as_it_was(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    cluster.report(3)
    for _ in range(2):
        cluster.step()
    first = cluster.chain.posted[-1]
    digests = [bound(cluster, index, 3) for index in range(4)]
    cluster.chain.reorganise(3, forgotten=True)
    cluster.run_until(lambda: 3 in cluster.chain.reports)
    assert cluster.chain.posted[-1] == first
    assert {bound(cluster, index, 3) for index in range(4)} - {None} == set(digests) - {None}
    assert cluster.logged(0, "report gone") == [{"event": "report gone", "epoch": 3, "standing": 2}]
    cluster.run_until(lambda: cluster.node(0).status()["epochs"][0]["state"] == "CONFIRMED")


def test_after_a_reorganisation_the_reports_below_it_are_not_read_again(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    for epoch in range(2, 9):
        cluster.report(epoch)
    cluster.chain.asked.clear()
    cluster.chain.reorganise(8, forgotten=True)
    cluster.run_until(lambda: 8 in cluster.chain.reports)
    cluster.report(9)
    assert min(cluster.chain.asked) >= 7
    assert cluster.readings(0, 9)[LEASE].measured > 8 * 4 * HOUR - 100


def test_a_dropped_report_is_not_reported_again_and_the_next_is_built_on_the_older_base(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    cluster.report(3)
    posted = len(cluster.chain.posted)
    cluster.chain.drop(3)
    cluster.run_until(lambda: any("was dropped" in waiting for waiting in cluster.waiting()))
    tries = cluster.chain.tries
    for _ in range(4):
        cluster.step()
    assert cluster.chain.tries == tries
    assert len(cluster.chain.posted) == posted
    report = cluster.report(4)
    assert report.base_epoch == 2
    assert cluster.readings(0, 4)[LEASE].measured > 3 * 4 * HOUR - 100
    states = {row["epoch"]: row["state"] for row in cluster.node(0).status()["epochs"]}
    assert states[3] == "EXPIRED"


def test_a_base_dropped_while_an_epoch_is_agreed_on_is_observed_over_the_older_one(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    cluster.report(3)
    cluster.open(4)
    for index in (1, 2, 3):  # node 0 leads
        cluster.node(index).step()
    assert cluster.round(1).base_epoch == 3
    over = cluster.peer(1).own_observation(4, 3)
    cluster.chain.drop(3)
    cluster.run_until(lambda: 4 in cluster.chain.reports)
    assert cluster.chain.reports[4].base_epoch == 2
    again = cluster.node(1).desk.made_of(4)
    assert over.observation.base_epoch == 3
    assert {signed.observation.base_epoch for signed in again[1]} == {2}


def test_another_block_at_the_end_of_the_period_is_observed_anew(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    before = cluster.round(0).block_hash
    blocks = cluster.chain.blocks
    at = next(place for place, block in enumerate(blocks) if block.hash == before)
    blocks[at] = type(blocks[at])(blocks[at].number, keccak256(b"another"), blocks[at].timestamp)
    cluster.chain.advance(cluster.chain.head().timestamp + 1)
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    proposal, observations = cluster.node(0).desk.made_of(2)
    assert proposal.block_hash == keccak256(b"another") != before
    assert {signed.observation.block_hash for signed in observations} == {proposal.block_hash}


def test_a_rotated_key_signs_from_its_epoch_on_and_is_let_in_before(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    key = keccak256(b"a new hot key")
    new = KeySigner(str(Account.from_key(key).address), key)
    cluster.chain.rotate(1, new.address, hot_from=6)
    cluster.stop(0)
    # The old key signs for epoch 3, the first after the rotation was mined: three of four are needed.
    assert set(cluster.report(3).signers) == {1, 2, 3}
    cluster.stop(1)
    cluster.start(0)
    cluster.keys[1] = new
    cluster.start(1)
    for epoch in (4, 5):
        cluster.open(epoch, attempt=2)
        for _ in range(3):
            cluster.step()
    assert "signs for no node" in cluster.node(1).status()["waiting_for"]
    assert cluster.node(1).status()["index"] == 1  # for the epoch that now is
    cluster.stop(3)
    report = cluster.report(7, attempt=1)
    assert set(report.signers) == {0, 1, 2}


def test_a_retired_key_is_let_in_only_while_it_signs_the_epoch_that_is_due(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    new = KeySigner(str(Account.from_key(keccak256(b"a new hot key")).address), keccak256(b"a new hot key"))
    cluster.chain.rotate(1, new.address, hot_from=4)

    def refusal(epoch: int) -> str:
        with pytest.raises(PeerRefused) as refused:
            cluster.peer(0, asks=1).own_observation(epoch, 1)
        return refused.value.name

    cluster.report(3)
    assert refusal(3) != "NotAuthenticated"  # the old key signs for epoch 3
    cluster.open(4)
    cluster.node(0).step()
    assert refusal(4) == "NotAuthenticated"
    cluster.keys[1] = new
    assert refusal(4) != "NotAuthenticated"


def test_a_quorum_whose_leader_died_before_posting_is_posted_by_the_next(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    offer = cluster.offer([0, 1, 3], 2)
    for index in (0, 1, 3):
        cluster.peer(index).propose(offer)
    cluster.stop(2)
    signed = [bound(cluster, index, 2) for index in (0, 1, 3)]
    report = cluster.report(2, attempt=1)
    assert cluster.chain.posted == [offer.proposal.report]
    assert len(set(signed)) == 1
    assert len(report.signers) == 3


def test_an_offer_recorded_in_one_turn_is_no_offer_in_a_later_turn_of_the_same_leader(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    recorded = cluster.offer([0, 1, 3], 2)
    cluster.open(2, attempt=4)  # node 2's turn again
    cluster.node(0).step()
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(0).propose(recorded)
    assert refused.value.name == "WrongLeader"
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(0).propose(replace(recorded, attempt=4))
    assert refused.value.name == "WrongSigner"
    assert bound(cluster, 0, 2) is None


@pytest.mark.slow
def test_thirty_one_nodes_with_ten_gone_agree(clusters: MakeCluster) -> None:
    cluster = clusters(31)
    for index in range(3, 31, 3):
        cluster.stop(index)
    report = cluster.report(2)
    assert len(report.signers) == 21
    assert len({tuple(cluster.readings(index, 2).items()) for index in cluster.running}) == 1
    assert signer(0).address == cluster.node(0).status()["address"]
