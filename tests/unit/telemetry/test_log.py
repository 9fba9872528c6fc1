"""Opening logs: told apart by content, damaged ones named, replay for nodes."""

import gzip

import pytest

from oracle.telemetry.errors import DamagedCompression, UnknownFormat, UnreadableFile, UuidRequired
from oracle.telemetry.log import LogReplay, open_log

A = "GPU-aaaaaaaa-1111-2222-3333-444444444444"
B = "GPU-bbbbbbbb-1111-2222-3333-444444444444"
T0 = 1_791_158_400_000
CSV = "timestamp, uuid, power.draw [W]\n" + "".join(f"2026/10/05 00:00:0{s}.000, {A}, 6{s}.00 W\n" for s in range(9))
PROM = "".join(f'DCGM_FI_DEV_POWER_USAGE{{gpu="0",UUID="{A}"}} 6{s}.000000 {T0 + s * 1000}\n' for s in range(9))


def test_both_formats_are_known_by_content_and_mean_the_same(samples_of):
    csv, prom = samples_of(CSV, "a.prom"), samples_of(PROM, "b.csv.gz")
    assert csv == prom
    assert len(csv) == 9


def test_a_damaged_gzip_file_says_how_to_save_the_rest(write):
    whole = gzip.compress(CSV.encode() * 500, mtime=0)
    for damaged in (whole[: len(whole) // 2], whole[:200] + b"\0" * 50 + whole[250:]):
        path = write(damaged)
        with pytest.raises(DamagedCompression, match="gzip -dc"):
            list(open_log(path))


@pytest.mark.parametrize("text", ["hello\nworld\n", "\x89PNG\r\n", "-----BEGIN KEY-----\n"])
def test_something_else_is_named_with_how_it_begins(write, text):
    with pytest.raises(UnknownFormat, match="neither an nvidia-smi CSV log nor dcgm-exporter text"):
        open_log(write(text))


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(UnreadableFile, match="No such file"):
        open_log(tmp_path / "absent.csv")
    with pytest.raises(UnreadableFile, match="Is a directory"):
        open_log(tmp_path)


def test_a_replay_gives_each_gpu_in_order_with_the_first_of_equal_times(write):
    rows = [(3, A, 63), (1, A, 61), (1, A, 99), (2, B, 72), (2, A, 62)]
    text = "timestamp, uuid, power.draw [W]\n"
    text += "".join(f"2026/10/05 00:00:0{s}.000, {gpu}, {watts}.00 W\n" for s, gpu, watts in rows)
    replay = LogReplay(write(text))
    assert (replay.first_ms, replay.last_ms) == (T0 + 1000, T0 + 3000)
    found = replay.between(T0, T0 + 10_000)
    assert [s.power_mw for s in found[A]] == [61_000, 62_000, 63_000]
    assert [s.power_mw for s in found[B]] == [72_000]


def test_a_replay_cuts_at_both_ends_and_adds_the_margin(write):
    replay = LogReplay(write(CSV))
    cut = replay.between(T0 + 3000, T0 + 5000)
    assert [s.time_ms - T0 for s in cut[A]] == [3000, 4000, 5000]
    assert len(replay.between(T0 + 3000, T0 + 5000, margin_ms=2000)[A]) == 7
    assert replay.between(T0 + 60_000, T0 + 70_000) == {}


def test_a_replay_wants_uuids(write):
    with pytest.raises(UuidRequired):
        LogReplay(write("timestamp, index, power.draw [W]\n2026/10/05 00:00:00.000, 0, 50.00 W\n"))
