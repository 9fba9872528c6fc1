"""The two charts of what a fleet's meter saw: its units' time and its boards' power, epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from oracle.domain.reading import ReadingFlag
from scripts.stage.figures import DASH, Record, clock, gpu_hours, kwh, percent, quotient, stretch
from scripts.stage.page.axes import (
    Frame,
    boxes,
    line,
    nice_ticks,
    responsive,
    spread,
    svg,
    text,
    time_axis,
    value_axis,
)
from scripts.stage.page.markup import Child, Html, el
from scripts.stage.page.slots import Run, Slot, gaps, runs

LABEL_ROW: Final = 30
ASIDE: Final = {1000: 112, 620: 108}
"""Room for labels beside the plot, by width; a phone has none."""
LETTER: Final = 6.1
"""The mean width of a letter of a label, generously."""
Stretch = tuple[int, int]


def _frame(width: int, span: Stretch, top: int, plot: int) -> Frame:
    return Frame(width, top + plot + 40, 46, width - ASIDE.get(width, 10), top, top + plot, span)


# ---- utilisation ----


def utilisation(fleet: Record, slots: list[Slot], span: Stretch) -> Html:
    """What became of every unit's time: busy, idle, not let, lost or missing, adding up to the fleet."""
    return responsive(lambda name, width: _utilisation(fleet, slots, span, f"use-{fleet['id']}-{name}", width))


def _utilisation(fleet: Record, slots: list[Slot], span: Stretch, key: str, width: int) -> Html:
    outages, silences = runs(slots, lambda slot: slot.outage), runs(slots, lambda slot: slot.silence)
    frame = _frame(width, span, LABEL_ROW if outages or silences else 12, 196)
    layers: list[tuple[str, Callable[[Slot], int]]] = [
        ("busy", lambda slot: slot.busy),
        ("idle", lambda slot: slot.delivered - slot.busy),
        ("outage", lambda slot: slot.outage),
        ("unlet", lambda slot: slot.unlet),
        ("silence", lambda slot: slot.silence),
    ]
    below = dict.fromkeys(slots, 0)
    drawn: list[Child] = []
    for kind, counter in layers:
        rectangles = []
        for slot in slots:
            bottom, top = below[slot], below[slot] + counter(slot)
            rectangles.append(
                (frame.x(slot.start), frame.y(slot.share(bottom)), frame.x(slot.end), frame.y(slot.share(top)))
            )
            below[slot] = top
        drawn.append(boxes(rectangles, kind))
    quarters = [(share / 4, f"{25 * share} %") for share in range(0, 5, 1 if width > 400 else 2)]
    busy, delivered = (percent(fleet[counter], fleet["capacity"]) for counter in ("utilised", "delivered"))
    description = (
        f"{len(slots)} epochs, {stretch(*span)} UTC. Of {gpu_hours(fleet['capacity'])} GPU-hours {busy} were busy and "
        f"{delivered} delivered. {_in_words('Outage (measured, not delivered)', outages)} "
        f"{_in_words('Silence (missing)', silences)}"
    )
    return svg(
        key,
        frame,
        f"{fleet['name']}: share of units busy, delivered and measured",
        description,
        value_axis(frame, quarters),
        drawn,
        [_gap(frame, gap, "no report") for gap in gaps(slots, span)],
        _edge(frame, slots, lambda slot: slot.share(slot.delivered), "edge"),
        _edge(frame, slots, lambda slot: slot.share(slot.measured), "edge measured"),
        el("g", _run_labels(frame, outages, silences), class_="runs"),
        _side_labels(frame, slots),
        time_axis(frame),
        [_hover(frame, slot, _told(slot)) for slot in slots if width > 400],
    )


def _edge(frame: Frame, slots: list[Slot], share: Callable[[Slot], float], kind: str) -> Html | None:
    """The top of a layer as a line, broken where an epoch is missing or nothing answered."""
    path, end = "", None
    for slot in (slot for slot in slots if slot.measured):
        y = frame.y(share(slot))
        joined = "V" if end == slot.start else f"M{frame.x(slot.start)} "
        path += f"{joined}{y:g}H{frame.x(slot.end)}"
        end = slot.end
    return el("path", d=path, class_=kind) if path else None


