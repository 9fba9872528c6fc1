"""Python and Solidity say the same thing: digest, leaf, root, proofs, charge, runway, meter id, reading, aggregate.

Each test signs, proves or computes with `oracle.domain` and lets the deployed contracts judge. All of them share two
deployments on one Anvil, which a snapshot puts back after every case, so that time can start over.
"""

import json
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from eth_utils.abi import abi_to_signature
from eth_utils.conversions import to_hex
from eth_utils.crypto import keccak
from web3 import Web3
from web3.contract.contract import Contract
from web3.exceptions import ContractCustomError
from web3.logs import DISCARD

from oracle import abi
from oracle.domain.charge import LeaseTerms, Totals, runway, totals
from oracle.domain.median import agree
from oracle.domain.merkle import MerkleTree, meter_tree
from oracle.domain.meters import MeterKind, meter_id
from oracle.domain.reading import COUNTER_MAX, COUNTERS, FLAGS_MAX, Reading
from oracle.domain.report import DOMAIN_NAME, DOMAIN_VERSION, Domain, Report, config_digest
from oracle.domain.schedule import Schedule
from oracle.domain.signature import pack_signatures, sign
from oracle.watch.checks import aggregate, has_fallen
from tests.support.chain import HOUR, ROOT, Stack, act, anvil, deploy_stack, node_key, now, rpc, travel_to
from tests.support.market import finalise, lease_meter, make_report, post_report

METRICS = keccak(text="metric definitions")
UINT16, UINT32, UINT96 = (2**bits - 1 for bits in (16, 32, 96))
YEAR = 365 * 24 * HOUR
CASES = 25


# ---------------------------------------------------------------------- the stage


@dataclass(frozen=True)
class Stage:
    """A deployed stack, its clock, and a CapacityLease whose structs come back with their names."""

    stack: Stack
    schedule: Schedule
    leases: Any

    @classmethod
    def of(cls, stack: Stack) -> "Stage":
        contract = stack.w3.eth.contract(
            address=stack.leases.address, abi=abi.load("ICapacityLease"), decode_tuples=True
        )
        return cls(stack, Schedule(stack.genesis, stack.epoch_length, stack.delay), contract.functions)

    @property
    def operator(self) -> str:
        """Anvil's second account; the first is everybody else."""
        return list(self.stack.w3.eth.accounts)[1]

    @property
    def tail(self) -> int:
        """What a runway covers beyond the notice: 2 L + D + dispute."""
        return 2 * self.stack.epoch_length + self.stack.delay + self.stack.dispute

    def current_epoch(self) -> int:
        """The epoch of the chain's head."""
        return (now(self.stack.w3) - self.stack.genesis) // self.stack.epoch_length

    def next_epoch(self) -> int:
        """The first epoch whose reporting window is still to open."""
        return (self.schedule.reportable(now(self.stack.w3)) or 0) + 1

    def lease(self, lease_id: int) -> Any:
        return self.leases.leaseOf(lease_id).call()


@pytest.fixture(scope="module")
def stages() -> Iterator[tuple[Stage, Stage]]:
    """The usual clock, and an odd one: 45-minute epochs, seven nodes."""
    with anvil() as chain:
        usual = deploy_stack(chain.w3, metrics_hash=METRICS)
        odd = deploy_stack(chain.w3, nodes=7, epoch_length=2700, delay=300, dispute=5000, metrics_hash=METRICS)
        yield Stage.of(usual), Stage.of(odd)


@contextmanager
def put_back(stage: Stage) -> Iterator[None]:
    """Puts the chain back to where it was, clock and all."""
    snapshot = rpc(stage.stack.w3, "evm_snapshot")
    try:
        yield
    finally:
        assert rpc(stage.stack.w3, "evm_revert", snapshot) is True


@pytest.fixture
def fresh(stages: tuple[Stage, Stage]) -> Iterator[tuple[Stage, Stage]]:
    """The stages as they were deployed, put back afterwards."""
    with put_back(stages[0]):
        yield stages


@pytest.fixture
def stage(fresh: tuple[Stage, Stage]) -> Stage:
    """The usual clock."""
    return fresh[0]


