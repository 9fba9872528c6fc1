"""The vocabulary of nvidia-smi's CSV: column names, units, words for "no value", and times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum
from typing import Final

from oracle.telemetry.exact import scaled

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_MS: Final = 946_684_800_000  # 2000-01-01: before it, a clock that was never set
_LATEST_MS: Final = 4_102_444_800_000  # 2100-01-01


class NoValue(Enum):
    """Why a cell holds no number."""

    UNKNOWN = "not available"
    ERROR = "the driver answered with an error"
    LOST = "the GPU is lost or needs a reset"


_LOST_WORDS: Final = ("gpu is lost", "requires reset", "fallen off the bus", "gpu access blocked")
_UNKNOWN_WORDS: Final = frozenset(
    {
        "",
        "-",
        "n/a",
        "not supported",
        "not available",
        "not found",
        "insufficient permissions",
        "no permission",
        "deprecated",
        "requested functionality has been deprecated",
    }
)
_MILLIWATTS: Final = {"": 3, "w": 3, "mw": 0, "kw": 6}
_UNIT = re.compile(r"\s*\[([^\]]*)\]\s*$")
_NUMBER = re.compile(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*([A-Za-z%]*)$")
_NVIDIA_TIME = re.compile(r"(\d{4})[/-](\d\d)[/-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?$")


def column_name(header_cell: str) -> tuple[str, str]:
    """A header cell as (name, unit): `power.draw [W]` is ("power.draw", "w"); the unit is "" when none stands there."""
    unit = _UNIT.search(header_cell)
    name = _UNIT.sub("", header_cell).strip().strip('"').strip().lower()
    return name, unit.group(1).strip().lower() if unit else ""


def no_value(cell: str) -> NoValue | None:
    """What a cell says instead of a number, or None when it may be one."""
    text = cell.strip().strip("[]").strip().lower()
    if any(words in text for words in _LOST_WORDS):
        return NoValue.LOST
    if text in _UNKNOWN_WORDS:
        return NoValue.UNKNOWN
    if "error" in text or text == "err!":
        return NoValue.ERROR
    return None


def milliwatts(cell: str, header_unit: str = "") -> int | None:
    """Power in mW from `35.12 W`, `35.12` or `35120 mW`; a unit in the cell beats the header's. None: unreadable."""
    found = _NUMBER.match(cell.strip())
    if not found:
        return None
    places = _MILLIWATTS.get(found.group(2).lower() or header_unit, -1)
    value = scaled(found.group(1), places) if places >= 0 else None
    return value if value is not None and value >= 0 else None


def whole(cell: str, unit: str, top: int) -> int | None:
    """A count from `345 MHz` or `345` (`unit` in lower case), cut to whole ones. None: unreadable, or above `top`."""
    found = _NUMBER.match(cell.strip())
    if not found or found.group(2).lower() not in ("", unit):
        return None
    value = scaled(found.group(1), 0)
    return value if value is not None and 0 <= value <= top else None


def percent_ppm(cell: str) -> int | None:
    """Activity in ppm from `45 %` or `45`, held to 0..1_000_000. None: unreadable."""
    found = _NUMBER.match(cell.strip())
    if not found or found.group(2) not in ("", "%"):
        return None
    value = scaled(found.group(1), 4)
    return None if value is None else max(0, min(value, 1_000_000))


def time_ms(cell: str, zone: tzinfo) -> int | None:
    """Unix ms from `2026/10/05 00:00:00.123` (local time of `zone`) or an ISO time with its own offset.

    None: unreadable, or outside 2000..2100. In the hour that a zone repeats in autumn the earlier reading is taken.
    """
    text = cell.strip().strip('"')
    found = _NVIDIA_TIME.match(text)
    try:
        if found:
            year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
            moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
            fraction = int(((found.group(7) or "") + "000")[:3])
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                return None
            fraction = moment.microsecond // 1000
    except ValueError:
        return None
    value = (moment - EPOCH) // timedelta(seconds=1) * 1000 + fraction
    return value if _EARLIEST_MS <= value <= _LATEST_MS else None
