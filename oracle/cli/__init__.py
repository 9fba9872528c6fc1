"""The `wellhead` command. Each command is a file here; what it needs is imported when it runs, so that start-up
stays quick."""

import importlib
import sys

import typer

HELP = "Meter GPU capacity, agree on the reading with other nodes, settle leases from it, and check the books."

app = typer.Typer(
    name="wellhead",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback(help=HELP)
def _root() -> None:
    # Without a callback typer takes a lone command for the whole program, and its name for an argument.
    pass


COMMANDS = ("meter", "record", "run", "settle", "watch", "audit", "keys")
"""Modules of this package, each with a `register(app)`."""


def main() -> None:
    """Runs the command line. Only the module of the command asked for is imported."""
    asked = [name for name in COMMANDS if name in sys.argv[1:2]]
    for name in asked or COMMANDS:
        importlib.import_module(f"oracle.cli.{name}").register(app)
    app()
