"""What time it is: by the machine's clock, held against the chain's head, or for simulated chains by the head alone."""

from collections.abc import Callable

from oracle.exchange.refusals import ClockOff

SIMULATED_CHAINS = (31337, 1337)
"""Ids of the chains that development tools run: only there may a chain's own time be gone by."""


class NodeClock:
    """`machine` gives Unix seconds, None where the chain's own time is all there is.

    While the newest head that was seen and the machine's clock are more than `max_skew_s` apart nothing may be signed:
    one of them is wrong, and a head that no longer moves shows in the same way. Safe to use from several threads.
    """

    def __init__(self, machine: Callable[[], float] | None, max_skew_s: int, head_time: int) -> None:
        self._machine = machine
        self._head_time = head_time
        self.max_skew_s = max_skew_s
        self.refused = 0

    @property
    def is_machines(self) -> bool:
        """Whether the machine's clock counts."""
        return self._machine is not None

    def saw(self, head_time: int) -> None:
        """Notes the time of the newest head."""
        self._head_time = head_time

    def now(self) -> int:
        """Unix seconds."""
        return self._head_time if self._machine is None else int(self._machine())

    @property
    def skew_s(self) -> int:
        """How far the machine's clock is ahead of the newest head, in seconds; 0 where there is only the head."""
        return self.now() - self._head_time

    def is_off(self) -> bool:
        """Whether nothing may be signed."""
        return abs(self.skew_s) > self.max_skew_s

    def check(self) -> None:
        """Raises ClockOff while nothing may be signed, and counts it."""
        if self.is_off():
            self.refused += 1
            raise ClockOff(self.told())

    def told(self) -> str:
        """The skew in words, with what to do."""
        skew = self.skew_s
        return (
            f"the machine's clock is {abs(skew)} s {'ahead of' if skew > 0 else 'behind'} the chain's newest block, "
            f"and {self.max_skew_s} s are allowed: set the clock, or see why the RPC's head does not move; "
            "nothing is signed until then"
        )
