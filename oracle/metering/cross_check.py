"""Comparing what two instruments saw of one span: the operator's telemetry and the tenant's, boards and machines.

Pure integer rules; every node that has the same samples comes to the same verdict. docs/metering.md states the
tolerances.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from oracle.metering.gpu import GpuTotals
from oracle.metering.increments import POWER_DISPUTED, TENANT_DISAGREES
from oracle.telemetry.sample import PPM

COVERED_PERCENT: Final = 95
"""Of the time that the operator's telemetry measured, what the tenant's must have measured too to be compared."""
DELIVERED_PERCENT: Final = 2
ENERGY_PERCENT: Final = 2
ACTIVITY_PERCENT: Final = 5
"""Of delivered time: two that look at different moments see a changing activity differently."""
OVER_PERCENT: Final = 5
"""What boards may draw beyond their machines before it is disputed: the error of a power supply's own meter."""
LEAST_PART: Final = 10
"""Boards draw at least one part in this many of what their machines draw, or it is another machine's meter."""


class Verdict(Enum):
    """What a comparison came to."""

    UNKNOWN = 0
    """There was nothing to compare, or not enough of it."""
    AGREES = 1
    DISAGREES = 2


def tenant_verdict(operator: GpuTotals, tenant: GpuTotals, *, interval_ms: int, gpus: int, board_mw: int) -> Verdict:
    """Whether the tenant's agent saw what the operator's telemetry says, of the same GPUs in the same span.

    One sample interval per GPU is granted on top of each tolerance. A tenant who was silent for long is no witness.
    """
    if operator.measured_ms == 0 or 100 * tenant.measured_ms < COVERED_PERCENT * operator.measured_ms:
        return Verdict.UNKNOWN
    slack_ms = gpus * interval_ms
    alike = (
        _near(operator.delivered_ms, tenant.delivered_ms, DELIVERED_PERCENT * operator.delivered_ms, slack_ms)
        and _near(
            operator.utilised_ppm_ms,
            tenant.utilised_ppm_ms,
            ACTIVITY_PERCENT * operator.delivered_ms * PPM,
            slack_ms * PPM,
        )
        and (
            bool(operator.uncovered_ms or tenant.uncovered_ms)
            or _near(operator.energy_uj, tenant.energy_uj, ENERGY_PERCENT * operator.energy_uj, slack_ms * board_mw)
        )
    )
    return Verdict.AGREES if alike else Verdict.DISAGREES


def power_verdict(boards: GpuTotals, machines: Sequence[GpuTotals], *, span_ms: int) -> Verdict:
    """Whether the boards' energy fits what the machines that hold them drew in the same span.

    Judged only where each machine's power is known for all of the span. Boards above their machines are disputed beyond
    the meters' error; within it, or where the boards' own energy has holes, nothing is said.
    """
    if not machines or any(machine.measured_ms < span_ms or machine.uncovered_ms for machine in machines):
        return Verdict.UNKNOWN
    drawn = sum(machine.energy_uj for machine in machines)
    if 100 * boards.energy_uj > (100 + OVER_PERCENT) * drawn:
        return Verdict.DISAGREES
    whole = boards.measured_ms > 0 and boards.uncovered_ms == 0
    return Verdict.AGREES if whole and boards.energy_uj <= drawn <= LEAST_PART * boards.energy_uj else Verdict.UNKNOWN


def level_and_flags(level: int, tenant: Verdict, power: Verdict) -> int:
    """The trust level that a span's checks earn over the source's own `level`, and the flags of those that failed."""
    flags = TENANT_DISAGREES if tenant is Verdict.DISAGREES else 0
    flags |= POWER_DISPUTED if power is Verdict.DISAGREES else 0
    if not flags and power is Verdict.AGREES:
        level = max(level, 3)
    elif not flags and tenant is Verdict.AGREES:
        level = max(level, 2)
    return level | flags


def _near(a: int, b: int, hundredths: int, slack: int) -> bool:
    return 100 * abs(a - b) <= hundredths + 100 * slack
