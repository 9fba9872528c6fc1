"""A leader's turn: go on with what nodes have signed already, or else build a report of 2f+1 observations, and collect
a quorum for it."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from oracle.domain.errors import WellheadError
from oracle.domain.report import Report
from oracle.domain.signed import Leaves, Offer, Proposal, SignedObservation
from oracle.domain.turn import Turn
from oracle.exchange.desk import always, gather, locked_by
from oracle.exchange.locks import Locks
from oracle.exchange.messages import max_observation_bytes
from oracle.exchange.peers import PeerRefused, Peers
from oracle.exchange.refusals import Refusal, Unknown, WrongSigner
from oracle.exchange.round import Round
from oracle.store.guard import SigningGuard, SigningRefused
from oracle.store.reports import ReportStore

Quorum = tuple[Report, dict[int, bytes]]
"""A report and at least 2f+1 checked signatures of it, by node index."""


class NoQuorum(WellheadError):
    """This turn has not brought a quorum yet. Trying again, or the next leader, may."""


class EpochSkipped(WellheadError):
    """So many nodes have signed different reports that none can have a quorum any more: the next report catches up."""


class Leader:
    """Leads rounds for one node. `log` takes (event, fields); `may_sign` raises the Refusal for which nothing may be
    signed now."""

    def __init__(
        self,
        store: ReportStore,
        guard: SigningGuard,
        log: Callable[..., None],
        may_sign: Callable[[], None] = always,
    ) -> None:
        self._store = store
        self._guard = guard
        self._may_sign = may_sign
        self._log_line = log
        self._logged: set[tuple[str, int, int, str]] = set()

    def take_turn(self, this: Round, peers: Peers, attempt: int) -> Quorum:
        """One try at a quorum. Raises NoQuorum with what is missing, or EpochSkipped."""
        self._may_sign()
        locks = self._locks(this, peers)
        won = locks.won()
        if won is not None:
            return won.proposal.report, won.signatures
        taken = self._take_up(this, peers, locks) or self._begin(this, peers, locks)
        return self._collect(this, peers, attempt, *taken)

    def _log(self, event: str, epoch: int, node: int, reason: str) -> None:
        """Each finding once an epoch: a turn is tried again and again."""
        line = (event, epoch, node, reason)
        if line not in self._logged:
            self._logged = {said for said in self._logged if said[1] == epoch} | {line}
            self._log_line(event, epoch=epoch, node=node, reason=reason)

    # What is signed already

    def _locks(self, this: Round, peers: Peers) -> Locks:
        """What this node and those that answer have signed."""
        locks = Locks(len(this.signers), this.quorum, {this.me})
        own = locked_by(self._store, self._guard, this.epoch, this)
        if own is not None:
            self._add(this, locks, this.me, *own)
        told = peers.ask(lambda peer: peer.quorum(this.epoch), enough=lambda: len(locks.answered) >= this.quorum)
        for node, answer in told:
            if isinstance(answer, PeerRefused) and answer.name == Unknown.__name__:
                locks.answered.add(node)
            elif not isinstance(answer, WellheadError):
                self._add(this, locks, node, *answer)
        return locks

    def _add(self, this: Round, locks: Locks, holder: int, proposal: Proposal, signatures: Mapping[int, bytes]) -> None:
        digest = proposal.report.digest(this.domain)
        try:
            # A lock counts when its holder has signed it.
            this.check_signature(holder, digest, signatures.get(holder, b""))
        except Refusal as error:
            self._log("lock ignored", this.epoch, holder, str(error))
            return
        locks.answered.add(holder)
        try:
            this.check_proposal(proposal)
        except Refusal as error:
            # Of another configuration, base or block, or of no sense: all it says is that its holder signs no other.
            if proposal.report.epoch == this.epoch:
                locks.add_other(digest, holder)
                self._log("lock on another report", this.epoch, holder, str(error))
            return
        checked = {holder: signatures[holder]}
        known = locks.signatures(digest)
        for node, signature in signatures.items():
            try:
                if node not in known:
                    this.check_signature(node, digest, signature)
            except Refusal:
                continue
            checked[node] = known.get(node, signature)
        locks.add(digest, proposal, checked)
        self._store.add_signatures(this.epoch, digest, checked)

    def _take_up(self, this: Round, peers: Peers, locks: Locks) -> tuple[Proposal, dict[int, bytes]] | None:
        """The locked proposal to offer, rebuilt and, if this node is free to, signed by it too; None without one."""
        own = self._guard.digest_of(this.epoch)
        while (best := locks.best(own)) is not None:
            digest, lock = best
            if this.me in lock.signatures:  # it was rebuilt before it was signed
                return lock.proposal, dict(lock.signatures)
            try:
                named = gather(this, self._store, peers, lock.proposal, sorted(lock.signatures))
                built, leaves = this.build(named)
                this.check_report(lock.proposal.report, built)
            except Refusal as error:
                # Whoever signed it honestly has its observations and hands them out.
                self._log("lock unusable", this.epoch, min(lock.signatures), str(error))
                locks.discard(digest)
                continue
            signatures = dict(lock.signatures)
            # It has signed another, or may have: it still hands on what the others can sign.
            with suppress(SigningRefused):
                signatures[this.me] = self._sign(this, lock.proposal, leaves)
            return lock.proposal, signatures
        return None

    # A new report

    def _begin(self, this: Round, peers: Peers, locks: Locks) -> tuple[Proposal, dict[int, bytes]]:
        if not locks.may_begin():
            raise EpochSkipped(f"epoch {this.epoch}: no report can have {this.quorum} signatures: {locks.told()}")
        if len(locks.answered) < this.quorum:
            raise NoQuorum(
                f"{len(locks.answered)} nodes of the {this.quorum} a report needs say what they have signed: nodes "
                f"{sorted(locks.answered)}"
            )
        if not self._guard.may_sign(this.epoch, this.period_end):
            raise NoQuorum("another leader, since this epoch ended before this node started")
        held = self._observations(this, peers)
        if len(held) < this.quorum:
            raise NoQuorum(f"{len(held)} observations of the {this.quorum} a report needs: nodes {sorted(held)}")
        named = [held[node] for node in sorted(held)[: this.quorum]]
        report, leaves = this.build(named)
        pairs = tuple((signed.node, signed.observation.root) for signed in named)
        proposal = Proposal(report, this.block_hash, pairs)
        try:
            return proposal, {this.me: self._sign(this, proposal, leaves)}
        except SigningRefused as error:
            raise NoQuorum(str(error)) from None

    def _observations(self, this: Round, peers: Peers) -> dict[int, SignedObservation]:
        """Every checked observation this node holds or is given, by node."""
        held: dict[int, SignedObservation] = {}
        own = self._store.own_observation(this.epoch, this.span, this.me)
        if own is not None:
            held[this.me] = own
        for peer in peers:
            known = self._store.observation(this.epoch, node=peer.index, span=this.span)
            if known is not None:
                held[peer.index] = known
        most = max_observation_bytes(len(this.bounds))
        given = peers.ask(
            lambda peer: peer.own_observation(this.epoch, this.base_epoch, most),
            but=held,
            enough=lambda: len(held) >= this.quorum,
        )
        for node, answer in given:
            if isinstance(answer, WellheadError):
                continue
            try:
                if answer.node != node:
                    raise WrongSigner(f"it hands out node {answer.node}'s observation as its own")
                this.check_observation(answer)
            except Refusal as error:
                self._log("observation refused", this.epoch, node, str(error))
                continue
            self._store.add_observation(answer)
            held[node] = answer
        return held

    def _sign(self, this: Round, proposal: Proposal, leaves: Leaves) -> bytes:
        """This node's signature of a proposal it has rebuilt, once the guard is bound to it. Raises SigningRefused."""
        digest = proposal.report.digest(this.domain)
        self._may_sign()
        self._guard.bind(
            proposal.report, this.period_end, lambda connection: self._store.lock(connection, proposal, digest, leaves)
        )
        signature = self._guard.sign(proposal.report)
        self._store.add_signatures(this.epoch, digest, {this.me: signature})
        return signature

    def _collect(
        self, this: Round, peers: Peers, attempt: int, proposal: Proposal, signatures: dict[int, bytes]
    ) -> Quorum:
        digest = proposal.report.digest(this.domain)
        turn = self._guard.sign_message(Turn(digest, attempt))
        offer = Offer(proposal, attempt, turn, dict(signatures))
        reasons: list[str] = []
        for node, answer in peers.ask(lambda peer: peer.propose(offer), but=offer.signatures):
            if isinstance(answer, WellheadError):
                self._log("no signature", this.epoch, node, str(answer))
                reasons.append(f"node {node}: {type(answer).__name__}")
                continue
            try:
                this.check_signature(node, digest, answer)
            except Refusal as error:
                reasons.append(str(error))
                continue
            signatures[node] = answer
            if len(signatures) >= this.quorum:
                break
        self._store.add_signatures(this.epoch, digest, signatures)
        if len(signatures) < this.quorum:
            raise NoQuorum(f"{len(signatures)} signatures of {this.quorum}: {'; '.join(sorted(reasons))}")
        return proposal.report, signatures
