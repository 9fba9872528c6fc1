"""What a node answers its peers. Called from the server's threads; the node's own loop opens and closes rounds here.

A round is an immutable snapshot: nothing here reads the chain, so a question costs the same however the RPC is doing.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition, Lock

from oracle.domain.errors import WellheadError
from oracle.domain.signed import Offer, Proposal, SignedObservation
from oracle.exchange.messages import max_observation_bytes
from oracle.exchange.peers import Peers
from oracle.exchange.refusals import (
    GuardRefused,
    Locked,
    NotYet,
    ObservationUnavailable,
    Refusal,
    Unknown,
    WrongEpoch,
    WrongLeader,
    WrongReport,
)
from oracle.exchange.round import Round
from oracle.store.guard import SigningGuard, SigningRefused
from oracle.store.reports import ReportStore, Span

EARLY_S = 0.5
"""How long a question that comes early is kept waiting, in real seconds: nodes see a new block one after the other."""


@dataclass(frozen=True, slots=True)
class _Open:
    round: Round
    peers: Peers
    attempt: int


def always() -> None:
    """Nothing stands in the way of signing."""


class Desk:
    """One node's side of the exchange. `may_sign` raises the Refusal for which nothing may be signed now; `refused`
    counts refusals by name. Who asks early is answered once it is time, or NotYet after `early_s` real seconds."""

    def __init__(
        self,
        store: ReportStore,
        guard: SigningGuard,
        may_sign: Callable[[], None] = always,
        early_s: float = 0,
    ) -> None:
        self._store = store
        self._guard = guard
        self._may_sign = may_sign
        self._early_s = early_s
        self._moved = Condition()
        self._open: _Open | None = None
        self._building: dict[bytes, Lock] = {}  # by the digest of what is offered
        self.refused: Counter[str] = Counter()

    def open(self, this_round: Round, peers: Peers, attempt: int) -> None:
        """Begins or goes on with a round; `attempt` says whose turn it is."""
        with self._moved:
            if self._open is None or self._open.round is not this_round:
                self._building = {}
            self._open = _Open(this_round, peers, attempt)
            self._moved.notify_all()

    def close(self) -> None:
        """Ends the round: its epoch is reported, or its time is over."""
        self._open = None

    def own_observation(self, epoch: int, base_epoch: int) -> SignedObservation:
        """This node's observation of `epoch` over `base_epoch`. Raises NotYet or Unknown."""
        this = self._awaited(epoch).round
        if base_epoch != this.base_epoch:
            raise Unknown(f"epoch {epoch} is observed over base {this.base_epoch}, not {base_epoch}")
        signed = self._store.own_observation(epoch, this.span, this.me)
        if signed is None:
            raise NotYet(f"epoch {epoch} is not observed yet")
        return signed

    def observation(self, root: bytes, epoch: int | None = None, node: int | None = None) -> SignedObservation:
        """An observation this node holds, its own or another's: the one with `root`, and of `epoch` and `node` where
        given, since two nodes that saw the same have the same root. Raises Unknown."""
        current = self._open
        signed = None
        if current is not None and current.round.epoch == epoch:
            # After a change of set, base or block the same leaves were signed once more: those of the round count.
            signed = self._store.observation(epoch, root=root, node=node, span=current.round.span)
        if signed is None:
            signed = self._store.observation(epoch, root=root, node=node)
        if signed is None:
            raise Unknown(f"no observation with root 0x{root.hex()} is held here")
        return signed

    def quorum(self, epoch: int) -> tuple[Proposal, dict[int, bytes]]:
        """The proposal this node is locked on, with every signature it knows. Raises Unknown."""
        current = self._open
        this = current.round if current is not None and current.round.epoch == epoch else None
        locked = locked_by(self._store, self._guard, epoch, this)
        if locked is None:
            raise Unknown(f"no proposal of epoch {epoch} was signed here")
        return locked

    def made_of(self, epoch: int) -> tuple[Proposal, list[SignedObservation]]:
        """The proposal this node signed for `epoch` and the observations in it, in its order. Raises Unknown."""
        proposal, _ = self.quorum(epoch)
        return proposal, [self._named(proposal, node, root) for node, root in proposal.pairs]

    def _named(self, proposal: Proposal, node: int, root: bytes) -> SignedObservation:
        report = proposal.report
        span = Span(report.config_digest, report.base_epoch, report.base_root, proposal.block_hash)
        signed = self._store.observation(report.epoch, root=root, node=node, span=span)
        if signed is None:
            raise Unknown(f"node {node}'s observation 0x{root.hex()} is not held here any more")
        return signed

    def answer(self, offer: Offer) -> tuple[int, bytes]:
        """This node's index and signature of a proposal it could rebuild. Raises the Refusal that says why not."""
        report = offer.proposal.report
        current = self._awaited(report.epoch, offer.attempt)
        this = current.round
        digest = report.digest(this.domain)
        if offer.attempt > current.attempt:
            raise NotYet(f"attempt {offer.attempt} has not begun: by this node's clock it is {current.attempt}'s turn")
        this.check_offer(offer)
        self._may_sign()
        if not self._is_locked_on(this, digest):
            # A leader that waited in vain asks again: what is being built for it already is not built twice.
            with self._building.setdefault(digest, Lock()):
                if not self._is_locked_on(this, digest):
                    self._lock_on(current, offer, digest)
        signature = self._guard.sign(report)
        self._store.add_signatures(this.epoch, digest, {**offer.signatures, this.me: signature})
        return this.me, signature

    def _lock_on(self, current: _Open, offer: Offer, digest: bytes) -> None:
        """Rebuilds what is offered, and binds this node to it. Raises the Refusal that says why not."""
        this = current.round
        self._check_turn(this, offer)
        sources = [this.leader(offer.attempt), *offer.signatures]
        built, leaves = this.build(gather(this, self._store, current.peers, offer.proposal, sources))
        this.check_report(offer.proposal.report, built)
        # Fetching took its time: a late leader's proposal could lock this node while the next leader, unaware of it,
        # makes another.
        self._check_turn(this, offer)
        self._may_sign()
        try:
            self._guard.bind(
                built, this.period_end, lambda connection: self._store.lock(connection, offer.proposal, digest, leaves)
            )
        except SigningRefused as error:
            self._is_locked_on(this, digest)  # perhaps on what came meanwhile
            raise GuardRefused(str(error)) from None

    def _check_turn(self, this: Round, offer: Offer) -> None:
        current = self._current(this.epoch)
        if offer.attempt != current.attempt or current.round is not this:
            raise WrongLeader(f"attempt {offer.attempt} is over, it is {current.attempt}'s turn")

    def _awaited(self, epoch: int, attempt: int = 0) -> _Open:
        """What is open, after a wait for a turn of `epoch` that has not begun here. Raises as `_current`."""

        def has_begun() -> bool:
            current = self._open
            return current is not None and (current.round.epoch, current.attempt) >= (epoch, attempt)

        with self._moved:
            self._moved.wait_for(has_begun, self._early_s)
        return self._current(epoch)

    def _current(self, epoch: int) -> _Open:
        current = self._open
        if current is None or epoch > current.round.epoch:
            raise NotYet(f"this node has not begun with epoch {epoch}")
        if epoch != current.round.epoch:
            raise WrongEpoch(f"epoch {epoch} is over; this node is at {current.round.epoch}")
        return current

    def _is_locked_on(self, this: Round, digest: bytes) -> bool:
        known = self._guard.digest_of(this.epoch)
        if known is None or known == digest:
            return known is not None
        reason = f"epoch {this.epoch} is bound to report 0x{known.hex()}"
        locked = locked_by(self._store, self._guard, this.epoch, this)
        if locked is None:
            raise GuardRefused(reason)
        raise Locked(reason, locked[0], locked[1][this.me])


