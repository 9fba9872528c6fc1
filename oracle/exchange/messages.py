"""The wire: strict, closed JSON messages, bytes as lower-case 0x-hex. docs/protocol.md describes them to
implementers."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from oracle.domain.errors import WellheadError
from oracle.domain.keccak import EncodingError
from oracle.domain.reading import ReadingError
from oracle.domain.report import Observation, Report
from oracle.domain.signed import LEAF_BYTES, Leaves, Offer, Proposal, SignedObservation, packed_ids, unpack_leaves

MAX_NODES = 31
MAX_OFFER_BYTES = 16 * 1024
MAX_SMALL_BYTES = 64 * 1024
MAX_LEAVES_BYTES = 32 * 1024 * 1024
"""A hundred thousand meters, with room."""
_U64 = (1 << 63) - 1
"""Epochs beyond a signed 64-bit integer do not fit the database; the first is 10^14 years away."""


class MalformedMessage(WellheadError):
    """Bytes that are not the message they should be."""


def max_observation_bytes(meters: int) -> int:
    """No honest observation of `meters` meters is longer."""
    return 4096 + 2 * LEAF_BYTES * meters


def _from_hex(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError("expected a 0x-hex string")
    raw = bytes.fromhex(value[2:])
    if len(value) != 2 + 2 * len(raw):
        raise ValueError("blanks in a hex string")
    return raw


_Hex = [BeforeValidator(_from_hex), PlainSerializer(lambda raw: "0x" + raw.hex(), return_type=str)]
Hash = Annotated[bytes, *_Hex, Field(min_length=32, max_length=32)]
SignatureBytes = Annotated[bytes, *_Hex, Field(min_length=64, max_length=64)]
PackedLeaves = Annotated[bytes, *_Hex, Field(min_length=64, max_length=MAX_LEAVES_BYTES // 2)]
NodeIndex = Annotated[int, Field(ge=0, lt=MAX_NODES)]
Epoch = Annotated[int, Field(ge=0, le=_U64)]


class Message(BaseModel):
    """Base of every message: no unknown keys, no coercion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """The message in `raw`. Raises MalformedMessage, naming the first fault."""
        try:
            return cls.model_validate_json(raw)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, fault["loc"])) or "message"
            raise MalformedMessage(f"{cls.__name__}: {where}: {fault['msg']}") from None

    def json_bytes(self) -> bytes:
        """The message as sent."""
        return self.model_dump_json().encode()


class ObservationMessage(Message):
    """A node's signed observation. `leaves`: 64 bytes a meter, id then packed increments, strictly ascending by id."""

    node: NodeIndex
    config_digest: Hash
    epoch: Epoch
    base_epoch: Epoch
    base_root: Hash
    block_hash: Hash
    root: Hash
    leaves: PackedLeaves
    signature: SignatureBytes

    @classmethod
    def of(cls, signed: SignedObservation) -> "ObservationMessage":
        """The message that carries `signed`."""
        said = signed.observation
        return cls(
            node=signed.node,
            config_digest=said.config_digest,
            epoch=said.epoch,
            base_epoch=said.base_epoch,
            base_root=said.base_root,
            block_hash=said.block_hash,
            root=said.root,
            leaves=signed.packed,
            signature=signed.signature,
        )

    def signed(self) -> SignedObservation:
        """What the message carries, unchecked but well-formed. Raises MalformedMessage."""
        try:
            said = Observation(
                self.config_digest, self.epoch, self.base_epoch, self.base_root, self.block_hash, self.root
            )
            packed_ids(self.leaves)
        except (ReadingError, EncodingError) as error:
            raise MalformedMessage(f"ObservationMessage: {error}") from None
        return SignedObservation(self.node, said, self.leaves, self.signature)


class ReportMessage(Message):
    """The fields of a Report."""

    config_digest: Hash
    epoch: Epoch
    base_epoch: Epoch
    base_root: Hash
    root: Hash
    set_hash: Hash
    leaf_count: Annotated[int, Field(ge=1, lt=1 << 32)]


class PairMessage(Message):
    """A named observation: whose, and its root."""

    node: NodeIndex
    root: Hash


class ProposalMessage(Message):
    """A report, and the block and observations that make it."""

    block_hash: Hash
    pairs: Annotated[list[PairMessage], Field(min_length=3, max_length=MAX_NODES)]
    report: ReportMessage

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalMessage":
        """The message that carries `proposal`."""
        report = proposal.report
        return cls(
            block_hash=proposal.block_hash,
            pairs=[PairMessage(node=node, root=root) for node, root in proposal.pairs],
            report=ReportMessage(**{name: getattr(report, name) for name in Report.__slots__}),
        )

    def proposal(self) -> Proposal:
        """What the message carries, unchecked but well-formed. Raises MalformedMessage."""
        said = self.report
        try:
            report = Report(
                said.config_digest,
                said.epoch,
                said.base_epoch,
                said.base_root,
                said.root,
                said.set_hash,
                said.leaf_count,
            )
        except EncodingError as error:
            raise MalformedMessage(f"ProposalMessage: {error}") from None
        return Proposal(report, self.block_hash, tuple((pair.node, pair.root) for pair in self.pairs))


class SignatureMessage(Message):
    """One node's signature of a report."""

    node: NodeIndex
    signature: SignatureBytes


Signatures = Annotated[list[SignatureMessage], Field(max_length=MAX_NODES)]


def signature_list(signatures: Mapping[int, bytes]) -> list[SignatureMessage]:
    """Signatures by node index, as they are sent: ascending."""
    return [SignatureMessage(node=node, signature=signatures[node]) for node in sorted(signatures)]


class OfferMessage(Message):
    """A proposal as a leader offers it in its turn: its signature of the turn, and signatures of the report."""

    proposal: ProposalMessage
    attempt: Annotated[int, Field(ge=0, le=_U64)]
    signature: SignatureBytes
    signatures: Signatures

    @classmethod
    def of(cls, offer: Offer) -> "OfferMessage":
        """The message that carries `offer`."""
        return cls(
            proposal=ProposalMessage.of(offer.proposal),
            attempt=offer.attempt,
            signature=offer.signature,
            signatures=signature_list(offer.signatures),
        )

    def offer(self) -> Offer:
        """What the message carries, unchecked but well-formed. Raises MalformedMessage."""
        signatures = {given.node: given.signature for given in self.signatures}
        return Offer(self.proposal.proposal(), self.attempt, self.signature, signatures)


class QuorumMessage(Message):
    """The proposal a node is locked on, and every signature of its report that it knows."""

    proposal: ProposalMessage
    signatures: Signatures


class ReadingsMessage(Message):
    """Every leaf under a standing report's root. `leaves` as in an observation, with readings for increments."""

    epoch: Epoch
    root: Hash
    leaves: PackedLeaves

    def readings(self) -> Leaves:
        """The leaves, unproven. Raises MalformedMessage."""
        try:
            return unpack_leaves(self.leaves)
        except ReadingError as error:
            raise MalformedMessage(f"ReadingsMessage: {error}") from None


class ObservationsMessage(Message):
    """What a report was made of: the proposal, and the observations it names, in its order."""

    proposal: ProposalMessage
    observations: Annotated[list[ObservationMessage], Field(max_length=MAX_NODES)]


class RefusalMessage(Message):
    """Why something was refused: the name of the refusal, and its reason for people. With `Locked`, the proposal the
    node is locked on and its own signature of it."""

    error: Annotated[str, Field(max_length=64)]
    reason: Annotated[str, Field(max_length=4096)]
    locked: ProposalMessage | None = None
    signature: SignatureBytes | None = None
