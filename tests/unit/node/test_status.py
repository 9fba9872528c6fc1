"""What a node tells of itself is what happened, and tells nobody where its peers are."""

import httpx
import pytest

from oracle.exchange.fetch import Fetcher
from oracle.preflight.running import NotThere, read_status
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


def test_the_status_counts_like_every_public_path_and_a_watch_at_its_fastest_is_within_what_is_allowed(
    clusters: MakeCluster,
) -> None:
    cluster = clusters(4)
    url = f"http://127.0.0.1:{cluster.ports[0]}"
    fetcher = Fetcher(timeout_s=3)
    with httpx.Client(base_url=url, trust_env=False) as client:
        for _ in range(300):  # a minute of `wellhead status --watch --every 0.2`
            assert client.get("/status").status_code == 200
        assert read_status(url, fetcher)["index"] is None
        assert 429 in (client.get("/status").status_code for _ in range(2000))
        with pytest.raises(NotThere, match="asked too often from here: ask again"):
            _ = [read_status(url, fetcher) for _ in range(20)]
        assert client.get("/livez").status_code == 200
    fetcher.close()
