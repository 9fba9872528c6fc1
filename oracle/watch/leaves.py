"""Leaves as a node served them, honest or not: in any order, a meter as often as it is there."""

from oracle.domain.errors import WellheadError
from oracle.domain.keccak import WORD
from oracle.domain.merkle import MerkleTree
from oracle.domain.signed import LEAF_BYTES
from oracle.watch.evidence import ProvenLeaf


class BadLeaves(WellheadError):
    """Bytes that are no leaves, or leaves that do not make the root they should."""


class Leaves:
    """The tree over `packed` leaves (64 bytes each: meter id, word), which must make `root` (32 bytes).

    Raises BadLeaves otherwise. `what` names them in its message.
    """

    def __init__(self, packed: bytes, root: bytes, what: str) -> None:
        if not packed or len(packed) % LEAF_BYTES:
            raise BadLeaves(f"{what}: {len(packed)} bytes are no leaves of {LEAF_BYTES} bytes")
        encoded = [packed[at : at + LEAF_BYTES] for at in range(0, len(packed), LEAF_BYTES)]
        self._tree = MerkleTree(encoded, twins=True)
        if self._tree.root != root:
            raise BadLeaves(
                f"{what} make root 0x{self._tree.root.hex()}, not 0x{root.hex()}: the node is wrong or lies"
            )
        self._leaves = [(int.from_bytes(leaf[:WORD], "big"), int.from_bytes(leaf[WORD:], "big")) for leaf in encoded]
        self._places: dict[int, list[int]] = {}
        for place, (meter_id, _) in enumerate(self._leaves):
            self._places.setdefault(meter_id, []).append(place)

    @property
    def meters(self) -> tuple[int, ...]:
        """Every meter id there is, once."""
        return tuple(self._places)

    def words(self, meter_id: int) -> tuple[int, ...]:
        """The packed words of a meter: none, one, or what a liar gave it."""
        return tuple(self._leaves[place][1] for place in self._places.get(meter_id, ()))

    def prove(self, meter_id: int, which: int = 0) -> ProvenLeaf:
        """The meter's leaf number `which`, with its siblings. Raises IndexError or KeyError when it has none."""
        place = self._places[meter_id][which]
        return ProvenLeaf(meter_id, self._leaves[place][1], self._tree.proof(place))
