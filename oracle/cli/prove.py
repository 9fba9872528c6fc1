"""`wellhead prove`: a lease's reading and its proof."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from oracle.chain.deployment import check_deployment, load_deployment
from oracle.chain.rpc import connect
from oracle.cli.common import FOUND_WRONG, AsJson, errors, one_epoch, one_lease, print_json, told
from oracle.exchange.fetch import Fetcher
from oracle.proofs.prove import Prover

SETTLES = "settles"


def register(app: typer.Typer) -> None:
    """Adds `wellhead prove`."""
    app.command("prove")(prove)


def prove(
    lease: Annotated[int, typer.Argument(callback=one_lease, metavar="LEASE", help="The lease's id.")],
    rpc: Annotated[str, typer.Option(metavar="URL", help="An RPC of the chain.")],
    deployment: Annotated[Path, typer.Option(metavar="FILE", help="The contracts' deployments/CHAIN_ID.json.")],
    node: Annotated[list[str], typer.Option(metavar="URL", help="A node; give more, and any one will do.")],
    epoch: Annotated[
        int | None,
        typer.Option(
            callback=one_epoch, metavar="EPOCH", help="The report's epoch; the newest final one if not given."
        ),
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Try the settlement too, without sending it.")] = False,
    as_json: AsJson = True,
) -> None:
    """Get a lease's reading and its Merkle proof, as JSON with the arguments of `CapacityLease.settle`.

    Any node's word will do: what it hands out is proven against the root on-chain before it is printed.

    Exit code 0 when proven, 1 when `--verify` finds that it does not settle, 2 when there is nothing to prove.
    """
    del as_json  # a proof is for machines: there is no other form of it
    with told("prove"), closing(Fetcher()) as fetcher:
        known = load_deployment(deployment)
        w3 = connect(rpc, fetcher)
        check_deployment(w3, known)
        prover = Prover(w3, known, node, fetcher, lambda text: errors().print(text, markup=False))
        proof = prover.prove(lease, epoch)
        outcome = prover.simulate(proof) if verify else SETTLES
    print_json(proof.as_json() | ({"verified": outcome} if verify else {}))
    raise typer.Exit(0 if outcome == SETTLES else FOUND_WRONG)
