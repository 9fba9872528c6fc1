"""dcgm-exporter's text as samples."""

import pytest

from oracle.telemetry.dcgm import parse_scrape
from oracle.telemetry.errors import (
    EmptyLog,
    ExporterClockSkew,
    ExpositionMalformed,
    HeaderOnly,
    MostlyMalformed,
    NoGpuMetrics,
    ScrapesWithoutTime,
    TooManyGpus,
)
from oracle.telemetry.log import open_log
from oracle.telemetry.sample import Sample
from oracle.telemetry.xid import REMEDIES

A = "GPU-aaaaaaaa-1111-2222-3333-444444444444"
B = "GPU-bbbbbbbb-1111-2222-3333-444444444444"
NOW = 1_791_158_400_000

POWER = "DCGM_FI_DEV_POWER_USAGE"
ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
ACTIVE = "DCGM_FI_PROF_GR_ENGINE_ACTIVE"
UTIL = "DCGM_FI_DEV_GPU_UTIL"
XIDS = "DCGM_EXP_XID_ERRORS_COUNT"


def line(name: str, value: str, gpu: str = A, extra: str = "", time: int | None = None) -> str:
    labels = f'gpu="0",UUID="{gpu}",device="nvidia0",modelName="NVIDIA H100 80GB HBM3",Hostname="n1"{extra}'
    return f"{name}{{{labels}}} {value}" + (f" {time}" if time is not None else "") + "\n"


def healthy(gpu: str = A, time: int | None = None) -> str:
    return (
        line(POWER, "612.345000", gpu, time=time)
        + line(ENERGY, "5000000000123", gpu, time=time)
        + line(ACTIVE, "0.973412", gpu, time=time)
        + line(UTIL, "99", gpu, time=time)
        + line(XIDS, "0", gpu, ',window_size_in_ms="300000"', time=time)
    )


def one(text: str) -> Sample:
    samples = parse_scrape(text, NOW)
    assert len(samples) == 1
    return samples[0]


def test_a_scrape_gives_each_gpu_in_exact_integers():
    text = f"# HELP {POWER} Power draw (in W).\n# TYPE {POWER} gauge\n" + healthy() + healthy(B)
    assert parse_scrape(text, NOW) == [
        Sample(gpu, NOW, 973_412, False, 612_345, 5_000_000_000_123, True) for gpu in (A, B)
    ]


def test_without_profiling_activity_is_the_utilisation_and_says_so():
    sample = one(line(POWER, "100.0") + line(UTIL, "55"))
    assert (sample.engine_active_ppm, sample.activity_is_fallback) == (550_000, True)


@pytest.mark.parametrize("label", ["UUID", "uuid", "gpu_uuid"])
def test_the_uuid_goes_by_several_names(label):
    assert one(healthy().replace("UUID=", f"{label}=")).gpu_uuid == A


def test_model_host_and_driver_come_along(write):
    text = line(POWER, "1.0", extra=',DCGM_FI_DRIVER_VERSION="570.86.15"', time=NOW).replace("Hostname", "hostname")
    log = open_log(write(text))
    list(log)
    info = log.gpus[A]
    assert (info.model, info.hostname, info.driver) == ("NVIDIA H100 80GB HBM3", "n1", "570.86.15")


@pytest.mark.parametrize(
    "blank",
    [
        "9223372036854775792",
        "9223372036854775793",
        "9223372036854775794",
        "9223372036854775795",
        "9.223372036854775807e+18",
        "140737488355328.000000",
        "140737488355330",
        "NaN",
        "+Inf",
        "-1",
    ],
)
def test_blanks_are_unknown_in_every_metric(blank):
    text = line(POWER, blank) + line(ENERGY, blank) + line(ACTIVE, blank) + line(UTIL, blank)
    assert one(text + line("DCGM_FI_DEV_GPU_TEMP", "40")) == Sample(A, NOW, None, False, None, None, True)


def test_an_int32_blank_is_no_power_and_may_be_an_energy():
    sample = one(line(POWER, "2147483632") + line(UTIL, "2147483632") + line(ENERGY, "2147483632"))
    assert (sample.power_mw, sample.engine_active_ppm, sample.energy_mj) == (None, None, 2_147_483_632)


def test_power_no_board_can_draw_is_unknown():
    assert one(line(POWER, "25000.0") + line(UTIL, "1")).power_mw is None


def test_a_ratio_above_one_is_one():
    assert one(line(ACTIVE, "1.000001")).engine_active_ppm == 1_000_000


