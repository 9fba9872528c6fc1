"""nvidia-smi CSV logs as they are found in the world."""

from zoneinfo import ZoneInfo

import pytest

from oracle.telemetry.errors import (
    EmptyLog,
    HeaderOnly,
    LineTooLong,
    MissingColumns,
    MissingHeader,
    MostlyMalformed,
    TimestampUnreadable,
    TooManyGpus,
    UuidRequired,
)
from oracle.telemetry.log import open_log
from oracle.telemetry.sample import Sample
from oracle.telemetry.smi_rows import SmiRows

A = "GPU-aaaaaaaa-1111-2222-3333-444444444444"
B = "GPU-bbbbbbbb-1111-2222-3333-444444444444"
T0 = 1_791_158_400_000
HEADER = "timestamp, uuid, power.draw [W], utilization.gpu [%]\n"


def row(second: int = 0, gpu: str = A, power: str = "300.50 W", util: str = "45 %", millis: int = 123) -> str:
    return f"2026/10/05 00:{second // 60:02d}:{second % 60:02d}.{millis:03d}, {gpu}, {power}, {util}\n"


def test_a_row_becomes_a_sample_in_exact_integers(samples_of):
    assert samples_of(HEADER + row(7)) == [Sample(A, T0 + 7_123, 450_000, True, 300_500, None, True)]


@pytest.mark.parametrize(
    ("header", "power", "util"),
    [
        ("timestamp, uuid, power.draw [W], utilization.gpu [%]", "300.50 W", "45 %"),
        ("timestamp, uuid, power.draw [W], utilization.gpu [%]", "300.50", "45"),
        ("timestamp, uuid, power.draw, utilization.gpu", "300.50 W", "45 %"),
        ("timestamp, uuid, power.draw, utilization.gpu", "300.50", "45"),
        ("timestamp, uuid, power.draw [mW], utilization.gpu [%]", "300500", "45"),
        ("timestamp, uuid, power.draw.average [W], utilization.gpu [%]", "300.50 W", "45 %"),
        ("timestamp, gpu_uuid, power.draw.instant [W], utilization.gpu [%]", "300.50W", "45%"),
        ("timestamp,uuid,gpu_power [W],utilization.gpu [%]", "300.5 W", "45 %"),
    ],
)
def test_units_in_the_header_or_in_the_cells_mean_the_same(samples_of, header, power, util):
    assert samples_of(f"{header}\n{row(power=power, util=util)}") == samples_of(HEADER + row())


def test_columns_stand_in_any_order_among_others(samples_of):
    text = (
        "utilization.gpu [%], name, power.draw [W], memory.used [MiB], timestamp, uuid\n"
        f"45 %, NVIDIA A100-SXM4-80GB, 300.50 W, 1024 MiB, 2026/10/05 00:00:00.123, {A}\n"
    )
    assert samples_of(text) == [each._replace(memory_used_mib=1024) for each in samples_of(HEADER + row())]


def test_several_gpus_keep_file_order_and_their_own_readings(samples_of):
    samples = samples_of(HEADER + row(0) + row(0, B, "90.00 W", "0 %") + row(1) + row(1, B, "91.00 W", "0 %"))
    assert [(s.gpu_uuid, s.power_mw) for s in samples] == [(A, 300_500), (B, 90_000), (A, 300_500), (B, 91_000)]


def test_model_names_come_along(write):
    log = open_log(write(f"timestamp, uuid, name, power.draw [W]\n2026/10/05 00:00:00.123, {A}, NVIDIA A100, 55 W\n"))
    assert [s.engine_active_ppm for s in log] == [None]
    assert log.gpus[A].model == "NVIDIA A100"


def test_a_power_column_that_is_not_supported_gives_way_to_one_that_is(samples_of):
    text = (
        "timestamp, uuid, power.draw.average [W], power.draw.instant [W]\n"
        f"2026/10/05 00:00:00.123, {A}, [N/A], 300.50 W\n2026/10/05 00:00:01.123, {A}, 310.00 W, 305.00 W\n"
    )
    assert [s.power_mw for s in samples_of(text)] == [300_500, 310_000]


