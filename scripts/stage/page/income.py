"""The charts of what a fleet's rent became: each distribution down the waterfall, and what its tranches have got."""

from __future__ import annotations

from typing import Final

from scripts.stage.figures import Currency, Record, clock, day, full_time, last_income, percent, period_yield, quotient
from scripts.stage.page.axes import (
    HALF_WIDTHS,
    Box,
    Frame,
    boxes,
    nice_ticks,
    responsive,
    spread,
    svg,
    text,
    time_axis,
    value_axis,
)
from scripts.stage.page.markup import Child, Html, amount, el, join, name, swatch, table

LAYERS: Final = {
    "protocol": "Protocol fee",
    "oracle": "Oracle fee",
    "energy": "Energy",
    "operator": "Operator fee",
    "senior": "Senior",
    "reserve_in": "Into the reserve",
    "equity": "Equity",
}
"""Who is paid from a distribution, in the order in which they are."""
PLOT: Final = 200
LABEL_ROOM: Final = 38


def paid(distribution: Record) -> int:
    """All that a distribution had to pay from."""
    return int(distribution["rent"]) + int(distribution["reserve_out"])


# ---- each distribution ----


def distributions_chart(fleet: Record, currency: Currency) -> Html:
    """A column per distribution, cut in the order of payment from the top."""
    return responsive(
        lambda name, width: _distributions(fleet, currency, f"income-{fleet['id']}-{name}", width), HALF_WIDTHS
    )


def _distributions(fleet: Record, currency: Currency, key: str, width: int) -> Html:
    found = fleet["distributions"]
    frame = Frame(width, PLOT + 62, 46, width - 4, 22, PLOT + 22, (0, max(1, len(found))))
    top, ticks = nice_ticks(max((paid(one) for one in found), default=0) / 10**currency.decimals, 5)
    scale = top * 10**currency.decimals
    columns: dict[str, list[Box]] = {layer: [] for layer in LAYERS}
    labels: list[Child] = []
    for place, one in enumerate(found):
        centre = (frame.x(place) + frame.x(place + 1)) / 2
        half = min(26.0, (frame.x(1) - frame.x(0)) * 0.36)
        left, right = round(centre - half), round(centre + half)
        height = paid(one)
        total = currency.short(height, 2 if 2 * half > 36 else 0)
        labels.append(text(centre, frame.y(height / scale) - 6, total, "total halo", "middle"))
        for layer in LAYERS:
            columns[layer].append((left, frame.y(height / scale), right, frame.y((height - one[layer]) / scale)))
            height -= one[layer]
        labels += _when(frame, found, place, centre)
    return svg(
        key,
        frame,
        f"{fleet['name']}: how each distribution went down the waterfall",
        "; ".join(_told(one, currency) for one in found) or "Nothing was distributed.",
        value_axis(frame, [(tick / top, f"{tick:,g}") for tick in ticks]),
        [boxes(rectangles, f"layer {layer}") for layer, rectangles in columns.items()],
        labels,
        el("path", d=f"M{frame.left} {frame.bottom + 0.5}H{frame.right}", class_="axis"),
    )


