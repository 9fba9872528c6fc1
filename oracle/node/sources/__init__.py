"""Where a site's samples come from: what a source is, and one file for each kind.

A new kind is one new file here, over a reader in `oracle/telemetry`, and its settings.
"""

from typing import Protocol

from oracle.domain.errors import WellheadError
from oracle.domain.reading import TrustLevel


class SiteUnreachable(WellheadError):
    """The site does not answer, or not with telemetry."""


class Source(Protocol):
    """One source of one fleet's samples."""

    level: TrustLevel
    catches_up: bool
    """Whether it can still tell what it was not asked for in time: a log and a store can, an exporter cannot."""

    def take(self, now: int, epoch: int, since: int | None = None) -> None:
        """Reads what there is at `now` (Unix seconds, in `epoch`) into the store.

        With `since` an observation of what happened from then on is about to be made: one that can be asked again asks
        for all of it, so that what came late counts. Raises SiteUnreachable, also when it could not read all of it.
        """
