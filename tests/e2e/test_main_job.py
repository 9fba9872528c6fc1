"""The main job through real processes on Anvil, cut short: one fleet, four nodes of which one lies, an outage."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from scripts.chain import ROOT
from scripts.demo import run
from scripts.stage.cast import Cast, load_cast
from scripts.stage.checks import LATE_S

STARTS = 1_791_259_200  # 2026-10-06 04:00 UTC
TERM = (STARTS + 3 * 3600, STARTS + 9 * 3600)  # 07:00 to 13:00, the H100 being lost from 09:00 to 12:00


@pytest.fixture(scope="module")
def short_cast() -> Cast:
    cast = load_cast(ROOT / "examples" / "demo.toml")
    oracle = cast.oracle.model_copy(update={"nodes": 4, "liar": 2, "killed": None})
    lease = cast.leases[1].model_copy(update={"units": 8, "gpus": list(range(8))})
    investors = [one.model_copy(update={"shares_bps": one.shares_bps[:1]}) for one in cast.investors]
    waterfall = cast.waterfall.model_copy(update={"period": 7200})
    return cast.model_copy(
        update={
            "starts": STARTS,
            "term_start": TERM[0],
            "term_end": TERM[1],
            "recorded": ["outage"],
            "oracle": oracle,
            "waterfall": waterfall,
            "fleets": cast.fleets[:1],
            "leases": [lease],
            "investors": investors,
            "transfers": [],
        }
    )


def test_four_nodes_meter_an_outage_and_every_unit_is_accounted_for(short_cast: Cast, tmp_path: Path) -> None:
    statement = run(short_cast, Console(quiet=True), tmp_path / "demo")
    assert statement["books_balance"]
    assert {check["what"]: check["holds"] for check in statement["checks"]} == {
        "the meter saw what was recorded": True,
        "every lease pays for what was delivered, no more": True,
        "the outage is not billed, and credited by the SLA rule": True,
        "the oracle fee went to the nodes that signed": True,
        "the liar moves no reading outside the honest range": True,
    }
    lease = statement["leases"][0]
    assert lease["sold"] == 8 * 21_600 == lease["delivered"] + lease["breached"]
    assert abs(lease["breached"] - 8 * 10_800) <= 8 * LATE_S
    assert lease["charged"] == lease["delivered"] * lease["rate"] // 3600
    assert lease["escrow_in"] + lease["credited"] == lease["charged"] + lease["refunded"]
    assert sum(one["income"] for one in statement["investors"]) > 0
    assert statement["span"]["skipped_epochs"] == 0
    on_disk = json.loads((tmp_path / "demo" / "statement.json").read_text())
    assert on_disk["books_balance"] is True
    assert (tmp_path / "demo" / "report.html").stat().st_size > 10_000
