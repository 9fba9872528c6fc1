"""What the chain names only by hash or root, allocation bodies and inventories: fetched ahead, each site in a thread of
its own, so that no server's slowness is ever waited for longer than an observation can spare."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

from oracle.domain.errors import WellheadError
from oracle.domain.meters import FleetMeter, Inventory, MeterSet
from oracle.domain.shown import shown_url
from oracle.exchange.fetch import Fetcher, Unreachable
from oracle.node.allocations import MAX_BOARDS, MAX_BODY_BYTES, WrongBody, check_body, inventory_gpus
from oracle.node.sites import Site
from oracle.store.errors import StoreUnavailable
from oracle.store.telemetry import TelemetryStore

OK = 200
NEWEST = 2
"""Allocations of a lease that are fetched ahead: the one in force, and one that is to follow it."""
RETRY_S = 60.0
"""After which what could not be had is asked for again, in real seconds."""
STORE_RETRY_S = 5.0
"""The same for what was served and the database did not take."""
Wanted = bytes | Inventory
"""A body by its hash, or an inventory by its root."""


class Bodies:
    """What one node's sites serve. Safe to use from several threads; `log` takes (event, fields), `elapsed` is a
    monotonic clock in seconds."""

    def __init__(
        self,
        sites: Iterable[Site],
        store: TelemetryStore,
        fetcher: Fetcher,
        log: Callable[..., None],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sites = {site.fleet: site for site in sites}
        self._store = store
        self._fetcher = fetcher
        self._log = log
        self._elapsed = elapsed
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max(1, len(self._sites)), thread_name_prefix="bodies")
        self._wanted: dict[int, dict[Wanted, None]] = {}  # by fleet, in the order asked for
        self._faults: dict[tuple[int, Wanted], str | StoreUnavailable] = {}
        self._running: dict[int, Future[None]] = {}
        self._busy: set[int] = set()
        self._again: dict[int, float] = {}  # when to ask each fleet's site again
        self._inventories: dict[int, tuple[Inventory, tuple[str, ...]]] = {}  # the newest of each fleet, checked

    def prepare(self, meters: MeterSet) -> None:
        """Begins to fetch what observing these meters will need."""
        self.want(
            (lease.fleet_id, allocation.body_hash)
            for lease in meters.leases
            for allocation in sorted(lease.allocations, key=lambda each: (each.effective_from, each.mined))[-NEWEST:]
            if any(allocation.body_hash)
        )
        self.want((fleet.fleet_id, newest) for fleet in meters.fleets if (newest := _newest(fleet)) is not None)

    def want(self, things: Iterable[tuple[int, Wanted]]) -> None:
        """Begins to fetch those of (fleet id, body hash or inventory) that are not here yet."""
        for fleet, thing in things:
            if fleet in self._sites and not self._is_here(fleet, thing):
                with self._lock:
                    self._wanted.setdefault(fleet, {})[thing] = None
        self._begin(self._wanted)

    def retry(self) -> None:
        """Asks again for what could not be had a while ago."""
        now = self._elapsed()
        self._begin([fleet for fleet in self._wanted if now >= self._again.get(fleet, now)])

    def wait(self, seconds: float) -> None:
        """Until everything asked for was fetched or failed, and no longer."""
        wait(list(self._running.values()), seconds)

    def body(self, fleet: int, body_hash: bytes) -> bytes:
        """The body with a hash. Raises WrongBody when it is not here, with what its site answered, or
        StoreUnavailable."""
        known = self._store.body(body_hash)
        if known is None:
            raise WrongBody(self._why_not(fleet, body_hash))
        return known

    def inventory(self, fleet: FleetMeter) -> tuple[str, ...]:
        """The fleet's newest inventory; empty when it has none, nobody serves it, or it is not as the chain says.
        Raises StoreUnavailable where it was served and could not be kept."""
        newest = _newest(fleet)
        if newest is None or fleet.fleet_id not in self._sites:
            return ()
        known = self._inventories.get(fleet.fleet_id)
        if known is not None and known[0] == newest:
            return known[1]
        reason = self._why_not(fleet.fleet_id, newest)
        self._log("inventory unknown", fleet=fleet.fleet_id, version=newest.version, reason=reason)
        return ()

    def close(self) -> None:
        """Begins nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _why_not(self, fleet: int, thing: Wanted) -> str:
        if fleet not in self._sites:
            return f"no site is configured for fleet {fleet}"
        fault = self._faults.get((fleet, thing), f"the site of fleet {fleet} has not answered yet")
        if isinstance(fault, StoreUnavailable):
            raise fault.with_traceback(None)  # no fault of the site's
        return fault

    def _is_here(self, fleet: int, thing: Wanted) -> bool:
        if isinstance(thing, Inventory):
            known = self._inventories.get(fleet)
            return known is not None and known[0] == thing
        return self._store.body(thing) is not None

    def _begin(self, fleets: Iterable[int]) -> None:
        with self._lock:
            for fleet in list(fleets):
                if self._wanted.get(fleet) and fleet not in self._busy:
                    self._busy.add(fleet)
                    self._again[fleet] = self._elapsed() + RETRY_S
                    self._running[fleet] = self._pool.submit(self._fetch_all, self._sites[fleet])

    def _fetch_all(self, site: Site) -> None:
        """Fetches what is wanted of one site, until it does not answer."""
        for thing in self._left(site.fleet):
            try:
                if isinstance(thing, Inventory):
                    self._inventories[site.fleet] = thing, self._fetch_inventory(site, thing)
                else:
                    url = f"{site.allocations_url.rstrip('/')}/0x{thing.hex()}"
                    self._store.add_body(thing, check_body(self._get(url), thing))
            except StoreUnavailable as error:
                self._faults[site.fleet, thing] = error
                with self._lock:
                    self._again[site.fleet] = self._elapsed() + STORE_RETRY_S
                    self._busy.discard(site.fleet)
                return
            # Whatever a site serves, it harms this site only.
            except Exception as error:  # noqa: BLE001
                self._faults[site.fleet, thing] = str(error) if isinstance(error, WellheadError) else repr(error)
                if isinstance(error, Unreachable):
                    with self._lock:
                        self._busy.discard(site.fleet)
                    return
            else:
                self._faults.pop((site.fleet, thing), None)
                with self._lock:
                    self._wanted.get(site.fleet, {}).pop(thing, None)

    def _left(self, fleet: int) -> Iterator[Wanted]:
        """Everything wanted of a fleet once, also what is asked for while this goes on."""
        seen: set[Wanted] = set()
        while True:
            with self._lock:
                thing = next((each for each in self._wanted.get(fleet, ()) if each not in seen), None)
                if thing is None:
                    self._busy.discard(fleet)  # under the lock: what is wanted from now on begins anew
            if thing is None:
                return
            seen.add(thing)
            yield thing

    def _fetch_inventory(self, site: Site, inventory: Inventory) -> tuple[str, ...]:
        if inventory.count > MAX_BOARDS:
            raise WrongBody(f"{inventory.count} GPUs are more than the {MAX_BOARDS} one site can tell about")
        raw = self._store.body(inventory.root)
        if raw is None:
            raw = self._get(f"{site.inventory_url.rstrip('/')}/0x{inventory.root.hex()}")
        uuids = inventory_gpus(raw, inventory)
        self._store.add_body(inventory.root, raw)
        return uuids

    def _get(self, url: str) -> bytes:
        answer = self._fetcher.get(url, MAX_BODY_BYTES)
        if answer.status != OK:
            raise WrongBody(f"{shown_url(url)} answers {answer.status}")
        return answer.body


def _newest(fleet: FleetMeter) -> Inventory | None:
    inventories: Sequence[Inventory] = fleet.inventories
    return max(inventories, key=lambda inventory: inventory.version, default=None)
