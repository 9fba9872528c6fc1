"""What is asked of the outbox, on what terms it works, and how it says it does."""

from collections.abc import Mapping
from dataclasses import dataclass

from oracle.store.outbox import NEVER


@dataclass(frozen=True, slots=True)
class Intent:
    """A call to make once: `purpose` is its name. Two calls for one purpose are the same if their first `fixed` bytes
    are (None: all). From the chain's time `valid_until` on there is no use in it."""

    purpose: str
    to: str
    data: bytes
    valid_until: int = NEVER
    fixed: int | None = None


@dataclass(frozen=True, slots=True)
class OutboxTerms:
    """`confirmations` are the blocks that make a transaction count, its own included. It never pays more than
    `max_fee_wei` for one gas, and is replaced at a higher fee once it has waited for `replace_after_s` seconds."""

    confirmations: int = 12
    max_fee_wei: int = 300 * 10**9
    replace_after_s: int = 60


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """How the outbox does. `counts` are of events since the start, by name; `trouble` is what stands in the way now."""

    address: str
    balance_wei: int | None
    pending: int
    mined: int
    oldest_pending_s: int
    counts: Mapping[str, int]
    trouble: str
