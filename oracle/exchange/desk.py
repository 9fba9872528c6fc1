"""What a node answers its peers. Called from the server's threads; the node's own loop opens and closes rounds here.

A round is an immutable snapshot: nothing here reads the chain, so a question costs the same however the RPC is doing.
"""

from dataclasses import dataclass, replace
from threading import Lock

from oracle.domain.errors import WellheadError
from oracle.domain.signed import Proposal, SignedObservation
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
from oracle.store.reports import ReportStore


@dataclass(frozen=True, slots=True)
class _Open:
    round: Round
    peers: Peers
    attempt: int


class Desk:
    """One node's side of the exchange."""

    def __init__(self, store: ReportStore, guard: SigningGuard) -> None:
        self._store = store
        self._guard = guard
        self._open: _Open | None = None
        # Two proposals of one epoch are judged one after the other: the second then sees the lock of the first.
        self._judging = Lock()

    def open(self, this_round: Round, peers: Peers, attempt: int) -> None:
        """Begins or goes on with a round; `attempt` says whose turn it is."""
        self._open = _Open(this_round, peers, attempt)

    def close(self) -> None:
        """Ends the round: its epoch is reported, or its time is over."""
        self._open = None

    def own_observation(self, epoch: int, base_epoch: int) -> SignedObservation:
        """This node's observation of `epoch` over `base_epoch`. Raises NotYet or Unknown."""
        current = self._current(epoch)
        this = current.round
        if base_epoch != this.base_epoch:
            raise Unknown(f"epoch {epoch} is observed over base {this.base_epoch}, not {base_epoch}")
        signed = self._store.own_observation(epoch, base_epoch, this.base_root, this.me)
        if signed is None:
            raise NotYet(f"epoch {epoch} is not observed yet")
        return signed

    def observation(self, root: bytes, epoch: int | None = None, node: int | None = None) -> SignedObservation:
        """An observation this node holds, its own or another's: the one with `root`, and of `epoch` and `node` where
        given, since two nodes that saw the same have the same root. Raises Unknown."""
        signed = self._store.observation(epoch, root=root, node=node)
        if signed is None:
            raise Unknown(f"no observation with root 0x{root.hex()} is held here")
        return signed

    def quorum(self, epoch: int) -> tuple[Proposal, dict[int, bytes]]:
        """The proposal this node is locked on, with every signature it knows. Raises Unknown."""
        current = self._open
        me = current.round.me if current is not None and current.round.epoch == epoch else None
        locked = locked_by(self._store, self._guard, epoch, me)
        if locked is None:
            raise Unknown(f"no proposal of epoch {epoch} was signed here")
        return locked

    def made_of(self, epoch: int) -> tuple[Proposal, list[SignedObservation]]:
        """The proposal this node signed for `epoch` and the observations in it, in its order. Raises Unknown."""
        proposal, _ = self.quorum(epoch)
        return proposal, [self.observation(root, epoch, node) for node, root in proposal.pairs]

    def answer(self, proposal: Proposal) -> tuple[int, bytes]:
        """This node's index and signature of a proposal it could rebuild. Raises the Refusal that says why not."""
        current = self._current(proposal.report.epoch)
        this = current.round
        digest = proposal.report.digest(this.domain)
        if proposal.attempt > current.attempt:
            raise NotYet(
                f"attempt {proposal.attempt} has not begun: by this node's clock it is {current.attempt}'s turn"
            )
        this.check_proposal(proposal, current.attempt)
        with self._judging:
            if not self._is_locked_on(this, digest):
                # A late leader's proposal could lock nodes while the next leader, unaware of it, makes another.
                if proposal.attempt != current.attempt:
                    raise WrongLeader(f"attempt {proposal.attempt} is over, it is {current.attempt}'s turn")
                self._lock(current, proposal, digest)
            signature = self._guard.sign(proposal.report)
        self._store.add_signatures(this.epoch, digest, {this.me: signature})
        return this.me, signature

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
        locked = locked_by(self._store, self._guard, this.epoch, this.me)
        if locked is None:
            raise GuardRefused(reason)
        raise Locked(reason, locked[0], locked[1][this.me])

    def _lock(self, current: _Open, proposal: Proposal, digest: bytes) -> None:
        this = current.round
        built, leaves = this.build(gather(this, self._store, current.peers, proposal))
        this.check_report(proposal.report, built)
        try:
            self._guard.bind(
                built,
                this.period_end,
                lambda connection: self._store.lock(connection, proposal, digest, leaves),
            )
        except SigningRefused as error:
            raise GuardRefused(str(error)) from None


def locked_by(
    store: ReportStore, guard: SigningGuard, epoch: int, me: int | None
) -> tuple[Proposal, dict[int, bytes]] | None:
    """The proposal a node is locked on for `epoch` and the signatures it knows of it, that of index `me` among them: a
    node that was ended between its lock and its signature makes that signature now."""
    proposal, digest = store.locked(epoch), guard.digest_of(epoch)
    if proposal is None or digest is None:
        return None
    signatures = store.signatures(epoch, digest)
    if me is not None and me not in signatures:
        signatures[me] = guard.sign(proposal.report)
        store.add_signatures(epoch, digest, {me: signatures[me]})
    if not proposal.signature:
        proposal = replace(proposal, signature=signatures.get(proposal.leader, b""))
    return proposal, signatures


def gather(this: Round, store: ReportStore, peers: Peers, proposal: Proposal) -> list[SignedObservation]:
    """Every observation a proposal names, checked and kept: those this node lacks from their owner, or else from the
    leader, who must have had them. Raises ObservationUnavailable, or what is wrong with one."""

    def one(pair: tuple[int, bytes]) -> SignedObservation:
        node, root = pair
        signed = store.observation(this.epoch, root=root, node=node, base_root=this.base_root)
        if signed is None:
            signed = _fetch(this, peers, proposal.leader, node, root)
            store.add_observation(signed)
        return signed

    return peers.together(one, proposal.pairs)


def _fetch(this: Round, peers: Peers, leader: int, node: int, root: bytes) -> SignedObservation:
    reasons = []
    for source in dict.fromkeys((node, leader)):
        peer = peers[source]
        if peer is None:
            continue
        try:
            signed = peer.observation(root, this.epoch, node, max_observation_bytes(len(this.bounds)))
            if (signed.node, signed.observation.root) != (node, root):
                raise WrongReport(f"node {source} handed out another observation than 0x{root.hex()}")
            this.check_observation(signed)
        except Refusal as error:
            if source == leader:
                raise
            reasons.append(str(error))
        except WellheadError as error:
            reasons.append(str(error))
        else:
            return signed
    raise ObservationUnavailable(f"node {node}'s observation 0x{root.hex()}: {'; '.join(reasons) or 'nobody to ask'}")
