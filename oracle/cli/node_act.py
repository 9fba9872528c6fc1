"""How an act of a cold key is done: what every act is told, then prepared, tried, shown, confirmed and sent."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import Signature, signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from oracle.chain.errors import Reverted
from oracle.chain.link import ChainLink, open_link
from oracle.chain.submitter import Mined, Submitter
from oracle.cli.common import DEFAULT_CONFIG, FOUND_WRONG, AsJson, Config, errors, print_json, told
from oracle.domain.errors import WellheadError
from oracle.domain.signature import Signer
from oracle.exchange.fetch import Fetcher
from oracle.keys import open_signer
from oracle.membership.acts import Membership, Step
from oracle.settings import KeySettings, KeystoreSettings, Settings, load_settings, remote_key
from oracle.store.database import open_database


class NotConfirmed(WellheadError):
    """Nobody said yes."""


class NoColdKey(WellheadError):
    """The cold key is not named."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What every act is told on the command line: whose node, where the cold key is, whether to ask, how to answer."""

    config: Config = DEFAULT_CONFIG
    keystore: Annotated[
        Path | None, typer.Option("--cold-keystore", metavar="FILE", help="The cold key's keystore.")
    ] = None
    password_file: Annotated[
        Path | None, typer.Option("--cold-password-file", metavar="FILE", help="What opens it (chmod 600).")
    ] = None
    signer_url: Annotated[
        str, typer.Option("--cold-signer-url", metavar="URL", help="Or the remote signer that has the cold key.")
    ] = ""
    address: Annotated[str, typer.Option("--cold-address", metavar="ADDRESS", help="The cold key in it.")] = ""
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")] = False
    as_json: AsJson = False

    def cold(self) -> KeySettings:
        """Where the cold key is. Raises NoColdKey or SettingsError."""
        if self.keystore is not None and self.password_file is not None:
            return KeystoreSettings(keystore=self.keystore, password_file=self.password_file)
        if self.signer_url and self.address:
            return remote_key(self.signer_url, self.address)
        raise NoColdKey(
            "name the cold key: --cold-keystore and --cold-password-file, or --cold-signer-url and --cold-address"
        )


@dataclass(frozen=True, slots=True)
class Desk:
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


def act(prepare: Callable[..., list[Step]]) -> Callable[..., None]:
    """The command of an act. `prepare` takes a Desk and the act's own options; the command takes these, and Asked's."""
    shared = signature(Asked).parameters
    _, *own = signature(prepare).parameters.values()

    @wraps(prepare)
    def command(**given: Any) -> None:
        asked = Asked(**{name: given.pop(name) for name in shared})
        _do(f"node {prepare.__name__}", asked, lambda desk: prepare(desk, **given))

    command.__signature__ = Signature([*own, *shared.values()])  # type: ignore[attr-defined]  # what typer reads
    return command


@contextmanager
def linked(config: Path) -> Iterator[tuple[Settings, ChainLink, ExitStack]]:
    """The node's settings and its chain, as long as the `with` lasts. Raises what either fails with."""
    with ExitStack() as stack:
        settings = load_settings(config)
        fetcher = Fetcher()
        stack.callback(fetcher.close)
        yield settings, open_link(stack, settings.chain, fetcher), stack


def _do(name: str, asked: Asked, prepare: Callable[[Desk], list[Step]]) -> None:
    """Prepares, tries, shows, asks, sends."""
    sent: list[Mined] = []
    with told(name), linked(asked.config) as (settings, link, stack):
        fetcher = Fetcher()
        stack.callback(fetcher.close)
        signer = open_signer(asked.cold(), fetcher)
        desk = Desk(settings, link, Membership(link.w3, link.deployment), signer, stack)
        steps = prepare(desk)
        gas = _tried(name, desk.membership, steps[0], signer.address)
        _say(link, signer, steps, gas)
        if not asked.yes:
            _confirm()
        submitter = desk.submitter()
        for place, step in enumerate(steps):
            done = submitter.send(f"{name} {place}", step.function)
            sent.append(done)
            errors().print(f"  mined in block {done.block}: {done.tx_hash}", markup=False)
    if asked.as_json:
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
