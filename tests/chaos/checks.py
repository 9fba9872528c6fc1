"""What must hold after any run, worked out from the chain, the databases and the store, and not by the nodes' code."""

import sqlite3
from collections import defaultdict
from collections.abc import Container
from contextlib import closing
from dataclasses import dataclass

from web3.types import BlockData, TxData

from oracle.domain.merkle import meter_tree
from oracle.domain.reading import ZERO, Reading
from oracle.domain.report import Domain, Report
from oracle.domain.signature import recover
from oracle.exchange.fetch import Fetcher
from oracle.exchange.peers import Peer
from tests.chaos.world import LEASED, World, busy_percent, power_w
from tests.support.chain import node_key
from tests.support.wellhead import PASSWORD

MS_PER_S, UJ_PER_WH = 1000, 3_600_000_000
RECORD_BYTES = 65
KEYS = ("hot", "next hot", "cold", "gas")


@dataclass(frozen=True)
class Standing:
    """A report as it stands at the end."""

    epoch: int
    base_epoch: int
    root: bytes


def check_all(world: World, faulty: Container[int] = ()) -> list[Standing]:
    """Every reading exact, no key signed twice, no secret told. Returns the standing reports."""
    reports = standing_reports(world)
    assert check_readings(world, reports) == len(reports) > 0
    assert check_no_double_signature(world, faulty) > len(reports)
    check_no_secrets(world)
    return reports


def standing_reports(world: World) -> list[Standing]:
    """Every standing report, ascending, found by walking back from the newest."""
    found = []
    epoch = world.head_epoch()
    while epoch:
        root, _, base, *_ = world.stack.oracle.functions.standing(epoch).call()
        found.append(Standing(epoch, base, root))
        epoch = base
    return found[::-1]


def lease_increments(world: World, since: int, until: int) -> Reading:
    """What the leased GPUs did in [since, until) Unix seconds, by the store's own functions of time.

    Samples are a second apart, so trapezoids are whole milliseconds and microjoules: nothing is rounded before the end.
    """
    seconds = range(max(since, world.start_of_lease), until)
    if not seconds:
        return ZERO
    busy_ms = sum(
        (busy_percent(gpu, second) + busy_percent(gpu, second + 1)) * MS_PER_S // 200
        for gpu in range(LEASED)
        for second in seconds
    )
    energy_uj = sum(
        (power_w(gpu, second) + power_w(gpu, second + 1)) * MS_PER_S * 1000 // 2
        for gpu in range(LEASED)
        for second in seconds
    )
    whole = LEASED * len(seconds)
    return Reading(whole, whole, busy_ms // MS_PER_S, 0, energy_uj // UJ_PER_WH, 0)


def check_readings(world: World, reports: list[Standing]) -> int:
    """Every standing report's reading of the lease is its base's plus what the store says, to the unit. Returns how
    many were compared."""
    fetcher = Fetcher()
    reading = ZERO
    for report in reports:
        leaves = _readings(world, report, fetcher)
        since = world.stack.period_end(report.base_epoch)
        grown = lease_increments(world, since, world.stack.period_end(report.epoch))
        got = dict(leaves)[world.meter]
        expected = tuple(a + b for a, b in zip(_counters(reading), _counters(grown), strict=True))
        assert _counters(got) == expected, f"epoch {report.epoch} over {report.base_epoch}: {got}, expected {expected}"
        reading = got
    fetcher.close()
    return len(reports)


def _counters(reading: Reading) -> tuple[int, ...]:
    return (reading.measured, reading.delivered, reading.utilised, reading.breached, reading.energy_wh)


def _readings(world: World, report: Standing, fetcher: Fetcher) -> tuple[tuple[int, Reading], ...]:
    """The readings under a report's root, from whichever node has them."""
    reasons = []
    for index, node in enumerate(world.nodes):
        try:
            leaves = Peer(index, node.url, fetcher).readings(report.epoch)
        except Exception as error:  # noqa: BLE001 - any node may be the faulty one
            reasons.append(f"node {index}: {error}")
            continue
        if meter_tree(leaves).root == report.root:
            return leaves
    raise AssertionError(f"nobody has the readings of epoch {report.epoch}: {reasons}")


def check_no_double_signature(world: World, faulty: Container[int] = ()) -> int:
    """No key but the `faulty` nodes' signed two digests for one epoch, in any node's database or in any transaction.
    Returns how many signatures were looked at."""
    seen = _signatures(world)
    excused = {node_key("hot", index).address for index in range(len(world.nodes)) if index in faulty}
    twice = {key: digests for key, digests in seen.items() if key[1] not in excused and len(digests) > 1}
    assert not twice, f"double signatures: {twice}"
    assert seen, "no signature was found at all"
    return sum(map(len, seen.values()))


def equivocations(world: World, node: int) -> int:
    """For how many epochs a node's key signed more than one report."""
    key = node_key("hot", node).address
    return sum(signer == key and len(digests) > 1 for (_, signer), digests in _signatures(world).items())


def signed_by(world: World, key: str) -> set[int]:
    """The epochs for which an address signed a report."""
    return {epoch for epoch, signer in _signatures(world) if signer == key}


def _signatures(world: World) -> dict[tuple[int, str], set[bytes]]:
    """The digests that each key signed, by epoch and key, as nodes keep them and as the chain has them."""
    domain = Domain(world.stack.w3.eth.chain_id, world.stack.oracle.address)
    seen: dict[tuple[int, str], set[bytes]] = defaultdict(set)
    for index in range(len(world.nodes)):
        with closing(sqlite3.connect(f"file:{world.disk(index) / 'node.db'}?mode=ro", uri=True)) as database:
            for epoch, digest, signature in database.execute("SELECT epoch, digest, signature FROM signatures"):
                seen[epoch, recover(digest, signature)].add(digest)
    for transaction in _submissions(world):
        _, arguments = world.stack.oracle.decode_function_input(transaction["input"])
        config, epoch, base, root, set_hash, count = (
            arguments["report"][name] for name in ("configDigest", "epoch", "baseEpoch", "root", "setHash", "leafCount")
        )
        base_root = world.stack.oracle.functions.standing(base).call()[0] if base else bytes(32)
        digest = Report(config, epoch, base, base_root, root, set_hash, count).digest(domain)
        packed = arguments["signatures"]
        for at in range(0, len(packed), RECORD_BYTES):
            seen[epoch, recover(digest, packed[at + 1 : at + RECORD_BYTES])].add(digest)
    return seen


def _submissions(world: World) -> list[TxData]:
    """Every transaction to the oracle that was mined, also those that reverted."""
    w3 = world.stack.w3
    found: list[TxData] = []
    for number in range(world.stack.block, w3.eth.block_number + 1):
        block: BlockData = w3.eth.get_block(number, full_transactions=True)
        found += [
            transaction  # type: ignore[misc]
            for transaction in block["transactions"]
            if transaction["to"] == world.stack.oracle.address  # type: ignore[index]
        ]
    return found


def check_no_secrets(world: World) -> None:
    """No key and no password in anything a node printed."""
    printed = "".join(node.texts() for node in world.nodes).lower()
    secrets = {
        f"{kind} key of node {index}": bytes(node_key(kind, index).key).hex()
        for kind in KEYS
        for index in range(len(world.nodes))
    }
    for name, secret in {**secrets, "password": PASSWORD}.items():
        assert secret not in printed, f"the {name} was printed"
