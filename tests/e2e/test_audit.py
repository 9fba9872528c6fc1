"""The replay verifier on a real chain: it agrees with honest contracts to the unit, and nothing altered passes it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner
from web3.contract.contract import Contract

from oracle.audit import audit, audit_sources, events, views
from oracle.audit.abi import EventSet, EventType, Log
from oracle.audit.deployment import Deployment
from oracle.audit.errors import AuditError, ChainError, DeploymentFileError, ReadingsError
from oracle.audit.history import Entry, gather
from oracle.audit.rpc import RpcChain
from oracle.audit.source import RecordedLogs
from oracle.cli.audit import register
from tests.support.chain import Chain, anvil, mine
from tests.support.story import Story, live

KINDS = {
    kind.record
    for group in vars(events).values()
    if isinstance(group, EventSet)
    for kind in group.types
}  # fmt: skip


class Remembered:
    """Chain state, asked for once."""

    def __init__(self, chain: RpcChain) -> None:
        self._chain = chain
        self._calls: dict[tuple[str, bytes], bytes | None] = {}
        self._codes: dict[str, bytes] = {}

    def call(self, questions: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        new = [question for question in dict.fromkeys(questions) if question not in self._calls]
        self._calls |= dict(zip(new, self._chain.call(new), strict=True))
        return [self._calls[question] for question in questions]

    def code(self, addresses: Sequence[str]) -> list[bytes]:
        new = [address for address in addresses if address not in self._codes]
        self._codes |= dict(zip(new, self._chain.code(new), strict=True))
        return [self._codes[address] for address in addresses]


@dataclass
class Evidence:
    """The story's chain, still running, and all that an audit reads of it."""

    chain: Chain
    story: Story
    deployment: Deployment
    file: Path
    readings: Path
    entries: list[Entry]
    logs: RecordedLogs
    state: Remembered

    def differs(self, logs: Sequence[Log]) -> bool:
        """Whether an audit of these logs against the true state finds anything, or that they cannot be logs of ours."""
        try:
            return not audit_sources(
                self.deployment, replace(self.logs, recorded=tuple(logs)), self.state
            ).books_balance
        except AuditError:
            return True


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    folder = tmp_path_factory.mktemp("audit")
    with anvil() as chain:
        story = live(chain)
        deployment = Deployment.model_validate(story.deployment())
        with RpcChain(chain.url, deployment.block) as rpc:
            entries = gather(rpc, deployment)
            times = rpc.times({entry.log.block for entry in entries} | {rpc.head.number})
            logs = RecordedLogs(rpc.head, tuple(entry.log for entry in entries), times)
            file, readings = story.write_deployment(folder), story.write_readings(folder / "readings")
            yield Evidence(chain, story, deployment, file, readings, entries, logs, Remembered(rpc))


def test_honest_books_balance(evidence: Evidence) -> None:
    result = audit(evidence.chain.url, evidence.file)
    assert result.differences == ()
    assert result.books_balance
    assert {type(entry.event) for entry in evidence.entries} == KINDS, "the story must show every kind of event"
    one, two, three = result.leases
    assert one.charged == 83_425_000  # 35.5 of the GPU-hours of its term at 2.35
    assert one.paid_in + one.credited - one.rent_paid == one.refunded
    assert two.debt > 0
    assert two.set_off > 0
    assert three.credit_lapsed > 0
    assert sum(gift.amount for gift in result.gifts if gift.contract == evidence.story.stack.leases.address) == 12_345
    good, bad, unsold, running = result.sales
    assert (good.successful, good.paid_in, good.withdrawn) == (True, 688_750_560, 688_750_560)
    assert (bad.successful, bad.proceeds, bad.refunded) == (False, 11, 999_999_003)
    assert (unsold.sold, unsold.held, running.held) == (0, 0, running.cap)
    sent = {gift.amount for gift in result.gifts if gift.contract == evidence.story.sales.address}
    assert sent == {17_000_000, 54_321, 19}


