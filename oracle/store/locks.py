"""Locks on files, which the system lets go of when the process ends, however it ends."""

import fcntl
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from oracle.domain.errors import WellheadError
from oracle.store.errors import DatabaseUnusable, LockLost

Refusal = Callable[[str], WellheadError]
"""The error to raise when another process, described by the argument, holds the lock."""


class FileLock:
    """The lock on `path`, taken when made. Raises what `refusal` makes, or DatabaseUnusable."""

    def __init__(self, path: Path, refusal: Refusal) -> None:
        self._path = path
        self._refusal = refusal
        self._lock: int | None = self._take()

    def ensure(self) -> None:
        """Makes sure that the lock is held, and takes it again where its file was removed or replaced. Raises what
        `refusal` makes when another took it meanwhile, and LockLost."""
        if self._lock is not None and self._is_the_file(self._lock):
            return
        self.release()
        try:
            self._lock = self._take()
        except DatabaseUnusable as error:
            raise LockLost(f"the lock is lost: {error}") from None

    def release(self) -> None:
        """Lets go of it."""
        lock, self._lock = self._lock, None
        if lock is not None:
            with suppress(OSError):
                os.close(lock)

    def _is_the_file(self, lock: int) -> bool:
        try:
            return os.path.samestat(os.fstat(lock), self._path.stat())
        except OSError:
            return False

    def _take(self) -> int:
        try:
            lock = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DatabaseUnusable(
                f"cannot open {self._path} ({error.strerror}): put it in a folder this node may write to"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(lock, 32, 0).decode(errors="replace").strip()
            os.close(lock)
            raise self._refusal(f"process {holder or 'unknown'}") from None
        with suppress(OSError):  # on a full disk the lock holds, it only names nobody
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        return lock


def key_lock_path(environment: Mapping[str, str], name: str) -> Path:
    """Where a signing key's lock lies, alike for all of a user's nodes: under $XDG_STATE_HOME, or else
    ~/.local/state. Creates the folder. Raises DatabaseUnusable when it cannot."""
    state = environment.get("XDG_STATE_HOME") or ""
    folder = (Path(state) if state.startswith("/") else Path.home() / ".local" / "state") / "wellhead" / "keys"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(
            f"cannot make {folder} ({error.strerror}), where nodes of this user see which keys are in use: "
            "set XDG_STATE_HOME to a folder that lasts and that this node may write to"
        ) from None
    return folder / f"{name}.lock"
