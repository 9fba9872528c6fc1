"""A world's own folder."""

import os
from pathlib import Path

import pytest

from scripts.stage.folders import own
from scripts.stage.processes import StageError


def test_what_an_earlier_world_left_goes(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "world"
    with own(folder):
        (folder / "nodes").mkdir()
        (folder / "nodes" / "0.sqlite").touch()
    with own(folder):
        assert not (folder / "nodes").exists()


def test_what_a_stage_of_before_left_goes_though_it_bears_no_mark(tmp_path: Path) -> None:
    (tmp_path / "world" / "logs").mkdir(parents=True)
    (tmp_path / "world" / "logs" / "anvil.log").touch()
    with own(tmp_path / "world"):
        assert not (tmp_path / "world" / "logs").exists()


def test_a_folder_with_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    with pytest.raises(StageError, match="is not a stage's: name a new folder"), own(tmp_path / "home"):
        pass
    assert (tmp_path / "home" / "thesis.txt").read_text() == "years of work"


def test_an_empty_folder_may_be_taken(tmp_path: Path) -> None:
    with own(tmp_path):
        pass


def test_a_world_that_is_up_keeps_its_folder_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    if (child := os.fork()) == 0:
        with own(folder):
            (folder / "ready").touch()
            os.read(os.pipe()[0], 1)
    while not (folder / "ready").exists():
        pass
    with pytest.raises(StageError, match="belongs to a world that is still up: end that one"), own(folder):
        pass
    assert (folder / "ready").exists()
    os.kill(child, 9)
    os.waitpid(child, 0)
    with own(folder):
        assert not (folder / "ready").exists()


def test_a_folder_that_cannot_be_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StageError, match=r"cannot empty .*: .*; name another folder"), own(tmp_path / "file"):
        pass
