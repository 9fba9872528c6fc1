"""Trees over stored readings, built once and kept: a proof then costs one look-up."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock

from oracle.api.errors import Busy, NotHeld
from oracle.api.leaves import PackedLeaves
from oracle.domain.merkle import MerkleTree
from oracle.domain.meters import MeterKind

MAX_LEAVES = 400_000
"""How many leaves the kept trees have together; one of 100,000 takes about 30 MB."""
MAX_WAITING = 4
"""How many requests may wait for a tree: they hold threads that the node's peers need too."""
MAX_FLEET_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProvenLeaves:
    """The readings of one report and the tree they make."""

    leaves: PackedLeaves
    tree: MerkleTree


class Trees:
    """Bounded caches over the readings of reports by their root. `read` gives stored leaves, None when not held.

    Safe to use from several threads; one tree is built at a time.
    """

    def __init__(self, read: Callable[[bytes], bytes | None], max_leaves: int = MAX_LEAVES) -> None:
        self._read = read
        self._max_leaves = max_leaves
        self._proven: OrderedDict[bytes, ProvenLeaves] = OrderedDict()
        self._fleets: OrderedDict[bytes, tuple[PackedLeaves, int]] = OrderedDict()
        self._building = Lock()
        self._waiting = BoundedSemaphore(MAX_WAITING)
        self._lock = Lock()
        self.built = 0

    def proven(self, root: bytes) -> ProvenLeaves:
        """The readings under `root`. Raises NotHeld, or Busy when others wait for theirs."""
        kept = self._kept(root)
        if kept is not None:
            return kept
        if not self._waiting.acquire(blocking=False):
            raise Busy("too many readings are being prepared at once: ask again in a few seconds")
        try:
            with self._building:
                return self._kept(root) or self._build(root)
        finally:
            self._waiting.release()

    def fleets(self, root: bytes) -> PackedLeaves | None:
        """The readings of fleets under `root`, which are few; None when they are not held."""
        with self._lock:
            kept = self._fleets.get(root)
            if kept is not None:
                self._fleets.move_to_end(root)
                return kept[0]
        packed = self._read(root)
        if packed is None:
            return None
        leaves = PackedLeaves(packed).of_kind(MeterKind.FLEET)
        with self._lock:
            self._fleets[root] = leaves, 64 * len(leaves) + 256
            while sum(size for _, size in self._fleets.values()) > MAX_FLEET_BYTES and len(self._fleets) > 1:
                self._fleets.popitem(last=False)
        return leaves

    def _kept(self, root: bytes) -> ProvenLeaves | None:
        with self._lock:
            kept = self._proven.get(root)
            if kept is not None:
                self._proven.move_to_end(root)
            return kept

    def _build(self, root: bytes) -> ProvenLeaves:
        packed = self._read(root)
        if packed is None:
            raise NotHeld(f"the readings under root 0x{root.hex()} are not held here: ask another node")
        leaves = PackedLeaves(packed)
        made = ProvenLeaves(leaves, MerkleTree(list(leaves)))
        if made.tree.root != root:
            raise NotHeld(f"the readings held for root 0x{root.hex()} do not make it: ask another node")
        self.built += 1
        with self._lock:
            self._proven[root] = made
            while sum(len(kept.leaves) for kept in self._proven.values()) > self._max_leaves and len(self._proven) > 1:
                self._proven.popitem(last=False)
        return made
