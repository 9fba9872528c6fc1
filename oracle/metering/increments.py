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
WEAK_ACTIVITY: Final = 1 << 7
"""A GPU said to be busy hardly worked: one spinning kernel looks so."""
EMPTY_MEMORY: Final = 1 << 8
"""A GPU said to be active held next to nothing in its memory."""
UNLISTED_GPU: Final = 1 << 9
"""A GPU was seen that is not in the fleet's inventory."""
MACHINE_CHANGED: Final = 1 << 10
"""A driver was changed or a machine was started anew."""
TENANT_DISAGREES: Final = 1 << 11
"""The tenant's own agent saw something else."""
POWER_DISPUTED: Final = 1 << 12
"""The boards say they drew more energy than the machines that hold them."""

FLAG_NAMES: Final = {
    ENERGY_ESTIMATED: "energy estimated from power",
    COUNTER_RESET: "energy counter reset",
    ACTIVITY_FALLBACK: "activity from GPU utilisation",
    ENERGY_UNCOVERED: "energy unknown for part",
    WEAK_ACTIVITY: "busy without work",
    EMPTY_MEMORY: "active with empty memory",
    UNLISTED_GPU: "GPU outside the inventory",
    MACHINE_CHANGED: "driver or boot changed",
    TENANT_DISAGREES: "tenant's agent disagrees",
    POWER_DISPUTED: "boards above their machines' power",
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
