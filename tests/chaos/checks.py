"""What must hold after any run, worked out from the chain, the databases and the store, and not by the nodes' code."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Container
from contextlib import closing
from dataclasses import dataclass, field

import httpx
from web3.exceptions import ContractCustomError
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
DEEPEST_REORG = 12
KEYS = ("hot", "next hot", "cold", "gas")


@dataclass(frozen=True)
class Standing:
    """A report as it stands at the end."""

    epoch: int
    base_epoch: int
    root: bytes


@dataclass
class Witness:
    """Looks at a world again and again: the contract and the nodes keep 512 epochs, and it keeps what it saw before."""

    world: World
    readings: dict[int, Reading] = field(default_factory=lambda: {0: ZERO})
    """The lease's reading in each report that was checked, by epoch."""
    signed: dict[tuple[int, str], set[bytes]] = field(default_factory=lambda: defaultdict(set))
    """The digests that each key signed, by epoch and address."""
    submissions: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    """Who submitted reports of which epochs, by block, also where it reverted."""

    def check(self, faulty: Container[int] = ()) -> None:
        """Every new reading is exact, only `faulty` nodes signed twice, nothing was posted twice, no secret told."""
        assert self.check_readings() > 0
        self.look()
        self.check_no_double_signature(faulty)
        self.check_nothing_posted_twice()
        check_no_secrets(self.world)

    def check_readings(self) -> int:
        """Every standing report's reading of the lease is its base's plus what the store says, to the unit. Returns how
        many were compared."""
        fetcher = Fetcher()
        reports = self._new_reports()
        for report in reports:
            leaves = _readings(self.world, report, fetcher)
            since = self.world.stack.period_end(report.base_epoch)
            grown = lease_increments(self.world, since, self.world.stack.period_end(report.epoch))
            got, before = dict(leaves)[self.world.meter], self.readings[report.base_epoch]
            expected = tuple(a + b for a, b in zip(_counters(before), _counters(grown), strict=True))
            assert _counters(got) == expected, f"epoch {report.epoch} over {report.base_epoch}: {got}, not {expected}"
            self.readings[report.epoch] = got
        fetcher.close()
        return len(reports)

    def _new_reports(self) -> list[Standing]:
        """Standing reports not yet checked, ascending, found by walking back from the newest."""
        found = []
        epoch = self.world.head_epoch()
        while epoch not in self.readings:
            root, _, base, *_ = self.world.stack.oracle.functions.standing(epoch).call()
            found.append(Standing(epoch, base, root))
            epoch = base
        return found[::-1]

    def look(self) -> None:
        """Takes down what nodes have in their databases and what was mined since the last look."""
        domain = Domain(self.world.stack.w3.eth.chain_id, self.world.stack.oracle.address)
        for index in range(len(self.world.nodes)):
            place = f"file:{self.world.disk(index) / 'node.db'}?mode=ro"
            with closing(sqlite3.connect(place, uri=True)) as database:
                for epoch, digest, signature in database.execute("SELECT epoch, digest, signature FROM signatures"):
                    self.signed[epoch, recover(digest, signature)].add(digest)
        w3 = self.world.stack.w3
        first = max([self.world.stack.block, *(number - DEEPEST_REORG for number in self.submissions)])
        for number in range(first, w3.eth.block_number + 1):
            block = w3.eth.get_block(number, full_transactions=True)
            self.submissions[number] = [self._submission(tx, domain) for tx in _to_the_oracle(self.world, block)]

    def _submission(self, transaction: TxData, domain: Domain) -> tuple[str, int]:
        """Who submitted a report of which epoch; takes down who had signed it."""
        oracle = self.world.stack.oracle
        _, arguments = oracle.decode_function_input(transaction["input"])
        config, epoch, base, root, set_hash, count = (
            arguments["report"][name] for name in ("configDigest", "epoch", "baseEpoch", "root", "setHash", "leafCount")
        )
        try:
            base_root = oracle.functions.standing(base).call()[0] if base else bytes(32)
        except ContractCustomError:  # a reorganisation took the base away; its signers' databases have the digest
            assert self.world.stack.w3.eth.get_transaction_receipt(transaction["hash"])["status"] == 0
            return str(transaction["from"]), int(epoch)
        digest = Report(config, epoch, base, base_root, root, set_hash, count).digest(domain)
        packed = arguments["signatures"]
        for at in range(0, len(packed), RECORD_BYTES):
            self.signed[epoch, recover(digest, packed[at + 1 : at + RECORD_BYTES])].add(digest)
        return str(transaction["from"]), int(epoch)

    def check_no_double_signature(self, faulty: Container[int] = ()) -> None:
        """No key but the `faulty` nodes' signed two digests for one epoch."""
        excused = {node_key("hot", index).address for index in range(len(self.world.nodes)) if index in faulty}
        twice = {key: digests for key, digests in self.signed.items() if key[1] not in excused and len(digests) > 1}
        assert not twice, f"double signatures: {twice}"
        assert self.signed, "no signature was found at all"

    def check_nothing_posted_twice(self) -> None:
        """No gas key has two transactions for one epoch on the chain."""
        counted = Counter(submission for block in self.submissions.values() for submission in block)
        twice = [submission for submission, times in counted.items() if times > 1]
        assert not twice, f"posted twice: {twice}"
        assert counted, "nothing was posted at all"

    def equivocations(self, node: int) -> int:
        """For how many epochs a node's key signed more than one report."""
        key = node_key("hot", node).address
        return sum(signer == key and len(digests) > 1 for (_, signer), digests in self.signed.items())

    def signed_by(self, key: str) -> set[int]:
        """The epochs for which an address signed a report."""
        self.look()
        return {epoch for epoch, signer in self.signed if signer == key}


def own_signatures(world: World, node: int) -> int:
    """How many signatures of reports a node's database has of the node's own."""
    with closing(sqlite3.connect(f"file:{world.disk(node) / 'node.db'}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM signatures WHERE node = ?", (node,)).fetchone()[0])


def lies(world: World, node: int) -> int:
    """In how many of the last reports a node's observation is named and is unlike every other."""
    found = 0
    for epoch in range(max(1, world.head_epoch() - 8), world.head_epoch() + 1):
        for other in world.nodes:
            answer = httpx.get(f"{other.url}/reports/{epoch}/observations", trust_env=False, timeout=5)
            if answer.is_success:
                roots = {each["node"]: each["root"] for each in answer.json()["observations"]}
                found += node in roots and list(roots.values()).count(roots[node]) == 1
                break
    return found


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


def _to_the_oracle(world: World, block: BlockData) -> list[TxData]:
    """The transactions to the oracle in a block."""
    return [
        transaction
        for transaction in block["transactions"]
        if not isinstance(transaction, bytes) and transaction.get("to") == world.stack.oracle.address
    ]


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
