"""One epoch's round: what the chain fixes about it, and the pure rules every message of it is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from oracle.domain.columns import Columns, agree_all
from oracle.domain.keccak import uint
from oracle.domain.merkle import meter_tree, packed_tree
from oracle.domain.reading import ZERO, ImplausibleReading, ReadingError, check_increments
from oracle.domain.report import Domain, Observation, Report, set_hash
from oracle.domain.schedule import leader as leader_of
from oracle.domain.signature import SignatureError, recover
from oracle.domain.signed import Leaves, Offer, Proposal, SignedObservation, packed_ids, unpack_leaves
from oracle.domain.turn import Turn
from oracle.exchange.refusals import (
    Refusal,
    WrongBase,
    WrongBlock,
    WrongConfig,
    WrongEpoch,
    WrongMeters,
    WrongReport,
    WrongRoot,
    WrongSet,
    WrongSigner,
)
from oracle.store.reports import Span


class Implausible(Refusal):
    """Increments that the meter's units cannot have made in the report's span."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a meter can do in the round: `units` over `span_s` seconds of the report's span that lie in its term, and a
    breach only of the SLA window of `window_s` seconds that this report closes (0: it closes none)."""

    units: int
    span_s: int
    window_s: int


@dataclass(frozen=True)
class Round:
    """Everything about one epoch that all honest nodes read alike from the chain.

    `signers` are the addresses whose signatures count, by node index; `me` is this node's index. `bounds` has every
    open meter at the block, ascending by meter id; `base` the base report's leaves. Times are Unix seconds.
    """

    domain: Domain
    config_digest: bytes
    quorum: int
    signers: tuple[str, ...]
    me: int
    epoch: int
    base_epoch: int
    base_root: bytes
    base: Leaves
    block_hash: bytes
    period_end: int
    bounds: Mapping[int, Bound]

    def statement(self, leaves: Leaves) -> Observation:
        """The observation that `leaves` (increments) make in this round. Raises WrongMeters or Implausible."""
        self._check_leaves(leaves)
        root = meter_tree(leaves).root
        return Observation(self.config_digest, self.epoch, self.base_epoch, self.base_root, self.block_hash, root)

    def check_observation(self, signed: SignedObservation) -> None:
        """Raises the Refusal that names what is wrong with an observation; returns if nothing is."""
        said = signed.observation
        self._check_span(said.config_digest, said.epoch, said.base_epoch, said.base_root)
        if said.block_hash != self.block_hash:
            raise WrongBlock(f"observed at block 0x{said.block_hash.hex()}, not 0x{self.block_hash.hex()}")
        self._check_packed(signed.packed)
        if packed_tree(signed.packed).root != said.root:
            raise WrongRoot(f"node {signed.node}'s leaves do not make its root 0x{said.root.hex()}")
        self.check_signature(signed.node, said.digest(self.domain), signed.signature)

    def check_signature(self, node: int, digest: bytes, signature: bytes) -> None:
        """Raises WrongSigner unless `signature` of `digest` is node number `node`'s."""
        if not 0 <= node < len(self.signers):
            raise WrongSigner(f"there is no node {node} in a set of {len(self.signers)}")
        try:
            signer = recover(digest, signature)
        except SignatureError as error:
            raise WrongSigner(f"node {node}: {error}") from None
        if signer != self.signers[node]:
            raise WrongSigner(f"node {node} signs with {self.signers[node]}, not {signer}")

    def check_proposal(self, proposal: Proposal) -> None:
        """Everything about a proposal that can be told before its observations are there. Raises the Refusal that names
        what is wrong."""
        report = proposal.report
        self._check_span(report.config_digest, report.epoch, report.base_epoch, report.base_root)
        if proposal.block_hash != self.block_hash:
            raise WrongBlock(f"proposed at block 0x{proposal.block_hash.hex()}, not 0x{self.block_hash.hex()}")
        nodes = [node for node, _ in proposal.pairs]
        ascending = all(a < b for a, b in pairwise(nodes))
        if len(nodes) != self.quorum or not ascending or not all(0 <= node < len(self.signers) for node in nodes):
            raise WrongSet(f"nodes {nodes} are not {self.quorum} members in ascending order")
        if report.set_hash != set_hash(proposal.block_hash, nodes, [root for _, root in proposal.pairs]):
            raise WrongReport("the set hash is not that of the block and the observations named")

    def check_offer(self, offer: Offer) -> None:
        """As `check_proposal`, and that the leader of its attempt offers it: with its own signature of the report or
        those of more than n - q nodes, and none that is not its node's."""
        self.check_proposal(offer.proposal)
        digest = offer.proposal.report.digest(self.domain)
        turn = Turn(digest, offer.attempt)
        leader = self.leader(offer.attempt)
        self.check_signature(leader, turn.digest(self.domain), offer.signature)
        if leader not in offer.signatures and len(offer.signatures) <= len(self.signers) - self.quorum:
            raise WrongSigner(
                f"node {leader} offers a report that it has not signed, with {len(offer.signatures)} signatures: it "
                f"takes more than {len(self.signers) - self.quorum}"
            )
        for node, signature in offer.signatures.items():
            self.check_signature(node, digest, signature)

    def leader(self, attempt: int) -> int:
        """Whose turn `attempt` is."""
        return leader_of(self.epoch, attempt, len(self.signers))

    @property
    def span(self) -> Span:
        """What all observations that can be in one report say alike."""
        return Span(self.config_digest, self.base_epoch, self.base_root, self.block_hash)

    def build(self, observations: Sequence[SignedObservation]) -> tuple[Report, Leaves]:
        """The report and its readings that 2f+1 checked observations make, whatever order they come in.

        Raises WrongSet unless they are of exactly 2f+1 nodes.
        """
        named = sorted(observations, key=lambda signed: signed.node)
        nodes = [signed.node for signed in named]
        if len(set(nodes)) != len(nodes) or len(nodes) != self.quorum:
            raise WrongSet(f"nodes {nodes} are not {self.quorum} different ones")
        base = dict(self.base)
        agreed = agree_all(
            [base.get(meter, ZERO) for meter in self.bounds], [Columns.of(signed.packed) for signed in named]
        )
        readings = tuple(zip(self.bounds, agreed, strict=True))
        report = Report(
            config_digest=self.config_digest,
            epoch=self.epoch,
            base_epoch=self.base_epoch,
            base_root=self.base_root,
            root=meter_tree(readings).root,
            set_hash=set_hash(self.block_hash, nodes, [signed.observation.root for signed in named]),
            leaf_count=len(readings),
        )
        return report, readings

    def check_report(self, report: Report, built: Report) -> None:
        """Raises WrongReport, naming the first field that differs, unless `report` is what this node built."""
        for name in Report.__slots__:
            if getattr(report, name) != getattr(built, name):
                raise WrongReport(
                    f"{name} is {_show(getattr(report, name))}, this node makes it {_show(getattr(built, name))}"
                )

    def _check_span(self, config_digest: bytes, epoch: int, base_epoch: int, base_root: bytes) -> None:
        if config_digest != self.config_digest:
            raise WrongConfig(f"configuration 0x{config_digest.hex()} is not 0x{self.config_digest.hex()}")
        if epoch != self.epoch:
            raise WrongEpoch(f"epoch {epoch} is not {self.epoch}")
        if (base_epoch, base_root) != (self.base_epoch, self.base_root):
            raise WrongBase(f"base {base_epoch} 0x{base_root.hex()} is not {self.base_epoch} 0x{self.base_root.hex()}")

    @cached_property
    def _expected(self) -> tuple[list[bytes], list[int], list[int]]:
        """The ids of the open meters as words, and the most that each can have measured and breached."""
        bounds = self.bounds.values()
        return (
            [uint(meter) for meter in self.bounds],
            [bound.units * bound.span_s for bound in bounds],
            [bound.units * bound.window_s for bound in bounds],
        )

    def _check_packed(self, packed: bytes) -> None:
        """As `_check_leaves`, which says what is wrong if something is."""
        ids, most_measured, most_breached = self._expected
        try:
            if packed_ids(packed) == ids and Columns.of(packed).are_plausible(most_measured, most_breached):
                return
            self._check_leaves(unpack_leaves(packed))
        except ReadingError as error:
            raise WrongMeters(str(error)) from None

    def _check_leaves(self, leaves: Leaves) -> None:
        if len(leaves) != len(self.bounds) or any(
            meter != expected for (meter, _), expected in zip(leaves, self.bounds, strict=False)
        ):
            raise WrongMeters(f"{len(leaves)} meters are not the {len(self.bounds)} open at the block, ascending")
        for (meter, increments), bound in zip(leaves, self.bounds.values(), strict=True):
            try:
                check_increments(increments, bound.units, bound.span_s, bound.window_s)
            except ImplausibleReading as error:
                raise Implausible(f"meter {meter:#x}: {error}") from None


def _show(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
