"""`wellhead node`: what a node's cold key decides."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from oracle.cli.common import DEFAULT_CONFIG, AsJson, Config, console, print_json, told
from oracle.cli.node_act import Desk, NoColdKey, act, linked
from oracle.keys import configured_address
from oracle.membership.acts import Membership, Step
from oracle.settings import address_of

HELP = """Join or leave the node set, rotate the hot key, move the bond: what the cold key decides.

Each command tries its transactions first, says what they do, and asks before it sends. The cold key is opened from a
keystore or asked of a remote signer, for this one command; the node itself never needs it. It pays its own gas.

Exit code 0 when done or shown, 1 when the contract refuses, 2 when it cannot be tried or nobody confirmed."""

node = typer.Typer(help=HELP, no_args_is_help=True)

Hot = Annotated[str, typer.Option("--hot", metavar="ADDRESS", help="The hot key; [signing_key]'s if not given.")]
Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="In the currency's own unit, like 500 or 12.5.")]
Token = Annotated[str, typer.Option("--currency", metavar="ADDRESS", help="The stablecoin, if more are listed.")]
Payee = Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Whom to pay; the cold account if not given.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.add_typer(node, name="node")


@node.command("show")
def show(
    config: Config = DEFAULT_CONFIG,
    cold: Annotated[str, typer.Option("--cold-address", metavar="ADDRESS", help="Another node's cold address.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show where a node stands: its index and keys in the set, its bond. No key is needed."""
    with told("node show"), linked(config) as (settings, link, _):
        membership = Membership(link.w3, link.deployment)
        found = membership.show(
            address_of(cold, "--cold-address")
            if cold
            else _cold_of(membership, configured_address(settings.signing_key))
        )
    if as_json:
        print_json(found)
    else:
        _show(found)


@node.command("join")
@act
def join(desk: Desk, hot: Hot = "") -> list[Step]:
    """Offer this node to the set; it signs once the issuer has configured it in."""
    return desk.membership.join(_hot(desk, hot))


@node.command("leave")
@act
def leave(desk: Desk) -> list[Step]:
    """Leave the set: the key is taken away for reports two epochs ahead and later. Run the node until then."""
    return desk.membership.leave()


@node.command("rotate")
@act
def rotate(desk: Desk, hot: Hot = "") -> list[Step]:
    """Name another hot key, for reports two epochs ahead and later; once a day at most."""
    return desk.membership.rotate(_hot(desk, hot))


@node.command("bond")
@act
def bond(desk: Desk, amount: Amount, currency: Token = "") -> list[Step]:
    """Add to the node's bond, out of the cold account's own stablecoin."""
    named = desk.membership.currency(currency)
    return desk.membership.bond(desk.cold.address, named, named.amount(amount))


@node.command("unbond")
@act
def unbond(desk: Desk, amount: Amount, currency: Token = "") -> list[Step]:
    """Begin to take out of the bond; 21 days later it can be withdrawn. Asking again starts the 21 days anew."""
    named = desk.membership.currency(currency)
    return desk.membership.unbond(named, named.amount(amount))


@node.command("withdraw")
@act
def withdraw(desk: Desk, to: Payee = "", currency: Token = "") -> list[Step]:
    """Take out what has been unbonding for 21 days."""
    return desk.membership.withdraw(
        desk.membership.currency(currency), address_of(to, "--to") if to else desk.cold.address
    )


def _hot(desk: Desk, hot: str) -> str:
    return address_of(hot, "--hot") if hot else configured_address(desk.settings.signing_key)


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
