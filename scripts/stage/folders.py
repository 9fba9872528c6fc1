"""The folder a world leaves its things in: emptied before, and nobody else's as long as the world lives."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.stage.processes import StageError

MARK = ".wellhead-stage"
"""Says that whatever else is in the folder may go."""

OLD_MARK = Path("logs", "anvil.log")
"""By which a folder of a stage that left no mark is known."""


@contextmanager
def own(folder: Path) -> Iterator[None]:
    """Empties `folder`, and keeps others of us out of it until the `with` ends, however it ends. Raises StageError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StageError(
                f"{folder} belongs to a world that is still up: end that one (ctrl-c where it runs), then start again"
            ) from None
        _empty(folder)
        yield


def _empty(folder: Path) -> None:
    try:
        strange = (
            folder.exists() and any(folder.iterdir()) and not any((folder / one).exists() for one in (MARK, OLD_MARK))
        )
        if strange:
            raise StageError(f"{folder} holds something that is not a stage's: name a new folder, or an empty one")
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        (folder / MARK).touch()
    except OSError as error:
        raise StageError(f"cannot empty {folder}: {error}; name another folder") from None
