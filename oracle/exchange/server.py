"""The HTTP server in a thread of its own, on a socket bound before it starts, so that its port is known."""

import socket
import threading
import time
from typing import Any

import uvicorn

from oracle.domain.errors import WellheadError

START_TIMEOUT_S = 10.0


class CannotListen(WellheadError):
    """The address is taken, or not this machine's."""


class Server:
    """Serves an ASGI application on host:port; port 0 takes a free one. `url` is where it can be reached."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
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
            http="h11",
            ws="none",
            server_header=False,
            limit_concurrency=128,
            timeout_keep_alive=30,
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
