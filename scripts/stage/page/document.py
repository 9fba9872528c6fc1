"""The page: its sections in order, and the words around the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from oracle.domain.reading import LEVEL_MASK, TrustLevel
from scripts.stage.figures import (
    BITCOIN_MICRO_USD,
    MICRO,
    TIMES,
    Currency,
    Record,
    balance_line,
    full_time,
    gpu_hours,
    kwh,
    per_kwh,
    percent,
    quotient,
    span_words,
    stretch,
    totals,
    wh_per_gpu_hour,
)
from scripts.stage.page import income, metered, records
from scripts.stage.page.markup import Child, Html, el, join, name, swatch
from scripts.stage.page.slots import slots_of

STYLE: Final = Path(__file__).with_name("style.css")
LOCAL_CHAINS: Final = (1337, 31337)
LEVELS: Final = {
    TrustLevel.OPERATOR_LOG: "the operator's own log",
    TrustLevel.OPERATOR_EXPORTER: "read by the nodes from the operator's exporter",
    TrustLevel.TENANT_AGENT: "an agent inside the lease, the tenant's, agrees",
    TrustLevel.PDU_CROSS_CHECK: "cross-checked against the power meters of the racks",
    TrustLevel.ATTESTED_DEVICE: "attested by the device",
}
PATTERNS: Final = Html(
    '<svg class="defs" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="hatch-ground"/><rect width="2.4" height="6" class="hatch-line"/></pattern>'
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" class="dots-ground"/><circle cx="1.5" cy="1.5" r="1" class="dots-dot"/>'
    '<circle cx="4.5" cy="4.5" r="1" class="dots-dot"/></pattern></defs></svg>'
)


def render(statement: Record) -> str:
    """The whole page."""
    currency = Currency.of(statement)
    span = (statement["span"]["from"], statement["span"]["to"])
    sections = [
        *(_fleet(statement, fleet, currency, span) for fleet in statement["fleets"]),
        _section("leases", "Leases", LEASES, records.leases(statement, currency)),
        _section("incidents", "What happened", INCIDENTS, records.incidents(statement)),
        _section("energy", "What a kilowatt-hour earned", ENERGY, _energy(statement, currency)),
        *(_income(fleet, currency, span) for fleet in statement["fleets"]),
        _section("investors", "Investors", INVESTORS, records.investors(statement, currency)),
        _section("nodes", "Metering nodes", NODES, records.nodes(statement)),
        _section("gas", "Gas", GAS, records.gas(statement)),
        _section("check", "Check it yourself", CHECK, _check(statement)),
    ]
    title = f"Wellhead, {stretch(*span)} UTC"
    head = [
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("style", Html(STYLE.read_text(encoding="utf-8"))),
    ]
    body = [PATTERNS, _masthead(statement, currency, span), el("main", sections), _footer(statement)]
    return "<!doctype html>\n" + el("html", el("head", head), el("body", body), lang="en") + "\n"


def _section(key: str, title: Child, note: Child, *content: Child) -> Html:
    side = el("header", el("h2", title, id=f"{key}-head"), el("p", note) if note else None)
    return el("section", side, el("div", content, class_="body"), id=key, aria_labelledby=f"{key}-head")


# ---- the top ----


def _masthead(statement: Record, currency: Currency, span: tuple[int, int]) -> Html:
    fleets, leases = statement["fleets"], statement["leases"]
    units = sum(fleet["units"] for fleet in fleets)
    balanced = statement["books_balance"]
    chain = f"chain {statement['chain_id']}" + (", a local test chain" if statement["chain_id"] in LOCAL_CHAINS else "")
    when = f"{full_time(span[0])} to {full_time(span[1])}"
    links = [el("li", el("a", words, href=f"#{key}")) for key, words in _contents(statement)]
    verdict = el("p", balance_line(statement), class_="verdict good" if balanced else "verdict bad")
    return el(
        "header",
        el("p", el("strong", "Wellhead"), " statement of account", el("span", f"{when}; {chain}")),
        el("h1", f"{units} GPUs, {len(leases)} leases, {span_words(statement)}: metered, settled and paid out"),
        verdict,
        _headline(statement, currency),
        el("nav", el("ul", links), aria_label="Contents"),
        class_="masthead",
    )


def _contents(statement: Record) -> list[tuple[str, Child]]:
    return [
        *((f"fleet-{fleet['id']}", name(fleet["name"])) for fleet in statement["fleets"]),
        ("leases", "Leases"),
        ("incidents", "What happened"),
        ("energy", "Energy"),
        *([(f"income-of-{statement['fleets'][0]['id']}", "Income")] if statement["fleets"] else []),
        ("investors", "Investors"),
        ("nodes", "Nodes"),
        ("gas", "Gas"),
        ("check", "Check it"),
    ]


def _headline(statement: Record, currency: Currency) -> Html:
    """The five figures a reader asks for first."""
    fleets, leases = statement["fleets"], statement["leases"]
    sold, delivered, charged, credited = totals(leases, "sold", "delivered", "charged", "credited")
    energy, measured, revenue = totals(fleets, "energy_wh", "measured", "revenue")
    earned = sum(investor["income"] for investor in statement["investors"])
    low, high = (quotient(bound, MICRO, 2) for bound in BITCOIN_MICRO_USD)
    notes = [
        f"{gpu_hours(delivered, 1)} of {gpu_hours(sold, 1)} GPU-hours sold",
        f"{currency.short(credited)} credited to tenants",
        f"{percent(earned, revenue)} of the rent distributed",
        f"{wh_per_gpu_hour({'energy_wh': energy, 'measured': measured})} Wh per GPU-hour",
        f"Bitcoin mining: {low} to {high} USD reported",
    ]
    figures = [
        ("Delivered", percent(delivered, sold), ""),
        ("Rent charged", currency.short(charged), currency.symbol),
        ("Investors' income", currency.short(earned), currency.symbol),
        ("Energy", kwh(energy, 1), "kWh"),
        ("Revenue per kWh", per_kwh(revenue, energy, currency), currency.symbol),
    ]
    return el(
        "dl",
        [
            el("div", el("dt", title), el("dd", el("b", figure), el("i", unit)), el("dd", note, class_="note"))
            for (title, figure, unit), note in zip(figures, notes, strict=True)
        ],
        class_="headline",
    )


# ---- a fleet ----


def _fleet(statement: Record, fleet: Record, currency: Currency, span: tuple[int, int]) -> Html:
    slots = slots_of(fleet, statement["leases"], span)
    levels = sorted({slot.flags & LEVEL_MASK for slot in slots})
    note = [
        el("span", f"{fleet['units']} {TIMES} ", name(fleet["model"])),
        el("span", name(fleet["site"])),
        el("span", f"List rate {currency.short(fleet['rate'])} {currency.symbol} per GPU-hour"),
        el("span", "Readings: ", name(fleet["trust"]), _trust(levels), class_="trust"),
    ]
    facts = [
        ("Busy", percent(fleet["utilised"], fleet["capacity"])),
        ("Delivered", percent(fleet["delivered"], fleet["capacity"])),
        ("Energy", f"{kwh(fleet['energy_wh'])} kWh"),
        ("Energy per GPU-hour", f"{wh_per_gpu_hour(fleet)} Wh"),
        ("Revenue", f"{currency.short(fleet['revenue'])} {currency.symbol}"),
    ]
    key = [
        ("busy", "busy"),
        ("idle", "delivered, not busy"),
        *([("unlet", "not let")] if any(slot.unlet for slot in slots) else []),
        ("outage", OUTAGE),
        ("silence", SILENCE),
    ]
    return _section(
        f"fleet-{fleet['id']}",
        name(fleet["name"]),
        note,
        el("dl", [el("div", el("dt", title), el("dd", figure)) for title, figure in facts], class_="facts"),
        el(
            "figure",
            el("figcaption", el("strong", f"Share of the {fleet['units']} GPUs"), " per epoch"),
            el("ul", [el("li", swatch(kind), words) for kind, words in key], class_="key"),
            metered.utilisation(fleet, slots, span),
        ),
        el(
            "figure",
            el("figcaption", el("strong", "Mean power of the GPU boards"), " per epoch; no line where it was not read"),
            metered.power(fleet, slots, span),
        ),
        records.epochs(fleet, slots),
    )


def _trust(levels: list[int]) -> str:
    """The levels that the readings' own flags say."""
    if not levels:
        return ""
    said = " to ".join(str(level) for level in dict.fromkeys((levels[0], levels[-1])))
    warning = ": they rest on the operator's word" if levels[0] <= TrustLevel.OPERATOR_EXPORTER else ""
    return f" (trust level {said}{warning})"


