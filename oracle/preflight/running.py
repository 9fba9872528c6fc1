"""A running node's own account, read over HTTP, and what in it an operator has to see to."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from oracle.domain.errors import WellheadError
from oracle.domain.shown import shown_url
from oracle.exchange.fetch import Fetcher

MAX_STATUS_BYTES = 1 << 20
OK, TOO_MANY = 200, 429
LAG_ALLOWED = 1
"""Epochs: the one that is due now may still be on its way."""


class NotThere(WellheadError):
    """Nothing answers, or not a wellhead node."""


def read_status(url: str, fetcher: Fetcher) -> dict[str, Any]:
    """What the node at `url` says at /status. Raises NotThere."""
    try:
        answer = fetcher.get(f"{url.rstrip('/')}/status", MAX_STATUS_BYTES, 5)
        status = json.loads(answer.body) if answer.status == OK else None
    except (WellheadError, ValueError, RecursionError) as error:
        raise NotThere(f"{error}: check that the node runs, and where it listens") from None
    if answer.status == TOO_MANY:
        raise NotThere(f"the node at {shown_url(url)} is asked too often from here: ask again in a minute")
    if not isinstance(status, dict) or "address" not in status:
        raise NotThere(f"what answers at {shown_url(url)} is no wellhead node: give the address it listens on")
    return status


def troubles(status: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong, a line each; nothing when the node does its work."""
    if status.get("head") is None:
        yield "it has not read the chain yet"
    elif status.get("index") is None:
        yield f"its key {status['address']} signs for no node of the set"
    lag = status.get("epoch_lag") or 0
    if lag > LAG_ALLOWED:
        yield f"the newest report is {lag} epochs behind the one due: see what it waits for"
    clock = status.get("clock") or {}
    if clock.get("is_off"):
        yield f"its clock is {clock.get('skew_s')} s off the chain's head: it signs nothing until that is mended"
    for site in status.get("sites") or ():
        if site.get("last_error"):
            yield f"site of fleet {site.get('fleet')}: {site['last_error']}"
    peers = status.get("peers") or ()
    silent = [peer for peer in peers if peer.get("last_error")]
    # n = 3f+1: f silent nodes are what the set is made to bear.
    if len(silent) > len(peers) // 3:
        yield f"{len(silent)} of {len(peers)} peers do not answer: " + "; ".join(
            f"node {peer.get('index')}: {peer['last_error']}" for peer in silent
        )
    yield from _parts(status)


def _parts(status: Mapping[str, Any]) -> Iterator[str]:
    for rpc in status.get("rpcs") or ():
        if rpc.get("trouble"):
            yield f"RPC {rpc.get('name')}: {rpc['trouble']}"
    outbox = status.get("outbox") or {}
    if outbox.get("trouble"):
        yield f"posting: {outbox['trouble']}"
    database = status.get("database") or {}
    if database.get("last_fault"):
        yield f"database: {database['last_fault']}"
