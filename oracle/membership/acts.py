"""What a cold key can do, each with the words an operator confirms it by. Nothing here sends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3
from web3.contract.contract import Contract, ContractFunction
from web3.types import TxParams

from oracle import abi
from oracle.chain.deployment import Deployment
from oracle.chain.rpc import call, contract, named_errors
from oracle.domain.errors import WellheadError

ERC20 = "IFleetShare"
"""Whose ABI has an ERC-20's functions and is shipped."""
UINT96 = 1 << 96
_AMOUNT = re.compile(r"([0-9]*)(?:\.([0-9]*))?")
"""Without commas: 1,000 is a thousand to one operator, and one to another."""


class NotOffered(WellheadError):
    """The contracts of this release do not have it."""


class BadAmount(WellheadError):
    """An amount that is none, or that the currency cannot express."""


class WhichCurrency(WellheadError):
    """The deployment lists more than one stablecoin, or not the one named."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction: what it does in words, and the call."""

    says: str
    function: ContractFunction


@dataclass(frozen=True, slots=True)
class Currency:
    """A stablecoin: its address, symbol and decimals."""

    token: str
    symbol: str
    decimals: int

    def amount(self, text: str) -> int:
        """An amount like `500` or `12.5` in the smallest unit. Raises BadAmount."""
        found = _AMOUNT.fullmatch(text.strip())
        whole, rest = ("", "") if found is None else (found[1], found[2] or "")
        if not (whole or rest):
            raise BadAmount(f"{text!r} is no amount: write one like 1000 or 12.5, without separators")
        if len(rest) > self.decimals:
            raise BadAmount(f"{text}: {self.symbol} has {self.decimals} decimals")
        digits = (whole + rest.ljust(self.decimals, "0")).lstrip("0")
        units = int(digits) if 0 < len(digits) <= len(str(UINT96)) else 0  # int() takes only so many
        if not 0 < units < UINT96:
            raise BadAmount(f"{text} {self.symbol} is nothing, or more than can be bonded")
        return units

    def shown(self, units: int) -> str:
        """An amount of smallest units as people write it."""
        whole, rest = divmod(units, 10**self.decimals)
        decimals = f".{rest:0{self.decimals}d}".rstrip("0").rstrip(".") if self.decimals else ""
        return f"{whole:,}{decimals} {self.symbol}"


