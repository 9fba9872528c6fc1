"""A GET with limits on everything an answer could do to us: its size, the time all of it takes, redirects."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from oracle.certificates import public_authorities
from oracle.domain.shown import shown_url
from oracle.telemetry.errors import AuthFileUnusable, ExporterTooLarge, ExporterUnreachable


def bounded_get(
    client: httpx.Client,
    url: str,
    *,
    timeout_s: float,
    max_bytes: int,
    headers: Mapping[str, str] | None = None,
    elapsed: Callable[[], float] = time.monotonic,
) -> tuple[int, bytes]:
    """(status, whole body) of an answer. `timeout_s` bounds all of it, not each read; `elapsed` is a monotonic clock in
    seconds. Raises ExporterUnreachable, ExporterTooLarge."""
    shown, deadline = shown_url(url), elapsed() + timeout_s
    body = bytearray()
    try:
        with client.stream("GET", url, timeout=timeout_s, follow_redirects=False, headers=headers) as answer:
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise ExporterTooLarge(
                        f"{shown}: answered more than {max_bytes} bytes. Check that the address is the one you meant."
                    )
                if elapsed() > deadline:
                    raise ExporterUnreachable(
                        f"{shown}: still sending after {timeout_s:g} s. Raise the timeout or check the link."
                    )
            return answer.status_code, bytes(body)
    except httpx.TimeoutException as error:
        raise ExporterUnreachable(
            f"{shown}: no answer within {timeout_s:g} s. Check that what should serve it runs there."
        ) from error
    except httpx.InvalidURL:  # says which part is wrong by quoting it
        raise ExporterUnreachable(f"{shown}: no connection (it is no valid URL). Check the address.") from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise ExporterUnreachable(
            f"{shown}: no connection ({str(error) or type(error).__name__}). Check the address and that "
            "what should serve it runs there."
        ) from error


def http_client(ca_file: Path | None = None) -> httpx.Client:
    """A client that takes nothing from the environment. `ca_file`: the certificate that signs the server's, where that
    is none of the public ones. Raises AuthFileUnusable."""
    try:
        context = public_authorities() if ca_file is None else ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise AuthFileUnusable(f"{ca_file}: is no PEM certificate that can be read ({error})") from None
    return httpx.Client(trust_env=False, follow_redirects=False, verify=context)
