"""The tree equals @openzeppelin/merkle-tree's, byte for byte, and refuses what that package would accept."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.domain.keccak import EncodingError
from oracle.domain.merkle import (
    DuplicateLeaf,
    MerkleError,
    MerkleTree,
    inventory_leaf,
    inventory_tree,
    meter_leaf,
    meter_tree,
    root_of_multiproof,
    root_of_proof,
)
from oracle.domain.reading import Reading

HERE = Path(__file__).parent
SIZES = [*range(1, 20), 31, 32, 33, 64, 100, 127, 128, 129, 257]


def _reading(rng: random.Random) -> Reading:
    return Reading.unpack(rng.getrandbits(256))


def _cases() -> list[dict[str, Any]]:
    rng = random.Random(20)
    cases: list[dict[str, Any]] = []
    for size in SIZES:
        places = list(range(size))
        multi = [[], places, [rng.choice(places)], *([*rng.sample(places, rng.randint(1, size))] for _ in range(3))]
        shape = {"prove": rng.sample(places, min(size, 8)), "multi": multi}
        meters = [(rng.getrandbits(256), _reading(rng)) for _ in places]
        cases.append({"readings": meters, "types": ["uint256", "uint256"], **shape})
        cases.append({"uuids": [f"GPU-{'x' * rng.randint(0, 70)}{i}-é" for i in places], "types": ["string"], **shape})
    return cases


def _values(case: dict[str, Any]) -> list[list[str]]:
    if "uuids" in case:
        return [[uuid] for uuid in case["uuids"]]
    return [[str(meter), str(reading.pack())] for meter, reading in case["readings"]]


def _tree(case: dict[str, Any]) -> MerkleTree:
    return inventory_tree(case["uuids"]) if "uuids" in case else meter_tree(case["readings"])


def test_roots_proofs_and_multiproofs_equal_the_npm_package() -> None:
    cases = _cases()
    asked = [
        {"types": case["types"], "values": _values(case), "prove": case["prove"], "multi": case["multi"]}
        for case in cases
    ]
    ran = subprocess.run(
        ["node", str(HERE / "standard_tree.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers = json.loads(ran.stdout)
    assert len(answers) == len(cases) == 2 * len(SIZES)
    for case, answer in zip(cases, answers, strict=True):
        tree = _tree(case)
        assert _hex(tree.root) == answer["root"]
        assert [[_hex(node) for node in tree.proof(leaf)] for leaf in case["prove"]] == answer["proofs"]
        for wanted, theirs in zip(case["multi"], answer["multi"], strict=True):
            ours = tree.multiproof(wanted)
            assert list(ours.leaves) == theirs["leaves"]
            assert [_hex(node) for node in ours.proof] == theirs["proof"]
            assert list(ours.flags) == theirs["flags"]


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


meters = st.dictionaries(
    st.integers(min_value=0, max_value=2**256 - 1),
    st.integers(min_value=0, max_value=2**256 - 1),
    min_size=1,
    max_size=40,
).map(lambda words: [(meter, Reading.unpack(word)) for meter, word in words.items()])


@given(meters, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_root_does_not_depend_on_the_order_of_leaves_and_every_proof_leads_to_it(
    readings: list[tuple[int, Reading]], rng: random.Random
) -> None:
    tree = meter_tree(readings)
    shuffled = readings[:]
    rng.shuffle(shuffled)
    assert meter_tree(shuffled).root == tree.root
    for place, (meter, reading) in enumerate(readings):
        assert root_of_proof(meter_leaf(meter, reading), tree.proof(place)) == tree.root
    some = rng.sample(range(len(readings)), rng.randint(0, len(readings)))
    multi = tree.multiproof(some)
    leaves = [meter_leaf(*readings[place]) for place in multi.leaves]
    assert root_of_multiproof(leaves, multi.proof, multi.flags) == tree.root


@given(meters, st.integers(min_value=0, max_value=255))
@settings(max_examples=60, deadline=None)
def test_a_proof_of_another_reading_leads_elsewhere(readings: list[tuple[int, Reading]], bit: int) -> None:
    meter, reading = readings[0]
    other = Reading.unpack(reading.pack() ^ 1 << bit)
    tree = meter_tree(readings)
    assert root_of_proof(meter_leaf(meter, other), tree.proof(0)) != tree.root


def test_one_meter_twice_is_refused_even_with_another_reading() -> None:
    with pytest.raises(DuplicateLeaf, match="0x7"):
        meter_tree([(7, Reading()), (8, Reading()), (7, Reading(measured=1))])


def test_one_gpu_twice_is_refused() -> None:
    with pytest.raises(DuplicateLeaf):
        MerkleTree([inventory_leaf("GPU-1"), inventory_leaf("GPU-2"), inventory_leaf("GPU-1")])


def test_an_empty_tree_an_unknown_leaf_and_a_leaf_asked_for_twice_are_refused() -> None:
    with pytest.raises(MerkleError, match="at least one"):
        meter_tree([])
    tree = inventory_tree(["a", "b", "c"])
    with pytest.raises(MerkleError, match="no leaf 3"):
        tree.proof(3)
    with pytest.raises(MerkleError, match="no leaf -1"):
        tree.multiproof([-1])
    with pytest.raises(MerkleError, match="twice"):
        tree.multiproof([1, 1])


def test_malformed_multiproofs_are_refused() -> None:
    tree = inventory_tree(["a", "b", "c", "d"])
    multi = tree.multiproof([0, 2])
    leaves = [inventory_leaf("abcd"[place]) for place in multi.leaves]
    for proof, flags in [
        (multi.proof[1:], multi.flags),
        (multi.proof, multi.flags[1:]),
        (multi.proof, (True, True, True)),
    ]:
        with pytest.raises(MerkleError):
            root_of_multiproof(leaves, proof, flags)
    with pytest.raises(EncodingError):
        root_of_proof(leaves[0], [b"short"])
