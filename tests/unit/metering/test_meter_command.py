"""`wellhead meter` as people and programs use it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from oracle.cli import meter

EXAMPLES = Path(__file__).parents[3] / "examples" / "telemetry"
A = "GPU-aaaaaaaa-1111-2222-3333-444444444444"
B = "GPU-bbbbbbbb-1111-2222-3333-444444444444"
HEADER = "timestamp, uuid, power.draw [W], utilization.gpu [%]\n"


@pytest.fixture
def run():
    app = typer.Typer()
    app.callback()(lambda: None)
    meter.register(app)
    return lambda *arguments: CliRunner().invoke(app, ["meter", *map(str, arguments)])


@pytest.fixture
def figures(run):
    def figures(*arguments):
        ran = run(*arguments, "--json")
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    return figures


def rows(seconds, gpu=A, power="360.00 W", util="50 %"):
    return "".join(
        f"2026/10/05 {t // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d}.000, {gpu}, {power}, {util}\n" for t in seconds
    )


def test_the_lost_h100s_are_measured_unhealthy_and_reset(figures):
    read = figures(EXAMPLES / "h100-dcgm.prom.gz")
    assert read["format"] == "dcgm-exporter scrapes"
    for place, gpu in enumerate(read["gpus"]):
        assert gpu["measured_unit_seconds"] == 58 * 3600
        assert gpu["healthy_unit_seconds"] == 55 * 3600
        assert (gpu["gaps"], gpu["energy_counter_resets"]) == (0, 2 if place == 6 else 1)
        assert gpu["energy_estimated_ms"] == 0
        assert 350_000 < gpu["milliwatt_hours_per_gpu_hour"] < 650_000
    assert read["total"]["measured_unit_seconds"] == 8 * 58 * 3600


def test_the_silent_a100s_have_a_gap_and_nothing_else(figures):
    read = figures(EXAMPLES / "a100-nvidia-smi.csv.gz")
    for gpu in read["gpus"]:
        assert gpu["gaps"] == 1
        assert 7_259_000 < gpu["gap_ms"] < 7_261_000
        assert gpu["measured_unit_seconds"] == gpu["healthy_unit_seconds"] == 58 * 3600 - 7261
        assert gpu["flags"] == ["energy estimated from power", "activity from GPU utilisation"]


def test_figures_are_exact(figures, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(HEADER + rows(range(0, 3601, 60)) + rows(range(0, 1801, 60), B, "100.00 W", "0 %"))
    read = figures(path)
    first, second = read["gpus"]
    assert (first["measured_unit_seconds"], first["utilised_unit_seconds"], first["energy_mj"]) == (
        3600,
        1800,
        1_296_000_000,
    )
    assert (first["energy_wh"], first["milliwatt_hours_per_gpu_hour"], first["mean_utilisation_ppm"]) == (
        360,
        360_000,
        500_000,
    )
    assert (second["measured_unit_seconds"], second["utilised_unit_seconds"], second["energy_wh"]) == (1800, 0, 50)
    assert read["total"]["energy_wh"] == 410
    assert read["total"]["measured_unit_seconds"] == 5400


def test_the_interval_is_found_per_gpu_or_given(figures, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(HEADER + rows(range(0, 600, 10)) + rows(range(0, 600, 60), B))
    assert [gpu["interval_ms"] for gpu in figures(path)["gpus"]] == [10_000, 60_000]
    assert [gpu["gaps"] for gpu in figures(path)["gpus"]] == [0, 0]
    assert [gpu["gaps"] for gpu in figures(path, "--interval", "10")["gpus"]] == [0, 9]


def test_an_outage_at_the_start_does_not_pass_for_the_interval(figures, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(HEADER + rows([0, 3600, 3601, 3602, 3603]))
    assert figures(path)["gpus"][0]["interval_ms"] == 1000


def test_what_is_left_out_is_told(run, figures, tmp_path):
    path = tmp_path / "log.csv"
    text = HEADER + rows([0, 1, 2, 3, 3, 1, 4]) + "what is this\n" + rows([5]) + "2026/10/05 00:0"
    path.write_text(text)
    ignored = figures(path)["ignored"]
    assert ignored["first_malformed"]["line"] == 9
    assert {key: value for key, value in ignored.items() if isinstance(value, int) and value} == {
        "malformed": 1,
        "cut_off": 1,
        "duplicates": 1,
        "out_of_order": 1,
    }
    table = run(path).stdout
    assert "1 malformed, 1 cut off at the end, 1 duplicated, 1 out of order" in table
    assert "first: line 9" in table


def test_sorting_brings_back_what_was_out_of_order(figures, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(HEADER + rows(range(30, 60)) + rows(range(30)))
    assert figures(path)["gpus"][0]["measured_unit_seconds"] == 29
    assert figures(path, "--sort")["gpus"][0]["measured_unit_seconds"] == 59


def test_the_table_says_what_its_letters_mean_and_where_gaps_are(run):
    text = run(EXAMPLES / "a100-nvidia-smi.csv.gz").stdout
    assert "4 GPUs, A100-SXM4-80GB" in text
    assert "Gap (missing, never zero): 2026-10-05 13:59:00Z to 2026-10-05 16:00:00Z, 2 h 01 min, 4 GPUs." in text
    assert "integrated from power" in text
    assert "energy counter" not in text
    assert "Not healthy (measured): 2026-10-06 09:00:00Z to 2026-10-06 12:00:00Z, 3 h 00 min, 8 GPUs." in (
        run(EXAMPLES / "h100-dcgm.prom.gz").stdout
    )


def test_logs_without_uuids_are_metered_and_said_to_be(run, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "timestamp, index, power.draw [W]\n2026/10/05 00:00:00.000, 0, 50 W\n2026/10/05 00:00:01.000, 0, 50 W\n"
    )
    ran = run(path)
    assert ran.exit_code == 0
    assert "without UUID" in ran.stdout


def test_a_single_reading_measures_nothing_and_is_no_error(figures, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(HEADER + rows([0]))
    assert figures(path)["total"]["measured_unit_seconds"] == 0


def test_hostile_names_do_not_reach_the_terminal_as_markup(run, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "timestamp, uuid, name, power.draw [W]\n"
        + "".join(f"2026/10/05 00:00:0{t}.000, {A}, [blink]\x1b[31m[/], 50 W\n" for t in range(3))
        + "[/bold][red]x\x1b[2J, y\n"
    )
    ran = run(path)
    assert ran.exit_code == 0
    assert "\x1b" not in ran.stdout


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("", [], "is empty"),
        (HEADER, [], "no reading after it"),
        ("timestamp, uuid, name\n1, 2, 3\n", [], "no column power.draw"),
        (HEADER + "never, GPU-aaaaaaaa-1111, 1 W, 1 %\n", [], "unreadable time"),
        ("some text\n", [], "neither an nvidia-smi CSV log"),
        (None, [], "cannot be read"),
        (HEADER + rows([0, 1]), ["--interval", "0"], "--interval 0"),
        (HEADER + rows([0, 1]), ["--interval", "often"], "Example"),
        (HEADER + rows([0, 1]), ["--tz", "Mars/Olympus"], "Use a name like"),
        (HEADER + rows([0, 1]), ["--tz", "../../etc/passwd"], "Use a name like"),
    ],
)
def test_what_cannot_be_metered_is_one_sentence_and_code_2(run, tmp_path, content, options, says):
    path = tmp_path / "log.csv"
    if content is not None:
        path.write_text(content)
    ran = run(path, *options)
    assert ran.exit_code == 2
    assert ran.stderr.startswith("wellhead meter: ")
    assert says in ran.stderr
    assert ran.stdout == ""


def test_a_spinning_kernel_and_a_changed_driver_are_flagged_in_table_and_json(run, tmp_path):
    log = tmp_path / "spin.csv"
    header = "timestamp, uuid, driver_version, clocks.sm [MHz], memory.used [MiB], utilization.gpu [%], power.draw [W]"
    rows = [
        f"2026/10/05 00:{n:02d}:00.000, GPU-aaaaaaaa-1111-2222-3333-444444444444, "
        f"{'570.86.15' if n < 30 else '575.51.03'}, 1980 MHz, 3 MiB, 100 %, 128.00 W"
        for n in range(60)
    ]
    log.write_text("\n".join([header, *rows, ""]))
    told = json.loads(run(log, "--json", "--board-watts", 700).stdout)["gpus"][0]
    assert {"busy without work", "active with empty memory", "driver or boot changed"} <= set(told["flags"])
    assert (told["busy_without_work_gpus"], told["driver_or_boot_changes"]) == (1, 1)
    unknown = run(log, "--json")
    assert "busy without work" not in json.loads(unknown.stdout)["gpus"][0]["flags"]
    table = run(log, "--board-watts", 700).stdout
    assert "w  1 GPU busy without work" in table
    assert "m  1 GPU active with next to nothing" in table
    assert "c  driver or boot changed 1 times" in table
