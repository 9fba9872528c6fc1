"""Readings: what a meter has counted since it began, or what one report's span adds to it, in one 256-bit word.

`measured48 | delivered48 | utilised48 | breached48 | energyWh48 | flags16`, measured in bits 255..208, flags in 15..0.
Unit-seconds, except energy: Wh. The counters only grow; the flags describe one report's span and nothing before it.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from oracle.domain.errors import WellheadError

COUNTER_BITS = 48
COUNTER_MAX = (1 << COUNTER_BITS) - 1
FLAGS_BITS = 16
FLAGS_MAX = (1 << FLAGS_BITS) - 1
LEVEL_MASK = 0b111


class ReadingError(WellheadError):
    """A counter that does not fit its 48 bits, flags beyond 16, or a word that is no reading."""


class ImplausibleReading(ReadingError):
    """Increments that no honest node can have seen: out of order, or more than the units could do in the time."""


class TrustLevel(IntEnum):
    """Bits 0-2 of the flags: how far the data can be trusted. Levels 0 and 1 trust the operator."""

    OPERATOR_LOG = 0
    OPERATOR_EXPORTER = 1
    TENANT_AGENT = 2
    PDU_CROSS_CHECK = 3
    ATTESTED_DEVICE = 4


class ReadingFlag(IntFlag):
    """Bits 3 and up of the flags: what a reader of this span's counters must know."""

    ENERGY_ESTIMATED = 1 << 3
    """Some energy was integrated from power samples instead of read from the energy counter."""
    COUNTER_RESET = 1 << 4
    """An energy counter fell: its energy was counted on from the reset."""
    ACTIVITY_FALLBACK = 1 << 5
    """Utilisation came from GPU_UTIL: the engine-active ratio was not there."""
    ENERGY_UNCOVERED = 1 << 6
    """For some measured time no energy is known at all; the Wh are too few, never invented."""
    WEAK_ACTIVITY = 1 << 7
    """A GPU said to be busy whose SMs, power or clocks say that it hardly works: one spinning kernel looks so."""
    EMPTY_MEMORY = 1 << 8
    """A GPU said to be active with next to nothing in its memory."""
    UNLISTED_GPU = 1 << 9
    """The fleet's telemetry told of a GPU that is not in its inventory. Fleet meters only."""
    MACHINE_CHANGED = 1 << 10
    """A driver was changed or a machine was started anew."""
    TENANT_DISAGREES = 1 << 11
    """The agent that the tenant runs inside the lease saw something else."""
    POWER_DISPUTED = 1 << 12
    """The boards say they drew more energy than the machines that hold them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Five counters (unit-seconds; Wh for energy) and 16 flag bits. Also used for the increments of one span.

    Raises ReadingError when a counter is negative or beyond 48 bits, or the flags are beyond 16.
    """

    measured: int = 0
    delivered: int = 0
    utilised: int = 0
    breached: int = 0
    energy_wh: int = 0
    flags: int = 0

    def __post_init__(self) -> None:
        counters = self.counters
        if min(counters) < 0 or max(counters) > COUNTER_MAX:
            name, value = next(odd for odd in zip(COUNTERS, counters, strict=True) if not 0 <= odd[1] <= COUNTER_MAX)
            raise ReadingError(f"{name} = {value} does not fit {COUNTER_BITS} bits")
        if not 0 <= self.flags <= FLAGS_MAX:
            raise ReadingError(f"flags = {self.flags} do not fit {FLAGS_BITS} bits")

    @property
    def counters(self) -> tuple[int, int, int, int, int]:
        """(measured, delivered, utilised, breached, energy_wh)."""
        return (self.measured, self.delivered, self.utilised, self.breached, self.energy_wh)

    @property
    def level(self) -> int:
        """The trust level, 0 to 7, of which 0 to 4 are defined."""
        return self.flags & LEVEL_MASK

    def pack(self) -> int:
        """The reading as one uint256."""
        high = self.measured << 96 | self.delivered << 48 | self.utilised
        return high << 112 | self.breached << 64 | self.energy_wh << 16 | self.flags

    @classmethod
    def unpack(cls, word: int) -> "Reading":
        """The reading in one uint256. Raises ReadingError when `word` is not one."""
        if not 0 <= word < 1 << 256:
            raise ReadingError(f"{word} is not a 256-bit word")
        return cls(
            word >> 208,
            word >> 160 & COUNTER_MAX,
            word >> 112 & COUNTER_MAX,
            word >> 64 & COUNTER_MAX,
            word >> 16 & COUNTER_MAX,
            word & FLAGS_MAX,
        )


COUNTERS = ("measured", "delivered", "utilised", "breached", "energy_wh")

ZERO = Reading()


def check_increments(increments: Reading, units: int, span_s: int, window_s: int | None = None) -> None:
    """Refuse increments over `span_s` seconds that `units` units cannot have made.

    utilised <= delivered <= measured <= units x span. A breach belongs to a whole SLA window, which may be longer than
    the span: breached <= units x `window_s`, the seconds since the window's opening (unchecked when None). Energy is
    clamped to physics where it is charged. Raises ImplausibleReading.
    """
    if not increments.utilised <= increments.delivered <= increments.measured:
        raise ImplausibleReading(
            f"utilised {increments.utilised} <= delivered {increments.delivered}"
            f" <= measured {increments.measured} fails"
        )
    if increments.measured > units * span_s:
        raise ImplausibleReading(f"measured {increments.measured} exceeds {units} units x {span_s} s")
    if window_s is not None and increments.breached > units * window_s:
        raise ImplausibleReading(f"breached {increments.breached} exceeds {units} units x window of {window_s} s")
