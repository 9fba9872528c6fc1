"""`wellhead init`: a new node's folder."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.common import AsJson, errors, print_json, told
from oracle.exchange.fetch import Fetcher
from oracle.onboarding.folder import Made, make_folder, refuse_existing
from oracle.onboarding.plan import AnswerMissing, Given, Plan, make_plan, peer_of, site_of
from oracle.settings import KeySettings, remote_key


def register(app: typer.Typer) -> None:
    """Adds `wellhead init`."""
    app.command("init")(init)


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The node's folder.")] = Path("node"),
    deployment: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The contracts' deployments/CHAIN_ID.json.")
    ] = None,
    rpc: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="An RPC of the chain; three are better than one.")
    ] = None,
    node: Annotated[
        str, typer.Option(metavar="ADDRESS", help="This node's cold address, if it has one in the set.")
    ] = "",
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where peers reach this node.")] = "127.0.0.1:8547",
    database: Annotated[
        str, typer.Option(metavar="PLACE", help="A file in the folder, or postgresql://...")
    ] = "node.db",
    signer_url: Annotated[
        str, typer.Option(metavar="URL", help="A remote signer (Web3Signer ETH1) that holds the keys.")
    ] = "",
    signing_address: Annotated[str, typer.Option(metavar="ADDRESS", help="The signing key in it.")] = "",
    gas_address: Annotated[str, typer.Option(metavar="ADDRESS", help="The gas key in it.")] = "",
    peer: Annotated[
        list[str] | None, typer.Option(metavar="COLD=URL", help="Another node: its cold address, where it listens.")
    ] = None,
    site: Annotated[
        list[str] | None,
        typer.Option(metavar="SITE", help="FLEET=KIND,URL,ALLOCATIONS,INVENTORY: how a fleet's site is reached."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a node's configuration and make its keys.

    Reads nodes and fleets from the chain, and asks for what it cannot know: the deployment file, RPCs, where peers and
    sites are. Without a terminal it asks nothing and takes the options. An interrupted run can be repeated: keys that
    are there are kept. Nothing is ever overwritten.

    Exit code 0 when written, 2 when not.
    """
    with told("init"), closing(Fetcher()) as fetcher:
        refuse_existing(folder)
        given = Given(
            deployment=deployment,
            rpc_urls=tuple(rpc or ()),
            node=node,
            listen=listen,
            database=database,
            peers=dict(peer_of(text) for text in peer or ()),
            sites={made.fleet: made for made in map(site_of, site or ())},
        )
        signing, gas = _remote(signer_url, signing_address, "signing"), _remote(signer_url, gas_address, "gas")
        plan = make_plan(given, _asked if sys.stdin.isatty() else _not_asked, fetcher)
        made = make_folder(folder, plan, signing, gas)
    if as_json:
        print_json(_as_json(plan, made))
    else:
        _say(plan, made)


def _asked(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default, show_default=bool(default), err=True)).strip()


def _not_asked(_question: str, default: str) -> str:
    return default


def _remote(url: str, address: str, name: str) -> KeySettings | None:
    if not address:
        return None
    if not url:
        raise AnswerMissing(f"--{name}-address names a key in a remote signer: give its --signer-url too")
    return remote_key(url, address)


def _as_json(plan: Plan, made: Made) -> dict[str, object]:
    return {
        "config": made.config,
        "signing_address": made.signing,
        "gas_address": made.gas,
        "new_keys": made.new_keys,
        "peers_without_url": plan.open_peers,
        "fleets_without_site": plan.open_fleets,
        "next": f"wellhead check --config {made.config}",
    }


def _say(plan: Plan, made: Made) -> None:
    shown = errors()
    shown.print(f"Wrote {made.config}", markup=False)
    for name, address in (("signing key", made.signing), ("gas key", made.gas)):
        shown.print(f"  {name:<12} {address}", markup=False)
    if made.new_keys:
        keys = made.new_keys[0].parent
        shown.print(f"  Back up {keys}: without it these keys are lost. Send the gas key some ether.", markup=False)
    for what, left in (("peers", plan.open_peers), ("fleets", plan.open_fleets)):
        if left:
            shown.print(f"  Fill in {made.config} for {what} {', '.join(map(str, left))}", markup=False)
    shown.print(f"\nNext: wellhead check --config {made.config}", markup=False)
