"""Decodes events and custom errors by the shipped ABIs, from raw topics and data as any RPC serves them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from oracle import abi
from oracle.chain.errors import UndecodableLog

Entry = Mapping[str, Any]
"""One entry of a JSON ABI: a function, event, error, or one of their parameters."""


def type_of(parameter: Entry) -> str:
    """A parameter's canonical type, a struct as the tuple of its members' types: `(uint48,address)[]`."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(type_of(member) for member in parameter['components'])}){kind.removeprefix('tuple')}"


def named(parameter: Entry, value: Any) -> Any:
    """`value` with every struct in it as a dict by member name, every list a tuple and every address checksummed.

    Strings come as bytes: anyone may put into an event what is no UTF-8, and must not stop a node with it.
    """
    kind: str = parameter["type"]
    if kind.endswith("]"):
        element = {**parameter, "type": kind[: kind.rindex("[")]}
        return tuple(named(element, item) for item in value)
    if kind == "tuple":
        members = zip(parameter["components"], value, strict=True)
        return {member["name"]: named(member, item) for member, item in members}
    if kind == "string":
        return value.decode(errors="replace")
    return to_checksum_address(value) if kind == "address" else value


class Fields:
    """ABI parameters and their canonical types."""

    def __init__(self, parameters: Iterable[Entry]) -> None:
        self.parameters = tuple(parameters)
        self.types = tuple(type_of(parameter) for parameter in self.parameters)
        self._decoded_as = tuple(kind.replace("string", "bytes") for kind in self.types)

    def decode(self, data: bytes) -> dict[str, Any]:
        """The arguments in ABI-encoded `data`, by name. Raises eth_abi's DecodingError when it is something else."""
        values = zip(self.parameters, decode(self._decoded_as, data), strict=True)
        return {parameter["name"]: named(parameter, value) for parameter, value in values}


class Signature:
    """An event or error of an ABI: its name, its arguments, and `hash`, the keccak256 of `Name(type,...)`, which is an
    event's topic and whose first 4 bytes are an error's selector."""

    def __init__(self, entry: Entry) -> None:
        self.name: str = entry["name"]
        self.fields = Fields(entry["inputs"])
        self.indexed = Fields(parameter for parameter in entry["inputs"] if parameter.get("indexed"))
        self.plain = Fields(parameter for parameter in entry["inputs"] if not parameter.get("indexed"))
        self.hash = keccak(text=f"{self.name}({','.join(self.fields.types)})")


class EventCodec:
    """Knows some events by topic: an interface's, and an ERC-721's `Transfer`. Raises KeyError for a name of none of
    them."""

    def __init__(self, interface: str, names: Iterable[str]) -> None:
        known = _signatures([_TRANSFER, *abi.load(interface)], "event")
        self._by_topic = {known[name].hash: known[name] for name in names}

    @property
    def topics(self) -> tuple[bytes, ...]:
        """The first topics of the events known, 32 bytes each."""
        return tuple(self._by_topic)

    def decode(self, topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, Any]]:
        """A log's event name and arguments. No indexed argument of ours is of dynamic type. Raises UndecodableLog."""
        signature = self._by_topic.get(topics[0]) if topics else None
        if signature is None:
            raise UndecodableLog(f"the RPC served a log that was not asked for (topics {[t.hex() for t in topics]})")
        try:
            arguments = signature.indexed.decode(b"".join(topics[1:])) | signature.plain.decode(data)
        except (DecodingError, OverflowError) as error:
            raise UndecodableLog(
                f"a log with {signature.name}'s topic does not decode ({error}): "
                "check that the deployment file and the RPC belong to one chain, and that the RPC is sound"
            ) from None
        return signature.name, arguments


class ErrorCodec:
    """Turns revert data into what a reader sees: `MeterOracle_WrongBase(expected=5, actual=4)`."""

    def __init__(self, names: Iterable[str] = (*abi.INTERFACES, *abi.LIBRARIES)) -> None:
        entries = [entry for name in names for entry in abi.load(name)] + _BUILT_IN
        self._by_selector = {error.hash[:4]: error for error in _signatures(entries, "error").values()}

    def decode(self, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """The error's name and arguments, or None when no ABI here knows it."""
        signature = self._by_selector.get(data[:4])
        if signature is None:
            return None
        try:
            return signature.name, signature.fields.decode(data[4:])
        except (DecodingError, OverflowError):
            return None


_TRANSFER: dict[str, Any] = {
    "type": "event",
    "name": "Transfer",
    "inputs": [
        {"name": "from", "type": "address", "indexed": True},
        {"name": "to", "type": "address", "indexed": True},
        {"name": "tokenId", "type": "uint256", "indexed": True},
    ],
}

_BUILT_IN: list[dict[str, Any]] = [
    {"type": "error", "name": "Error", "inputs": [{"name": "message", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
]


def _signatures(entries: Iterable[Entry], kind: str) -> dict[str, Signature]:
    return {entry["name"]: Signature(entry) for entry in entries if entry["type"] == kind}
