"""A leader's turn: hand on what is locked, or else build a report of 2f+1 observations, and collect a quorum for it."""

from collections.abc import Callable
from dataclasses import replace

from oracle.domain.errors import WellheadError
from oracle.domain.report import Report
from oracle.domain.signed import Proposal, SignedObservation
from oracle.exchange.desk import gather, locked_by
from oracle.exchange.messages import max_observation_bytes
from oracle.exchange.peers import Peers
from oracle.exchange.refusals import Refusal, WrongSigner
from oracle.exchange.round import Round
from oracle.store.guard import SigningGuard, SigningRefused
from oracle.store.reports import ReportStore

Quorum = tuple[Report, dict[int, bytes]]
"""A report and at least 2f+1 checked signatures of it, by node index."""


class NoQuorum(WellheadError):
    """This turn has not brought a quorum yet. Trying again, or the next leader, may."""


class EpochSkipped(WellheadError):
    """Two proposals are locked: no quorum may ever form, and the rule is to skip the epoch. The next report catches
    up."""


class Leader:
    """Leads rounds for one node. `log` takes (event, fields)."""

    def __init__(self, store: ReportStore, guard: SigningGuard, log: Callable[..., None]) -> None:
        self._store = store
        self._guard = guard
        self._log_line = log
        self._logged: set[tuple[str, int, int, str]] = set()

    def take_turn(self, this: Round, peers: Peers, attempt: int) -> Quorum:
        """One try at a quorum. Raises NoQuorum with what is missing, or EpochSkipped."""
        proposals = self._locked(this, peers, attempt)
        for proposal, signatures in proposals.values():
            if len(signatures) >= this.quorum:
                return proposal.report, signatures
        if len(proposals) > 1:
            raise EpochSkipped(f"epoch {this.epoch}: {len(proposals)} proposals are locked")
        if proposals:
            locked, _ = next(iter(proposals.values()))
            named = gather(this, self._store, peers, locked)
            proposal = self._sign(this, replace(locked, attempt=attempt, leader=this.me, signature=b""), named)
        else:
            proposal = self._new(this, peers, attempt)
        return self._collect(this, peers, proposal)

    def _log(self, event: str, epoch: int, node: int, reason: str) -> None:
        """Each finding once an epoch: a turn is tried again and again."""
        line = (event, epoch, node, reason)
        if line not in self._logged:
            self._logged = {said for said in self._logged if said[1] == epoch} | {line}
            self._log_line(event, epoch=epoch, node=node, reason=reason)

    def _locked(self, this: Round, peers: Peers, attempt: int) -> dict[bytes, tuple[Proposal, dict[int, bytes]]]:
        """Every proposal some node is locked on, by digest, with the checked signatures known of it."""
        found: dict[bytes, tuple[Proposal, dict[int, bytes]]] = {}
        own = locked_by(self._store, self._guard, this.epoch, this.me)
        if own is not None:
            found[own[0].report.digest(this.domain)] = own
        for node, answer in peers.ask(lambda peer: peer.quorum(this.epoch)):
            if isinstance(answer, WellheadError):
                continue
            proposal, signatures = answer
            self._take_lock(this, node, proposal, signatures, attempt, found)
        return found

    def _take_lock(
        self,
        this: Round,
        holder: int,
        proposal: Proposal,
        signatures: dict[int, bytes],
        attempt: int,
        found: dict[bytes, tuple[Proposal, dict[int, bytes]]],
    ) -> None:
        digest = proposal.report.digest(this.domain)
        try:
            # A lock counts when a leader whose turn it was made it and its holder signed it: nobody can invent one.
            if digest not in found:
                this.check_proposal(proposal, attempt)
            this.check_signature(holder, digest, signatures.get(holder, b""))
        except Refusal as error:
            self._log("lock ignored", epoch=this.epoch, node=holder, reason=str(error))
            return
        known = found.setdefault(digest, (proposal, {}))[1]
        known.setdefault(holder, signatures[holder])
        for node, signature in signatures.items():
            if node in known:
                continue
            try:
                this.check_signature(node, digest, signature)
            except Refusal:
                continue
            known[node] = signature
        self._store.add_signatures(this.epoch, digest, known)

    def _new(self, this: Round, peers: Peers, attempt: int) -> Proposal:
        held = self._observations(this, peers)
        if len(held) < this.quorum:
            raise NoQuorum(f"{len(held)} observations of the {this.quorum} a report needs: nodes {sorted(held)}")
        named = [held[node] for node in sorted(held)[: this.quorum]]
        report, _ = this.build(named)
        pairs = tuple((signed.node, signed.observation.root) for signed in named)
        return self._sign(this, Proposal(report, this.block_hash, pairs, attempt, this.me, b""), named)

    def _observations(self, this: Round, peers: Peers) -> dict[int, SignedObservation]:
        """Every checked observation this node holds or is given, by node."""
        held: dict[int, SignedObservation] = {}
        own = self._store.own_observation(this.epoch, this.base_epoch, this.base_root, this.me)
        if own is not None:
            held[this.me] = own
        for peer in peers:
            known = self._store.observation(this.epoch, node=peer.index, base_root=this.base_root)
            if known is not None:
                held[peer.index] = known
        most = max_observation_bytes(len(this.bounds))
        for node, answer in peers.ask(lambda peer: peer.own_observation(this.epoch, this.base_epoch, most), but=held):
            if isinstance(answer, WellheadError):
                continue
            try:
                if answer.node != node:
                    raise WrongSigner(f"it hands out node {answer.node}'s observation as its own")
                this.check_observation(answer)
            except Refusal as error:
                self._log("observation refused", epoch=this.epoch, node=node, reason=str(error))
                continue
            self._store.add_observation(answer)
            held[node] = answer
        return held

    def _sign(self, this: Round, proposal: Proposal, named: list[SignedObservation]) -> Proposal:
        """The proposal as this leader's own: rebuilt, locked, then signed. Raises NoQuorum when the guard objects."""
        built, leaves = this.build(named)
        try:
            this.check_report(proposal.report, built)
        except Refusal as error:
            raise NoQuorum(f"the locked proposal is not what its observations make: {error}") from None
        digest = built.digest(this.domain)
        try:
            self._guard.bind(
                built, this.period_end, lambda connection: self._store.lock(connection, proposal, digest, leaves)
            )
            signature = self._guard.sign(built)
        except SigningRefused as error:
            raise NoQuorum(str(error)) from None
        self._store.add_signatures(this.epoch, digest, {this.me: signature})
        return replace(proposal, signature=signature)

    def _collect(self, this: Round, peers: Peers, proposal: Proposal) -> Quorum:
        digest = proposal.report.digest(this.domain)
        signatures = self._store.signatures(this.epoch, digest)
        reasons: list[str] = []
        for node, answer in peers.ask(lambda peer: peer.propose(proposal)):
            if isinstance(answer, WellheadError):
                self._log("no signature", epoch=this.epoch, node=node, reason=str(answer))
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
