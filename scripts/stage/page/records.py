"""The page's tables: leases, fleets, investors, incidents, nodes, gas, and the epochs behind the charts."""

from __future__ import annotations

from typing import Final

from oracle.domain.reading import ReadingFlag
from scripts.stage.figures import (
    BITCOIN_MICRO_USD,
    MICRO,
    NOTHING,
    TIMES,
    Currency,
    Record,
    day_clock,
    duration,
    gpu_hours,
    investor_yield,
    kwh,
    last_income,
    moved_shares,
    per_kwh,
    percent,
    period_yield,
    quotient,
    stretch,
    totals,
    wh_per_gpu_hour,
)
from scripts.stage.page.markup import Child, Html, amount, el, join, name, table
from scripts.stage.page.slots import Slot

KINDS: Final = {
    "outage": "Outage",
    "silence": "Silence",
    "reset": "Counter reset",
    "kill": "Node killed",
    "restart": "Node restarted",
    "transfer": "Share transfer",
    "topup": "Top-up",
    "suspend": "Suspended",
    "resume": "Resumed",
}
FLAGS: Final = {
    ReadingFlag.ENERGY_ESTIMATED: "energy from power samples",
    ReadingFlag.COUNTER_RESET: "counter reset",
    ReadingFlag.ACTIVITY_FALLBACK: "busy from GPU utilisation",
    ReadingFlag.ENERGY_UNCOVERED: "energy unknown for part",
}


def _wide(markup: Html) -> Html:
    return el("div", markup, class_="stack")


def _bar(parts: list[tuple[str, int]], whole: int) -> Html:
    """A thin bar of shares; the figures beside it say the same."""
    cells = [
        el("i", class_=kind, style=f"width:{100 * count / whole:.3f}%") for kind, count in parts if whole and count > 0
    ]
    return el("span", cells, class_="bar", aria_hidden="true")


# ---- leases ----


def leases(statement: Record, currency: Currency) -> Html:
    """What each tenant bought, got, paid and got back."""
    fleets = {fleet["id"]: fleet["name"] for fleet in statement["fleets"]}
    records = statement["leases"]
    rows = [[_lease_name(lease, fleets, currency), *_lease_figures(lease, currency)] for lease in records]
    names = ("sold", "delivered", "measured", "missing", "breached", "charged", "credited", "refunded", "debt")
    total = dict(zip(names, totals(records, *names), strict=True))
    debt: list[tuple[Child, str]] = [("Debt", "num")] if total["debt"] else []
    heads: list[tuple[Child, str]] = [
        ("Lease", ""),
        *[(title, "num") for title in ("Sold", "Delivered", "Outage", "Missing", "Breached")],
        *[(title, "num") for title in ("Charged", "Credited", "Refunded")],
        *debt,
    ]
    if not total["debt"]:
        rows = [row[:-1] for row in rows]
    foot: list[Child] = ["All leases", *_lease_figures(total, currency)][: len(heads)]
    return _wide(table(f"Leases: GPU-hours, and amounts in {currency.symbol}", heads, rows, foot))


def _lease_name(lease: Record, fleets: dict[int, str], currency: Currency) -> Html:
    rate = currency.short(lease["rate"], 4).rstrip("0").rstrip(".")
    parts = [
        ("delivered", lease["delivered"]),
        ("outage", lease["measured"] - lease["delivered"]),
        ("silence", lease["missing"]),
    ]
    times = lease["suspensions"]
    halted = f", suspended {'once' if times == 1 else f'{times} times'}" if times else ""
    return join(
        el("strong", name(lease["tenant"])),
        el(
            "small",
            f"#{lease['id']} · {lease['units']} GPUs of ",
            name(fleets.get(lease["fleet"], f"fleet {lease['fleet']}")),
        ),
        el("small", f"{stretch(lease['start'], lease['end'])} at {rate}{halted}"),
        _bar(parts, lease["sold"]),
    )


def _lease_figures(lease: Record, currency: Currency) -> list[Child]:
    hours = (
        lease["sold"],
        lease["delivered"],
        lease["measured"] - lease["delivered"],
        lease["missing"],
        lease["breached"],
    )
    money = ("charged", "credited", "refunded", "debt")
    return [*(_zero(gpu_hours(figure), figure) for figure in hours), *(amount(lease[key], currency) for key in money)]