def _run_labels(frame: Frame, outages: list[Run], silences: list[Run]) -> list[Child]:
    """A bracket over each outage and silence, with what it cost, in as many words as there is room for."""
    parts: list[Child] = []
    taken = float(frame.left)
    told = [(run, "outage", "lost") for run in outages] + [(run, "silence", "missing") for run in silences]
    for run, kind, fate in sorted(told, key=lambda one: one[0].start):
        x0, x1, y = frame.x(run.start), frame.x(run.end), frame.top - 7.5
        parts.append(el("path", d=f"M{x0 + 0.5} {y + 4:g}V{y:g}H{x1 - 0.5}V{y + 4:g}", class_=f"bracket {kind}-ink"))
        title, hours = kind.capitalize(), gpu_hours(run.total, 1)
        when = f"{clock(run.start)}{DASH}{clock(run.end)}"
        for words in (f"{title} {when}, {hours} GPU-h {fate}", f"{title} {hours} GPU-h", title):
            half = len(words) * LETTER / 2
            centre = min(max((x0 + x1) / 2, frame.left + half), frame.width - 4 - half)
            if centre - half >= taken and 2 * half < frame.width * 0.45:
                parts.append(text(centre, y - 6, words, f"run {kind}-ink", "middle"))
                taken = centre + half + 8
                break
    return parts


def _side_labels(frame: Frame, slots: list[Slot]) -> list[Child]:
    """What each boundary is, named at the last epoch."""
    if not slots or frame.width - frame.right < 40:
        return []
    last = slots[-1]
    shares = [("measured", last.measured), ("delivered", last.delivered), ("busy", last.busy)]
    wanted = [frame.y(last.share(counter)) + 4 for _, counter in shares]
    placed = spread(wanted, 14, frame.top + 4, frame.bottom)
    return [
        text(frame.right + 8, y, [word, " ", percent(counter, last.capacity, 0)], "side")
        for (word, counter), y in zip(shares, placed, strict=True)
    ]


def _gap(frame: Frame, gap: Stretch, words: str) -> Html:
    """A stretch that nobody reported on: nothing is drawn but its absence."""
    x0, x1 = frame.x(gap[0]), frame.x(gap[1])
    label = text((x0 + x1) / 2, (frame.top + frame.bottom) / 2, words, "tick", "middle") if x1 - x0 > 56 else None
    return el("g", boxes([(x0 + 0.5, frame.top + 0.5, x1 - 0.5, frame.bottom - 0.5)], "void"), label, class_="gap")


def _hover(frame: Frame, slot: Slot, words: str) -> Html:
    """What one epoch said, shown while the pointer is on its column."""
    x0, x1 = frame.x(slot.start), frame.x(slot.end)
    column = el("rect", x=x0, y=frame.top, width=max(1, x1 - x0), height=frame.bottom - frame.top, class_="hit")
    return el("g", column, text(frame.left, 11, words, "readout"), class_="epoch")


def _told(slot: Slot) -> str:
    figures = [("busy", slot.busy), ("delivered", slot.delivered), ("outage", slot.outage), ("missing", slot.silence)]
    said = ", ".join(
        f"{word} {percent(counter, slot.capacity)}" for word, counter in figures if counter or word == "busy"
    )
    return f"{stretch(slot.start, slot.end)}: {said}"


def _in_words(title: str, found: list[Run]) -> str:
    told = "; ".join(f"{stretch(run.start, run.end)}, {gpu_hours(run.total)} GPU-hours" for run in found)
    return f"{title}: {told or 'none'}."


# ---- power ----


def power(fleet: Record, slots: list[Slot], span: Stretch) -> Html:
    """Mean board power per epoch. Where it was not read there is no line, never a zero."""
    return responsive(lambda name, width: _power(fleet, slots, span, f"power-{fleet['id']}-{name}", width))


