"""`wellhead run` with one thing altered: a program that lies, dies at a chosen moment, or has a wrong clock.

python -m tests.chaos.hostile KIND run --config node.toml

The node's own code has no hooks for this: what is altered is altered here, in this process, before it starts.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

HUGE_BYTES = 100 * 1024 * 1024


def die() -> None:
    """As kill -9 would."""
    os.kill(os.getpid(), signal.SIGKILL)


def skew(seconds: str) -> None:
    """The machine's clock is wrong by so much."""
    right, off = time.time, float(seconds)
    time.time = lambda: right() + off


def liar() -> None:
    """Says that nothing was delivered, of what it measured."""
    from oracle.domain.reading import Reading
    from oracle.node.observe import SiteObserver

    honest = SiteObserver.observe

    def lie(self: Any, facts: Any) -> Any:
        return tuple((meter, Reading(of.measured, 0, 0, 0, 0, of.flags)) for meter, of in honest(self, facts))

    SiteObserver.observe = lie  # type: ignore[method-assign]


def kill_at(when: str, state: str) -> None:
    """Dies once, `before` or `after` the commit that moves an epoch to `state`; a file in its folder remembers."""
    from oracle.store.database import Database
    from oracle.store.reports import ReportStore

    config = sys.argv[sys.argv.index("--config") + 1]
    mark = f"{os.path.dirname(config)}/killed.{when}.{state}"
    if os.path.exists(mark):
        return
    advance, transaction = ReportStore._advance, Database.transaction
    reached = []

    def advanced(connection: Any, epoch: int, to: Any) -> None:
        advance(connection, epoch, to)
        if to == state:
            with open(mark, "w") as file:
                file.write(str(epoch))
            if when == "before":
                die()
            reached.append(epoch)

    @contextmanager
    def committed(self: Any) -> Iterator[Any]:
        with transaction(self) as connection:
            yield connection
        if reached:
            die()

    ReportStore._advance = staticmethod(advanced)  # type: ignore[method-assign]
    Database.transaction = committed  # type: ignore[method-assign]


def dying_leader() -> None:
    """Dies whenever it leads, with its own proposal signed and nobody asked yet."""
    from oracle.exchange.lead import Leader

    def collect(*_: Any) -> None:
        die()

    Leader._collect = collect  # type: ignore[method-assign,assignment]


def equivocator() -> None:
    """Signs whatever it is shown, and as leader shows half of its peers one report and half another."""
    from oracle.domain.errors import WellheadError
    from oracle.domain.report import Report
    from oracle.domain.signed import Offer, SignedObservation
    from oracle.domain.turn import Turn
    from oracle.exchange.lead import Leader
    from oracle.exchange.messages import max_observation_bytes
    from oracle.store.guard import SigningGuard

    def bind(self: Any, report: Any, period_end: int, record: Any = None) -> None:
        if self.digest_of(report.epoch) is None and record is not None:
            with self._database.transaction() as connection:
                self._admit(connection, report.epoch, period_end, report.digest(self._domain))
                record(connection)

    def sign(self: Any, report: Report) -> bytes:
        encoded = getattr(report, "encoded", None)
        return bytes(self._signer.sign(encoded(self._domain) if encoded else report.digest(self._domain)))

    honest = Leader._collect

    def two_faced(self: Any, this: Any, peers: Any, attempt: int, proposal: Any, signatures: Any) -> Any:
        most = max_observation_bytes(len(this.bounds))
        given = peers.ask(lambda peer: peer.own_observation(this.epoch, this.base_epoch, most))
        held = {node: answer for node, answer in given if isinstance(answer, SignedObservation)}
        held[this.me] = self._store.own_observation(this.epoch, this.span, this.me)
        others = sorted(held)[-this.quorum :]
        if len(held) > this.quorum and others != [node for node, _ in proposal.pairs]:
            named = [held[node] for node in others]
            report, _ = this.build(named)
            pairs = tuple((signed.node, signed.observation.root) for signed in named)
            turn = self._guard.sign_message(Turn(report.digest(this.domain), attempt))
            second = Offer(
                replace(proposal, report=report, pairs=pairs), attempt, turn, {this.me: self._guard.sign(report)}
            )
            for peer in list(peers)[::2]:
                with suppress(WellheadError):
                    peer.propose(second)
        return honest(self, this, peers, attempt, proposal, signatures)

    SigningGuard.bind = bind  # type: ignore[method-assign]
    SigningGuard.sign = sign  # type: ignore[method-assign]
    Leader._collect = two_faced  # type: ignore[method-assign]


def answering(kind: str) -> None:
    """Answers its peers with garbage, with 100 MB, with nothing, or late; asks them as any node does."""
    from oracle.exchange import server

    init = server.Server.__init__

    def wrapped(self: Any, app: Any, host: str, port: int, *rest: Any) -> None:
        init(self, _hostile_app(kind, app), host, port, *rest)

    server.Server.__init__ = wrapped  # type: ignore[method-assign]


def _hostile_app(kind: str, honest: Asgi) -> Asgi:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] in ("/status", "/livez"):  # the test's own questions
            await honest(scope, receive, send)
            return
        if kind == "late":
            await asyncio.sleep(random.uniform(1, 6))
            await honest(scope, receive, send)
        elif kind == "nothing":
            await asyncio.sleep(60)
        else:
            body = random.randbytes(4096) if kind == "garbage" else bytes(1 << 20)
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
            )
            for _ in range(1 if kind == "garbage" else HUGE_BYTES // len(body)):
                await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    return app


KINDS: dict[str, Callable[..., None]] = {
    "skew": skew,
    "liar": liar,
    "kill": kill_at,
    "dying-leader": dying_leader,
    "equivocator": equivocator,
    "answering": answering,
}


def main() -> None:
    """Alters, then runs the node."""
    name, *arguments = sys.argv.pop(1).split(":")
    KINDS[name](*arguments)
    from oracle.cli import main as wellhead

    wellhead()


if __name__ == "__main__":
    main()