def _zero(words: str, figure: int) -> Child:
    return words if figure else el("span", "0", class_="quiet")


# ---- fleets ----


def fleets(statement: Record, currency: Currency) -> Html:
    """Use, energy and what the energy earned."""
    rows: list[list[Child]] = [
        [
            join(
                el("strong", name(fleet["name"])),
                el("small", f"{fleet['units']} {TIMES} ", name(fleet["model"])),
                el("small", name(fleet["site"])),
            ),
            gpu_hours(fleet["capacity"], 0),
            gpu_hours(fleet["delivered"]),
            percent(fleet["utilised"], fleet["capacity"]),
            kwh(fleet["energy_wh"]),
            wh_per_gpu_hour(fleet),
            amount(fleet["revenue"], currency),
            per_kwh(fleet["revenue"], fleet["energy_wh"], currency),
        ]
        for fleet in statement["fleets"]
    ]
    titles = ["GPU-hours", "Delivered", "Utilisation", "kWh", "Wh per GPU-hour", "Revenue", "per kWh"]
    heads: list[tuple[Child, str]] = [("Fleet", ""), *((title, "num") for title in titles)]
    return _wide(table(f"Fleets: revenue in {currency.symbol}, energy of the GPU boards alone", heads, rows))


def against_bitcoin(statement: Record, currency: Currency) -> Html:
    """Revenue per kWh as bars on one scale, with Bitcoin mining's reported range under them."""
    unit = 10**currency.decimals
    earning = [(fleet["name"], fleet["revenue"] * 1000, fleet["energy_wh"] * unit) for fleet in statement["fleets"]]
    most = max([1.0, *(revenue / energy for _, revenue, energy in earning if energy)])
    low, high = BITCOIN_MICRO_USD
    rows = [
        el(
            "div",
            el("dt", name(title)),
            el(
                "dd",
                el("i", class_="measure", style=f"width:{_width(revenue, energy, most)}"),
                el("b", quotient(revenue, energy, 2)),
            ),
        )
        for title, revenue, energy in earning
    ]
    bitcoin = el("i", class_="measure range", style=f"width:{_width(high, MICRO, most)}")
    reported = f"{quotient(low, MICRO, 2)} to {quotient(high, MICRO, 2)}"
    rows.append(el("div", el("dt", "Bitcoin mining, as reported"), el("dd", bitcoin, el("b", reported)), class_="peer"))
    return el("dl", rows, class_="bars")


def _width(part: int, whole: int, most: float) -> str:
    return f"{100 * part / whole / most * 0.78:.3f}%" if whole else "0"


# ---- investors ----


def investors(statement: Record, currency: Currency) -> Html:
    """What each holder earned, holding by holding."""
    fleet_names = {fleet["id"]: fleet["name"] for fleet in statement["fleets"]}
    rows: list[list[Child]] = []
    for investor in statement["investors"]:
        holdings = investor["holdings"]
        start, end = totals(holdings, "face_start", "face_end")
        mark = " *" if moved_shares(investor) else None
        rows.append(
            [
                join(el("strong", name(investor["name"])), _address(investor["address"])),
                el("ul", [_holding(holding, fleet_names, currency) for holding in holdings], class_="holdings"),
                currency.short(start),
                currency.short(end),
                amount(investor["income"], currency),
                [investor_yield(investor), mark],
            ]
        )
    names = ["Face at start", "Face at end", "Income", f"Yield to {last_income(statement['fleets']) or NOTHING}"]
    heads: list[tuple[Child, str]] = [
        ("Investor", ""),
        ("Income by holding", "whole"),
        *((title, "num") for title in names),
    ]
    all_holdings = [holding for investor in statement["investors"] for holding in investor["holdings"]]
    start, end = totals(all_holdings, "face_start", "face_end")
    income = sum(investor["income"] for investor in statement["investors"])
    foot: list[Child] = ["All investors", None, currency.short(start), currency.short(end), amount(income, currency)]
    foot.append(period_yield(2 * income, start + end))
    return _wide(table(f"Investors, {currency.symbol}", heads, rows, foot))