def _power(fleet: Record, slots: list[Slot], span: Stretch, key: str, width: int) -> Html:
    frame = _frame(width, span, 26, 108)
    known = [slot for slot in slots if slot.kilowatts is not None]
    top, ticks = nice_ticks(max((slot.kilowatts or 0 for slot in known), default=0), 3)
    reset = [slot for slot in slots if slot.flags & ReadingFlag.COUNTER_RESET]
    unread = [(slot.start, slot.end) for slot in slots if slot.kilowatts is None] + gaps(slots, span)
    description = (
        f"Energy over time of all boards, {kwh(fleet['energy_wh'])} kWh in all. "
        f"Not read in {len(unread)} stretches, which are left open."
    )

    def share(slot: Slot) -> float:
        return (slot.kilowatts or 0) / top

    return svg(
        key,
        frame,
        f"{fleet['name']}: mean power of the GPU boards",
        description,
        value_axis(frame, [(tick / top, f"{tick:g} kW") for tick in ticks] if known else []),
        boxes(
            [(frame.x(slot.start), frame.y(share(slot)), frame.x(slot.end), frame.bottom) for slot in known], "drawn"
        ),
        _edge(frame, [slot for slot in known if not slot.partly_read], share, "load"),
        _edge(frame, [slot for slot in known if slot.partly_read], share, "load partial"),
        _unread(frame, slots),
        [_gap(frame, gap, "no report") for gap in gaps(slots, span)],
        el("g", [_reset(frame, slot) for slot in reset], class_="runs"),
        _peak(frame, known, top),
        time_axis(frame),
        [_hover(frame, slot, _power_told(slot)) for slot in slots if width > 400],
    )


def _unread(frame: Frame, slots: list[Slot]) -> list[Child]:
    """Open stretches, each in the pattern of its cause."""
    parts: list[Child] = []
    for kind in ("outage", "silence", "void"):

        def blind(slot: Slot, kind: str = kind) -> int:
            return slot.capacity if slot.kilowatts is None and _cause(slot) == kind else 0

        for run in runs(slots, blind):
            x0, x1 = frame.x(run.start), frame.x(run.end)
            pattern = boxes([(x0 + 0.5, frame.top + 0.5, x1 - 0.5, frame.bottom - 0.5)], f"{kind} faint")
            words = text((x0 + x1) / 2, frame.top + 58, "not read", f"halo {kind}-ink", "middle")
            parts.append(el("g", pattern, words if x1 - x0 >= 52 else None, class_=f"gap {kind}-gap"))
    return parts


def _cause(slot: Slot) -> str:
    """Why no power was read: GPUs lost, nothing answering, or boards that tell no energy."""
    if slot.outage + slot.silence < slot.capacity / 2:
        return "void"
    return "outage" if slot.outage > slot.silence else "silence"


def _reset(frame: Frame, slot: Slot) -> Html:
    x = frame.x(slot.start) + 0.5
    centre = min(max(x, frame.left + 40), frame.right - 40)
    label = text(centre, frame.top - 9, "counter reset", "run", "middle")
    return el("g", line(x, frame.top - 5, x, frame.bottom, "marker"), label)


def _peak(frame: Frame, known: list[Slot], top: float) -> list[Child]:
    """The highest and the mean, named beside the plot."""
    if not known or frame.width - frame.right < 40:
        return []
    most = max(slot.kilowatts or 0 for slot in known)
    seconds = sum(slot.end - slot.start for slot in known)
    mean = sum((slot.kilowatts or 0) * (slot.end - slot.start) for slot in known) / seconds
    placed = spread([frame.y(most / top) + 4, frame.y(mean / top) + 4], 14, frame.top, frame.bottom)
    return [
        text(frame.right + 8, placed[0], f"peak {most:.2f} kW", "side"),
        line(frame.right, frame.y(mean / top), frame.right + 5, frame.y(mean / top), "axis"),
        text(frame.right + 8, placed[1], f"mean {mean:.2f} kW", "side"),
    ]


def _power_told(slot: Slot) -> str:
    if slot.kilowatts is None:
        return f"{stretch(slot.start, slot.end)}: power not read"
    part = " at least: part of the fleet was not read" if slot.partly_read else ""
    mean = quotient(slot.energy_wh * 3600, (slot.end - slot.start) * 1000, 2)
    return f"{stretch(slot.start, slot.end)}: {mean} kW{part}, {kwh(slot.energy_wh)} kWh"
