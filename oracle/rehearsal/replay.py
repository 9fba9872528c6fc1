"""Rebuilds the report of a past epoch from the observations it was made of, and compares it with what stands on-chain.

In the order in which a report comes about: the block, each observation, the report, its readings; then this node's own
observation from its stored samples. What comes after a difference cannot be right, so the first one ends it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from oracle.chain.view import StandingReport
from oracle.domain.errors import WellheadError
from oracle.domain.reading import COUNTERS, Reading
from oracle.domain.shown import shown_url
from oracle.domain.signed import Leaves, Proposal, SignedObservation
from oracle.exchange.fetch import Fetcher
from oracle.exchange.messages import MAX_LEAVES_BYTES, ObservationsMessage
from oracle.exchange.peers import Peer, Peers
from oracle.exchange.refusals import Refusal
from oracle.exchange.round import Round
from oracle.keys import configured_address
from oracle.node.observe import Abstained
from oracle.node.rounds import ReadingsMissing, cold_of
from oracle.rehearsal.dry_run import name_of
from oracle.rehearsal.stage import Chain, NoSuchEpoch, Rehearsal, base_of, chain_of, rehearsal
from oracle.settings import Settings

MAX_MADE_OF_BYTES = 4 * MAX_LEAVES_BYTES
OK = 200


class NoObservations(WellheadError):
    """No node hands out what the report was made of."""


@dataclass(frozen=True, slots=True)
class Step:
    """One comparison: `rebuilt` is what was worked out anew, `stands` what it should be. `alike` None: not compared."""

    what: str
    alike: bool | None
    rebuilt: str
    stands: str = ""


def replay(settings: Settings, epoch: int, fetcher: Fetcher, log: Callable[..., None]) -> Iterator[Step]:
    """Every comparison up to the first difference. Raises NoSuchEpoch, NoObservations, ChainError, or what keeps the
    round from being opened."""
    with chain_of(settings, fetcher) as chain:
        report = _standing(chain, epoch)
        with rehearsal(settings, chain, fetcher, epoch, base_of(chain, epoch), log) as stage:
            proposal, observations = _made_of(stage.peers, fetcher, report)
            mine = cold_of(chain.config, configured_address(settings.signing_key))
            me = next((index for index, node in enumerate(chain.config.nodes) if node.cold == mine), -1)
            this = replace(stage.opened.round, config_digest=proposal.report.config_digest, me=me)
            for step in _steps(stage, this, report, proposal, observations):
                yield step
                if step.alike is False:
                    return


def _standing(chain: Chain, epoch: int) -> StandingReport:
    report = chain.view.report(epoch)
    if report is None:
        raise NoSuchEpoch(
            f"no report of epoch {epoch} stands: it was skipped or dropped, or is more than 512 epochs old"
        )
    return report


def _made_of(peers: Peers, fetcher: Fetcher, report: StandingReport) -> tuple[Proposal, list[SignedObservation]]:
    """What the report was made of, from whichever node has it: the first whose proposal has the root that stands, or
    else the first at all."""
    reasons, found = [], []

    def ask(peer: Peer) -> tuple[Proposal, list[SignedObservation]]:
        url = f"{peer.url}/reports/{report.epoch}/observations"
        answer = fetcher.get(url, MAX_MADE_OF_BYTES)
        if answer.status != OK:
            raise NoObservations(f"{shown_url(url)} answers {answer.status}")
        message = ObservationsMessage.read(answer.body)
        return message.proposal.proposal(), [observation.signed() for observation in message.observations]

    for index, answer in peers.ask(ask):
        if isinstance(answer, WellheadError):
            reasons.append(f"node {index}: {answer}")
        else:
            found.append(answer)
    if not found:
        raise NoObservations(
            f"no node hands out what the report of epoch {report.epoch} was made of: {'; '.join(reasons) or 'no peers'}"
        )
    return next((answer for answer in found if answer[0].report.root == report.root), found[0])


def _steps(
    stage: Rehearsal,
    this: Round,
    report: StandingReport,
    proposal: Proposal,
    observations: list[SignedObservation],
) -> Iterator[Step]:
    yield _same("block", this.block_hash, proposal.block_hash)
    yield Step(
        "configuration",
        True if proposal.report.config_digest == stage.opened.round.config_digest else None,
        _hex(stage.opened.round.config_digest),
        _hex(proposal.report.config_digest),
    )
    for signed, (node, root) in zip(observations, proposal.pairs, strict=False):
        yield _observation(this, signed, node, root)
    built, leaves = this.build(observations)
    yield _same("base epoch", built.base_epoch, report.base_epoch)
    yield _same("meters", built.leaf_count, report.leaf_count)
    if built.root != report.root:
        yield _first_difference(stage, report, leaves)
    yield _same("root", built.root, report.root)
    yield _own(stage, this)


def _observation(this: Round, signed: SignedObservation, node: int, root: bytes) -> Step:
    what = f"observation of node {node}"
    try:
        this.check_observation(signed)
    except Refusal as error:
        return Step(what, False, f"{type(error).__name__}: {error}", _hex(root))
    return Step(what, (signed.node, signed.observation.root) == (node, root), _hex(signed.observation.root), _hex(root))


def _first_difference(stage: Rehearsal, report: StandingReport, leaves: Leaves) -> Step:
    """The first reading that is not the one under the root that stands; the whole root where nobody has those."""
    try:
        stands = stage.records.readings(report, stage.peers)
    except ReadingsMissing as error:
        return Step("readings", None, str(error))
    return _readings("reading", leaves, stands)


def _own(stage: Rehearsal, this: Round) -> Step:
    """This node's own observation again, if it made one and the samples are still there."""
    said = stage.reports.own_observation(this.epoch, this.span, this.me)
    if said is None:
        return Step("own samples", None, "this node made no observation in this round")
    if not stage.observer.sites_reached(stage.opened.facts):
        return Step("own samples", None, "none are stored of this epoch any more (they are kept for four days)")
    try:
        again = stage.observer.observe(stage.opened.facts)
    except Abstained as error:
        return Step("own samples", None, str(error))
    return _readings("own samples", again, said.leaves)


def _readings(what: str, rebuilt: Leaves, stands: Leaves) -> Step:
    for mine, theirs in zip_longest(rebuilt, stands):
        if mine == theirs:
            continue
        if mine is None or theirs is None or mine[0] != theirs[0]:
            names = [name_of(leaf[0]) if leaf else "none" for leaf in (mine, theirs)]
            return Step(what, False, names[0], names[1])
        field = _field(mine[1], theirs[1])
        values = [f"{name_of(mine[0])} {field} {getattr(reading, field):,}" for reading in (mine[1], theirs[1])]
        return Step(what, False, values[0], values[1])
    return Step(what, True, f"all {len(rebuilt)} alike", f"{len(stands)}")


def _field(mine: Reading, theirs: Reading) -> str:
    return next(name for name in (*COUNTERS, "flags") if getattr(mine, name) != getattr(theirs, name))


def _same(what: str, rebuilt: bytes | int, stands: bytes | int) -> Step:
    return Step(what, rebuilt == stands, _hex(rebuilt), _hex(stands))


def _hex(value: bytes | int) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else f"{value:,}"
