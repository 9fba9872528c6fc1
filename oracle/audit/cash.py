"""The tokens' own record of what moved to and from our contracts, held against what our events say moved: the
settlement currencies', and of shares what is sold.

A movement is (currency, from, to, amount); the two records must agree transaction by transaction. Anybody can send us
tokens without asking, so a movement *to* us that no event explains is a gift: owed to nobody, and counted.
"""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from oracle.audit.events import Paid
from oracle.audit.findings import Findings
from oracle.audit.history import Entry

Purse = tuple[str, str]
"""(contract, currency)."""

Movement = tuple[str, str, str, int]
"""(currency, from, to, amount)."""


@dataclass(slots=True)
class Cash:
    """`ours` are the contracts that hold money."""

    ours: Set[str]
    balances: Counter[Purse] = field(default_factory=Counter)
    gifts: Counter[Purse] = field(default_factory=Counter)
    transfers: int = 0
    _said: dict[bytes, Counter[Movement]] = field(default_factory=dict)
    _moved: dict[bytes, Counter[Movement]] = field(default_factory=dict)
    _places: dict[bytes, str] = field(default_factory=dict)

    def say(self, entry: Entry, movement: Movement, payout: bool = False) -> None:
        """One of our events says that this moved. A `payout` to a contract of ours is credited to nobody there."""
        currency, _, to, amount = movement
        if amount:
            self._note(self._said, entry, movement)
        if payout and to in self.ours:
            self.gifts[to, currency] += amount

    def move(self, entry: Entry, event: Paid) -> None:
        """A currency recorded a movement."""
        currency = entry.contract
        self.transfers += 1
        self.balances[event.source, currency] -= event.amount
        self.balances[event.to, currency] += event.amount
        if event.amount:
            self._note(self._moved, entry, (currency, event.source, event.to, event.amount))

    def close(self, findings: Findings, owed: Mapping[Purse, int]) -> None:
        """Matches the two records, then each balance with what its contract owes (I1)."""
        for transaction in self._said | self._moved:
            said = self._said.get(transaction, Counter())
            moved = self._moved.get(transaction, Counter())
            where = self._places[transaction]
            findings.compared += (said & moved).total()
            for movement in (said - moved).elements():
                findings.add("an event without its transfer", where, _words(movement), "nothing moved")
            for movement in (moved - said).elements():
                self._unexplained(findings, where, movement)
        for (contract, currency), due in owed.items():
            self.balances[contract, currency] += 0  # a purse that never moved is asked for all the same
            held = self.balances[contract, currency] - self.gifts[contract, currency]
            findings.equal("I1: what transfers left, less gifts", f"{currency} in {contract}", due, held)

    def _unexplained(self, findings: Findings, where: str, movement: Movement) -> None:
        currency, source, to, amount = movement
        if source in self.ours:
            findings.add("a transfer without its event", where, "nothing moved", _words(movement))
        else:
            self.gifts[to, currency] += amount

    def _note(self, record: dict[bytes, Counter[Movement]], entry: Entry, movement: Movement) -> None:
        transaction = entry.log.transaction
        record.setdefault(transaction, Counter())[movement] += 1
        self._places.setdefault(transaction, f"transaction 0x{transaction.hex()}, block {entry.log.block}")


def _words(movement: Movement) -> str:
    currency, source, to, amount = movement
    return f"{amount} of {currency} from {source} to {to}"
