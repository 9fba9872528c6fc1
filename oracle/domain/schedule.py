"""The oracle's fixed clock: which epoch a moment belongs to, when it may be reported, and who leads.

All times are Unix seconds. Epoch e is [genesis + e L, genesis + (e+1) L); epoch 0 is never reported.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """`length` is L; `delay` is D, how long after an epoch's end nodes wait for late telemetry."""

    genesis: int
    length: int
    delay: int

    def period_start(self, epoch: int) -> int:
        """The first second of `epoch`."""
        return self.genesis + epoch * self.length

    def period_end(self, epoch: int) -> int:
        """The second after `epoch`. Of epoch 0, the base of the first report: genesis + L, where every span begins."""
        return self.genesis + (epoch + 1) * self.length

    def reportable(self, now: int) -> int | None:
        """The one epoch that may be mined at `now`: in [periodEnd(e) + D, periodEnd(e+1) + D). None before epoch
        1's."""
        epoch = (now - self.delay - self.genesis) // self.length - 1
        return epoch if epoch >= 1 else None

    def opens(self, epoch: int) -> int:
        """When a report of `epoch` may first be mined, and when nodes observe it."""
        return self.period_end(epoch) + self.delay

    def closes(self, epoch: int) -> int:
        """When a report of `epoch` may no longer be mined."""
        return self.opens(epoch + 1)

    def attempt(self, epoch: int, now: int, attempt_s: int) -> int:
        """Which leader's turn it is, counted from 0 as the window opens. Negative before it does."""
        return (now - self.opens(epoch)) // attempt_s


def leader(epoch: int, attempt: int, nodes: int) -> int:
    """The index of the node that proposes: (epoch + attempt) mod n."""
    return (epoch + attempt) % nodes