def test_books_balance_at_every_block(evidence: Evidence) -> None:
    # All of it is deployed when the first fleet is proposed.
    first = next(entry.log.block for entry in evidence.entries if isinstance(entry.event, events.FleetProposed))
    for block in range(first, evidence.logs.head.number, 4):
        assert audit(evidence.chain.url, evidence.file, block=block).differences == (), f"at block {block}"


@pytest.mark.parametrize("kind", sorted(KINDS, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_one_altered_figure_is_found(evidence: Evidence, kind: type[Any]) -> None:
    tried: dict[str, int] = {}
    for place, entry in enumerate(evidence.entries):
        if type(entry.event) is not kind or _touches_nobody(entry.event):
            continue
        for path, altered in _one_more(entry.event):
            if tried.setdefault(path, 0) < 3:
                tried[path] += 1
                topics, data = EventType(kind).encode(altered)
                logs = list(evidence.logs.recorded)
                logs[place] = replace(entry.log, topics=topics, data=data)
                assert evidence.differs(logs), f"{path} of {entry.event} at {entry.log.place}"
    assert tried or not list(_one_more_fields(kind))


def test_one_missing_event_is_found(evidence: Evidence) -> None:
    logs = evidence.logs.recorded
    for place, entry in enumerate(evidence.entries):
        if not _touches_nobody(entry.event):
            assert evidence.differs(logs[:place] + logs[place + 1 :]), f"{entry.event} at {entry.log.place}"


def test_one_repeated_event_is_found(evidence: Evidence) -> None:
    logs = evidence.logs.recorded
    for entry in evidence.entries:
        # The same list rate, set again, changes nothing; nor does a slash of a node that has no key any more.
        if not _touches_nobody(entry.event) and not isinstance(entry.event, events.ListRateSet | events.NodeExpelled):
            again = replace(entry.log, index=entry.log.index + 1000)
            assert evidence.differs([*logs, again]), f"{entry.event} at {entry.log.place}"


def test_altered_state_is_found(evidence: Evidence) -> None:
    """What the chain says of itself is compared, not believed."""
    request = evidence.chain.w3.provider.make_request
    leases = evidence.story.stack.leases.address
    before = request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    slots = _slots(evidence, evidence.story.stack.leases, "leaseOf", 3)
    assert len(slots) == 5
    for slot in slots:
        word = int(evidence.chain.w3.eth.get_storage_at(leases, slot).hex(), 16)
        request("anvil_setStorageAt", [leases, hex(slot), f"0x{word ^ 1:064x}"])  # type: ignore[arg-type]
        mine(evidence.chain.w3)
        assert not audit(evidence.chain.url, evidence.file).books_balance
        request("anvil_setStorageAt", [leases, hex(slot), f"0x{word:064x}"])  # type: ignore[arg-type]
    request("evm_revert", [before])  # type: ignore[arg-type]


def test_one_unit_in_a_sale_is_named(evidence: Evidence) -> None:
    """Each field of a sale that lies on, each of a booking in it, and what the contract's purses hold."""
    request = evidence.chain.w3.provider.make_request
    sales, buyer = evidence.story.sales, evidence.story.people[2]
    before = request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    named: set[str] = set()
    slots = _slots(evidence, sales, "saleOf", 2) | _slots(evidence, sales, "bookingOf", 2, buyer)
    assert len(slots) == 6 + 1
    for slot in slots:
        word = int(evidence.chain.w3.eth.get_storage_at(sales.address, slot).hex(), 16)
        for bit in (0, 96, 160, 192, 232, 240, 248):
            request("anvil_setStorageAt", [sales.address, hex(slot), f"0x{word ^ 1 << bit:064x}"])  # type: ignore[arg-type]
            mine(evidence.chain.w3)
            named |= {difference.what for difference in audit(evidence.chain.url, evidence.file).differences}
        request("anvil_setStorageAt", [sales.address, hex(slot), f"0x{word:064x}"])  # type: ignore[arg-type]
    request("evm_revert", [before])  # type: ignore[arg-type]
    fields_of_sale = {f"saleOf.{field.name}" for field in fields(views.SaleState)}
    assert named >= fields_of_sale | {"bookingOf.shares", "bookingOf.paid", "incomeOf.value"}


def test_a_unit_missing_from_the_sales_purse_is_named(evidence: Evidence) -> None:
    """Of the currency, and of the shares that lie there: balances that their tokens' own events do not explain."""
    request = evidence.chain.w3.provider.make_request
    stack, sales = evidence.story.stack, evidence.story.sales
    for token in (stack.usd, evidence.story.contract("FleetShare", sales.functions.saleOf(4).call()[4])):
        before = request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
        held = token.functions.balanceOf(sales.address).call()
        for slot in _slots(evidence, token, "balanceOf", sales.address):
            word = int(evidence.chain.w3.eth.get_storage_at(token.address, slot).hex(), 16)
            if word & (1 << 96) - 1 == held:
                request("anvil_setStorageAt", [token.address, hex(slot), f"0x{word - 1:064x}"])  # type: ignore[arg-type]
        mine(evidence.chain.w3)
        differences = audit(evidence.chain.url, evidence.file).differences
        purse = f"{token.address} in {sales.address}"
        assert (purse, held, held - 1) in [(one.where, one.expected, one.actual) for one in differences]
        request("evm_revert", [before])  # type: ignore[arg-type]


def test_without_a_sale_contract_the_rest_is_audited(evidence: Evidence, tmp_path: Path) -> None:
    content = json.loads(evidence.file.read_text())
    del content["contracts"]["PrimarySale"]
    (tmp_path / "older.json").write_text(json.dumps(content))
    result = audit(evidence.chain.url, tmp_path / "older.json")
    assert result.differences == ()
    assert result.sales == ()
    assert len(result.leases) == 3


def test_signed_observations_prove_the_readings(evidence: Evidence) -> None:
    result = audit(evidence.chain.url, evidence.file, evidence.readings)
    assert result.differences == ()
    assert result.readings is not None
    assert (result.readings.reports, result.readings.signatures, result.readings.settlements) == (4, 12, 11)
    assert result.readings.missing == result.readings.baseless == ()


def test_a_settled_reading_that_nobody_signed_is_found(evidence: Evidence) -> None:
    """Its flags change no charge: only the signed observations can tell."""
    places = [place for place, entry in enumerate(evidence.entries) if isinstance(entry.event, events.Settled)]
    logs = list(evidence.logs.recorded)
    settled: Any = evidence.entries[places[0]].event
    topics, data = EventType(events.Settled).encode(replace(settled, reading=settled.reading + 8))
    logs[places[0]] = replace(logs[places[0]], topics=topics, data=data)
    source = replace(evidence.logs, recorded=tuple(logs))
    result = audit_sources(evidence.deployment, source, evidence.state, evidence.readings)
    assert {difference.what for difference in result.differences} == {"Settled.reading"}


@pytest.mark.parametrize("name", ["leaves", "signature", "root", "base_root", "block_hash", "config_digest"])
def test_an_altered_observation_is_found(evidence: Evidence, tmp_path: Path, name: str) -> None:
    for path in evidence.readings.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "report-19.json"
    content = json.loads(path.read_text())
    said = content["observations"][1]
    said[name] = said[name][:-8] + f"{int(said[name][-8:], 16) ^ 0x0001_0000:08x}"
    path.write_text(json.dumps(content))
    result = audit(evidence.chain.url, evidence.file, tmp_path)
    assert not result.books_balance
    assert all("epoch 19" in difference.where for difference in result.differences if difference.what == "signer")


def test_a_reported_epoch_without_a_file_is_named(evidence: Evidence, tmp_path: Path) -> None:
    for epoch in (11, 33, 45):
        (tmp_path / f"report-{epoch}.json").write_bytes((evidence.readings / f"report-{epoch}.json").read_bytes())
    result = audit(evidence.chain.url, evidence.file, tmp_path)
    assert result.books_balance
    assert result.readings is not None
    assert (result.readings.missing, result.readings.baseless) == ((19,), (33, 45))


def test_bad_input_is_named(evidence: Evidence, tmp_path: Path) -> None:
    url, file = evidence.chain.url, evidence.file
    with pytest.raises(ReadingsError, match="no folder"):
        audit(url, file, tmp_path / "none")
    (tmp_path / "report-11.json").write_text('{"proposal": {}, "observations": []}')
    with pytest.raises(ReadingsError, match=r"report-11\.json"):
        audit(url, file, tmp_path)
    with pytest.raises(DeploymentFileError, match="cannot read"):
        audit(url, tmp_path / "none.json")
    with pytest.raises(ChainError, match="does not have block"):
        audit(url, file, block=10**6)
    with pytest.raises(ChainError, match="cannot be reached"):
        audit("http://127.0.0.1:1", file)
    content = json.loads(file.read_text())
    (tmp_path / "other.json").write_text(json.dumps(content | {"chainId": 1}))
    with pytest.raises(DeploymentFileError, match="of chain 1,"):
        audit(url, tmp_path / "other.json")


def test_exit_codes(evidence: Evidence, tmp_path: Path) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)

    def run(*options: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["audit", "--rpc", evidence.chain.url, *options])
        return done.exit_code, done.stdout

    code, out = run("--deployment", str(evidence.file), "--readings", str(evidence.readings))
    assert code == 0, out
    assert "The books balance" in out
    code, out = run("--deployment", str(evidence.file), "--json")
    assert (code, json.loads(out)["books_balance"]) == (0, True)
    content = json.loads(evidence.file.read_text())
    content["contracts"]["CapacityLease"]["codeHash"] = "0x" + "11" * 32
    (tmp_path / "wrong.json").write_text(json.dumps(content))
    code, out = run("--deployment", str(tmp_path / "wrong.json"))
    assert (code, "1 difference" in out) == (1, True)
    code, out = run("--deployment", str(tmp_path / "none.json"))
    assert code == 2


def _touches_nobody(event: object) -> bool:
    """A share movement of nothing, or to oneself: in nobody's books."""
    return isinstance(event, events.Paid) and (event.amount == 0 or event.source == event.to)


def _one_more(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every way to alter one figure of an event by one (a reading: one unit-second delivered), and its path."""
    if isinstance(value, bool):
        yield path, not value
    elif isinstance(value, int):
        yield path, value + (1 << 160 if path.endswith(".reading") else 1)
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            for where, altered in _one_more(item, f"{path}[{place}]"):
                yield where, (*value[:place], altered, *value[place + 1 :])
    elif is_dataclass(value):
        for field in fields(value):
            for where, altered in _one_more(getattr(value, field.name), f"{path}.{field.name}"):
                yield where, replace(value, **{field.name: altered})  # type: ignore[type-var]


def _one_more_fields(kind: type[Any]) -> Iterator[str]:
    return (name for name, solidity in EventType(kind).types.items() if "uint" in solidity or solidity == "bool")


def _slots(evidence: Evidence, contract: Contract, view: str, *arguments: object) -> set[int]:
    """The storage slots that a view reads."""
    call = {"to": contract.address, "data": contract.encode_abi(view, arguments)}
    answer = evidence.chain.w3.provider.make_request("debug_traceCall", [call, "latest", {}])  # type: ignore[arg-type]
    return {int(step["stack"][-1], 16) for step in answer["result"]["structLogs"] if step["op"] == "SLOAD"}
