"""What a log reader left out, counted and kept findable."""

from __future__ import annotations

from oracle.telemetry.sample import Oddity, showable


class Ignored:
    """Counts of rows left out by a reader, with the first of each kind. Filled while the log is read."""

    def __init__(self) -> None:
        self.malformed = 0
        self.first_malformed: Oddity | None = None
        self.lost_unnamed = 0
        self.first_lost_unnamed: Oddity | None = None
        self.cut_off = 0

    def malformed_row(self, line: int, reason: str) -> None:
        """A row that cannot be read at all."""
        self.malformed += 1
        self.first_malformed = self.first_malformed or Oddity(line, showable(reason, 160))

    def lost_row_without_name(self, line: int, text: str) -> None:
        """A row that says a GPU is lost and from which nobody can tell which."""
        self.lost_unnamed += 1
        self.first_lost_unnamed = self.first_lost_unnamed or Oddity(line, showable(text, 120))
