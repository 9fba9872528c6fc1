"""What every request passes before any path sees it: limits of size and rate; and the headers of every answer."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oracle.api.errors import ApiError, BodyTooLong, RateLimited, TargetTooLong, TooManyHeaders, refusal
from oracle.api.limits import Network, RateLimit, client_address

MAX_TARGET_BYTES = 2048
MAX_HEADERS = 64
MAX_HEADER_BYTES = 8192
MAX_BODY_BYTES = 64 * 1024
"""The largest body any path takes is smaller; each path has its own limit besides."""
UNLIMITED = ("/livez", "/readyz")
"""Asked by supervisors, and answered from memory."""
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action "
    "'none'; base-uri 'none'",
}


@dataclass(frozen=True, slots=True)
class GateRules:
    """`is_exempt` says of a request's scope that no rate limit is to hold it up."""

    rate: RateLimit
    trusted_proxies: Sequence[Network]
    is_exempt: Callable[[Scope], bool]
    max_body_bytes: int = MAX_BODY_BYTES


class Gate:
    """ASGI middleware. `answers` counts answers by status class: "2xx"."""

    def __init__(self, app: ASGIApp, rules: GateRules, answers: Counter[str]) -> None:
        self._app = app
        self._rules = rules
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = self._with_headers(send)
        try:
            self._check_size(scope)
            self._check_rate(scope)
        except RateLimited as error:
            await self._refuse(error, scope, receive, sending, {"retry-after": str(error.args[1])})
        except ApiError as error:
            await self._refuse(error, scope, receive, sending, {"connection": "close"})
        else:
            await self._app(scope, self._counted(receive), sending)

    def _check_size(self, scope: Scope) -> None:
        target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if target > MAX_TARGET_BYTES:
            raise TargetTooLong(f"a path and query have at most {MAX_TARGET_BYTES} bytes, this one has {target}")
        fields = scope["headers"]
        size = sum(len(name) + len(value) for name, value in fields)
        if len(fields) > MAX_HEADERS or size > MAX_HEADER_BYTES:
            raise TooManyHeaders(f"send at most {MAX_HEADERS} header fields of {MAX_HEADER_BYTES} bytes in all")
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or len(length) > 18 or int(length) > self._rules.max_body_bytes:
            raise BodyTooLong(f"a body has at most {self._rules.max_body_bytes} bytes")

    def _check_rate(self, scope: Scope) -> None:
        if scope["path"] in UNLIMITED or self._rules.is_exempt(scope):
            return
        forwarded = Headers(scope=scope).getlist("x-forwarded-for")
        peer = (scope.get("client") or ("unknown", 0))[0]
        wait_s = self._rules.rate.take(client_address(peer, forwarded, self._rules.trusted_proxies))
        if wait_s:
            raise RateLimited(f"too many requests from your address: ask again in {wait_s} s", wait_s)

    def _counted(self, receive: Receive) -> Receive:
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self._rules.max_body_bytes:
                raise BodyTooLong(f"a body has at most {self._rules.max_body_bytes} bytes")
            return message

        return counted

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answers[f"{message['status'] // 100}xx"] += 1
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        return sending

    @staticmethod
    async def _refuse(error: ApiError, scope: Scope, receive: Receive, send: Send, headers: dict[str, str]) -> None:
        await refusal(error.status, type(error).__name__, str(error.args[0]), headers)(scope, receive, send)
