"""Scraping a dcgm-exporter over HTTP, with limits on everything it could do to us."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from oracle.telemetry.dcgm import parse_scrape
from oracle.telemetry.errors import ExporterRefused, ExporterTooLarge, ExporterUnreachable
from oracle.telemetry.sample import Sample

MAX_BYTES = 32 * 1024 * 1024
"""About 100 times what 8 GPUs with every metric answer."""


@dataclass(frozen=True, slots=True)
class DcgmEndpoint:
    """One exporter's address. The client is given, so that its owner closes it and tests can replace its transport.

    `timeout_s` bounds the whole scrape, not each read of it. `elapsed` is a monotonic clock in seconds.
    """

    url: str
    timeout_s: float
    client: httpx.Client
    max_bytes: int = MAX_BYTES
    elapsed: Callable[[], float] = time.monotonic

    def fetch(self) -> str:
        """The answer's text. Raises ExporterUnreachable, ExporterRefused, ExporterTooLarge."""
        deadline = self.elapsed() + self.timeout_s
        body = bytearray()
        try:
            with self.client.stream("GET", self.url, timeout=self.timeout_s, follow_redirects=False) as answer:
                if answer.status_code != 200:
                    raise ExporterRefused(
                        f"{self.url}: answered {answer.status_code} {answer.reason_phrase}. "
                        "Check the path (dcgm-exporter serves /metrics) and any login in front of it."
                    )
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > self.max_bytes:
                        raise ExporterTooLarge(
                            f"{self.url}: answered more than {self.max_bytes} bytes. "
                            "Check that it is one machine's exporter and not a federation endpoint."
                        )
                    if self.elapsed() > deadline:
                        raise ExporterUnreachable(
                            f"{self.url}: still sending after {self.timeout_s:g} s. "
                            "Raise the timeout or check the link."
                        )
        except httpx.TimeoutException as error:
            raise ExporterUnreachable(
                f"{self.url}: no answer within {self.timeout_s:g} s. Check that dcgm-exporter runs there."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise ExporterUnreachable(
                f"{self.url}: no connection ({str(error) or type(error).__name__}). Check the address and that "
                "dcgm-exporter runs there."
            ) from error
        return body.decode("utf-8", errors="replace")

    def scrape(self, now_ms: int) -> list[Sample]:
        """One scrape as samples at `now_ms` (UTC). Also raises what `parse_scrape` does."""
        return parse_scrape(self.fetch(), now_ms, source=self.url)