def make_fleet(stage: Stage, terms: LeaseTerms, notice: int, units: int | None = None) -> int:
    """A listed fleet with the terms a lease of it is to have; its rent goes nowhere near a waterfall here."""
    stack, units = stage.stack, units or terms.units
    bps = (9900, terms.penalty_bps, terms.credit_cap_bps)
    spec = (stack.usd.address, terms.rate, units, terms.board_watts, *bps, notice, "H100", "Test site")
    receipt = act(stack.fleets.functions.propose(spec), stage.operator)
    proposed = stack.fleets.events.FleetProposed().process_receipt(receipt, errors=DISCARD)
    fleet_id = int(proposed[0]["args"]["fleetId"])
    act(
        stack.fleets.functions.publishInventory(fleet_id, keccak(text=f"inventory of {fleet_id}"), units),
        stage.operator,
    )
    act(stack.fleets.functions.list(fleet_id, stack.owner), stack.owner)
    return fleet_id


def open_at(stage: Stage, fleet_id: int, terms: LeaseTerms, escrow: int, bond: int = 0) -> int:
    """Opens a lease with the fleet's terms; its holder pays escrow and bond."""
    stack = stage.stack
    act(stack.usd.functions.mint(stack.owner, escrow + bond), stack.owner)
    act(stack.usd.functions.approve(stack.leases.address, escrow + bond), stack.owner)
    if bond:
        act(stack.leases.functions.depositBond(fleet_id, bond), stack.owner)
    request = (fleet_id, terms.units, terms.start, terms.end, terms.rate, escrow, stack.owner)
    receipt = act(stack.leases.functions.open(request), stack.owner)
    opened = stack.leases.events.LeaseOpened().process_receipt(receipt, errors=DISCARD)
    return int(opened[0]["args"]["leaseId"])


def settle(stage: Stage, epoch: int, lease_id: int, readings: dict[int, Reading]) -> None:
    """Settles one lease with the proof that Python makes."""
    ordered = sorted(readings.items())
    meter = lease_meter(stage.stack, lease_id)
    proof = meter_tree(ordered).proof(ordered.index((meter, readings[meter])))
    act(stage.leases.settle(lease_id, epoch, readings[meter].pack(), list(proof)), stage.stack.owner)


def _error(refused: ContractCustomError) -> str:
    """The name of a contract's error."""
    for name in ("IMeterOracle", "ICapacityLease"):
        for entry in abi.load(name):
            if entry["type"] == "error" and str(refused.data).startswith(_selector(entry)):
                return str(entry["name"])
    raise AssertionError(f"no error of ours: {refused}")


def _selector(entry: Any) -> str:
    """The four bytes that name an error, 0x-hex."""
    return to_hex(keccak(text=abi_to_signature(entry))[:4])


def stored(lease: Any) -> Totals:
    """The totals the contract keeps of a lease."""
    return Totals(lease.account.owed, lease.totals.creditOwed, lease.totals.energyWh)


# ---------------------------------------------------------------------- the digest


@dataclass(frozen=True)
class Statement:
    """A report that can be posted now, and where it holds."""

    report: Report
    domain: Domain


CHANGES: dict[str, Callable[[Statement], Statement]] = {
    "config_digest": lambda one: replace(one, report=replace(one.report, config_digest=keccak(text="another"))),
    "epoch": lambda one: replace(one, report=replace(one.report, epoch=one.report.epoch + 1)),
    "base_epoch": lambda one: replace(one, report=replace(one.report, base_epoch=one.report.base_epoch - 1)),
    "base_root": lambda one: replace(one, report=replace(one.report, base_root=_flip(one.report.base_root))),
    "root": lambda one: replace(one, report=replace(one.report, root=_flip(one.report.root))),
    "set_hash": lambda one: replace(one, report=replace(one.report, set_hash=_flip(one.report.set_hash))),
    "leaf_count": lambda one: replace(one, report=replace(one.report, leaf_count=one.report.leaf_count + 1)),
    "chain_id": lambda one: replace(one, domain=replace(one.domain, chain_id=1)),
    "contract": lambda one: replace(one, domain=replace(one.domain, contract=node_key("cold", 0).address)),
}
"""Each field that a digest binds, changed a little."""

