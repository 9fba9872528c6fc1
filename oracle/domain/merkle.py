"""StandardMerkleTree of `@openzeppelin/merkle-tree`, byte for byte.

A leaf hash is keccak256(keccak256(abi.encode(value))); leaf hashes are sorted and laid from the end of a complete
binary tree kept as an array (children of i at 2i+1 and 2i+2); a node is keccak256 of its two children in ascending
order.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oracle.domain.errors import WellheadError
from oracle.domain.keccak import WORD, bytes32, keccak256, uint
from oracle.domain.reading import Reading


class MerkleError(WellheadError):
    """A tree that cannot be built, or a leaf or proof that does not belong to it."""


class DuplicateLeaf(MerkleError):
    """One meter, or one GPU, twice under one root."""


def meter_leaf(meter_id: int, reading: Reading) -> bytes:
    """abi.encode(uint256 meterId, uint256 reading), 64 bytes."""
    return uint(meter_id) + uint(reading.pack())


def inventory_leaf(uuid: str) -> bytes:
    """abi.encode(string uuid)."""
    raw = uuid.encode()
    return uint(WORD) + uint(len(raw)) + raw + bytes(-len(raw) % WORD)


def leaf_hash(encoded: bytes) -> bytes:
    """keccak256(bytes.concat(keccak256(encoded))): twice, so that no inner node can pass for a leaf."""
    return keccak256(keccak256(encoded))


def _pair(a: bytes, b: bytes) -> bytes:
    return keccak256(a + b if a < b else b + a)


@dataclass(frozen=True, slots=True)
class MultiProof:
    """A proof of several leaves. `leaves` are the places of the leaves, in the order in which the verifier must be
    given them, within the sequence the tree was built from."""

    leaves: tuple[int, ...]
    proof: tuple[bytes, ...]
    flags: tuple[bool, ...]


class MerkleTree:
    """The tree over ABI-encoded leaves; a leaf is named by its place in the sequence the tree was built from.

    Raises DuplicateLeaf for a leaf given twice unless `twins` allows it, which only serves to show that somebody built
    such a tree. Raises MerkleError for no leaves.
    """

    def __init__(self, encoded: Sequence[bytes], twins: bool = False) -> None:
        count = len(encoded)
        if not count:
            raise MerkleError("a Merkle tree needs at least one leaf")
        hashes = [leaf_hash(leaf) for leaf in encoded]
        order = sorted(range(count), key=hashes.__getitem__)
        tree = [b""] * (2 * count - 1)
        self._place = [0] * count
        for rank, leaf in enumerate(order):
            place = 2 * count - 2 - rank
            if not twins and rank and tree[place + 1] == hashes[leaf]:
                raise DuplicateLeaf(f"leaf 0x{encoded[leaf].hex()} stands twice")
            tree[place] = hashes[leaf]
            self._place[leaf] = place
        for node in range(count - 2, -1, -1):
            tree[node] = _pair(tree[2 * node + 1], tree[2 * node + 2])
        self._tree = tree

    def __len__(self) -> int:
        return len(self._place)

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return self._tree[0]

    def proof(self, leaf: int) -> tuple[bytes, ...]:
        """The sibling hashes from leaf number `leaf` up to the root. Raises MerkleError when there is no such leaf."""
        node = self._node(leaf)
        path = []
        while node:
            path.append(self._tree[_sibling(node)])
            node = (node - 1) // 2
        return tuple(path)

    def multiproof(self, leaves: Iterable[int]) -> MultiProof:
        """A proof of several leaves, as OpenZeppelin's MerkleProof.multiProofVerify takes it.

        Raises MerkleError when a leaf does not exist or is asked for twice.
        """
        wanted = list(leaves)
        number = {self._node(leaf): leaf for leaf in wanted}
        if len(number) != len(wanted):
            raise MerkleError("a leaf is asked for twice in one multiproof")
        queue = deque(sorted(number, reverse=True))
        ordered = tuple(number[node] for node in queue)
        proof: list[bytes] = []
        flags: list[bool] = []
        while queue and queue[0]:
            node = queue.popleft()
            paired = bool(queue) and queue[0] == _sibling(node)
            flags.append(paired)
            if paired:
                queue.popleft()
            else:
                proof.append(self._tree[_sibling(node)])
            queue.append((node - 1) // 2)
        if not wanted:
            proof.append(self.root)
        return MultiProof(ordered, tuple(proof), tuple(flags))

    def _node(self, leaf: int) -> int:
        if not 0 <= leaf < len(self._place):
            raise MerkleError(f"no leaf {leaf} in a tree of {len(self._place)}")
        return self._place[leaf]


def _sibling(node: int) -> int:
    return node + 1 if node % 2 else node - 1


def root_of_proof(encoded: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that `proof` leads to from one ABI-encoded leaf. Raises EncodingError when a proof element is not 32
    bytes."""
    node = leaf_hash(encoded)
    for sibling in proof:
        node = _pair(node, bytes32(sibling))
    return node


def root_of_multiproof(encoded: Sequence[bytes], proof: Sequence[bytes], flags: Sequence[bool]) -> bytes:
    """The root that a multiproof leads to, its leaves in the proof's order. Raises MerkleError when it is malformed."""
    if len(encoded) + len(proof) != len(flags) + 1 or len(proof) < sum(1 for flag in flags if not flag):
        raise MerkleError(f"{len(encoded)} leaves, {len(proof)} hashes and {len(flags)} flags make no multiproof")
    queue = deque(leaf_hash(leaf) for leaf in encoded)
    siblings = deque(bytes32(node) for node in proof)
    for flag in flags:
        if len(queue) < 1 + flag:
            raise MerkleError("the multiproof runs out of leaves")
        first = queue.popleft()
        queue.append(_pair(first, queue.popleft() if flag else siblings.popleft()))
    if len(queue) + len(siblings) != 1:
        raise MerkleError("the multiproof leaves nodes unused")
    return queue.pop() if queue else siblings.pop()


def meter_tree(readings: Sequence[tuple[int, Reading]]) -> MerkleTree:
    """The tree over (meter id, reading) pairs. Raises DuplicateLeaf when a meter stands twice, with whatever
    reading."""
    seen: set[int] = set()
    for meter_id, _ in readings:
        if meter_id in seen:
            raise DuplicateLeaf(f"meter {meter_id:#x} stands twice")
        seen.add(meter_id)
    return MerkleTree([meter_leaf(meter_id, reading) for meter_id, reading in readings])


def packed_tree(packed: bytes) -> MerkleTree:
    """The tree over pairs as `pack_leaves` makes them, strictly ascending by meter id. Raises MerkleError where there
    is none."""
    return MerkleTree([packed[at : at + 2 * WORD] for at in range(0, len(packed), 2 * WORD)])


def inventory_tree(uuids: Sequence[str]) -> MerkleTree:
    """The tree over a fleet's GPU UUIDs. Raises DuplicateLeaf when a GPU stands twice, MerkleError when there is
    none."""
    return MerkleTree([inventory_leaf(uuid) for uuid in uuids])
