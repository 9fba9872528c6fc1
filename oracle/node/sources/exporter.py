"""A dcgm-exporter, scraped by the node itself."""

from oracle.domain.reading import TrustLevel
from oracle.exchange.fetch import Fetcher
from oracle.node.sources import SiteUnreachable
from oracle.store.telemetry import OPERATOR, TelemetryStore
from oracle.telemetry.endpoint import DcgmEndpoint
from oracle.telemetry.errors import TelemetryError


class Exporter:
    """One exporter. `source` is whose it is, as the store counts sources."""

    level = TrustLevel.OPERATOR_EXPORTER
    catches_up = False

    def __init__(
        self, fleet: int, url: str, fetcher: Fetcher, store: TelemetryStore, *, source: int = OPERATOR
    ) -> None:
        self._fleet = fleet
        self._endpoint = DcgmEndpoint(url, fetcher.timeout_s, fetcher.client)
        self._store = store
        self._source = source

    def take(self, now: int, epoch: int, since: int | None = None) -> None:
        """One scrape, its samples dated `now`."""
        try:
            samples = self._endpoint.scrape(now * 1000)
        except TelemetryError as error:
            raise SiteUnreachable(str(error)) from None
        self._store.add(self._fleet, epoch, samples, source=self._source)
