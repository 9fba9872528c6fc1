"""What a leader believes of its peers: only what it can check, whatever f of them hand out."""

from oracle.domain.signed import Offer
from tests.unit.node.cluster import Cluster, signer
from tests.unit.node.conftest import MakeCluster
from tests.unit.node.test_agreement import open_and_observe


def reported(cluster: Cluster) -> set[int]:
    """The signers of epoch 2's report, which the chain has checked one by one."""
    cluster.run_until(lambda: 2 in cluster.chain.reports)
    return set(cluster.chain.reports[2].signers)


def test_another_nodes_observation_handed_out_as_its_own_is_left_out_of_the_set(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    of_another = cluster.node(1).desk.own_observation(2, 0)
    cluster.node(0).desk.own_observation = lambda *_: of_another  # type: ignore[method-assign]
    reported(cluster)
    proposal, _ = cluster.node(2).desk.made_of(2)
    assert [index for index, _ in proposal.pairs] == [1, 2, 3]
    assert "hands out node 1's observation as its own" in cluster.logged(2, "observation refused")[0]["reason"]


def test_a_signature_that_is_not_the_peers_own_makes_no_quorum(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)

    def with_anothers_key(offer: Offer) -> tuple[int, bytes]:
        return 0, signer(9).sign(offer.proposal.report.encoded(cluster.round(0).domain))

    cluster.node(0).desk.answer = with_anothers_key  # type: ignore[method-assign]
    assert reported(cluster) == {1, 2, 3}
    assert cluster.chain.tries == 1


def test_signatures_of_others_that_a_peer_made_up_make_no_quorum(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    open_and_observe(cluster, 2, but=2)
    proposal = cluster.offer([0, 1, 3], 2).proposal
    said = proposal.report.encoded(cluster.round(0).domain)
    shown = {node: signer(0).sign(said) for node in (0, 1, 3)}
    cluster.node(0).desk.quorum = lambda epoch: (proposal, dict(shown))  # type: ignore[method-assign]
    reported(cluster)
    assert cluster.chain.posted == [proposal.report]
    assert cluster.chain.tries == 1
