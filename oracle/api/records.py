"""What the public may ask of a node, answered from its store and what it knows of the chain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from oracle.api import models
from oracle.api.errors import NotHeld
from oracle.api.series import Bucket, Link, Spread, chain_of_bases, downsample, fleet_steps
from oracle.api.standing import Held, NodeView, StandingReports
from oracle.api.trees import Trees
from oracle.chain.view import OracleConfig
from oracle.domain.meters import MeterKind
from oracle.store.series import SeriesStore

FINAL_SEARCH = 256
"""The newest final report is at most this many epochs behind the newest standing one: the contract's constructor."""


class SiteView(Protocol):
    """What is told of a site. Times are Unix seconds; 0 is never."""

    fleet: int
    kind: str
    interval_s: int

    @property
    def last_sampled(self) -> int: ...

    @property
    def last_error(self) -> str: ...

    @property
    def level(self) -> int:
        """How far its data can be trusted."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """What the public records are made from."""

    node: NodeView
    store: SeriesStore
    config: OracleConfig
    sites: Callable[[], Sequence[SiteView]]


class PublicRecords:
    """Reports, readings, proofs and series of one node. Methods raise NotHeld, Busy, or ChainError."""

    def __init__(self, sources: Sources) -> None:
        self._node = sources.node
        self._store = sources.store
        self._config = sources.config
        self._sites = sources.sites
        self._standing = StandingReports(sources.node, sources.store, sources.config)
        self.trees = Trees(sources.store.packed)

    def reports(self, before: int, limit: int) -> models.ReportPage:
        """Up to `limit` standing reports of epochs earlier than `before`, newest first."""
        found = list(islice(self._standing.held(before), limit + 1))
        shown = found[:limit]
        return models.ReportPage(
            reports=[self._report(held) for held in shown],
            next_before=shown[-1].report.epoch if len(found) > limit else None,
        )

    def report(self, epoch: int) -> models.ReportModel:
        """One standing report."""
        return self._report(self._standing.get(epoch))

    def readings(self, epoch: int, after: int, limit: int) -> models.ReadingPage:
        """Up to `limit` readings of meters with ids above `after` (-1: from the first)."""
        held = self._standing.get(epoch)
        leaves = self.trees.proven(held.report.root).leaves
        first = leaves.place_after(after)
        last = min(first + limit, len(leaves))
        return models.ReadingPage(
            epoch=epoch,
            state="final" if held.final else "standing",
            root=f"0x{held.report.root.hex()}",
            readings=[models.MeterModel.at(leaves, place) for place in range(first, last)],
            next_after=str(leaves.meter_id(last - 1)) if first < last < len(leaves) else None,
        )

    def proof(self, epoch: int, meter_id: int) -> models.ProofModel:
        """A meter's reading in the report of `epoch`, proven."""
        held = self._standing.get(epoch)
        proven = self.trees.proven(held.report.root)
        place = proven.leaves.find(meter_id)
        if place is None:
            raise NotHeld(f"meter {meter_id} is not in the report of epoch {epoch}: it was not open at the epoch's end")
        return models.ProofModel.at(held, proven.leaves, proven.tree, place)

    def lease(self, lease_id: int) -> models.LeaseModel:
        """A lease's reading in the newest standing and the newest final report."""
        standing = next(self._standing.held(self._standing.newest + 1), None)
        finals = (held for held in islice(self._standing.held(self._standing.newest + 1), FINAL_SEARCH) if held.final)
        final = next(finals, None)
        answer = models.LeaseModel(
            lease_id=str(lease_id),
            standing=None if standing is None else self._lease_in(standing, lease_id),
            final=None if final is None else self._lease_in(final, lease_id),
        )
        if answer.standing is None and answer.final is None:
            raise NotHeld(
                f"lease {lease_id} is in no recent report: it does not exist, has not begun, or is closed; its last "
                "reading is under /v1/reports/{epoch}/readings of the epoch it closed with"
            )
        return answer

    def series(self, fleet_id: int, first_epoch: int, last_epoch: int, points: int) -> models.SeriesModel:
        """What successive reports added to a fleet's meter, in at most `points` buckets.

        There are none where all reports of the range lack the meter: the fleet was not listed then.
        """
        newest = next(self._standing.held(min(last_epoch, self._standing.newest) + 1), None)
        links = [] if newest is None else chain_of_bases(self._link, newest.report.epoch, first_epoch)
        steps = fleet_steps(links, fleet_id, self._config, first_epoch)
        without = not steps and any(link.epoch >= first_epoch for link in links)
        if not without and not any(step.added for step in steps):
            raise NotHeld(f"fleet {fleet_id} has no reading in epochs {first_epoch} to {last_epoch} held here")
        units = self._units(fleet_id)
        return models.SeriesModel(
            fleet_id=str(fleet_id),
            units=units,
            epoch_length_s=self._config.epoch_length,
            reports=len(steps),
            buckets=[_bucket(bucket, units) for bucket in downsample(steps, points)],
        )

    def batches(self, fleet_id: int, epoch: int) -> models.BatchesModel:
        """What the operator of a fleet signed of its samples in `epoch`."""
        kept = self._store.batches(fleet_id, epoch)
        if not kept:
            raise NotHeld(f"no signed batch of fleet {fleet_id} for epoch {epoch} is here: its site may serve none")
        return models.BatchesModel(
            fleet_id=str(fleet_id),
            epoch=epoch,
            operator=kept[0].operator,
            signed_twice=len(kept) > 1,
            statements=[
                models.BatchModel(
                    struct_hash=f"0x{each.signed.statement.struct_hash().hex()}",
                    metered=each.metered,
                    head=each.signed.head().decode().rstrip("\n"),
                )
                for each in kept
            ],
        )

    def coverage(self, epochs: int) -> models.CoverageModel:
        """How much of the telemetry due this node got in its newest `epochs` epochs."""
        head = self._node.head
        now = 0 if head is None else head.timestamp
        newest = max(0, (now - self._config.genesis) // self._config.epoch_length)
        answers = self._store.answers(max(0, newest - epochs + 1), newest)
        return models.CoverageModel(
            newest_epoch=newest,
            sites=[self._site(site, newest, epochs, answers) for site in self._sites()],
        )

    def is_final(self, epoch: int) -> bool:
        """Whether the report of `epoch` is final: answers about it never change any more."""
        held = self._standing.find(epoch)
        return held is not None and held.final

    def _report(self, held: Held) -> models.ReportModel:
        return models.ReportModel.of(held, self._store.set_hash(held.report.epoch, held.report.root))

    def _lease_in(self, held: Held, lease_id: int) -> models.ProofModel | None:
        proven = self.trees.proven(held.report.root)
        place = proven.leaves.find_number(MeterKind.LEASE, lease_id)
        return None if place is None else models.ProofModel.at(held, proven.leaves, proven.tree, place)

    def _link(self, epoch: int) -> Link | None:
        held = self._standing.find(epoch)
        if held is None:
            return None
        return Link(epoch, held.report.base_epoch, self.trees.fleets(held.report.root))

    def _units(self, fleet_id: int) -> int | None:
        meters = self._node.open_meters
        fleets = () if meters is None else meters.fleets
        return next((fleet.units for fleet in fleets if fleet.fleet_id == fleet_id), None)

    def _site(self, site: SiteView, newest: int, epochs: int, answers: dict[tuple[int, int], int]) -> models.SiteModel:
        due = max(1, self._config.epoch_length // site.interval_s)
        counted = [(epoch, answers.get((site.fleet, epoch), 0)) for epoch in range(newest, max(0, newest - epochs), -1)]
        return models.SiteModel(
            fleet_id=str(site.fleet),
            kind=site.kind,
            interval_s=site.interval_s,
            trust_level=int(site.level),
            reachable=not site.last_error and site.last_sampled > 0,
            last_sampled_unix_s=site.last_sampled or None,
            epochs=[
                models.SampledEpoch(epoch=epoch, answers=count, due=due, sampled_share=min(1.0, round(count / due, 6)))
                for epoch, count in counted
            ],
        )


def _bucket(bucket: Bucket, units: int | None) -> models.BucketModel:
    total, due = bucket.total, (units or 0) * bucket.known_s
    return models.BucketModel(
        start_unix_s=bucket.start,
        end_unix_s=bucket.end,
        first_epoch=bucket.first_epoch,
        last_epoch=bucket.last_epoch,
        steps=bucket.steps,
        known_s=bucket.known_s,
        measured_unit_s=total.measured,
        delivered_unit_s=total.delivered,
        utilised_unit_s=total.utilised,
        energy_wh=total.energy_wh,
        measured_units=_spread(bucket.measured),
        delivered_units=_spread(bucket.delivered),
        utilised_units=_spread(bucket.utilised),
        missing_share=round(max(0.0, 1 - total.measured / due), 6) if due else None,
        trust_level=bucket.level,
        flags=models.flag_names(total),
    )


def _spread(spread: Spread | None) -> models.SpreadModel | None:
    if spread is None:
        return None
    return models.SpreadModel(min=round(spread.min, 6), mean=round(spread.mean, 6), max=round(spread.max, 6))