# ---- energy and income ----


def _energy(statement: Record, currency: Currency) -> Html:
    return join(
        el(
            "figure",
            el("figcaption", el("strong", f"Revenue per kWh, {currency.symbol}"), " beside Bitcoin mining, USD"),
            records.against_bitcoin(statement, currency),
        ),
        records.fleets(statement, currency),
    )


def _income(fleet: Record, currency: Currency, span: tuple[int, int]) -> Html:
    key, title = f"income-of-{fleet['id']}", ["Income of ", name(fleet["name"])]
    if not fleet["distributions"]:
        return _section(key, title, None, el("p", "Nothing has been distributed yet."))
    return _section(
        key,
        title,
        INCOME,
        el(
            "div",
            el(
                "figure",
                el("figcaption", el("strong", "Each distribution"), f", {currency.symbol}"),
                income.distributions_chart(fleet, currency),
            ),
            income.layers_table(fleet, currency),
            el(
                "figure",
                el("figcaption", el("strong", "Distributed to the tranches so far"), f", {currency.symbol}"),
                income.cumulative_chart(fleet, currency, span),
            ),
            income.tranches_table(fleet, currency),
            class_="pairs",
        ),
    )


# ---- words ----

OUTAGE: Final = (
    "outage: measured, not delivered; the exporter said the GPUs were lost. Not billed, and held against the operator"
)
SILENCE: Final = "silence: missing; nothing answered. Not billed, and within the allowance held against nobody"
LEASES: Final = (
    "Only what the meter saw delivered is charged. An outage is never billed, and is credited from the operator's bond "
    "when it breaks the availability promised; missing time is neither billed nor, within its allowance, a breach."
)
ENERGY: Final = (
    "Energy is that of the GPU boards, from their own counters where they have one: cooling, hosts and losses are not "
    "in it, so a facility earns less per kWh than is said here."
)
INCOME: Final = (
    "Each distribution pays in the order of the list; the reserve pays senior when rent falls short. What a tranche "
    "gets then streams to its holders over the next period."
)
INCIDENTS: Final = (
    "Outages, silences and resets are told by the meters, the rest by the chain and by who ran the nodes."
)
INVESTORS: Final = (
    "Yield is income over face, from the start to the last distribution. It is not annualised and promises nothing. "
    "Where shares changed hands (*), face is the mean of start and end."
)
NODES: Final = (
    "A report needs the signatures of more than two thirds of the nodes. Each counter is the median of what they saw, "
    "so fewer than a third cannot move it beyond what the honest ones saw."
)
GAS: Final = "Base cost and calldata included. The bar is the dearest transaction as a part of its ceiling."
CHECK: Final = (
    "The audit trusts neither the contracts' view functions nor this page. It rebuilds every balance from raw events "
    "and exits with 0 only when all agree to the unit."
)

