"""What each part of a node tells Prometheus. Times are Unix seconds by the node's clock."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prometheus_client.core import Metric

from oracle.api.limits import RateLimit
from oracle.api.metrics import count, counter, gauge, one
from oracle.api.records import SiteView
from oracle.api.trees import Trees
from oracle.chain.intent import OutboxHealth
from oracle.chain.pool import PoolHealth
from oracle.chain.view import OracleConfig
from oracle.store.database import Database
from oracle.store.reports import EpochState
from oracle.store.series import SeriesStore

WATCHED_REFUSALS = ("GuardRefused", "Locked", "NotAuthenticated", "WrongReport", "WrongSigner")
WATCHED_EVENTS = ("confirmed", "dropped", "failed", "lost", "reorganised", "replaced")
"""Told of from 0 on: Prometheus sees no increase in a counter that was not there before."""


def node_metrics(status: Callable[[], Mapping[str, Any]], config: OracleConfig) -> Iterator[Metric]:
    """Where the node is, by its own account: its place, the chain's head, its clock, its peers, what it refused."""
    said = status()
    yield one("node_member", "1 if this node's key signs for a member of the node set.", said["index"] is not None)
    yield one("epoch_length_seconds", "L, the length of an epoch.", config.epoch_length)
    yield one("epoch_standing", "The newest standing report's epoch, 0 before the first.", said["standing"] or 0)
    if said["in_quorum"] is not None:
        yield one("report_signed", "1 if this node's signature is on the newest standing report.", said["in_quorum"])
    if said["head"] is not None:
        yield one("chain_head_block", "The newest block's number.", said["head"]["number"])
        yield one("chain_head_timestamp_seconds", "The newest block's time.", said["head"]["time"])
    if said["due"] is not None:
        yield one("epoch_due", "The epoch that may be reported now.", said["due"])
        yield one("epoch_lag_epochs", "How many epochs that are due are not reported.", said["epoch_lag"])
    clock = said["clock"]
    yield one("clock_skew_seconds", "How far the clock is ahead of the newest block.", clock["skew_s"])
    yield one("clock_skew_limit_seconds", "Beyond this skew nothing is signed.", clock["max_skew_s"])
    yield count("clock_refusals", "Signatures refused because of the skew.", clock["refused"])
    refused = counter("peer_refusals", "Questions and proposals of peers that were refused, by reason.", ["reason"])
    for reason, many in {**dict.fromkeys(WATCHED_REFUSALS, 0), **said["refused"]}.items():
        refused.add_metric([reason], many)
    yield refused
    up = gauge("peer_up", "1 if the peer answered when it was last asked.", ["peer"])
    for peer in said["peers"]:
        up.add_metric([str(peer["index"])], peer["last_answer"] is not None and peer["last_error"] is None)
    yield up


def pool_metrics(pool: PoolHealth) -> Iterator[Metric]:
    """The RPCs. They are named by host and a digest of the address, which may hold a provider's key."""
    yield one("rpc_quorum", "How many RPCs have to agree.", pool.quorum)
    yield one("rpc_agreeing", "How many RPCs agreed on the head that was taken last.", pool.agreeing)
    yield one("rpc_head_still_seconds", "How long no newer head was seen.", pool.head_still_s)
    up = gauge("rpc_up", "1 if nothing is wrong with the RPC.", ["rpc"])
    head = gauge("rpc_head_block", "The newest block the RPC told of.", ["rpc"])
    latency = gauge("rpc_latency_seconds", "How long the RPC takes to answer.", ["rpc"])
    answers = counter("rpc_answers", "Answers of the RPC that could be used.", ["rpc"])
    failures = counter("rpc_failures", "Questions to the RPC that failed, by kind.", ["rpc", "kind"])
    for endpoint in pool.endpoints:
        up.add_metric([endpoint.name], not endpoint.trouble)
        latency.add_metric([endpoint.name], endpoint.latency_ms / 1000)
        answers.add_metric([endpoint.name], endpoint.answers)
        if endpoint.head is not None:
            head.add_metric([endpoint.name], endpoint.head)
        for kind, many in endpoint.failures.items():
            failures.add_metric([endpoint.name, kind], many)
    yield from (up, head, latency, answers, failures)


def outbox_metrics(outbox: OutboxHealth) -> Iterator[Metric]:
    """The gas key and its transactions."""
    if outbox.balance_wei is not None:
        yield one("gas_balance_ether", "What the gas key has, in the chain's coin.", outbox.balance_wei / 10**18)
    yield one("outbox_pending_transactions", "Transactions that wait to be mined.", outbox.pending)
    yield one("outbox_mined_transactions", "Transactions mined that wait for their confirmations.", outbox.mined)
    yield one("outbox_oldest_pending_seconds", "How long the oldest of those waits.", outbox.oldest_pending_s)
    yield one("outbox_stuck", "1 if something stands in the outbox's way.", bool(outbox.trouble))
    events = counter("outbox_events", "What happened to transactions, by kind.", ["kind"])
    for kind, many in {**dict.fromkeys(WATCHED_EVENTS, 0), **outbox.counts}.items():
        events.add_metric([kind], many)
    yield events


def epoch_metrics(store: SeriesStore) -> Iterator[Metric]:
    """How this node's epochs went."""
    states = gauge("epochs", "How many epochs this node ended in, or is at, each state.", ["state"])
    ended = store.states()
    for state in EpochState:
        states.add_metric([state.value], ended.get(state.value, 0))
    yield states
    signed = store.last_signed() or 0
    yield one("epoch_last_signed", "The newest epoch for which this node bound itself to a report, or 0.", signed)


def site_metrics(sites: Callable[[], Sequence[SiteView]]) -> Iterator[Metric]:
    """Which sites answer."""
    up = gauge("site_up", "1 if the site answered when it was last asked.", ["fleet", "kind"])
    interval = gauge("site_interval_seconds", "How often the site is asked.", ["fleet", "kind"])
    sampled = gauge("site_last_sample_timestamp_seconds", "When the site last answered.", ["fleet", "kind"])
    for site in sites():
        labels = [str(site.fleet), site.kind]
        up.add_metric(labels, not site.last_error and site.last_sampled > 0)
        interval.add_metric(labels, site.interval_s)
        if site.last_sampled:
            sampled.add_metric(labels, site.last_sampled)
    yield from (up, interval, sampled)


def http_metrics(answers: Counter[str], rate: RateLimit, trees: Trees) -> Iterator[Metric]:
    """What clients get."""
    answered = counter("http_responses", "HTTP answers by class of status.", ["class"])
    for status_class in ("2xx", "3xx", "4xx", "5xx"):
        answered.add_metric([status_class], answers[status_class])
    yield answered
    yield count("http_rate_limited", "Requests refused because their client asks too often.", rate.refused)
    yield one("http_clients", "Client addresses that the rate limit remembers.", len(rate))
    yield count("trees_built", "Merkle trees built to answer for proofs.", trees.built)


def database_metrics(database: Database, file: Path | None) -> Iterator[Metric]:
    """The database, and the room it has where it is a file."""
    yield count("database_faults", "Transactions that failed for reasons outside the node.", database.status().faults)
    if file is not None:
        room = os.statvfs(file.parent)
        yield one("disk_free_bytes", "Room left where the database is.", room.f_bavail * room.f_frsize)
        yield one("disk_size_bytes", "Size of the file system where the database is.", room.f_blocks * room.f_frsize)
    yield one("database_size_bytes", "Bytes the tables take.", database.size())
