"""A site's own Prometheus-compatible store, asked for the raw samples of its scrapes."""

import time
from collections.abc import Callable

from oracle.domain.reading import TrustLevel
from oracle.domain.shown import shown_url
from oracle.metering.gpu import REACH
from oracle.node.sources import SiteUnreachable
from oracle.store.telemetry import OPERATOR, Tail, TelemetryStore
from oracle.telemetry.errors import ExporterTooLarge, TelemetryError
from oracle.telemetry.prometheus import PrometheusApi, Raw

WINDOW_MS = 600_000
"""How much time is asked for at once; less where the store will not answer so much."""
TAKE_S = 5.0
"""For how long it is asked in one go; the rest follows at the next."""
OVERLAP = 2
"""Sample intervals that are asked for again each time: a scrape may not yet have been there whole."""
BACK_MS = 7_200_000
"""How far back a node that was away looks by itself; an observation asks for all it needs."""


class MetricsStore:
    """One store. `interval_s` is that of its scrapes.

    It keeps what it was sent late, so at an observation all of the span is asked for again, and what a scrape says then
    takes the place of what it said before: two nodes that ask at different times meter the same samples. `elapsed` is a
    monotonic clock in seconds.
    """

    level = TrustLevel.OPERATOR_EXPORTER
    catches_up = True

    def __init__(
        self,
        fleet: int,
        api: PrometheusApi,
        interval_s: int,
        store: TelemetryStore,
        *,
        source: int = OPERATOR,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fleet = fleet
        self._api = api
        self._shown = shown_url(api.url)
        self._interval_ms = interval_s * 1000
        self._store = store
        self._source = source
        self._elapsed = elapsed

    def take(self, now: int, epoch: int, since: int | None = None) -> None:
        """Reads from where it was left, or from three intervals before `since`, to `now`, window by window."""
        deadline, end_ms = self._elapsed() + TAKE_S, now * 1000
        tail = self._store.tail(self._fleet, source=self._source)
        read_to = tail.offset if tail is not None and tail.url == self._api.url else end_ms
        if since is not None:
            at = since * 1000 - REACH * self._interval_ms
        else:
            at = max(min(read_to, end_ms) - OVERLAP * self._interval_ms, end_ms - BACK_MS)
        at, window, found = max(0, at), WINDOW_MS, 0
        while at <= end_ms:
            if self._elapsed() > deadline:
                raise SiteUnreachable(f"{self._shown} has more than can be read in one go; the rest follows")
            until = min(at + window, end_ms)
            try:
                raw = self._api.read(at, until)
            except ExporterTooLarge as error:
                if window <= self._interval_ms:
                    raise SiteUnreachable(str(error)) from None
                window = max(window // 2, self._interval_ms)
                continue
            except TelemetryError as error:
                raise SiteUnreachable(str(error)) from None
            self._keep(raw, epoch, until, read_to)
            found += len(raw.samples)
            at = until + 1
        if not found:
            raise SiteUnreachable(
                f"{self._shown} has no sample of a GPU in the time asked for: check its scrapes, and the selector"
            )

    def _keep(self, raw: Raw, epoch: int, until_ms: int, read_to: int) -> None:
        """Stores a window. One that may be short of something takes nothing's place, and is asked for again."""
        if raw.warnings:
            self._store.add(self._fleet, epoch, raw.samples, source=self._source)
            raise SiteUnreachable(f"{self._shown} answers in part: {'; '.join(raw.warnings)}")
        tail = Tail(self._api.url, max(until_ms, read_to), "")
        self._store.add(self._fleet, epoch, raw.samples, tail, source=self._source, replace=True)
