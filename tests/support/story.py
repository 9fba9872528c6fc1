"""A short life of two fleets on a real chain, with everything in it that moves money; what the audit is tried on.

Fleet 1 has a bond, a coupon, a reserve and an energy fee; fleet 2 has no bond. Lease 1 runs its term with an outage;
lease 2 starves, is topped up, falls into debt and is terminated; lease 3, owed a credit, is left behind by a silent
oracle and closed at sunset. One node lies, another rotates its key.

Shares are sold: sale 1 reaches its minimum, sale 2 does not, sale 3 is taken back before anyone bought, sale 4 lies on;
shares and money are sent to the contract unasked.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from web3 import Web3
from web3.contract.contract import Contract

from oracle.domain.median import agree
from oracle.domain.merkle import MerkleTree, meter_leaf
from oracle.domain.meters import MeterKind, meter_id
from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Observation, Report, set_hash
from oracle.domain.signature import pack_signatures, sign
from oracle.domain.signed import Proposal, SignedObservation
from oracle.exchange.messages import ObservationMessage, ObservationsMessage, ProposalMessage
from tests.support.chain import (
    HOUR,
    Chain,
    Stack,
    act,
    artifact,
    deploy,
    deploy_stack,
    node_key,
    now,
    travel_to,
    unlock,
)

DAY = 24 * HOUR
USD = 10**6
QUORUM = 3


@dataclass
class Story:
    """The stack, and what the nodes have agreed on so far. `observed` holds each report's signed observations."""

    stack: Stack
    sales: Contract = field(init=False)
    head: int = 0
    root: bytes = bytes(32)
    readings: dict[int, Reading] = field(default_factory=dict)
    trees: dict[int, tuple[list[int], list[Reading], MerkleTree]] = field(default_factory=dict)
    observed: dict[int, bytes] = field(default_factory=dict)
    rotated: dict[int, tuple[int, LocalAccount]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stack = self.stack
        self.sales = deploy(stack.w3, "PrimarySale", stack.owner, stack.fleets.address, stack.stablecoins.address)

    @property
    def people(self) -> Sequence[str]:
        return self.stack.w3.eth.accounts

    def do(self, who: int, call: Any) -> Any:
        return act(call, self.people[who])

    def at(self, hours: float) -> None:
        """Moves the clock to genesis + `hours`, unless it is past it."""
        if now(self.stack.w3) < self.stack.genesis + int(hours * HOUR):
            travel_to(self.stack.w3, self.stack.genesis + int(hours * HOUR))

    def rotate(self, node: int) -> None:
        """Gives a node a new key for reports two epochs ahead and later."""
        new, cold = node_key("new", node), node_key("cold", node).address
        act(self.stack.node_set.functions.rotate(new.address), cold)
        epoch = (now(self.stack.w3) - self.stack.genesis) // self.stack.epoch_length
        self.rotated[node] = (epoch + 2, new)

    def leave(self, node: int) -> None:
        """Takes a node's key away for reports two epochs ahead and later."""
        act(self.stack.node_set.functions.leave(), node_key("cold", node).address)

    def slash(self, node: int) -> None:
        """What evidence against a node does: the judge's contract speaks, though nobody was heard."""
        judge = self.stack.oracle.functions.evidence().call()
        unlock(self.stack.w3, judge)
        act(self.stack.bonds.functions.slash([node_key("cold", node).address], self.people[9]), judge)

    def key(self, node: int, epoch: int) -> bytes:
        """The key a node signs `epoch` with."""
        since, new = self.rotated.get(node, (epoch + 1, None))
        return bytes(new.key if new and epoch >= since else self.stack.hot_keys[node].key)

    def meter(self, lease: int) -> int:
        return meter_id(MeterKind.LEASE, self.stack.leases.address, lease)

    def propose_nonsense(self) -> None:
        """Anybody may propose a fleet: this one's currency is no contract, and its model no UTF-8."""
        fleets = self.stack.fleets
        spec = (self.people[9], 1, 1, 1, 1, 1, 1, 1, "~~~~", "Nowhere")
        data = fleets.encode_abi("propose", [spec]).replace(b"~".hex() * 4, "ff" * 4)
        sent = self.stack.w3.eth.send_transaction({"from": self.people[9], "to": fleets.address, "data": data})
        assert self.stack.w3.eth.wait_for_transaction_receipt(sent)["status"] == 1

    def open_meters(self) -> list[int]:
        """Both fleets' meters, and those of leases that are not closed."""
        leases, fleets = self.stack.leases, self.stack.fleets.address
        opened = leases.events.LeaseOpened().get_logs(from_block=0)
        ids = [log["args"]["leaseId"] for log in opened]
        still = [self.meter(lease) for lease in ids if not leases.functions.leaseOf(lease).call()[2][4]]
        return sorted([*still, *(meter_id(MeterKind.FLEET, fleets, fleet) for fleet in (1, 2))])

    def report(self, epoch: int, seen: dict[int, Reading]) -> None:
        """Posts a report of `epoch` in its window: node 3 takes no part, node 2 claims to have seen nothing at all.

        `seen` are the increments of each lease's meter since the last report; meters not in it did not move.
        """
        stack = self.stack
        travel_to(stack.w3, stack.period_end(epoch) + stack.delay)
        meters = self.open_meters()
        honest = [seen.get(meter & (1 << 88) - 1, Reading()) if meter >> 248 == 1 else Reading() for meter in meters]
        config = stack.node_set.functions.configDigest().call()
        block_hash = bytes(stack.w3.eth.get_block("latest")["parentHash"])
        domain = Domain(stack.w3.eth.chain_id, stack.oracle.address)
        observations = []
        for node in range(QUORUM):
            leaves = tuple(zip(meters, [Reading()] * len(meters) if node == 2 else honest, strict=True))
            said = Observation(config, epoch, self.head, self.root, block_hash, tree_of(leaves).root)
            signature = sign(said.digest(domain), self.key(node, epoch))
            observations.append(SignedObservation.of(node, said, leaves, signature))
        rows = zip(*(signed.leaves for signed in observations), strict=True)
        readings = [
            agree(self.readings.get(meter, Reading()), [increments for _, increments in row])
            for meter, row in zip(meters, rows, strict=True)
        ]
        tree = tree_of(zip(meters, readings, strict=True))
        pairs = tuple((signed.node, signed.observation.root) for signed in observations)
        digest = set_hash(block_hash, range(QUORUM), [root for _, root in pairs])
        report = Report(config, epoch, self.head, self.root, tree.root, digest, len(meters))
        signatures = {node: sign(report.digest(domain), self.key(node, epoch)) for node in range(QUORUM)}
        sent = (config, epoch, self.head, tree.root, digest, len(meters))
        self.do(0, stack.oracle.functions.submit(sent, pack_signatures(signatures, QUORUM)))
        proposal = Proposal(report, block_hash, pairs)
        self.trees[epoch] = (meters, readings, tree)
        self.observed[epoch] = ObservationsMessage(
            proposal=ProposalMessage.of(proposal), observations=[ObservationMessage.of(one) for one in observations]
        ).json_bytes()
        self.readings |= dict(zip(meters, readings, strict=True))
        self.head, self.root = epoch, tree.root

    def lie(self, epoch: int, seen: dict[int, Reading]) -> None:
        """Posts a report that falls to evidence at once, the judge's contract speaking: nothing is left of it."""
        readings, head, root = dict(self.readings), self.head, self.root
        self.report(epoch, seen)
        judge = self.stack.oracle.functions.evidence().call()
        unlock(self.stack.w3, judge)
        act(self.stack.oracle.functions.drop(epoch, root), judge)
        self.readings, self.head, self.root = readings, head, root
        del self.trees[epoch], self.observed[epoch]

    def write_readings(self, folder: Path) -> Path:
        """What a node's `GET /reports/{epoch}/observations` answers, a file for each report."""
        folder.mkdir()
        for epoch, answer in self.observed.items():
            (folder / f"report-{epoch}.json").write_bytes(answer)
        return folder

    def settle(self, epoch: int, *leases: int) -> None:
        """Settles leases from a report, as soon as it is final: one by a proof, several by a multiproof."""
        stack = self.stack
        meters, readings, tree = self.trees[epoch]
        final = stack.oracle.functions.standing(epoch).call()[3] + stack.dispute
        if now(stack.w3) < final:
            travel_to(stack.w3, final)
        places = [meters.index(self.meter(lease)) for lease in leases]
        if len(places) == 1:
            word, proof = readings[places[0]].pack(), tree.proof(places[0])
            self.do(0, stack.leases.functions.settle(leases[0], epoch, word, proof))
            return
        multi = tree.multiproof(places)
        ids = [meters[place] & (1 << 88) - 1 for place in multi.leaves]
        words = [readings[place].pack() for place in multi.leaves]
        self.do(0, stack.leases.functions.settleMany(epoch, ids, words, multi.proof, multi.flags))

    def fund(self, who: int, amount: int) -> None:
        self.do(0, self.stack.usd.functions.mint(self.people[who], amount))
        self.do(who, self.stack.usd.functions.approve(self.stack.leases.address, 2**256 - 1))

    def open(self, who: int, fleet: int, units: int, start: int, hours: int, rate: int, escrow: int) -> None:
        """Leases from genesis + `start` hours on."""
        begin = self.stack.genesis + start * HOUR
        request = (fleet, units, begin, begin + hours * HOUR, rate, escrow, self.people[who])
        self.do(who, self.stack.leases.functions.open(request))

    def sell(
        self, who: int, share: Contract, fleet: int, tranche: int, price: int, cap: int, least: int, end: int
    ) -> None:
        """Opens a sale of shares until genesis + `end` hours."""
        self.do(who, share.functions.approve(self.sales.address, cap))
        offer = (fleet, tranche, price, cap, least, self.stack.genesis + end * HOUR)
        self.do(who, self.sales.functions.open(offer))

    def buy(self, who: int, sale: int, shares: int) -> None:
        self.do(who, self.stack.usd.functions.approve(self.sales.address, 2**96))
        self.do(who, self.sales.functions.buy(sale, shares, 2**96 - 1))

    def contract(self, name: str, address: str) -> Contract:
        return self.stack.w3.eth.contract(address=address, abi=artifact(name)["abi"])

    def create_revenue(self, fleet: int, tranches: Sequence[tuple[int, int]], **terms: int) -> Contract:
        """The fleet's waterfall, listed with it; its shares go to account 6, its treasuries are 8 and 9."""
        usd, stack = self.stack.usd.address, self.stack
        numbers = ("period", "protocol", "oracle", "operator", "energy_cap", "tariff", "reserve")
        words = [terms.get(name, 0) for name in numbers]
        full = (fleet, usd, *words, self.people[8], self.people[9])
        self.do(0, stack.factory.functions.create(full, list(tranches), self.people[6]))
        created = stack.factory.events.RevenueCreated().get_logs(from_block="latest")[0]["args"]
        operator = stack.fleets.functions.ownerOf(fleet).call()
        act(stack.fleets.functions.publishInventory(fleet, b"\1" * 32, 64), operator)
        self.do(0, stack.fleets.functions.list(fleet, created["waterfall"]))
        return self.contract("RevenueWaterfall", created["waterfall"])

    def shares(self, waterfall: Contract) -> list[Contract]:
        count = len(waterfall.functions.tranches().call())
        return [self.contract("FleetShare", waterfall.functions.shareOf(place).call()) for place in range(count)]

    def deployment(self) -> dict[str, Any]:
        """The deployment file's content, with the clock the oracle was constructed with."""
        stack = self.stack
        content = stack.deployment()
        clock = [stack.genesis, stack.epoch_length, stack.delay, stack.dispute]
        content["contracts"]["MeterOracle"]["constructorArguments"] = [stack.node_set.address, *clock]
        code = stack.w3.eth.get_code(Web3.to_checksum_address(self.sales.address))
        content["contracts"]["PrimarySale"] = {
            "address": self.sales.address,
            "codeHash": Web3.to_hex(keccak(code)),
            "constructorArguments": [],
        }
        return content

    def write_deployment(self, folder: Path) -> Path:
        path = folder / "deployment.json"
        path.write_text(json.dumps(self.deployment()))
        return path


def tree_of(leaves: Iterable[tuple[int, Reading]]) -> MerkleTree:
    return MerkleTree([meter_leaf(*leaf) for leaf in leaves])


def seen(unit_hours: float, breached: float = 0, wh: int = 0, flags: int = 0) -> Reading:
    """Increments: `unit_hours` delivered, of `unit_hours` + `breached` measured."""
    delivered, lost = int(unit_hours * HOUR), int(breached * HOUR)
    return Reading(delivered + lost, delivered, delivered // 2, lost, wh, flags)


def live(chain: Chain) -> Story:
    """Lives through the whole story. Hours are counted from genesis."""
    stack = deploy_stack(chain.w3)
    story = Story(stack)
    sales = story.sales
    for who in range(1, 6):
        story.fund(who, 10_000 * USD)
    usd = stack.usd.address
    h100 = (usd, 2_350_000, 8, 700, 9_900, 5_000, 3_000, 2 * HOUR, "H100", "Reno")
    a100 = (usd, 1_100_001, 4, 400, 9_900, 10_000, 2_000, 1 * HOUR, "A100", "Oslo")
    story.do(1, stack.fleets.functions.propose(h100))
    story.do(2, stack.fleets.functions.propose(a100))
    story.propose_nonsense()
    one = story.create_revenue(
        1, [(90_000 * USD, 800), (10_000 * USD, 0)], period=6 * HOUR, protocol=100, oracle=50, operator=500,
        energy_cap=2_000, tariff=180_000, reserve=30 * USD,
    )  # fmt: skip
    two = story.create_revenue(2, [(77_777 * USD, 0)], period=12 * HOUR, protocol=33, operator=250)
    senior, equity = story.shares(one)
    (only,) = story.shares(two)
    story.do(1, stack.leases.functions.depositBond(1, 20 * USD))
    story.do(4, stack.leases.functions.depositBond(1, 1))

    story.open(3, 1, 2, start=4, hours=24, rate=2_350_000, escrow=100 * USD)
    story.open(4, 1, 3, start=4, hours=60, rate=2_350_000, escrow=84_600_000)
    story.open(5, 2, 1, start=6, hours=400, rate=1_100_001, escrow=50 * USD)
    story.do(1, stack.fleets.functions.setListRate(1, 2_500_000))
    story.do(6, senior.functions.transfer(story.people[7], 30_000 * USD + 1))
    story.do(6, equity.functions.transfer(story.people[5], 3_333 * USD))
    story.do(6, only.functions.transfer(story.people[7], 7))

    story.sell(6, equity, 1, 1, price=1_250_001, cap=2_000 * USD, least=500 * USD, end=40)
    story.sell(7, senior, 1, 0, price=999_999, cap=10_000 * USD, least=9_000 * USD, end=32)
    story.sell(6, only, 2, 0, price=1, cap=100 * USD, least=100 * USD, end=400)
    story.do(6, sales.functions.reclaim(3, story.people[6]))
    story.sell(6, equity, 1, 1, price=2 * USD, cap=1_000 * USD, least=7, end=400)
    story.buy(3, 1, 300 * USD + 1)
    story.buy(5, 2, 1_000 * USD + 3)

    story.rotate(0)
    story.at(7)
    story.do(1, one.functions.distribute())
    # Hours 4 to 12: all is well. Lease 2 falls below its runway and is suspended, topped up too little, then enough.
    story.report(11, {1: seen(16, wh=9_000), 2: seen(24, wh=13_001), 3: seen(5.5, wh=1_700)})
    story.settle(11, 1, 2, 3)
    story.do(4, stack.leases.functions.topUp(2, 1 * USD))
    story.do(4, stack.leases.functions.topUp(2, 57 * USD))
    story.do(1, one.functions.distribute())
    story.do(2, two.functions.distribute())
    story.do(3, stack.leases.functions.transferFrom(story.people[3], story.people[4], 1))
    story.buy(3, 1, 5)
    story.buy(2, 2, 11)
    # To hour 20: an outage on fleet 1, more than its bond can pay; the rest is set off. Fleet 2 has no bond at all.
    story.report(19, {1: seen(4, breached=12, wh=2_000), 2: seen(6, breached=18, wh=4_000), 3: seen(4, breached=4)})
    story.settle(19, 1, 3)
    story.settle(19, 2)
    story.do(1, one.functions.distribute())
    story.buy(4, 1, 250 * USD)
    story.buy(4, 1, 1 * USD)
    story.do(6, sales.functions.withdraw(1, story.people[8]))
    story.do(6, equity.functions.transfer(sales.address, 17 * USD))
    story.do(6, senior.functions.transfer(story.people[5], 10_000 * USD))
    story.do(7, senior.functions.transfer(story.people[7], 5))
    story.do(7, senior.functions.transfer(story.people[6], 0))
    story.do(7, senior.functions.transferFrom("0x" + "00" * 20, story.people[9], 0))
    story.at(34)
    story.do(7, senior.functions.claim(story.people[7]))
    story.do(6, equity.functions.claim(story.people[9]))
    story.do(6, senior.functions.transfer(story.people[7], 11 * USD))
    story.do(6, sales.functions.claimIncome(1, story.people[6]))
    story.do(9, sales.functions.deliver(1, story.people[3]))
    story.do(7, sales.functions.reclaim(2, story.people[7]))
    story.do(5, sales.functions.refund(2, story.people[6]))
    story.buy(5, 4, 6)
    # To hour 34: lease 1's term ends at 28 and it closes; lease 2 runs dry, owes, and pays a part.
    story.report(33, {1: seen(15.5, wh=8_000), 2: seen(42, wh=22_222), 3: seen(13, wh=4_000)})
    story.settle(33, 1, 2, 3)
    story.do(5, stack.leases.functions.topUp(2, 2 * USD))
    story.do(1, one.functions.distribute())
    story.do(4, stack.leases.functions.withdrawRefund(1, story.people[3]))
    story.do(8, one.functions.claimFee(0, story.people[8]))
    story.do(1, stack.fleets.functions.transferFrom(story.people[1], story.people[2], 1))
    story.do(2, one.functions.claimFee(2, one.address))
    story.lie(41, {2: seen(70, wh=30_000)})
    story.at(44.5)
    story.do(4, stack.leases.functions.terminate(2))
    # Lease 2 stops; its debt stays. After that the oracle says nothing for two weeks.
    story.report(45, {2: seen(7, wh=3_000), 3: seen(0, breached=12)})
    story.settle(45, 2)
    story.settle(45, 3)
    story.leave(3)
    story.slash(2)
    story.do(3, stack.usd.functions.transfer(stack.leases.address, 12_345))
    story.do(3, stack.usd.functions.transfer(sales.address, 54_321))
    story.do(6, senior.functions.transfer(sales.address, 19))
    story.do(2, one.functions.distribute())
    story.do(2, two.functions.distribute())
    story.do(0, stack.fleets.functions.delist(1))
    story.at(80)
    story.do(0, one.functions.distribute())
    story.do(2, stack.leases.functions.depositBond(2, 3 * USD))
    story.do(2, stack.leases.functions.depositBond(1, 5 * USD))
    story.do(2, stack.leases.functions.withdrawBond(1, 4 * USD, story.people[2]))
    story.at(60 + 15 * 24)
    story.do(9, stack.leases.functions.sunsetClose(3))
    story.do(2, two.functions.distribute())
    story.do(9, stack.leases.functions.releaseRisk(2))
    story.do(6, sales.functions.reclaim(1, story.people[6]))
    story.do(6, sales.functions.claimIncome(4, story.people[9]))
    story.do(7, sales.functions.claimIncome(2, story.people[7]))
    story.do(5, senior.functions.claim(story.people[5]))
    story.do(7, only.functions.transfer(story.people[3], 3))
    return story
