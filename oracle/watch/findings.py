"""What a watcher saw: one line each, for people and for logs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What came of it."""

    CLEAN = "clean"
    """A report was checked whole, and nothing is wrong with it."""
    PROVEN = "proven"
    """Evidence was sent, and the contract took it."""
    WOULD = "would"
    """Evidence was found, the contract would take it, and none was sent: a dry run."""
    REFUSED = "refused"
    """The contract refuses the evidence: somebody else was first, or it came too late. Not tried again."""
    UNSEEN = "unseen"
    """Something could not be looked at, since no node showed it or the chain could not be read. Tried again."""


GOOD = frozenset({Outcome.CLEAN})
"""Outcomes after which nobody need look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is the kind of evidence, or the thing looked at; `text` says it to people, `facts` to machines."""

    what: str
    epoch: int
    outcome: Outcome
    text: str
    facts: dict[str, int | str] = field(default_factory=dict)


Tell = Callable[[Finding], None]
"""Where findings are told as they are made."""
