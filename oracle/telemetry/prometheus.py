"""Raw samples out of a Prometheus-compatible store (Prometheus, Thanos, Mimir), which scrapes dcgm-exporters.

An instant query with a range selector, `{...}[Nms]` at a time, answers with the samples as they were scraped, each with
its own time. Never `rate()` or `increase()`, which extrapolate, nor a range query, which moves samples onto a grid of
its own and repeats old ones. All metrics are asked for in one query: two could see two states of the store.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx

from oracle.domain.shown import shown_url
from oracle.telemetry.dcgm_metrics import WANTED, Scrape, series_of
from oracle.telemetry.errors import ExporterTooLarge, StoreMalformed, StoreRefused
from oracle.telemetry.exact import scaled
from oracle.telemetry.exposition import Line
from oracle.telemetry.http import bounded_get
from oracle.telemetry.sample import Sample, showable

MAX_BYTES: Final = 64 * 1024 * 1024
"""An answer's size unpacked: 1000 GPUs scraped every 30 s fill about a third of it in ten minutes."""
_TIME_DIGITS: Final = 13
_SHOWN: Final = 200
TOO_MANY_SAMPLES: Final = 422
"""How a store answers a query that it will not execute, as one that would load too many samples."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What a store holds of a window: samples by time, and the warnings it gave. With a warning something may be
    missing, and the samples that are there are still true."""

    samples: list[Sample]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrometheusApi:
    """One store. `url` is what `/api/v1/query` is appended to; `selector` are label matchers, `cluster="a"`; `headers`
    gives what goes with each query (authorization, X-Scope-OrgID). The client is given, so that its owner closes it."""

    url: str
    client: httpx.Client
    timeout_s: float = 10.0
    selector: str = ""
    headers: Callable[[], Mapping[str, str]] = dict
    max_bytes: int = MAX_BYTES
    elapsed: Callable[[], float] = time.monotonic

    def read(self, start_ms: int, end_ms: int) -> Raw:
        """The samples with start_ms <= time <= end_ms (UTC).

        Raises ExporterUnreachable, ExporterTooLarge (ask for less), StoreRefused, StoreMalformed, AuthFileUnusable.
        """
        matchers = ['__name__=~"' + "|".join(WANTED) + '"', *([self.selector] if self.selector else [])]
        # One ms more: whether a range holds its left edge differs between versions; what is too much falls away below.
        query = f"{{{','.join(matchers)}}}[{end_ms - start_ms + 1}ms]"
        # Thanos is told to fail rather than to leave out a part of its stores; others do not know the parameter.
        asked = {"query": query, "time": f"{end_ms // 1000}.{end_ms % 1000:03d}", "partial_response": "false"}
        status, body = bounded_get(
            self.client,
            f"{self.url.rstrip('/')}/api/v1/query?{urlencode(asked, quote_via=quote)}",
            timeout_s=self.timeout_s,
            max_bytes=self.max_bytes,
            headers=self.headers(),
            elapsed=self.elapsed,
        )
        if status == TOO_MANY_SAMPLES:
            raise ExporterTooLarge(f"{shown_url(self.url)}: will not answer so much at once: {_said(body)}")
        if status != 200:
            raise StoreRefused(
                f"{shown_url(self.url)}: answered {status}: {_said(body)}. Check that the address is the one before "
                "/api/v1/query, and the login and tenant for it."
            )
        return parse_matrix(body, start_ms, end_ms, source=shown_url(self.url))


def parse_matrix(body: bytes, start_ms: int, end_ms: int, *, source: str = "store") -> Raw:
    """The samples with start_ms <= time <= end_ms in the answer to a query.

    Series of one scrape share its time, and make its samples together. Where two replicas scraped one exporter, both
    did at times of their own, and each scrape is a reading of its own; of two readings of one metric at one time the
    greater counts. NaN is no reading and no listing either: a store may hand out its staleness markers so. Raises
    StoreRefused, StoreMalformed.
    """
    try:
        answer = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise StoreMalformed(f"{source}: answered something that is not JSON: {_said(body)}") from None
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise StoreRefused(f"{source}: refused the query: {_said(body)}")
    data = answer.get("data")
    result = data.get("result") if isinstance(data, dict) and data.get("resultType") == "matrix" else None
    if not isinstance(result, list):
        raise StoreMalformed(f"{source}: answered without a matrix: {_said(body)}")
    scrapes: dict[int, Scrape] = {}
    for series in result:
        try:
            _add_series(series, scrapes, start_ms, end_ms)
        except (KeyError, TypeError, ValueError, AttributeError):
            shown = showable(str(series), _SHOWN)
            raise StoreMalformed(f"{source}: a series is not as the query API answers it: {shown}") from None
    warnings = answer.get("warnings") or []
    told = tuple(showable(str(warning), _SHOWN) for warning in warnings[:8]) if isinstance(warnings, list) else ("?",)
    return Raw([sample for at in sorted(scrapes) for sample in scrapes[at].samples(at)], told)


def _add_series(series: dict[str, Any], scrapes: dict[int, Scrape], start_ms: int, end_ms: int) -> None:
    labels = dict(series["metric"])
    name = labels.pop("__name__")
    if not all(isinstance(value, str) for value in (name, *labels.values())):
        raise TypeError
    told = series_of(labels)
    if told is None or name not in WANTED:
        return
    for moment, value in series["values"]:
        if value.lower() in ("nan", "+nan", "-nan"):
            continue
        at = scaled(moment, 3)
        if at is None or len(str(at)) > _TIME_DIGITS:
            raise ValueError
        if start_ms <= at <= end_ms and not scrapes.setdefault(at, Scrape()).add(Line(name, "", value, ""), told):
            raise ValueError


def _said(body: bytes) -> str:
    """What an answer said, cut short: its `error` where it has one."""
    text = body[:4096].decode("utf-8", errors="replace")
    try:
        answer = json.loads(body) if len(body) < 65_536 else None
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict) and isinstance(answer.get("error"), str):
        text = str(answer["error"])
    return showable(" ".join(text.split()), _SHOWN) or "nothing"
