"""What a fleet's meter said, epoch by epoch, taken apart: busy, idle, not let, lost, missing.

Unit-seconds, Wh, Unix seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from oracle.domain.reading import ReadingFlag
from scripts.stage.figures import Record

VISIBLE = 0.03
"""The share of capacity from which an outage or a silence is worth a label."""
READ_ENOUGH = 0.98
READ_TOO_LITTLE = 0.10


@dataclass(frozen=True, slots=True)
class Slot:
    """One report's span. busy + idle == delivered; delivered + outage + unlet + silence == capacity.

    outage: let and measured, not delivered. unlet: measured and nobody's. silence: nothing answered.
    """

    epoch: int
    start: int
    end: int
    capacity: int
    busy: int
    delivered: int
    outage: int
    unlet: int
    silence: int
    energy_wh: int
    flags: int

    def share(self, counter: int) -> float:
        """A counter as a share of the capacity."""
        return counter / self.capacity if self.capacity else 0.0

    @property
    def measured(self) -> int:
        """Unit-seconds for which telemetry exists."""
        return self.capacity - self.silence

    @property
    def read(self) -> float:
        """The share of boards whose energy can have been read. Boards nobody leased are lost as often as the others."""
        let = self.delivered + self.outage
        return self.share(self.measured) * (1 - self.outage / let if let else 1.0)

    @property
    def kilowatts(self) -> float | None:
        """Mean power, or None where it was not read: a board under power never draws nothing."""
        if not self.energy_wh or self.read < READ_TOO_LITTLE:
            return None
        return self.energy_wh * 3.6 / (self.end - self.start)

    @property
    def partly_read(self) -> bool:
        """Whether the power is a lower bound: some boards' energy is not in it."""
        return self.share(self.measured) < READ_ENOUGH or bool(self.flags & ReadingFlag.ENERGY_UNCOVERED)


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive slots that show one thing, and how much of it in all."""

    start: int
    end: int
    total: int


def slots_of(fleet: Record, leases: list[Record], span: tuple[int, int]) -> list[Slot]:
    """The fleet's reports within the span, oldest first."""
    slots = []
    for point in sorted(fleet["series"], key=lambda point: int(point["end"])):
        start, end = point["end"] - point["span_s"], point["end"]
        if start < span[0] or end > span[1]:
            continue
        capacity = fleet["units"] * point["span_s"]
        measured = min(point["measured"], capacity)
        delivered = min(point["delivered"], measured)
        unlet = min(measured - delivered, max(0, capacity - _let(fleet, leases, start, end)))
        slots.append(
            Slot(
                epoch=point["epoch"],
                start=start,
                end=end,
                capacity=capacity,
                busy=min(point["utilised"], delivered),
                delivered=delivered,
                outage=measured - delivered - unlet,
                unlet=unlet,
                silence=capacity - measured,
                energy_wh=point["energy_wh"],
                flags=point["flags"],
            )
        )
    return slots


def _let(fleet: Record, leases: list[Record], start: int, end: int) -> int:
    """Unit-seconds sold within [start, end)."""
    mine = (lease for lease in leases if lease["fleet"] == fleet["id"])
    return sum(lease["units"] * max(0, min(end, lease["end"]) - max(start, lease["start"])) for lease in mine)


def runs(slots: list[Slot], counter: Callable[[Slot], int]) -> list[Run]:
    """Where a counter is visible without a break."""
    found: list[Run] = []
    for slot in slots:
        if slot.share(counter(slot)) < VISIBLE:
            continue
        if found and found[-1].end == slot.start:
            found[-1] = Run(found[-1].start, slot.end, found[-1].total + counter(slot))
        else:
            found.append(Run(slot.start, slot.end, counter(slot)))
    return found


def gaps(slots: list[Slot], span: tuple[int, int]) -> list[tuple[int, int]]:
    """The parts of the span that no report covers."""
    edges = [span[0], *(edge for slot in slots for edge in (slot.start, slot.end)), span[1]]
    between = pairwise(edges)
    return [(start, end) for place, (start, end) in enumerate(between) if place % 2 == 0 and start < end]
