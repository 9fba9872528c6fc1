"""Somebody who comes with a key and the page's config.json, and nothing else: what he does, signed as by a wallet."""

from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.contract.contract import Contract, ContractFunction
from web3.logs import DISCARD
from web3.types import TxReceipt

from tests.support.chain import HOUR, artifact, now

AHEAD = 3
"""Whole epochs before a lease of his starts: one more than there must be, for the clock runs while he signs."""


class Newcomer:
    """One key, the contracts he finds, and what he does with them. `usd` is the currency of fleet 1."""

    def __init__(self, config: dict[str, Any], key: str) -> None:
        self._contracts = config["contracts"]
        self.w3 = Web3(HTTPProvider(config["chain"]["rpcs"][0], request_kwargs={"timeout": 30}))
        self.account: LocalAccount = Account.from_key(key)
        self.address = self.account.address
        self.usd = self.at("TestUSD", self.at("FleetRegistry").functions.specOf(1).call()[0])

    def at(self, name: str, address: str | None = None) -> Contract:
        """A contract that the page names, or another of that kind at `address`."""
        where = Web3.to_checksum_address(address or self._contracts[name]["address"])
        return self.w3.eth.contract(where, abi=artifact(name)["abi"])

    def act(self, function: ContractFunction) -> TxReceipt:
        """Signs, sends and waits for a call."""
        sender = {"from": self.address, "nonce": self.w3.eth.get_transaction_count(self.address)}
        signed = self.account.sign_transaction(function.build_transaction(sender))  # type: ignore[arg-type]
        receipt = self.w3.eth.wait_for_transaction_receipt(self.w3.eth.send_raw_transaction(signed.raw_transaction))
        assert receipt["status"] == 1, f"{function.fn_name} reverted"
        return receipt

    def money(self) -> int:
        """The currency he has."""
        return int(self.usd.functions.balanceOf(self.address).call())

    def shares(self) -> list[Contract]:
        """The share tokens he holds any of."""
        made = self.at("RevenueFactory").events.RevenueCreated().get_logs(from_block=0)
        tokens = [self.at("FleetShare", share) for one in made for share in one["args"]["shares"]]
        return [token for token in tokens if token.functions.balanceOf(self.address).call()]

    def buy(self, sale: int, shares: int) -> None:
        """Buys of a sale, at what it costs."""
        sales = self.at("PrimarySale")
        cost = sales.functions.costOf(sale, shares).call()
        self.act(self.usd.functions.approve(sales.address, cost))
        self.act(sales.functions.buy(sale, shares, cost))

    def lease(self, fleet: int, units: int, hours: int) -> dict[str, Any]:
        """Opens a lease with no more escrow than must be; what LeaseOpened says of it."""
        leases, epoch = self.at("CapacityLease"), self.at("MeterOracle").functions.epochLength().call()
        rate = self.at("FleetRegistry").functions.specOf(fleet).call()[1]
        start = (now(self.w3) // epoch + 1 + AHEAD) * epoch
        request = (fleet, units, start, start + hours * HOUR, rate, 0, self.address)
        runway = leases.functions.runwayFor(request).call()
        self.act(self.usd.functions.approve(leases.address, runway))
        receipt = self.act(leases.functions.open((*request[:5], runway, self.address)))
        opened: dict[str, Any] = leases.events.LeaseOpened().process_receipt(receipt, errors=DISCARD)[0]["args"]
        return opened

    def allocation(self, lease: int) -> bytes | None:
        """The hash of the list of GPUs that serve a lease; None until the operator has said."""
        logs = self.at("CapacityLease").events.Allocated().get_logs(from_block=0)
        return next((bytes(log["args"]["bodyHash"]) for log in logs if log["args"]["leaseId"] == lease), None)
