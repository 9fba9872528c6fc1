"""RLP, the encoding of Ethereum's transactions: byte strings and lists of them. Integers are big-endian without leading
zeros."""

from collections.abc import Sequence

from oracle.domain.keccak import EncodingError

Item = bytes | list["Item"]

_STRING, _LIST = 0x80, 0xC0
_SHORT = 55


def encode(item: bytes | int | Sequence[object]) -> bytes:
    """The encoding of bytes, of an integer >= 0, or of a list of such. Raises EncodingError for anything else."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < _STRING:
            return item
        return _head(_STRING, len(item)) + item
    if isinstance(item, int):
        if item < 0:
            raise EncodingError(f"{item} is negative: RLP has no sign")
        return encode(item.to_bytes((item.bit_length() + 7) // 8, "big"))
    if isinstance(item, list | tuple):
        content = b"".join(encode(each) for each in item)
        return _head(_LIST, len(content)) + content
    raise EncodingError(f"RLP holds bytes, integers and lists, no {type(item).__name__}")


def decode(data: bytes) -> Item:
    """The one item that `data` encodes. Raises EncodingError when it encodes none, or something follows."""
    item, end = _decode(data, 0)
    if end != len(data):
        raise EncodingError(f"{len(data) - end} bytes follow the RLP item")
    return item


def _head(offset: int, length: int) -> bytes:
    if length <= _SHORT:
        return bytes([offset + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([offset + _SHORT + len(size)]) + size


def _decode(data: bytes, at: int) -> tuple[Item, int]:
    """The item that begins at a place, and the place behind it."""
    if at >= len(data):
        raise EncodingError("the RLP data ends too soon")
    first = data[at]
    if first < _STRING:
        return data[at : at + 1], at + 1
    length, start = first - (_LIST if first >= _LIST else _STRING), at + 1
    if length > _SHORT:
        size = length - _SHORT
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    end = start + length
    if end > len(data):
        raise EncodingError("the RLP data ends too soon")
    if first < _LIST:
        return data[start:end], end
    items: list[Item] = []
    while start < end:
        item, start = _decode(data, start)
        items.append(item)
    return items, start
