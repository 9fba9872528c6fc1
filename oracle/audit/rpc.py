"""A chain over JSON-RPC, every read pinned to one block."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from oracle.audit.abi import Log
from oracle.audit.errors import ChainError
from oracle.audit.source import Head, HexBytes, HexInt, RawLog, Topics

BATCH = 50
"""Requests in one HTTP call, few enough for public endpoints."""

FIRST_SPAN = 10_000
"""Blocks in the first `eth_getLogs`; halved while the endpoint refuses."""

REVERTED = 3
"""The JSON-RPC error code of a call that reverted; some nodes only say so in words."""

TIMEOUT_S = 60.0


class _Block(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    number: HexInt
    hash: HexBytes
    timestamp: HexInt


class _Failure(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    code: int = 0
    message: str = ""

    @property
    def reverted(self) -> bool:
        return self.code == REVERTED or "revert" in self.message.lower()


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: int
    result: Any = None
    error: _Failure | None = None


_ANSWERS = TypeAdapter(list[_Answer])
_LOGS = TypeAdapter(list[RawLog])
_HEX = TypeAdapter(HexBytes)
_NUMBER = TypeAdapter(HexInt)

Request = tuple[str, list[Any]]
T = TypeVar("T")


class RpcChain:
    """Logs and state of one chain at one block. Close it, or use it in a `with`."""

    def __init__(self, url: str, first_block: int, block: int | None = None) -> None:
        """Pins `block`, or else the newest. Logs are read from `first_block`. Raises ChainError."""
        try:
            self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S, transport=httpx.HTTPTransport(retries=2))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ChainError(f"{url} is no URL: {error}") from None
        self._url = url
        self._first_block = first_block
        chain_id, pinned = self._ask(("eth_chainId", []), ("eth_getBlockByNumber", [_tag(block), False]))
        header = self._block(pinned, block)
        self.head = Head(_read(_NUMBER, chain_id, "eth_chainId"), header.number, header.hash, header.timestamp)
        if first_block > self.head.number:
            raise ChainError(f"block {self.head.number} is before the deployment's first, {first_block}")

    def __enter__(self) -> "RpcChain":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def logs(self, addresses: Collection[str], topics: Topics) -> list[Log]:
        """See LogSource. Raises ChainError when the endpoint refuses even one block's logs."""
        if not addresses or any(place is not None and not place for place in topics):
            return []
        wanted = {
            "address": sorted(addresses),
            "topics": [None if place is None else ["0x" + topic.hex() for topic in sorted(place)] for place in topics],
        }
        found: list[Log] = []
        at, span = self._first_block, FIRST_SPAN
        while at <= self.head.number:
            until = min(at + span - 1, self.head.number)
            answer = self._post([("eth_getLogs", [wanted | {"fromBlock": hex(at), "toBlock": hex(until)}])])[0]
            if answer.error is None:
                found += (raw.log() for raw in _read(_LOGS, answer.result, "eth_getLogs"))
                at, span = until + 1, min(span * 2, FIRST_SPAN)
            elif until == at:
                raise ChainError(f"{self._url} refuses the logs of block {at}: {answer.error.message}")
            else:
                span = (until - at + 1) // 2
        return found

    def times(self, blocks: Iterable[int]) -> dict[int, int]:
        """See LogSource."""
        numbers = sorted(set(blocks))
        headers = self._ask(*(("eth_getBlockByNumber", [hex(number), False]) for number in numbers))
        return {number: self._block(header, number).timestamp for number, header in zip(numbers, headers, strict=True)}

    def call(self, questions: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """See StateSource. Raises ChainError when a call fails otherwise than by reverting."""
        pinned = hex(self.head.number)
        requests: list[Request] = [
            ("eth_call", [{"to": to, "data": "0x" + data.hex()}, pinned]) for to, data in questions
        ]
        results: list[bytes | None] = []
        for answer in self._batched(requests):
            if answer.error is not None and not answer.error.reverted:
                raise ChainError(f"{self._url} does not answer eth_call: {answer.error.message}")
            results.append(None if answer.error else _read(_HEX, answer.result, "eth_call"))
        return results

    def code(self, addresses: Sequence[str]) -> list[bytes]:
        """See StateSource."""
        pinned = hex(self.head.number)
        codes = self._ask(*(("eth_getCode", [address, pinned]) for address in addresses))
        return [_read(_HEX, code, "eth_getCode") for code in codes]

    def confirm(self) -> None:
        """Raises ChainError when the pinned block has been replaced since: what was read then is of two chains."""
        (now,) = self._ask(("eth_getBlockByNumber", [hex(self.head.number), False]))
        if self._block(now, self.head.number).hash != self.head.hash:
            raise ChainError(f"block {self.head.number} was reorganised away during the audit: run it again")

    def _ask(self, *requests: Request) -> list[Any]:
        results = []
        for answer, (method, _) in zip(self._batched(requests), requests, strict=True):
            if answer.error is not None:
                raise ChainError(f"{self._url} does not answer {method}: {answer.error.message}")
            results.append(answer.result)
        return results

    def _batched(self, requests: Sequence[Request]) -> Iterator[_Answer]:
        for at in range(0, len(requests), BATCH):
            yield from self._post(requests[at : at + BATCH])

    def _post(self, requests: Sequence[Request]) -> list[_Answer]:
        """The answers, in the order of the requests."""
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(requests)
        ]
        try:
            response = self._http.post("", json=body)
            response.raise_for_status()
            answers = {answer.id: answer for answer in _ANSWERS.validate_json(response.content)}
        except httpx.HTTPError as error:
            raise ChainError(f"{self._url} cannot be reached: {str(error) or type(error).__name__}") from None
        except ValidationError as error:
            raise ChainError(f"{self._url} does not speak JSON-RPC: {_first(error)}") from None
        if missing := set(range(len(requests))) - answers.keys():
            raise ChainError(f"{self._url} left {len(missing)} of {len(requests)} requests unanswered")
        return [answers[number] for number in range(len(requests))]

    def _block(self, result: object, number: int | None) -> _Block:
        if result is None:
            raise ChainError(f"{self._url} does not have block {'latest' if number is None else number}")
        return _read(TypeAdapter(_Block), result, "eth_getBlockByNumber")


def _tag(block: int | None) -> str:
    return "latest" if block is None else hex(block)


def _read(kind: TypeAdapter[T], result: object, method: str) -> T:
    try:
        return kind.validate_python(result)
    except ValidationError as error:
        raise ChainError(f"{method} answered something else than expected: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
