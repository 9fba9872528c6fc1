"""What proves a report false is found, wherever it is, and nothing is found in a true one."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.domain.keccak import uint
from oracle.domain.median import agree
from oracle.domain.merkle import DuplicateLeaf, MerkleTree, leaf_hash, root_of_proof
from oracle.domain.reading import COUNTER_MAX, Reading
from oracle.domain.report import Report
from oracle.watch.checks import aggregate, find_duplicate, find_fallen, find_wrong_aggregate, has_fallen
from oracle.watch.evidence import Evidence, Kind, Named, SignedReport
from oracle.watch.leaves import BadLeaves, Leaves

Pairs = list[tuple[int, int]]
words = st.integers(min_value=0, max_value=(1 << 256) - 1)
KNOWN: Callable[[int], bool] = lambda meter_id: False  # noqa: E731 - every meter has a base


def packed(pairs: Sequence[tuple[int, int]]) -> bytes:
    return b"".join(uint(meter) + uint(word) for meter, word in pairs)


def tree_root(pairs: Sequence[tuple[int, int]]) -> bytes:
    return MerkleTree([packed([pair]) for pair in pairs], twins=True).root


def leaves(pairs: Pairs) -> Leaves:
    return Leaves(packed(pairs), tree_root(pairs), "leaves")


@dataclass
class Case:
    """A true report of ten meters: base, three observations, and what comes of them."""

    base: Pairs
    seen: list[Pairs]
    now: Pairs

    @classmethod
    def of(cls, seed: int) -> "Case":
        rng = random.Random(seed)
        small = [[[rng.randrange(1, 3600) for _ in range(5)] for _ in range(10)] for _ in range(4)]
        base, *seen = ([(m + 1, Reading(*row).pack() | rng.getrandbits(16)) for m, row in enumerate(t)] for t in small)
        now = [(m, agree(Reading.unpack(b), [Reading.unpack(dict(o)[m]) for o in seen]).pack()) for m, b in base]
        return cls(base, seen, now)

    @property
    def named(self) -> Named:
        return Named(bytes(32), (0, 1, 3), tuple(tree_root(pairs) for pairs in self.seen))

    @property
    def signed(self) -> SignedReport:
        report = Report(
            bytes(32), 9, 8, tree_root(self.base), tree_root(self.now), self.named.set_hash(), len(self.now)
        )
        return SignedReport(report, bytes(65 * 3))

    def wrong_aggregate(self, is_new: Callable[[int], bool] = KNOWN) -> tuple[Evidence | None, list[int]]:
        observed = [leaves(pairs) for pairs in self.seen]
        return find_wrong_aggregate(self.signed, leaves(self.now), leaves(self.base), self.named, observed, is_new)

    def found(self) -> set[Kind]:
        now, base = leaves(self.now), leaves(self.base)
        all_ = (find_duplicate(self.signed, now), find_fallen(self.signed, now, base), self.wrong_aggregate()[0])
        return {evidence.kind for evidence in all_ if evidence is not None}


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_found_in_a_true_report(seed: int) -> None:
    assert Case.of(seed).found() == set()


@pytest.mark.parametrize("meter", [0, 4, 9])
@pytest.mark.parametrize("same", [True, False], ids=["one reading", "two readings"])
def test_a_meter_that_stands_twice_is_found_with_two_proofs(meter: int, same: bool) -> None:
    case = Case.of(meter)
    number, word = case.now[meter]
    case.now.append((number, word if same else word + (1 << 16)))
    evidence = find_duplicate(case.signed, leaves(case.now))
    assert evidence is not None
    (_, *pair) = evidence.arguments
    assert {leaf[0] for leaf in pair} == {number}
    for meter_id, word, proof in pair:
        assert root_of_proof(packed([(meter_id, word)]), proof) == case.signed.report.root
    assert pair[0] != pair[1] or leaf_hash(packed([(number, word)])) in pair[0][2]


@pytest.mark.parametrize("counter", range(5))
def test_a_counter_that_fell_by_one_is_found_with_both_leaves(counter: int) -> None:
    case = Case.of(counter)
    shift = 16 + 48 * counter
    case.now[3] = (4, case.base[3][1] - (1 << shift))
    evidence = find_fallen(case.signed, leaves(case.now), leaves(case.base))
    assert evidence is not None
    _, leaf, base = evidence.arguments
    assert leaf[:2] == case.now[3]
    assert base[:2] == case.base[3]
    assert root_of_proof(packed([leaf[:2]]), leaf[2]) == case.signed.report.root
    assert root_of_proof(packed([base[:2]]), base[2]) == case.signed.report.base_root


def test_flags_that_differ_are_no_counter_that_fell() -> None:
    assert not has_fallen(0, 0xFFFF)
    assert has_fallen(0, 1 << 16)


@pytest.mark.parametrize("bit", [0, 3, 15, 16, 64, 160, 255])
def test_a_reading_one_bit_off_is_found_with_every_increment(bit: int) -> None:
    case = Case.of(bit)
    case.now[7] = (8, case.now[7][1] ^ 1 << bit)
    evidence, untold = case.wrong_aggregate()
    assert evidence is not None
    assert untold == []
    _, named, leaf, base, increments = evidence.arguments
    assert leaf[:2] == case.now[7]
    assert base[:2] == case.base[7]
    assert [increment[:2] for increment in increments] == [pairs[7] for pairs in case.seen]
    for increment, root in zip(increments, named[2], strict=True):
        assert root_of_proof(packed([increment[:2]]), increment[2]) == root


def test_a_meter_without_a_base_is_judged_only_if_it_must_be_new() -> None:
    case = Case.of(1)
    case.now[5] = (6, case.now[5][1] + (1 << 16))
    case.base.pop(5)
    assert case.wrong_aggregate() == (None, [])
    evidence, _ = case.wrong_aggregate(lambda meter_id: meter_id == 6)
    assert evidence is not None
    assert evidence.arguments[3] == (6, 0, [])


def test_a_meter_nobody_observed_is_named() -> None:
    case = Case.of(1)
    case.seen[1].pop(2)
    case.seen[2].pop(8)
    assert case.wrong_aggregate() == (None, [3, 9])


@given(
    words,
    st.integers(min_value=0, max_value=15).flatmap(lambda f: st.lists(words, min_size=2 * f + 1, max_size=2 * f + 1)),
)
def test_what_the_watcher_aggregates_is_what_nodes_agree_on(base: int, increments: list[int]) -> None:
    agreed = agree(Reading.unpack(base), [Reading.unpack(word) for word in increments])
    assert aggregate(base, increments) == agreed.pack()


def test_of_nothing_named_nothing_is_counted() -> None:
    assert aggregate(Reading(5, 4, 3, 2, 1, 0xFF).pack(), []) == Reading(5, 4, 3, 2, 1).pack()


def test_of_two_observations_the_lower_counts() -> None:
    two = [Reading(10, 9, 8, 7, 6, 0b1001).pack(), Reading(20, 8, 9, 6, 7, 0b11010).pack()]
    assert aggregate(0, two) == Reading(10, 8, 8, 6, 6, 0b1001).pack()
    assert aggregate(Reading(COUNTER_MAX).pack(), two) == Reading(COUNTER_MAX, 8, 8, 6, 6, 0b1001).pack()


def test_leaves_that_make_another_root_are_refused() -> None:
    case = Case.of(0)
    with pytest.raises(BadLeaves):
        Leaves(packed(case.now), tree_root(case.base), "readings")
    with pytest.raises(BadLeaves):
        Leaves(packed(case.now)[:-1], tree_root(case.now), "readings")
    with pytest.raises(BadLeaves):
        Leaves(b"", bytes(32), "readings")


def test_a_tree_of_honest_nodes_still_refuses_twins() -> None:
    with pytest.raises(DuplicateLeaf):
        MerkleTree([packed([(1, 2)]), packed([(1, 2)])])


def test_arguments_are_in_the_contracts_order() -> None:
    signed = Case.of(0).signed
    said = replace(signed.report, config_digest=b"c" * 32)
    fields, base_root, records = SignedReport(said, signed.records).argument()
    assert fields == (b"c" * 32, 9, 8, said.root, said.set_hash, 10)
    assert (base_root, records) == (said.base_root, signed.records)
