"""Transactions as bytes, held against another implementation."""

import pytest
import rlp as reference
from eth_account import Account
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from oracle.chain.transaction import Fees, Transaction, first_fees, hash_of, raised, read_transaction
from oracle.domain import rlp
from oracle.domain.keccak import EncodingError
from oracle.keys import KeySigner

KEY = keccak(text="key")
ADDRESS = str(Account.from_key(KEY).address)

items = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=6), max_leaves=30)


@given(items)
def test_rlp_is_what_everybody_writes(item: rlp.Item) -> None:
    encoded = rlp.encode(item)
    assert encoded == reference.encode(item)
    assert rlp.decode(encoded) == item


@given(st.binary(max_size=40))
def test_rlp_refuses_what_is_none(data: bytes) -> None:
    try:
        expected = reference.decode(data, strict=True)
    except reference.exceptions.DecodingError:
        return
    assert rlp.decode(data) == expected


@pytest.mark.parametrize("data", [b"", b"\x81", b"\x83ab", b"\xc2\x01", b"\x01\x02", b"\xb8", b"\xf8\xff"])
def test_rlp_that_ends_too_soon_or_goes_on_is_refused(data: bytes) -> None:
    with pytest.raises(EncodingError):
        rlp.decode(data)
    with pytest.raises(EncodingError):
        rlp.encode(-1)
    with pytest.raises(EncodingError):
        rlp.encode("text")


@given(
    nonce=st.integers(0, 1 << 40),
    fee=st.integers(1, 1 << 60),
    tip=st.integers(0, 1 << 40),
    gas=st.integers(21_000, 1 << 30),
    data=st.binary(max_size=300),
)
def test_a_signed_transaction_is_the_one_other_wallets_make(
    nonce: int, fee: int, tip: int, gas: int, data: bytes
) -> None:
    made = Transaction(31337, nonce, Fees(fee, tip), gas, ADDRESS, data)
    raw = made.signed(KeySigner(ADDRESS, KEY))
    expected = Account.sign_transaction(
        {
            "type": 2, "chainId": 31337, "nonce": nonce, "maxFeePerGas": fee, "maxPriorityFeePerGas": tip,
            "gas": gas, "to": ADDRESS, "value": 0, "data": data,
        },
        KEY,
    )  # fmt: skip
    assert raw == bytes(expected.raw_transaction)
    assert hash_of(raw) == bytes(expected.hash)
    assert read_transaction(raw) == made


@given(st.integers(1, 1 << 50), st.integers(0, 1 << 50), st.integers(0, 1 << 50), st.integers(0, 1 << 50))
def test_a_replacement_offers_an_eighth_more_of_both_and_never_more_than_the_cap(
    fee: int, tip: int, base_fee: int, now_tip: int
) -> None:
    cap = 1 << 51
    old = Fees(fee, min(fee, tip))
    new = raised(old, base_fee, now_tip, cap)
    assert new is not None
    assert new.max_fee * 8 >= old.max_fee * 9
    assert new.max_tip * 8 >= old.max_tip * 9
    assert new.max_tip > old.max_tip
    assert new.max_fee <= cap
    assert raised(old, base_fee, now_tip, fee) is None
    first = first_fees(base_fee, now_tip, cap)
    assert first.max_tip <= first.max_fee <= cap
