"""That the clock of a world waits for its keeper, and for how long."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scripts.stage import keeper as keepers
from scripts.stage.anvil import Anvil
from scripts.stage.keeper import Keeper
from scripts.stage.market import Market
from scripts.stage.processes import Processes, StageError
from scripts.stage.world import STEP_S, World


class Books:
    """What a market says is left: `behind` looks until lease 1 is settled, `full` until fleet 2 is distributed."""

    period = 3600

    def __init__(self, behind: int = 0, full: int = 0) -> None:
        self.behind, self.full, self.final, self.looks = behind, full, 7, 0
        self.fleets = [SimpleNamespace(fleet_id=1), SimpleNamespace(fleet_id=2)]

    def newest_final(self) -> int:
        return self.final

    def unsettled(self, final: int) -> Iterator[int]:
        assert final == self.final
        self.looks += 1
        self.behind -= 1
        return iter([1] if self.behind >= 0 else [])

    def can_distribute(self, fleet: Any) -> bool:
        self.full -= fleet.fleet_id == 2
        return fleet.fleet_id == 2 and self.full >= 0


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path / "logs") as running:
        running.start("keeper", [sys.executable, "-c", "import time; print('No readings', flush=True); time.sleep(60)"])
        running.wait("keeper", lambda: "No readings" in running.tail("keeper"))
        yield running


def keeper_of(processes: Processes, books: Books, folder: Path) -> tuple[Keeper, SimpleNamespace]:
    chain = SimpleNamespace(now=lambda: chain.at, at=3600, fund=lambda _: None, url="http://127.0.0.1:1")
    return Keeper(processes, cast(Anvil, chain), cast(Market, books), folder), chain


def test_it_waits_until_every_lease_is_settled_and_every_till_distributed(processes: Processes, tmp_path: Path) -> None:
    books = Books(behind=3, full=2)
    keeper, _ = keeper_of(processes, books, tmp_path / "keeper")
    keeper.wait()
    assert (books.behind, books.full) == (-1 - 2, -1)
    assert books.looks == 3 + 2 + 1


def test_it_looks_again_when_another_report_is_final_or_another_period_begins(
    processes: Processes, tmp_path: Path
) -> None:
    books = Books()
    keeper, chain = keeper_of(processes, books, tmp_path / "keeper")
    for moment, final, looks in ((3600, 7, 1), (4200, 7, 1), (4800, 8, 2), (7199, 8, 2), (7200, 8, 3)):
        chain.at, books.final = moment, final
        keeper.wait()
        assert books.looks == looks


@pytest.mark.parametrize(
    ("books", "left"),
    [(Books(behind=10**9), "lease 1 is not settled to epoch 7"), (Books(full=10**9), "fleet 2 has a till that is not")],
)
def test_a_keeper_that_does_nothing_is_named_with_its_last_words(
    books: Books, left: str, processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepers, "PATIENCE_S", 0.2)
    keeper, _ = keeper_of(processes, books, tmp_path / "keeper")
    with pytest.raises(StageError, match=f"(?s){left}.*No readings"):
        keeper.wait()


def test_a_step_of_the_clock_is_over_when_the_keeper_is_done() -> None:
    done: list[tuple[str, int]] = []
    world = World.__new__(World)
    world.sites, world.lying_sites = [], []
    chain = SimpleNamespace(at=0, now=lambda: chain.at, move_to=lambda moment: setattr(chain, "at", moment))
    world.anvil = cast(Any, chain)
    world.nodes = cast(Any, SimpleNamespace(wait_sampled=lambda moment, _: done.append(("sampled", moment))))
    world.keeper = cast(Any, SimpleNamespace(wait=lambda: done.append(("kept", chain.at))))
    world._wait_for_report = lambda moment: done.append(("reported", moment))  # type: ignore[method-assign]
    for moment in world.play(2 * STEP_S):
        assert done == [("sampled", moment), ("reported", moment), ("kept", moment)]
        done.clear()
