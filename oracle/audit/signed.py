"""What nodes signed, and how it makes a report: EIP-712, Merkle root, median. Pure; the audit's own arithmetic."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_abi.abi import encode
from eth_hash.auto import keccak
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from oracle.audit.charge import COUNTERS, counter

DOMAIN_TYPE = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
OBSERVATION_TYPE = (
    b"Observation(bytes32 configDigest,uint64 epoch,uint64 baseEpoch,bytes32 baseRoot,bytes32 blockHash,bytes32 root)"
)
LEVEL_BITS = 0b111
COUNTER_TOP = 2**48 - 1
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@dataclass(frozen=True, slots=True)
class Observation:
    """One node's statement; hashes are 32 bytes."""

    config_digest: bytes
    epoch: int
    base_epoch: int
    base_root: bytes
    block_hash: bytes
    root: bytes

    def digest(self, chain_id: int, oracle: str) -> bytes:
        """The 32 bytes that are signed, for one chain and one MeterOracle."""
        domain = keccak(
            encode(
                ["bytes32", "bytes32", "bytes32", "uint256", "address"],
                [keccak(DOMAIN_TYPE), keccak(b"Wellhead MeterOracle"), keccak(b"1"), chain_id, oracle],
            )
        )
        struct = keccak(
            encode(
                ["bytes32", "bytes32", "uint64", "uint64", "bytes32", "bytes32", "bytes32"],
                [
                    keccak(OBSERVATION_TYPE),
                    self.config_digest,
                    self.epoch,
                    self.base_epoch,
                    self.base_root,
                    self.block_hash,
                    self.root,
                ],
            )
        )
        return keccak(b"\x19\x01" + domain + struct)


def signer(digest: bytes, signature: bytes) -> str:
    """The checksummed address behind an EIP-2098 signature of 64 bytes, or why there is none."""
    r, vs = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    parity, s = vs >> 255, vs & (1 << 255) - 1
    if len(signature) != 64 or s > HALF_ORDER:
        return "a malformed signature"
    try:
        key = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError, ValueError):
        return "a signature of no key"
    return str(key.to_checksum_address())


def set_hash(block_hash: bytes, nodes: Sequence[int], roots: Sequence[bytes]) -> bytes:
    """keccak256(abi.encode(block hash, nodes, their observations' roots))."""
    return keccak(encode(["bytes32", "uint8[]", "bytes32[]"], [block_hash, nodes, roots]))


def merkle_root(leaves: Iterable[tuple[int, int]]) -> bytes:
    """The StandardMerkleTree root over (uint256, uint256) leaves, of which there is at least one.

    OpenZeppelin's tree is an array read from its end: the leaf hashes ascending, then the parent of each next two.
    """
    level = deque(sorted(keccak(keccak(encode(["uint256", "uint256"], leaf))) for leaf in leaves))
    while len(level) > 1:
        a, b = level.popleft(), level.popleft()
        level.append(keccak(min(a, b) + max(a, b)))
    return level[0]


def lower_median(values: Iterable[int]) -> int:
    """The middle value; of an even count, the lower of the two."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]


def reading(base: int, increments: Sequence[int], faulty: int) -> int:
    """A report's reading of one meter: the base reading plus, per counter, the lower median of the observed increments.

    The trust level is the lower median of theirs; any other flag needs more observations than may be `faulty`. The
    base's flags are of an older span and do not count. A counter stops at 2^48 - 1. All are packed words.
    """
    word = 0
    for name in COUNTERS:
        total = counter(base, name) + lower_median(counter(one, name) for one in increments)
        word = word << 48 | min(total, COUNTER_TOP)
    flags = lower_median(one & LEVEL_BITS for one in increments)
    for bit in (1 << place for place in range(3, 16)):
        if sum(1 for one in increments if one & bit) > faulty:
            flags |= bit
    return word << 16 | flags
