"""A signer whose key is in memory, and what no two signers of a node may share."""

from oracle.domain.keccak import keccak256
from oracle.domain.signature import sign
from oracle.keys.errors import SameKey


class KeySigner:
    """Signs with a key held in memory. Its text form shows the address only."""

    __slots__ = ("_key", "address")

    def __init__(self, address: str, key: bytes) -> None:
        self.address = address
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """The 64-byte EIP-2098 signature of keccak256(`message`)."""
        return sign(keccak256(message), self._key)

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"


def refuse_same_key(signing: str, gas: str) -> None:
    """Raises SameKey when both addresses are one: the gas key is in daily use, the signing key is what gets slashed."""
    if signing.lower() == gas.lower():
        raise SameKey(f"{signing} is both signing key and gas key: make a second one with `wellhead keys new`")
