"""Trying again at something that others must do their part in."""

from collections.abc import Callable

RETRY_S = (0.2, 5.0)
"""Real seconds between tries: first, and at most."""


class Backoff:
    """When to try again, in real time: soon at first, then more and more rarely."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._wait, self._next = RETRY_S[0], 0.0

    def ready(self) -> bool:
        """Whether it is time to try."""
        return self._timer() >= self._next

    def failed(self) -> None:
        """The try came to nothing."""
        self._next = self._timer() + self._wait
        self._wait = min(2 * self._wait, RETRY_S[1])

    def reset(self) -> None:
        """Something changed: try at once."""
        self._wait, self._next = RETRY_S[0], 0.0
