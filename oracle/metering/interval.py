"""Finding a log's sample interval from its first samples, when nobody says what it was."""

from __future__ import annotations

from collections.abc import Iterable

PROBE: int = 64
"""Samples per GPU that are looked at."""


def likely_interval_ms(times_ms: Iterable[int]) -> int | None:
    """The lower median of the positive steps between times in the order given, ms; None without any.

    The median, not the mean or the least: an outage among the first samples or two rows a breath apart must not
    decide how far apart readings may be.
    """
    steps: list[int] = []
    before: int | None = None
    for time in times_ms:
        if before is not None and time > before:
            steps.append(time - before)
        before = time
    steps.sort()
    return steps[(len(steps) - 1) // 2] if steps else None
