"""Which report to offer: never two quorums; an honest turn wins whatever f nodes show; skipped only when nothing can.

The nodes here are only their locks: what they sign goes by the rules of docs/protocol.md, and f of them by none.
"""

import random
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.domain.signed import Proposal
from oracle.exchange.locks import Locks

PROPOSAL = cast(Proposal, None)
SIZES = tuple(range(4, 32, 3))
A, B, C = b"a", b"b", b"c"


class Nodes:
    """n = 3f+1 nodes in an epoch; which are faulty, and what each has signed. Honest ones sign once."""

    def __init__(self, n: int, rng: random.Random) -> None:
        self.n, self.f = n, (n - 1) // 3
        self.q = 2 * self.f + 1
        self.rng = rng
        self.faulty = set(rng.sample(range(n), self.f))
        self.honest = [node for node in range(n) if node not in self.faulty]
        self.locked: dict[int, bytes] = {}
        self.made = 0

    def new(self) -> bytes:
        self.made += 1
        return b"%d" % self.made

    def offer(self, digest: bytes, to: list[int]) -> set[int]:
        """Honest nodes that sign `digest` when it is offered to them."""
        return {node for node in to if self.locked.setdefault(node, digest) == digest}

    def dishonest_turn(self) -> None:
        """A faulty leader offers anything, old or new, to anybody."""
        for _ in range(self.rng.randint(1, 3)):
            known = [*set(self.locked.values()), self.new()]
            self.offer(self.rng.choice(known), self.rng.sample(self.honest, self.rng.randint(0, len(self.honest))))

    def locks(self) -> Locks:
        """What an honest leader is told: the truth by honest nodes, by the faulty anything they can sign."""
        locks = Locks(self.n, self.q, set(self.honest))
        for node in self.honest:
            if node in self.locked:
                locks.add(self.locked[node], PROPOSAL, {node: b""})
        for node in self.faulty:
            for digest in self.rng.sample([A, B, C, *set(self.locked.values())], self.rng.randint(0, 3)):
                if self.rng.random() < 0.2:
                    locks.add_other(b"other" + digest, node)
                else:
                    locks.add(digest, PROPOSAL, {node: b""})
        return locks

    def honest_turn(self) -> tuple[bytes | None, int]:
        """What an honest leader offers (None: it skips), and how many signatures it gets from no faulty node that did
        not show its own before."""
        locks = self.locks()
        own = self.locked.get(self.rng.choice(self.honest))
        best = locks.best(own)
        if best is None and not locks.may_begin():
            return None, 0
        digest, held = (best[0], set(best[1].signatures)) if best is not None else (self.new(), set())
        if own not in (None, digest) and len(held) <= self.f:
            return digest, 0  # nobody takes it from a leader that has not signed it
        return digest, len(held | self.offer(digest, self.honest))

    def signers(self, digest: bytes) -> int:
        """All that can ever sign: the faulty sign everything."""
        return self.f + sum(self.locked.get(node) == digest for node in self.honest)


@pytest.mark.parametrize("n", SIZES)
@given(rng=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_no_two_reports_ever_have_a_quorum(n: int, rng: random.Random) -> None:
    nodes = Nodes(n, rng)
    for _ in range(12):
        if rng.random() < 0.5:
            nodes.dishonest_turn()
        else:
            nodes.honest_turn()
    assert sum(nodes.signers(digest) >= nodes.q for digest in set(nodes.locked.values())) <= 1


@pytest.mark.parametrize("n", SIZES)
@given(rng=st.randoms(use_true_random=False), share=st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_while_honest_nodes_are_locked_on_one_report_or_none_an_honest_turn_brings_a_quorum(
    n: int, rng: random.Random, share: float
) -> None:
    nodes = Nodes(n, rng)
    nodes.offer(B, rng.sample(nodes.honest, round(share * len(nodes.honest))))
    digest, signatures = nodes.honest_turn()
    assert digest is not None
    assert signatures >= nodes.q


@pytest.mark.parametrize("n", SIZES)
@given(rng=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_an_epoch_is_skipped_only_when_no_report_can_have_a_quorum(n: int, rng: random.Random) -> None:
    nodes = Nodes(n, rng)
    for _ in range(rng.randint(0, 3)):
        nodes.dishonest_turn()
    digest, _ = nodes.honest_turn()
    if digest is None:
        # Whatever the honest nodes that are not locked would sign, with all faulty nodes that did not bind themselves.
        free = sum(node not in nodes.locked for node in nodes.honest)
        bound = [sum(nodes.locked.get(node) == one for node in nodes.honest) for one in set(nodes.locked.values())]
        assert max(bound, default=0) + free < nodes.q


def test_what_a_faulty_leader_signed_for_both_reports_counts_for_both() -> None:
    locks = Locks(4, 3)
    locks.add(A, PROPOSAL, {0: b"", 2: b""})
    locks.add(B, PROPOSAL, {1: b"", 2: b""})
    assert locks.can_win(A)
    assert locks.can_win(B)
    assert not locks.may_begin()
    locks.add(C, PROPOSAL, {3: b"", 2: b""})
    assert locks.best(None) is None
    assert "0x61 signed by nodes [0, 2]" in locks.told()


def test_the_report_with_most_signatures_at_hand_is_offered_and_of_equals_always_the_same() -> None:
    locks = Locks(7, 5)
    locks.add(B, PROPOSAL, {0: b"", 1: b""})
    locks.add(A, PROPOSAL, {2: b""})
    assert offered(locks) == B
    assert offered(locks, own=A) == A  # nobody would take B from this leader
    locks.add(A, PROPOSAL, {3: b""})
    assert offered(locks) == A
    locks.add(B, PROPOSAL, {4: b""})
    assert offered(locks, own=A) == B


def offered(locks: Locks, own: bytes | None = None) -> bytes:
    best = locks.best(own)
    assert best is not None
    return best[0]


def test_a_report_that_cannot_be_posted_binds_its_signers_and_is_never_offered() -> None:
    locks = Locks(4, 3)
    locks.add_other(A, 0)
    assert locks.best(None) is None
    assert locks.may_begin()
    locks.add_other(B, 1)
    assert not locks.may_begin()
    locks = Locks(4, 3)
    locks.add(A, PROPOSAL, {0: b""})
    locks.discard(A)
    locks.add_other(B, 1)
    assert locks.best(None) is None
    assert not locks.may_begin()


def test_a_quorum_at_hand_is_found() -> None:
    locks = Locks(4, 3)
    locks.add(A, PROPOSAL, {0: b"", 1: b""})
    assert locks.won() is None
    locks.add(A, PROPOSAL, {3: b""})
    won = locks.won()
    assert won is not None
    assert set(won.signatures) == {0, 1, 3}
