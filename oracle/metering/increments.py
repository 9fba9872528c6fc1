"""What one node's metering of one meter over one report span comes to, in plain integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEVEL_MASK: Final = 0b111
"""Bits 0-2 of flags: the trust level, 0 (operator's log) to 4 (attested device)."""
ENERGY_ESTIMATED: Final = 1 << 3
"""Some energy was integrated from power readings, not read from the board's counter."""
COUNTER_RESET: Final = 1 << 4
"""An energy counter was seen to fall."""
ACTIVITY_FALLBACK: Final = 1 << 5
"""Some utilised time rests on GPU_UTIL instead of the engine-active ratio."""
ENERGY_UNCOVERED: Final = 1 << 6
"""For some measured time nothing told the energy, so energyWh is short of it."""

FLAG_NAMES: Final = {
    ENERGY_ESTIMATED: "energy estimated from power",
    COUNTER_RESET: "energy counter reset",
    ACTIVITY_FALLBACK: "activity from GPU utilisation",
    ENERGY_UNCOVERED: "energy unknown for part",
}


def flag_names(flags: int) -> list[str]:
    """The set flags in words, lowest bit first; the trust level is not a flag."""
    return [name for bit, name in FLAG_NAMES.items() if flags & bit]


@dataclass(frozen=True, slots=True)
class Increments:
    """Growth of a meter's five counters over a report span, and the span's flags.

    measured, delivered, utilised, breached: unit-seconds. energy_wh: Wh. utilised <= delivered <= measured holds.
    """

    measured: int
    delivered: int
    utilised: int
    breached: int
    energy_wh: int
    flags: int

    def __post_init__(self) -> None:
        """Raises ValueError for what no meter can say: a negative counter, or one above what bounds it."""
        if not 0 <= self.utilised <= self.delivered <= self.measured or self.breached < 0 or self.energy_wh < 0:
            raise ValueError(f"impossible increments: {self}")
        if not 0 <= self.flags < 1 << 16:
            raise ValueError(f"flags do not fit in 16 bits: {self.flags}")
