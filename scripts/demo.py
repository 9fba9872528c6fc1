"""The main job on a local chain: deploy, register two fleets, lease them, meter 48 hours with seven nodes, settle
from the meter, distribute, claim, and prove from raw events that every unit is accounted for.

    make demo            leaves build/demo/statement.json and build/demo/report.html
    make demo SERVE=1    then lets the world live on and serves the page on it, until ctrl-c
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.chain import ROOT
from scripts.stage import page, tables
from scripts.stage.cast import Cast, load_cast, utc
from scripts.stage.doors import Doors, page_origins
from scripts.stage.folders import own
from scripts.stage.nodes import WELLHEAD
from scripts.stage.ports import Ports
from scripts.stage.processes import Processes, StageError, end_when_told
from scripts.stage.statement import Incident, Statement
from scripts.stage.world import Act, World


class Demo:
    """The main job in a world, start to end."""

    def __init__(self, world: World, console: Console) -> None:
        self.world = world
        self.cast = world.cast
        self.console = console
        self.incidents: list[Incident] = []

    # ------------------------------------------------------------------ the play

    def script(self) -> list[Act]:
        """What happens when, by the chain's clock."""
        killed = self.cast.oracle.killed
        acts = [] if killed is None else self._kill_and_restart(killed)
        for lease_id, lease in enumerate(self.cast.leases, start=1):
            for top_up in lease.top_ups:
                text = f"{lease.tenant} tops up lease {lease_id}"
                acts.append(
                    Act(
                        top_up.at,
                        lambda lease_id=lease_id, lease=lease, top_up=top_up: self.world.market.top_up(
                            lease_id, lease.tenant, top_up.amount
                        ),
                        Incident("topup", lease.fleet, top_up.at, None, text),
                    )
                )
        for transfer in self.cast.transfers:
            tranche = self.cast.fleets[transfer.fleet - 1].tranches[transfer.tranche].name
            text = f"{transfer.giver} sells {transfer.shares_bps / 100:g} % of {tranche} to {transfer.taker}"
            acts.append(
                Act(
                    transfer.at,
                    lambda transfer=transfer: self.world.transfer(transfer),
                    Incident("transfer", transfer.fleet, transfer.at, None, text),
                )
            )
        return sorted(acts, key=lambda act: act.at)

    def _kill_and_restart(self, index: int) -> list[Act]:
        oracle = self.cast.oracle
        text = f"node {index} is killed with kill -9"
        return [
            Act(
                oracle.killed_at,
                lambda: self.world.nodes.kill(index),
                Incident("kill", None, oracle.killed_at, oracle.restarted_at, text),
            ),
            Act(oracle.restarted_at, lambda: self.world.nodes.start(index)),
        ]

    def play(self) -> None:
        """Moves the clock until every lease has closed at its final reading."""
        cast, oracle, world = self.cast, self.cast.oracle, self.world
        acts = self.script()
        tail = oracle.observation_delay + oracle.dispute_window + 2 * oracle.epoch_length
        last = cast.term_end + tail
        label = f"{(cast.term_end - cast.term_start) // 3600} hours"
        for _ in shown(world, world.play(last, acts), (cast.starts, last), label, self.console):
            if self._all_closed():
                break
        self.incidents = [act.incident for act in acts if act.done and act.incident]
        if not self._all_closed():
            raise StageError(f"not every lease closed by {utc(last)}:\n{world.processes.tail('keeper')}")

    def _all_closed(self) -> bool:
        if self.world.anvil.now() < self.cast.term_end:
            return False
        return all(self.world.market.leases.leaseOf(lease_id)[2][4] for lease_id in range(1, len(self.cast.leases) + 1))

    def settle_accounts(self) -> None:
        """Distributes what is left, waits out the last stream, and lets everyone take what is theirs."""
        with self.world.doing("Distributing, waiting out the last stream, claiming"):
            period = self.cast.waterfall.period
            for _ in range(3):
                boundary = (self.world.anvil.now() // period + 1) * period
                self.world.anvil.move_to(boundary)
                for fleet in self.world.market.fleets:
                    self.world.market.distribute(fleet)
            closable = self.world.market.fees.closableFrom()
            if self.world.anvil.now() < closable:
                self.world.anvil.move_to(closable)
            self.world.market.pay_everyone()

    # ------------------------------------------------------------------ the books

    def audit(self, readings: Path) -> dict[str, Any]:
        """Runs the replay verifier as anyone would."""
        command = [
            WELLHEAD,
            "audit",
            "--rpc",
            self.world.anvil.url,
            "--deployment",
            self.world.deployment,
            "--readings",
            readings,
            "--json",
        ]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        try:
            result: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise StageError(f"wellhead audit printed no JSON:\n{done.stdout}{done.stderr}") from None
        result["exit_code"] = done.returncode
        return result


def shown(world: World, steps: Iterator[int], span: tuple[int, int], label: str, console: Console) -> Iterator[int]:
    """The steps of a play over `span` (Unix seconds), with a bar that says how far it is."""
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(40),
        TextColumn("{task.fields[clock]}  report of epoch {task.fields[epoch]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(label, total=span[1] - span[0], clock="", epoch=0)
        for moment in steps:
            progress.update(task, completed=moment - span[0], clock=utc(moment), epoch=world.head_epoch())
            yield moment


def told(console: Console) -> Callable[[str], Any]:
    """Says on a console what goes on while it does, and how long it took."""

    @contextmanager
    def doing(what: str) -> Iterator[None]:
        began = time.monotonic()
        with console.status(f"  {what}"):
            yield
        console.print(f"  [green]✓[/] {what} [dim]{time.monotonic() - began:.0f} s[/]")

    return doing


@contextmanager
def without_states(folder: Path) -> Iterator[None]:
    """Removes what Anvil leaves behind, hundreds of megabytes, once it has ended."""
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(cast: Cast, console: Console, folder: Path, serve: bool = False) -> dict[str, Any]:
    """The whole demo. Returns the statement, which is also left in `folder` with the report. With `serve` the world
    lives on in between, until it is told to end."""
    began = time.monotonic()
    ports = Ports.known(cast.oracle.nodes) if serve else Ports.free(cast.oracle.nodes)
    with own(folder), without_states(folder / "anvil"), Processes(folder / "logs") as processes:
        world = World(cast, processes, told(console), folder, ports, page_origins(ports) if serve else ())
        demo, doors = Demo(world, console), Doors(world)
        world.deploy()
        if serve:
            doors.start_servers()
        world.populate()
        ready = time.monotonic()
        demo.play()
        console.print(
            f"  [green]✓[/] Metered, reported, settled and distributed [dim]{time.monotonic() - ready:.0f} s[/]"
        )
        statement = Statement(world.anvil.url, world.deployment, cast, world.wallets, folder / "readings")
        with world.doing("Collecting the nodes' signed observations"):
            statement.collect(world.nodes)
            world.stop_oracle()
        demo.settle_accounts()
        with world.doing("Replaying every event: wellhead audit"):
            audit = demo.audit(folder / "readings")
        made = statement.make(audit, demo.incidents, {"setup": ready - began, "run": time.monotonic() - ready})
        (folder / "statement.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
        (folder / "report.html").write_text(page.render(made))
        if serve:
            keep_open(console, doors, made)
    return made


def as_it_should_be(statement: dict[str, Any]) -> bool:
    """Whether the books balance and every check holds."""
    return bool(statement["books_balance"] and all(check["holds"] for check in statement["checks"]))


def print_outcome(statement: dict[str, Any], console: Console, folder: Path) -> None:
    """The statement and its checks as tables."""
    tables.print_statement(statement, console)
    console.print()
    for check in statement["checks"]:
        mark = "[green]✓[/]" if check["holds"] else "[red]✗[/]"
        console.print(f"  {mark} {check['what']} [dim]({check['figures']})[/]")
    console.print()
    for name in ("statement.json", "report.html"):
        console.print(f"  {_shown(folder / name)}")


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def keep_open(console: Console, doors: Doors, statement: dict[str, Any]) -> None:
    """Lets the world live on until ctrl-c, and says where it is."""
    world = doors.world
    print_outcome(statement, console, world.folder)
    console.print()
    doors.prepare()
    with world.doing("Starting the nodes and the keeper again"):
        world.configure_nodes(newcomers=True)
        world.start_oracle()
        world.nodes.wait_answering()
    now = world.anvil.now()
    span = (now, now + world.cast.encore.seconds)
    for _ in shown(world, world.play(span[1]), span, "the world goes on", console):
        pass
    with world.doing("Opening the doors"):
        doors.open()
    console.print()
    for line in doors.told():
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"\n  the report: {world.folder / 'report.html'}\n  ctrl-c ends all of it")
    try:
        while True:
            world.processes.check()
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("\n  Ending")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--serve", action="store_true", help="keep chain, nodes and page up when the books are closed")
    parser.add_argument(
        "--cast", type=Path, default=ROOT / "examples" / "demo.toml", help="who plays, and for how long"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo", help="where it leaves what it makes")
    given = parser.parse_args()
    end_when_told()
    console = Console(highlight=False)
    folder = given.folder.resolve()
    try:
        statement = run(load_cast(given.cast), console, folder, given.serve)
        if not given.serve:
            print_outcome(statement, console, folder)
    except StageError as error:
        console.print("  [red]✗[/] ", end="")
        console.print(str(error), markup=False)
        console.print(f"  logs: {_shown(folder / 'logs')}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0 if as_it_should_be(statement) else 1)


if __name__ == "__main__":
    main()
