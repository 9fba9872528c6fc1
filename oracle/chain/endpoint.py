"""One RPC over HTTP: its answers held to their shape, its failures named, counted, and followed by a rest.

An RPC's address may hold a provider's key. It is shown as its host and a few digits of its hash, here and everywhere.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import count
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from oracle.chain.errors import RpcFault
from oracle.domain.keccak import keccak256
from oracle.domain.shown import shown_url
from oracle.exchange.fetch import Answer, AnswerTooLarge, Fetcher, Unreachable

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 64 << 20
FIRST_REST_S, LONGEST_REST_S = 1.0, 60.0
LONGEST_RETRY_AFTER_S = 600.0
CHAIN_CHECK_S = 600.0
"""How often an RPC that works is asked which chain it serves; one that failed is asked when it answers again."""
WRONG_CHAIN_REST_S = 60.0

OK, TOO_MANY = 200, 429
KEPT_TO_ITSELF = {401, 403, TOO_MANY}

Response = dict[str, Any]
"""A JSON-RPC response with `result` or `error`."""
Question = tuple[str, Sequence[Any]]
"""A method and its parameters."""


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """How one RPC does. `head` is the newest block number it told of; `failures` counts by kind; `trouble` is what is
    wrong now, empty when nothing is; `rests_s` how long it will not be asked."""

    name: str
    head: int | None
    latency_ms: int
    answers: int
    failures: Mapping[str, int]
    rests_s: float
    trouble: str


class Endpoint:
    """One RPC at `url`. Safe to share between threads. `timer` is a monotonic clock in seconds."""

    def __init__(
        self,
        url: str,
        fetcher: Fetcher,
        timer: Callable[[], float],
        timeout_s: float = TIMEOUT_S,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self.name = f"{urlsplit(url).hostname}#{keccak256(url.encode()).hex()[:6]}"
        self._url = url
        self._fetcher = fetcher
        self._timer = timer
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._ids = count(1)
        self._lock = Lock()
        self._batches = True
        self._answers = 0
        self._latency_s = 0.0
        self._failures: Counter[str] = Counter()
        self._in_a_row = 0
        self._rest_until = 0.0
        self._must_rest = False
        self._chain_checked_at: float | None = None
        self.trouble = ""
        self.head: int | None = None
        self.head_moved_at = timer()

    def ask(self, method: str, params: Sequence[Any]) -> Response:
        """The response to one request. Raises RpcFault."""
        number = next(self._ids)
        body = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
        found: Response = self._exchange(body, lambda answer: _response(answer, number))
        return found

    def ask_together(self, questions: Sequence[Question]) -> list[Response]:
        """The responses to several requests that one server answers in one breath, where the RPC takes batches; else
        one after the other. Raises RpcFault."""
        if self._batches:
            numbers = [next(self._ids) for _ in questions]
            body = [
                {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
                for number, (method, params) in zip(numbers, questions, strict=True)
            ]
            found: list[Response] | None = self._exchange(body, lambda answer: _responses(answer, numbers))
            if found is not None:
                return found
            self._batches = False
        return [self.ask(method, params) for method, params in questions]

    def check_chain(self, chain_id: int) -> None:
        """Asks, when it is due, whether the RPC serves the chain of this id. Raises RpcFault of kind "wrong chain"."""
        checked = self._chain_checked_at
        if checked is not None and self._timer() - checked < CHAIN_CHECK_S:
            return
        served = self.ask("eth_chainId", []).get("result")
        if served != hex(chain_id):
            fault = RpcFault(
                "wrong chain", f"the RPC serves chain {_number_said(served)}, the deployment is on chain {chain_id}"
            )
            self.failed(fault, WRONG_CHAIN_REST_S)
            raise fault
        with self._lock:
            self._chain_checked_at = self._timer()

    def note_head(self, number: int) -> None:
        """Takes down the newest block the RPC told of."""
        if number != self.head:
            self.head, self.head_moved_at = number, self._timer()

    def failed(self, fault: RpcFault, rest_s: float | None = None) -> None:
        """Counts a failure and lets the RPC rest: `rest_s` whatever comes, or longer each time, if it can be spared."""
        with self._lock:
            self._failures[fault.kind] += 1
            self._in_a_row += 1
            self._chain_checked_at = None
            self._must_rest = rest_s is not None
            longer = min(LONGEST_REST_S, FIRST_REST_S * 2 ** min(self._in_a_row - 1, 10))
            self._rest_until = self._timer() + (longer if rest_s is None else rest_s)
            self.trouble = str(fault)

    def rests(self) -> tuple[float, bool]:
        """For how many more seconds it rests, and whether it must."""
        with self._lock:
            left = max(0.0, self._rest_until - self._timer())
            return left, bool(left) and self._must_rest

    @property
    def rank(self) -> tuple[int, float]:
        """The lower the better to ask."""
        return self._in_a_row, self._latency_s

    def health(self) -> EndpointHealth:
        """A snapshot."""
        rests_s = round(self.rests()[0], 1)
        with self._lock:
            latency_ms, failures = round(1000 * self._latency_s), dict(self._failures)
            return EndpointHealth(self.name, self.head, latency_ms, self._answers, failures, rests_s, self.trouble)

    def _exchange(self, body: Any, read: Callable[[Any], Any]) -> Any:
        raw = json.dumps(body).encode()
        try:
            started = self._timer()
            try:
                answer = self._post(raw)
            except RpcFault as fault:
                if fault.kind != "unreachable":
                    raise
                answer = self._post(raw)  # a kept connection may have been closed meanwhile; a new one is tried
            found = read(self._json(answer))
        except RpcFault as fault:
            self.failed(fault, _retry_after_s(answer.headers) if fault.kind == "rate limited" else None)
            raise
        with self._lock:
            self._answers += 1
            self._in_a_row, self._rest_until, self.trouble = 0, 0.0, ""
            took = self._timer() - started
            self._latency_s = took if self._answers == 1 else 0.8 * self._latency_s + 0.2 * took
        return found

    def _post(self, raw: bytes) -> Answer:
        try:
            return self._fetcher.post_json(self._url, raw, self._max_bytes, self._timeout_s)
        except AnswerTooLarge:
            raise RpcFault("too large", f"the RPC {self.name} answers with more than {self._max_bytes} bytes") from None
        except Unreachable as error:
            slow = " within " in str(error) or "still sending" in str(error)
            said = str(error).replace(shown_url(self._url), f"the RPC {self.name}")
            raise RpcFault("timeout" if slow else "unreachable", f"{said}: check rpc_urls and that it runs") from None

    def _json(self, answer: Answer) -> Any:
        if answer.status == TOO_MANY:
            raise RpcFault("rate limited", f"the RPC {self.name} is asked too often (HTTP 429): use another beside it")
        try:
            content = json.loads(answer.body)
        except (ValueError, RecursionError):
            content = None
        # Some say with a status of its own that a request was too much for them, and why in the body.
        refused = isinstance(content, dict) and isinstance(content.get("error"), dict)
        if answer.status != OK and not (refused and answer.status < 500 and answer.status not in KEPT_TO_ITSELF):
            raise RpcFault(f"http {answer.status}", f"the RPC {self.name} answers HTTP {answer.status}")
        if content is None:
            raise RpcFault("not json", f"the RPC {self.name} answers with no JSON: check what rpc_urls point at")
        return content


def _number_said(served: object) -> str:
    """A hex number as people write it; anything else as it is, cut short."""
    try:
        return str(int(str(served), 16))
    except ValueError:
        return repr(served)[:40]


def _response(answer: Any, number: int) -> Response:
    """The result or the error in a JSON-RPC response; some servers send an empty one of the other beside it."""
    error = answer.get("error") if isinstance(answer, dict) else answer
    if not isinstance(answer, dict) or not (isinstance(error, dict) or (error is None and "result" in answer)):
        raise RpcFault("not json-rpc", "the RPC's answer is no JSON-RPC: check what rpc_urls point at")
    if answer.get("id") != number:
        raise RpcFault("wrong id", "the RPC answered another request than it was asked: its answers are mixed up")
    return {"result": answer["result"]} if error is None else {"error": error}


def _responses(answer: Any, numbers: Sequence[int]) -> list[Response] | None:
    """Those of a batch in the order asked; None when the RPC takes no batches."""
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        return None
    if not isinstance(answer, list) or len(answer) != len(numbers):
        raise RpcFault("not json-rpc", "the RPC's answer to a batch is none: check what rpc_urls point at")
    by_number = {each.get("id"): each for each in answer if isinstance(each, dict)}
    return [_response(by_number.get(number, {"id": None, "result": None}), number) for number in numbers]


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` asks for in seconds, a date counted from the answer's own; None without it."""
    asked = headers.get("retry-after", "")
    try:
        if asked.isdecimal():
            wanted = float(asked)
        else:
            wanted = (parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wanted, 0.0), LONGEST_RETRY_AFTER_S)
