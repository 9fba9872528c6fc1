"""`wellhead node`: what a node's cold key decides."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from oracle.chain.errors import Reverted
from oracle.chain.link import ChainLink, open_link
from oracle.chain.submitter import Mined, Submitter
from oracle.cli.common import DEFAULT_CONFIG, FOUND_WRONG, AsJson, Config, console, errors, print_json, told
from oracle.domain.errors import WellheadError
from oracle.domain.signature import Signer
from oracle.exchange.fetch import Fetcher
from oracle.keys import configured_address, open_signer
from oracle.membership.acts import Membership, Step
from oracle.settings import KeySettings, KeystoreSettings, RemoteKeySettings, Settings, load_settings
from oracle.store.database import open_database

HELP = """Join or leave the node set, rotate the hot key, move the bond: what the cold key decides.

Each command tries its transactions first, says what they do, and asks before it sends. The cold key is opened from a
keystore or asked of a remote signer, for this one command; the node itself never needs it. It pays its own gas.

Exit code 0 when done or shown, 1 when the contract refuses, 2 when it cannot be tried or nobody confirmed."""

node = typer.Typer(help=HELP, no_args_is_help=True)

Keystore = Annotated[Path | None, typer.Option("--cold-keystore", metavar="FILE", help="The cold key's keystore.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--cold-password-file", metavar="FILE", help="What opens it (chmod 600).")
]
SignerUrl = Annotated[
    str, typer.Option("--cold-signer-url", metavar="URL", help="Or the remote signer that has the cold key.")
]
ColdAddress = Annotated[str, typer.Option("--cold-address", metavar="ADDRESS", help="The cold key in it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")]
Hot = Annotated[str, typer.Option("--hot", metavar="ADDRESS", help="The hot key; [signing_key]'s if not given.")]
Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="In the currency's own unit, like 500 or 12.5.")]
Token = Annotated[str, typer.Option("--currency", metavar="ADDRESS", help="The stablecoin, if more are listed.")]


class NotConfirmed(WellheadError):
    """Nobody said yes."""


class NoColdKey(WellheadError):
    """The cold key is not named."""


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.add_typer(node, name="node")


@dataclass(frozen=True, slots=True)
class _Desk:
    """What an act is prepared and sent with."""

    settings: Settings
    link: ChainLink
    membership: Membership
    cold: Signer
    stack: ExitStack

    def submitter(self) -> Submitter:
        """Sends for the cold key. What is on its way is kept in a database of its own, for as long as this runs."""
        scratch = Path(self.stack.enter_context(TemporaryDirectory()))
        database = open_database(scratch / "cold.db")
        self.stack.callback(database.close)
        return Submitter(self.link.outbox(database, self.cold), self.link.w3)


Acts = Callable[[_Desk], list[Step]]


@node.command("show")
def show(
    config: Config = DEFAULT_CONFIG,
    cold: Annotated[str, typer.Option("--cold-address", metavar="ADDRESS", help="Another node's cold address.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show where a node stands: its index and keys in the set, its bond. No key is needed."""
    with told("node show"), _linked(config) as (settings, link, _):
        membership = Membership(link.w3, link.deployment)
        found = membership.show(cold or _cold_of(membership, configured_address(settings.signing_key)))
    if as_json:
        print_json(found)
    else:
        _show(found)


