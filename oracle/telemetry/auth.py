"""How a node shows who it is to a site's servers: one line in a file that nobody else can read."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

from oracle.secret_files import allowed_mode
from oracle.telemetry.errors import AuthFileUnusable

_LONGEST = 16 * 1024


def authorization(path: Path | None) -> dict[str, str]:
    """The Authorization header that a file stands for; none without a file.

    Its one line is `bearer TOKEN` or `basic USER:PASSWORD`. Read anew at each use, so that a token can be exchanged
    under a running node. Raises AuthFileUnusable, which never repeats what the file holds.
    """
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        raise AuthFileUnusable(f"{path}: cannot be read ({error.strerror}). Check the path.") from None
    if mode & ~allowed_mode(path):
        raise AuthFileUnusable(f"{path}: others can read it (mode {mode:04o}). Make it yours alone: chmod 600 {path}")
    try:
        kind, _, value = raw.decode("ascii").strip().partition(" ")
    except UnicodeDecodeError:
        kind, value = "", ""
    value = value.strip()
    if len(raw) <= _LONGEST and value and value.isprintable():
        if kind.lower() == "bearer" and " " not in value:
            return {"authorization": f"Bearer {value}"}
        if kind.lower() == "basic" and ":" in value:
            return {"authorization": "Basic " + base64.b64encode(value.encode()).decode()}
    raise AuthFileUnusable(f"{path}: its one line must be `bearer TOKEN` or `basic USER:PASSWORD`, in ASCII.")
