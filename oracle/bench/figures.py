"""What a measurement comes to, beside its floor."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `floor` is the most it may be, in `unit`; None where it only stands beside another.

    `measured` says what was and what was not in it.
    """

    name: str
    value: float
    unit: str
    floor: float | None
    measured: str

    @property
    def ratio(self) -> float | None:
        """Value over floor: up to 1 the floor is met."""
        return None if self.floor is None else self.value / self.floor


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one measurement, or why there are none."""

    figures: tuple[Figure, ...] = ()
    missing: str = ""
