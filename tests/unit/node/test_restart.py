"""A node that was ended, at whatever moment, goes on without saying or signing anything twice."""

import sqlite3
from contextlib import closing

import pytest

from oracle.domain.reading import Reading
from oracle.exchange.peers import PeerRefused
from oracle.store.errors import StoreUnavailable
from oracle.store.guard import SigningGuard
from tests.unit.node.conftest import METERS, MakeCluster
from tests.unit.node.test_agreement import open_and_observe

LEASE = METERS.leases[0].meter_id


def test_a_restarted_node_hands_out_the_observation_it_made_before(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    before = cluster.peer(0).own_observation(2, 0)
    cluster.stop(0)
    cluster.observers[0].increments = lambda facts: {LEASE: Reading(1, 1)}
    cluster.start(0)
    cluster.node(0).step()
    assert cluster.peer(0).own_observation(2, 0) == before


def test_a_restarted_node_knows_the_open_meters_before_its_next_round(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    cluster.stop(0)
    cluster.start(0)
    cluster.node(0).step()
    assert cluster.node(0).status()["waiting_for"] == "epoch 3"
    assert cluster.node(0).open_meters == METERS


def test_a_restarted_node_signs_only_epochs_that_end_after_its_start(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    cluster.stop(0)
    cluster.start(0)  # during epoch 4, two hours after epoch 2 ended
    cluster.node(0).step()
    with pytest.raises(PeerRefused) as refused:
        cluster.peer(0).propose(cluster.offer([0, 1, 3], 2))
    assert refused.value.name == "GuardRefused"
    # The others need no more than three of four: epochs 2 to 4 stand without it, epoch 5 may have it again.
    for epoch, attempt in ((2, 0), (3, 0), (4, 1)):  # it would lead epoch 4 at attempt 0
        assert 0 not in cluster.report(epoch, attempt).signers
    cluster.stop(1)
    assert set(cluster.report(5, attempt=1).signers) == {0, 2, 3}


def test_a_database_that_takes_nothing_is_the_nodes_trouble_and_no_epochs(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.open(4)
    cluster.node(0).step()  # it leads, and has nobody's observation but its own
    for other in (1, 2, 3):
        cluster.node(other).step()
    with closing(sqlite3.connect(cluster.folder / "node0" / "node.db", isolation_level=None)) as program:
        program.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable):
            cluster.node(0).step()
        program.execute("ROLLBACK")
    assert "epoch 4: " in cluster.node(0).status()["waiting_for"]
    assert 0 in cluster.report(4, attempt=0).signers


def test_it_leads_no_epoch_it_may_not_sign(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.open(2)
    cluster.stop(2)
    cluster.start(2)
    for _ in range(3):
        cluster.step()
    assert cluster.chain.reports == {}
    assert "before this node started" in cluster.node(2).status()["waiting_for"]
    cluster.report(2, attempt=1)


def test_a_leader_killed_between_lock_and_signature_hands_on_the_signature_it_owed(
    clusters: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)

    def die(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SigningGuard, "sign", die)
        with pytest.raises(KeyboardInterrupt):
            cluster.node(2).step()
    cluster.stop(2)
    cluster.start(2)
    cluster.chain.advance(cluster.chain.head().timestamp + 300)
    cluster.node(2).step()
    locked, signatures = cluster.peer(2).quorum(2)
    assert set(signatures) == {2}
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    assert cluster.chain.posted == [locked.report]


def test_a_report_is_posted_once(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    for epoch in (2, 3):
        cluster.report(epoch)
        for _ in range(5):
            cluster.step()
    assert cluster.chain.tries == 2
    # Node 3 led epoch 3, and knows by which transaction it stands.
    newest = cluster.node(3).status()["epochs"][0]
    assert (newest["epoch"], newest["state"]) == (3, "CONFIRMED")
    assert newest["transaction"] == cluster.logged(3, "posted")[0]["transaction"]


def test_a_quorum_that_could_not_be_posted_is_posted_by_the_next_leader(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.chain.refuse = True
    cluster.open(2)
    cluster.run_until(lambda: cluster.chain.tries > 0)
    cluster.run_until(lambda: bool(cluster.logged(2, "posting failed")))
    locked = cluster.node(2).desk.quorum(2)[0]
    cluster.chain.refuse = False
    cluster.stop(2)
    cluster.report(2, attempt=1)
    assert cluster.chain.posted == [locked.report]


def test_a_node_that_lost_its_database_takes_the_base_from_peers_with_proof(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    cluster.stop(0)
    (cluster.folder / "node0" / "node.db").unlink()
    for rest in (cluster.folder / "node0").glob("node.db-*"):
        rest.unlink()
    # One peer hands out readings that do not make the root.
    lie = cluster.node(1).records
    leaves = lie.standing_readings(2)
    lie.standing_readings = lambda _: (leaves[0], ((LEASE, Reading(1)),))  # type: ignore[method-assign]
    cluster.start(0)
    cluster.report(3)
    assert cluster.readings(0, 2) == dict(leaves[1])
    assert cluster.readings(0, 3) == cluster.readings(2, 3)


def test_a_restarted_node_still_hands_out_older_standing_readings(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.report(2)
    cluster.report(3)
    cluster.stop(0)
    cluster.start(0)
    assert dict(cluster.peer(0).readings(2)) == cluster.readings(1, 2)
    with pytest.raises(PeerRefused):
        cluster.peer(0).readings(1)


@pytest.mark.parametrize("dropped", [3, 2], ids=["a base is left", "none is left"])
def test_a_report_dropped_while_a_node_was_away_is_not_confirmed_on_its_return(
    clusters: MakeCluster, dropped: int
) -> None:
    cluster = clusters(4)
    for epoch in (2, 3):
        cluster.report(epoch)
    cluster.run_until(lambda: cluster.node(0).status()["epochs"][0]["state"] == "CONFIRMED")
    cluster.stop(0)
    cluster.chain.drop(dropped)
    cluster.start(0)
    cluster.step()
    newest = cluster.node(0).status()["epochs"][0]
    assert (newest["epoch"], newest["state"]) == (3, "SUBMITTED")
    cluster.report(4, attempt=1)
    assert cluster.node(0).status()["epochs"][1]["state"] == "EXPIRED"


def test_a_node_under_half_of_its_sites_abstains_and_still_signs(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.observers[0].reached = 4
    cluster.report(2)
    cluster.observers[0].reached = 1
    cluster.report(3)
    assert cluster.logged(0, "abstained") == [
        {"event": "abstained", "epoch": 3, "sites_reached": 1, "reached_before": 4}
    ]
    proposal, _ = cluster.node(1).desk.made_of(3)
    assert [node for node, _ in proposal.pairs] == [1, 2, 3]
    # It was tried: as many sites as then are enough the next time.
    cluster.report(4)
    assert len(cluster.logged(0, "abstained")) == 1


def test_a_second_node_on_one_database_is_refused(clusters: MakeCluster) -> None:
    from oracle.store.database import DatabaseInUse

    cluster = clusters(4)
    running = cluster.stacks[0]
    with pytest.raises(DatabaseInUse):
        cluster.start(0)
    cluster.stacks[0].close()
    running.close()


def test_a_key_outside_the_set_says_so_and_is_not_ready(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    node = cluster.node(0)
    node._guard._signer.address = "0x" + "99" * 20  # type: ignore[misc]
    cluster.open(2)
    node.step()
    assert not node.ready()
    assert "signs for no node of the set" in node.status()["waiting_for"]
