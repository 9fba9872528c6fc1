"""Prometheus's own checker: nothing says better whether Prometheus would take a file."""

import subprocess
from functools import cache

from tests.support.chain import ROOT


@cache
def promtool() -> str:
    """Its path: the machine's, or else one that tools/servers fetches."""
    found = subprocess.run([ROOT / "tools" / "servers", "promtool"], check=True, capture_output=True, text=True)
    return found.stdout.split()[-1]
