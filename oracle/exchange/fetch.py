"""HTTP as we use it everywhere: a size limit, one deadline for the whole answer, no redirects, no proxy from
outside. Errors name a URL without its login and query."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from oracle.certificates import public_authorities
from oracle.domain.errors import WellheadError
from oracle.domain.shown import shown_url


class Unreachable(WellheadError):
    """No answer, or not all of it in time."""


class AnswerTooLarge(WellheadError):
    """More bytes than the question can be answered with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, lower-case headers and whole body of an HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Fetcher:
    """A shared, thread-safe HTTP client. `elapsed` is a monotonic clock in seconds."""

    def __init__(
        self, timeout_s: float = 10.0, connect_s: float = 2.0, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self.timeout_s = timeout_s
        self._connect_s = connect_s
        self._elapsed = elapsed
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=30)
        self.client = httpx.Client(limits=limits, trust_env=False, follow_redirects=False, verify=public_authorities())

    def get(
        self, url: str, max_bytes: int, timeout_s: float | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a GET, in `timeout_s` if given. Raises Unreachable, or AnswerTooLarge beyond `max_bytes`."""
        return self._send("GET", url, max_bytes, headers=headers, timeout_s=timeout_s)

    def get_part(self, url: str, first_byte: int, max_bytes: int, timeout_s: float) -> Answer:
        """The answer to a GET with `Range: bytes=<first_byte>-`, of which no more than `max_bytes` are read; that a
        server without Range sends the whole is seen by its status. Raises Unreachable, also after `timeout_s`."""
        headers = {"range": f"bytes={first_byte}-"}
        return self._send("GET", url, max_bytes, headers=headers, part=True, timeout_s=timeout_s)

    def post_json(
        self,
        url: str,
        body: bytes,
        max_bytes: int,
        timeout_s: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a POST of JSON, in `timeout_s` if given. Raises Unreachable, or AnswerTooLarge beyond
        `max_bytes`."""
        sent = {"content-type": "application/json", **(headers or {})}
        return self._send("POST", url, max_bytes, headers=sent, body=body, timeout_s=timeout_s)

    def close(self) -> None:
        """Closes its connections."""
        self.client.close()

    def _send(
        self,
        method: str,
        url: str,
        max_bytes: int,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        part: bool = False,
        timeout_s: float | None = None,
    ) -> Answer:
        # httpx's own timeout is per read: a peer that drips one byte a second must not hold a thread for hours.
        allowed_s = self.timeout_s if timeout_s is None else min(timeout_s, self.timeout_s)
        timeout = httpx.Timeout(allowed_s, connect=min(allowed_s, self._connect_s))
        deadline = self._elapsed() + allowed_s
        got = bytearray()
        try:
            # Identity: a compressed answer could unpack to far more than it is.
            wanted = {"accept-encoding": "identity", **(headers or {})}
            with self.client.stream(method, url, headers=wanted, content=body, timeout=timeout) as answer:
                for chunk in answer.iter_raw():
                    got += chunk
                    if part and len(got) >= max_bytes:
                        del got[max_bytes:]
                        break
                    if len(got) > max_bytes:
                        raise AnswerTooLarge(f"{shown_url(url)} answers with more than {max_bytes} bytes")
                    if self._elapsed() > deadline:
                        raise Unreachable(f"{shown_url(url)} was still sending after {allowed_s:g} s")
                return Answer(answer.status_code, bytes(got), dict(answer.headers))
        except httpx.TimeoutException:
            raise Unreachable(f"{shown_url(url)} did not answer within {allowed_s:g} s") from None
        except httpx.InvalidURL:  # says which part is wrong by quoting it
            raise Unreachable(f"{shown_url(url)} cannot be reached: it is no valid URL") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise Unreachable(f"{shown_url(url)} cannot be reached: {str(error) or type(error).__name__}") from None
