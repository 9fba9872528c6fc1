"""The stage's child processes, real ones: that they end, whatever is sent to whom."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.stage import processes
from scripts.stage.processes import Processes, StageError
from tests.support.terminal import hangup_heard

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 30
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('Up', flush=True); time.sleep(600)"
)

STAGE = """
import sys, time
from pathlib import Path
from scripts.stage.processes import Processes, end_when_told
end_when_told()
with Processes(Path(sys.argv[1])) as children:
    children.start("child", [sys.executable, "-c", sys.argv[2]])
    children.wait("child", lambda: "Up" in children.tail("child"))
    print(children._running["child"].pid, flush=True)
    time.sleep(600)
"""


def wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """Ended, or dead and not yet buried by whoever inherited it."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def start_stage(logs: Path, child: str) -> tuple[subprocess.Popen[str], int]:
    with hangup_heard():
        stage = subprocess.Popen(
            [sys.executable, "-c", STAGE, str(logs), child],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
    assert stage.stdout is not None
    return stage, int(stage.stdout.readline())


@pytest.mark.parametrize(
    ("first", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_one_who_is_impatient_leaves_nothing_alive(first: signal.Signals, code: int, tmp_path: Path) -> None:
    stage, child = start_stage(tmp_path, STUBBORN.replace("time.sleep(600)", "time.sleep(2)"))
    stage.send_signal(first)
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        time.sleep(0.2)
        stage.send_signal(again)
    assert stage.wait(PATIENCE_S) == code
    assert is_gone(child)


def test_a_stage_that_is_killed_takes_its_children_along(tmp_path: Path) -> None:
    stage, child = start_stage(tmp_path, "print('Up', flush=True); import time; time.sleep(600)")
    stage.kill()
    stage.wait(PATIENCE_S)
    wait(lambda: is_gone(child))


def test_one_that_does_not_end_when_asked_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ENDS_WITHIN_S", 0.5)
    with Processes(tmp_path) as children:
        for name in ("one", "two"):
            children.start(name, [sys.executable, "-c", STUBBORN])
            children.wait(name, lambda name=name: "Up" in children.tail(name))
        began = time.monotonic()
        children.stop("one", "two")
        assert time.monotonic() - began < PATIENCE_S
        children.check()


def test_a_stop_that_is_interrupted_is_made_up_for_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with Processes(tmp_path) as children:
        children.start("child", [sys.executable, "-c", "import time; time.sleep(600)"])
        pid = children._running["child"].pid
        with monkeypatch.context() as patched:
            patched.setattr(processes, "_signal", interrupt)
            with pytest.raises(KeyboardInterrupt):
                children.stop("child")
        assert not is_gone(pid)
    assert is_gone(pid)


def test_signals_are_heard_again_after_the_end(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with Processes(tmp_path):
        pass
    assert signal.getsignal(signal.SIGINT) is before


def test_a_caller_s_word_against_bytecode_is_not_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with Processes(tmp_path) as children:
        print_it = (
            "import os, time; print(f\"Up {os.environ.get('PYTHONDONTWRITEBYTECODE')}\", flush=True); time.sleep(60)"
        )
        children.start("child", [sys.executable, "-c", print_it])
        children.wait("child", lambda: "Up None" in children.tail("child"))
    assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"


def test_a_process_that_ended_is_named_with_its_last_words(tmp_path: Path) -> None:
    with Processes(tmp_path) as children:
        children.start("child", [sys.executable, "-c", "print('Alas'); raise SystemExit(3)"])
        with pytest.raises(StageError, match=r"child ended with exit code 3:\nAlas"):
            children.wait("child", lambda: False)
