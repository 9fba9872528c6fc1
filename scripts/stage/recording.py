"""What an operator's site recorded, cut into pieces, and how it plays by the chain's clock."""

import bisect
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

CELL_TIME = "%Y/%m/%d %H:%M:%S"
UUID = re.compile(rb"GPU-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Recording:
    """Pieces that each became visible at a time (Unix seconds, ascending). `stamped` says that a piece begins with its
    time, as a row of a log does."""

    times: list[int]
    pieces: list[bytes]
    header: bytes = b""
    stamped: bool = False

    @property
    def lap_s(self) -> int:
        """From its beginning to where it begins again: its length and the interval between its last two times."""
        last = self.times[-1]
        before = self.times[bisect.bisect_left(self.times, last) - 1]
        return last - self.times[0] + last - before


def read_text(path: Path) -> bytes:
    """A recording's bytes, unpacked if need be."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def renamed(text: bytes, inventory: Path) -> bytes:
    """The recording as if its GPUs were those of an inventory (a JSON list of {"uuid"}), in the order both name them.

    Raises ValueError when it has more GPUs than the inventory.
    """
    recorded = list(dict.fromkeys(UUID.findall(text)))
    wanted = [gpu["uuid"].encode() for gpu in json.loads(inventory.read_text())]
    if len(recorded) > len(wanted):
        raise ValueError(f"{inventory} has {len(wanted)} GPUs and the recording {len(recorded)}")
    names = dict(zip(recorded, wanted, strict=False))
    return UUID.sub(lambda found: names[found[0]], text)


def scrapes(text: bytes, lie: bool) -> Recording:
    """Cuts a log of scrapes at their explicit timestamps, and takes these away: an exporter answers about now."""
    lines_at: dict[int, list[bytes]] = {}
    comments: list[bytes] = []
    for line in text.splitlines():
        if line.startswith(b"#") or not line.strip():
            if line not in comments:
                comments.append(line)
            continue
        sample, stamp = line.rsplit(b" ", 1)
        lines_at.setdefault(int(stamp) // 1000, []).append(sample)
    times = sorted(lines_at)
    if not lie:
        return Recording(times, [b"\n".join(comments + lines_at[at]) + b"\n" for at in times])
    # The same GPUs as in the first scrape, for ever well and busy.
    first = lines_at[times[0]]
    return Recording(
        times, [b"\n".join(comments + [_flatter(line, at - times[0]) for line in first]) + b"\n" for at in times]
    )


def _flatter(line: bytes, elapsed_s: int) -> bytes:
    series, _ = line.rsplit(b" ", 1)
    name = series.split(b"{", 1)[0]
    if name == b"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION":
        return series + b" %d" % (1_400_000 * elapsed_s)
    flattering = {
        b"DCGM_FI_PROF_GR_ENGINE_ACTIVE": b"1.0",
        b"DCGM_FI_DEV_GPU_UTIL": b"100",
        b"DCGM_FI_DEV_POWER_USAGE": b"1400.0",
    }
    return series + b" " + flattering[name] if name in flattering else line


def rows(text: bytes) -> Recording:
    """Cuts an nvidia-smi log whose first column is the timestamp (UTC) into rows that appear at their times. Raises
    ValueError for another log."""
    lines = text.splitlines(keepends=True)
    if lines[0].split(b",")[0].strip() != b"timestamp":
        raise ValueError("the log's first column is not its timestamp")
    pieces = [line for line in lines[1:] if line.strip()]
    return Recording([_row_time(line) for line in pieces], pieces, lines[0], stamped=True)


def _row_time(line: bytes) -> int:
    cell = line.split(b".", 1)[0].decode()
    return int(datetime.strptime(cell, CELL_TIME).replace(tzinfo=UTC).timestamp())


class Playback:
    """A recording as it plays by the chain's clock: `shift_s` seconds later than it was recorded, from `since` on
    (Unix seconds of the chain's clock; None: from its beginning), with nothing between the two moments of `silent`, and
    with `repeats` again and again.

    Safe to use from several threads.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        shift_s: int = 0,
        since: int | None = None,
        silent: tuple[int, int] | None = None,
        repeats: bool = False,
    ) -> None:
        self._recording = recording
        self._shift_s = shift_s
        self._repeats = repeats
        self._silent = range(*silent) if silent else range(0)
        self._since = recording.times[0] + shift_s if since is None else since
        self._next = bisect.bisect_left(recording.times, self._since - shift_s)
        self._written = bytearray(recording.header)
        self._lock = Lock()

    def last(self, now: int) -> tuple[int, bytes] | None:
        """The newest piece at `now`, with the time at which it played."""
        if now in self._silent:
            return None
        times = self._recording.times
        place = bisect.bisect_right(times, now - self._shift_s)
        laps = 0
        if self._repeats and place == len(times):
            laps = (now - self._shift_s - times[0]) // self._recording.lap_s
            place = bisect.bisect_right(times, now - self._shift_s - laps * self._recording.lap_s)
        if place == 0:
            return None
        played = times[place - 1] + self._shift_s + laps * self._recording.lap_s
        return (played, self._recording.pieces[place - 1]) if played >= self._since else None

    def until(self, now: int) -> bytes:
        """Everything that was written until `now`; what was written stays, also when the clock is set back."""
        with self._lock:
            while (piece := self._piece(self._next)) is not None and piece[0] <= now:
                self._written += b"" if piece[0] in self._silent else piece[1]
                self._next += 1
            return bytes(self._written)

    def _piece(self, number: int) -> tuple[int, bytes] | None:
        """Piece `number`, counted on over all laps, with the time it plays at."""
        laps, place = divmod(number, len(self._recording.pieces))
        if laps and not self._repeats:
            return None
        piece, moved = self._recording.pieces[place], self._shift_s + laps * self._recording.lap_s
        at = self._recording.times[place] + moved
        return at, _stamped(piece, at) if moved and self._recording.stamped else piece


def _stamped(row: bytes, moment: int) -> bytes:
    return datetime.fromtimestamp(moment, UTC).strftime(CELL_TIME).encode() + row[row.index(b".") :]


def load(telemetry: Path, *, lie: bool = False, inventory: Path | None = None) -> Recording:
    """The recording in a file: a log of scrapes, or by its name a CSV log. Raises ValueError."""
    text = read_text(telemetry)
    if inventory is not None:
        text = renamed(text, inventory)
    return rows(text) if ".csv" in telemetry.suffixes else scrapes(text, lie)


def uuids_of(inventory: Path) -> Sequence[str]:
    """The GPUs an inventory file names, in its order."""
    return [gpu["uuid"] for gpu in json.loads(inventory.read_text())]
