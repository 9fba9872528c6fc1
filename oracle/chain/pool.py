"""Several RPCs of one chain, of which a quorum has to agree on everything that a report is made from.

The head is the newest block that a quorum has, alike in all that is read of it. What is asked as of a block (a call,
logs, a header by number) is asked of as many RPCs as have to agree, none of which told of a lower head, until so many
give one answer.
Logs come together with the hash of the last block they cover, in one request, so that a replica which lags behind the
others, and would leave out logs without a word, shows it: also behind a single address.

What is asked of now (fees, gas, a transaction) is taken from the best RPC that answers; a transaction goes to all.
With one RPC every question is one request, as without a pool.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock
from typing import Any

from oracle.chain.alike import alike_key, only_compared
from oracle.chain.endpoint import Endpoint, EndpointHealth, Response
from oracle.chain.endpoints import Endpoints
from oracle.chain.errors import RpcFault, RpcsDisagree
from oracle.domain.spoken import say_nothing

HEAD_PATIENCE_S = 1.0
"""How long a look at the heads waits for slow RPCs once enough have answered."""
DEEPEST_FORK = 64
KNOWN_HEADERS = 256
STALL_S = 300.0

BLOCK_PARAMETER = {
    "eth_call": 1,
    "eth_getBalance": 1,
    "eth_getBlockByNumber": 0,
    "eth_getCode": 1,
    "eth_getTransactionCount": 1,
}
Header = dict[str, Any]
"""A block header as JSON-RPC serves it."""


@dataclass(frozen=True, slots=True)
class PoolHealth:
    """How the pool does. `head_age_s` is how far the head's timestamp lies behind the machine's clock, in seconds;
    `head_still_s` how long no newer head was seen; `trouble` is empty when nothing is wrong."""

    quorum: int
    agreeing: int
    head: int | None
    head_age_s: float | None
    head_still_s: float
    trouble: str
    endpoints: tuple[EndpointHealth, ...]


class Pool:
    """The RPCs of chain `chain_id` (None: whatever they serve). Safe to share between threads.

    `clock` gives Unix seconds, `timer` monotonic ones. After `stall_s` without a new block an RPC counts as frozen.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        quorum: int,
        chain_id: int | None = None,
        *,
        stall_s: float = STALL_S,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        log: Callable[..., None] = say_nothing,
    ) -> None:
        self._rpcs = Endpoints(endpoints, quorum, chain_id, log)
        self._quorum = quorum
        self._chain_id = chain_id
        self._stall_s = stall_s
        self._clock = clock
        self._timer = timer
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(2 * len(endpoints), "rpc") if len(endpoints) > 1 else None
        self._looking: dict[Endpoint, Future[Header]] = {}
        self._known: OrderedDict[int, str] = OrderedDict()  # hash by number, as last agreed on
        self._head: Header | None = None
        self._head_moved_at = timer()
        self._agreeing = 0

    def request(self, method: str, params: Sequence[Any]) -> Response:
        """The response to any request, agreed on where it is as of a block. Raises ChainError."""
        place = BLOCK_PARAMETER.get(method)
        at = params[place] if place is not None and len(params) > place else None
        if method == "eth_getBlockByNumber" and at == "latest":
            return {"result": self.head()}
        if method == "eth_chainId" and self._chain_id is not None:
            return self._rpcs.first(self._chain_of)
        if method == "eth_sendRawTransaction":
            return self._rpcs.send_to_all(params)
        if method == "eth_getLogs" and params[0].get("toBlock", "").startswith("0x"):
            return self._agreed(lambda endpoint: self._logs(endpoint, params), int(params[0]["toBlock"], 16))
        if method == "eth_getTransactionReceipt" or (isinstance(at, str) and at.startswith("0x")):
            return self._agreed_as_of(method, params, place, at)
        return self._rpcs.first(lambda endpoint: self._rpcs.ask(endpoint, method, params))

    def head(self) -> Header:
        """The newest block a quorum has, alike in all that is read. Raises TooFewRpcs, RpcsDisagree, WrongChain."""
        heads = self._heads()
        number = sorted((_number(header) for header in heads.values()), reverse=True)[self._quorum - 1]
        for lower in range(DEEPEST_FORK):
            votes = self._votes(heads, number - lower)
            agreeing = max(votes.values(), key=len, default=[])
            if len(agreeing) >= self._quorum:
                return self._take_head(agreeing, sum(map(len, votes.values())))
            if lower == number:
                break
        raise RpcsDisagree(
            f"{len(heads)} RPCs are on chains that parted more than {DEEPEST_FORK} blocks ago, and fewer than "
            f"{self._quorum} are on one: find out which of rpc_urls are right"
        )

    def snapshot(self) -> PoolHealth:
        """How the pool does now; asks nothing."""
        endpoints = tuple(endpoint.health() for endpoint in self._rpcs.all)
        with self._lock:
            head, still_s = self._head, self._timer() - self._head_moved_at
            number = None if head is None else _number(head)
            age_s = None if head is None else round(self._clock() - int(head["timestamp"], 16), 1)
            return PoolHealth(
                self._quorum, self._agreeing, number, age_s, round(still_s, 1), self._trouble(still_s), endpoints
            )

    def close(self) -> None:
        """Asks nothing more."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _chain_of(self, endpoint: Endpoint) -> Response:
        self._rpcs.check_chain(endpoint)
        return {"result": hex(self._chain_id or 0)}

    # The head

    def _heads(self) -> dict[Endpoint, Header]:
        """What each RPC that answers in time says is its newest block; of at least a quorum."""
        candidates = self._rpcs.candidates()
        heads: dict[Endpoint, Header] = {}
        faults: list[RpcFault] = []
        if self._threads is None:
            if not candidates:
                self._rpcs.too_few([])
            try:
                return {candidates[0]: self._newest(candidates[0])}
            except RpcFault as fault:
                self._rpcs.too_few([fault])
        with self._lock:
            for endpoint in candidates:
                if endpoint not in self._looking or self._looking[endpoint].done():  # else it still owes one
                    self._looking[endpoint] = self._threads.submit(self._newest, endpoint)
            looking = dict(self._looking)
        waiting = set(looking.values())
        finished, late = wait(waiting, timeout=HEAD_PATIENCE_S)
        if len(finished) < len(waiting) and sum(not each.exception() for each in finished) < self._quorum:
            finished, late = wait(waiting)
        for endpoint, future in looking.items():
            if future in late:
                continue
            with self._lock:
                self._looking.pop(endpoint, None)
            try:
                heads[endpoint] = future.result()
            except RpcFault as fault:
                faults.append(fault)
        if len(heads) < self._quorum:
            self._rpcs.too_few(faults)
        return heads

    def _newest(self, endpoint: Endpoint) -> Header:
        header = self._header(endpoint, "latest")
        if header is None:
            raise self._rpcs.fault(endpoint, "not json-rpc", "has no newest block")
        endpoint.note_head(_number(header))
        return header

    def _header(self, endpoint: Endpoint, which: str) -> Header | None:
        response = self._rpcs.ask(endpoint, "eth_getBlockByNumber", [which, False])
        if "error" in response:
            said = str(response["error"].get("message", ""))[:200]
            raise self._rpcs.fault(endpoint, "refused", f"refuses to give a block: {said}")
        return self._checked_header(endpoint, response.get("result"))

    def _checked_header(self, endpoint: Endpoint, header: Any) -> Header | None:
        if header is None:
            return None
        try:
            int(header["number"], 16), int(header["timestamp"], 16)
            bytes.fromhex(header["hash"][2:]), bytes.fromhex(header["parentHash"][2:])
        except (KeyError, TypeError, ValueError):
            raise self._rpcs.fault(endpoint, "not json-rpc", "serves a block that is none") from None
        return dict(header)

    def _votes(self, heads: Mapping[Endpoint, Header], number: int) -> dict[str, list[tuple[Endpoint, Header]]]:
        """Who has which block of this number, by all that is used of it: a true hash may come with a wrong time."""
        votes: dict[str, list[tuple[Endpoint, Header]]] = {}
        for endpoint, newest in heads.items():
            header: Header | None = newest
            if _number(newest) < number:
                continue
            if _number(newest) > number:
                try:
                    header = self._header(endpoint, hex(number))
                except RpcFault:
                    continue
            key = alike_key({"result": header})
            if header is not None and key is not None:
                votes.setdefault(key, []).append((endpoint, header))
        return votes

    def _take_head(self, agreeing: Sequence[tuple[Endpoint, Header]], voting: int) -> Header:
        header = agreeing[0][1]
        with self._lock:
            if self._head is None or self._head["hash"] != header["hash"]:
                self._head, self._head_moved_at = header, self._timer()
            self._agreeing = len(agreeing)
            self._note(header)
            trouble = self._trouble(self._timer() - self._head_moved_at)
        if voting > len(agreeing):
            trouble = f"{voting - len(agreeing)} of {voting} RPCs have another block {_number(header)}"
        self._rpcs.tell("chain", trouble)
        return header

    def _trouble(self, still_s: float) -> str:
        if still_s > self._stall_s:
            return f"no new block for {still_s:.0f} s: the chain, or every one of the RPCs, is frozen"
        now, highest = self._timer(), max((each.head or 0 for each in self._rpcs.all), default=0)
        frozen = [
            endpoint.name
            for endpoint in self._rpcs.all
            if endpoint.head is not None and endpoint.head < highest and now - endpoint.head_moved_at > self._stall_s
        ]
        return f"frozen while others move: {', '.join(frozen)}" if frozen else ""

    # What is asked as of a block

    def _agreed_as_of(self, method: str, params: Sequence[Any], place: int | None, at: Any) -> Response:
        asked = list(params)
        number = None
        if place is not None and isinstance(at, str) and len(at) == 66:
            asked[place] = {"blockHash": at}
            with self._lock:
                number = next((number for number, known in self._known.items() if known == at), None)
        elif place is not None:
            number = int(at, 16)
        elif self._head is not None:
            number = _number(self._head)
        response = self._agreed(lambda endpoint: self._rpcs.ask(endpoint, method, asked), number)
        header = response.get("result")
        if method == "eth_getBlockByNumber" and isinstance(header, dict) and "hash" in header:
            with self._lock:
                self._note(header)
        return response

    def _agreed(self, ask: Callable[[Endpoint], Response], block: int | None) -> Response:
        """The answer that a quorum gives. An RPC's refusal (no revert) counts as none; it is the answer if all else
        fails."""
        alike: dict[str, int] = {}
        refusal: Response | None = None
        faults: list[RpcFault] = []
        for endpoint in self._rpcs.candidates(block):
            try:
                response = ask(endpoint)
                key = self._key(endpoint, response)
            except RpcFault as fault:
                faults.append(fault)
                continue
            if key is None:
                refusal = response
                continue
            alike[key] = alike.get(key, 0) + 1
            if alike[key] == self._quorum:
                return response
        if refusal is not None:
            return refusal
        if len(alike) < 2:
            self._rpcs.too_few(faults)
        raise RpcsDisagree(
            f"{sum(alike.values())} RPCs give {len(alike)} different answers about one block, and no {self._quorum} "
            "the same: one is behind, or wrong; trying again"
        )

    def _key(self, endpoint: Endpoint, response: Response) -> str | None:
        try:
            return alike_key(response)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise self._rpcs.fault(endpoint, "not json-rpc", "answers with something of another shape") from None

    def _logs(self, endpoint: Endpoint, params: Sequence[Any]) -> Response:
        """Logs from a server that has the last block they are to cover, and the one agreed on."""
        last = params[0]["toBlock"]
        self._rpcs.check_chain(endpoint)
        logs, told = endpoint.ask_together([("eth_getLogs", params), ("eth_getBlockByNumber", [last, False])])
        if "error" in logs:
            return logs
        header = self._checked_header(endpoint, told.get("result"))
        with self._lock:
            known = self._known.get(int(last, 16))
        if header is None or (known is not None and header["hash"] != known):
            raise self._rpcs.fault(
                endpoint, "behind", f"does not have the block {int(last, 16)} it was asked for logs up to"
            )
        told_by_one = logs["result"] if self._quorum == 1 else only_compared(logs["result"])
        return {"result": told_by_one, "last": header["hash"]}

    def _note(self, header: Header) -> None:
        number = _number(header)
        self._known[number] = header["hash"]
        self._known.move_to_end(number)
        while len(self._known) > KNOWN_HEADERS:
            self._known.popitem(last=False)


def _number(header: Header) -> int:
    return int(header["number"], 16)
