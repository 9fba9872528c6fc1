"""Reading files that somebody names: never more of one than such a file can hold."""

import errno
import os
from pathlib import Path
from typing import Final

LARGEST: Final = 4 << 20
"""Bytes of a configuration or deployment file, with room to spare; what is longer (/dev/zero has no end) is none."""


def read_small(path: Path) -> bytes:
    """All of a file of at most LARGEST bytes. Raises OSError; a longer one is EFBIG, "File too large"."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content