@pytest.mark.parametrize("word", ["[N/A]", "[Not Supported]", "N/A", "[Insufficient Permissions]"])
def test_a_value_that_is_not_available_is_unknown_and_not_zero(samples_of, word):
    samples = samples_of(HEADER + row(0, power=word) + row(1, util=word) + row(2, power=word, util=word))
    assert [(s.power_mw, s.engine_active_ppm, s.healthy) for s in samples] == [
        (None, 450_000, True),
        (300_500, None, True),
        (None, None, True),
    ]
    assert not samples[1].activity_is_fallback


@pytest.mark.parametrize("word", ["[GPU is lost]", "GPU is lost", "[GPU requires reset]"])
def test_a_lost_gpu_is_there_and_not_healthy(samples_of, word):
    samples = samples_of(HEADER + row(0) + row(1, power=word, util=word) + row(2))
    assert [s.healthy for s in samples] == [True, False, True]
    assert samples[1] == Sample(A, T0 + 1_123, None, False, None, None, False)


def test_a_lost_gpu_whose_uuid_is_lost_too_is_known_by_its_bus_id(samples_of):
    header = "timestamp, uuid, pci.bus_id, power.draw [W]\n"
    text = (
        f"{header}2026/10/05 00:00:00.000, {A}, 00000000:18:00.0, 60 W\n"
        f"2026/10/05 00:00:00.000, {B}, 00000000:2A:00.0, 60 W\n"
        "2026/10/05 00:00:01.000, [GPU is lost], 00000000:2A:00.0, [GPU is lost]\n"
    )
    assert samples_of(text)[-1] == Sample(B, T0 + 1000, None, False, None, None, False)


def test_a_lost_gpu_that_nobody_can_name_is_counted_and_not_guessed(write):
    lost = "2026/10/05 00:00:01.000, [GPU is lost], [GPU is lost], [GPU is lost]\n"
    log = open_log(write(HEADER + row(0) + row(0, B) + lost))
    assert len(list(log)) == 2
    assert log.ignored.lost_unnamed == 1
    assert log.ignored.first_lost_unnamed.line == 4


def test_nvidia_smis_parting_words_count_for_the_gpu_they_name(samples_of):
    text = (
        "timestamp, uuid, pci.bus_id, power.draw [W]\n"
        f"2026/10/05 00:00:00.000, {A}, 00000000:1B:00.0, 60 W\n2026/10/05 00:00:09.000, {B}, 00000000:2A:00.0, 60 W\n"
        "Unable to determine the device handle for GPU0000:1B:00.0: "
        "GPU is lost.  Reboot the system to recover this GPU\n"
    )
    assert samples_of(text)[-1] == Sample(A, T0 + 9000, None, False, None, None, False)


def test_the_recorders_note_gives_a_failed_run_its_time(samples_of):
    text = (
        "timestamp, uuid, pci.bus_id, power.draw [W]\n"
        f"2026/10/05 00:00:00.000, {A}, 00000000:1B:00.0, 60 W\n"
        "# wellhead-record 2026-10-05T00:01:00.000Z nvidia-smi ended with status 15\n"
        "Unable to determine the device handle for GPU0: 0000:1B:00.0: Unknown Error\n"
    )
    assert samples_of(text)[-1] == Sample(A, T0 + 60_000, None, False, None, None, False)


def test_every_reading_an_error_is_a_gpu_that_does_not_answer(samples_of):
    word = "[Unknown Error]"
    samples = samples_of(HEADER + row(0, power=word) + row(1, power=word, util=word))
    assert [s.healthy for s in samples] == [True, False]


@pytest.mark.parametrize(
    ("action", "healthy"), [("None", True), ("[N/A]", True), ("Reset", False), ("Drain P2P", False)]
)
def test_a_recovery_action_takes_a_gpu_out(samples_of, action, healthy):
    text = f"timestamp, uuid, power.draw [W], gpu_recovery_action\n2026/10/05 00:00:00.000, {A}, 60.00 W, {action}\n"
    assert samples_of(text)[0].healthy is healthy


def test_a_header_in_the_middle_may_even_change_the_columns(samples_of):
    text = (
        HEADER + row(0) + HEADER + row(1) + f"uuid, timestamp, power.draw [W]\n{A}, 2026/10/05 00:00:02.123, 50.00 W\n"
    )
    samples = samples_of(text)
    assert [s.time_ms - T0 for s in samples] == [123, 1_123, 2_123]
    assert [s.engine_active_ppm for s in samples] == [450_000, 450_000, None]