@node.command("join")
def join(
    config: Config = DEFAULT_CONFIG,
    hot: Hot = "",
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    signer_url: SignerUrl = "",
    address: ColdAddress = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Offer this node to the set; it signs once the issuer has configured it in."""
    cold = _cold(keystore, password_file, signer_url, address)
    _do("node join", config, cold, yes, as_json, lambda desk: desk.membership.join(_hot(desk, hot)))


@node.command("leave")
def leave(
    config: Config = DEFAULT_CONFIG,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    signer_url: SignerUrl = "",
    address: ColdAddress = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Leave the set: the key is taken away for reports two epochs ahead and later. Run the node until then."""
    cold = _cold(keystore, password_file, signer_url, address)
    _do("node leave", config, cold, yes, as_json, lambda desk: desk.membership.leave())


@node.command("rotate")
def rotate(
    config: Config = DEFAULT_CONFIG,
    hot: Hot = "",
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    signer_url: SignerUrl = "",
    address: ColdAddress = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Name another hot key, for reports two epochs ahead and later; once a day at most."""
    cold = _cold(keystore, password_file, signer_url, address)
    _do("node rotate", config, cold, yes, as_json, lambda desk: desk.membership.rotate(_hot(desk, hot)))


@node.command("bond")
def bond(
    amount: Amount,
    currency: Token = "",
    config: Config = DEFAULT_CONFIG,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    signer_url: SignerUrl = "",
    address: ColdAddress = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Add to the node's bond, out of the cold account's own stablecoin."""

    def steps(desk: _Desk) -> list[Step]:
        named = desk.membership.currency(currency)
        return desk.membership.bond(desk.cold.address, named, named.amount(amount))

    _do("node bond", config, _cold(keystore, password_file, signer_url, address), yes, as_json, steps)


@node.command("unbond")
def unbond(
    amount: Amount,
    currency: Token = "",
    config: Config = DEFAULT_CONFIG,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    signer_url: SignerUrl = "",
    address: ColdAddress = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Begin to take out of the bond; 21 days later it can be withdrawn. Asking again starts the 21 days anew."""

    def steps(desk: _Desk) -> list[Step]:
        named = desk.membership.currency(currency)
        return desk.membership.unbond(named, named.amount(amount))

    _do("node unbond", config, _cold(keystore, password_file, signer_url, address), yes, as_json, steps)


@node.command("withdraw")
def withdraw(
    to: Annotated[
        str, typer.Option("--to", metavar="ADDRESS", help="Whom to pay; the cold account if not given.")
    ] = "",
    currency: Token = "",
    config: Config = DEFAULT_CONFIG,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    signer_url: SignerUrl = "",
    address: ColdAddress = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take out what has been unbonding for 21 days."""

    def steps(desk: _Desk) -> list[Step]:
        return desk.membership.withdraw(desk.membership.currency(currency), to or desk.cold.address)

    _do("node withdraw", config, _cold(keystore, password_file, signer_url, address), yes, as_json, steps)


# ---------------------------------------------------------------------- how an act is done


def _do(name: str, config: Path, cold: Callable[[], KeySettings], yes: bool, as_json: bool, acts: Acts) -> None:
    """Prepares, tries, shows, asks, sends."""
    sent: list[Mined] = []
    with told(name), _linked(config) as (settings, link, stack):
        fetcher = Fetcher()
        stack.callback(fetcher.close)
        signer = open_signer(cold(), fetcher)
        desk = _Desk(settings, link, Membership(link.w3, link.deployment), signer, stack)
        steps = acts(desk)
        gas = _tried(name, desk.membership, steps[0], signer.address)
        _say(link, signer, steps, gas)
        if not yes:
            _confirm()
        submitter = desk.submitter()
        for place, step in enumerate(steps):
            done = submitter.send(f"{name} {place}", step.function)
            sent.append(done)
            errors().print(f"  mined in block {done.block}: {done.tx_hash}", markup=False)
    if as_json:
        print_json(
            {
                "cold": signer.address,
                "transactions": [
                    {"does": step.says, "transaction": mined.tx_hash, "block": mined.block, "gas": mined.gas_used}
                    for step, mined in zip(steps, sent, strict=True)
                ],
            }
        )


def _tried(name: str, membership: Membership, step: Step, sender: str) -> int:
    """The gas a step takes; ends the command when the contract refuses it."""
    try:
        return membership.simulate(step, sender)
    except Reverted as error:
        errors().print(f"wellhead {name}: nothing was sent: {error}", markup=False)
        raise typer.Exit(FOUND_WRONG) from None


def _say(link: ChainLink, signer: Signer, steps: list[Step], gas: int) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_row("chain", str(link.deployment.chain_id))
    grid.add_row("from", signer.address)
    for place, step in enumerate(steps, 1):
        function = step.function
        told_of = ", ".join(str(argument) for argument in function.args)
        grid.add_row(f"{place}.", escape(step.says))
        grid.add_row("", f"[dim]{function.fn_name}({escape(told_of)}) of {function.address}[/]")
    grid.add_row("gas", f"{gas:,}" + (" for the first" if len(steps) > 1 else ""))
    errors().print(grid)


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise NotConfirmed("nothing was sent: there is no terminal to confirm at, give --yes to send")
    if not typer.confirm("Send?", err=True):
        raise NotConfirmed("nothing was sent")


@contextmanager
def _linked(config: Path) -> Iterator[tuple[Settings, ChainLink, ExitStack]]:
    with ExitStack() as stack:
        settings = load_settings(config)
        fetcher = Fetcher()
        stack.callback(fetcher.close)
        yield settings, open_link(stack, settings.chain, fetcher), stack


def _cold(
    keystore: Path | None, password_file: Path | None, signer_url: str, address: str
) -> Callable[[], KeySettings]:
    def named() -> KeySettings:
        if keystore is not None and password_file is not None:
            return KeystoreSettings(keystore=keystore, password_file=password_file)
        if signer_url and address:
            return RemoteKeySettings(signer_url=signer_url, address=address)
        raise NoColdKey(
            "name the cold key: --cold-keystore and --cold-password-file, or --cold-signer-url and --cold-address"
        )

    return named


def _hot(desk: _Desk, hot: str) -> str:
    return hot or configured_address(desk.settings.signing_key)


def _cold_of(membership: Membership, hot: str) -> str:
    cold = membership.cold_of(hot)
    if cold is None:
        raise NoColdKey(f"{hot}, [signing_key]'s address, is no node's key: name the node with --cold-address")
    return cold


def _show(found: dict[str, Any]) -> None:
    grid = Table.grid(padding=(0, 2))
    index, keys = found["index"], found["keys"]
    grid.add_row("cold key", found["cold"])
    grid.add_row("in the set", "no" if index is None else f"node {index}")
    if found["joined"] is not None:
        grid.add_row("joined", "yes" if found["joined"] else "no")
    if keys is not None:
        grid.add_row("signs with", f"{keys['hot']} from epoch {keys['hotFrom']} on")
        if keys["previousHot"] != keys["hot"]:
            grid.add_row("before that", keys["previousHot"])
    for bonded in found["bonds"]:
        until = bonded["until"]
        when = f"{datetime.fromtimestamp(until or 0, UTC):%Y-%m-%d %H:%M} UTC"
        rest = f", {bonded['shown_unbonding']} can be withdrawn from {when} on" if until else ""
        grid.add_row("bond", f"{bonded['shown']}{rest}")
    console().print(grid)
