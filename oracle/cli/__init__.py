"""The `wellhead` command. Each command is a file here, imported when it is asked for, so that start-up stays quick."""

import gc
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import typer

HELP = "Meter GPU capacity, agree on the reading with other nodes, settle leases from it, and check the books."

app = typer.Typer(
    name="wellhead",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 something is wrong, 2 could not start. docs/commands.md says more.",
)


@app.callback(help=HELP)
def _root() -> None:
    # Without a callback typer takes a lone command for the whole program, and its name for an argument.
    pass


_SET_UP, _NODE, _SETTLE, _TELEMETRY = "Set up a node", "Run a node", "Settle and check", "Telemetry"

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "init": (_SET_UP, "Write a node's configuration and make its keys."),
    "check": (_SET_UP, "Say what is wrong with a node before it runs."),
    "dry-run": (_SET_UP, "Show what a node would sign, without key or posting."),
    "keys": (_SET_UP, "Make, import and look at keystores."),
    "node": (_SET_UP, "Join or leave the node set, rotate the key, move the bond."),
    "run": (_NODE, "Run a metering node."),
    "status": (_NODE, "Show how a running node is doing."),
    "replay-epoch": (_NODE, "Rebuild a past report and compare it with the chain."),
    "watch": (_NODE, "Find false reports and submit the evidence."),
    "bench": (_NODE, "Measure this machine against the stated floors."),
    "settle": (_SETTLE, "Settle leases from final reports, as a keeper."),
    "prove": (_SETTLE, "Get a lease's reading and its proof."),
    "audit": (_SETTLE, "Rebuild the books from raw events and compare."),
    "meter": (_TELEMETRY, "Meter a GPU telemetry log."),
    "record": (_TELEMETRY, "Record GPU telemetry into a log."),
}
"""Panel of the help and one line for it, by command. Each is a module here, `-` as `_`, with a `register(app)`."""


def asked(arguments: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The command a command line is about, also while a shell completes it; None for the list of commands."""
    if "_WELLHEAD_COMPLETE" in environment:
        words = environment.get("_TYPER_COMPLETE_ARGS", environment.get("COMP_WORDS", ""))
        # The last word is still being written: a name in it may be the beginning of another one.
        arguments = [*words.split(), *([""] if words[-1:].isspace() else [])][1:-1]
    named = next((word for word in arguments if not word.startswith("-")), None)
    return named if named in COMMANDS else None


def main() -> None:
    """Runs the command line. Only the module of the command asked for is imported."""
    name = asked(sys.argv[1:], os.environ)
    # Importing makes a quarter of a million objects and hardly any garbage: to look for it took a third of the time.
    gc.disable()
    if name is not None:
        importlib.import_module(f"oracle.cli.{name.replace('-', '_')}").register(app)
    else:
        for listed, (panel, line) in COMMANDS.items():
            app.command(listed, help=line, rich_help_panel=panel)(_root)
    gc.freeze()
    gc.enable()
    app()
