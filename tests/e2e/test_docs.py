"""Docs that run: every `sh` block of README.md, CONTRIBUTING.md and docs/ is executed, and every link leads somewhere.

The blocks of one page run in order, in one shell, in a scratch copy of the repository. The `make` targets that CI runs
by itself are not run twice: the test asserts that `.ci/run` calls them. A block fenced as `text output` is what the
block before it prints, to the character.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.stage.ports import free_ports
from tests.support.chain import ROOT
from tests.support.markdown import Block, blocks, broken_links

RUN, OUTPUT = "sh", "text output"
SHOWN = {"text", "mermaid", "toml", "json", "python", "solidity"}
"""Kinds of blocks that are there to be read. One without a kind is refused: nobody could tell whether it should run."""

PORTS = ("8545", "8547", "9400")
"""Ports the docs and examples use; the scratch copy gets free ones in their place."""

PATIENCE_S = 300


class DocError(Exception):
    """A page that does not do what it says."""


# ---------------------------------------------------------------------- what is checked


def _files() -> list[Path]:
    """Every file of the repository that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    files = {ROOT / name.decode() for name in listed.stdout.split(b"\0") if name}
    return sorted(file for file in files if file.is_file())


PAGES = [file for file in _files() if file.suffix == ".md"]
RUNNABLE = [page for page in PAGES if page.name in ("README.md", "CONTRIBUTING.md") or page.parent == ROOT / "docs"]


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def ci_targets() -> set[str]:
    """The make targets that `.ci/run` brings about, with all that they depend on or make."""
    called = re.search(r"^for target in ([a-z -]+); do$(.*?)^done$", (ROOT / ".ci" / "run").read_text(), re.M | re.S)
    assert called, ".ci/run has no loop over make targets"
    assert re.search(r'^\s*if make "\$target"; then$', called[2], re.M), ".ci/run does not make its targets"
    rules = re.finditer(r"^([a-z-]+):([^=#\n]*)(?:#.*)?\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(), re.M)
    depends = {
        rule[1]: " ".join([rule[2], *re.findall(r"^\t\$\(MAKE\) (.*)$", rule[3], re.M)]).split() for rule in rules
    }
    reached: set[str] = set()
    waiting = called[1].split()
    while waiting:
        target = waiting.pop()
        if target not in reached:
            reached.add(target)
            waiting += [other for other in depends.get(target, []) if re.fullmatch(r"[a-z][a-z-]*", other)]
    return reached


def _left_to_ci(line: str) -> bool:
    """Whether a line is a `make` of targets CI runs by itself. The list of targets, `make` alone, is run here."""
    words = shlex.split(line, comments=True)
    return len(words) > 1 and words[0] == "make" and set(words[1:]) <= ci_targets()


GAS_ROWS = {
    "post a report over any number of meters, 4 / 7 / 10 / 16 nodes": (
        [f"submit, {nodes} nodes" for nodes in (4, 7, 10, 16)],
        [f"submit, {nodes} nodes, first lap of the ring *" for nodes in (4, 7, 10, 16)],
    ),
    "settle one lease of 100,000 meters": (["settle, 100k meters"], ["settle, 100k meters, first time"]),
    "settle twenty leases in one proof, each: of one fleet / of twenty": (
        [f"settleMany, each of 20, {fleets}" for fleets in ("one fleet", "20 fleets")],
        [f"settleMany, each of 20, {fleets}, first time *" for fleets in ("one fleet", "20 fleets")],
    ),
    "the same, of 100,000 meters": (
        [f"settleMany, each of 20, {fleets}, 100k meters *" for fleets in ("one fleet", "20 fleets")],
        [],
    ),
    "distribute to any number of holders, 2 / 4 tranches": (
        [f"distribute, {tranches} tranches" for tranches in (2, 4)],
        [f"distribute, {tranches} tranches, first time *" for tranches in (2, 4)],
    ),
    "claim income": (["claim"], ["claim, first ever"]),
    "transfer shares, income owed on both sides": (
        ["share transfer, dividends owed on both sides"],
        ["share transfer, to a new holder *"],
    ),
    "open a lease": (["open a lease"], ["open a lease, first ever"]),
    "transfer the stablecoin, for scale": (["stablecoin transfer, for scale *"], []),
}
"""The rows of the README's gas table, and what tests/forge/gas calls them: in steady state, and the first time."""

GAS_TOLERANCE = 100
"""The README's gas may be off by one part in this many before somebody has to write it anew."""


# ---------------------------------------------------------------------- running a page


@dataclass(frozen=True)
class Scratch:
    """A copy of the repository with what is installed and built, on ports of its own."""

    folder: Path
    ports: dict[str, str]

    @classmethod
    def make(cls, folder: Path) -> "Scratch":
        for file in _files():
            copy = folder / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
        for installed in (".venv", "node_modules", "indexer/node_modules"):
            (folder / installed).symlink_to(ROOT / installed)
        for built in ("brownie", "solc"):
            shutil.copytree(ROOT / "build" / built, folder / "build" / built, symlinks=True)
        scratch = cls(folder, dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True)))
        for example in (folder / "examples").glob("*.toml"):
            example.write_text(scratch.with_ports(example.read_text()))
        # Brownie's own list of networks, where the port of its Anvil stands.
        networks = next((ROOT / ".venv").glob("lib/python3*/site-packages/brownie/data/network-config.yaml"))
        home = scratch.home / ".brownie"
        home.mkdir(parents=True)
        (home / "network-config.yaml").write_text(scratch.with_ports(networks.read_text()))
        # Set-up was done before: what it installs is linked from the copy, and must not be installed anew from there.
        make = scratch.bin / "make"
        make.parent.mkdir()
        make.write_text(f'#!/bin/sh\nexec {shutil.which("make")} --old-file=setup "$@"\n')
        make.chmod(0o755)
        return scratch

    @property
    def home(self) -> Path:
        return self.folder / "build" / "home"

    @property
    def bin(self) -> Path:
        return self.folder / "build" / "bin"

    def with_ports(self, text: str) -> str:
        for documented, free in self.ports.items():
            text = re.sub(rf"\b{documented}\b", free, text)
        return text

    def environment(self) -> dict[str, str]:
        """A newcomer's: nothing of this project on PATH, nothing of an outer make."""
        path = [part for part in os.environ["PATH"].split(os.pathsep) if not Path(part).is_relative_to(ROOT)]
        kept = {name: value for name, value in os.environ.items() if name not in ("SOLCX_BINARY_PATH", "VIRTUAL_ENV")}
        kept = {name: value for name, value in kept.items() if not name.startswith(("MAKE", "MFLAGS", "PYTEST"))}
        return kept | {"PATH": os.pathsep.join([str(self.bin), *path]), "HOME": str(self.home)}

    def run(self, page: Path) -> None:
        """Runs a page's blocks. Raises DocError that names the line."""
        found = blocks(page.read_text())
        _check_kinds(page, found)
        done = self._shell(_script(page, found))
        if done.returncode:
            raise DocError(f"exit code {done.returncode}\n{done.stderr[-4000:]}\n{done.stdout[-4000:]}")
        printed = _split(done.stdout)
        for before, block in zip([None, *found[:-1]], found, strict=True):
            if block.kind != OUTPUT:
                continue
            if before is None or before.kind != RUN:
                raise DocError(f"{page.name}:{block.line}: output of nothing: a block that runs must stand before it")
            expected, actual = _trimmed(block.lines), _trimmed(printed[before.line].splitlines())
            if expected != actual:
                raise DocError(f"{page.name}:{block.line}: another output is printed:\n" + "\n".join(actual))

    def _shell(self, script: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "--noprofile", "--norc", "-c", self.with_ports(script)]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as shell:
            try:
                out, err = shell.communicate(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                raise DocError(f"not done after {PATIENCE_S} s: does a block wait for something it started?") from None
            finally:
                _end_group(shell.pid)
        return subprocess.CompletedProcess(command, shell.returncode, out, err)


def _script(page: Path, found: Sequence[Block]) -> str:
    """One bash script in which each command stands on the line it has in the page."""
    lines = [""] * max((block.line + len(block.lines) for block in found), default=1)
    # What a failed page leaves running would hold its output open, and nobody would hear of the failure.
    told = f'echo "{page.name}:$LINENO: $BASH_COMMAND" >&2; kill $(jobs -p) 2> /dev/null || true'
    lines[0] = f"set -euo pipefail; trap '{told}' ERR"
    for block in found:
        if block.kind != RUN:
            continue
        fence = block.line - 2
        lines[fence] = "; ".join(filter(None, [lines[fence], f"printf '\\036%d\\n' {block.line}"]))
        for number, line in enumerate(block.lines):
            lines[block.line - 1 + number] = ":" if _left_to_ci(line) else line
    return "\n".join(lines)


def _check_kinds(page: Path, found: Sequence[Block]) -> None:
    for block in found:
        if block.kind not in SHOWN | {RUN, OUTPUT}:
            raise DocError(f"{page.name}:{block.line}: a block of kind {block.kind!r}; write `sh` if it is to be run")


def _split(stdout: str) -> dict[int, str]:
    """What each block printed, by its line."""
    parts = (part.partition("\n") for part in stdout.split("\036")[1:])
    return {int(line): text for line, _, text in parts}


def _trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without blanks at their ends, and without empty ones around them."""
    return "\n".join(line.rstrip() for line in lines).strip("\n").splitlines()


def _end_group(leader: int) -> None:
    """Ends what a page left running."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


# ---------------------------------------------------------------------- the tests


@pytest.mark.parametrize("page", RUNNABLE, ids=_name)
def test_every_command_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    if any(block.kind == RUN for block in blocks(page.read_text())):
        Scratch.make(tmp_path).run(page)
    else:
        _check_kinds(page, blocks(page.read_text()))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert broken_links(page, ROOT) == []


WRONG = {
    "a command that fails": (
        "```sh\ntrue\n. tools/env.sh\nwellhead meter nowhere.csv\n```",
        r"page\.md:6: wellhead meter nowhere",
    ),
    "a command that is not there": ("```sh\nwellhaed meter\n```", r"page\.md:4: wellhaed meter"),
    "an option that is not there": (
        "```sh\n. tools/env.sh\nwellhead keys --all\n```",
        r"page\.md:5: wellhead keys --all",
    ),
    "a failure within a pipe": ("```sh\ncat nowhere | sort\n```", r"cat: nowhere.*\s+page\.md:4: sort"),
    "a make target that is not there": ("```sh\nmake deom\n```", r"page\.md:4: make deom"),
    "a variable that is not set": ("```sh\necho $nothing\n```", r"nothing: unbound variable"),
    "another output": (
        "```sh\necho one\n```\n\n```text output\ntwo\n```",
        r"page\.md:8: another output is printed:\none",
    ),
    "output of nothing": ("```text output\ntwo\n```", r"page\.md:4: output of nothing"),
    "a block without a kind": ("```\nmake demo\n```", r"page\.md:4: a block of kind ''"),
    "a block of another shell": ("```bash\nmake demo\n```", r"page\.md:4: a block of kind 'bash'"),
}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    return Scratch.make(tmp_path_factory.mktemp("scratch"))


@pytest.mark.parametrize("wrong", WRONG)
def test_a_page_with_something_wrong_is_found_out(wrong: str, scratch: Scratch, tmp_path: Path) -> None:
    text, said = WRONG[wrong]
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{text}\n")
    with pytest.raises(DocError, match=said):
        scratch.run(page)


def test_a_page_that_is_right_passes(scratch: Scratch, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\n```sh\nmake test demo # by CI\none=1\n```\n\n```sh\necho $one\n```\n\n```text output\n1\n```\n"
    )
    scratch.run(page)


def test_a_link_to_nowhere_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A `heading`, twice\n\n# A heading, twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) ![b\nb](nowhere.png) [c](there.md#a-heading-twice-1) [d](there.md#no-heading) [e](https://wellhead.invalid)\n"
        "`[f](code.md)` [g](../outside.md) [h](#here)\n```text\n[i](in-a-block.md)\n```\n"
    )
    assert broken_links(page, tmp_path) == [
        "page.md:2: nowhere.png",
        "page.md:2: there.md#no-heading",
        "page.md:3: ../outside.md",
        "page.md:3: #here",
    ]


def test_the_gas_of_the_readme_is_what_was_measured() -> None:
    foundry = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    snapshot = ROOT / foundry["snapshots"] / "snapshot.json"
    assert snapshot.exists(), "no gas was measured here yet: run `make gas`"
    measured = {name: int(gas) for name, gas in json.loads(snapshot.read_text()).items()}
    section = (ROOT / "README.md").read_text().partition("## Gas")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    told = {operation: (_integers(steady), _integers(first)) for operation, steady, _, first in rows[2:]}
    assert set(told) == set(GAS_ROWS)
    for operation, names in GAS_ROWS.items():
        for figures, their_names in zip(told[operation], names, strict=True):
            exact = [measured[name] for name in their_names]
            near = [abs(gas - figure) * GAS_TOLERANCE <= gas for gas, figure in zip(exact, figures, strict=True)]
            assert all(near), f"{operation}: write {' / '.join(f'{gas:,}' for gas in exact)}"


def _integers(cell: str) -> list[int]:
    return [int(figure.replace(",", "")) for figure in cell.split("/") if figure.strip()]


def test_ci_runs_the_commands_that_are_not_run_here() -> None:
    assert {"lint", "test", "demo"} <= ci_targets()
    assert "clean" not in ci_targets()
