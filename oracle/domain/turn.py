"""What nodes sign to each other beside observations and reports; EIP-712, in the domain of `oracle.domain.report`.

Proposal(bytes32 report,uint64 attempt)
Request(address from,address to,uint64 time,bytes32 nonce,string method,string target,bytes32 body)
"""

from dataclasses import dataclass

from oracle.domain.keccak import EncodingError, address_word, bytes32, keccak256, uint
from oracle.domain.report import Domain

PROPOSAL_TYPE = "Proposal(bytes32 report,uint64 attempt)"
REQUEST_TYPE = "Request(address from,address to,uint64 time,bytes32 nonce,string method,string target,bytes32 body)"
_PROPOSAL_TYPEHASH = keccak256(PROPOSAL_TYPE.encode())
_REQUEST_TYPEHASH = keccak256(REQUEST_TYPE.encode())


@dataclass(frozen=True, slots=True)
class Turn:
    """A leader's statement that it offers the report with digest `report` in its turn `attempt`.

    Two of these are no equivocation: a turn may be tried again. Raises EncodingError when a field does not fit.
    """

    report: bytes
    attempt: int

    def __post_init__(self) -> None:
        bytes32(self.report)
        _check_u64(self.attempt)

    def encoded(self, domain: Domain) -> bytes:
        """The 66-byte EIP-712 encoding that a signer is given."""
        return domain.encoded(keccak256(_PROPOSAL_TYPEHASH + self.report + uint(self.attempt)))

    def digest(self, domain: Domain) -> bytes:
        """The 32 bytes that are signed."""
        return keccak256(self.encoded(domain))


@dataclass(frozen=True, slots=True)
class Request:
    """One node's question to another, by their cold addresses (0x-hex): `target` is path and query, `body` the Keccak
    of the body, `time` the asker's clock in Unix seconds, `nonce` 32 bytes never used before.

    Raises EncodingError when a field does not fit its type.
    """

    sender: str
    recipient: str
    time: int
    nonce: bytes
    method: str
    target: str
    body: bytes

    def __post_init__(self) -> None:
        bytes32(self.nonce)
        bytes32(self.body)
        address_word(self.sender)
        address_word(self.recipient)
        _check_u64(self.time)

    def encoded(self, domain: Domain) -> bytes:
        """The 66-byte EIP-712 encoding that a signer is given."""
        return domain.encoded(
            keccak256(
                _REQUEST_TYPEHASH
                + address_word(self.sender)
                + address_word(self.recipient)
                + uint(self.time)
                + self.nonce
                + keccak256(self.method.encode())
                + keccak256(self.target.encode())
                + self.body
            )
        )

    def digest(self, domain: Domain) -> bytes:
        """The 32 bytes that are signed."""
        return keccak256(self.encoded(domain))


def _check_u64(value: int) -> None:
    if not 0 <= value < 1 << 64:
        raise EncodingError(f"{value} is not a uint64")
