"""`wellhead keys`: make and look at keystores."""

from pathlib import Path
from typing import Annotated

import typer

from oracle.domain.errors import WellheadError
from oracle.keys import create_keystore, keystore_address

keys = typer.Typer(help="Make and look at keystores (V3, scrypt).", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.add_typer(keys, name="keys")


@keys.command("new")
def new(
    out: Annotated[Path, typer.Option("--out", help="Where to write the keystore; it must not exist.")],
    password_file: Annotated[
        Path, typer.Option("--password-file", help="A file with the password that only you can read (chmod 600).")
    ],
) -> None:
    """Make a new key, write its keystore and print its address."""
    try:
        typer.echo(create_keystore(out, password_file))
    except WellheadError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None


@keys.command("address")
def address(file: Annotated[Path, typer.Argument(help="A keystore.")]) -> None:
    """Print the address a keystore is for; no password is needed."""
    try:
        typer.echo(keystore_address(file))
    except WellheadError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
