"""`wellhead keys`: make, import and look at keystores. No key and no password is ever printed."""

from pathlib import Path
from typing import Annotated

import typer

from oracle.cli.common import AsJson, print_json, told
from oracle.keys import create_keystore, keystore_address
from oracle.keys.edit import change_password, import_key

HELP = """Make, import and look at keystores (V3, scrypt).

A keystore is never overwritten, and passwords come from files that only their owner can read (chmod 600), never
from the command line. Exit code 0 when done, 2 when not, with the reason."""

keys = typer.Typer(help=HELP, no_args_is_help=True)

Out = Annotated[Path, typer.Option("--out", help="Where to write the keystore; it must not exist.")]
PasswordFile = Annotated[Path, typer.Option("--password-file", help="The file with its password (chmod 600).")]
Keystore = Annotated[Path, typer.Argument(help="A keystore.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.add_typer(keys, name="keys")


@keys.command("new")
def new(out: Out, password_file: PasswordFile, as_json: AsJson = False) -> None:
    """Make a new key, write its keystore and print its address."""
    with told("keys new"):
        _tell(out, create_keystore(out, password_file), as_json)


@keys.command("show")
def show(keystore: Keystore, as_json: AsJson = False) -> None:
    """Print the address a keystore is for; no password is needed."""
    with told("keys show"):
        _tell(keystore, keystore_address(keystore), as_json)


@keys.command("import")
def import_(
    source: Annotated[
        Path, typer.Argument(help="A file with the key in hex (chmod 600), or another keystore with its password file.")
    ],
    out: Out,
    password_file: PasswordFile,
    source_password_file: Annotated[
        Path | None, typer.Option("--source-password-file", help="What opens SOURCE, if it is a keystore.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the keystore of a key that exists, and print its address. SOURCE stays as it is: remove it afterwards.

    Only one node may ever sign with a key: never import one that another node still uses.
    """
    with told("keys import"):
        _tell(out, import_key(source, out, password_file, source_password_file), as_json)


@keys.command("password")
def password(
    keystore: Keystore,
    password_file: PasswordFile,
    new_password_file: Annotated[
        Path, typer.Option("--new-password-file", help="The file with the password to be (chmod 600).")
    ],
    as_json: AsJson = False,
) -> None:
    """Put a keystore under another password, in one step or not at all."""
    with told("keys password"):
        _tell(keystore, change_password(keystore, password_file, new_password_file), as_json)


def _tell(keystore: Path, address: str, as_json: bool) -> None:
    if as_json:
        print_json({"keystore": keystore, "address": address})
    else:
        typer.echo(address)
