"""EIP-1559 transactions as bytes: what is signed, what is broadcast, and what their fees may become."""

from dataclasses import dataclass

from eth_utils.address import to_canonical_address, to_checksum_address

from oracle.domain import rlp
from oracle.domain.keccak import keccak256
from oracle.domain.signature import Signer

TYPE = b"\x02"
_PARITY_BIT = 1 << 255


@dataclass(frozen=True, slots=True)
class Fees:
    """What one gas may cost in all, and the part of it that goes to the proposer; in wei."""

    max_fee: int
    max_tip: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A call that sends no ether; `to` is checksummed."""

    chain_id: int
    nonce: int
    fees: Fees
    gas: int
    to: str
    data: bytes

    def signed(self, signer: Signer) -> bytes:
        """The bytes to broadcast. Raises what the signer raises."""
        compact = signer.sign(TYPE + rlp.encode(self._fields()))
        with_parity = int.from_bytes(compact[32:], "big")
        signature = [with_parity >> 255, int.from_bytes(compact[:32], "big"), with_parity & (_PARITY_BIT - 1)]
        return TYPE + rlp.encode(self._fields() + signature)

    def _fields(self) -> list[object]:
        fees, to = self.fees, to_canonical_address(self.to)
        return [self.chain_id, self.nonce, fees.max_tip, fees.max_fee, self.gas, to, 0, self.data, []]


def read_transaction(raw: bytes) -> Transaction:
    """The transaction in bytes made by `Transaction.signed`."""
    fields = [field for field in rlp.decode(raw[1:]) if isinstance(field, bytes)]
    chain_id, nonce, max_tip, max_fee, gas = (int.from_bytes(field, "big") for field in fields[:5])
    return Transaction(chain_id, nonce, Fees(max_fee, max_tip), gas, str(to_checksum_address(fields[5])), fields[7])


def hash_of(raw: bytes) -> bytes:
    """A broadcast transaction's 32-byte hash."""
    return keccak256(raw)


def first_fees(base_fee: int, tip: int, cap: int) -> Fees:
    """Enough for the base fee to double, and no more than `cap`."""
    return Fees(min(2 * base_fee + tip, cap), min(tip, cap))


def raised(fees: Fees, base_fee: int, tip: int, cap: int) -> Fees | None:
    """What replaces a transaction of these fees: an eighth more of both, as nodes ask, or more if the base fee does.
    None when that is above `cap`."""
    least = Fees(*(max(fee + 1, -(-fee * 9 // 8)) for fee in (fees.max_fee, fees.max_tip)))
    if least.max_fee > cap:
        return None
    return Fees(max(least.max_fee, min(2 * base_fee + tip, cap)), min(max(least.max_tip, tip), cap))
