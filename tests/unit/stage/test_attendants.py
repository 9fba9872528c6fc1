"""The issuer and the operators of a stage, on a real chain with strangers who wish them ill."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import Web3Exception

from oracle.domain.merkle import inventory_tree
from scripts.stage.attendants import CONSIDERS_S, Allocator, Attempts, Issuer, Operator, Signer
from scripts.stage.cast import MNEMONIC
from tests.support.chain import Stack, act, anvil, deploy_stack, now, rpc

LISTED = 2
UUIDS = [f"GPU-0000000{place}-0000-0000-0000-000000000000" for place in range(4)]
HOUR = 3600


class Hiccups(Signer):
    """Sends nothing the first `fails` times: the chain is away."""

    def __init__(self, w3: Web3, fails: int) -> None:
        super().__init__(w3)
        self.fails = fails

    def act(self, account: LocalAccount, function: ContractFunction) -> Any:
        self.fails -= 1
        if self.fails >= 0:
            raise ConnectionError("the chain is away")
        return super().act(account, function)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Stack]:
    with anvil() as chain:
        yield deploy_stack(chain.w3)


@pytest.fixture
def stack(deployed: Stack) -> Iterator[Stack]:
    """As it was deployed, and put back afterwards."""
    before = rpc(deployed.w3, "evm_snapshot")
    yield deployed
    rpc(deployed.w3, "evm_revert", before)


def person(index: int) -> LocalAccount:
    Account.enable_unaudited_hdwallet_features()
    account: LocalAccount = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
    return account


def issuer_of(stack: Stack, signer: Signer, lists: frozenset[int] = frozenset(range(1, 100))) -> Issuer:
    treasury = stack.w3.eth.accounts[8]
    terms = [0, stack.usd.address, HOUR, 100, 50, 500, 3000, 85_000, 1_000_000, treasury, stack.fees.address]
    return Issuer(signer, person(0), stack.fleets, stack.factory, terms, lists)


def propose(stack: Stack, who: int, model: str = "H100", currency: str | None = None, raw: str = "") -> int:
    """A proposal of four GPUs, with its inventory. `raw` (hex) takes the place of as many tildes in the model."""
    spec = (currency or stack.usd.address, 2_000_000, 4, 700, 9900, 5000, 3000, 43_200, model, "A hall")
    data = stack.fleets.encode_abi("propose", [spec]).replace(b"~".hex() * (len(raw) // 2 or 1), raw or b"~".hex())
    person_s = stack.w3.eth.accounts[who]
    sent = stack.w3.eth.send_transaction({"from": person_s, "to": stack.fleets.address, "data": data})
    receipt = stack.w3.eth.wait_for_transaction_receipt(sent)
    topic = Web3.to_bytes(hexstr=stack.fleets.events.FleetProposed().topic)
    fleet = next(int.from_bytes(log["topics"][1]) for log in receipt["logs"] if log["topics"][0] == topic)
    act(stack.fleets.functions.publishInventory(fleet, inventory_tree(UUIDS).root, len(UUIDS)), person_s)
    return fleet


def status(stack: Stack, fleet: int) -> int:
    return int(stack.fleets.functions.statusOf(fleet).call()[0])


def test_a_proposal_is_listed_after_a_while_and_said_once(stack: Stack) -> None:
    issuer, fleet = issuer_of(stack, Signer(stack.w3)), propose(stack, 5)
    assert list(issuer.look(0)) == []
    assert list(issuer.look(CONSIDERS_S / 2)) == []
    assert list(issuer.look(CONSIDERS_S)) == [f"fleet {fleet} is listed"]
    assert status(stack, fleet) == LISTED
    assert list(issuer.look(2 * CONSIDERS_S)) == []
    assert stack.fleets.functions.ownerOf(fleet).call() == stack.w3.eth.accounts[5]


def test_a_proposal_whose_words_are_no_text_is_listed_and_holds_up_nobody(stack: Stack) -> None:
    issuer = issuer_of(stack, Signer(stack.w3))
    hostile, good = propose(stack, 5, model="~~~~", raw="ffffffff"), propose(stack, 6)
    with pytest.raises(UnicodeDecodeError):
        stack.fleets.functions.specOf(hostile).call()
    list(issuer.look(0))
    assert list(issuer.look(CONSIDERS_S)) == [f"fleet {hostile} is listed", f"fleet {good} is listed"]


def test_one_that_the_contracts_refuse_is_named_once_and_the_next_is_listed(stack: Stack) -> None:
    issuer = issuer_of(stack, Signer(stack.w3))
    refused, good = propose(stack, 5, currency=stack.w3.eth.accounts[9]), propose(stack, 6)
    list(issuer.look(0))
    said = list(issuer.look(CONSIDERS_S))
    assert said[0].startswith(f"fleet {refused}: not done yet: ")
    assert said[1:] == [f"fleet {good} is listed"]
    assert list(issuer.look(2 * CONSIDERS_S)) == []


@pytest.mark.parametrize("fails", [1, 2])
def test_a_hiccup_of_the_chain_leaves_nobody_unlisted(fails: int, stack: Stack) -> None:
    signer = Hiccups(stack.w3, 0)
    issuer, fleet = issuer_of(stack, signer), propose(stack, 5)
    list(issuer.look(0))
    signer.fails = fails
    for _ in range(fails):
        said = list(issuer.look(CONSIDERS_S))
        assert said in ([], [f"fleet {fleet}: not done yet: ConnectionError: the chain is away"])
        assert status(stack, fleet) != LISTED
    assert list(issuer.look(CONSIDERS_S)) == [f"fleet {fleet} is listed"]


def test_a_fleet_whose_site_no_node_knows_stays_proposed_and_that_is_said(stack: Stack) -> None:
    issuer, fleet = issuer_of(stack, Signer(stack.w3), frozenset({77})), propose(stack, 5)
    said = [*issuer.look(0), *issuer.look(CONSIDERS_S)]
    assert said == [f"fleet {fleet} stays proposed: the nodes here know sites of fleets [77] only"]


def lease(stack: Stack, fleet: int, units: int) -> int:
    start = (now(stack.w3) // stack.epoch_length + 4) * stack.epoch_length
    tenant, leases = stack.w3.eth.accounts[7], stack.leases
    price = units * 2_000_000 * 24
    act(stack.usd.functions.mint(tenant, price), stack.owner)
    act(stack.usd.functions.approve(leases.address, price), tenant)
    act(leases.functions.open((fleet, units, start, start + 24 * HOUR, 2_000_000, price, tenant)), tenant)
    return int(leases.events.LeaseOpened().get_logs(from_block=0)[-1]["args"]["leaseId"])


def listed(stack: Stack, who: int) -> int:
    issuer, fleet = issuer_of(stack, Signer(stack.w3)), propose(stack, who)
    list(issuer.look(0))
    list(issuer.look(CONSIDERS_S))
    assert status(stack, fleet) == LISTED
    return fleet


def test_a_lease_gets_gpus_that_no_other_has_also_after_a_hiccup(stack: Stack, tmp_path: Path) -> None:
    fleet, signer = listed(stack, 5), Hiccups(stack.w3, 1)
    allocator = Allocator(signer, stack.leases, {fleet: Operator(person(5), tmp_path, UUIDS)})
    first, second, third = (lease(stack, fleet, units) for units in (1, 2, 1))
    said = list(allocator.look())
    assert said[0] == f"lease {first}: not done yet: ConnectionError: the chain is away"
    assert said[1:] == [f"lease {each} is served by {n} GPUs of fleet {fleet}" for each, n in ((second, 2), (third, 1))]
    assert list(allocator.look()) == [f"lease {first} is served by 1 GPUs of fleet {fleet}"]
    assert list(allocator.look()) == []
    allocated = stack.leases.events.Allocated().get_logs(from_block=0)
    given = [(tmp_path / f"0x{log['args']['bodyHash'].hex()}.json").read_text() for log in allocated]
    assert all(sum(uuid in text for text in given) == 1 for uuid in UUIDS)


def test_a_list_that_is_not_ours_holds_up_no_lease(stack: Stack, tmp_path: Path) -> None:
    fleet = listed(stack, 5)
    allocator = Allocator(Signer(stack.w3), stack.leases, {fleet: Operator(person(5), tmp_path, UUIDS)})
    own, other = lease(stack, fleet, 1), lease(stack, fleet, 2)
    act(stack.leases.functions.allocate(own, 1, b"\xab" * 32), stack.w3.eth.accounts[5])
    assert list(allocator.look()) == [f"lease {other} is served by 2 GPUs of fleet {fleet}"]


def test_what_fails_is_said_once_until_it_fails_otherwise_or_is_done() -> None:
    attempts = Attempts()

    def failing(error: Exception) -> Iterator[str]:
        yield "before"
        raise error

    refused = "it: not done yet: Web3Exception: refused"
    assert list(attempts.of("it", failing(Web3Exception("refused")))) == ["before", refused]
    assert list(attempts.of("it", failing(Web3Exception("refused")))) == ["before"]
    assert list(attempts.of("it", failing(ValueError("x" * 5000))))[1].startswith("it: not done yet: ValueError: xxx")
    assert list(attempts.of("it", iter(["done"]))) == ["done"]
    assert list(attempts.of("it", failing(Web3Exception("refused")))) == ["before", refused]
