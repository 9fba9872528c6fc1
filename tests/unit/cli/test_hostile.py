"""What a command line may be given: numbers that no contract counts, files that are none or have no end."""

import importlib
import io
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from oracle.cli.status_view import view

WELLHEAD = Path(sys.executable).parent / "wellhead"
NOWHERE = "http://127.0.0.1:9"
MEMORY = 3 << 30
"""Bytes: enough for any command that does not read an endless file to its end."""
PROVE = ("prove", "--rpc", NOWHERE, "--deployment", "none.json", "--node", NOWHERE)
AUDIT = ("audit", "--rpc", NOWHERE, "--deployment", "none.json")


@pytest.mark.parametrize(
    ("command", "first", "bits", "named"),
    [
        ((*PROVE, "--"), 1, 88, "a lease is a whole number from 1 to 2^88 - 1"),
        ((*PROVE, "1", "--epoch"), 1, 64, "an epoch is a whole number from 1 to 2^64 - 1"),
        (("replay-epoch", "--"), 1, 64, "an epoch is a whole number"),
        (("dry-run", "--epoch"), 1, 64, "an epoch is a whole number"),
        (("record", "log", "--fleet"), 1, 48, "a fleet is a whole number from 1 to 2^48 - 1"),
        ((*AUDIT, "--block"), 0, 64, "a block is a whole number from 0 to 2^64 - 1"),
    ],
)
def test_a_number_that_no_contract_counts_is_refused_by_name(
    command: tuple[str, ...], first: int, bits: int, named: str
) -> None:
    for number in (first - 1, -(1 << 256), 1 << bits, 1 << 256):
        assert named in refusal(*command, str(number))
    for number in (first, (1 << bits) - 1):
        assert named not in refusal(*command, str(number))
    refusal(*command, "9" * 5000)


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e300", "0", "-1"])
def test_a_time_between_two_looks_that_nobody_can_wait_is_refused(seconds: str) -> None:
    assert "give 0.2 to 86400 seconds" in refusal("status", "--url", NOWHERE, "--watch", "--every", seconds)


READS_A_FILE = pytest.mark.parametrize(
    ("command", "endless"),
    [
        (("dry-run", "--config"), "File too large"),
        (("settle", "--config"), "File too large"),
        (("prove", "1", "--rpc", NOWHERE, "--node", NOWHERE, "--deployment"), "File too large"),
        (("audit", "--rpc", NOWHERE, "--deployment"), "is no deployment file"),
        (("keys", "show"), "is no V3 keystore"),
        (("keys", "new", "--out", "key.json", "--password-file"), "is not a regular file"),
        (("meter",), "which no telemetry log has"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)


@READS_A_FILE
def test_a_file_that_is_none_of_its_kind_is_named(tmp_path: Path, command: tuple[str, ...], endless: str) -> None:
    del endless
    (tmp_path / "folder").mkdir()
    for name, content in (
        ("empty", b""),
        ("binary", b"\x80\x81\x00"),
        ("nested", b"a = " * ("--config" in command) + b"[" * 50_000),
        ("digits", b"a = " * ("--config" in command) + b"9" * 5000),
    ):
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o600)
    text = [] if "--password-file" in command else ["nested", "digits"]  # any text is a password
    for name in ["missing", "folder", "empty", "binary", *text]:
        assert name in refusal(*command, str(tmp_path / name))


@READS_A_FILE
def test_a_file_without_an_end_is_not_read_to_it(tmp_path: Path, command: tuple[str, ...], endless: str) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    done = subprocess.run(
        [WELLHEAD, *command, "/dev/zero"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit,
    )  # fmt: skip
    assert (done.returncode, endless in done.stderr) == (2, True), done.stderr


def test_what_a_peer_wrote_does_not_act_on_the_terminal_of_whoever_asks_for_the_status() -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07 [red]no[/] \u202e" + "x" * 100
    status = {
        "address": "0x" + "11" * 20,
        "waiting_for": f"epoch 4: node 2 says {hostile}",
        "peers": [{"index": 2, "node": "0x" + "22" * 20, "last_error": hostile}],
    }
    console = Console(file=io.StringIO(), width=120, force_terminal=False)
    console.print(view(status, [hostile], now=0))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("\\x1b[2J") == 3
    assert "[red]no[/]" in shown


def refusal(name: str, *arguments: str) -> str:
    """What a command says as it ends with 2, in one line."""
    app = typer.Typer()
    app.callback()(lambda: None)
    importlib.import_module(f"oracle.cli.{name.replace('-', '_')}").register(app)
    done = CliRunner().invoke(app, [name, *arguments])
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    return " ".join(done.output.replace("│", " ").split())
