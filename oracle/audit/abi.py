"""Solidity's ABI read straight into frozen dataclasses, whose annotations are the declaration:

    @dataclass(frozen=True, slots=True)
    class Refunded:
        lease_id: Annotated[U256, INDEXED]
        to: Annotated[Address, INDEXED]
        amount: U96

is `event Refunded(uint256 indexed, address indexed, uint96)`. A class that is named otherwise than its event says so in
`SOLIDITY_NAME`. Addresses come out checksummed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from oracle.audit.errors import EncodingError

INDEXED = object()
"""Marks an event's field as indexed."""

U8 = Annotated[int, "uint8"]
U16 = Annotated[int, "uint16"]
U32 = Annotated[int, "uint32"]
U40 = Annotated[int, "uint40"]
U48 = Annotated[int, "uint48"]
U64 = Annotated[int, "uint64"]
U96 = Annotated[int, "uint96"]
U160 = Annotated[int, "uint160"]
U256 = Annotated[int, "uint256"]
Bool = Annotated[bool, "bool"]
Text = Annotated[str, "string"]
Address = Annotated[str, "address"]
Bytes32 = Annotated[bytes, "bytes32"]
FourU96 = Annotated[tuple[int, int, int, int], "uint96[4]"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Log:
    """One raw log: `address` checksummed, `topics` of 32 bytes each. (`block`, `index`) orders the logs of a chain."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    index: int
    transaction: bytes

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"block {self.block} log {self.index}"


class EventType(Generic[T]):
    """The declaration of one event, taken from a dataclass."""

    def __init__(self, record: type[T]) -> None:
        self.record = record
        self.name: str = getattr(record, "SOLIDITY_NAME", record.__name__)
        self.hints: dict[str, Any] = _hints(record)
        self.indexed = [name for name, hint in self.hints.items() if INDEXED in get_args(hint)]
        self.plain = [name for name in self.hints if name not in self.indexed]
        self.types = {name: abi_type(hint) for name, hint in self.hints.items()}
        self._plain_types = [self.types[name] for name in self.plain]
        self.signature = f"{self.name}({','.join(self.types.values())})"
        self.topic: bytes = keccak(self.signature.encode())

    def decode(self, log: Log) -> T:
        """The event in `log`. Raises EncodingError when the log does not encode one."""
        if len(log.topics) != 1 + len(self.indexed):
            raise EncodingError(f"{log.place}: {len(log.topics) - 1} indexed fields are not a {self.signature}")
        where = f"{log.place}: {self.name}"
        topics = zip(self.indexed, log.topics[1:], strict=True)
        values = {name: _decode([self.types[name]], topic, where)[0] for name, topic in topics}
        values |= zip(self.plain, _decode(self._plain_types, log.data, where), strict=True)
        return self.record(**{name: _value(hint, values[name]) for name, hint in self.hints.items()})

    def encode(self, event: T) -> tuple[tuple[bytes, ...], bytes]:
        """The topics and data of a log of `event`: what `decode` reads."""
        values = {name: _raw(getattr(event, name)) for name in self.hints}
        topics = [encode([self.types[name]], [values[name]]) for name in self.indexed]
        return (self.topic, *topics), encode(self._plain_types, [values[name] for name in self.plain])


class EventSet:
    """The events read from one kind of contract; what else it emits is nobody's money and is passed over."""

    def __init__(self, *records: type[object]) -> None:
        self.types: tuple[EventType[Any], ...] = tuple(EventType(record) for record in records)
        self.by_topic: Mapping[bytes, EventType[Any]] = {kind.topic: kind for kind in self.types}

    @property
    def topics(self) -> tuple[bytes, ...]:
        """First topics, to ask a chain for."""
        return tuple(self.by_topic)

    def decode(self, log: Log) -> object | None:
        """The event in `log`, or None when it is none of this set. Raises EncodingError when it does not decode."""
        kind = self.by_topic.get(log.topics[0]) if log.topics else None
        return kind.decode(log) if kind else None


def abi_type(hint: object) -> str:
    """The Solidity type of an annotation, like `uint96` or `(uint96,uint16)[]`. Raises TypeError when it has none."""
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        return next((mark for mark in marks if isinstance(mark, str)), None) or abi_type(base)
    if get_origin(hint) is tuple:
        return abi_type(get_args(hint)[0]) + "[]"
    if is_dataclass(hint) and isinstance(hint, type):
        return f"({','.join(abi_type(field) for field in _hints(hint).values())})"
    raise TypeError(f"{hint!r} stands for no Solidity type")


def call_data(signature: str, *arguments: object) -> bytes:
    """The calldata of `name(type,...)` with flat argument types."""
    inner = signature[signature.index("(") + 1 : -1]
    return keccak(signature.encode())[:4] + encode(inner.split(",") if inner else [], arguments)


def returned_record(record: type[T], data: bytes, where: str) -> T:
    """What a view returned, as the fields of `record`. Raises EncodingError when `data` does not encode them."""
    hints = _hints(record)
    values = _decode([abi_type(hint) for hint in hints.values()], data, where)
    return record(**{name: _value(hint, raw) for (name, hint), raw in zip(hints.items(), values, strict=True)})


@cache
def _cached_hints(record: Any) -> dict[str, Any]:
    hints = get_type_hints(record, include_extras=True)
    return {field.name: hints[field.name] for field in fields(record)}


def _hints(record: Any) -> dict[str, Any]:
    return _cached_hints(record)


def _decode(types: Sequence[str], data: bytes, where: str) -> tuple[Any, ...]:
    # A string is bytes: anybody can put some into an event that are no UTF-8, and must not stop the audit by it.
    try:
        return decode([one.replace("string", "bytes") for one in types], data)
    except (DecodingError, OverflowError) as error:
        raise EncodingError(f"{where}: does not decode as ({','.join(types)}): {error}") from None


def _value(hint: Any, raw: Any) -> Any:
    if get_origin(hint) is Annotated:
        base = get_args(hint)[0]
        if "address" in get_args(hint):
            return to_checksum_address(raw)
        if "string" in get_args(hint):
            return raw.decode(errors="backslashreplace")
        return _value(base, raw) if is_dataclass(base) else raw
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], item) for item in raw)
    hints = _hints(hint)
    return hint(**{name: _value(field, item) for (name, field), item in zip(hints.items(), raw, strict=True)})


def _raw(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_raw(item) for item in value)
    if is_dataclass(value):
        return tuple(_raw(getattr(value, field.name)) for field in fields(value))
    return value
