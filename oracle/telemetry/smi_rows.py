"""The rows of `nvidia-smi --query-gpu=... --format=csv` as samples, block by block.

Takes what such rows really look like: units in the header or in the cells, any column order, several GPUs, headers
repeated by appended runs, `[N/A]`, lost GPUs, CRLF, blank and broken lines. A row that cannot be read is counted in
`ignored`, never guessed at.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import TypeVar

from oracle.telemetry.errors import (
    EmptyLog,
    HeaderOnly,
    MissingColumns,
    MissingHeader,
    MostlyMalformed,
    TimestampUnreadable,
    TooManyGpus,
)
from oracle.telemetry.ignored import Ignored
from oracle.telemetry.sample import TOP_CLOCK_MHZ, TOP_MEMORY_MIB, TOP_POWER_MW, GpuInfo, Sample, showable
from oracle.telemetry.smi_cells import NoValue, column_name, milliwatts, no_value, percent_ppm, time_ms, whole
from oracle.telemetry.smi_columns import RECORD_WITH, Columns, is_header, read_header

MAX_GPUS = 20_000

_UUID = re.compile(r"(?:GPU|MIG)-[0-9A-Za-z][0-9A-Za-z/-]{7,79}$")
_BUS_IN_TEXT = re.compile(r"([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7])")
_KEYS = {"": _UUID, "pci:": re.compile(rf"{_BUS_IN_TEXT.pattern}$"), "index:": re.compile(r"\d{1,4}$", re.ASCII)}
_RECORDER_NOTE = re.compile(r"#\s*wellhead-record\s+(\S+)")
_CACHE_LIMIT = 1 << 17
_T = TypeVar("_T", int, str)


class SmiRows:
    """Reads blocks of whole lines, in order, and keeps between them what header and names it has seen.

    For a log that is still being written, give it each new piece; for a file, NvidiaSmiLog does that. `name` stands in
    messages. `zone` is the time zone of the machine that wrote the log: nvidia-smi prints local time without one. With
    `require_uuid=False` GPUs named by bus id or index are read too, and `keyed_by_uuid` says so.
    """

    def __init__(self, name: str, *, zone: tzinfo = UTC, require_uuid: bool = True) -> None:
        self.name = name
        self.ignored = Ignored()
        self.gpus: dict[str, GpuInfo] = {}
        self.keyed_by_uuid = True
        self._zone = zone
        self._require_uuid = require_uuid
        self._columns: Columns | None = None
        self._line = 0
        self._seen_text = False
        self._readable = 0
        self._last_ms: int | None = None
        # Cells repeat: each is parsed once and then looked up. Only cells that need no further thought get in.
        self._keys: dict[str, str] = {}
        self._powers: dict[str, int | None] = {}
        self._activities: dict[str, int | None] = {}
        self._memories: dict[str, int | None] = {}
        self._clocks: dict[str, int | None] = {}
        self._drivers: dict[str, str | None] = {}
        self._minutes: dict[str, int] = {}
        self._seconds: dict[str, int] = {}
        self._by_bus: dict[str, str] = {}
        self._by_index: dict[str, str] = {}

    def read(self, block: Sequence[str]) -> Iterator[Sample]:
        """The samples of the next lines, which come without their line ends.

        Raises MissingHeader, MissingColumns, UuidRequired, TooManyGpus as soon as it is sure of them.
        """
        yield from self._block(block)
        self._line += len(block)
        self._seen_text = self._seen_text or any(line.strip("\0 \r\t") for line in block)
        self._trim_caches()

    def cut_off(self, rest: str) -> None:
        """Counts a last line that was cut off while being written; nothing in it is believed."""
        if rest.strip("\0 \r\t"):
            self.ignored.cut_off += 1
            self._seen_text = True

    def _block(self, block: Sequence[str]) -> Iterator[Sample]:
        start = self._line
        position = 0
        while position < len(block):
            columns = self._columns
            if columns is None or not columns.plain:
                sample = self._row(start + position + 1, block[position])
                position += 1
                if sample is not None:
                    yield sample
                continue
            keys, powers, activities = self._keys, self._powers, self._activities
            minutes, seconds = self._minutes, self._seconds
            memories, clocks, drivers = self._memories, self._clocks, self._drivers
            width, i_time, i_key, i_power = columns.width, columns.time, columns.key, columns.powers[0]
            i_activity, i_memory, i_clock, i_driver = columns.activity, columns.memory, columns.clock, columns.driver
            readable = 0
            for line in block[position:] if position else block:
                position += 1
                cells = line.split(",")
                if len(cells) == width:
                    stamp = cells[i_time]
                    try:
                        active = activities[cells[i_activity]] if i_activity >= 0 else None
                        now = minutes[stamp[:-6]] + seconds[stamp[-6:]]
                        yield Sample(
                            keys[cells[i_key]],
                            now,
                            active,
                            active is not None,
                            powers[cells[i_power]],
                            None,
                            True,
                            None,
                            None,
                            memories[cells[i_memory]] if i_memory >= 0 else None,
                            clocks[cells[i_clock]] if i_clock >= 0 else None,
                            drivers[cells[i_driver]] if i_driver >= 0 else None,
                        )
                    except KeyError:
                        pass
                    else:
                        self._last_ms = now
                        readable += 1
                        continue
                sample = self._row(start + position, line)
                if sample is not None:
                    yield sample
                if self._columns is not columns:
                    break  # another header: the positions above no longer hold
            self._readable += readable

    def _row(self, number: int, line: str) -> Sample | None:
        """One line with care: header, data, message, comment or rubbish."""
        text = line.strip("\0 \r\t")
        if not text:
            return None
        if text.startswith("#"):
            self._comment(text)
            return None
        # Split as it stands, blanks and CR included: what the slow path caches, the fast path must find again.
        cells = _split(line)
        if cells is None:
            self.ignored.malformed_row(number, "is not CSV")
        elif ("timestamp" in text.lower() or "power" in text.lower()) and is_header(cells):
            self._read_header(cells)
        elif len(cells) < 3 and no_value(text) in (NoValue.LOST, NoValue.ERROR):
            return self._lost_message(number, text)
        elif self._columns is None:
            self._refuse_headless(number, text, cells)
        elif len(cells) != self._columns.width:
            reason = f"has {len(cells)} cells where the header has {self._columns.width}"
            self.ignored.malformed_row(number, reason)
        else:
            return self._data(number, cells, self._columns)
        return None

    def _data(self, number: int, cells: list[str], columns: Columns) -> Sample | None:
        now = self._read_time(cells[columns.time])
        if now is None:
            self.ignored.malformed_row(number, f"has the unreadable time {cells[columns.time].strip()[:40]!r}")
            return None
        lost = any(no_value(cell) is NoValue.LOST for cell in cells)
        gpu = self._read_key(cells, columns, lost)
        if gpu is None:
            if lost:
                self.ignored.lost_row_without_name(number, ",".join(cells))
            else:
                self.ignored.malformed_row(number, f"has no GPU id but {cells[columns.key].strip()[:40]!r}")
            return None
        active, activity_trouble = self._read_activity(cells, columns)
        power, power_trouble = self._read_power(cells, columns)
        if active == -1 or power == -1:
            bad = cells[columns.activity] if active == -1 else cells[columns.powers[0]]
            self.ignored.malformed_row(number, f"has the unreadable number {bad.strip()[:40]!r}")
            return None
        recovery = cells[columns.recovery].strip().lower() if columns.recovery >= 0 else "none"
        needs_recovery = recovery != "none" and no_value(recovery) is None
        # Every reading an error, not merely unsupported: the driver cannot reach the GPU, whatever it calls that.
        silent = power_trouble and (columns.activity < 0 or activity_trouble)
        self._last_ms = now
        self._readable += 1
        return Sample(
            gpu,
            now,
            active,
            active is not None,
            power,
            None,
            not (lost or silent or needs_recovery),
            memory_used_mib=_looked_up(self._memories, cells, columns.memory, _mebibytes),
            sm_clock_mhz=_looked_up(self._clocks, cells, columns.clock, _megahertz),
            driver=_looked_up(self._drivers, cells, columns.driver, _driver),
        )

    def _read_time(self, cell: str) -> int | None:
        value = time_ms(cell, self._zone)
        # `YYYY/MM/DD HH:MM:` and `SS.mmm` are looked up apart: the first is rare to change, the second has few values.
        if value is not None and len(cell.strip()) == 23 and cell[-4] == ".":
            in_minute = int(cell[-6:-4]) * 1000 + int(cell[-3:])
            self._minutes[cell[:-6]] = value - in_minute
            self._seconds[cell[-6:]] = in_minute
        return value

    def _read_key(self, cells: list[str], columns: Columns, lost: bool) -> str | None:
        raw = cells[columns.key]
        known = self._keys.get(raw)
        bus = cells[columns.bus].strip().lower() if columns.bus >= 0 else ""
        index = cells[columns.index].strip() if columns.index >= 0 else ""
        if known is not None:
            return known
        value = raw.strip().strip('"')
        if no_value(value) is not None:
            named = self._by_bus.get(_bus_key(bus)) or self._by_index.get(index)
            return named or (next(iter(self.gpus)) if lost and len(self.gpus) == 1 else None)
        if not _KEYS[columns.key_prefix].match(value):
            return None
        gpu = columns.key_prefix + (value if columns.key_prefix != "pci:" else value.lower())
        if gpu not in self.gpus and len(self.gpus) >= MAX_GPUS:
            raise TooManyGpus(f"{self.name}: names more than {MAX_GPUS} GPUs. Split the log by machine.")
        model = cells[columns.name].strip().strip('"') if columns.name >= 0 else ""
        if gpu not in self.gpus:
            self.gpus[gpu] = GpuInfo(gpu, model=showable(model, 80), index=showable(index, 8))
        self._keys[raw] = gpu
        if bus and no_value(bus) is None:
            self._by_bus[_bus_key(bus)] = gpu
        if index and no_value(index) is None:
            self._by_index[index] = gpu
        return gpu

    def _read_activity(self, cells: list[str], columns: Columns) -> tuple[int | None, bool]:
        """(ppm or None or -1 for rubbish, whether the driver answered with an error)."""
        if columns.activity < 0:
            return None, False
        raw = cells[columns.activity]
        reason = no_value(raw)
        value = percent_ppm(raw) if reason is None else None
        if reason is None and value is None:
            return -1, False
        if reason in (None, NoValue.UNKNOWN):
            self._activities[raw] = value
        return value, reason in (NoValue.ERROR, NoValue.LOST)

    def _read_power(self, cells: list[str], columns: Columns) -> tuple[int | None, bool]:
        """(mW or None or -1 for rubbish, whether the driver answered with an error); the first readable column."""
        trouble = False
        for position, unit in zip(columns.powers, columns.power_units, strict=True):
            raw = cells[position]
            reason = no_value(raw)
            if reason is None:
                value = milliwatts(raw, unit)
                if value is None:
                    return -1, False
                if value <= TOP_POWER_MW:
                    self._powers[raw] = value
                    return value, False
                reason = NoValue.UNKNOWN
            trouble = trouble or reason is not NoValue.UNKNOWN
            if reason is NoValue.UNKNOWN:
                self._powers[raw] = None
        return None, trouble

    def _lost_message(self, number: int, text: str) -> Sample | None:
        """`Unable to determine the device handle for GPU0000:1B:00.0: GPU is lost.  Reboot the system ...`

        Such a line has no time and no UUID. It counts for the GPU with that bus id, at the time last seen in the log.
        """
        bus = _BUS_IN_TEXT.search(text)
        gpu = self._by_bus.get(_bus_key(bus.group(1))) if bus else None
        if gpu is None or self._last_ms is None:
            self.ignored.lost_row_without_name(number, text)
            return None
        return Sample(gpu, self._last_ms, None, False, None, None, False)

    def _comment(self, text: str) -> None:
        """Our recorder leaves the time of a failed run in a comment, so that what nvidia-smi said then has one."""
        note = _RECORDER_NOTE.match(text)
        moment = time_ms(note.group(1).replace("Z", "+00:00"), UTC) if note else None
        if moment is not None:
            self._last_ms = moment

    def _read_header(self, cells: list[str]) -> None:
        columns = read_header(cells, where=f"{self.name}, header", require_uuid=self._require_uuid)
        self.keyed_by_uuid = self.keyed_by_uuid and not columns.key_prefix
        if columns == self._columns:
            return
        self._columns = columns
        for cache in (self._keys, self._powers, self._activities, self._memories, self._clocks, self._drivers):
            cache.clear()

    def _refuse_headless(self, number: int, text: str, cells: list[str]) -> None:
        if any(_UUID.match(cell.strip()) for cell in cells) or any(time_ms(cell, UTC) is not None for cell in cells):
            raise MissingHeader(
                f"{self.name}, line {number}: data without a header: the log was recorded with `noheader`. "
                f"Record with the header, or put it on top: {RECORD_WITH}"
            )
        if len(cells) >= 2 and self._readable == 0 and number < 50:
            names = ", ".join(column_name(cell)[0][:30] for cell in cells[:8])
            raise MissingColumns(
                f"{self.name}, line {number}: a header without a timestamp column (found: {names}). "
                f"Record again with: {RECORD_WITH}"
            )
        self.ignored.malformed_row(number, f"is not a header: {text[:60]!r}")

    def judge(self) -> None:
        """At the end of a log: raises EmptyLog, TimestampUnreadable, MissingHeader, HeaderOnly or MostlyMalformed."""
        path, bad = self.name, self.ignored.first_malformed
        if not self._seen_text:
            raise EmptyLog(f"{path}: is empty. Record with `wellhead record {path}`.")
        if self._readable == 0 and bad is not None and "unreadable time" in bad.reason:
            raise TimestampUnreadable(
                f"{path}, line {bad.line}: {bad.reason}. "
                "A time looks like 2026/10/05 00:00:00.123, or is ISO with an offset."
            )
        if self._columns is None:
            raise MissingHeader(f"{path}: has no header line. Record with: {RECORD_WITH}")
        if self._readable == 0 and self.ignored.malformed == 0:
            raise HeaderOnly(f"{path}: has a header and no reading after it. Let the recording run longer.")
        if self.ignored.malformed > self._readable:
            first = f"line {bad.line} {bad.reason}" if bad else ""
            raise MostlyMalformed(
                f"{path}: {self.ignored.malformed} rows are unreadable and {self._readable} are not; first: {first}. "
                "Check that the file is an nvidia-smi CSV log and whole."
            )

    def _trim_caches(self) -> None:
        cells = (self._keys, self._powers, self._activities, self._memories, self._clocks, self._drivers)
        for cache in (*cells, self._minutes, self._seconds):
            if len(cache) > _CACHE_LIMIT:
                cache.clear()


def _looked_up(
    known: dict[str, _T | None], cells: list[str], place: int, read: Callable[[str], _T | None]
) -> _T | None:
    """A cell that is nice to have: unreadable, it is unknown, and its row no worse for it."""
    if place < 0:
        return None
    cell = cells[place]
    value = known[cell] = read(cell) if no_value(cell) is None else None
    return value


def _mebibytes(cell: str) -> int | None:
    return whole(cell, "mib", TOP_MEMORY_MIB)


def _megahertz(cell: str) -> int | None:
    return whole(cell, "mhz", TOP_CLOCK_MHZ)


def _driver(cell: str) -> str | None:
    return showable(cell.strip().strip('"'), 40) or None


def _split(line: str) -> list[str] | None:
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line]), None)
    except csv.Error:
        return None


def _bus_key(bus: str) -> str:
    """PCI domain written with 4 or 8 digits is the same bus: `0000:1b:00.0` and `00000000:1B:00.0`."""
    domain, _, rest = bus.strip().lower().partition(":")
    return f"{domain.lstrip('0') or '0'}:{rest}"
