"""Clusters of real nodes, ended when the test is over."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oracle.domain.meters import MeterSet
from oracle.domain.reading import Reading
from oracle.node.observe import Facts
from tests.unit.node.cluster import Cluster, Increments, fleet, lease, make_cluster

METERS = MeterSet(leases=(lease(1), lease(2, units=2)), fleets=(fleet(),))
MakeCluster = Callable[..., Cluster]


def noisy(index: int) -> Increments:
    """An honest node whose samples fall a little differently from others': 7 s a node short of all the time."""

    def increments(facts: Facts) -> dict[int, Reading]:
        found = {}
        for meter, bound in facts.bounds().items():
            whole = max(0, bound.units * bound.span_s - 7 * index)
            found[meter] = Reading(whole, whole, whole // 2, 0, 100 + index, 1)
        return found

    return increments


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[MakeCluster]:
    """Makes a cluster of n nodes, which say what `increments(index)` gives."""
    made: list[Cluster] = []

    def make(nodes: int, increments: Callable[[int], Increments] = noisy, meters: MeterSet = METERS) -> Cluster:
        made.append(make_cluster(tmp_path, nodes, meters, increments))
        return made[-1]

    yield make
    for cluster in made:
        cluster.close()
