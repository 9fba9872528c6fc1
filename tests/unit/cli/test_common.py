"""What the commands share."""

import subprocess
import sys

import pytest

WAITS = """
import os, signal, sys, threading
from oracle.cli.common import stop_when_told

WAITING = {threading.Event.wait.__code__, threading.Condition.wait.__code__}

def strike(frame, event, _):
    global lines
    if frame.f_code in WAITING and event == "line":
        lines -= 1
        if lines == 0:
            os.kill(os.getpid(), signal.SIGNUMBER)
    return strike

lines = LINES
with stop_when_told() as stop:
    sys.settrace(strike)
    heard = stop.wait(20)
    sys.settrace(None)
print("ended", lines <= 0 and heard)
"""
"""A process that is told to end at one line of its wait; from the second on it holds the event's lock."""


@pytest.mark.parametrize("lines", range(1, 9))
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_process_that_is_told_to_end_while_it_begins_to_wait_ends(number: str, lines: int) -> None:
    code = WAITS.replace("SIGNUMBER", number).replace("LINES", str(lines))
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "ended True\n"), done.stderr
