"""Asking the sites for samples: each in a thread of its own, none held up by another."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from oracle.node.sites import Site

SAMPLE_WAIT_S = 6.0
"""Real seconds that sampling waits for its sites; one that is later goes on by itself, and is let be until it ends."""


class Sampler:
    """Samples the sites of one node. `log` takes (event, fields)."""

    def __init__(self, sites: Sequence[Site], log: Callable[..., None]) -> None:
        self.sites = list(sites)
        self._log = log
        self._pool = ThreadPoolExecutor(max(1, len(self.sites)), thread_name_prefix="site")
        self._takes: dict[int, tuple[Site, str, Future[bool]]] = {}  # by fleet: its last error before, the present take

    def sample(self, now: int, epoch: int, *, only_logs: bool = False) -> None:
        """Asks every site that is due at `now` (Unix seconds, in `epoch`); with `only_logs` those that can catch up."""
        self._end_takes()
        begun = []
        # At once: one site that does not answer must not make the others' samples late.
        for site in self.sites:
            due = site.source.catches_up and site.last_sampled < now if only_logs else site.is_due(now)
            if due and site.fleet not in self._takes:
                before = site.last_error
                begun.append(self._pool.submit(site.sample, now, epoch))
                self._takes[site.fleet] = site, before, begun[-1]
        wait(begun, SAMPLE_WAIT_S)
        self._end_takes()

    def close(self) -> None:
        """Begins nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _end_takes(self) -> None:
        for fleet, (site, before, take) in list(self._takes.items()):
            if take.done():
                del self._takes[fleet]
                if not take.result() and site.last_error != before:
                    self._log("site unreachable", fleet=fleet, reason=site.last_error)
