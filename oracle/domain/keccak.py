"""Keccak-256, and the few words of Solidity's ABI encoding that digests are made of."""

from collections.abc import Sequence

from sha3 import keccak_256  # type: ignore[import-untyped]

from oracle.domain.errors import WellheadError

WORD = 32
ZERO_WORD = bytes(WORD)


class EncodingError(WellheadError):
    """A value that does not fit the Solidity type it is to be encoded as."""


def keccak256(data: bytes) -> bytes:
    """Keccak-256 of `data`, 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


def uint(value: int) -> bytes:
    """One big-endian ABI word of an unsigned integer. Raises EncodingError for a negative or one beyond 256 bits."""
    try:
        return value.to_bytes(WORD, "big")
    except OverflowError:
        raise EncodingError(f"{value} is not a uint256") from None


def address_word(address: str) -> bytes:
    """One ABI word of a 0x-hex address. Raises EncodingError when it is not 20 bytes of hex."""
    try:
        raw = bytes.fromhex(address.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 20:
        raise EncodingError(f"{address!r} is not a 20-byte address")
    return raw.rjust(WORD, b"\0")


def bytes32(value: bytes) -> bytes:
    """`value` itself, checked to be 32 bytes. Raises EncodingError otherwise."""
    if len(value) != WORD:
        raise EncodingError(f"expected 32 bytes, got {len(value)}")
    return value


def array(words: Sequence[bytes]) -> bytes:
    """The ABI tail of a dynamic array of one-word elements: its length, then the words."""
    return uint(len(words)) + b"".join(words)