def _when(frame: Frame, found: list[Record], place: int, centre: float) -> list[Child]:
    """The time under a column, and its day where it is a new one; only every few when there are many."""
    every = max(1, -(-LABEL_ROOM // max(1, frame.x(1) - frame.x(0))))
    if place % every:
        return []
    at = found[place]["at"]
    fresh = place < every or day(found[place - every]["at"]) != day(at)
    return [
        text(centre, frame.bottom + 17, clock(at), "tick", "middle"),
        text(centre, frame.bottom + 32, day(at), "day", "middle") if fresh else None,
    ]


def _told(one: Record, currency: Currency) -> str:
    parts = ", ".join(f"{title.lower()} {currency.exact(one[layer])}" for layer, title in LAYERS.items() if one[layer])
    drawn = f" and {currency.exact(one['reserve_out'])} from the reserve" if one["reserve_out"] else ""
    return f"{full_time(one['at'])}: rent {currency.exact(one['rent'])}{drawn} became {parts or 'nothing'}"


def layers_table(fleet: Record, currency: Currency) -> Html:
    """The chart's legend with each layer's sum; the foot proves that they make up what came in."""
    found = fleet["distributions"]
    total, drawn = sum(paid(one) for one in found), sum(one["reserve_out"] for one in found)
    rows: list[list[Child]] = []
    for layer, title in LAYERS.items():
        got = sum(one[layer] for one in found)
        rows.append([[swatch(f"layer {layer}"), title], amount(got, currency), percent(got, total)])
    if odd := total - sum(one[layer] for one in found for layer in LAYERS):
        rows.append(["Not accounted for", amount(odd, currency), percent(odd, total)])
    words = "Rent distributed" + (f", with {currency.exact(drawn)} from the reserve" if drawn else "")
    return el(
        "div",
        table(
            f"Paid in this order, {currency.symbol}",
            [("Payee", ""), (currency.symbol, "num"), ("Share", "num")],
            rows,
            [words, amount(total, currency), percent(total, total)],
        ),
        class_="scroll compact",
    )


# ---- what the tranches got ----


def cumulative_chart(fleet: Record, currency: Currency, span: tuple[int, int]) -> Html:
    """The sum of distributions to the tranches, equity above senior, growing at each."""
    return responsive(
        lambda name, width: _cumulative(fleet, currency, span, f"sum-{fleet['id']}-{name}", width), HALF_WIDTHS
    )


def _cumulative(fleet: Record, currency: Currency, span: tuple[int, int], key: str, width: int) -> Html:
    found = sorted(fleet["distributions"], key=lambda one: int(one["at"]))
    last = max([span[1], *(one["at"] for one in found)])
    until = last + (last - span[0]) // 12  # so that the last step is seen
    frame = Frame(width, PLOT + 62, 46, width - 72, 22, PLOT + 22, (span[0], until))
    senior = equity = 0
    steps = [(span[0], 0, 0)]
    for one in found:
        senior, equity = senior + one["senior"], equity + one["equity"]
        steps.append((one["at"], senior, equity))
    steps.append((until, senior, equity))
    top, ticks = nice_ticks((senior + equity) / 10**currency.decimals, 5)
    scale = top * 10**currency.decimals

    def area(place: int) -> tuple[Box, Box]:
        (start, low, high), (end, _, _) = steps[place], steps[place + 1]
        x0, x1 = frame.x(start), frame.x(end)
        edge = frame.y(low / scale)
        return (x0, edge, x1, frame.bottom), (x0, frame.y((low + high) / scale), x1, edge)

    areas = [area(place) for place in range(len(steps) - 1)]
    wanted = [frame.y((senior + equity / 2) / scale) + 4, frame.y(senior / 2 / scale) + 4]
    placed = spread(wanted, 30, frame.top + 8, frame.bottom - 16)
    return svg(
        key,
        frame,
        f"{fleet['name']}: income distributed to the tranches so far",
        f"Senior {currency.exact(senior)}, equity {currency.exact(equity)} {currency.symbol} by {full_time(last)}.",
        value_axis(frame, [(tick / top, f"{tick:,g}") for tick in ticks]),
        boxes([below for below, _ in areas], "layer senior"),
        boxes([above for _, above in areas], "layer equity"),
        [
            join(text(frame.right + 8, y, title, "side"), text(frame.right + 8, y + 14, currency.short(value), "total"))
            for title, value, y in (("Equity", equity, placed[0]), ("Senior", senior, placed[1]))
        ],
        time_axis(frame),
    )


def tranches_table(fleet: Record, currency: Currency) -> Html:
    """Face, coupon, income and yield of each tranche."""
    rows: list[list[Child]] = [
        [
            name(tranche["name"]),
            currency.short(tranche["face"]),
            f"{quotient(tranche['coupon_bps'], 100, 2)} %" if tranche["coupon_bps"] else "the rest",
            amount(tranche["income"], currency),
            period_yield(tranche["income"], tranche["face"]),
        ]
        for tranche in fleet["tranches"]
    ]
    heads: list[tuple[Child, str]] = [("Tranche", ""), ("Face", "num"), ("Coupon a year", "num"), ("Income", "num")]
    until = last_income([fleet])
    caption = f"Income of the tranches, {currency.symbol}; yield is income over face, from the start to {until}"
    return el("div", table(caption, [*heads, ("Yield, not annualised", "num")], rows), class_="stack")
