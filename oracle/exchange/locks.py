"""What the nodes have signed in an epoch, as far as one of them knows: which report can still win, and which to offer.

A node signs one report an epoch, so a signature is a lock for good. docs/protocol.md has the argument.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oracle.domain.signed import Proposal


@dataclass(frozen=True, slots=True)
class Lock:
    """A proposal, and checked signatures of its report by node index."""

    proposal: Proposal
    signatures: dict[int, bytes]


@dataclass
class Locks:
    """The locks known among `nodes` nodes, by report digest. `answered` are the nodes that said what they are locked
    on, also if on nothing."""

    nodes: int
    quorum: int
    answered: set[int] = field(default_factory=set)
    _candidates: dict[bytes, Lock] = field(default_factory=dict)
    _others: dict[bytes, set[int]] = field(default_factory=dict)

    def add(self, digest: bytes, proposal: Proposal, signatures: Mapping[int, bytes]) -> None:
        """Adds signatures of a report that this round could post."""
        self._candidates.setdefault(digest, Lock(proposal, {})).signatures.update(signatures)

    def signatures(self, digest: bytes) -> Mapping[int, bytes]:
        """The checked signatures known of a report that this round could post."""
        lock = self._candidates.get(digest)
        return {} if lock is None else lock.signatures

    def add_other(self, digest: bytes, node: int) -> None:
        """Notes that `node` signed a report that cannot be posted any more: of another configuration, base or block."""
        self._others.setdefault(digest, set()).add(node)

    def discard(self, digest: bytes) -> None:
        """What is known of a report stays, but it is offered no more: its observations cannot be had or do not make
        it."""
        lock = self._candidates.pop(digest)
        self._others.setdefault(digest, set()).update(lock.signatures)

    def won(self) -> Lock | None:
        """The report that has a quorum; there is never more than one."""
        return next((lock for lock in self._candidates.values() if len(lock.signatures) >= self.quorum), None)

    def can_win(self, digest: bytes) -> bool:
        """Whether a quorum for `digest` is possible: not if more than n - q nodes have signed others and not it."""
        signers = self._signers()
        bound = {node for other, nodes in signers.items() if other != digest for node in nodes}
        return self.nodes - len(bound - signers.get(digest, set())) >= self.quorum

    def best(self, own: bytes | None) -> tuple[bytes, Lock] | None:
        """The report that a leader, who has signed the one with digest `own`, offers: of those that can win the one
        with most signatures at hand, of equals the one of the lowest digest; but its own unless that one has the
        signatures of more than n - q nodes. None when nothing is locked that can win."""
        live = {digest: lock for digest, lock in self._candidates.items() if self.can_win(digest)}
        if not live:
            return None
        most = min(live, key=lambda digest: (-len(live[digest].signatures), digest))
        if own in live and len(live[most].signatures) <= self.nodes - self.quorum:
            most = own
        return most, live[most]

    def may_begin(self) -> bool:
        """Whether a report that nobody has signed yet could win."""
        return self.can_win(b"")

    def told(self) -> str:
        """The locks in words."""
        signers = sorted(self._signers().items())
        return "; ".join(f"0x{digest.hex()[:8]} signed by nodes {sorted(nodes)}" for digest, nodes in signers)

    def _signers(self) -> dict[bytes, set[int]]:
        return {
            **{digest: set(nodes) for digest, nodes in self._others.items()},
            **{digest: set(lock.signatures) for digest, lock in self._candidates.items()},
        }
