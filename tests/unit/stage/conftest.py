"""A statement as the demo writes it: 48 hours of two fleets, an outage on one and a silence on the other."""

import math
from typing import Any

import pytest

HOUR = 3600
FROM = 1_791_158_400
"""2026-10-05 00:00 UTC."""
TO = FROM + 48 * HOUR
USD = 10**6
OUTAGE, SILENCE, RESET = range(33, 36), range(14, 16), 36
PERIOD = 12 * HOUR

Record = dict[str, Any]


def series(units: int, watts: int, lost: range, silent: range, level: int) -> list[Record]:
    """An epoch per hour; busy by the hour of the day."""
    points = []
    for hour in range(-1, 48):
        busy = 0.62 + 0.3 * math.sin((hour % 24 - 9) * math.pi / 12) + 0.03 * math.sin(hour * 1.7)
        whole = units * HOUR
        measured = 0 if hour in silent else whole
        delivered = 0 if hour in silent or hour in lost or hour < 0 else whole
        points.append(
            {
                "epoch": hour + 4,
                "end": FROM + (hour + 1) * HOUR,
                "span_s": HOUR,
                "measured": measured,
                "delivered": delivered,
                "utilised": int(delivered * busy),
                "energy_wh": 0 if hour in silent or hour in lost else int(units * (watts * 0.17 + watts * 0.75 * busy)),
                "flags": level | (16 if hour == RESET and lost else 0),
            }
        )
    return points


def lease(number: int, fleet: int, tenant: str, units: int, rate: int, lost_h: int, silent_h: int) -> Record:
    """A lease of the whole span, charged for what was delivered."""
    sold = units * 48 * HOUR
    missing, breached = units * silent_h * HOUR, units * lost_h * HOUR
    delivered = sold - missing - breached
    charged, credited = delivered * rate // HOUR, breached * rate // HOUR // 2
    escrow = sold * rate // HOUR
    return {
        "id": number,
        "fleet": fleet,
        "tenant": tenant,
        "units": units,
        "start": FROM,
        "end": TO,
        "rate": rate,
        "sold": sold,
        "measured": sold - missing,
        "delivered": delivered,
        "utilised": delivered * 6 // 10,
        "missing": missing,
        "breached": breached,
        "energy_wh": units * 48 * 410,
        "charged": charged,
        "credited": credited,
        "credit_from_bond": credited,
        "set_off": 0,
        "escrow_in": escrow,
        "refunded": escrow + credited - charged,
        "debt": 0,
        "suspensions": 1 if number == 1 else 0,
    }


