"""The people newcomers deal with, as a process: the issuer, who lists the fleets that are proposed, and the operators,
who say which GPUs serve a new lease.

    python -m scripts.stage.attendants --rpc URL --deployment FILE --people FILE

On a real chain these are people who look at what they are asked; here each waits a moment and says yes, with a key of
Anvil's public mnemonic. What cannot be done is said once, and why; whatever may still be is tried again.
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_abi.abi import decode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.contract.contract import Contract, ContractFunction
from web3.exceptions import Web3Exception

from oracle.abi import load
from scripts.stage.bodies import allocation_body

LOOKS_EVERY_S = 1.0
CONSIDERS_S = 4.0
"""Real seconds between seeing a proposal that can be listed and listing it."""
MINED_WITHIN_S = 60
MOST_SAID = 1000
"""Characters of one complaint: what a chain answers may be long."""
PROPOSED = 1
NEWCOMERS_FACE = 100_000 * 10**6
"""A newcomer's fleet has one tranche, without a coupon, all of it the operator's."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One fleet's operator: his key, the folder its site serves, and its GPUs in the inventory's order."""

    account: LocalAccount
    bodies: Path
    uuids: list[str]


class Signer:
    """Sends transactions of accounts whose keys it has."""

    def __init__(self, w3: Web3) -> None:
        self._w3 = w3

    def act(self, account: LocalAccount, function: ContractFunction) -> Any:
        """Sends a call and waits until it is mined; its receipt. Raises Web3Exception."""
        sender = {"from": account.address, "nonce": self._w3.eth.get_transaction_count(account.address)}
        signed = account.sign_transaction(function.build_transaction(sender))  # type: ignore[arg-type]
        sent = self._w3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = self._w3.eth.wait_for_transaction_receipt(sent, timeout=MINED_WITHIN_S, poll_latency=0.2)
        if receipt["status"] != 1:
            raise Web3Exception(f"{function.fn_name} was reverted")
        return receipt


class Attempts:
    """Does one thing after another, whatever strangers wrote and however the chain does: what fails is said once, and
    tried again at the next look."""

    def __init__(self) -> None:
        self._failed: dict[str, str] = {}

    def of(self, what: str, doing: Iterator[str]) -> Iterator[str]:
        """What `doing` says, and why it ended before its time."""
        try:
            yield from doing
        except Exception as error:  # noqa: BLE001
            text = f"{what}: not done yet: {type(error).__name__}: {error}"
            if self._failed.get(what) != text:
                self._failed[what] = text
                yield text[:MOST_SAID]
        else:
            self._failed.pop(what, None)


class Issuer:
    """Lists proposals whose inventory is published and whose site the nodes know."""

    def __init__(
        self,
        signer: Signer,
        account: LocalAccount,
        fleets: Contract,
        factory: Contract,
        terms: list[Any],
        lists: frozenset[int],
    ) -> None:
        self._signer = signer
        self._account = account
        self._fleets = fleets
        self._factory = factory
        self._terms = terms
        self._lists = lists
        self._attempts = Attempts()
        self._seen_at: dict[int, float] = {}
        self._done: set[int] = set()

    def look(self, now: float) -> Iterator[str]:
        """Lists what is due at `now` (monotonic seconds); says what it did."""
        for fleet_id, operator in self._proposed().items():
            yield from self._attempts.of(f"fleet {fleet_id}", self._consider(fleet_id, operator, now))

    def _proposed(self) -> dict[int, str]:
        """Who proposed each fleet that may wait. By the topics alone: the words that a proposal has may be no text."""
        address, topic = self._fleets.address, self._fleets.events.FleetProposed().topic
        logs = self._fleets.w3.eth.get_logs({"fromBlock": 0, "address": address, "topics": [topic]})
        found = {int.from_bytes(log["topics"][1]): log["topics"][2][12:] for log in logs}
        return {
            fleet_id: Web3.to_checksum_address(operator)
            for fleet_id, operator in found.items()
            if fleet_id not in self._done
        }

    def _consider(self, fleet_id: int, operator: str, now: float) -> Iterator[str]:
        status, _, version = self._fleets.functions.statusOf(fleet_id).call()
        if status != PROPOSED:
            self._done.add(fleet_id)
            return
        currency, units = self._asked(fleet_id)
        _, count = self._fleets.functions.inventoryOf(fleet_id, version).call() if version else (b"", 0)
        if count < units:
            return  # listing would be refused
        if fleet_id not in self._lists:
            self._done.add(fleet_id)
            yield f"fleet {fleet_id} stays proposed: the nodes here know sites of fleets {sorted(self._lists)} only"
        elif now - self._seen_at.setdefault(fleet_id, now) >= CONSIDERS_S:
            self._list(fleet_id, operator, currency)
            self._done.add(fleet_id)
            yield f"fleet {fleet_id} is listed"

    def _asked(self, fleet_id: int) -> tuple[str, int]:
        """A proposal's currency and units: the beginning of its specification, before the words."""
        call = {"to": self._fleets.address, "data": self._fleets.encode_abi("specOf", [fleet_id])}
        answer = self._fleets.w3.eth.call(call)  # type: ignore[arg-type]
        currency, _, units = decode(["address", "uint96", "uint32"], answer[32:])
        return Web3.to_checksum_address(currency), units

    def _list(self, fleet_id: int, operator: str, currency: str) -> None:
        terms = (fleet_id, currency, *self._terms[2:])
        made = self._signer.act(self._account, self._factory.functions.create(terms, [(NEWCOMERS_FACE, 0)], operator))
        created = next(
            log
            for log in self._factory.events.RevenueCreated().get_logs(from_block=made["blockNumber"])
            if log["args"]["fleetId"] == fleet_id
        )
        self._signer.act(self._account, self._fleets.functions.list(fleet_id, created["args"]["waterfall"]))