def mig(profile: str, instance: str, active: str, energy: str = "700", model: str = "NVIDIA H100 80GB HBM3") -> str:
    extra = f',GPU_I_PROFILE="{profile}",GPU_I_ID="{instance}"'
    text = line(POWER, "400.0", extra=extra) + line(ENERGY, energy, extra=extra) + line(ACTIVE, active, extra=extra)
    return text.replace("NVIDIA H100 80GB HBM3", model)


def test_mig_slices_share_one_boards_energy_and_power():
    sample = one(mig("3g.40gb", "2", "0.9", "700") + mig("1g.10gb", "9", "0.5", "702"))
    assert (sample.power_mw, sample.energy_mj) == (400_000, 702)


def test_mig_activity_is_weighted_by_slices_of_the_whole_gpu():
    text = mig("3g.40gb", "2", "0.9") + mig("2g.20gb", "3", "0.5")
    assert one(text).engine_active_ppm == (900_000 * 3 + 500_000 * 2) // 7
    assert one(mig("2g.12gb", "1", "1.0", model="NVIDIA A30")).engine_active_ppm == 500_000
    assert one(mig("7g.80gb", "0", "1.0")).engine_active_ppm == 1_000_000


def test_the_whole_gpus_own_activity_beats_the_slices():
    assert one(mig("3g.40gb", "2", "0.9") + line(ACTIVE, "0.25")).engine_active_ppm == 250_000


@pytest.mark.parametrize("xid", sorted(REMEDIES))
def test_a_counted_xid_with_a_hard_remedy_takes_the_gpu_out(xid):
    assert not one(healthy() + line(XIDS, "1", extra=f',window_size_in_ms="300000",xid="{xid}"')).healthy


@pytest.mark.parametrize("xid", [13, 31, 43, 45, 63, 92, 94, 154])
def test_a_counted_xid_of_the_application_does_not(xid):
    assert one(healthy() + line(XIDS, "7", extra=f',window_size_in_ms="300000",xid="{xid}"')).healthy


def test_an_xid_counted_zero_times_does_not():
    assert one(healthy() + line(XIDS, "0", extra=',xid="79"')).healthy


def test_the_last_code_gauge_takes_nobody_out():
    assert one(healthy() + line("DCGM_FI_DEV_XID_ERRORS", "79", extra=',err_code="79"')).healthy


@pytest.mark.parametrize(
    ("name", "value", "well"),
    [
        ("DCGM_EXP_GPU_HEALTH_STATUS", "0", True),
        ("DCGM_EXP_GPU_HEALTH_STATUS", "10", True),
        ("DCGM_EXP_GPU_HEALTH_STATUS", "20", False),
        ("DCGM_FI_DEV_GPU_RECOVERY_ACTION", "0", True),
        ("DCGM_FI_DEV_GPU_RECOVERY_ACTION", "1", False),
        ("DCGM_FI_DEV_GPU_RECOVERY_ACTION", "9223372036854775794", True),
    ],
)
def test_health_and_recovery_metrics_count(name, value, well):
    assert one(healthy() + line(name, value)).healthy is well


def test_a_gpu_listed_without_one_live_reading_is_lost():
    text = line(XIDS, "0", extra=',window_size_in_ms="300000"') + line("DCGM_FI_DEV_XID_ERRORS", "79")
    assert one(text) == Sample(A, NOW, None, False, None, None, False)


def test_a_gpu_not_listed_is_not_there():
    assert [s.gpu_uuid for s in parse_scrape(healthy(B), NOW)] == [B]


def test_cpus_switches_and_links_are_not_gpus():
    others = 'DCGM_FI_DEV_CPU_UTIL_TOTAL{cpu="0",Hostname="n1"} 0.5\nDCGM_X{nvswitch="nvswitch0"} 1\n' + (
        f'DCGM_FI_DEV_NVLINK_CRC{{nvlink="3",gpu_uuid="{B}"}} 1\nup 1\n'
    )
    assert [s.gpu_uuid for s in parse_scrape(others + healthy(), NOW)] == [A]


def test_label_values_may_hold_anything():
    assert one(healthy().replace('"n1"', r'"a \"}{, = \\ b"')).gpu_uuid == A


@pytest.mark.parametrize(
    "bad",
    [
        "<html>",
        "DCGM_X{UUID=}} 1",
        f'{POWER}{{UUID="{A}"}}',
        f'{POWER}{{UUID="{A}"}} twelve',
        f'{POWER}{{UUID="{A}"}} 1 2 3',
    ],
)
def test_half_an_answer_is_no_answer(bad):
    with pytest.raises(ExpositionMalformed, match="line 6"):
        parse_scrape(healthy() + bad + "\n", NOW)


