"""Frames, scales and axes of the charts. Coordinates are SVG pixels; drawn once for each width needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.stage.figures import HOUR, clock, day
from scripts.stage.page.markup import Child, Html, el, join

WIDTHS: Final = {"wide": 1000, "medium": 620, "narrow": 340}
HALF_WIDTHS: Final = {"half": 460, "narrow": 340}
"""The widths that the page needs a chart in, by the name of the class the style sheet shows or hides."""
STEPS: Final = [HOUR * hours for hours in (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720)]
DAY: Final = 24 * HOUR
TICK_ROOM: Final = 44
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1."""
DAY_ROOM: Final = 52


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area [left, right] x [top, bottom] of a chart `width` x `height`, over the time `span`."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    span: tuple[int, int]

    def x(self, time: float) -> int:
        """A time's place, on a whole pixel so that neighbours meet without a seam."""
        start, end = self.span
        return round(self.left + (time - start) / max(1, end - start) * (self.right - self.left))

    def y(self, share: float) -> float:
        """The height of a share of the whole scale."""
        return round(self.bottom - share * (self.bottom - self.top), 1)


def responsive(draw: Callable[[str, int], Html], widths: dict[str, int] = WIDTHS) -> Html:
    """The chart in every width; the style sheet shows the one that fits."""
    return join(el("div", draw(name, width), class_=f"chart {name}") for name, width in widths.items())


def svg(key: str, frame: Frame, title: str, description: str, *children: Child) -> Html:
    """A chart that says in words what it shows. `key` is unique in the page."""
    return el(
        "svg",
        el("title", title, id=f"{key}-title"),
        el("desc", description, id=f"{key}-desc"),
        *children,
        viewBox=f"0 0 {frame.width} {frame.height}",
        role="img",
        aria_labelledby=f"{key}-title",
        aria_describedby=f"{key}-desc",
    )


def text(x: float, y: float, words: Child, kind: str = "", anchor: str = "start") -> Html:
    """A label."""
    aligned = None if anchor == "start" else anchor
    return el("text", words, x=float(x), y=float(y), class_=kind or None, text_anchor=aligned)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    """A line on half pixels, so that it is one pixel wide."""
    return el("path", d=f"M{x1:g} {y1:g}L{x2:g} {y2:g}", class_=kind)


def boxes(rectangles: Sequence[Box], kind: str) -> Html | None:
    """Rectangles as one path, or nothing."""
    drawn = "".join(f"M{x0:g} {y0:g}H{x1:g}V{y1:g}H{x0:g}Z" for x0, y0, x1, y1 in rectangles if x0 < x1 and y0 != y1)
    return el("path", d=drawn, class_=kind) if drawn else None


def time_axis(frame: Frame) -> Html:
    """Ticks at round UTC hours, longer at midnight, where the day is named."""
    start, end = frame.span
    per_second = (frame.right - frame.left) / max(1, end - start)
    step = next((step for step in STEPS if step * per_second >= TICK_ROOM), STEPS[-1])
    base = frame.bottom + 0.5
    parts: list[Child] = [line(frame.left, base, frame.right, base, "axis")]
    for time in range(-(-start // step) * step, end + 1, step):
        x = frame.x(time) + 0.5
        midnight = time % DAY == 0
        parts.append(line(x, base, x, base + (9 if midnight else 5), "axis"))
        if step < DAY:
            anchor = "end" if time == end and frame.width - frame.right < 16 else "middle"
            parts.append(text(x if anchor == "middle" else x + 6, base + 18, clock(time), "tick", anchor))
    parts += _days(frame, max(step, DAY), base + (33 if step < DAY else 20))
    return el("g", parts, class_="time")


def _days(frame: Frame, step: int, y: float) -> list[Child]:
    """The days' names, each where its day begins in the chart."""
    start, end = frame.span
    first = -(-start // DAY) * DAY
    begins = list(range(first, end, step))
    if not begins or frame.x(first) - frame.left > DAY_ROOM:
        begins.insert(0, start)
    return [
        text(frame.x(time) - (0 if time == start else 3), y, day(time), "day")
        for time in begins
        if frame.right - frame.x(time) > DAY_ROOM * 0.75
    ]


def value_axis(frame: Frame, ticks: list[tuple[float, str]]) -> Html:
    """Horizontal hairlines at shares of the scale, each with its value."""
    parts: list[Child] = []
    for share, label in ticks:
        y = round(frame.y(share)) + 0.5
        if share:
            parts.append(line(frame.left, y, frame.right, y, "grid"))
        parts.append(text(frame.left - 6, y + 3.5, label, "tick", "end"))
    return el("g", parts, class_="values")


def nice_ticks(most: float, about: int = 4) -> tuple[float, list[float]]:
    """A round top of the scale at or above `most`, and round ticks from zero to it."""
    if most <= 0:
        return 1.0, [0.0, 1.0]
    raw = most / about
    power = 1.0
    while power > raw:
        power /= 10
    while power * 10 <= raw:
        power *= 10
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw - power * 1e-9)
    count = int(-(-most // step))
    return step * count, [step * place for place in range(count + 1)]


def spread(places: list[float], room: float, low: float, high: float) -> list[float]:
    """Moves labels apart, in order from the top, so that none covers another and all stay within [low, high]."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    floor = low
    for index in order:
        moved[index] = max(moved[index], floor)
        floor = moved[index] + room
    ceiling = high
    for index in reversed(order):
        moved[index] = min(moved[index], ceiling)
        ceiling = moved[index] - room
    return moved