class Allocator:
    """Says for every lease without GPUs which ones serve it, for the fleets whose operators it speaks for."""

    def __init__(self, signer: Signer, leases: Contract, operators: Mapping[int, Operator]) -> None:
        self._signer = signer
        self._leases = leases
        self._operators = operators
        self._attempts = Attempts()
        self._given_up: set[int] = set()

    def look(self) -> Iterator[str]:
        """Allocates what is not yet; says what it did."""
        opened = {
            log["args"]["leaseId"]: log["args"]["fleetId"]
            for log in self._leases.events.LeaseOpened().get_logs(from_block=0)
            if log["args"]["fleetId"] in self._operators
        }
        bodies = {
            log["args"]["leaseId"]: bytes(log["args"]["bodyHash"])
            for log in self._leases.events.Allocated().get_logs(from_block=0)
        }
        for lease_id in opened:
            if lease_id not in bodies and lease_id not in self._given_up:
                doing = self._allocate(lease_id, opened, bodies)
                yield from self._attempts.of(f"lease {lease_id}", doing)

    def _allocate(self, lease_id: int, opened: dict[int, int], bodies: dict[int, bytes]) -> Iterator[str]:
        """Adds what it allocates to `bodies`, by lease."""
        fleet_id = opened[lease_id]
        operator = self._operators[fleet_id]
        terms, _, account, *_ = self._leases.functions.leaseOf(lease_id).call()
        if account[4]:  # closed
            self._given_up.add(lease_id)
            return
        taken = {
            uuid
            for other, body in bodies.items()
            if opened.get(other) == fleet_id and not self._leases.functions.leaseOf(other).call()[2][4]
            for uuid in _listed(operator.bodies, body)
        }
        free = [place for place, uuid in enumerate(operator.uuids) if uuid not in taken]
        units = terms[1]
        if len(free) < units:
            self._given_up.add(lease_id)
            yield f"lease {lease_id} has no GPUs: {len(free)} of fleet {fleet_id} are free and it is for {units}"
            return
        body = allocation_body(operator.bodies, fleet_id, lease_id, 1, operator.uuids, free[:units])
        self._signer.act(operator.account, self._leases.functions.allocate(lease_id, 1, bytes.fromhex(body[2:])))
        bodies[lease_id] = bytes.fromhex(body[2:])
        yield f"lease {lease_id} is served by {units} GPUs of fleet {fleet_id}"


def _listed(folder: Path, body: bytes) -> list[str]:
    """The GPUs of an allocation. Of a list that is not ours, or the empty one, nothing is known."""
    file = folder / f"0x{body.hex()}.json"
    return [gpu["uuid"] for gpu in json.loads(file.read_text())["gpus"]] if file.exists() else []


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Attends until it is ended."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--deployment", type=Path, required=True)
    parser.add_argument("--people", type=Path, required=True)
    given = parser.parse_args()
    w3 = Web3(HTTPProvider(given.rpc, request_kwargs={"timeout": 30}))
    contracts, people = (json.loads(file.read_text()) for file in (given.deployment, given.people))

    def at(interface: str, name: str) -> Contract:
        return w3.eth.contract(address=contracts["contracts"][name]["address"], abi=load(interface))

    signer = Signer(w3)
    terms = [int(value) if value.isdecimal() else value for value in people["terms"]]
    registry = at("IFleetRegistry", "FleetRegistry")
    issuer = Issuer(
        signer,
        Account.from_key(people["issuer"]),
        registry,
        at("IRevenueFactory", "RevenueFactory"),
        terms,
        frozenset(people["lists"]),
    )
    operators = {
        int(fleet_id): Operator(Account.from_key(one["key"]), Path(one["bodies"]), one["uuids"])
        for fleet_id, one in people["operators"].items()
    }
    allocator = Allocator(signer, at("ICapacityLease", "CapacityLease"), operators)
    _say("Attending")
    attempts = Attempts()
    while True:
        for line in attempts.of("proposals", issuer.look(time.monotonic())):
            _say(line)
        for line in attempts.of("leases", allocator.look()):
            _say(line)
        time.sleep(LOOKS_EVERY_S)


if __name__ == "__main__":
    main()
