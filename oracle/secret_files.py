"""Which modes a file with a secret may have."""

import os
import stat
from pathlib import Path

OWNER_ONLY = 0o600


def allowed_mode(path: Path) -> int:
    """The permission bits that a file with a secret may have: its owner's, and for a credential of a systemd unit the
    group's to read, as which the access list of the unit's user shows."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    return OWNER_ONLY | stat.S_IRGRP if credentials and path.parent == Path(credentials) else OWNER_ONLY