def distributions(rents: list[int], energies: list[int], coupon: int, reserve: int) -> list[Record]:
    """The rents down the waterfall, with the energy at 0.085 a kWh."""
    found = []
    for place, (rent, wh) in enumerate(zip(rents, energies, strict=True)):
        fees = {"protocol": rent // 100, "oracle": rent // 200, "energy": wh * 85, "operator": rent // 20}
        left = rent - sum(fees.values())
        senior = min(left, coupon)
        kept = min(left - senior, reserve)
        reserve -= kept
        found.append(
            {
                "period": 41_460 + place,
                "at": FROM + (place + 1) * PERIOD + 130,
                "rent": rent,
                "energy_wh": wh,
                **fees,
                "reserve_in": kept,
                "reserve_out": 0,
                "senior": senior,
                "equity": left - senior - kept,
                "arrears": 0,
            }
        )
    return found


def fleet(
    number: int, name: str, units: int, rate: int, model: str, site: str, points: list[Record], flow: list[Record]
) -> Record:
    """A fleet whose figures are the sums of its series and distributions."""
    counted = {
        key: sum(point[key] for point in points[1:]) for key in ("measured", "delivered", "utilised", "energy_wh")
    }
    faces = (150_000 * USD, 90_000 * USD) if number == 1 else (30_000 * USD, 18_000 * USD)
    names = (("Senior", 850, "senior"), ("Equity", 0, "equity"))
    return {
        "id": number,
        "name": name,
        "model": model,
        "site": site,
        "units": units,
        "rate": rate,
        "capacity": units * 48 * HOUR,
        **counted,
        "revenue": sum(one["rent"] for one in flow),
        "trust": "read by the nodes from the operator's exporter" if number == 1 else "operator's log",
        "distributions": flow,
        "tranches": [
            {"name": title, "face": face, "coupon_bps": coupon, "income": sum(one[key] for one in flow)}
            for (title, coupon, key), face in zip(names, faces, strict=True)
        ],
        "series": points,
    }


def investors(fleets: list[Record]) -> list[Record]:
    """Five, of whom two move shares."""
    tranches = [(1, "Senior"), (1, "Equity"), (2, "Senior"), (2, "Equity")]
    shares = {
        "Nordlys Pension": [(6000, 6000), (0, 0), (5000, 3000), (0, 0)],
        "Sélène Capital": [(2500, 2500), (3000, 1500), (3000, 3000), (2000, 2000)],
        "Atlas Family Office": [(1500, 1500), (2000, 2000), (2000, 4000), (2500, 2500)],
        "Meridian Fund": [(0, 0), (4000, 4000), (0, 0), (4500, 4500)],
        "Cooperative of Operators": [(0, 0), (1000, 2500), (0, 0), (1000, 1000)],
    }
    found = []
    for place, (name, parts) in enumerate(shares.items()):
        holdings = []
        for (number, tranche), (start, end) in zip(tranches, parts, strict=True):
            if not start + end:
                continue
            terms = next(one for one in fleets[number - 1]["tranches"] if one["name"] == tranche)
            holdings.append(
                {
                    "fleet": number,
                    "tranche": tranche,
                    "face_start": terms["face"] * start // 10_000,
                    "face_end": terms["face"] * end // 10_000,
                    "income": terms["income"] * (start + end) // 20_000,
                }
            )
        income = sum(one["income"] for one in holdings)
        address = "0x" + f"{(place + 3) * 0x1234567890ABCDEF1234567890ABCDEF:040x}"[-40:]
        found.append({"name": name, "address": address, "income": income, "holdings": holdings})
    return found


def incident(kind: str, number: int | None, hour: float, until: float | None, text: str) -> Record:
    """Something that happened, in hours from the start."""
    end = None if until is None else FROM + int(until * HOUR)
    return {"kind": kind, "fleet": number, "from": FROM + int(hour * HOUR), "to": end, "text": text}


def sample() -> Record:
    """The whole statement."""
    first = series(8, 700, OUTAGE, range(0), 1)
    second = series(4, 400, range(0), SILENCE, 0)
    leases = [
        lease(1, 1, "Aurora Labs", 4, 2_350_000, 3, 0),
        lease(2, 1, "Studio Sept", 4, 2_350_000, 3, 0),
        lease(3, 2, "Lycée de Forcalquier", 4, 1_190_000, 0, 2),
    ]
    rents = [150_400_000, 225_600_000, 225_600_000, 169_200_000, 75_200_000]
    flow = distributions(rents, [35_210, 51_408, 50_977, 39_480, 17_031], 17_465_753, 60 * USD)
    rents = [47_600_000, 47_600_000, 57_120_000, 57_120_000, 9_520_000]
    other = distributions(rents, [12_210, 10_408, 13_977, 14_480, 2_031], 2_876_712, 20 * USD)
    fleets = [
        fleet(1, "Reykjanes H100", 8, 2_350_000, "NVIDIA H100 80GB HBM3", "Reykjanesbær, Iceland", first, flow),
        fleet(2, "Durance A100", 4, 1_190_000, "NVIDIA A100-SXM4-80GB", "Manosque, France", second, other),
    ]
    signed = [50, 52, 49, 51, 50, 43, 48]
    return {
        "made_at": TO + 5 * 24 * HOUR,
        "chain_id": 31337,
        "currency": {"symbol": "tUSD", "decimals": 6},
        "span": {"from": FROM, "to": TO, "epoch_length": HOUR, "reports": 52, "skipped_epochs": 0},
        "books_balance": True,
        "audit": {
            "exit_code": 0,
            "summary": {"figures_compared": 4_812, "events": {"Settled": 146}, "transfers": 88, "differences": 0},
        },
        "leases": leases,
        "fleets": fleets,
        "investors": investors(fleets),
        "nodes": [
            {
                "index": index,
                "name": f"node {index}",
                "signed": count,
                "role": {2: "liar", 5: "killed for six epochs"}.get(index, "honest"),
            }
            for index, count in enumerate(signed)
        ],
        "incidents": [
            incident("suspend", 1, 10.03, None, "lease 1 falls below its runway"),
            incident("topup", 1, 14, None, "Aurora Labs tops up lease 1"),
            incident("resume", 1, 14.01, None, "lease 1 is whole again"),
            incident("silence", 2, 14, 16, "Durance A100: nothing answers"),
            incident("kill", None, 19.5, 25.5, "node 5 is killed with kill -9"),
            incident("transfer", 1, 27, None, "Sélène Capital sells 15 % of Equity to Cooperative of Operators"),
            incident("outage", 1, 33, 36, "Reykjanes H100: the exporter says its GPUs are lost"),
            incident("reset", 1, 36, 37, "Reykjanes H100: energy counters start again from zero"),
            incident("transfer", 2, 39, None, "Nordlys Pension sells 20 % of Senior to Atlas Family Office"),
        ],
        "gas": [
            {"operation": name, "count": count, "min": least, "median": median, "max": most, "ceiling": ceiling}
            for name, count, least, median, most, ceiling in (
                ("post a report, seven nodes", 52, 71_204, 73_811, 93_420, None),
                ("open a lease", 1, 284_110, 284_110, 284_110, 310_000),
                ("settle one lease", 141, 81_934, 88_245, 128_002, 135_000),
                ("distribute, two tranches", 10, 88_012, 91_733, 131_004, None),
                ("claim income", 14, 71_280, 80_954, 112_840, 120_000),
                ("transfer shares", 14, 44_120, 61_310, 61_310, 80_000),
            )
        ],
        "seconds": {"setup": 21.4, "run": 96.2},
    }


@pytest.fixture
def statement() -> Record:
    """A fresh statement: a test may change it."""
    return sample()
