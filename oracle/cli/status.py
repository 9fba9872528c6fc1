"""`wellhead status`: how a running node does, once or live."""

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live

from oracle.cli.common import DEFAULT_CONFIG, FOUND_WRONG, AsJson, Config, console, print_json, told
from oracle.cli.status_view import view
from oracle.exchange.fetch import Fetcher
from oracle.preflight.running import NotThere, read_status, troubles
from oracle.settings import load_settings

SHORTEST_S, LONGEST_S = 0.2, 86_400


def register(app: typer.Typer) -> None:
    """Adds `wellhead status`."""
    app.command("status")(status)


def _seconds(every: float) -> float:
    if not SHORTEST_S <= every <= LONGEST_S:  # nan is neither
        raise typer.BadParameter(f"give {SHORTEST_S} to {LONGEST_S} seconds")
    return every


def status(
    config: Config = DEFAULT_CONFIG,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Any node, by where it listens, instead of the configured one.")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep it on the screen until Ctrl-C.")] = False,
    every: Annotated[
        float, typer.Option(callback=_seconds, metavar="SECONDS", help="How often to look, with --watch.")
    ] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Show how a running node does: whether it is in the quorum, how far reports are behind, sites, peers, RPCs.

    Exit code 0 when it does its work, 1 when something is wrong with it, 2 when no node answers.
    """
    with told("status"), closing(Fetcher()) as fetcher:
        where = url or _listens(config)
        if watch and not as_json:
            _watch(where, fetcher, every)
            return
        found = read_status(where, fetcher)
    wrong = list(troubles(found))
    if as_json:
        print_json(found | {"troubles": wrong})
    else:
        console().print(view(found, wrong, time.time()))
    raise typer.Exit(FOUND_WRONG if wrong else 0)


def _watch(url: str, fetcher: Fetcher, every: float) -> None:
    last: Mapping[str, Any] | None = None
    try:
        with Live(console=console(), auto_refresh=False, screen=False) as live:
            while True:
                shown: RenderableType
                try:
                    last = read_status(url, fetcher)
                    shown = view(last, list(troubles(last)), time.time())
                except NotThere as error:
                    before = [view(last, [], time.time())] if last is not None else []
                    shown = Group(*before, f"[bold red]{error}[/]")
                live.update(shown, refresh=True)
                time.sleep(every)
    except KeyboardInterrupt:
        return


def _listens(config: Path) -> str:
    host, port = load_settings(config).node.address
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where it is reached
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
