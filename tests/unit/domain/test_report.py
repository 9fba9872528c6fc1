"""Digests equal eth_account's and eth_abi's; signatures are 64 bytes, low-s, and packed as the contract takes them."""

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.domain.keccak import EncodingError
from oracle.domain.report import Domain, Observation, Report, config_digest, set_hash
from oracle.domain.signature import SignatureError, compact, pack_signatures, recover, sign

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
KEY = bytes.fromhex("4f" * 32)
ADDRESS = Account.from_key(KEY).address

hashes = st.binary(min_size=32, max_size=32)
addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
epochs = st.tuples(st.integers(0, 2**64 - 2), st.integers(0, 2**64 - 2)).map(lambda pair: (min(pair), max(pair) + 1))


def _typed(domain: Domain, name: str, fields: dict[str, tuple[str, Any]]) -> bytes:
    signable = encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                name: [{"name": field, "type": solidity} for field, (solidity, _) in fields.items()],
            },
            "primaryType": name,
            "domain": {
                "name": "Wellhead MeterOracle",
                "version": "1",
                "chainId": domain.chain_id,
                "verifyingContract": domain.contract,
            },
            "message": {field: value for field, (_, value) in fields.items()},
        }
    )
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


@given(st.integers(0, 2**256 - 1), addresses, hashes, epochs, hashes, hashes, hashes, st.integers(1, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_a_report_digest_equals_eth_accounts(
    chain_id: int,
    contract: str,
    config: bytes,
    span: tuple[int, int],
    base_root: bytes,
    root: bytes,
    sets: bytes,
    count: int,
) -> None:
    domain = Domain(chain_id, contract)
    base_epoch, epoch = span
    fields = {
        "configDigest": ("bytes32", config),
        "epoch": ("uint64", epoch),
        "baseEpoch": ("uint64", base_epoch),
        "baseRoot": ("bytes32", base_root),
        "root": ("bytes32", root),
        "setHash": ("bytes32", sets),
        "leafCount": ("uint32", count),
    }
    assert Report(config, epoch, base_epoch, base_root, root, sets, count).digest(domain) == _typed(
        domain, "Report", fields
    )


@given(addresses, hashes, epochs, hashes, hashes, hashes)
@settings(deadline=None, max_examples=50)
def test_an_observation_digest_equals_eth_accounts(
    contract: str, config: bytes, span: tuple[int, int], base_root: bytes, block_hash: bytes, root: bytes
) -> None:
    domain = Domain(31337, contract)
    base_epoch, epoch = span
    fields = {
        "configDigest": ("bytes32", config),
        "epoch": ("uint64", epoch),
        "baseEpoch": ("uint64", base_epoch),
        "baseRoot": ("bytes32", base_root),
        "blockHash": ("bytes32", block_hash),
        "root": ("bytes32", root),
    }
    observation = Observation(config, epoch, base_epoch, base_root, block_hash, root)
    assert observation.digest(domain) == _typed(domain, "Observation", fields)


@given(hashes, st.lists(st.tuples(st.integers(0, 255), hashes), max_size=31))
def test_a_set_hash_equals_solidity_abi_encoding(block_hash: bytes, pairs: list[tuple[int, bytes]]) -> None:
    nodes, roots = [node for node, _ in pairs], [root for _, root in pairs]
    assert set_hash(block_hash, nodes, roots) == keccak(
        encode(["bytes32", "uint8[]", "bytes32[]"], [block_hash, nodes, roots])
    )


@given(st.integers(0, 2**256 - 1), addresses, st.lists(addresses, max_size=31), st.integers(1, 255), hashes)
def test_a_config_digest_equals_solidity_abi_encoding(
    chain_id: int, oracle: str, cold: list[str], quorum: int, metrics: bytes
) -> None:
    types = ["uint256", "address", "address[]", "uint8", "uint64", "bytes32"]
    expected = keccak(encode(types, [chain_id, oracle, cold, quorum, 7, metrics]))
    assert config_digest(chain_id, oracle, cold, quorum, 7, metrics) == expected


def test_fields_that_do_not_fit_their_types_are_refused() -> None:
    good: dict[str, Any] = {
        "config_digest": bytes(32),
        "epoch": 5,
        "base_epoch": 4,
        "base_root": bytes(32),
        "root": bytes(32),
        "set_hash": bytes(32),
        "leaf_count": 1,
    }
    Report(**good)
    wrong: list[dict[str, Any]] = [
        {"root": b"x"},
        {"base_epoch": 5},
        {"epoch": 2**64},
        {"base_epoch": -1},
        {"leaf_count": 0},
    ]
    for change in [*wrong, {"leaf_count": 2**32}]:
        with pytest.raises(EncodingError):
            Report(**{**good, **change})
    with pytest.raises(EncodingError):
        set_hash(bytes(32), [1, 2], [bytes(32)])
    with pytest.raises(EncodingError):
        config_digest(1, "0x12", [], 5, 0, bytes(32))


def test_a_signature_recovers_to_its_signer_and_equals_eth_accounts() -> None:
    digest = keccak(b"report")
    signature = sign(digest, KEY)
    theirs = Account.unsafe_sign_hash(digest, KEY)
    assert len(signature) == 64
    assert signature == compact(theirs.v, theirs.r, theirs.s)
    assert recover(digest, signature) == ADDRESS
    assert recover(keccak(b"another"), signature) != ADDRESS


def test_high_s_zero_and_wrong_lengths_are_refused() -> None:
    digest = keccak(b"report")
    signature = sign(digest, KEY)
    r, vs = signature[:32], int.from_bytes(signature[32:], "big")
    high = ORDER - (vs & (1 << 255) - 1)
    forged = [
        r + (vs >> 255 << 255 | ORDER // 2 + 1).to_bytes(32, "big"),
        bytes(32) + signature[32:],
        r + bytes(32),
        r + (1 << 255).to_bytes(32, "big"),
        ORDER.to_bytes(32, "big") + signature[32:],
        bytes(64),
        signature[:63],
        signature + b"\x1b",
        b"",
        (5).to_bytes(32, "big") + signature[32:],  # no point of the curve has x = 5
    ]
    for bad in forged:
        with pytest.raises(SignatureError):
            recover(digest, bad)
    with pytest.raises(SignatureError):
        compact(27, int.from_bytes(r, "big"), high)


def test_signatures_are_packed_ascending_and_exactly_a_quorum() -> None:
    signatures = {index: bytes([index]) * 64 for index in (6, 2, 0, 5, 3, 1)}
    packed = pack_signatures(signatures, 5)
    assert len(packed) == 5 * 65
    assert [packed[at] for at in range(0, len(packed), 65)] == [0, 1, 2, 3, 5]
    assert packed[65:130] == b"\x01" * 65
    with pytest.raises(SignatureError, match="6 signatures of the 7"):
        pack_signatures(signatures, 7)
    with pytest.raises(SignatureError):
        pack_signatures({0: b"short"}, 1)
    with pytest.raises(SignatureError):
        pack_signatures({256: bytes(64)}, 1)
