"""What a look at one thing came to."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a thing is. WARN does not stop a node; SKIP could not be looked at, because of another row that failed."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: what was looked at, how it is, what was seen, and, unless all is well, what to do about it."""

    check: str
    outcome: Outcome
    seen: str
    todo: str = ""


def passed(check: str, seen: str) -> Finding:
    """All is well."""
    return Finding(check, Outcome.PASS, seen)


def warned(check: str, seen: str, todo: str) -> Finding:
    """A node runs with it, but not as it should."""
    return Finding(check, Outcome.WARN, seen, todo)


def failed(check: str, seen: str, todo: str) -> Finding:
    """A node would not start, would sign nothing, or would report something wrong."""
    return Finding(check, Outcome.FAIL, seen, todo)


def skipped(check: str, row: str) -> Finding:
    """Not looked at: `row` is the one that has to pass first."""
    return Finding(check, Outcome.SKIP, f"not looked at: `{row}` first")
