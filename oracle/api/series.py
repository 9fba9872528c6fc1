"""A fleet's meter over time: what each report added to it, and how that is made short enough to draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from oracle.api.leaves import PackedLeaves
from oracle.chain.view import OracleConfig
from oracle.domain.meters import MeterKind
from oracle.domain.reading import LEVEL_MASK, ZERO, Reading, ReadingError


@dataclass(frozen=True, slots=True)
class Link:
    """A standing report in the chain of bases, and the fleets' readings under it (None: not held here)."""

    epoch: int
    base_epoch: int
    fleets: PackedLeaves | None


@dataclass(frozen=True, slots=True)
class Step:
    """What one report added to a meter over the epochs after `base_epoch` up to `epoch`. Times are Unix seconds.

    `added` is None when this node does not hold the readings that would tell.
    """

    base_epoch: int
    epoch: int
    start: int
    end: int
    added: Reading | None

    @property
    def span_s(self) -> int:
        """Seconds."""
        return self.end - self.start


def chain_of_bases(link: Callable[[int], Link | None], newest: int, oldest: int) -> list[Link]:
    """The reports from `newest` down to the one at or before `oldest`, each the next one's base; newest first."""
    links: list[Link] = []
    epoch = newest
    while epoch > 0:
        found = link(epoch)
        if found is None:
            break
        links.append(found)
        if epoch < oldest:
            break
        epoch = found.base_epoch
    return links


def fleet_steps(links: Sequence[Link], fleet: int, config: OracleConfig, oldest: int) -> list[Step]:
    """The steps of a fleet's meter, oldest first, from those of epochs >= `oldest`.

    A report without the fleet's meter makes no step: it was not listed then.
    """
    ends: list[tuple[Link, Link | None]] = [*pairwise(links), *([(links[-1], None)] if links else [])]
    steps = []
    for link, base in ends:
        if link.epoch < oldest:
            break
        now = _reading(link, fleet)
        if link.fleets is not None and now is None:
            continue
        before = ZERO
        known = now is not None and (link.base_epoch == 0 or (base is not None and base.fleets is not None))
        if known and base is not None:
            before = _reading(base, fleet) or ZERO
        start, end = config.period_end(link.base_epoch), config.period_end(link.epoch)
        steps.append(
            Step(link.base_epoch, link.epoch, start, end, _added(now, before) if known and now is not None else None)
        )
    return steps[::-1]


def _reading(link: Link, fleet: int) -> Reading | None:
    place = None if link.fleets is None else link.fleets.find_number(MeterKind.FLEET, fleet)
    return None if link.fleets is None or place is None else link.fleets.reading(place)


def _added(now: Reading, before: Reading) -> Reading | None:
    try:
        return Reading(
            now.measured - before.measured,
            now.delivered - before.delivered,
            now.utilised - before.utilised,
            now.breached - before.breached,
            now.energy_wh - before.energy_wh,
            now.flags,
        )
    except ReadingError:  # not of one chain after all: a reorganisation came between
        return None


@dataclass(frozen=True, slots=True)
class Spread:
    """An average number of units over each step of a bucket: the smallest, the largest, and that of the whole."""

    min: float
    mean: float
    max: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """Successive steps as one point of a chart. Sums are over the steps that are known, which last `known_s`."""

    first_epoch: int
    last_epoch: int
    start: int
    end: int
    steps: int
    known_s: int
    total: Reading
    measured: Spread | None
    delivered: Spread | None
    utilised: Spread | None
    level: int | None


def downsample(steps: Sequence[Step], points: int) -> list[Bucket]:
    """At most `points` (>= 1) buckets of as many successive steps each, which add up to the steps exactly."""
    width = -(-len(steps) // points) if steps else 1
    return [_bucket(steps[at : at + width]) for at in range(0, len(steps), width)]


def _bucket(steps: Sequence[Step]) -> Bucket:
    known = [(step.span_s, step.added) for step in steps if step.added is not None]
    flags = 0
    for _, added in known:
        flags |= added.flags & ~LEVEL_MASK
    return Bucket(
        first_epoch=steps[0].base_epoch + 1,
        last_epoch=steps[-1].epoch,
        start=steps[0].start,
        end=steps[-1].end,
        steps=len(steps),
        known_s=sum(span for span, _ in known),
        total=Reading(
            measured=sum(added.measured for _, added in known),
            delivered=sum(added.delivered for _, added in known),
            utilised=sum(added.utilised for _, added in known),
            breached=sum(added.breached for _, added in known),
            energy_wh=sum(added.energy_wh for _, added in known),
            flags=flags,
        ),
        measured=_spread([(span, added.measured) for span, added in known]),
        delivered=_spread([(span, added.delivered) for span, added in known]),
        utilised=_spread([(span, added.utilised) for span, added in known]),
        level=min((added.level for _, added in known), default=None),
    )


def _spread(steps: Sequence[tuple[int, int]]) -> Spread | None:
    if not steps:
        return None
    units = [value / span for span, value in steps]
    return Spread(min(units), sum(value for _, value in steps) / sum(span for span, _ in steps), max(units))
