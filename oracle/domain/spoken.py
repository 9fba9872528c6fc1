"""What a log hears of troubles: that they begin and that they are over, and nothing while they last."""

from collections.abc import Callable
from threading import Lock


def say_nothing(_event: str, **_fields: object) -> None:
    """A log that keeps nothing."""


class Spoken:
    """Says of each trouble that it began and that it is over. Safe to share between threads; `log` takes (event,
    fields)."""

    def __init__(self, log: Callable[..., None]) -> None:
        self._log = log
        self._lock = Lock()
        self._lasting: dict[str, set[str]] = {}  # the kinds that were said, by trouble

    def say(self, trouble: str, event: str, kind: str = "", **fields: object) -> None:
        """Logs `event`, unless `trouble` lasts already and has been of this `kind` before."""
        # Logged under the lock: else a trouble could be said to be over before it is said to have begun.
        with self._lock:
            kinds = self._lasting.setdefault(trouble, set())
            if kind not in kinds:
                kinds.add(kind)
                self._log(event, **fields)

    def over(self, trouble: str, event: str, **fields: object) -> None:
        """Logs `event` if `trouble` lasted until now."""
        with self._lock:
            if self._lasting.pop(trouble, None) is not None:
                self._log(event, **fields)
