"""What nodes sign: EIP-712 statements of domain "Wellhead MeterOracle", version "1", at (chain id, MeterOracle).

Report(bytes32 configDigest,uint64 epoch,uint64 baseEpoch,bytes32 baseRoot,bytes32 root,bytes32 setHash,uint32
leafCount) Observation(bytes32 configDigest,uint64 epoch,uint64 baseEpoch,bytes32 baseRoot,bytes32 blockHash,bytes32
root)
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.domain.keccak import WORD, EncodingError, address_word, array, bytes32, keccak256, uint

REPORT_TYPE = (
    "Report(bytes32 configDigest,uint64 epoch,uint64 baseEpoch,bytes32 baseRoot,"
    "bytes32 root,bytes32 setHash,uint32 leafCount)"
)
OBSERVATION_TYPE = (
    "Observation(bytes32 configDigest,uint64 epoch,uint64 baseEpoch,bytes32 baseRoot,bytes32 blockHash,bytes32 root)"
)
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
DOMAIN_NAME = "Wellhead MeterOracle"
DOMAIN_VERSION = "1"

_REPORT_TYPEHASH = keccak256(REPORT_TYPE.encode())
_OBSERVATION_TYPEHASH = keccak256(OBSERVATION_TYPE.encode())
_DOMAIN_PREFIX = keccak256(DOMAIN_TYPE.encode()) + keccak256(DOMAIN_NAME.encode()) + keccak256(DOMAIN_VERSION.encode())


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a statement holds: one chain and one MeterOracle (0x-hex address)."""

    chain_id: int
    contract: str

    def separator(self) -> bytes:
        """The EIP-712 domain separator, 32 bytes."""
        return keccak256(_DOMAIN_PREFIX + uint(self.chain_id) + address_word(self.contract))

    def encoded(self, struct_hash: bytes) -> bytes:
        """A struct's EIP-712 encoding, 66 bytes: 0x19 0x01, separator, struct hash. What is signed is its Keccak."""
        return b"\x19\x01" + self.separator() + struct_hash


@dataclass(frozen=True, slots=True)
class Report:
    """One statement of a quorum about every open meter at the end of `epoch`. Hashes are 32 bytes.

    Without a base report `base_epoch` is 0 and `base_root` zero. Raises EncodingError when a field does not fit its
    type.
    """

    config_digest: bytes
    epoch: int
    base_epoch: int
    base_root: bytes
    root: bytes
    set_hash: bytes
    leaf_count: int

    def __post_init__(self) -> None:
        _check_hashes(self.config_digest, self.base_root, self.root, self.set_hash)
        _check_epochs(self.epoch, self.base_epoch)
        if not 0 < self.leaf_count < 1 << 32:
            raise EncodingError(f"leaf count {self.leaf_count} is not in 1..2^32-1")

    def argument(self) -> tuple[bytes, int, int, bytes, bytes, int]:
        """The contract's Report. It has no base root: MeterOracle fills in the one that stands."""
        return (self.config_digest, self.epoch, self.base_epoch, self.root, self.set_hash, self.leaf_count)

    def struct_hash(self) -> bytes:
        """hashStruct of EIP-712, 32 bytes."""
        return keccak256(
            _REPORT_TYPEHASH
            + self.config_digest
            + uint(self.epoch)
            + uint(self.base_epoch)
            + self.base_root
            + self.root
            + self.set_hash
            + uint(self.leaf_count)
        )

    def encoded(self, domain: Domain) -> bytes:
        """The 66-byte EIP-712 encoding that a signer is given."""
        return domain.encoded(self.struct_hash())

    def digest(self, domain: Domain) -> bytes:
        """The 32 bytes a node signs: keccak256 of `encoded`."""
        return keccak256(self.encoded(domain))


@dataclass(frozen=True, slots=True)
class Observation:
    """One node's statement: the root over (meter id, increments) for (periodEnd(base_epoch), periodEnd(epoch)].

    Raises EncodingError when a field does not fit its type.
    """

    config_digest: bytes
    epoch: int
    base_epoch: int
    base_root: bytes
    block_hash: bytes
    root: bytes

    def __post_init__(self) -> None:
        _check_hashes(self.config_digest, self.base_root, self.block_hash, self.root)
        _check_epochs(self.epoch, self.base_epoch)

    def struct_hash(self) -> bytes:
        """hashStruct of EIP-712, 32 bytes."""
        return keccak256(
            _OBSERVATION_TYPEHASH
            + self.config_digest
            + uint(self.epoch)
            + uint(self.base_epoch)
            + self.base_root
            + self.block_hash
            + self.root
        )

    def encoded(self, domain: Domain) -> bytes:
        """The 66-byte EIP-712 encoding that a signer is given."""
        return domain.encoded(self.struct_hash())

    def digest(self, domain: Domain) -> bytes:
        """The 32 bytes a node signs: keccak256 of `encoded`."""
        return keccak256(self.encoded(domain))


def set_hash(block_hash: bytes, nodes: Sequence[int], roots: Sequence[bytes]) -> bytes:
    """keccak256(abi.encode(bytes32 blockHash, uint8[] nodes, bytes32[] roots)): which observations made a report.

    Raises EncodingError when the arrays differ in length or a value does not fit its type.
    """
    if len(nodes) != len(roots) or not all(0 <= node < 256 for node in nodes):
        raise EncodingError(f"{len(nodes)} nodes and {len(roots)} observation roots name no set")
    _check_hashes(block_hash, *roots)
    node_words = array([uint(node) for node in nodes])
    head = block_hash + uint(3 * WORD) + uint(3 * WORD + len(node_words))
    return keccak256(head + node_words + array(roots))


def config_digest(
    chain_id: int, oracle: str, cold_ids: Sequence[str], quorum: int, config_number: int, metrics_hash: bytes
) -> bytes:
    """What a report is bound to, and hot keys are not part of it:

    keccak256(abi.encode(uint256 chainId, address oracle, address[] cold, uint8 q, uint64 configNumber,
    bytes32 metricsHash)).
    Raises EncodingError when a value does not fit its type.
    """
    if not 0 < quorum < 256 or not 0 <= config_number < 1 << 64:
        raise EncodingError(f"quorum {quorum} or configuration number {config_number} does not fit its type")
    _check_hashes(metrics_hash)
    head = uint(chain_id) + address_word(oracle) + uint(6 * WORD) + uint(quorum) + uint(config_number) + metrics_hash
    return keccak256(head + array([address_word(cold) for cold in cold_ids]))


def _check_hashes(*hashes: bytes) -> None:
    for value in hashes:
        bytes32(value)


def _check_epochs(epoch: int, base_epoch: int) -> None:
    if not 0 <= base_epoch < epoch < 1 << 64:
        raise EncodingError(f"base epoch {base_epoch} < epoch {epoch} fails")