LEVELS_NOTE: Final = (
    "Levels 0 and 1 trust the operator: an exporter that lies to every node alike is not found out by counting votes."
)
CHECK_READINGS: Final = (
    " the money is still rebuilt to the unit; with it, every report is too, from what the nodes signed that they saw."
)


def _check(statement: Record) -> Html:
    deployment = f"deployments/{statement['chain_id']}.json"
    audit = statement["audit"]
    summary = [
        (key.replace("_", " "), value) for key, value in audit["summary"].items() if isinstance(value, str | int)
    ]
    levels = [el("li", el("b", str(int(level))), " ", words) for level, words in LEVELS.items()]
    return join(
        el("pre", el("code", f"wellhead audit --rpc URL --deployment {deployment} --readings readings")),
        el(
            "p",
            "URL is any node of this chain; both paths are beside this page. Without ",
            el("code", "--readings"),
            CHECK_READINGS,
        ),
        el("h3", "What this run's audit said"),
        el(
            "dl",
            el("div", el("dt", "exit code"), el("dd", str(audit["exit_code"]))),
            [el("div", el("dt", key), el("dd", _said(value))) for key, value in summary],
            class_="facts",
        ),
        el("h3", "How far to trust a reading"),
        el("ol", levels, class_="levels", start=0),
        el("p", LEVELS_NOTE),
    )


def _said(value: str | int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else value


def _footer(statement: Record) -> Html:
    spent = ", ".join(f"{key} {value} s" for key, value in statement["seconds"].items())
    return el(
        "footer",
        el("p", f"Made {full_time(statement['made_at'])} from statement.json", f"; {spent}." if spent else "."),
    )
