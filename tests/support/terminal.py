"""A terminal that closes, as a child process hears of it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hangup_heard() -> Iterator[None]:
    """A child started meanwhile hears SIGHUP. These tests may themselves run under nohup, which is handed down."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
