"""Asking the sites for samples: each source in a thread of its own, none held up by another."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from oracle.domain.meters import MeterSet
from oracle.node.bodies import Bodies
from oracle.node.sites import Feed, Site

SAMPLE_WAIT_S = 6.0
"""Real seconds that are waited for sources; one that is later goes on by itself, and is let be until it ends."""


@dataclass(slots=True)
class _Take:
    """A source being asked: its site, its error before, and the answer."""

    site: Site
    feed: Feed
    before: str
    done: Future[bool]


class Sampler:
    """Samples the sites of one node. One call at a time; `log` takes (event, fields).

    `waits`: each round of samples is waited for, as it must be where time stands still meanwhile; by the machine's
    clock nobody waits, so that one source that hangs makes no other late.
    """

    def __init__(
        self, sites: Sequence[Site], log: Callable[..., None], bodies: Bodies | None = None, *, waits: bool = True
    ) -> None:
        self.sites = list(sites)
        self._log = log
        self._bodies = bodies
        self._waits = waits
        feeds = sum(len(site.feeds) for site in self.sites)
        self._pool = ThreadPoolExecutor(max(1, feeds), thread_name_prefix="site")
        self._takes: dict[int, _Take] = {}  # by the feed's identity

    def sample(self, now: int, epoch: int, *, since: int | None = None) -> None:
        """Asks every source that is due at `now` (Unix seconds, in `epoch`).

        With `since` an observation of what happened from then on is about to be made: every source that can catch up is
        asked, also one that is being asked already, and waited for.
        """
        if self._bodies is not None:
            self._bodies.retry()
        feeds = [(site, feed) for site in self.sites for feed in site.feeds]
        if since is not None:
            feeds = [(site, feed) for site, feed in feeds if feed.source.catches_up]
            wait([take.done for _, feed in feeds if (take := self._takes.get(id(feed))) is not None], SAMPLE_WAIT_S / 2)
        self._end_takes()
        begun = []
        # At once: one site that does not answer must not make the others' samples late.
        for site, feed in feeds:
            if (since is not None or feed.is_due(now)) and id(feed) not in self._takes:
                take = _Take(site, feed, feed.last_error, self._pool.submit(feed.sample, now, epoch, since))
                self._takes[id(feed)] = take
                begun.append(take.done)
        if self._waits or since is not None:
            wait(begun, SAMPLE_WAIT_S)
            self._end_takes()

    def prepare(self, meters: MeterSet) -> None:
        """Begins to fetch what the chain names by hash only, ahead of the observation that needs it."""
        if self._bodies is not None:
            self._bodies.prepare(meters)

    def close(self) -> None:
        """Begins nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _end_takes(self) -> None:
        for key, take in list(self._takes.items()):
            if take.done.done():
                del self._takes[key]
                if not take.done.result() and take.feed.last_error != take.before:
                    self._log("site unreachable", fleet=take.site.fleet, reason=take.feed.last_error)