@pytest.mark.parametrize("text", ["", "# HELP up x\nup 1\n", 'node_cpu{cpu="0"} 1\n'])
def test_an_answer_without_gpus_is_named(text):
    with pytest.raises(NoGpuMetrics, match="listed no GPU"):
        parse_scrape(text, NOW)


def test_an_answer_of_long_ago_is_named():
    with pytest.raises(ExporterClockSkew, match="301 s away"):
        parse_scrape(healthy(time=NOW - 301_000), NOW)
    assert parse_scrape(healthy(time=NOW - 5_000), NOW)[0].time_ms == NOW - 5_000


def test_endless_gpus_are_named(monkeypatch):
    monkeypatch.setattr("oracle.telemetry.dcgm_metrics.MAX_GPUS", 2)
    with pytest.raises(TooManyGpus):
        parse_scrape("".join(line(UTIL, "1", f"GPU-{n:08x}-1111") for n in range(3)), NOW)


def test_a_log_of_scrapes_is_samples_in_order(write):
    text = healthy(time=NOW) + healthy(B, time=NOW) + healthy(time=NOW + 30_000)
    log = open_log(write("# HELP x y\n" + text, "anything.log.gz"))
    assert [(s.gpu_uuid, s.time_ms) for s in log] == [(A, NOW), (B, NOW), (A, NOW + 30_000)]


def test_a_scrape_cut_off_is_left_out_whole(write):
    log = open_log(write((healthy(time=NOW) + healthy(time=NOW + 30_000))[:-12]))
    assert [s.time_ms for s in log] == [NOW]
    assert log.ignored.cut_off == 1


def test_a_broken_line_of_a_log_is_counted_and_findable(write):
    log = open_log(write(healthy(time=NOW) + "rubbish{\n" + healthy(time=NOW + 30_000)))
    assert len(list(log)) == 2
    assert (log.ignored.malformed, log.ignored.first_malformed.line) == (1, 6)


def test_scrapes_without_times_are_named(samples_of):
    with pytest.raises(ScrapesWithoutTime, match="wellhead record --dcgm"):
        samples_of(healthy() + healthy())


def test_a_log_of_rubbish_is_named(samples_of):
    with pytest.raises(MostlyMalformed):
        samples_of(healthy(time=NOW) + "rubbish{\n" * 6)


def test_a_log_of_comments_is_named(samples_of):
    with pytest.raises(HeaderOnly):
        samples_of(f"# HELP {POWER} x\n# TYPE {POWER} gauge\n")


def test_an_empty_log_is_named(samples_of):
    with pytest.raises(EmptyLog):
        samples_of("", "scrapes.prom")


def test_what_tells_work_from_appearance_is_read_too():
    text = (
        healthy()
        + line("DCGM_FI_PROF_SM_ACTIVE", "0.8123456")
        + line("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "1.5")
        + line("DCGM_FI_DEV_FB_USED", "71234")
        + line("DCGM_FI_DEV_SM_CLOCK", "1980", extra=',DCGM_FI_DRIVER_VERSION="570.86.15"')
        + line("WELLHEAD_BOOT_TIME_SECONDS", "1791000000")
    )
    sample = one(text)
    assert (sample.sm_active_ppm, sample.tensor_active_ppm) == (812_345, 1_000_000)
    assert (sample.memory_used_mib, sample.sm_clock_mhz, sample.boot_s) == (71_234, 1980, 1_791_000_000)
    labelled = text.replace('Hostname="n1"', 'Hostname="n1",DCGM_FI_DRIVER_VERSION="570.86.15"')
    assert one(labelled).driver == "570.86.15"
    assert one(line(POWER, "1")).driver is None


@pytest.mark.parametrize("value", ["2147483632", "140737488355328", "9223372036854775794", "NaN", "-1", "16777217"])
def test_memory_that_is_none_is_unknown(value):
    assert one(healthy() + line("DCGM_FI_DEV_FB_USED", value)).memory_used_mib is None


def test_memory_of_mig_slices_adds_up_and_their_sm_activity_says_nothing_of_the_whole():
    text = "".join(
        line(name, value, extra=f',GPU_I_ID="{slice_id}",GPU_I_PROFILE="3g.40gb"')
        for slice_id in (1, 2)
        for name, value in (("DCGM_FI_DEV_FB_USED", "30000"), ("DCGM_FI_PROF_SM_ACTIVE", "0.9"), (POWER, "400"))
    )
    sample = one(text)
    assert (sample.memory_used_mib, sample.sm_active_ppm, sample.power_mw) == (60_000, None, 400_000)
