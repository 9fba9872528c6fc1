"""Who plays on the stage, from examples/demo.toml or live.toml: operators, tenants, investors, and their accounts."""

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from eth_account import Account
from eth_account.signers.local import LocalAccount
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from scripts.stage.processes import StageError

MNEMONIC = "test test test test test test test test test test test junk"
"""Anvil's public test mnemonic: every key here is known to everyone."""

DECIMALS = 6


def smallest_units(amount: str) -> int:
    """An amount of the currency in its smallest unit, exactly. Raises ValueError beyond its decimals."""
    scaled = Decimal(amount).scaleb(DECIMALS)
    if scaled != scaled.to_integral_value() or scaled < 0:
        raise ValueError(f"{amount!r} is no amount of a currency of {DECIMALS} decimals")
    return int(scaled)


def _unix(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone: end it in Z")
    return int(moment.timestamp())


Money = Annotated[int, BeforeValidator(smallest_units)]
Moment = Annotated[int, BeforeValidator(_unix)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OracleCast(_Part):
    """The nodes and what befalls them. Seconds and Unix seconds."""

    nodes: int
    epoch_length: int
    observation_delay: int
    dispute_window: int
    liar: int | None = None
    killed: int | None = None
    killed_at: Moment = 0
    restarted_at: Moment = 0


class WaterfallCast(_Part):
    """The terms all fleets' waterfalls share."""

    period: int
    protocol_fee_bps: int
    oracle_fee_bps: int
    operator_fee_bps: int
    energy_cap_bps: int
    tariff_per_kwh: Money


class TrancheCast(_Part):
    """One tranche; the last has no coupon."""

    name: str
    face: Money
    coupon_bps: int


class DocumentCast(_Part):
    """A document an operator publishes, under a name that is repeated `times` times."""

    name: str
    file: Path
    times: int = 1


class FleetCast(_Part):
    """A fleet, its recorded telemetry and its tranches.

    `plays_from` is the recording's moment that plays when the chain begins (without it, it plays as recorded); between
    the moments of `silent`, by the chain's clock, the site says nothing; `renamed` gives its GPUs the inventory's
    names. `share_name` is written over its first tranche's name, which the contracts would never give it: a page has to
    show whatever a token says.
    """

    name: str
    operator: str
    model: str
    site: str
    units: int
    board_watts: int
    list_rate: Money
    availability_bps: int
    penalty_bps: int
    credit_cap_bps: int
    notice: int
    bond: Money
    telemetry: Path
    inventory: Path
    kind: Literal["dcgm", "nvidia-smi"]
    interval_s: int
    reserve_target: Money
    tranches: list[TrancheCast]
    documents: list[DocumentCast] = []
    plays_from: Moment | None = None
    silent: tuple[Moment, Moment] | None = None
    renamed: bool = False
    share_name: str | None = None

    def shift(self, starts: int) -> int:
        """How many seconds later than it was recorded the telemetry plays on a chain that begins at `starts`."""
        return 0 if self.plays_from is None else starts - self.plays_from


class TopUp(_Part):
    """Escrow a tenant adds."""

    at: Moment
    amount: Money


class LeaseCast(_Part):
    """A lease. `gpus` are places in the fleet's inventory; `fleet` counts from 1, as its id does. With `hours` its term
    is that long from the first epoch it can begin with; else it is the cast's."""

    tenant: str
    fleet: int
    units: int
    gpus: list[int]
    escrow: Literal["runway", "full"]
    pays_by: Literal["approve", "permit", "authorization"]
    top_ups: list[TopUp] = []
    hours: int | None = None


class InvestorCast(_Part):
    """An investor's part of each tranche of each fleet, in basis points of its face."""

    name: str
    shares_bps: list[list[int]]


class TransferCast(_Part):
    """Shares that move midway, in basis points of the tranche's face. `tranche` counts from 0."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    at: Moment = 0
    fleet: int
    tranche: int
    giver: str = Field(alias="from")
    taker: str = Field(alias="to")
    shares_bps: int


class SaleCast(_Part):
    """A primary sale, open for `days` from when it is opened. `cap` and `minimum` are shares, `price` is for one."""

    seller: str
    fleet: int
    tranche: int
    price: Money
    cap: Money
    minimum: Money
    days: int


class PurseCast(_Part):
    """Test currency that someone is given."""

    name: str
    amount: Money


class Encore(_Part):
    """What is made so that whoever comes finds a world that lives: leases that run on, shares handed over, sales that
    are open. It is played for `hours` before the doors open. `visitor` is who comes; `spare_sites` is how many fleets
    of newcomers the nodes can read."""

    hours: Annotated[Decimal, BeforeValidator(str)]
    visitor: str
    spare_sites: int
    leases: list[LeaseCast]
    transfers: list[TransferCast]
    sales: list[SaleCast]
    purses: list[PurseCast]

    @property
    def seconds(self) -> int:
        """How long it is played."""
        return int(self.hours * 3600)


def _whole(investors: list[InvestorCast]) -> list[InvestorCast]:
    for fleet in range(len(investors[0].shares_bps)):
        for tranche in range(len(investors[0].shares_bps[fleet])):
            total = sum(investor.shares_bps[fleet][tranche] for investor in investors)
            if total != 10_000:
                raise ValueError(
                    f"tranche {tranche} of fleet {fleet + 1} is given out to {total} of 10 000 basis points"
                )
    return investors


class Cast(_Part):
    """All of examples/demo.toml. `recorded` are the kinds of incident the telemetry holds within the term."""

    starts: Moment
    term_start: Moment
    term_end: Moment
    recorded: list[str]
    oracle: OracleCast
    waterfall: WaterfallCast
    fleets: list[FleetCast]
    leases: list[LeaseCast]
    investors: Annotated[list[InvestorCast], AfterValidator(_whole)]
    transfers: list[TransferCast]
    encore: Encore


def load_cast(path: Path) -> Cast:
    """Reads the demo's script. Raises StageError naming every fault."""
    try:
        return Cast.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise StageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise StageError(f"{path}: {error}") from None


class Wallets:
    """The test mnemonic's accounts, handed out by name in the order first asked for."""

    def __init__(self, count: int) -> None:
        Account.enable_unaudited_hdwallet_features()
        self._accounts: list[LocalAccount] = [
            Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}") for index in range(count)
        ]
        self._named: dict[str, LocalAccount] = {}

    def __getitem__(self, name: str) -> LocalAccount:
        if name not in self._named:
            self._named[name] = self._accounts[len(self._named)]
        return self._named[name]

    def index_of(self, name: str) -> int:
        """Which account of the mnemonic it is, from 0."""
        return self._accounts.index(self[name])

    def name_of(self, address: str) -> str:
        """Whose address it is."""
        return next((name for name, account in self._named.items() if account.address == address), address)


def utc(moment: int) -> str:
    """A time as people of this demo read it: Mon 05 Oct 14:00."""
    return datetime.fromtimestamp(moment, UTC).strftime("%a %d %b %H:%M")
