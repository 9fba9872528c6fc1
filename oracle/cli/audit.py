"""`wellhead audit`: proves the books from raw events."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from oracle.cli.common import one_block


def audit(
    rpc: Annotated[str, typer.Option(help="JSON-RPC endpoint of the chain, like http://127.0.0.1:8545.")],
    deployment: Annotated[Path, typer.Option(help="The deployments/<chain-id>.json that the deploy script wrote.")],
    readings: Annotated[
        Path | None,
        typer.Option(help="Folder of report-<epoch>.json, each a node's /reports/<epoch>/observations."),
    ] = None,
    block: Annotated[
        int | None, typer.Option(callback=one_block, help="The block to audit at; the newest when not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Rebuild every balance, charge, credit, distribution and claim from raw events, and compare with the chain.

    Exit code 0 when all agree to the unit, 1 when anything differs, 2 when the books cannot be checked.
    """
    from oracle.audit import AuditError  # noqa: PLC0415
    from oracle.audit import audit as audit_books  # noqa: PLC0415
    from oracle.cli.audit_view import PLAIN_WIDTH, show  # noqa: PLC0415

    errors = Console(stderr=True, soft_wrap=True)
    try:
        with errors.status("Reading the chain"):
            result = audit_books(rpc, deployment, readings, block)
    except AuditError as error:
        errors.print(f"wellhead audit: {error}", markup=False, highlight=False)
        raise typer.Exit(2) from None
    if as_json:
        sys.stdout.write(json.dumps(result.as_json(), indent=2) + "\n")
    else:
        console = Console()
        show(console if console.is_terminal else Console(width=PLAIN_WIDTH), result)
    raise typer.Exit(0 if result.books_balance else 1)


def register(app: typer.Typer) -> None:
    """Adds the command to `wellhead`."""
    app.command()(audit)
