"""Makes the telemetry in this folder. Nothing here was recorded: no GPU machine was at hand.

    python examples/telemetry/generate.py            writes the files beside this one
    python examples/telemetry/generate.py --check    exits 1 when the files differ from what would be written

Everything is integer arithmetic from one seed, so that every machine writes the same bytes (the gzip files: the same
content; how zlib packs it may differ between versions). Formats are dcgm-exporter's and nvidia-smi's own; README.md
says which physical figures the models rest on.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
SEED = 20261005
START = datetime(2026, 10, 4, 21, tzinfo=UTC)
HOURS = 58
MINUTES = HOURS * 60

OUTAGE = (datetime(2026, 10, 6, 9, tzinfo=UTC), datetime(2026, 10, 6, 12, tzinfo=UTC))
"""All eight H100 are off the bus; a reboot brings them back with their energy counters at zero."""
RESET = (datetime(2026, 10, 5, 20, 12, tzinfo=UTC), 6)
"""Between two jobs and two scrapes GPU 6 is reset (`nvidia-smi --gpu-reset`): its energy counter begins again."""
SILENCE = (datetime(2026, 10, 5, 14, tzinfo=UTC), datetime(2026, 10, 5, 16, tzinfo=UTC))
"""Nobody records the A100."""

# Share of its capacity that an inference service runs at, per mille, by hour of the day in UTC.
DIURNAL = (300, 260, 230, 220, 230, 280, 360, 460, 570, 660, 720, 760, 780, 790, 800, 800, 780, 750, 710, 650, 570, 480,
           400, 340)  # fmt: skip
TRAIN_CYCLE_MIN, CHECKPOINT_MIN = 95, 6


@dataclass(frozen=True)
class Model:
    """Physical figures of one board. Power in mW, memory in MiB, clocks in MHz."""

    name: str
    idle_mw: int
    context_mw: int  # clocks up, a process holding memory, nothing running
    board_mw: int
    memory_mib: int
    sm_clock: int
    idle_clock: int


H100 = Model("NVIDIA H100 80GB HBM3", 70_000, 118_000, 700_000, 81_559, 1_980, 345)
A100 = Model("NVIDIA A100-SXM4-80GB", 55_000, 82_000, 400_000, 81_920, 1_410, 210)


class Reading(NamedTuple):
    """One board's minute. Activity and utilisation in ppm, power in mW, energy of the minute in mJ."""

    active: int
    util: int
    power: int
    energy: int
    memory: int
    temperature: int
    clock: int


class Dice:
    """SplitMix64: a seeded generator that is the same everywhere."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def bits(self) -> int:
        """64 random bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) % (1 << 64)
        z = self._state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) % (1 << 64)
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) % (1 << 64)
        return z ^ z >> 31

    def below(self, limit: int) -> int:
        """0 .. limit-1."""
        return self.bits() % limit

    def noise(self, spread: int) -> int:
        """Bell-shaped around zero, within +-2 spread."""
        return sum(self.below(spread + 1) for _ in range(4)) - 2 * spread


def uuid(dice: Dice) -> str:
    """A GPU's UUID."""
    digits = f"{dice.bits():016x}{dice.bits():016x}"
    return f"GPU-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(frozen=True)
class Board:
    """One GPU of a fleet and what runs on it: `training` or `inference`."""

    index: int
    uuid: str
    serial: str
    bus: str
    work: str
    model: Model


def fleet(model: Model, works: str, dice: Dice) -> list[Board]:
    """One board per letter of `works`: t trains, i serves inference."""
    buses = ("18", "2A", "3A", "5D", "9A", "AB", "BA", "DB")
    boards = []
    for index, work in enumerate(works):
        serial = f"{1_650_000_000_000 + dice.below(10**9)}"
        kind = "training" if work == "t" else "inference"
        boards.append(Board(index, uuid(dice), serial, f"00000000:{buses[index]}:00.0", kind, model))
    return boards


