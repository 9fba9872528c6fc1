"""A keeper takes readings from any node and believes only those that make the on-chain root."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.merkle import meter_leaf, meter_tree, root_of_multiproof, root_of_proof
from oracle.domain.reading import Reading
from oracle.exchange.fetch import Fetcher
from oracle.keeper.readings import NodeReadings, NoReadings, ProvenReadings, WrongRoot
from tests.support.nodes import ReadingNode, reading_node

LEAVES = tuple((1 << 248 | number, Reading(measured=number, delivered=number)) for number in range(1, 30))
ROOT = meter_tree(LEAVES).root


@given(st.sets(st.sampled_from(range(1, 30)), min_size=1))
def test_a_batch_proves_its_leases_in_its_own_order(numbers: set[int]) -> None:
    batch = ProvenReadings(7, LEAVES, ROOT).batch([1 << 248 | number for number in numbers])
    assert batch.epoch == 7
    assert set(batch.lease_ids) == numbers
    readings = [Reading.unpack(word) for word in batch.readings]
    assert [reading.measured for reading in readings] == list(batch.lease_ids)
    encoded = [meter_leaf(1 << 248 | lease, reading) for lease, reading in zip(batch.lease_ids, readings, strict=True)]
    if batch.flags is None:
        assert root_of_proof(encoded[0], batch.proof) == ROOT
    else:
        assert root_of_multiproof(encoded, batch.proof, batch.flags) == ROOT


def test_readings_that_do_not_make_the_root_are_refused() -> None:
    with pytest.raises(WrongRoot, match="as on-chain"):
        ProvenReadings(7, LEAVES[:-1], ROOT)


def test_only_meters_under_the_root_are_in_it() -> None:
    readings = ProvenReadings(7, LEAVES, ROOT)
    assert 1 << 248 | 5 in readings
    assert 1 << 248 | 99 not in readings
    with pytest.raises(KeyError):
        readings.batch([1 << 248 | 99])


@pytest.fixture
def honest() -> Iterator[ReadingNode]:
    with reading_node() as node:
        node.reports[7] = dict(LEAVES)
        yield node


@pytest.fixture
def liar() -> Iterator[ReadingNode]:
    with reading_node() as node:
        node.reports[7] = {**dict(LEAVES), 1 << 248 | 5: Reading(measured=1000)}
        yield node


DOWN = "http://127.0.0.1:9"


def test_a_node_that_is_down_or_lies_is_passed_over_and_complained_of_once(
    honest: ReadingNode, liar: ReadingNode
) -> None:
    complaints: list[str] = []
    readings = NodeReadings([DOWN, liar.url, honest.url], Fetcher(), complaints.append)
    assert 1 << 248 | 5 in readings.proven(7, ROOT)
    assert len(complaints) == 2
    assert complaints[0].startswith(f"{DOWN}: ")
    assert complaints[1].startswith(f"{liar.url}: readings of epoch 7 make root 0x")
    # The one that had them is asked first from now on.
    asked = liar.asked
    readings.proven(7, ROOT)
    assert (liar.asked, len(complaints)) == (asked, 2)
    del honest.reports[7]
    with pytest.raises(NoReadings):
        readings.proven(7, ROOT)
    assert len(complaints) == 3


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 10_000, b'{"epoch":7,"root":"0x00","leaves":"0x00"}'])
def test_an_answer_that_is_no_message_is_passed_over(honest: ReadingNode, body: bytes) -> None:
    complaints: list[str] = []
    with reading_node() as broken:
        broken.broken = body
        NodeReadings([broken.url, honest.url], Fetcher(), complaints.append).proven(7, ROOT)
    assert len(complaints) == 1


def test_without_any_node_it_says_what_to_check() -> None:
    with pytest.raises(NoReadings, match=r"none of 1 nodes gave the readings of epoch 7: check \[keeper\] nodes"):
        NodeReadings([DOWN], Fetcher(), lambda _: None).proven(7, ROOT)
