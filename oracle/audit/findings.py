"""Where the books and the evidence differ."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass

Leaf = int | str | bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` differs at `where`: `expected` is what the audit computed, `actual` what an event or the chain says."""

    what: str
    where: str
    expected: Leaf
    actual: Leaf


@dataclass(slots=True)
class Findings:
    """Every figure that was compared, and those that differ."""

    compared: int = 0
    differences: list[Difference] = field(default_factory=list)

    def equal(self, what: str, where: str, expected: Leaf, actual: Leaf) -> None:
        """Compares one figure."""
        self.compared += 1
        if expected != actual:
            self.differences.append(Difference(what, where, expected, actual))

    def at_least(self, what: str, where: str, least: int, actual: int) -> None:
        """Compares one figure with the least it may be."""
        self.compared += 1
        if actual < least:
            self.differences.append(Difference(what, where, f"at least {least}", actual))

    def same(self, where: str, expected: object, actual: object, what: str = "") -> None:
        """Compares two records field by field; `what` stands before the names of fields, else the record's own name."""
        pairs = dict(_leaves(what or type(expected).__name__, expected))
        said = dict(_leaves(what or type(actual).__name__, actual))
        for name in pairs | said:
            self.equal(name, where, pairs.get(name, "nothing"), said.get(name, "nothing"))

    def add(self, what: str, where: str, expected: Leaf, actual: Leaf) -> None:
        """Records a difference that is known to be one."""
        self.compared += 1
        self.differences.append(Difference(what, where, expected, actual))


def _leaves(name: str, value: object) -> Iterator[tuple[str, Leaf]]:
    """The single figures in a record, named by the path to them, as in `Distributed.fees[2]`."""
    if is_dataclass(value):
        for part in fields(value):
            yield from _leaves(f"{name}.{part.name}", getattr(value, part.name))
    elif isinstance(value, tuple):
        yield f"{name}.length", len(value)
        for place, item in enumerate(value):
            yield from _leaves(f"{name}[{place}]", item)
    elif isinstance(value, int | str | bytes):
        yield name, value
    else:
        raise TypeError(f"{name} is {value!r}, which no book holds")
