"""What a node would observe of an epoch, from the samples it has stored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oracle.domain.errors import WellheadError
from oracle.domain.meters import MeterKind
from oracle.domain.reading import COUNTERS
from oracle.domain.signed import Leaves
from oracle.exchange.fetch import Fetcher
from oracle.exchange.round import Bound
from oracle.rehearsal.stage import Chain, NoSuchEpoch, base_of, chain_of, rehearsal
from oracle.settings import Settings

_NUMBER = (1 << 88) - 1


class Abstains(WellheadError):
    """A node that cannot tell of every fleet says nothing of any."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """An observation nobody signs. `bounds` says what each meter could have done at most, by meter id; `reached` of
    `sites` have said what they had to say about the epoch."""

    epoch: int
    base_epoch: int
    block: int
    root: bytes
    reached: int
    sites: int
    leaves: Leaves
    bounds: dict[int, Bound]

    def rows(self) -> list[dict[str, Any]]:
        """Per meter: which, its increments, and the share of the time it has telemetry for (None: no time)."""
        found = []
        for meter, increments in self.leaves:
            bound = self.bounds[meter]
            possible = bound.units * bound.span_s
            found.append(
                {
                    "meter": name_of(meter),
                    "units": bound.units,
                    **dict(zip(COUNTERS, increments.counters, strict=True)),
                    "flags": increments.flags,
                    "coverage": increments.measured / possible if possible else None,
                }
            )
        return found


def dry_run(settings: Settings, epoch: int | None, fetcher: Fetcher, log: Callable[..., None]) -> DryRun:
    """Observes `epoch`, by default the last that has ended. Raises NoSuchEpoch, CannotCopy, ChainError, or what keeps
    a round from being opened."""
    with chain_of(settings, fetcher) as chain:
        chosen = _epoch(chain, epoch)
        with rehearsal(settings, chain, fetcher, chosen, base_of(chain, chosen), log) as stage:
            for site in stage.sites:
                if site.source.catches_up:
                    site.sample(chain.now, chosen, stage.opened.facts.span[0])
            facts, this = stage.opened.facts, stage.opened.round
            leaves = stage.observer.observe(facts)
            return DryRun(
                chosen,
                this.base_epoch,
                stage.opened.block.number,
                this.statement(leaves).root,
                stage.observer.sites_reached(facts),
                len(stage.sites),
                leaves,
                dict(this.bounds),
            )


def name_of(meter: int) -> str:
    """`lease 3` or `fleet 1`."""
    return f"{MeterKind(meter >> 248).name.lower()} {meter & _NUMBER}"


def _epoch(chain: Chain, epoch: int | None) -> int:
    last = chain.last_ended()
    if epoch is not None and not 1 <= epoch <= last:
        raise NoSuchEpoch(f"epoch {epoch} is not one of 1 to {last}, which have ended")
    return last if epoch is None else epoch