def locked_by(
    store: ReportStore, guard: SigningGuard, epoch: int, this: Round | None
) -> tuple[Proposal, dict[int, bytes]] | None:
    """The proposal a node is locked on for `epoch` and the signatures it knows of it, in round `this` its own among
    them: a node that was ended between its lock and its signature makes that signature now."""
    proposal, digest = store.locked(epoch), guard.digest_of(epoch)
    if proposal is None or digest is None:
        return None
    if this is not None and proposal.report.config_digest != this.config_digest:
        # The others' are by the indexes of another configuration; this node's own tells what it cannot sign any more.
        return proposal, {this.me: guard.sign(proposal.report)}
    signatures = store.signatures(epoch, digest)
    if this is not None and this.me not in signatures:
        signatures[this.me] = guard.sign(proposal.report)
        store.add_signatures(epoch, digest, {this.me: signatures[this.me]})
    return proposal, signatures


def gather(
    this: Round, store: ReportStore, peers: Peers, proposal: Proposal, sources: Sequence[int]
) -> list[SignedObservation]:
    """Every observation a proposal names, checked and kept: those this node lacks from their owner, or else from one of
    `sources`, the first of whom must have had them. Raises ObservationUnavailable, or what is wrong with one."""

    def one(pair: tuple[int, bytes]) -> SignedObservation:
        node, root = pair
        signed = store.observation(this.epoch, root=root, node=node, span=this.span)
        if signed is None:
            signed = _fetch(this, peers, sources, node, root)
            store.add_observation(signed)
        return signed

    return peers.together(one, proposal.pairs, at_once=AT_ONCE)


AT_ONCE = 4
"""Observations fetched at a time: others arrive while one is checked, and a busy node does not let its peers' answers
wait until their time is over, to ask for them again."""
MOST_SOURCES = 4
"""How many are asked for one observation: enough for a try at the owner, the leader and two who signed."""


def _fetch(this: Round, peers: Peers, sources: Sequence[int], node: int, root: bytes) -> SignedObservation:
    reasons = []
    for source in list(dict.fromkeys((node, *sources)))[:MOST_SOURCES]:
        peer = peers[source]
        if peer is None:
            continue
        try:
            signed = peer.observation(root, this.epoch, node, max_observation_bytes(len(this.bounds)))
            if (signed.node, signed.observation.root) != (node, root):
                raise WrongReport(f"node {source} handed out another observation than 0x{root.hex()}")
            this.check_observation(signed)
        except Refusal as error:
            if source == sources[0]:
                raise
            reasons.append(str(error))
        except WellheadError as error:
            reasons.append(str(error))
        else:
            return signed
    raise ObservationUnavailable(f"node {node}'s observation 0x{root.hex()}: {'; '.join(reasons) or 'nobody to ask'}")