def _holding(holding: Record, fleet_names: dict[int, str], currency: Currency) -> Html:
    fleet = fleet_names.get(holding["fleet"], f"fleet {holding['fleet']}")
    start, end = holding["face_start"], holding["face_end"]
    moved = (
        el("small", f"{'bought' if end > start else 'sold'} {currency.short(abs(end - start))} of face")
        if end != start
        else None
    )
    return el("li", el("span", name(fleet), " ", name(holding["tranche"]), moved), amount(holding["income"], currency))


def _address(address: str) -> Html:
    """Both ends of an address; the whole of it to whoever points at it."""
    short = f"{address[:8]}…{address[-6:]}" if len(address) > 18 else address
    return el("small", el("code", short, title=address))


# ---- incidents, nodes, gas ----


def incidents(statement: Record) -> Html:
    """What happened, oldest first."""
    fleet_names = {fleet["id"]: fleet["name"] for fleet in statement["fleets"]}
    items = []
    for one in sorted(statement["incidents"], key=lambda one: int(one["from"])):
        start, end = one["from"], one["to"]
        whose = fleet_names.get(one["fleet"])
        where = name(whose) if whose and whose not in one["text"] else None
        kind = one["kind"] if one["kind"] in KINDS else "other"
        lasted = f"{duration(end - start)}, until {day_clock(end)}" if end and kind != "reset" else None
        items.append(
            el(
                "li",
                el("time", day_clock(start)),
                el("b", KINDS.get(one["kind"], one["kind"])),
                el("span", name(one["text"]), [" · ", where] if where else None),
                el("span", lasted, class_="quiet") if lasted else None,
                class_=f"event {kind}",
            )
        )
    return el("ol", items, class_="timeline") if items else el("p", "Nothing out of the ordinary.")


def nodes(statement: Record) -> Html:
    """Who signed how many of the reports."""
    reports = statement["span"]["reports"]
    rows: list[list[Child]] = [
        [name(node["name"]), f"{node['signed']:,}", percent(node["signed"], reports, 0), name(node["role"])]
        for node in statement["nodes"]
    ]
    heads: list[tuple[Child, str]] = [("Node", ""), ("Reports signed", "num"), ("Share", "num"), ("In this run", "")]
    return el("div", table(f"Signatures on {reports:,} reports", heads, rows), class_="scroll compact nodes")


def gas(statement: Record) -> Html:
    """Gas of every operation beside its ceiling."""
    rows: list[list[Child]] = []
    for one in statement["gas"]:
        ceiling = one["ceiling"]
        over = ceiling is not None and one["max"] > ceiling
        used = _bar([("over" if over else "used", min(one["max"], ceiling))], ceiling) if ceiling else None
        rows.append(
            [
                name(one["operation"]),
                f"{one['count']:,}",
                *(f"{one[key]:,}" for key in ("min", "median", "max")),
                [f"{ceiling:,}" if ceiling else NOTHING, el("em", " over", class_="bad") if over else None, used],
            ]
        )
    titles = ["Times", "Least", "Median", "Most", "Ceiling"]
    heads: list[tuple[Child, str]] = [("Operation", ""), *((title, "num") for title in titles)]
    return _wide(table("Gas, whole transactions", heads, rows))


# ---- the epochs behind the charts ----


def epochs(fleet: Record, slots: list[Slot]) -> Html:
    """The charts' figures, for who cannot or would rather not look at them."""
    rows: list[list[Child]] = []
    for slot in slots:
        counters = (slot.measured, slot.delivered, slot.busy, slot.outage, slot.silence)
        power = (
            quotient(slot.energy_wh * 3600, (slot.end - slot.start) * 1000, 2)
            if slot.kilowatts is not None
            else "not read"
        )
        said = ", ".join(words for flag, words in FLAGS.items() if slot.flags & flag)
        rows.append([stretch(slot.start, slot.end), *(_zero(gpu_hours(one), one) for one in counters), power, said])
    titles = ["Measured", "Delivered", "Busy", "Outage", "Missing", "kW"]
    heads: list[tuple[Child, str]] = [("Epoch, UTC", ""), *((title, "num") for title in titles), ("Flags", "")]
    shown = el("div", table("GPU-hours and mean power, epoch by epoch", heads, rows), class_="scroll", tabindex=0)
    return el("details", el("summary", "The same, epoch by epoch"), shown)
