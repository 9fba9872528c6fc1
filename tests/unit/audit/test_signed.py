"""Signatures, roots and medians, against eth-account, the other Merkle tree, and by hand."""

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.audit.signed import Observation, lower_median, merkle_root, reading, set_hash, signer
from oracle.domain.median import agree
from oracle.domain.merkle import MerkleTree
from oracle.domain.reading import Reading

ORACLE = "0x" + "0a" * 20
SAID = Observation(b"\1" * 32, 7, 5, b"\2" * 32, b"\3" * 32, b"\4" * 32)
TYPED = {
    "domain": {"name": "Wellhead MeterOracle", "version": "1", "chainId": 31337, "verifyingContract": ORACLE},
    "primaryType": "Observation",
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ],
        "Observation": [
            {"name": "configDigest", "type": "bytes32"},
            {"name": "epoch", "type": "uint64"},
            {"name": "baseEpoch", "type": "uint64"},
            {"name": "baseRoot", "type": "bytes32"},
            {"name": "blockHash", "type": "bytes32"},
            {"name": "root", "type": "bytes32"},
        ],
    },
    "message": {
        "configDigest": SAID.config_digest,
        "epoch": 7,
        "baseEpoch": 5,
        "baseRoot": SAID.base_root,
        "blockHash": SAID.block_hash,
        "root": SAID.root,
    },
}


def test_a_signature_of_eth_account_is_recovered() -> None:
    account = Account.from_key(b"\7" * 32)
    signed = account.sign_message(encode_typed_data(full_message=TYPED))
    compact = signed.r.to_bytes(32, "big") + ((signed.v - 27) << 255 | signed.s).to_bytes(32, "big")
    assert signer(SAID.digest(31337, ORACLE), compact) == account.address
    assert signer(SAID.digest(1, ORACLE), compact) != account.address


@pytest.mark.parametrize("signature", [b"", bytes(64), b"\xff" * 64, b"\1" * 65, bytes(32) + b"\x7f" + b"\xff" * 31])
def test_what_is_no_signature_is_nobodys(signature: bytes) -> None:
    assert signer(bytes(32), signature).startswith("a ")


def leaf(meter: int, word: int) -> bytes:
    return keccak(keccak(encode(["uint256", "uint256"], [meter, word])))


def pair(a: bytes, b: bytes) -> bytes:
    return keccak(min(a, b) + max(a, b))


def test_roots_of_one_to_three_leaves_by_hand() -> None:
    leaves = [(1, 10), (2, 20), (3, 30)]
    a, b, c = sorted(leaf(*one) for one in leaves)
    assert merkle_root(leaves[:1]) == leaf(1, 10)
    assert merkle_root(leaves[:2]) == pair(leaf(1, 10), leaf(2, 20))
    assert merkle_root(leaves) == pair(c, pair(a, b))


@given(st.dictionaries(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1), min_size=1, max_size=40))
@settings(deadline=None, max_examples=50)
def test_roots_are_those_of_the_other_tree(leaves: dict[int, int]) -> None:
    words = [meter.to_bytes(32, "big") + word.to_bytes(32, "big") for meter, word in leaves.items()]
    assert merkle_root(leaves.items()) == MerkleTree(words).root


def test_the_set_hash_is_solidity_s() -> None:
    nodes, roots = [0, 2, 3], [b"\1" * 32, b"\2" * 32, b"\3" * 32]
    words = [b"\5" * 32, (96).to_bytes(32, "big"), (224).to_bytes(32, "big")]
    words += [n.to_bytes(32, "big") for n in (3, 0, 2, 3)] + [(3).to_bytes(32, "big"), *roots]
    assert set_hash(b"\5" * 32, nodes, roots) == keccak(b"".join(words))


def test_the_lower_median() -> None:
    assert [lower_median(values) for values in ([5], [9, 1, 5], [4, 1, 3, 2])] == [5, 5, 2]


def packed(measured: int, flags: int = 0) -> int:
    return measured << 208 | measured << 160 | flags


def test_a_reading_by_hand() -> None:
    """One of three lies; its flag does not count, a flag of two does, and the base's flags do not."""
    seen = [packed(10, 0b0000_1001), packed(12, 0b0000_1010), packed(999, 0b1_0000_0001)]
    assert reading(packed(100, 0b111000), seen, faulty=1) == packed(112, 0b0000_1001)


@given(
    st.lists(st.integers(0, 2**40) | st.integers(2**48 - 9, 2**48 - 1), min_size=30, max_size=30),
    st.lists(st.integers(0, 2**16 - 1), min_size=6, max_size=6),
)
@settings(deadline=None, max_examples=50)
def test_readings_are_those_of_the_nodes_also_where_48_bits_end(counters: list[int], flags: list[int]) -> None:
    base, *seen = (Reading(*counters[5 * one : 5 * one + 5], flags[one]) for one in range(6))
    assert reading(base.pack(), [one.pack() for one in seen], faulty=2) == agree(base, seen).pack()


def test_a_counter_stops_at_48_bits() -> None:
    assert reading(packed(2**48 - 5), [packed(3), packed(9), packed(9)], faulty=1) == packed(2**48 - 1)
