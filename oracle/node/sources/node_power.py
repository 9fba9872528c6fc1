"""What the machines that hold a fleet's boards draw, from their Redfish services."""

from collections.abc import Sequence

from oracle.domain.reading import TrustLevel
from oracle.domain.shown import shown_url
from oracle.node.sources import SiteUnreachable
from oracle.store.telemetry import NODE_POWER, TelemetryStore
from oracle.telemetry.errors import TelemetryError
from oracle.telemetry.redfish import RedfishPower
from oracle.telemetry.sample import Sample


class NodePower:
    """All machines of one site, each a key of its own in the store: its address."""

    level = TrustLevel.PDU_CROSS_CHECK
    catches_up = False

    def __init__(self, fleet: int, machines: Sequence[RedfishPower], store: TelemetryStore) -> None:
        self.names = tuple(machine.url for machine in machines)
        self._fleet = fleet
        self._machines = machines
        self._store = store
        self.drawn_mw: dict[str, int] = {}
        """What each machine drew when it last answered."""

    def take(self, now: int, epoch: int, since: int | None = None) -> None:
        """One reading of each machine, dated `now`; those that answer count though one does not."""
        samples: list[Sample] = []
        fault: TelemetryError | None = None
        for machine in self._machines:
            try:
                samples.append(machine.read(now * 1000))
                self.drawn_mw[shown_url(machine.url)] = samples[-1].power_mw or 0
            except TelemetryError as error:
                fault = fault or error
        if samples:
            self._store.add(self._fleet, epoch, samples, source=NODE_POWER)
        if fault is not None:
            raise SiteUnreachable(str(fault))
