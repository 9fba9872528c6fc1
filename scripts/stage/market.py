"""The scene on-chain, set by brownie: fleets registered, revenue created, shares issued, leases opened and
allocated."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brownie import Contract, accounts, chain
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from scripts.chain import ROOT, quiet
from scripts.stage.bodies import allocation_body, inventory_body
from scripts.stage.cast import Cast, FleetCast, LeaseCast, SaleCast, Wallets
from scripts.stage.recording import uuids_of

PROTOCOL, ORACLE, OPERATOR = range(3)
"""The payees of a waterfall's fees, as IRevenueWaterfall numbers them."""

NODE_BOND = 1_000_000 * 10**6
"""What each node bonds of the test currency."""

AMPLE = 10_000_000 * 10**6
"""What each tenant and operator is minted of the test currency."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A registered fleet: its cast, id, revenue contracts, and where its site finds the bodies it serves."""

    cast: FleetCast
    fleet_id: int
    waterfall: Any
    shares: list[Any]
    bodies: Path
    uuids: list[str]


def bodies_of(folder: Path, fleet_id: int) -> Path:
    """The folder from which a fleet's site serves what the chain knows by its hash."""
    return folder / str(fleet_id)


class Market:
    """Every contract by name, and what the cast does with them."""

    def __init__(self, project: Any, deployment: dict[str, Any], cast: Cast, wallets: Wallets, bodies: Path) -> None:
        def at(kind: str, name: str | None = None) -> Any:
            return getattr(project, kind).at(deployment["contracts"][name or kind]["address"])

        self._project = project
        self._cast = cast
        self._wallets = wallets
        self._bodies = bodies
        self.registry = at("FleetRegistry")
        self.leases = at("CapacityLease")
        self.oracle = at("MeterOracle")
        self.nodes = at("NodeSet")
        self.bonds = at("NodeBonds")
        self.fees = at("OracleFees")
        self.factory = at("RevenueFactory")
        self.sales = at("PrimarySale")
        self.currency = self._behind("TestUSD", deployment["contracts"]["TestUSD"]["address"])
        self.fleets: list[Fleet] = []
        self.requests: list[tuple[Any, ...]] = []

    def _behind(self, kind: str, address: str) -> Any:
        """A contract behind a proxy or a clone."""
        return Contract.from_abi(kind, address, getattr(self._project, kind).abi, persist=False)

    def sender(self, name: str) -> dict[str, Any]:
        """Transaction parameters of one of the cast."""
        return {"from": accounts.at(self._wallets[name].address, force=True)}

    # ------------------------------------------------------------------ nodes

    def bond_nodes(self, count: int) -> None:
        """Each node puts up what it would lose by a false report: without cover no lease opens."""
        with quiet():
            for index in range(count):
                node = self.sender(f"node {index}")
                self.currency.mint(node["from"], NODE_BOND, self.sender("owner"))
                self.currency.approve(self.bonds, NODE_BOND, node)
                self.bonds.deposit(node["from"], self.currency, NODE_BOND, node)

    def pay_nodes(self, count: int) -> None:
        """Closes a round of the oracle fee that has been collected, and every node takes its part."""
        current = self.fees.round()
        self.fees.closeRound(self.sender("deployer"))
        for index in range(count):
            node = self.sender(f"node {index}")
            if self.fees.shareOf(current, node["from"], self.currency):
                self.fees.claim([current], self.currency, node["from"], node)

    # ------------------------------------------------------------------ supply

    def register(self, number: int) -> Fleet:
        """The operator proposes fleet `number` (from 0) with its inventory; the issuer creates its revenue and lists
        it."""
        cast = self._cast.fleets[number]
        uuids = list(uuids_of(cast.inventory))
        folder = bodies_of(self._bodies, number + 1)
        root = inventory_body(folder, uuids)
        spec = (
            self.currency.address,
            cast.list_rate,
            cast.units,
            cast.board_watts,
            cast.availability_bps,
            cast.penalty_bps,
            cast.credit_cap_bps,
            cast.notice,
            cast.model,
            cast.site,
        )
        operator, issuer = self.sender(cast.operator), self.sender("issuer")
        with quiet():
            fleet_id = self.registry.propose(spec, operator).return_value or number + 1
            self.registry.publishInventory(fleet_id, root, len(uuids), operator)
            self.registry.setDocument(
                fleet_id, "inventory", cast.inventory.name, keccak(cast.inventory.read_bytes()), operator
            )
            made = self.factory.create(self.terms(fleet_id, cast), self._tranches(cast), issuer["from"], issuer)
            created = made.events["RevenueCreated"]
            self.registry.list(fleet_id, created["waterfall"], issuer)
        fleet = Fleet(
            cast=cast,
            fleet_id=fleet_id,
            waterfall=self._behind("RevenueWaterfall", created["waterfall"]),
            shares=[self._behind("FleetShare", share) for share in created["shares"]],
            bodies=folder,
            uuids=uuids,
        )
        self.fleets.append(fleet)
        return fleet

    def terms(self, fleet_id: int, cast: FleetCast) -> tuple[Any, ...]:
        """The terms of a fleet's waterfall, as RevenueFactory takes them."""
        terms = self._cast.waterfall
        return (
            fleet_id,
            self.currency.address,
            terms.period,
            terms.protocol_fee_bps,
            terms.oracle_fee_bps,
            terms.operator_fee_bps,
            terms.energy_cap_bps,
            terms.tariff_per_kwh,
            cast.reserve_target,
            self._wallets["protocol treasury"].address,
            self.fees.address,
        )

    @staticmethod
    def _tranches(cast: FleetCast) -> list[tuple[int, int]]:
        return [(tranche.face, tranche.coupon_bps) for tranche in cast.tranches]

    def bond(self, fleet: Fleet) -> None:
        """The operator puts up the bond that SLA credits are paid from."""
        operator = self.sender(fleet.cast.operator)
        with quiet():
            self.currency.mint(operator["from"], AMPLE, self.sender("owner"))
            self.currency.approve(self.leases, fleet.cast.bond, operator)
            self.leases.depositBond(fleet.fleet_id, fleet.cast.bond, operator)

    def issue(self, fleet: Fleet) -> None:
        """The issuer hands every tranche to its investors."""
        with quiet():
            for tranche, share in enumerate(fleet.shares):
                for investor in self._cast.investors:
                    bps = investor.shares_bps[fleet.fleet_id - 1][tranche]
                    if bps:
                        amount = fleet.cast.tranches[tranche].face * bps // 10_000
                        share.transfer(self._wallets[investor.name].address, amount, self.sender("issuer"))

    # ------------------------------------------------------------------ leases

    def open(self, lease: LeaseCast) -> int:
        """A tenant opens a lease, paying as the cast says. Returns the lease's id."""
        fleet = self.fleets[lease.fleet - 1]
        tenant = self._wallets[lease.tenant]
        sender = self.sender(lease.tenant)
        request = self._request(lease, fleet, tenant.address)
        with quiet():
            if self.currency.balanceOf(tenant.address) < request[5]:
                self.currency.mint(tenant.address, AMPLE, self.sender("owner"))
            if lease.pays_by == "approve":
                self.currency.approve(self.leases, request[5], sender)
                opened = self.leases.open(request, sender)
            elif lease.pays_by == "permit":
                deadline = chain[-1].timestamp + 3600
                opened = self.leases.openWithPermit(
                    request, deadline, *self._permit(tenant, request[5], deadline), sender
                )
            else:
                # The tenant signs and needs no coins: the operator relays.
                before = chain[-1].timestamp + 3600
                signature = self._authorization(tenant, request, before)
                relayer = self.sender(fleet.cast.operator)
                opened = self.leases.openWithAuthorization(request, tenant.address, 0, before, *signature, relayer)
        self.requests.append(request)
        return int(opened.events["LeaseOpened"]["leaseId"])

    def _request(self, lease: LeaseCast, fleet: Fleet, holder: str) -> tuple[Any, ...]:
        start, end = self._term(lease)
        price = -(-lease.units * fleet.cast.list_rate * (end - start) // 3600)
        request = (fleet.fleet_id, lease.units, start, end, fleet.cast.list_rate, price, holder)
        if lease.escrow == "full":
            return request
        runway = self.leases.runwayFor(request)
        return (*request[:5], runway, holder)

    def _term(self, lease: LeaseCast) -> tuple[int, int]:
        if lease.hours is None:
            return self._cast.term_start, self._cast.term_end
        # The first boundary that is two epochs ahead when the transaction is mined, a moment from now.
        length = self._cast.oracle.epoch_length
        start = -(-(chain[-1].timestamp + 60) // length) * length + 2 * length
        return start, start + lease.hours * 3600

    def allocate(self, lease_id: int, lease: LeaseCast) -> None:
        """The operator names the GPUs that serve a lease; the site serves the list with each one's proof."""
        fleet = self.fleets[lease.fleet - 1]
        body_hash = allocation_body(fleet.bodies, fleet.fleet_id, lease_id, 1, fleet.uuids, lease.gpus)
        with quiet():
            self.leases.allocate(lease_id, 1, body_hash, self.sender(fleet.cast.operator))

    def top_up(self, lease_id: int, tenant: str, amount: int) -> None:
        """A tenant adds escrow."""
        sender = self.sender(tenant)
        with quiet():
            self.currency.approve(self.leases, amount, sender)
            self.leases.topUp(lease_id, amount, sender)

    # ------------------------------------------------------------------ signatures

    def _permit(self, owner: LocalAccount, value: int, deadline: int) -> tuple[int, bytes, bytes]:
        return self._sign(
            owner,
            "Permit",
            {
                "owner": ("address", owner.address),
                "spender": ("address", self.leases.address),
                "value": ("uint256", value),
                "nonce": ("uint256", self.currency.nonces(owner.address)),
                "deadline": ("uint256", deadline),
            },
        )

    def _authorization(self, payer: LocalAccount, request: tuple[Any, ...], before: int) -> tuple[int, bytes, bytes]:
        """ERC-3009; the nonce is the hash of what is agreed to."""
        packed = b"".join(
            int(word, 16).to_bytes(32) if isinstance(word, str) else word.to_bytes(32) for word in request
        )
        return self._sign(
            payer,
            "ReceiveWithAuthorization",
            {
                "from": ("address", payer.address),
                "to": ("address", self.leases.address),
                "value": ("uint256", request[5]),
                "validAfter": ("uint256", 0),
                "validBefore": ("uint256", before),
                "nonce": ("bytes32", keccak(packed)),
            },
        )

    def _sign(self, signer: LocalAccount, kind: str, fields: dict[str, tuple[str, Any]]) -> tuple[int, bytes, bytes]:
        domain = {
            "name": self.currency.name(),
            "version": "1",
            "chainId": chain.id,
            "verifyingContract": self.currency.address,
        }
        types = {kind: [{"name": name, "type": form} for name, (form, _) in fields.items()]}
        message = {name: value for name, (_, value) in fields.items()}
        signed = signer.sign_message(encode_typed_data(domain, types, message))
        return signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32)

    # ------------------------------------------------------------------ income

    def transfer_shares(self, fleet_id: int, tranche: int, giver: str, taker: str, bps: int) -> None:
        """An investor sells part of a tranche to another."""
        fleet = self.fleets[fleet_id - 1]
        amount = fleet.cast.tranches[tranche].face * bps // 10_000
        with quiet():
            fleet.shares[tranche].transfer(self._wallets[taker].address, amount, self.sender(giver))

    def endow(self, name: str, amount: int) -> None:
        """Gives someone of the test currency."""
        with quiet():
            self.currency.mint(self._wallets[name].address, amount, self.sender("owner"))

    def open_sale(self, sale: SaleCast) -> int:
        """A seller offers shares of his at a fixed price. Returns the sale's id."""
        share, seller = self.fleets[sale.fleet - 1].shares[sale.tranche], self.sender(sale.seller)
        end = chain[-1].timestamp + sale.days * 86_400
        with quiet():
            share.approve(self.sales, sale.cap, seller)
            self.sales.open((sale.fleet, sale.tranche, sale.price, sale.cap, sale.minimum, end), seller)
        return int(self.sales.saleCount())

    def publish(self, fleet: Fleet, site: str) -> None:
        """The operator publishes the fleet's inventory and documents where its site serves them."""
        operator = self.sender(fleet.cast.operator)
        folder = fleet.bodies / "documents"
        folder.mkdir(exist_ok=True)
        published = [("inventory", fleet.cast.inventory)]
        published += [(document.name * document.times, document.file) for document in fleet.cast.documents]
        for name, file in published:
            body = (ROOT / file).read_bytes()
            (folder / file.name).write_bytes(body)
            with quiet():
                self.registry.setDocument(fleet.fleet_id, name, f"{site}/documents/{file.name}", keccak(body), operator)

    @property
    def period(self) -> int:
        """Seconds: a fleet is distributed once in each."""
        return self._cast.waterfall.period

    def newest_final(self) -> int:
        """The newest epoch whose report is final, 0 before the first."""
        return int(self.oracle.newestFinal()[0])

    def unsettled(self, final: int) -> Iterator[int]:
        """The open leases that epoch `final` says something of, and that are not settled to it."""
        said_until = self._cast.starts + (final + 1) * self._cast.oracle.epoch_length
        for lease_id in range(1, len(self.requests) + 1):
            (_, _, start, *_), _, (_, _, settled, _, closed), *_ = self.leases.leaseOf(lease_id)
            if final and not closed and start < said_until and settled < final:
                yield lease_id

    def can_distribute(self, fleet: Fleet) -> bool:
        """Whether there is something to distribute, and nobody has in this period."""
        if self._distributed(fleet):
            return False
        return bool(self.leases.fleetAccountOf(fleet.fleet_id)[0][0] or fleet.waterfall.reserve())

    def _distributed(self, fleet: Fleet) -> bool:
        return bool(fleet.waterfall.lastDistributedAt() // self.period >= chain[-1].timestamp // self.period)

    def distribute(self, fleet: Fleet) -> bool:
        """Distributes if this period has not been yet. Returns whether it did."""
        if self._distributed(fleet):
            return False
        with quiet():
            fleet.waterfall.distribute(self.sender("deployer"))
        return True

    def pay_everyone(self) -> None:
        """Investors claim, operators, treasury and nodes take their fees, tenants their refunds, operators bonds."""
        with quiet():
            for fleet in self.fleets:
                for share in fleet.shares:
                    for investor in self._cast.investors:
                        sender = self.sender(investor.name)
                        if share.claimable(sender["from"]):
                            share.claim(sender["from"], sender)
                for payee, name in ((PROTOCOL, "protocol treasury"), (OPERATOR, fleet.cast.operator)):
                    if fleet.waterfall.feeOf(payee):
                        sender = self.sender(name)
                        fleet.waterfall.claimFee(payee, sender["from"], sender)
                if fleet.waterfall.feeOf(ORACLE):
                    self.fees.collect(fleet.waterfall.address, self.sender("deployer"))
            self.pay_nodes(self._cast.oracle.nodes)
            for lease_id, lease in enumerate(self._cast.leases, start=1):
                if self.leases.leaseOf(lease_id)[2][0]:
                    sender = self.sender(lease.tenant)
                    self.leases.withdrawRefund(lease_id, sender["from"], sender)
            for fleet in self.fleets:
                bond = self.leases.fleetAccountOf(fleet.fleet_id)[5]
                if bond:
                    sender = self.sender(fleet.cast.operator)
                    self.leases.withdrawBond(fleet.fleet_id, bond, sender["from"], sender)
