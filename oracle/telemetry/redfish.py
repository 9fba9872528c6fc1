"""What a machine, or the power strip it hangs on, draws in all, from its Redfish service: a cross-check for its boards.

The address is a chassis (`/redfish/v1/Chassis/1`), whose links are followed, or one of the resources below itself:
`EnvironmentMetrics` or a strip's metrics (`PowerWatts`, since Redfish 2020.4), the metrics of the power supplies under
`PowerSubsystem` (their input added up), or the older `Power` (`PowerControl`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from oracle.domain.shown import shown_url
from oracle.telemetry.errors import PowerUnknown
from oracle.telemetry.exact import scaled
from oracle.telemetry.http import bounded_get
from oracle.telemetry.sample import Sample

MAX_BYTES: Final = 1024 * 1024
MAX_SUPPLIES: Final = 32
TOP_MACHINE_MW: Final = 1_000_000_000
"""No rack takes a megawatt: a number above it is no reading."""


@dataclass(frozen=True, slots=True)
class RedfishPower:
    """One machine's service. `headers` gives what goes with each request; `timeout_s` bounds a whole reading."""

    url: str
    client: httpx.Client
    timeout_s: float = 10.0
    headers: Callable[[], Mapping[str, str]] = dict
    elapsed: Callable[[], float] = time.monotonic

    def read(self, now_ms: int) -> Sample:
        """Its power at `now_ms`, as a sample whose key is the address; mW. Raises ExporterUnreachable, PowerUnknown,
        AuthFileUnusable."""
        return Sample(self.url, now_ms, None, False, self._milliwatts(), None, healthy=True)

    def _milliwatts(self) -> int:
        deadline = self.elapsed() + self.timeout_s
        chassis = self._resource(self.url, deadline)
        found = _own_power(chassis)
        for link in ("EnvironmentMetrics", "PowerSubsystem", "Power"):
            if found is None and isinstance(chassis.get(link), dict):
                try:
                    part = self._resource(self._behind(chassis[link]), deadline)
                except PowerUnknown:
                    continue  # a link into nothing: older services name what they do not have
                found = _own_power(part)
                if found is None and link == "PowerSubsystem":
                    found = self._supplies(part, deadline)
        if found is None:
            raise PowerUnknown(
                f"{shown_url(self.url)}: tells no power. Give the address of a chassis whose EnvironmentMetrics, "
                "PowerSubsystem or Power has a reading."
            )
        return found

    def _supplies(self, subsystem: Mapping[str, Any], deadline: float) -> int | None:
        """The input of all power supplies; None unless every one tells its own."""
        supplies = subsystem.get("PowerSupplies")
        members = self._resource(self._behind(supplies), deadline).get("Members") if supplies else None
        if not isinstance(members, list) or not 0 < len(members) <= MAX_SUPPLIES:
            return None
        total = 0
        for member in members:
            metrics = self._resource(self._behind(member), deadline).get("Metrics")
            power = None if metrics is None else self._resource(self._behind(metrics), deadline).get("InputPowerWatts")
            reading = _reading(power)
            if reading is None:
                return None
            total += reading
        return total

    def _behind(self, link: object) -> str:
        """Where a link leads, on the same server: it must not send the node, and its password, anywhere else."""
        path = link.get("@odata.id") if isinstance(link, dict) else None
        if not isinstance(path, str) or not path.startswith("/redfish/") or len(path) > 400 or "\\" in path:
            raise PowerUnknown(f"{shown_url(self.url)}: has a link that leads nowhere on this server")
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{path}"

    def _resource(self, url: str, deadline: float) -> dict[str, Any]:
        status, body = bounded_get(
            self.client,
            url,
            timeout_s=max(0.1, deadline - self.elapsed()),
            max_bytes=MAX_BYTES,
            headers={"accept": "application/json", **self.headers()},
            elapsed=self.elapsed,
        )
        if status != 200:
            raise PowerUnknown(f"{shown_url(url)}: answered {status}. Check the address and the login for it.")
        try:
            resource = json.loads(body, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            resource = None
        if not isinstance(resource, dict):
            raise PowerUnknown(f"{shown_url(url)}: is not a Redfish resource.")
        return resource


def _own_power(resource: Mapping[str, Any]) -> int | None:
    """The power that a resource tells itself, mW."""
    found = _reading(resource.get("PowerWatts"))
    controls = resource.get("PowerControl")
    if found is None and isinstance(controls, list) and controls and isinstance(controls[0], dict):
        # The first is the chassis as a whole; further ones are parts of it.
        found = _reading({"Reading": controls[0].get("PowerConsumedWatts")})
    return found


def _reading(excerpt: object) -> int | None:
    """mW of a sensor excerpt's `Reading`; null, zero and what no machine draws are no reading."""
    reading = excerpt.get("Reading") if isinstance(excerpt, dict) else None
    value = scaled(reading, 3) if isinstance(reading, str) else None
    return value if value is not None and 0 < value <= TOP_MACHINE_MW else None
