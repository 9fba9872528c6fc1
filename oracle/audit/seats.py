"""The nodes' keys, rebuilt: which each named, which are in force, and who is a member of the present configuration."""

from dataclasses import dataclass, field

from oracle.audit.events import HotKeyRotated, NodeExpelled, NodeJoined, NodeKeys, NodeLeft
from oracle.audit.findings import Findings
from oracle.audit.fleets import NOBODY
from oracle.audit.history import Entry

KEY_LEAD = 2
"""A change of keys shows in the reports of this many epochs after the current one, and later."""


@dataclass(slots=True)
class Seats:
    """Built up event by event. `waiting` are keys that nodes joined with and are not configured in with yet."""

    findings: Findings
    members: list[str] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    keys: dict[str, NodeKeys] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def nodes(self) -> tuple[NodeKeys, ...]:
        """The members with their keys, in index order."""
        return tuple(self._of(cold) for cold in self.members)

    def configure(self, entry: Entry, colds: list[str]) -> tuple[NodeKeys, ...]:
        """Makes `colds` the members; keys that waited come into force, the others stay as they are."""
        for cold in colds:
            if (hot := self.waiting.pop(cold, None)) is not None:
                self.keys[cold] = NodeKeys(cold, hot, hot, 0)
            elif self._of(cold).hot == NOBODY:
                self.findings.add("NodeSetConfigured.nodes", entry.at(f"node {cold}"), "one that joined", "not joined")
        self.members = colds
        return self.nodes()

    def joined(self, entry: Entry, event: NodeJoined) -> None:
        """A node names its first key, or its first since it left or was expelled."""
        if event.cold in self.waiting or self._of(event.cold).hot != NOBODY:
            self.findings.add("NodeJoined", entry.at(f"node {event.cold}"), "not joined", "joined")
        self._take(entry, event.cold, event.hot)
        self.waiting[event.cold] = event.hot

    def left(self, entry: Entry, event: NodeLeft, current: int) -> None:
        """Its key ends two epochs ahead; one still on its way never comes into force."""
        node = self._of(event.cold)
        waited = self.waiting.pop(event.cold, None)
        if node.hot != NOBODY:
            on_its_way = node.hot_from > current
            previous = node.previous_hot if on_its_way else node.hot
            ends = node.hot_from if on_its_way else current + KEY_LEAD
            self.keys[event.cold] = NodeKeys(event.cold, NOBODY, previous, ends)
        elif waited is None:
            self.findings.add("NodeLeft", entry.at(f"node {event.cold}"), "joined", "not joined")
        ends = self.keys[event.cold].hot_from if node.hot != NOBODY else 0
        self.findings.same(entry.at(f"node {event.cold}"), NodeLeft(event.cold, ends), event)

    def expelled(self, event: NodeExpelled) -> None:
        """Every key of it is gone."""
        self.waiting.pop(event.cold, None)
        self.keys.pop(event.cold, None)

    def rotated(self, entry: Entry, event: HotKeyRotated, current: int) -> None:
        """A member's next key signs from two epochs ahead, the one before it until then."""
        where = entry.at(f"node {event.node}")
        if event.node >= len(self.members):
            self.findings.add("HotKeyRotated.node", where, f"below {len(self.members)}", event.node)
            return
        cold = self.members[event.node]
        self.findings.same(where, HotKeyRotated(cold, event.node, event.hot, current + KEY_LEAD), event)
        self._take(entry, cold, event.hot)
        self.keys[cold] = NodeKeys(cold, event.hot, self._of(cold).hot, current + KEY_LEAD)

    def _of(self, cold: str) -> NodeKeys:
        return self.keys.get(cold, NodeKeys(cold, NOBODY, NOBODY, 0))

    def _take(self, entry: Entry, cold: str, hot: str) -> None:
        """A key is one node's, and named once."""
        self.findings.equal("whose key it was before", entry.at(f"key {hot}"), NOBODY, self.owners.get(hot, NOBODY))
        self.owners[hot] = cold
