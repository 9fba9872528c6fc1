"""What a question of a node passes before it is answered: who asks, how much it may send and how fast, and how many
questions of one node are answered at once. Public paths pass untouched."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oracle.domain.keccak import keccak256
from oracle.exchange.auth import Doorkeeper
from oracle.exchange.messages import MAX_OFFER_BYTES
from oracle.exchange.refusals import BodyTooLarge, BodyTooSlow, NotAuthenticated, Refusal, TooManyAtOnce
from oracle.exchange.wire import refusal_response

PRIVATE_PATHS = ("/epochs/", "/observations/")
"""Paths that only nodes of the set are answered."""


@dataclass(frozen=True, slots=True)
class DoorRules:
    """One node is answered `at_once` questions at a time while `waiting` more wait; a body must be there in `body_s`
    real seconds."""

    at_once: int = 3
    waiting: int = 64
    body_s: float = 5.0


@dataclass
class _Queue:
    places: asyncio.Semaphore
    waiting: int = 0


@dataclass
class Door:
    """ASGI middleware. `refused` counts refusals by name."""

    app: ASGIApp
    keeper: Doorkeeper
    refused: Counter[str]
    rules: DoorRules = field(default_factory=DoorRules)
    _queues: dict[int, _Queue] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PRIVATE_PATHS):
            await self.app(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, send)
        except Refusal as error:
            self.refused[type(error).__name__] += 1
            await refusal_response(error)(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        asked = self.keeper.check(headers.get("authorization", ""), scope["method"], target)
        most = MAX_OFFER_BYTES if scope["method"] == "POST" else 0
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 9 or int(length) > most:
            raise BodyTooLarge(f"a body has at most {most} bytes here")
        with self._queue(asked.index) as places:
            async with places:
                try:
                    body = await asyncio.wait_for(_read(receive, most), self.rules.body_s)
                except TimeoutError:
                    raise BodyTooSlow(f"the body was not there after {self.rules.body_s:g} s") from None
                if keccak256(body) != asked.body:
                    raise NotAuthenticated("the body is another than was signed")
                await self.app(scope, _replay(body, receive), send)

    @contextmanager
    def _queue(self, index: int) -> Iterator[asyncio.Semaphore]:
        queue = self._queues.setdefault(index, _Queue(asyncio.Semaphore(self.rules.at_once)))
        if queue.waiting >= self.rules.at_once + self.rules.waiting:
            raise TooManyAtOnce(f"node {index} has {queue.waiting} questions open here: wait for answers first")
        queue.waiting += 1
        try:
            yield queue.places
        finally:
            queue.waiting -= 1


async def _read(receive: Receive, most: int) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyTooSlow("the connection was closed before the body was there")
        body += message.get("body", b"")
        if len(body) > most:
            raise BodyTooLarge(f"a body has at most {most} bytes here")
        more = message.get("more_body", False)
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
