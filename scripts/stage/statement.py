"""The demo's books as one JSON document, read back from the chain's events and the nodes' readings. Units as in its
field names;
money is in the currency's smallest unit, time in Unix seconds, counters in unit-seconds, energy in Wh."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oracle.chain.rpc import connect, contract
from oracle.domain.meters import MeterKind, meter_id
from oracle.domain.reading import Reading, ReadingFlag
from oracle.exchange.messages import ObservationsMessage, ReadingsMessage
from scripts.stage import checks
from scripts.stage.cast import DECIMALS, Cast, Wallets
from scripts.stage.checks import Agreed, Check
from scripts.stage.gas import gas_table
from scripts.stage.nodes import Nodes

TRUST = {"dcgm": "read by the nodes from the operator's exporter", "nvidia-smi": "operator's log"}


@dataclass(frozen=True, slots=True)
class Incident:
    """Something worth telling: of a fleet or of none, at a moment or over a while."""

    kind: str
    fleet: int | None
    since: int
    until: int | None
    text: str

    def as_json(self) -> dict[str, Any]:
        """With the keys `from` and `to`."""
        fields = asdict(self)
        return {**fields, "from": fields.pop("since"), "to": fields.pop("until")}


class Statement:
    """Collects while the nodes still run, and makes the document once everyone is paid."""

    def __init__(self, rpc_url: str, deployment: Path, cast: Cast, wallets: Wallets, readings: Path) -> None:
        self._w3 = connect(rpc_url)
        self._deployment = json.loads(deployment.read_text())
        self._cast = cast
        self._wallets = wallets
        self._folder = readings
        self._times: dict[int, int] = {}
        self._leases = self._at("ICapacityLease", "CapacityLease")
        self._oracle = self._at("IMeterOracle", "MeterOracle")
        self._fees = self._at("IOracleFees", "OracleFees")
        self._registry = self._deployment["contracts"]["FleetRegistry"]["address"]
        self._readings: dict[int, dict[int, Reading]] = {}
        self._made_of: dict[int, ObservationsMessage] = {}

    def _at(self, interface: str, name: str) -> Any:
        return contract(self._w3, interface, self._deployment["contracts"][name]["address"])

    def _logs(self, of: Any, event: str) -> list[Any]:
        return list(getattr(of.events, event).get_logs(from_block=self._deployment["block"]))

    def _time(self, block: int) -> int:
        if block not in self._times:
            self._times[block] = int(self._w3.eth.get_block(block)["timestamp"])
        return self._times[block]

    # ------------------------------------------------------------------ while the nodes run

    def collect(self, nodes: Nodes) -> None:
        """Saves what every report was made of, for the audit, and keeps every report's readings."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for log in self._logs(self._oracle, "Reported"):
            epoch = log["args"]["epoch"]
            made_of = nodes.get(f"/reports/{epoch}/observations")
            (self._folder / f"report-{epoch}.json").write_bytes(made_of)
            self._made_of[epoch] = ObservationsMessage.read(made_of)
            self._readings[epoch] = dict(ReadingsMessage.read(nodes.get(f"/reports/{epoch}/readings")).readings())

    # ------------------------------------------------------------------ when everyone is paid

    def make(self, audit: dict[str, Any], incidents: Iterable[Incident], seconds: dict[str, float]) -> dict[str, Any]:
        """The whole document."""
        fleets = [self._fleet(number) for number in range(len(self._cast.fleets))]
        told = [*incidents, *self._suspensions()]
        for fleet in fleets:
            told += self._seen_by_the_meter(fleet)
        reports = self._logs(self._oracle, "Reported")
        epochs = [log["args"]["epoch"] for log in reports]
        made = {
            "made_at": int(time.time()),
            "chain_id": self._deployment["chainId"],
            "currency": {"symbol": "tUSD", "decimals": DECIMALS},
            "span": {
                "from": self._cast.term_start,
                "to": self._cast.term_end,
                "epoch_length": self._cast.oracle.epoch_length,
                "reports": len(reports),
                "skipped_epochs": epochs[-1] - epochs[0] + 1 - len(epochs),
            },
            "books_balance": audit["exit_code"] == 0,
            "audit": {"exit_code": audit["exit_code"], "summary": audit.get("summary", {})},
            "leases": [self._lease(lease_id) for lease_id in range(1, len(self._cast.leases) + 1)],
            "fleets": fleets,
            "investors": self._investors(fleets),
            "nodes": self._nodes(reports),
            "oracle_fees": self._oracle_fees(),
            "incidents": [one.as_json() for one in sorted(told, key=lambda one: one.since)],
            "gas": gas_table(self._w3, self._deployment, [fleet["contracts"] for fleet in fleets]),
            "seconds": {name: round(value, 1) for name, value in seconds.items()},
        }
        made["checks"] = [asdict(check) for check in self._checks(made)]
        return made

    def _checks(self, made: dict[str, Any]) -> Iterator[Check]:
        oracle = self._cast.oracle
        signers = {
            log["args"]["epoch"]: frozenset(
                index for index in range(oracle.nodes) if log["args"]["signers"] >> index & 1
            )
            for log in self._logs(self._oracle, "Reported")
        }
        reports = [
            Agreed(
                self._cast.starts + (epoch + 1) * oracle.epoch_length,
                made_of,
                signers[epoch],
                self._readings[epoch],
                self._readings.get(made_of.proposal.report.base_epoch, {}),
            )
            for epoch, made_of in self._made_of.items()
        ]
        yield checks.incidents_seen(made, self._cast.recorded)
        yield checks.billed_as_delivered(made)
        yield from checks.outage_credited(made)
        yield from checks.silence_neutral(made)
        yield checks.signers_paid(made)
        if oracle.liar is not None:
            yield checks.liar_powerless(reports, oracle.liar)
        if oracle.killed is not None:
            yield checks.killed_returned(made, reports, oracle.killed)

    def _lease(self, lease_id: int) -> dict[str, Any]:
        def of_lease(event: str) -> list[Any]:
            return [log["args"] for log in self._logs(self._leases, event) if log["args"]["leaseId"] == lease_id]

        opened = of_lease("LeaseOpened")[0]
        request = opened["request"]
        settled = of_lease("Settled")
        reading = Reading.unpack(settled[-1]["reading"])
        sold = request["units"] * (request["end"] - request["start"])
        return {
            "id": lease_id,
            "fleet": opened["fleetId"],
            "tenant": self._wallets.name_of(opened["holder"]),
            "units": request["units"],
            "start": request["start"],
            "end": request["end"],
            "rate": request["rate"],
            "sold": sold,
            "measured": reading.measured,
            "delivered": reading.delivered,
            "utilised": reading.utilised,
            "missing": sold - reading.measured,
            "breached": reading.breached,
            "energy_wh": reading.energy_wh,
            "charged": settled[-1]["owed"],
            "credited": settled[-1]["creditOwed"],
            "credit_from_bond": sum(one["creditPaid"] for one in settled),
            "set_off": sum(one["setOff"] for one in settled),
            "escrow_in": request["escrow"] + sum(one["amount"] for one in of_lease("ToppedUp")),
            "refunded": sum(one["amount"] for one in of_lease("Refunded")),
            "debt": settled[-1]["debt"],
            "suspensions": len(of_lease("Suspended")),
        }

    def _fleet(self, number: int) -> dict[str, Any]:
        cast = self._cast.fleets[number]
        created = self._logs(self._at("IRevenueFactory", "RevenueFactory"), "RevenueCreated")[number]["args"]
        waterfall = contract(self._w3, "IRevenueWaterfall", created["waterfall"])
        distributions = [self._distribution(log) for log in self._logs(waterfall, "Distributed")]
        incomes = [sum(one["incomes"][tranche] for one in distributions) for tranche in range(len(cast.tranches))]
        series = self._series(number + 1)
        within = [point for point in series if self._cast.term_start < point["end"] <= self._cast.term_end]
        return {
            "id": number + 1,
            "name": cast.name,
            "model": cast.model,
            "site": cast.site,
            "units": cast.units,
            "rate": cast.list_rate,
            "capacity": cast.units * (self._cast.term_end - self._cast.term_start),
            **{key: sum(point[key] for point in within) for key in ("measured", "delivered", "utilised", "energy_wh")},
            "revenue": sum(one["rent"] for one in distributions),
            "trust": TRUST[cast.kind],
            "distributions": distributions,
            "tranches": [
                {"name": tranche.name, "face": tranche.face, "coupon_bps": tranche.coupon_bps, "income": income}
                for tranche, income in zip(cast.tranches, incomes, strict=True)
            ],
            "series": series,
            "contracts": {"waterfall": created["waterfall"], "shares": list(created["shares"])},
        }

    def _distribution(self, log: Any) -> dict[str, Any]:
        what = log["args"]
        protocol, oracle, energy, operator = what["fees"]
        return {
            "period": what["period"],
            "at": self._time(log["blockNumber"]),
            "rent": what["rent"],
            "energy_wh": what["energyWh"],
            "protocol": protocol,
            "oracle": oracle,
            "energy": energy,
            "operator": operator,
            "reserve_in": what["reserveIn"],
            "reserve_out": what["reserveOut"],
            "senior": what["incomes"][0],
            "equity": what["incomes"][-1],
            "arrears": sum(what["arrears"]),
            "incomes": list(what["incomes"]),
        }

    def _series(self, fleet_id: int) -> list[dict[str, Any]]:
        """What each report added to the fleet's meter."""
        meter = meter_id(MeterKind.FLEET, self._registry, fleet_id)
        length = self._cast.oracle.epoch_length
        points = []
        before, since = Reading(0, 0, 0, 0, 0, 0), None
        for epoch, readings in sorted(self._readings.items()):
            if meter not in readings:
                continue
            reading = readings[meter]
            points.append(
                {
                    "epoch": epoch,
                    "end": self._cast.starts + (epoch + 1) * length,
                    "span_s": length * (epoch - since if since is not None else 1),
                    "measured": reading.measured - before.measured,
                    "delivered": reading.delivered - before.delivered,
                    "utilised": reading.utilised - before.utilised,
                    "energy_wh": reading.energy_wh - before.energy_wh,
                    "flags": reading.flags,
                }
            )
            before, since = reading, epoch
        return points

    def _seen_by_the_meter(self, fleet: dict[str, Any]) -> list[Incident]:
        """Outages and silences, told from the series alone: epochs in which more than half of the fleet was lost or
        missing."""
        found: list[Incident] = []
        for point in fleet["series"]:
            since, until = point["end"] - point["span_s"], point["end"]
            whole = fleet["units"] * point["span_s"]
            let = sum(lease.units for lease in self._cast.leases if lease.fleet == fleet["id"]) * point["span_s"]
            if not self._cast.term_start < until <= self._cast.term_end:
                continue
            kinds = {
                "outage": (min(point["measured"], let) - point["delivered"]) * 2 > let,
                "silence": (whole - point["measured"]) * 2 > whole,
                "reset": bool(point["flags"] & ReadingFlag.COUNTER_RESET),
            }
            texts = {
                "outage": f"{fleet['name']}: the exporter says its GPUs are lost",
                "silence": f"{fleet['name']}: nothing answers",
                "reset": f"{fleet['name']}: energy counters start again from zero",
            }
            for kind in (kind for kind, seen in kinds.items() if seen):
                last = next((one for one in reversed(found) if one.kind == kind), None)
                if last and last.until == since:
                    found[found.index(last)] = Incident(kind, fleet["id"], last.since, until, texts[kind])
                else:
                    found.append(Incident(kind, fleet["id"], since, until, texts[kind]))
        return found

    def _suspensions(self) -> list[Incident]:
        told = []
        for event, kind, words in (
            ("Suspended", "suspend", "falls below its runway"),
            ("Resumed", "resume", "is whole again"),
        ):
            for log in self._logs(self._leases, event):
                lease_id = log["args"]["leaseId"]
                fleet = self._cast.leases[lease_id - 1].fleet
                told.append(Incident(kind, fleet, self._time(log["blockNumber"]), None, f"lease {lease_id} {words}"))
        return told

    def _investors(self, fleets: list[dict[str, Any]]) -> list[dict[str, Any]]:
        claimed: dict[tuple[str, str], int] = defaultdict(int)
        for fleet in fleets:
            for share in fleet["contracts"]["shares"]:
                for log in self._logs(contract(self._w3, "IFleetShare", share), "IncomeClaimed"):
                    claimed[share, log["args"]["holder"]] += log["args"]["amount"]
        people = []
        for investor in self._cast.investors:
            address = self._wallets[investor.name].address
            holdings = []
            for fleet in fleets:
                for tranche, share in enumerate(fleet["contracts"]["shares"]):
                    face = fleet["tranches"][tranche]["face"]
                    start = face * investor.shares_bps[fleet["id"] - 1][tranche] // 10_000
                    end = contract(self._w3, "IFleetShare", share).functions.balanceOf(address).call()
                    if start or end or claimed[share, address]:
                        holdings.append(
                            {
                                "fleet": fleet["id"],
                                "tranche": fleet["tranches"][tranche]["name"],
                                "face_start": start,
                                "face_end": end,
                                "income": claimed[share, address],
                            }
                        )
            income = sum(one["income"] for one in holdings)
            people.append({"name": investor.name, "address": address, "income": income, "holdings": holdings})
        return people

    def _oracle_fees(self) -> dict[str, int]:
        """What was collected of the oracle fee, and what rounding leaves for the next round."""
        collected = sum(log["args"]["amount"] for log in self._logs(self._fees, "FeeCollected"))
        dust = sum(log["args"]["amount"] for log in self._logs(self._fees, "DustCarried"))
        return {"collected": collected, "dust": dust}

    def _nodes(self, reports: list[Any]) -> list[dict[str, Any]]:
        oracle = self._cast.oracle
        roles = {oracle.liar: "liar", oracle.killed: "killed for six epochs"}
        paid = {log["args"]["cold"]: log["args"]["amount"] for log in self._logs(self._fees, "FeePaid")}
        # Of final reports only: the newest may still be disputed when a round is closed.
        counts = [log["args"] for log in self._logs(self._fees, "SignaturesCounted")]
        counted = Counter({node: 0 for count in counts for node in count["nodes"]})
        for count in counts:
            counted.update(dict(zip(count["nodes"], count["signed"], strict=True)))
        return [
            {
                "index": index,
                "name": f"node {index}",
                "signed": sum(log["args"]["signers"] >> index & 1 for log in reports),
                "counted": counted[self._wallets[f"node {index}"].address],
                "role": roles.get(index, "honest"),
                "earned": paid.get(self._wallets[f"node {index}"].address, 0),
            }
            for index in range(oracle.nodes)
        ]