SENT = ("config_digest", "epoch", "base_epoch", "root", "set_hash", "leaf_count")
"""The fields that `submit` takes. The base's root comes from storage, chain and contract from where it runs."""


def _flip(word: bytes) -> bytes:
    return bytes([*word[:-1], word[-1] ^ 1])


def _statement(stage: Stage) -> Statement:
    """A report on top of a standing one, in its window."""
    stack = stage.stack
    first, second = Reading(delivered=1), Reading(delivered=2)
    post_report(stack, 3, {7: first})
    travel_to(stack.w3, stage.schedule.opens(5))
    report, _ = make_report(stack, 5, {7: second, 8: first})
    return Statement(report, Domain(stack.w3.eth.chain_id, stack.oracle.address))


def _post(stage: Stage, sent: Statement, signed: Statement) -> None:
    """Submits the fields of one statement with a quorum's signatures of another. Raises what the contract says."""
    stack = stage.stack
    digest = signed.report.digest(signed.domain)
    signatures = {index: sign(digest, bytes(key.key)) for index, key in enumerate(stack.hot_keys)}
    packed = pack_signatures(signatures, stack.node_set.functions.quorum().call())
    submit = stack.oracle.functions.submit(tuple(getattr(sent.report, name) for name in SENT), packed)
    submit.call({"from": stack.owner})
    act(submit, stack.owner)


def _refusal(stage: Stage, sent: Statement, signed: Statement) -> str:
    """The name of the error a submission is refused with."""
    with pytest.raises(ContractCustomError) as refused:
        _post(stage, sent, signed)
    return _error(refused.value)


@pytest.mark.parametrize("which", [0, 1], ids=["four nodes", "seven nodes"])
def test_what_python_signs_the_contract_accepts(fresh: tuple[Stage, Stage], which: int) -> None:
    stage = fresh[which]
    statement = _statement(stage)
    _post(stage, statement, statement)
    assert stage.stack.oracle.functions.headEpoch().call() == 5
    assert stage.stack.oracle.functions.standing(5).call()[0] == statement.report.root


def test_no_field_of_a_signed_report_can_be_another(stage: Stage) -> None:
    statement = _statement(stage)
    assert {field.name for field in fields(Report)} | {"chain_id", "contract"} == set(CHANGES)
    refused = {}
    for name, change in CHANGES.items():
        changed = change(statement)
        refused["signed", name] = _refusal(stage, sent=statement, signed=changed)
        if name in SENT:
            refused["sent", name] = _refusal(stage, sent=changed, signed=statement)
    assert {error for (side, _), error in refused.items() if side == "signed"} == {"MeterOracle_WrongSigner"}
    assert {name: error for (side, name), error in refused.items() if side == "sent"} == {
        "config_digest": "MeterOracle_WrongConfig",
        "epoch": "MeterOracle_TooEarly",
        "base_epoch": "MeterOracle_WrongBase",
        "root": "MeterOracle_WrongSigner",
        "set_hash": "MeterOracle_WrongSigner",
        "leaf_count": "MeterOracle_WrongSigner",
    }
    _post(stage, statement, statement)  # nothing of all that stood in its way


