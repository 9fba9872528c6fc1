"""What the contracts say of themselves, held against the rebuilt books. Nothing read here ever enters the books."""

from collections.abc import Iterator
from dataclasses import replace

from eth_hash.auto import keccak

from oracle.audit.abi import call_data, returned_record
from oracle.audit.books import Books
from oracle.audit.errors import DeploymentFileError, EncodingError
from oracle.audit.fleets import NOBODY
from oracle.audit.leases import LeaseBook
from oracle.audit.question import Question
from oracle.audit.reports import RING
from oracle.audit.result import Currency
from oracle.audit.revenue import ShareBook, WaterfallBook
from oracle.audit.sales_state import sale_questions
from oracle.audit.source import StateSource
from oracle.audit.views import (
    Account,
    Amount,
    Digest,
    FleetAccount,
    FleetMoney,
    FleetStanding,
    Lease,
    LeaseAccount,
    LeaseState,
    LeaseTerms,
    LeaseTotals,
    NewestFinal,
    NodeList,
    Specification,
    Standing,
    StreamState,
    Symbol,
    TrancheList,
    TrancheOf,
)

MOST_DECIMALS = 36
MOST_LETTERS = 12
"""More than any currency has."""


def compare(books: Books, state: StateSource) -> None:
    """Asks every view, at the books' head, and adds to the findings.

    Raises DeploymentFileError when there is no contract where the file says, or ChainError.
    """
    _compare_code(books, state)
    questions = [*_questions(books), *sale_questions(books, state)]
    answers = state.call([(question.contract, question.data) for question in questions])
    for question, answer in zip(questions, answers, strict=True):
        if answer is None:
            books.findings.add(question.view, question.where, "an answer", "it reverted")
            continue
        try:
            said = returned_record(type(question.expected), answer, question.view)
        except EncodingError:
            books.findings.add(question.view, question.where, "an answer", answer)
            continue
        books.findings.same(question.where, question.expected, said, question.view)


def currencies(books: Books, state: StateSource) -> list[Currency]:
    """The currencies' symbols and decimals, to show amounts with; one that does not say is shown in smallest units."""
    addresses = sorted({currency for _, currency in books.cash.balances})
    questions = [(address, call_data(view)) for address in addresses for view in ("symbol()", "decimals()")]
    answers = state.call(questions)
    return [
        Currency(address, _symbol(symbol) or address, _decimals(decimals))
        for address, symbol, decimals in zip(addresses, answers[::2], answers[1::2], strict=True)
    ]


def _symbol(answer: bytes | None) -> str:
    try:
        return returned_record(Symbol, answer or b"", "symbol").symbol[:MOST_LETTERS]
    except EncodingError:
        return ""


def _decimals(answer: bytes | None) -> int:
    try:
        said = returned_record(Amount, answer or b"", "decimals").value
    except EncodingError:
        return 0
    return said if said <= MOST_DECIMALS else 0


def _compare_code(books: Books, state: StateSource) -> None:
    contracts = {name: deployed for name, deployed in books.deployment.contracts if deployed is not None}
    codes = state.code([deployed.address for deployed in contracts.values()])
    for (name, deployed), code in zip(contracts.items(), codes, strict=True):
        if not code:
            raise DeploymentFileError(f"no contract at {deployed.address}, {name}: is this the deployment's chain?")
        books.findings.equal("code hash", f"{name} {deployed.address}", deployed.code_hash, keccak(code))


def _questions(books: Books) -> Iterator[Question]:
    yield from _nodes_and_reports(books)
    yield from _fleets(books)
    lease_contract = books.deployment.contracts.capacity_lease.address
    for lease in books.leases.books.values():
        yield from _lease(books, lease, lease_contract)
    for currency, risk in books.leases.at_risk().items():
        yield Question(currency, lease_contract, "atRisk(address)", (currency,), Amount(risk))
    for book in books.revenue.books.values():
        yield from _waterfall(book, books.head.timestamp)
        for share in book.shares:
            yield from _share(share, book, books.head.timestamp)
    for (contract, currency), held in books.cash.balances.items():
        if contract in books.cash.ours:
            yield Question(f"{currency} in {contract}", currency, "balanceOf(address)", (contract,), Amount(held))


def _nodes_and_reports(books: Books) -> Iterator[Question]:
    named, reports = books.deployment.contracts, books.reports
    oracle, clock = named.meter_oracle.address, reports.clock
    if reports.config is not None:
        where, node_set = "NodeSet", named.node_set.address
        yield Question(where, node_set, "configDigest()", (), Digest(reports.config.config_digest))
        yield Question(where, node_set, "quorum()", (), Amount(reports.config.quorum))
        yield Question(where, node_set, "nodes()", (), NodeList(reports.nodes))
    where = "MeterOracle"
    yield Question(where, oracle, "genesis()", (), Amount(clock.genesis))
    yield Question(where, oracle, "epochLength()", (), Amount(clock.length))
    yield Question(where, oracle, "observationDelay()", (), Amount(clock.delay))
    yield Question(where, oracle, "disputeWindow()", (), Amount(clock.dispute))
    yield Question(where, oracle, "headEpoch()", (), Amount(reports.head))
    newest = NewestFinal(*reports.newest_final(books.head.timestamp))
    yield Question(where, oracle, "newestFinal()", (), newest)
    kept = {epoch % RING: epoch for epoch in reports.by_epoch}
    for epoch in kept.values():
        report = reports.by_epoch[epoch]
        said = report.said
        standing = Standing(said.root, epoch, said.base_epoch, report.mined_at, said.leaf_count, said.signers)
        yield Question(f"epoch {epoch}", oracle, "standing(uint64)", (epoch,), standing)


