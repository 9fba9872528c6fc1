"""What a node tells of itself is what happened, and tells nobody where its peers are."""

from tests.unit.node.conftest import MakeCluster
from tests.unit.node.test_agreement import open_and_observe


def test_the_status_shows_place_lag_round_peers_and_refusals(clusters: MakeCluster) -> None:
    cluster = clusters(4)
    cluster.stop(1)
    cluster.report(2)
    told = cluster.node(2).status()
    assert (told["index"], told["in_quorum"], told["standing"], told["due"], told["epoch_lag"]) == (2, True, 2, 2, 0)
    assert told["round"] is None
    peers = {peer["index"]: peer for peer in told["peers"]}
    assert peers[0]["last_observation"] == 2
    assert peers[0]["last_answer"] is not None
    assert peers[0]["last_error"] is None
    assert peers[1]["last_error"].startswith("its address/")
    assert str(cluster.ports[1]) not in str(told["peers"])
    assert told["epochs"][0]["sites_configured"] == 0
    assert told["clock"] == {"of": "chain", "skew_s": 0, "max_skew_s": 60, "is_off": False, "refused": 0}
    open_and_observe(cluster, 3, but=3)
    told = cluster.node(0).status()
    assert told["round"] == {"epoch": 3, "attempt": 0, "leader": 3}
    assert told["epoch_lag"] == 1
    assert sum(cluster.node(0).status()["refused"].values()) == sum(cluster.node(0).desk.refused.values())
