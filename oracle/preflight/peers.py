"""The other nodes: whether each is where the configuration says, is who it should be, and has the same time."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from functools import partial

from oracle.chain.view import OracleConfig
from oracle.domain.errors import WellheadError
from oracle.domain.shown import shown_url
from oracle.exchange.fetch import Fetcher
from oracle.exchange.messages import MAX_SMALL_BYTES
from oracle.preflight.finding import Finding, Outcome, failed, passed, warned
from oracle.settings import PeerSettings

AT_ONCE = 8
OK = 200


def peer_rows(
    config: OracleConfig,
    me: int | None,
    peers: Sequence[PeerSettings],
    fetcher: Fetcher,
    now: float | None,
    max_skew_s: int,
) -> Iterator[Finding]:
    """A row for every other node of the set (`me` is this one's index), for every peer that is none, and for whether
    they make a quorum. `now` is Unix seconds, None where the machine's clock does not matter."""
    by_cold = {peer.node: peer for peer in peers}
    others = {index: node for index, node in enumerate(config.nodes) if index != me}
    looks = []
    for index, node in others.items():
        peer = by_cold.get(node.cold)
        keys = {node.hot, node.previous_hot}
        looks.append(partial(_look, f"peer {index}", node.cold, peer, keys, fetcher, now, max_skew_s))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda look: look(), looks))
    yield from rows
    colds = {node.cold for node in config.nodes}
    for cold in by_cold:
        if cold not in colds:
            todo = "remove its [[peers]], or correct `node`: it is a cold address of the set"
            yield failed(f"peer {cold}", "is no node of the set", todo)
        elif me is not None and cold == config.nodes[me].cold:
            yield warned(f"peer {cold}", "is this node itself", "remove its [[peers]]")
    yield _quorum(config, me, rows)


def _quorum(config: OracleConfig, me: int | None, rows: Sequence[Finding]) -> Finding:
    # One that answers with another's key is there all the same: it has a row of its own.
    there = sum(row.outcome is not Outcome.WARN or row.seen.startswith("its clock") for row in rows) + (me is not None)
    seen = f"{there} of {len(config.nodes)} nodes answer, a report takes {config.quorum}"
    if there < config.quorum:
        return failed("quorum", seen, "correct the [[peers]], or wait until the other nodes are up")
    return passed("quorum", seen)


def _look(
    check: str,
    cold: str,
    peer: PeerSettings | None,
    keys: set[str],
    fetcher: Fetcher,
    now: float | None,
    max_skew_s: int,
) -> Finding:
    if peer is None:
        return warned(check, f"{cold} has no [[peers]]", "ask its operator where it listens, and add it")
    try:
        answer = fetcher.get(f"{peer.url.rstrip('/')}/status", MAX_SMALL_BYTES, 5)
    except WellheadError as error:
        return warned(check, str(error), "correct its url, or ask its operator whether it runs")
    address = _address(answer.body) if answer.status == OK else None
    if address is None:
        return failed(check, f"what answers at {shown_url(peer.url)} is no wellhead node", "correct its url")
    if address not in keys:
        todo = "two [[peers]] may be exchanged: each url goes with that node's cold address"
        return failed(check, f"the node at {shown_url(peer.url)} signs with {address}, not with a key of {cold}", todo)
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        theirs = None
    if now is not None and theirs is not None and abs(theirs - now) > max_skew_s:
        off = round(theirs - now)
        return warned(check, f"its clock is {off:+d} s off this machine's", "tell its operator to set it by NTP")
    return passed(check, f"{shown_url(peer.url)} signs with {address}")


def address_of(fetcher: Fetcher, host: str, port: int) -> str | None:
    """The signing address of the node that answers at host:port of this machine, if one does."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where it is reached, not where to listen
    name = f"[{local}]" if ":" in local else local
    try:
        answer = fetcher.get(f"http://{name}:{port}/status", MAX_SMALL_BYTES, 3)
    except WellheadError:
        return None
    return _address(answer.body) if answer.status == OK else None


def _address(body: bytes) -> str | None:
    try:
        status = json.loads(body)
    except (ValueError, RecursionError):
        return None
    address = status.get("address") if isinstance(status, dict) else None
    return address if isinstance(address, str) else None
