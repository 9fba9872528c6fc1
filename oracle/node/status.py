"""A node's account of itself: what `/status`, metrics and `wellhead status` show. Times are Unix seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oracle.chain.view import Block, StandingReport
from oracle.domain.shown import shown_url
from oracle.exchange.peers import Peer
from oracle.node.clock import NodeClock
from oracle.node.sites import Site
from oracle.store.reports import ReportStore

SHOWN_EPOCHS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is. `lag` is by how many epochs the newest standing report is behind the one due (None: none is
    due); `in_quorum` whether this node's signature is on that report. `attempt` and `leader` are those of the open
    round, if one is open."""

    index: int | None
    address: str
    head: Block | None
    standing: StandingReport | None
    due: int | None
    epoch: int | None
    attempt: int | None
    leader: int | None
    waiting_for: str

    @property
    def in_quorum(self) -> bool | None:
        """Whether this node signed the newest standing report; None without one, or without a place in the set."""
        if self.standing is None or self.index is None:
            return None
        return self.index in self.standing.signers

    @property
    def lag(self) -> int | None:
        """Epochs that are due and not reported."""
        if self.due is None:
            return None
        return max(0, self.due - (0 if self.standing is None else self.standing.epoch))


def snapshot(
    place: Place,
    clock: NodeClock,
    refused: Mapping[str, int],
    peers: Sequence[Peer],
    sites: Sequence[Site],
    reports: ReportStore,
) -> dict[str, Any]:
    """All of it as JSON can carry it."""
    head = place.head
    return {
        "index": place.index,
        "address": place.address,
        "in_quorum": place.in_quorum,
        "head": None if head is None else {"number": head.number, "time": head.timestamp},
        "standing": None if place.standing is None else place.standing.epoch,
        "due": place.due,
        "epoch_lag": place.lag,
        "round": None
        if place.epoch is None
        else {"epoch": place.epoch, "attempt": place.attempt, "leader": place.leader},
        "waiting_for": place.waiting_for,
        "clock": {
            "of": "machine" if clock.is_machines else "chain",
            "skew_s": clock.skew_s,
            "max_skew_s": clock.max_skew_s,
            "is_off": clock.is_off(),
            "refused": clock.refused,
        },
        "refused": dict(refused),
        "peers": [
            {
                "index": peer.index,
                "node": peer.cold,
                "last_answer": peer.seen.answered or None,
                # Anybody may read this; where the peers are is the operators' business.
                "last_error": peer.seen.error.replace(shown_url(peer.url), "its address") or None,
                "last_observation": peer.seen.observed,
            }
            for peer in peers
        ],
        "sites": [
            {
                "fleet": site.fleet,
                "kind": site.kind,
                "last_sampled": site.last_sampled or None,
                "last_error": site.last_error or None,
                "checks": site.checks(),
                "batches": site.batches(),
            }
            for site in sites
        ],
        "epochs": [
            {
                "epoch": row.epoch,
                "state": row.state.value,
                "transaction": row.tx_hash,
                "sites_reached": row.sites_reached,
                "sites_configured": len(sites),
            }
            for row in reports.newest(SHOWN_EPOCHS)
        ],
    }
