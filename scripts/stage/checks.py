"""What the demo is there to show, each as a check on its own statement that can fail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from oracle.domain.reading import Reading
from oracle.exchange.messages import ObservationsMessage

HOUR_S = 3600
LATE_S = 10
"""How late a node's sample can be dated in the demo: a transaction mined between a step of the clock and the sample
moves the chain's time on by a second. The edges of an outage are known to that."""
COUNTERS = ("measured", "delivered", "utilised", "breached", "energy_wh")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that should be so, whether it is, and the figures that say so."""

    what: str
    holds: bool
    figures: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """One report: its period end, what it was made of, who signed it, its readings by meter, and those it built on."""

    period_end: int
    made_of: ObservationsMessage
    signers: frozenset[int]
    readings: Mapping[int, Reading]
    base: Mapping[int, Reading]


def incidents_seen(statement: Mapping[str, Any], expected: list[str]) -> Check:
    """The meter saw what the recordings hold."""
    seen = {incident["kind"] for incident in statement["incidents"]}
    return Check("the meter saw what was recorded", set(expected) <= seen, ", ".join(sorted(seen & set(expected))))


def billed_as_delivered(statement: Mapping[str, Any]) -> Check:
    """Every lease is charged for delivered unit-seconds, and for nothing else."""
    leases = statement["leases"]
    holds = all(lease["charged"] == lease["delivered"] * lease["rate"] // HOUR_S for lease in leases)
    sold, delivered = (sum(lease[key] for lease in leases) for key in ("sold", "delivered"))
    return Check(
        "every lease pays for what was delivered, no more", holds, f"{delivered:,} of {sold:,} unit-seconds sold"
    )


def outage_credited(statement: Mapping[str, Any]) -> Iterator[Check]:
    """An outage is measured, not delivered; its length, to LATE_S, is breached, and earns the SLA credit."""
    for incident in (one for one in statement["incidents"] if one["kind"] == "outage"):
        length = incident["to"] - incident["from"]
        leases = [lease for lease in statement["leases"] if lease["fleet"] == incident["fleet"]]
        holds = bool(leases) and all(
            lease["measured"] - lease["delivered"] == lease["breached"]
            and abs(lease["breached"] - lease["units"] * length) <= lease["units"] * LATE_S
            and lease["credited"] > 0
            and lease["credit_from_bond"] + lease["set_off"] == lease["credited"]
            for lease in leases
        )
        breached = sum(lease["breached"] for lease in leases)
        figures = f"{length // HOUR_S} h of fleet {incident['fleet']}, {breached:,} unit-seconds"
        yield Check("the outage is not billed, and credited by the SLA rule", holds, figures)


def silence_neutral(statement: Mapping[str, Any]) -> Iterator[Check]:
    """A silence within the allowance is missing: neither billed nor breached."""
    for incident in (one for one in statement["incidents"] if one["kind"] == "silence"):
        length = incident["to"] - incident["from"]
        leases = [lease for lease in statement["leases"] if lease["fleet"] == incident["fleet"]]
        holds = bool(leases) and all(
            lease["missing"] >= lease["units"] * length
            and lease["delivered"] == lease["measured"] == lease["sold"] - lease["missing"]
            and lease["breached"] == lease["credited"] == 0
            for lease in leases
        )
        figures = (
            f"{length // HOUR_S} h of fleet {incident['fleet']}, {sum(one['missing'] for one in leases):,} unit-seconds"
        )
        yield Check("the silence is neither billed nor breached", holds, figures)


def signers_paid(statement: Mapping[str, Any]) -> Check:
    """The oracle fee of every distribution is with the nodes, by what each signed; rounding leaves less than a unit a
    signature."""
    due = sum(one["oracle"] for fleet in statement["fleets"] for one in fleet["distributions"])
    fees, nodes = statement["oracle_fees"], statement["nodes"]
    signatures = sum(node["counted"] for node in nodes)
    each = (fees["collected"] - fees["dust"]) // signatures
    holds = due == fees["collected"] and fees["dust"] < signatures
    holds = holds and each > 0 and all(node["earned"] == node["counted"] * each for node in nodes)
    figures = f"{sum(node['earned'] for node in nodes):,} units for {signatures:,} signatures"
    return Check("the oracle fee went to the nodes that signed", holds, figures)


def liar_powerless(reports: list[Agreed], liar: int) -> Check:
    """No agreed increment leaves the honest observations' range, though the liar's own observations do."""
    lies = moved = 0
    for report in reports:
        said = {one.node: dict(one.signed().leaves) for one in report.made_of.observations}
        lied = said.pop(liar, {})
        for meter, reading in report.readings.items():
            before = report.base.get(meter, Reading(0, 0, 0, 0, 0, 0))
            for counter in COUNTERS:
                honest = sorted(getattr(leaves[meter], counter) for leaves in said.values())
                agreed = getattr(reading, counter) - getattr(before, counter)
                moved += not honest[0] <= agreed <= honest[-1]
                lies += bool(lied) and not honest[0] <= getattr(lied[meter], counter) <= honest[-1]
    figures = f"{lies:,} lies in {len(reports)} reports, {moved} readings outside the honest range"
    return Check("the liar moves no reading outside the honest range", moved == 0 and lies > 0, figures)


def killed_returned(statement: Mapping[str, Any], reports: list[Agreed], killed: int) -> Check:
    """While one node is dead every epoch is reported; after its restart it signs again.

    A report names the first observations of a quorum by the nodes' order, so that it need not name this node's; but a
    node signs only what it has rebuilt itself from a state of its own.
    """
    down = next((one for one in statement["incidents"] if one["kind"] == "kill"), None)
    signed = statement["nodes"][killed]["signed"]
    back = [report for report in reports if down is not None and report.period_end > down["to"]]
    signed_again = sum(killed in report.signers for report in back)
    holds = signed_again > 0 and 0 < signed < len(reports) and statement["span"]["skipped_epochs"] == 0
    return Check(
        "the killed node costs no epoch, and signs again after its restart",
        holds,
        f"{statement['span']['skipped_epochs']} epochs skipped; it signed {signed} of {len(reports)} reports, "
        f"{signed_again} of the {len(back)} after its restart",
    )
