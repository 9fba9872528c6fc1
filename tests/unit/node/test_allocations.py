"""Allocation bodies against the chain's hash and inventory root, and rival claims to one GPU."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.keccak import keccak256
from oracle.domain.merkle import inventory_tree
from oracle.domain.meters import Allocation, FleetMeter, Inventory
from oracle.metering.meters import Allocation as Tenure
from oracle.node.allocations import (
    MAX_BOARDS,
    Claim,
    VoidAllocation,
    WrongBody,
    allocated_gpus,
    check_body,
    effective,
    inventory_gpus,
    settle_claims,
)
from tests.unit.node.cluster import GENESIS, HOUR, fleet, lease

UUIDS = [f"GPU-{number:08d}" for number in range(6)]
TREE = inventory_tree(UUIDS)
FLEET: FleetMeter = dataclasses.replace(fleet(), inventories=(Inventory(3, TREE.root, len(UUIDS)),))
LEASE = lease(1, units=2)


def body(uuids: list[str], **changes: Any) -> bytes:
    gpus = [{"uuid": uuid, "proof": ["0x" + node.hex() for node in TREE.proof(UUIDS.index(uuid))]} for uuid in uuids]
    return json.dumps({"fleet": 1, "lease": 1, "version": 3, "gpus": gpus, **changes}).encode()


def judged(raw: bytes, version: int = 3, of: FleetMeter | None = FLEET) -> tuple[str, ...]:
    return allocated_gpus(raw, Allocation(1, version, keccak256(raw), 0, (1, 0)), LEASE, of)


def test_a_body_of_proven_gpus_allocates_them() -> None:
    assert judged(body(UUIDS[2:4])) == tuple(UUIDS[2:4])
    assert judged(body([])) == ()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (body(UUIDS[:3]), "3 GPUs for 2 units"),
        (body([UUIDS[0], UUIDS[0]]), "twice"),
        (body(UUIDS[:1], lease=2), "lease 2"),
        (body(UUIDS[:1], fleet=2), "fleet 2"),
        (body(UUIDS[:1], version=4), "version 4"),
        (body(UUIDS[:1], more=1), "not an allocation body"),
        (body(UUIDS[:1], gpus=[{"uuid": UUIDS[0], "proof": []}]), "not proven"),
        (body(UUIDS[:1], gpus=[{"uuid": UUIDS[1], "proof": ["0x" + n.hex() for n in TREE.proof(0)]}]), "not proven"),
        (body(UUIDS[:1], gpus=[{"uuid": UUIDS[0], "proof": ["0x12"]}]), "not an allocation body"),
        (body(UUIDS[:1], lease="1"), "not an allocation body"),
        (b"", "not an allocation body"),
        (b"[" * 50_000, "not an allocation body"),
        (b"\xff", "not an allocation body"),
    ],
)
def test_a_body_that_breaks_a_rule_is_void_as_a_whole(raw: bytes, said: str) -> None:
    with pytest.raises(VoidAllocation, match=said):
        judged(raw)


def test_an_inventory_version_the_chain_does_not_know_is_void() -> None:
    for of in (None, dataclasses.replace(FLEET, inventories=())):
        with pytest.raises(VoidAllocation, match="no inventory version 3"):
            judged(body(UUIDS[:1]), of=of)


def test_bytes_with_another_hash_are_not_the_body() -> None:
    raw = body(UUIDS[:1])
    assert check_body(raw, keccak256(raw)) == raw
    with pytest.raises(WrongBody):
        check_body(raw + b" ", keccak256(raw))


def test_an_inventory_list_must_make_the_root() -> None:
    assert inventory_gpus(json.dumps(UUIDS[::-1]).encode(), Inventory(3, TREE.root, 6)) == tuple(UUIDS[::-1])
    for raw in (json.dumps(UUIDS[1:]).encode(), json.dumps(UUIDS + UUIDS[:1]).encode(), b"[]", b"{}", b"[1]", b"\xff"):
        with pytest.raises(WrongBody):
            inventory_gpus(raw, Inventory(3, TREE.root, 6))


@pytest.mark.parametrize("count", [5, 7])
def test_an_inventory_list_must_be_as_long_as_the_chain_says(count: int) -> None:
    with pytest.raises(WrongBody, match=f"6 GPUs, the chain names {count}"):
        inventory_gpus(json.dumps(UUIDS).encode(), Inventory(3, TREE.root, count))


def test_an_inventory_list_longer_than_any_site_is_refused_before_its_tree_is_built() -> None:
    raw = json.dumps([f"GPU-{number}" for number in range(MAX_BOARDS + 1)]).encode()
    with pytest.raises(WrongBody, match="not an inventory list"):
        inventory_gpus(raw, Inventory(3, TREE.root, MAX_BOARDS + 1))


HASH = b"\x01" * 32


def test_an_allocation_counts_from_its_epoch_until_the_next_inside_the_term_and_the_span() -> None:
    start = GENESIS + 10 * HOUR
    first = Allocation(1, 3, HASH, start - 5 * HOUR, (5, 0))
    second = Allocation(1, 3, HASH, start + 2 * HOUR, (9, 0))
    taken_away = Allocation(1, 3, bytes(32), start + 4 * HOUR, (12, 0))
    terms = dataclasses.replace(lease(1, start=start), allocations=(second, taken_away, first))
    assert effective(terms, (start - HOUR, start + 100 * HOUR)) == [
        (first, start, start + 2 * HOUR),
        (second, start + 2 * HOUR, start + 4 * HOUR),
    ]
    assert effective(terms, (start + HOUR, start + 3 * HOUR)) == [
        (first, start + HOUR, start + 2 * HOUR),
        (second, start + 2 * HOUR, start + 3 * HOUR),
    ]
    assert effective(dataclasses.replace(terms, stop=start + HOUR), (start, start + 9 * HOUR)) == [
        (first, start, start + HOUR)
    ]


def test_of_two_allocations_of_one_epoch_the_one_mined_last_counts() -> None:
    start = GENESIS + 10 * HOUR
    early, late = (Allocation(1, 3, HASH, start, (5, log)) for log in (0, 1))
    terms = dataclasses.replace(lease(1, start=start, hours=5), allocations=(late, early))
    assert effective(terms, (start, start + HOUR)) == [(late, start, start + HOUR)]


def test_a_gpu_claimed_twice_counts_for_the_claim_mined_first_and_only_while_that_lasts() -> None:
    assert settle_claims([Claim(1, 2, (7, 0), 0, 100, ("a", "b")), Claim(1, 1, (6, 3), 40, 60, ("a",))]) == {
        1: [Tenure(40, 60, ("a",))],
        2: [Tenure(0, 40, ("a", "b")), Tenure(40, 60, ("b",)), Tenure(60, 100, ("a", "b"))],
    }


def test_an_earlier_claim_of_another_fleet_takes_nothing_away() -> None:
    assert settle_claims([Claim(1, 1, (7, 0), 0, 100, ("a",)), Claim(2, 2, (6, 0), 0, 100, ("a",))]) == {
        1: [Tenure(0, 100, ("a",))],
        2: [Tenure(0, 100, ("a",))],
    }


claims = st.lists(
    st.builds(
        lambda lease_id, block, start, length, uuids: Claim(
            1, lease_id, (block, lease_id), start, start + length, uuids
        ),
        st.integers(1, 3),
        st.integers(1, 9),
        st.integers(0, 20),
        st.integers(1, 20),
        st.sets(st.sampled_from("abcd"), min_size=1).map(lambda uuids: tuple(sorted(uuids))),
    ),
    max_size=6,
    unique_by=lambda claim: claim.mined,
)


@given(claims)
def test_at_every_moment_each_gpu_is_the_oldest_live_claims(given_claims: list[Claim]) -> None:
    settled = settle_claims(given_claims)
    for moment in range(41):
        for uuid in "abcd":
            live = [c for c in given_claims if c.start <= moment < c.end and uuid in c.uuids]
            owners = {
                lease_id
                for lease_id, tenures in settled.items()
                for t in tenures
                if t.effective_from <= moment < (t.effective_to or 0) and uuid in t.uuids
            }
            assert owners == ({min(live, key=lambda c: c.mined).lease_id} if live else set())