class Membership:
    """The node set and its bonds on one deployment."""

    def __init__(self, w3: Web3, deployment: Deployment) -> None:
        self._w3 = w3
        self._deployment = deployment
        self.node_set = contract(w3, "INodeSet", deployment.contracts.node_set.address)

    def join(self, hot: str) -> list[Step]:
        """Offers the node; it signs once the issuer has configured it in."""
        return [Step(f"offer this node, which signs with {hot}", self._of(self.node_set, "join", hot))]

    def leave(self) -> list[Step]:
        """Takes the node's key away, two epochs ahead."""
        says = "take this node's key away, for reports two epochs ahead and later"
        return [Step(says, self._of(self.node_set, "leave"))]

    def rotate(self, hot: str) -> list[Step]:
        """Another hot key, two epochs ahead."""
        says = f"sign with {hot} instead, in reports two epochs ahead and later"
        return [Step(says, self._of(self.node_set, "rotate", hot))]

    def bond(self, cold: str, currency: Currency, units: int) -> list[Step]:
        """Adds to the node's bond; first allows the contract to take it, unless it may already."""
        bonds, token = self._bonds(), self._token(currency.token)
        steps = []
        if int(call(token.functions.allowance(cold, bonds.address))) < units:
            says = f"let NodeBonds take {currency.shown(units)} of this account's"
            steps.append(Step(says, token.functions.approve(bonds.address, units)))
        deposit = self._of(bonds, "deposit", cold, currency.token, units)
        return [*steps, Step(f"bond {currency.shown(units)} for {cold}", deposit)]

    def unbond(self, currency: Currency, units: int) -> list[Step]:
        """Begins to take out of the bond; it can still be slashed for 21 days."""
        says = f"begin to take {currency.shown(units)} out of the bond; it can be withdrawn in 21 days"
        return [Step(says, self._of(self._bonds(), "unbond", currency.token, units))]

    def withdraw(self, currency: Currency, to: str) -> list[Step]:
        """Pays out what has been unbonding for 21 days."""
        says = f"pay what is unbonded in {currency.symbol} to {to}"
        return [Step(says, self._of(self._bonds(), "withdraw", currency.token, Web3.to_checksum_address(to)))]

    def currency(self, token: str = "") -> Currency:
        """A listed stablecoin; without a name the only one. Raises WhichCurrency."""
        listed = self._deployment.stablecoins
        wanted = [each for each in listed if not token or each.lower() == token.lower()]
        if len(wanted) != 1:
            raise WhichCurrency(f"name the stablecoin with --currency, one of {', '.join(listed) or 'none listed'}")
        functions = self._token(wanted[0]).functions
        with named_errors():
            return Currency(wanted[0], str(functions.symbol().call()), int(functions.decimals().call()))

    def show(self, cold: str) -> dict[str, Any]:
        """Where a node stands: its keys and index in the set, and its bond in each listed stablecoin.

        Times are Unix seconds, amounts smallest units as text.
        """
        nodes = call(self.node_set.functions.nodes())
        index = next((place for place, node in enumerate(nodes) if node["cold"].lower() == cold.lower()), None)
        keys = None if index is None else {name: nodes[index][name] for name in ("hot", "previousHot", "hotFrom")}
        return {"cold": cold, "index": index, "keys": keys, "joined": self._joined(cold), "bonds": self._bonded(cold)}

    def cold_of(self, hot: str) -> str | None:
        """The node whose key `hot` is, was, or is to be; None when nobody's."""
        for node in call(self.node_set.functions.nodes()):
            if hot in (node["hot"], node["previousHot"]):
                return str(node["cold"])
        if "nodeOf" in _names(self.node_set):
            cold, _generation = call(self.node_set.functions.nodeOf(hot))
            return str(cold) if int(cold, 16) else None
        return None

    def simulate(self, step: Step, sender: str) -> int:
        """Tries a step as `sender` without sending it; the gas it takes. Raises Reverted with the contract's reason."""
        with named_errors():
            step.function.call(TxParams({"from": Web3.to_checksum_address(sender)}))
            return int(step.function.estimate_gas(TxParams({"from": Web3.to_checksum_address(sender)})))

    def _joined(self, cold: str) -> bool | None:
        if "isJoined" not in _names(self.node_set):
            return None
        return bool(call(self.node_set.functions.isJoined(cold)))

    def _bonded(self, cold: str) -> list[dict[str, Any]]:
        try:
            bonds = self._bonds()
        except NotOffered:
            return []
        found = []
        for token in self._deployment.stablecoins:
            currency = self.currency(token)
            bonded, unbonding, until = call(bonds.functions.bondOf(cold, token))
            found.append(
                {
                    "currency": token,
                    "symbol": currency.symbol,
                    "bonded": str(bonded),
                    "unbonding": str(unbonding),
                    "until": until or None,
                    "shown": currency.shown(bonded),
                    "shown_unbonding": currency.shown(unbonding),
                }
            )
        return found

    def _bonds(self) -> Contract:
        if "INodeBonds" not in abi.INTERFACES:
            raise NotOffered("the contracts of this release have no bonds")
        return contract(self._w3, "INodeBonds", str(call(self._of(self.node_set, "bonds"))))

    def _token(self, token: str) -> Contract:
        return contract(self._w3, ERC20, token)

    @staticmethod
    def _of(target: Contract, name: str, *arguments: object) -> ContractFunction:
        if name not in _names(target):
            raise NotOffered(f"the contracts of this release have no {name}")
        function: ContractFunction = target.get_function_by_name(name)(*arguments)
        return function


def _names(target: Contract) -> Sequence[str]:
    return [entry["name"] for entry in target.abi if entry["type"] == "function"]
