"""Who asks: nodes sign their questions to each other, so that only they are answered, and nobody can ask again what
another asked.

The header is `Authorization: Wellhead <sender> <time> <nonce> <body> <signature>`; docs/protocol.md says what is in it.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_bytes
from threading import Lock

from oracle.domain.keccak import keccak256
from oracle.domain.report import Domain
from oracle.domain.signature import SignatureError, recover
from oracle.domain.turn import Request
from oracle.exchange.refusals import NotAuthenticated, NotYet, StaleRequest, TooManyAtOnce

SCHEME = "Wellhead"
MOST_REMEMBERED = 8192
"""Nonces of one node within the time a request is good for; asking more often is no honest node's need."""
_HEADER = re.compile(rf"{SCHEME} (0x[0-9a-f]{{40}}) (\d{{1,15}}) ([0-9a-f]{{64}}) ([0-9a-f]{{64}}) ([0-9a-f]{{128}})")
_HOW = "sign the request as docs/protocol.md says, with the hot key of a node of this set"


@dataclass(frozen=True, slots=True)
class Asker:
    """Signs this node's questions. `sender` is its cold address, `clock` gives Unix seconds, `sign` makes the 64-byte
    signature of a Request."""

    sender: str
    clock: Callable[[], float]
    sign: Callable[[Request], bytes]

    def header(self, recipient: str, method: str, target: str, body: bytes = b"") -> str:
        """The value of `Authorization` for one question to `recipient` (a cold address)."""
        request = Request(
            sender=self.sender,
            recipient=recipient,
            time=int(self.clock()),
            nonce=token_bytes(32),
            method=method,
            target=target,
            body=keccak256(body),
        )
        words = (
            self.sender.lower(),
            str(request.time),
            request.nonce.hex(),
            request.body.hex(),
            self.sign(request).hex(),
        )
        return " ".join((SCHEME, *words))


@dataclass(frozen=True, slots=True)
class Member:
    """A node that may ask: its index, and the addresses of its hot keys, the present one and the one before."""

    index: int
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and the Keccak that the body must have."""

    index: int
    body: bytes


@dataclass
class _Seen:
    nonces: set[bytes] = field(default_factory=set)
    order: deque[tuple[int, bytes]] = field(default_factory=deque)


class Doorkeeper:
    """Checks who asks. `clock` gives Unix seconds; a request is good for `window_s` before and after its time. Safe to
    use from several threads."""

    def __init__(self, domain: Domain, clock: Callable[[], float], window_s: int) -> None:
        self._domain = domain
        self._clock = clock
        self._window_s = window_s
        self._me = ""
        self._members: Mapping[str, Member] = {}
        self._seen: dict[str, _Seen] = {}
        self._lock = Lock()

    def admit(self, me: str, members: Mapping[str, Member]) -> None:
        """Sets who may ask, by cold address, and this node's own cold address."""
        with self._lock:
            self._me = me.lower()
            self._members = {cold.lower(): member for cold, member in members.items()}
            self._seen = {cold: seen for cold, seen in self._seen.items() if cold in self._members}

    def check(self, header: str, method: str, target: str) -> Asked:
        """Who signed the request with this `Authorization`. Raises NotAuthenticated, StaleRequest, TooManyAtOnce, or
        NotYet before the node set is known."""
        me, members = self._me, self._members
        if not me:
            raise NotYet("this node has not read the node set yet")
        parts = _HEADER.fullmatch(header)
        if parts is None:
            raise NotAuthenticated(f"there is no signature of a node with the request: {_HOW}")
        sender, time, nonce, body, signature = parts.groups()
        member = members.get(sender)
        if member is None:
            raise NotAuthenticated(f"{sender} is no cold address of the node set: {_HOW}")
        now = int(self._clock())
        if abs(int(time) - now) > self._window_s:
            raise StaleRequest(
                f"the request is of {time}, here it is {now}: set the clock of whichever machine is wrong "
                f"(they may be {self._window_s} s apart)"
            )
        request = Request(sender, me, int(time), bytes.fromhex(nonce), method, target, bytes.fromhex(body))
        try:
            signer = recover(request.digest(self._domain), bytes.fromhex(signature))
        except SignatureError as error:
            raise NotAuthenticated(f"the request's signature is none: {error}") from None
        if signer not in member.keys:
            raise NotAuthenticated(
                f"the request is signed by {signer}, or is another request than was signed; node {member.index} "
                f"signs with {' or '.join(sorted(member.keys))}"
            )
        self._remember(sender, request, now)
        return Asked(member.index, request.body)

    def _remember(self, sender: str, request: Request, now: int) -> None:
        with self._lock:
            seen = self._seen.setdefault(sender, _Seen())
            while seen.order and seen.order[0][0] < now - 2 * self._window_s:
                seen.nonces.discard(seen.order.popleft()[1])
            if request.nonce in seen.nonces:
                raise StaleRequest("this request was asked before: each has a nonce of its own")
            if len(seen.nonces) >= MOST_REMEMBERED:
                raise TooManyAtOnce(f"more than {MOST_REMEMBERED} questions within {2 * self._window_s} s")
            seen.nonces.add(request.nonce)
            seen.order.append((now, request.nonce))
