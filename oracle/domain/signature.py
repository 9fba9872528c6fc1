"""ECDSA signatures of 64 bytes (EIP-2098: r, then s with the y parity in its top bit), always with a low s."""

from collections.abc import Mapping
from typing import Protocol

from eth_keys.datatypes import PrivateKey, Signature
from eth_keys.exceptions import BadSignature as _BadSignature
from eth_utils.exceptions import ValidationError as _ValidationError

from oracle.domain.errors import WellheadError

SIGNATURE_BYTES = 64
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HALF_ORDER = _ORDER // 2
_PARITY_BIT = 1 << 255


class SignatureError(WellheadError):
    """Not 64 bytes, a high or zero component, or no key that could have made it."""


class Signer(Protocol):
    """A key, wherever it is kept.

    It takes the message and not its hash, because that is what remote signers take: the EIP-712 encoding of a
    statement, the unsigned payload of a transaction.
    """

    @property
    def address(self) -> str:
        """Its checksummed address."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64-byte EIP-2098 signature of keccak256(`message`)."""
        ...


def compact(v: int, r: int, s: int) -> bytes:
    """The 64 bytes of (v, r, s), `v` as 0/1 or 27/28. Raises SignatureError on a high or zero component."""
    parity = v - 27 if v >= 27 else v
    if parity not in (0, 1) or not 0 < r < _ORDER or not 0 < s <= _HALF_ORDER:
        raise SignatureError("the signature has a high, zero or overlong component")
    return r.to_bytes(32, "big") + (parity << 255 | s).to_bytes(32, "big")


def sign(digest: bytes, private_key: bytes) -> bytes:
    """The deterministic (RFC 6979) signature of a 32-byte digest."""
    signature = PrivateKey(private_key).sign_msg_hash(digest)
    return compact(signature.v, signature.r, signature.s)


def recover(digest: bytes, signature: bytes) -> str:
    """The checksummed address that signed `digest`. Raises SignatureError when the 64 bytes are no valid signature."""
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureError(f"a signature has {SIGNATURE_BYTES} bytes, not {len(signature)}")
    r, vs = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    parity, s = vs >> 255, vs & (_PARITY_BIT - 1)
    compact(parity, r, s)  # the same bounds hold on the way in
    try:
        address = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest).to_checksum_address()
    except (_BadSignature, _ValidationError, ValueError) as error:
        raise SignatureError(f"no key can have made this signature: {error}") from None
    return str(address)


def pack_signatures(signatures: Mapping[int, bytes], quorum: int) -> bytes:
    """Exactly `quorum` records of 65 bytes, node index then signature, ascending: what MeterOracle.submit takes.

    When more have signed, those of the lowest indexes are taken. Raises SignatureError when fewer have, when an index
    does not fit a byte, or when a signature is not 64 bytes.
    """
    chosen = sorted(signatures.items())[:quorum]
    if len(chosen) < quorum:
        raise SignatureError(f"{len(chosen)} signatures of the {quorum} a report needs")
    for index, signature in chosen:
        if not 0 <= index < 256 or len(signature) != SIGNATURE_BYTES:
            raise SignatureError(f"node {index}'s signature has {len(signature)} bytes, or its index does not fit one")
    return b"".join(bytes([index]) + signature for index, signature in chosen)
