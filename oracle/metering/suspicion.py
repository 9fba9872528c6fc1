"""When what a GPU says of itself does not go together: rules over single samples, in integers.

None of them proves anything, and none changes a counter: they raise flags for people to look at. docs/metering.md says
where each figure comes from.
"""

from __future__ import annotations

from typing import Final

from oracle.telemetry.sample import Sample

BUSY_PPM: Final = 900_000
"""An engine that is said to be busy: what a kernel that only spins shows too."""
WEAK_SM_PPM: Final = 100_000
"""SMs with work, mean: one spinning block keeps under 1 % of them, a small kernel a few."""
WEAK_TENSOR_PPM: Final = 10_000
WEAK_POWER_PERCENT: Final = 30
"""Of board power: loaded and idle is 17 to 25 %, work 40 % and more."""
WEAK_CLOCK_MHZ: Final = 600
"""Between the clocks at which data-centre GPUs idle (210 to 345 MHz) and those at which they work (1 GHz and up)."""
ACTIVE_PPM: Final = 100_000
EMPTY_MIB: Final = 64
"""A process with a CUDA context alone holds a few hundred MiB."""
SHARE: Final = 10
"""A GPU is flagged when one in this many of its delivered milliseconds is suspect."""
BOOT_SLACK_S: Final = 60
"""The moment of boot is reckoned from a clock that NTP may still move."""


def is_weak(sample: Sample, board_mw: int) -> bool:
    """Whether a busy engine hardly works. `board_mw` is the board's power, mW; 0 where it is not known.

    Low SM activity needs low power or clocks beside it where these are known; where it is unknown they decide.
    """
    if (sample.engine_active_ppm or 0) < BUSY_PPM:
        return False
    signs = []
    if sample.power_mw is not None and board_mw:
        signs.append(100 * sample.power_mw <= WEAK_POWER_PERCENT * board_mw)
    if sample.sm_clock_mhz is not None:
        signs.append(sample.sm_clock_mhz <= WEAK_CLOCK_MHZ)
    if sample.sm_active_ppm is None:
        return any(signs)
    idle = sample.sm_active_ppm <= WEAK_SM_PPM and (sample.tensor_active_ppm or 0) <= WEAK_TENSOR_PPM
    return idle and (any(signs) or not signs)


def is_empty(sample: Sample) -> bool:
    """Whether a GPU is said to be active with next to nothing in its memory."""
    return (
        sample.memory_used_mib is not None
        and sample.memory_used_mib <= EMPTY_MIB
        and (sample.engine_active_ppm or 0) >= ACTIVE_PPM
    )


def machine_changed(before: tuple[str | None, int | None], now: tuple[str | None, int | None]) -> bool:
    """Whether (driver, boot time) last known and known now are of two installations or two boots."""
    (driver, boot), (new_driver, new_boot) = before, now
    if driver is not None and new_driver is not None and driver != new_driver:
        return True
    return boot is not None and new_boot is not None and abs(boot - new_boot) > BOOT_SLACK_S