def activity(board: Board, minute: int, dice: Dice) -> int:
    """Engine activity of a minute, ppm."""
    if board.work == "training":
        # Boards of one job step together: a plateau, then a checkpoint during which they wait for storage.
        in_cycle = minute % TRAIN_CYCLE_MIN
        level = 110_000 if in_cycle >= TRAIN_CYCLE_MIN - CHECKPOINT_MIN else 968_000
        return max(0, min(1_000_000, level + dice.noise(9_000)))
    hour, past = divmod((START.hour * 60 + minute) % 1440, 60)
    share = DIURNAL[hour] * (60 - past) + DIURNAL[(hour + 1) % 24] * past
    return max(0, min(1_000_000, share * 1000 // 60 + dice.noise(45_000)))


def readings(board: Board, dice: Dice) -> Iterator[Reading]:
    """A board's minutes, from START on."""
    model = board.model
    # Decoding waits for memory more than training does: less power for the same activity.
    intensity, memory = (945, 0.91) if board.work == "training" else (850, 0.84)
    held = model.memory_mib * int(memory * 100) // 100
    for minute in range(MINUTES + 1):
        active = activity(board, minute, dice)
        span = model.board_mw - model.context_mw
        mean = model.context_mw + span * active // 1_000_000 * intensity // 1000
        mean = max(model.idle_mw, min(model.board_mw, mean + dice.noise(5_000)))
        power = max(model.idle_mw, min(model.board_mw, mean + dice.noise(6_000)))
        util = min(1_000_000, active + active // 12 + 20_000) if active > 20_000 else 0
        clock = model.sm_clock if active > 20_000 else model.idle_clock
        yield Reading(active, util, power, mean * 60, held, 29 + power * 55 // 1_000_000, clock)


HELP = {
    "DCGM_FI_DEV_SM_CLOCK": ("gauge", "SM clock frequency (in MHz)."),
    "DCGM_FI_DEV_GPU_TEMP": ("gauge", "GPU temperature (in C)."),
    "DCGM_FI_DEV_POWER_USAGE": ("gauge", "Power draw (in W)."),
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": ("counter", "Total energy consumption since boot (in mJ)."),
    "DCGM_FI_DEV_GPU_UTIL": ("gauge", "GPU utilization (in %)."),
    "DCGM_FI_DEV_FB_USED": ("gauge", "Framebuffer memory used (in MiB)."),
    "DCGM_FI_DEV_XID_ERRORS": ("gauge", "Value of the last XID error encountered."),
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": ("gauge", "Ratio of time the graphics engine is active."),
    "DCGM_EXP_XID_ERRORS_COUNT": (
        "gauge",
        "Count of XID Errors within user-specified time window (see xid-count-window-size param).",
    ),
}
XID_WINDOW_MS = 14_400_000  # this site counts XIDs over four hours, longer than its longest outage


def labels(board: Board, host: str, *, driver: str = "570.86.15", extra: str = "", mig: str = "") -> str:
    """dcgm-exporter's labels, in its order."""
    return (
        f'gpu="{board.index}",UUID="{board.uuid}",pci_bus_id="{board.bus}",device="nvidia{board.index}",'
        f'modelName="{board.model.name}"{mig},Hostname="{host}",DCGM_FI_DRIVER_VERSION="{driver}"{extra}'
    )


def dotted(value: int, places: int, show: int = 6) -> str:
    """An integer of 10^-places as the decimal that the exporter prints."""
    return f"{value // 10**places}.{value % 10**places:0{places}d}".ljust(len(str(value // 10**places)) + 1 + show, "0")


def scrape(rows: dict[str, list[tuple[str, str]]], time: datetime) -> str:
    """One scrape with explicit timestamps. A metric without a value is left out with its HELP, as the exporter does."""
    stamp = int(time.timestamp()) * 1000
    out = []
    for name, lines in rows.items():
        if lines:
            kind, text = HELP[name]
            out.append(f"# HELP {name} {text}\n# TYPE {name} {kind}\n")
            out += [f"{name}{{{label}}} {value} {stamp}\n" for label, value in lines]
    return "".join(out)


def gpu_lines(reading: Reading, energy: int) -> dict[str, str]:
    """A healthy board's values."""
    return {
        "DCGM_FI_DEV_SM_CLOCK": str(reading.clock),
        "DCGM_FI_DEV_GPU_TEMP": str(reading.temperature),
        "DCGM_FI_DEV_POWER_USAGE": dotted(reading.power, 3),
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": str(energy),
        "DCGM_FI_DEV_GPU_UTIL": str(reading.util // 10_000),
        "DCGM_FI_DEV_FB_USED": str(reading.memory),
        "DCGM_FI_PROF_GR_ENGINE_ACTIVE": dotted(reading.active, 6),
    }


def h100_scrapes(boards: list[Board], dice: Dice) -> Iterator[str]:
    """A scrape of all boards every 300 s."""
    host = "gpu-h100-01"
    states = [readings(board, Dice(dice.bits())) for board in boards]
    energies = [10**12 + dice.below(4 * 10**12) for _ in boards]
    for minute, now in enumerate(zip(*states, strict=True)):
        time = START + timedelta(minutes=minute)
        lost = OUTAGE[0] <= time < OUTAGE[1]
        if time == OUTAGE[1]:
            energies = [9_000_000 + dice.below(3_000_000) for _ in boards]  # two minutes up, near idle
        if time == RESET[0]:
            energies[RESET[1]] = 0
        if minute % 5 == 0:
            rows: dict[str, list[tuple[str, str]]] = {name: [] for name in HELP}
            for board, reading, energy in zip(boards, now, energies, strict=True):
                label = labels(board, host)
                for name, value in {} if lost else gpu_lines(reading, energy).items():
                    rows[name].append((label, value))
                # The last-code gauge keeps an old application error of board 6 for ever: why nobody may meter by it.
                last = 79 if lost else 31 if board.index == 6 and time < OUTAGE[0] else 0
                reason = {79: "GPU has fallen off the bus", 31: "GPU memory page fault", 0: "No Error"}[last]
                rows["DCGM_FI_DEV_XID_ERRORS"].append((f'{label},err_code="{last}",err_msg="{reason}"', str(last)))
                window = f',window_size_in_ms="{XID_WINDOW_MS}"'
                counted = f'{window},xid="79"' if lost else window
                rows["DCGM_EXP_XID_ERRORS_COUNT"].append((label + counted, "1" if lost else "0"))
            yield scrape(rows, time)
        if not lost:
            energies = [energy + reading.energy for energy, reading in zip(energies, now, strict=True)]


SMI_HEADER = (
    "timestamp, uuid, pci.bus_id, name, temperature.gpu, utilization.gpu [%], memory.used [MiB], power.draw [W]"
)


def smi_time(time: datetime, millis: int) -> str:
    """nvidia-smi's way of writing a time."""
    return f"{time:%Y/%m/%d %H:%M:%S}.{millis:03d}"


def watts(power: int) -> str:
    """Two places, as nvidia-smi prints."""
    return f"{power // 1000}.{power % 1000 // 10:02d}"


def a100_rows(boards: list[Board], dice: Dice) -> Iterator[str]:
    """A row per board every 60 s, each with its own few ms."""
    states = [readings(board, Dice(dice.bits())) for board in boards]
    yield SMI_HEADER + "\n"
    for minute, now in enumerate(zip(*states, strict=True)):
        time = START + timedelta(minutes=minute)
        millis = 10 + dice.below(80)
        if SILENCE[0] <= time < SILENCE[1]:
            continue
        for board, reading in zip(boards, now, strict=True):
            millis += 2 + dice.below(4)
            yield (
                f"{smi_time(time, millis)}, {board.uuid}, {board.bus}, {board.model.name}, {reading.temperature}, "
                f"{reading.util // 10_000} %, {reading.memory} MiB, {watts(reading.power)} W\n"
            )


def excerpts(h100: list[Board], a100: list[Board], dice: Dice) -> dict[str, str]:
    """Small files for reading and for tests, each with one peculiarity."""
    found: dict[str, str] = {}
    one, two = a100[0], a100[1]
    run = list(zip(range(20), readings(one, dice), readings(two, dice), strict=False))

    lines = ["index, timestamp, power.draw [W], utilization.gpu [%], uuid"]
    for minute, first, second in run:
        time = START + timedelta(seconds=15 * minute)
        for board, reading in ((one, first), (two, second)):
            lines.append(
                f"{board.index}, {smi_time(time, 40 + board.index)}, {watts(reading.power)}, "
                f"{reading.util // 10_000}, {board.uuid}"
            )
    found["excerpts/nounits.csv"] = "\n".join(lines) + "\n"

    lines = ["timestamp, uuid, pci.bus_id, utilization.gpu, power.draw"]
    for minute, first, second in run:
        time = START + timedelta(seconds=minute)
        lines.append(f"{smi_time(time, 3)}, {one.uuid}, {one.bus}, {first.util // 10_000} %, {watts(first.power)} W")
        if minute < 12:
            told = f"{two.uuid}, {two.bus}, {second.util // 10_000} %, {watts(second.power)} W"
        elif minute < 16:
            told = f"{two.uuid}, {two.bus}, [GPU is lost], [GPU is lost]"
        else:
            short = two.bus.removeprefix("0000")
            lines.append(
                f"Unable to determine the device handle for GPU{short}: "
                "GPU is lost.  Reboot the system to recover this GPU"
            )
            continue
        lines.append(f"{smi_time(time, 5)}, {told}")
    found["excerpts/lost-gpu.csv"] = "\n".join(lines) + "\n"

    board = h100[0]
    slices = (("3g.40gb", "2", 900_000), ("2g.20gb", "3", 500_000), ("1g.10gb", "9", 250_000))
    text, energy = "", 5_000_000_000
    for step in range(4):
        rows: dict[str, list[tuple[str, str]]] = {name: [] for name in HELP}
        energy += 402_000 * 30
        for profile, instance, active in slices:
            mig = f',GPU_I_PROFILE="{profile}",GPU_I_ID="{instance}"'
            label = labels(board, "gpu-mig-01", mig=mig)
            rows["DCGM_FI_DEV_POWER_USAGE"].append((label, "402.000000"))
            rows["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"].append((label, str(energy)))
            rows["DCGM_FI_PROF_GR_ENGINE_ACTIVE"].append((label, dotted(active, 6)))
        text += scrape(rows, START + timedelta(seconds=30 * step))
    found["excerpts/mig.prom"] = text

    text = ""
    for step, reading in zip(range(4), readings(board, dice), strict=False):
        told = gpu_lines(reading, energy + step * 30 * 600_000)
        del told["DCGM_FI_PROF_GR_ENGINE_ACTIVE"]
        label = labels(board, "gpu-h100-02").replace("Hostname", "hostname")
        text += scrape({n: [(label, told[n])] for n in HELP if n in told}, START + timedelta(seconds=30 * step))
    found["excerpts/no-profiling.prom"] = text

    text = ""
    for step, reading in zip(range(4), readings(board, dice), strict=False):
        told = gpu_lines(reading, energy + step * 30 * 600_000)
        if step == 2:  # an exporter before 2.1 prints what DCGM means by "no value"
            told["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"] = "9223372036854775794"
            told["DCGM_FI_DEV_POWER_USAGE"] = "140737488355328.000000"
            told["DCGM_FI_DEV_GPU_UTIL"] = "9223372036854775792"
        label = labels(board, "gpu-h100-03")
        text += scrape({n: [(label, told[n])] for n in HELP if n in told}, START + timedelta(seconds=30 * step))
    found["excerpts/blank-sentinels.prom"] = text
    return found


def inventory(boards: list[Board]) -> str:
    """The list of a fleet's GPUs."""
    return json.dumps([{"uuid": board.uuid, "serial": board.serial} for board in boards], indent=2) + "\n"


def packed(text: str) -> bytes:
    """gzip without a time or a name in it."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as file:
        file.write(text.encode())
    return out.getvalue()


def files() -> dict[str, bytes]:
    """Every file's name and bytes."""
    dice = Dice(SEED)
    h100, a100 = fleet(H100, "ttttiiii", dice), fleet(A100, "iitt", dice)
    made = {
        "h100-dcgm.prom.gz": packed("".join(h100_scrapes(h100, dice))),
        "a100-nvidia-smi.csv.gz": packed("".join(a100_rows(a100, dice))),
        "h100-inventory.json": inventory(h100).encode(),
        "a100-inventory.json": inventory(a100).encode(),
    }
    made.update({name: text.encode() for name, text in excerpts(h100, a100, dice).items()})
    return made


def content(name: str, data: bytes) -> bytes:
    """What a file says, unpacked."""
    return gzip.decompress(data) if name.endswith(".gz") else data


def main(arguments: list[str]) -> int:
    """Writes the files, or compares them."""
    different = []
    for name, data in files().items():
        path = HERE / name
        if "--check" in arguments:
            if not path.is_file() or content(name, path.read_bytes()) != content(name, data):
                different.append(name)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sys.stdout.write(f"{name}  {len(data):,} bytes\n")
    if different:
        sys.stdout.write(f"differ from what generate.py makes: {', '.join(different)}. Run it to write them again.\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