def _fleets(books: Books) -> Iterator[Question]:
    named = books.deployment.contracts
    registry, lease_contract = named.fleet_registry.address, named.capacity_lease.address
    for fleet_id, fleet in books.fleets.books.items():
        where, which = f"fleet {fleet_id}", (fleet_id,)
        account = FleetAccount(
            money=FleetMoney(fleet.till, fleet.pulled, fleet.till_wh),
            revenue=fleet.revenue if fleet.bound else NOBODY,
            open_leases=fleet.open_leases,
            units_committed=fleet.units_committed,
            currency=fleet.spec.currency if fleet.bound else NOBODY,
            bond=fleet.bond,
        )
        spec = Specification(replace(fleet.spec, list_rate=fleet.list_rate))
        operator = Account(books.fleets.operators.get(fleet_id, NOBODY))
        yield Question(where, lease_contract, "fleetAccountOf(uint48)", which, account)
        yield Question(where, registry, "specOf(uint48)", which, spec)
        yield Question(where, registry, "statusOf(uint48)", which, FleetStanding(fleet.status, fleet.revenue))
        yield Question(where, registry, "ownerOf(uint256)", which, operator)


def _lease(books: Books, lease: LeaseBook, contract: str) -> Iterator[Question]:
    terms, account, where = lease.terms, lease.account, f"lease {lease.lease_id}"
    expected = Lease(
        terms=LeaseTerms(rate=terms.rate, units=terms.units, start=terms.start, end=terms.end, fleet_id=terms.fleet_id),
        state=LeaseState(
            stop=lease.stop,
            suspended_at=lease.suspended_at,
            credit_unpaid=account.credit_unpaid,
            penalty_bps=terms.penalty_bps,
            credit_cap_bps=terms.credit_cap_bps,
            notice=terms.notice,
            board_watts=terms.board_watts,
        ),
        account=LeaseAccount(
            held=account.held,
            owed=account.owed,
            settled_epoch=lease.settled_epoch,
            availability_bps=terms.availability_bps,
            closed=lease.closed,
        ),
        totals=LeaseTotals(credit_owed=account.credit_owed, debt=account.debt, energy_wh=account.energy_wh),
        reading=lease.reading,
    )
    holder = Account(books.leases.holders.get(lease.lease_id, NOBODY))
    yield Question(where, contract, "leaseOf(uint256)", (lease.lease_id,), expected)
    yield Question(where, contract, "ownerOf(uint256)", (lease.lease_id,), holder)
    if not lease.closed:
        yield Question(where, contract, "runwayOf(uint256)", (lease.lease_id,), Amount(books.leases.runway(lease)))


def _waterfall(book: WaterfallBook, time: int) -> Iterator[Question]:
    where, contract = f"waterfall {book.address}", book.address
    yield Question(where, contract, "terms()", (), book.terms)
    yield Question(where, contract, "tranches()", (), TrancheList(book.tranches))
    yield Question(where, contract, "reserve()", (), Amount(book.reserve))
    yield Question(where, contract, "lastDistributedAt()", (), Amount(book.last_at))
    for payee, unclaimed in enumerate(book.fees):
        yield Question(f"{where}, payee {payee}", contract, "feeOf(uint8)", (payee,), Amount(unclaimed))
    for share, arrears in zip(book.shares, book.arrears, strict=True):
        place, period = share.tranche, book.last_period
        stream = StreamState(
            base=share.stream.up_to(period - 2),
            streaming=share.stream.of(period - 1),
            pending=share.stream.of(period),
            arrears=arrears,
            period=period,
        )
        tranche = f"{where}, tranche {place}"
        yield Question(tranche, contract, "streamOf(uint256)", (place,), stream)
        yield Question(tranche, contract, "streamed(uint256)", (place,), Amount(share.stream.streamed(time)))
        yield Question(tranche, contract, "shareOf(uint256)", (place,), Account(share.address))


def _share(share: ShareBook, book: WaterfallBook, time: int) -> Iterator[Question]:
    where, contract = f"share {share.address}", share.address
    yield Question(where, contract, "totalSupply()", (), Amount(share.face))
    yield Question(where, contract, "waterfall()", (), TrancheOf(book.address, share.tranche))
    for account, holder in share.holders.items():
        who = f"{where}, holder {account}"
        claimable = Amount(share.claimable(account, time))
        yield Question(who, contract, "balanceOf(address)", (account,), Amount(holder.balance))
        yield Question(who, contract, "claimable(address)", (account,), claimable)