@pytest.mark.parametrize("which", [0, 1], ids=["four nodes", "seven nodes"])
def test_config_digest_and_signing_domain_are_the_contracts(fresh: tuple[Stage, Stage], which: int) -> None:
    stack = fresh[which].stack
    chain_id, cold = stack.w3.eth.chain_id, [node_key("cold", index).address for index in range(len(stack.hot_keys))]
    quorum = 2 * (len(cold) // 3) + 1
    assert stack.node_set.functions.configDigest().call() == config_digest(
        chain_id, stack.oracle.address, cold, quorum, 1, METRICS
    )
    assert stack.oracle.functions.eip712Domain().call()[1:5] == [
        DOMAIN_NAME,
        DOMAIN_VERSION,
        chain_id,
        stack.oracle.address,
    ]


# ---------------------------------------------------------------------- leaves, roots, proofs


LEASES_OF_FLEETS = (3, 1, 4)


def _three_fleets(stage: Stage) -> dict[int, LeaseTerms]:
    """Eight leases of three fleets, by id."""
    start = stage.schedule.period_start(4)
    leases = {}
    for number, count in enumerate(LEASES_OF_FLEETS, start=1):
        terms = LeaseTerms(
            units=number, meter_units=number, rate=1_190_000 + number, start=start, end=start + YEAR, stop=0,
            penalty_bps=5000, credit_cap_bps=3000, board_watts=100 * number,
        )  # fmt: skip
        fleet_id = make_fleet(stage, terms, 24 * HOUR, units=count * number)
        for _ in range(count):
            leases[open_at(stage, fleet_id, terms, 10**12)] = terms
    return leases


def _any_reading(rng: random.Random) -> Reading:
    return Reading.unpack(rng.getrandbits(256))


@pytest.mark.parametrize("strangers", [0, 3, 40])
def test_multiproofs_settle_leases_of_several_fleets(stage: Stage, strangers: int) -> None:
    rng = random.Random(strangers)
    leases = _three_fleets(stage)
    stack = stage.stack
    others = {rng.getrandbits(256): _any_reading(rng) for _ in range(strangers)}
    readings = others | {lease_meter(stack, lease_id): _any_reading(rng) for lease_id in leases}
    epoch = stage.next_epoch() + 12
    post_report(stack, epoch, readings)
    finalise(stack, epoch)
    ordered = sorted(readings.items())
    tree = meter_tree(ordered)
    assert stack.oracle.functions.finalRoot(epoch).call() == tree.root

    waiting = rng.sample(sorted(leases), len(leases))
    for count in (3, 1, 4):
        batch, waiting = waiting[:count], waiting[count:]
        _settle_many(stage, epoch, batch, ordered, tree)
        for lease_id in batch:
            expected = totals(leases[lease_id], readings[lease_meter(stack, lease_id)], stack.period_end(epoch))
            assert stored(stage.lease(lease_id)) == expected
            assert expected.owed > 0
    assert not waiting


def _settle_many(
    stage: Stage, epoch: int, lease_ids: Sequence[int], ordered: list[tuple[int, Reading]], tree: MerkleTree
) -> None:
    place = {meter: number for number, (meter, _) in enumerate(ordered)}
    lease_at = {place[lease_meter(stage.stack, lease_id)]: lease_id for lease_id in lease_ids}
    proof = tree.multiproof(lease_at)
    settle_many = stage.stack.leases.functions.settleMany(
        epoch,
        [lease_at[leaf] for leaf in proof.leaves],
        [ordered[leaf][1].pack() for leaf in proof.leaves],
        list(proof.proof),
        list(proof.flags),
    )
    act(settle_many, stage.stack.owner)


@pytest.mark.parametrize("strangers", [0, 1, 2, 30])
def test_single_proofs_settle_and_fit_no_other_reading(stage: Stage, strangers: int) -> None:
    rng = random.Random(100 + strangers)
    start = stage.schedule.period_start(4)
    terms = LeaseTerms(2, 2, 10**6, start, start + YEAR, 0, 5000, 3000, 700)
    fleet_id = make_fleet(stage, terms, 24 * HOUR)
    lease_id = open_at(stage, fleet_id, terms, 10**12)
    meter = lease_meter(stage.stack, lease_id)
    readings = {rng.getrandbits(256): _any_reading(rng) for _ in range(strangers)} | {meter: _any_reading(rng)}
    epoch = stage.next_epoch() + 12
    post_report(stage.stack, epoch, readings)
    finalise(stage.stack, epoch)

    ordered = sorted(readings.items())
    proof = list(meter_tree(ordered).proof(ordered.index((meter, readings[meter]))))
    for bit in (0, 16, 64, 112, 160, 208):
        another = stage.leases.settle(lease_id, epoch, readings[meter].pack() ^ 1 << bit, proof)
        with pytest.raises(ContractCustomError) as refused:
            another.call()
        assert _error(refused.value) == "CapacityLease_WrongProof"
    settle(stage, epoch, lease_id, readings)
    assert stage.lease(lease_id).reading == readings[meter].pack()


# ---------------------------------------------------------------------- charge and runway


@dataclass(frozen=True)
class Case:
    """A lease at random. `notice` is its fleet's, seconds."""

    stage: Stage
    rng: random.Random
    terms: LeaseTerms
    notice: int

    @classmethod
    def of(cls, seed: int, stages: tuple[Stage, Stage]) -> "Case":
        rng = random.Random(seed)
        stage = rng.choice(stages)
        length = stage.stack.epoch_length
        duration = length * _sized(rng, 1, 20 * YEAR // length)
        units = _sized(rng, 1, min(UINT32, COUNTER_MAX // duration))
        start = stage.schedule.period_start(stage.current_epoch() + rng.randint(4, 12))
        terms = LeaseTerms(
            units=units,
            meter_units=units,
            rate=_sized(rng, 1, min(UINT96, UINT96 * HOUR // (units * duration))),
            start=start,
            end=start + duration,
            stop=0,
            penalty_bps=_sized(rng, 0, UINT16),
            credit_cap_bps=_sized(rng, 0, 10_000),
            board_watts=_sized(rng, 0, UINT16),
        )
        return cls(stage, rng, terms, rng.choice([0, rng.randint(0, 72 * HOUR), _sized(rng, 0, UINT32)]))

    @property
    def horizon(self) -> int:
        return self.notice + self.stage.tail

    def open(self) -> int:
        """The lease, with its runway or more in escrow and a bond of any size; its runway is checked on the way."""
        needed = runway(self.terms, self.horizon, self.terms.start)
        fleet_id = make_fleet(self.stage, self.terms, self.notice)
        asked = (self.terms.units, self.terms.start, self.terms.end, self.terms.rate, 0, self.stage.stack.owner)
        assert self.stage.leases.runwayFor((fleet_id, *asked)).call() == needed
        escrow = needed + self.rng.choice([0, _sized(self.rng, 0, UINT96 - needed)])
        return open_at(self.stage, fleet_id, self.terms, escrow, _sized(self.rng, 0, UINT96 - escrow))

    def next_epoch(self) -> int:
        """An epoch that can still be reported: soon, within the term, or after it."""
        first = self.stage.next_epoch()
        last = (self.terms.end - self.stage.stack.genesis) // self.stage.stack.epoch_length - 1
        within = self.rng.randint(4, last)
        return max(
            first, self.rng.choice([first, first + self.rng.randint(0, 40), within, last + self.rng.randint(0, 3)])
        )

    def reading(self, before: Reading, period_end: int) -> Reading:
        """A later reading of the same meter: what its units can do, a little more, or anything 48 bits hold."""
        most = self.terms.units * max(0, min(period_end, self.terms.term_end) - self.terms.start)
        limits = dict.fromkeys(COUNTERS, most) | {"energy_wh": most * self.terms.board_watts // HOUR}
        counters = {
            name: max(getattr(before, name), min(COUNTER_MAX, self._counter(limit))) for name, limit in limits.items()
        }
        return Reading(**counters, flags=self.rng.getrandbits(16))

    def _counter(self, limit: int) -> int:
        return self.rng.choice(
            [0, limit, limit + 1, self.rng.randint(0, limit), self.rng.randint(0, 2 * limit), COUNTER_MAX]
        )


def _sized(rng: random.Random, least: int, most: int) -> int:
    """An integer within the bounds, small ones as likely as large ones."""
    bits = rng.randint(0, most.bit_length())
    return min(most, max(least, rng.choice([rng.getrandbits(bits), (1 << bits) - 1, 1 << bits])))


def test_charges_and_runways_are_the_contracts(stages: tuple[Stage, Stage], subtests: Any) -> None:
    seen: Counter[str] = Counter()
    for seed in range(CASES):
        with subtests.test(seed=seed), put_back(stages[0]):
            seen.update(_live_and_compare(Case.of(seed, stages)))
    assert set(seen) >= {"open", "closed", "terminated", "credit", "debt", "too much time", "too much energy"}, seen


def _live_and_compare(case: Case) -> set[str]:
    """Settles a lease up to four times, comparing each time. Returns what came up."""
    stage, terms = case.stage, case.terms
    lease_id = case.open()
    reading, seen = Reading(), set()
    for _ in range(4):
        terms = _maybe_terminate(case, lease_id, terms)
        epoch = case.next_epoch()
        period_end = stage.stack.period_end(epoch)
        reading = case.reading(reading, period_end)
        readings = {lease_meter(stage.stack, lease_id): reading, 5: Reading(1, 1, 1)}
        post_report(stage.stack, epoch, readings)
        finalise(stage.stack, epoch)
        settle(stage, epoch, lease_id, readings)

        lease, expected = stage.lease(lease_id), totals(terms, reading, period_end)
        assert (stored(lease), lease.reading, lease.account.settledEpoch) == (expected, reading.pack(), epoch)
        assert lease.account.closed == (period_end >= terms.term_end)
        most = terms.units * max(0, min(period_end, terms.term_end) - terms.start)
        seen |= {"terminated"} if terms.stop else set()
        seen |= {"credit"} if expected.credit_owed else set()
        seen |= {"debt"} if lease.totals.debt else set()
        seen |= {"too much time"} if reading.delivered > most else set()
        seen |= {"too much energy"} if expected.energy_wh < reading.energy_wh else set()
        if lease.account.closed:
            return seen | {"closed"}
        needed = runway(terms, case.horizon, max(terms.start, period_end))
        assert stage.leases.runwayOf(lease_id).call() == needed
        assert bool(lease.state.suspendedAt) == (lease.account.held < needed or lease.totals.debt > 0)
        seen |= {"open"}
    return seen


def _maybe_terminate(case: Case, lease_id: int, terms: LeaseTerms) -> LeaseTerms:
    """Every other lease that is out of escrow and notice is stopped at the next epoch boundary."""
    stack = case.stage.stack
    lease = case.stage.lease(lease_id)
    until = max(now(stack.w3), lease.state.suspendedAt + case.notice)
    if (
        terms.stop
        or not lease.state.suspendedAt
        or until + 2 * stack.epoch_length >= terms.end
        or case.rng.random() < 0.5
    ):
        return terms
    travel_to(stack.w3, until + 1)
    act(stack.leases.functions.terminate(lease_id), stack.owner)
    return replace(terms, stop=case.stage.lease(lease_id).state.stop)


def test_a_reading_that_falls_charges_nothing_and_gives_nothing_back(stage: Stage) -> None:
    start = stage.schedule.period_start(4)
    terms = LeaseTerms(4, 4, 2_350_000, start, start + YEAR, 0, 5000, 3000, 700)
    fleet_id = make_fleet(stage, terms, 24 * HOUR)
    lease_id = open_at(stage, fleet_id, terms, 10**12)
    meter = lease_meter(stage.stack, lease_id)
    high = Reading(40_000, 40_000, 30_000, 3_000, 900, 1)
    for reading in (high, Reading(39_000, 39_000, 29_000, 2_000, 800, 1)):
        epoch = stage.next_epoch() + 12
        post_report(stage.stack, epoch, {meter: reading})
        finalise(stage.stack, epoch)
        settle(stage, epoch, lease_id, {meter: reading})
        assert stored(stage.lease(lease_id)) == totals(terms, high, stage.stack.period_end(epoch))


# ---------------------------------------------------------------------- words


def test_meter_ids_are_the_contracts(stage: Stage) -> None:
    for lease_id in _three_fleets(stage):
        assert stage.leases.meterIdOf(lease_id).call() == meter_id(
            MeterKind.LEASE, stage.stack.leases.address, lease_id
        )


READER = """
// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;
import {Reading} from "contracts/leasing/Reading.sol";
contract Reader {
    function take(Reading reading) external pure returns (uint48, uint48, uint48, uint48, uint48, uint16) {
        return (
            reading.measured(), reading.delivered(), reading.utilised(), reading.breached(), reading.energyWh(),
            reading.flags()
        );
    }
}
"""
"""Takes a reading apart with the library CapacityLease uses."""


@pytest.fixture(scope="module")
def reader(stages: tuple[Stage, Stage]) -> Contract:
    """READER, compiled with the project's compiler and deployed."""
    return _compiled(stages[0].stack, "Reader", READER, "contracts/leasing/Reading.sol")


def _compiled(stack: Stack, name: str, source: str, library: str) -> Contract:
    """The contract `name` in `source`, which uses one library of ours, compiled and deployed."""
    asked = {
        "language": "Solidity",
        "sources": {f"{name}.sol": {"content": source}, library: {"content": (ROOT / library).read_text()}},
        "settings": {
            "evmVersion": "shanghai",
            "outputSelection": {f"{name}.sol": {name: ["abi", "evm.bytecode.object"]}},
        },
    }
    done = subprocess.run(
        [ROOT / "tools" / "solc", "--standard-json"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    built = json.loads(done.stdout)["contracts"][f"{name}.sol"][name]
    made = stack.w3.eth.contract(abi=built["abi"], bytecode=built["evm"]["bytecode"]["object"])
    receipt = stack.w3.eth.wait_for_transaction_receipt(made.constructor().transact({"from": stack.owner}))
    return stack.w3.eth.contract(address=Web3.to_checksum_address(str(receipt["contractAddress"])), abi=built["abi"])


def test_readings_unpack_as_the_contracts_do(reader: Contract) -> None:
    rng = random.Random(48)
    alone = [Reading(**{name: COUNTER_MAX}) for name in COUNTERS] + [Reading(flags=FLAGS_MAX)]
    for word in [0, *(reading.pack() for reading in alone), *(rng.getrandbits(256) for _ in range(50))]:
        reading = Reading.unpack(word)
        assert reader.functions.take(word).call() == [*reading.counters, reading.flags]
        assert reading.pack() == word


# ---------------------------------------------------------------------- what observations make


AGGREGATOR = """
// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;
import {Aggregate} from "contracts/metering/Aggregate.sol";
contract Aggregator {
    function agree(uint256 base, uint256[] calldata increments) external pure returns (uint256) {
        return Aggregate.agree(base, increments);
    }
    function fell(uint256 reading, uint256 base) external pure returns (bool) {
        return Aggregate.fell(reading, base);
    }
}
"""
"""Aggregates and compares with the library that evidence is judged by."""


@pytest.fixture(scope="module")
def aggregator(stages: tuple[Stage, Stage]) -> Contract:
    """AGGREGATOR, compiled with the project's compiler and deployed."""
    return _compiled(stages[0].stack, "Aggregator", AGGREGATOR, "contracts/metering/Aggregate.sol")


def _near(rng: random.Random, word: int) -> int:
    """A word whose fields are often those of another, or one off, or at their ends."""
    for shift, bits in ((0, 3), (3, 13), *((16 + 48 * place, 48) for place in range(5))):
        field = word >> shift & (1 << bits) - 1
        near = rng.choice([field, field ^ 1, 0, (1 << bits) - 1, rng.getrandbits(bits)])
        word = word & ~((1 << bits) - 1 << shift) | near << shift
    return word


def test_aggregates_are_the_contracts(aggregator: Contract) -> None:
    rng = random.Random(31)
    for case in range(120):
        base = rng.getrandbits(256)
        increments = [_near(rng, base) for _ in range(case % 22)]
        word = aggregator.functions.agree(base, increments).call()
        assert aggregate(base, increments) == word
        if len(increments) % 2:
            readings = [Reading.unpack(increment) for increment in increments]
            assert agree(Reading.unpack(base), readings).pack() == word


def test_counters_fall_as_the_contracts_say(aggregator: Contract) -> None:
    rng = random.Random(32)
    seen = set()
    for _ in range(60):
        base = rng.getrandbits(256)
        word = rng.choice([_near(rng, base), base ^ rng.getrandbits(16), base ^ 1 << rng.randrange(256), base])
        fell = aggregator.functions.fell(word, base).call()
        seen.add(fell)
        assert has_fallen(word, base) == fell
        assert fell == any(
            now < then for now, then in zip(Reading.unpack(word).counters, Reading.unpack(base).counters, strict=True)
        )
    assert seen == {True, False}
