"""The command line as a whole: its pages, its completion, and that only what is asked for is imported."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from oracle.cli import COMMANDS, asked
from oracle.cli.node import node
from tests.support.chain import ROOT

WELLHEAD = Path(sys.executable).parent / "wellhead"
WIDTH = 80
GROUPS = {"keys": ("new", "show", "import", "password"), "node": ("show", "join", "rotate", "bond", "withdraw")}
PAGES = [[name] for name in COMMANDS] + [[group, name] for group, names in GROUPS.items() for name in names]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [WELLHEAD, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
        env={**os.environ, "COLUMNS": str(WIDTH), **environment},
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_list_is_there(name: str) -> None:
    assert importlib.util.find_spec(f"oracle.cli.{name.replace('-', '_')}") is not None


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_every_page_of_the_help_fits_a_terminal_and_tells_the_exit_codes(page: list[str]) -> None:
    done = run(*page, "--help")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= WIDTH
    assert "…" not in done.stdout
    if len(page) == 1:
        assert re.search(r"[Ee]xit code|with 0", done.stdout), "the page says no exit codes"


@pytest.mark.parametrize(
    ("act", "own"),
    [
        ("join", {"--hot"}),
        ("leave", set[str]()),
        ("rotate", {"--hot"}),
        ("bond", {"amount", "--currency"}),
        ("unbond", {"amount", "--currency"}),
        ("withdraw", {"--to", "--currency"}),
    ],
)
def test_every_act_of_a_cold_key_takes_its_own_options_and_what_names_the_key(act: str, own: set[str]) -> None:
    cold = {"--cold-keystore", "--cold-password-file", "--cold-signer-url", "--cold-address"}
    group = typer.main.get_group(node)
    taken = {name for parameter in group.commands[act].params for name in parameter.opts}
    assert taken - {"--help", "-h"} == own | cold | {"--config", "-c", "--yes", "-y", "--json"}


def test_the_list_of_commands_is_quick_since_it_imports_none() -> None:
    code = (
        "import sys, contextlib; from oracle.cli import main; sys.argv = ['wellhead', '--help']\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('web3', 'sqlalchemy', 'fastapi')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(name in done.stdout for name in COMMANDS)


def test_a_command_that_is_not_there_is_wrong_use() -> None:
    done = run("chekc")
    assert (done.returncode, "No such command 'chekc'" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("wellhead s", {"status", "settle"}),
        ("wellhead keys ", {"new", "show", "import", "password"}),
        ("wellhead keys p", {"password"}),
        ("wellhead node un", {"unbond"}),
        ("wellhead check --j", {"--json"}),
    ],
)
def test_shells_complete_commands_that_are_imported_only_then(words: str, completed: set[str]) -> None:
    count = str(len(words.split()) - (not words.endswith(" ")))
    bash = run(_WELLHEAD_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count)
    assert set(bash.stdout.split()) == completed
    zsh = run(_WELLHEAD_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=words)
    assert set(re.findall(r'^[^"]*"([^"]+)":', zsh.stdout, re.M)) == completed
    fish = run(_WELLHEAD_COMPLETE="complete_fish", _TYPER_COMPLETE_ARGS=words, _TYPER_COMPLETE_FISH_ACTION="get-args")
    assert {line.split("\t")[0] for line in fish.stdout.splitlines()} == completed


def test_a_name_that_is_still_being_written_is_not_taken_for_a_command() -> None:
    completing = {"_WELLHEAD_COMPLETE": "complete_zsh"}
    assert asked([], completing | {"_TYPER_COMPLETE_ARGS": "wellhead run"}) is None
    assert asked([], completing | {"_TYPER_COMPLETE_ARGS": "wellhead run "}) == "run"
    assert asked(["--help"], {}) is None
    assert asked(["run", "--help"], {}) == "run"


def test_the_docs_list_every_command() -> None:
    table = (ROOT / "docs" / "commands.md").read_text().partition("## Exit codes")[0]
    named = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([a-z-]+)", row.split("|")[1])
    }
    assert named >= set(COMMANDS)
