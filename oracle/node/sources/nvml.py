"""The GPUs of the machine that the node runs on, through NVML."""

from collections.abc import Callable

from oracle.domain.reading import TrustLevel
from oracle.node.sources import SiteUnreachable
from oracle.store.telemetry import TelemetryStore
from oracle.telemetry.errors import TelemetryError
from oracle.telemetry.nvml import NvmlReader


class LocalGpus:
    """NVML is started at the first reading, and anew after one that failed. Whoever runs the node could have changed
    what the driver says, as an operator could with an exporter: the same level."""

    level = TrustLevel.OPERATOR_EXPORTER
    catches_up = False

    def __init__(self, fleet: int, store: TelemetryStore, reader: Callable[[], NvmlReader] = NvmlReader) -> None:
        self._fleet = fleet
        self._store = store
        self._make = reader
        self._reader: NvmlReader | None = None

    def take(self, now: int, epoch: int, since: int | None = None) -> None:
        """One reading of every GPU, dated `now`."""
        try:
            self._reader = self._reader or self._make()
            samples = self._reader.read(now * 1000)
        except TelemetryError as error:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
            raise SiteUnreachable(str(error)) from None
        self._store.add(self._fleet, epoch, samples)
