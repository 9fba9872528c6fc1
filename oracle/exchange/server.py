"""The HTTP server in a thread of its own, on a socket bound before it starts, so that its port is known.

No client can hold it: a request has to be there in time, an answer has to be taken in time, and one address has no more
than its share of the connections.
"""

import asyncio
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from oracle.domain.errors import WellheadError

START_TIMEOUT_S = 10.0


class CannotListen(WellheadError):
    """The address is taken, or not this machine's."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """`connections` in all, `per_address` of one client address. Real seconds: `head_s` from the first to the last byte
    of a request's head, `idle_s` between requests, `answer_s` until an answer is made and taken."""

    connections: int = 512
    per_address: int = 128
    head_s: float = 10.0
    idle_s: int = 30
    answer_s: float = 60.0


class _Connection(H11Protocol):
    """One connection, with a deadline whenever it is not idle between two requests."""

    def __init__(self, limits: ServerLimits, addresses: Counter[str], **given: Any) -> None:
        super().__init__(**given)
        self._limits = limits
        self._addresses = addresses
        self._address = ""
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if len(self.connections) > self._limits.connections or self._addresses[address] >= self._limits.per_address:
            transport.abort()
            return
        self._address = address
        self._addresses[address] += 1
        self._allow(self._limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._allow(None)
        if self._address:
            self._addresses[self._address] -= 1
            if not self._addresses[self._address]:
                del self._addresses[self._address]
            self._address = ""
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if self._deadline is None:  # the first byte of another request
            self._allow(self._limits.head_s)
        super().data_received(data)
        if self.cycle is not before and not self.cycle.response_complete:
            self._allow(self._limits.answer_s)

    def on_response_complete(self) -> None:
        # What is left of a body that was refused must end in time too.
        self._allow(None if not self.cycle.more_body else self._limits.head_s)
        before = self.cycle
        super().on_response_complete()
        if self.cycle is not before and not self.cycle.response_complete:  # it was sent before the answer was taken
            self._allow(self._limits.answer_s)

    def _allow(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


class Server:
    """Serves an ASGI application on host:port; port 0 takes a free one. `url` is where it can be reached."""

    def __init__(self, app: Any, host: str, port: int, limits: ServerLimits | None = None) -> None:
        limits = limits or ServerLimits()
        addresses = Counter[str]()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # By its protocol's number asyncio knows it for TCP and sends at once: 40 ms an answer otherwise.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise CannotListen(f"cannot listen on {host}:{port} ({error.strerror}): choose another `listen`") from None
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            http=lambda **given: _Connection(limits, addresses, **given),  # type: ignore[arg-type]
            ws="none",
            server_header=False,
            proxy_headers=False,  # whom to believe is the rate limit's to say
            timeout_keep_alive=limits.idle_s,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=16 * 1024,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        """Starts serving. Raises CannotListen when the server does not come up."""
        self._thread.start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise CannotListen(f"the HTTP server on {self.url} did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stops serving; requests under way have three seconds."""
        self._server.should_exit = True
        self._thread.join(timeout=5)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])
