"""What a keeper did, was refused, or failed at: one line each, for people and for logs."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Facts = dict[str, int | str | list[int]]


class Outcome(StrEnum):
    """How an action ended."""

    DONE = "done"
    REFUSED = "refused"
    """By a contract, or because what a node said is not what the chain says: not tried again as it is."""
    WAITING = "waiting"
    """For cheaper gas: it is done later."""
    FAILED = "failed"
    """The chain or the nodes could not be reached: tried again."""


@dataclass(frozen=True, slots=True)
class Action:
    """`name` is the step; `text` is the sentence for people, `facts` the same for machines."""

    name: str
    outcome: Outcome
    text: str
    facts: Facts


Tell = Callable[[Action], None]
"""Where actions are told as they happen."""