def test_marks_and_line_ends_of_windows_are_read(samples_of):
    plain = HEADER + row(0) + row(1)
    expected = samples_of(plain)
    windows = plain.replace("\n", "\r\n")
    assert samples_of(windows) == expected
    assert samples_of("\ufeff" + windows) == expected
    assert samples_of(windows.encode("utf-16")) == expected
    assert samples_of(plain, "log.csv.gz") == expected
    assert samples_of(plain.encode() + b"\0\0\0\n") == expected


def test_quoted_cells_are_read(samples_of):
    header = '"timestamp","uuid","power.draw [W]","utilization.gpu [%]"\n'
    text = header + f'"2026/10/05 00:00:00.123","{A}","300.50 W","45 %"\n'
    assert samples_of(text) == samples_of(HEADER + row())


def test_blank_lines_and_comments_are_nothing(samples_of):
    assert len(samples_of("\n\n# my run\n" + HEADER + "\n" + row(0) + "   \n\n" + row(1))) == 2


def test_a_last_line_cut_off_is_left_out_and_counted(write):
    log = open_log(write(HEADER + row(0) + row(1)[:-8]))
    assert len(list(log)) == 1
    assert log.ignored.cut_off == 1


def test_a_row_run_into_the_next_is_left_out_and_findable(write):
    log = open_log(write(HEADER + row(0) + row(1)[:30] + row(2) + row(3) + row(4, power="3x0 W")))
    assert [s.time_ms - T0 for s in log] == [123, 3_123]
    assert log.ignored.malformed == 2
    assert (log.ignored.first_malformed.line, log.ignored.first_malformed.reason) == (
        3,
        "has 5 cells where the header has 4",
    )


@pytest.mark.parametrize("power", ["-5.00 W", "abc", "12.3.4 W", "300 parsecs", "9" * 60 + " W"])
def test_a_number_that_is_none_is_never_guessed_at(write, power):
    log = open_log(write(HEADER + row(0) + row(1, power=power)))
    assert len(list(log)) == 1
    assert log.ignored.malformed == 1


def test_power_above_20_kilowatts_is_unknown_and_the_row_stays(samples_of):
    powers = ["20000.00 W", "20000.01 W", "1e29 W", "20.1 kW", "20000.01 W"]
    found = samples_of(HEADER + "".join(row(second, power=power) for second, power in enumerate(powers)))
    assert [sample.power_mw for sample in found] == [20_000_000, None, None, None, None]


def test_activity_is_held_to_one(samples_of):
    assert samples_of(HEADER + row(util="105 %"))[0].engine_active_ppm == 1_000_000


def test_times_are_read_in_the_zone_given(samples_of):
    assert samples_of(HEADER + row(), zone=ZoneInfo("Asia/Tokyo"))[0].time_ms == T0 + 123 - 9 * 3_600_000


@pytest.mark.parametrize(
    ("stamp", "offset"),
    [
        ("2026-10-05T00:00:05Z", 5_000),
        ("2026-10-05T02:00:05.250+02:00", 5_250),
        ("2026-10-05 00:00:05", 5_000),
        ("2026/10/05 00:00:05", 5_000),
    ],
)
def test_other_ways_of_writing_a_time(samples_of, stamp, offset):
    assert samples_of(f"{HEADER}{stamp}, {A}, 1.00 W, 0 %\n")[0].time_ms == T0 + offset


