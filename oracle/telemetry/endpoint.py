"""Scraping a dcgm-exporter over HTTP, with limits on everything it could do to us."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from oracle.domain.shown import shown_url
from oracle.telemetry.dcgm import parse_scrape
from oracle.telemetry.errors import ExporterRefused
from oracle.telemetry.http import bounded_get
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
        status, body = bounded_get(
            self.client,
            self.url,
            timeout_s=self.timeout_s,
            max_bytes=self.max_bytes,
            elapsed=self.elapsed,
        )
        if status != 200:
            raise ExporterRefused(
                f"{shown_url(self.url)}: answered {status}. "
                "Check the path (dcgm-exporter serves /metrics) and any login in front of it."
            )
        return body.decode("utf-8", errors="replace")

    def scrape(self, now_ms: int) -> list[Sample]:
        """One scrape as samples at `now_ms` (UTC). Also raises what `parse_scrape` does."""
        return parse_scrape(self.fetch(), now_ms, source=shown_url(self.url))