@pytest.mark.parametrize("text", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_is_named(samples_of, text):
    with pytest.raises(EmptyLog, match=r"log\.csv: is empty. Record with"):
        samples_of(text)


def test_a_header_alone_is_named(samples_of):
    with pytest.raises(HeaderOnly, match="no reading after it"):
        samples_of(HEADER)


@pytest.mark.parametrize(
    ("header", "lacking"),
    [
        ("timestamp, uuid, temperature.gpu", "power.draw"),
        ("timestamp, power.draw [W], name", "uuid"),
        ("uuid, power.draw [W]", "timestamp"),
        ("temperature.gpu, name, clocks.sm", "timestamp"),
    ],
)
def test_missing_columns_are_named_with_the_command_that_gives_them(samples_of, header, lacking):
    with pytest.raises(MissingColumns, match=f"{lacking}.*--query-gpu=timestamp,uuid"):
        samples_of(f"{header}\n1, 2, 3\n")


def test_a_log_without_a_header_is_named(samples_of):
    with pytest.raises(MissingHeader, match=r"line 1: .*noheader"):
        samples_of(row(0) + row(1))


def test_gpus_by_index_or_bus_are_for_metering_only(write):
    path = write("timestamp, index, power.draw [W]\n2026/10/05 00:00:00.000, 0, 50.00 W\n")
    with pytest.raises(UuidRequired, match="by index and not by uuid"):
        list(open_log(path))
    log = open_log(path, require_uuid=False)
    assert [s.gpu_uuid for s in log] == ["index:0"]
    assert not log.keyed_by_uuid
    text = "timestamp, pci.bus_id, power.draw [W]\n2026/10/05 00:00:00.000, 00000000:1B:00.0, 50.00 W\n"
    log = open_log(write(text, "bus.csv"), require_uuid=False)
    assert [s.gpu_uuid for s in log] == ["pci:00000000:1b:00.0"]


def test_no_readable_time_at_all_is_named(samples_of):
    with pytest.raises(TimestampUnreadable, match="line 2: has the unreadable time 'yesterday'"):
        samples_of(f"{HEADER}yesterday, {A}, 1 W, 0 %\nthe day before, {A}, 1 W, 0 %\n")


@pytest.mark.parametrize("stamp", ["1970/01/01 00:00:00.000", "2026/13/45 00:00:00.000", "9999/01/01 00:00:00.000"])
def test_a_time_no_clock_can_have_shown_is_no_time(write, stamp):
    log = open_log(write(f"{HEADER}{row(0)}{stamp}, {A}, 1 W, 0 %\n"))
    assert len(list(log)) == 1
    assert log.ignored.malformed == 1


def test_more_rubbish_than_readings_is_named(samples_of):
    with pytest.raises(MostlyMalformed, match="3 rows are unreadable and 1 are not; first: line 3"):
        samples_of(HEADER + row(0) + "a, b\n" * 3)


def test_a_file_of_one_endless_line_is_named(samples_of):
    with pytest.raises(LineTooLong):
        samples_of(HEADER + "x" * 400_000)


def test_endless_gpus_are_named(samples_of, monkeypatch):
    monkeypatch.setattr("oracle.telemetry.smi_rows.MAX_GPUS", 3)
    with pytest.raises(TooManyGpus):
        samples_of(HEADER + "".join(row(0, f"GPU-{n:08x}-1111-2222-3333-444444444444") for n in range(4)))


def test_a_log_still_being_written_is_read_piece_by_piece(samples_of):
    lines = (HEADER + "".join(row(n, gpu) for n in range(20) for gpu in (A, B))).splitlines()
    rows, found = SmiRows("served log"), []
    for start in range(0, len(lines), 7):
        found += rows.read(lines[start : start + 7])
    rows.judge()
    assert found == samples_of("\n".join(lines) + "\n")
    with pytest.raises(MissingHeader, match=r"^served log, line 3: "):
        list(SmiRows("served log").read(["", "", row(0)]))


@pytest.mark.parametrize("key", ["\x1b[2J", "-1", "1e3", "99999", "[bold]"])
def test_an_index_is_a_number_and_nothing_else(write, key):
    text = f"timestamp, index, power.draw [W]\n{row(0)[:23]}, 0, 50.00 W\n{row(1)[:23]}, {key}, 50.00 W\n"
    log = open_log(write(text), require_uuid=False)
    assert [s.gpu_uuid for s in log] == ["index:0"]
    assert log.ignored.malformed == 1


def test_the_quick_way_and_the_careful_way_read_the_same(samples_of):
    """The second of two equal rows is read from caches; an extra column turns them off."""
    rows = [row(s, gpu, f"{200 + s}.25 W", f"{s} %") for s in range(90) for gpu in (A, B)]
    careful = "timestamp, uuid, power.draw [W], utilization.gpu [%], gpu_recovery_action\n" + "".join(
        line.rstrip("\n") + ", None\n" for line in rows
    )
    assert samples_of(HEADER + "".join(rows) * 2) == samples_of(careful) * 2
