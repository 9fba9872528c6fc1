"""Prometheus text exposition, line by line."""

from __future__ import annotations

import re
from typing import NamedTuple

_LABEL = re.compile(r'\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|$)')
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*$")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "\\": "\\", '"': '"'}


class Line(NamedTuple):
    """One sample line, its parts still text."""

    name: str
    labels: str
    value: str
    time: str
    """Explicit timestamp, ms as text; empty when the line has none."""


def split_line(text: str) -> Line | None:
    """A sample line in its parts; None when it is not one. Comments and blank lines are the caller's to skip."""
    brace = text.find("{")
    if brace >= 0:
        end = text.rfind("}")
        name, labels, rest = text[:brace].strip(), text[brace + 1 : end], text[end + 1 :].split()
        if end < brace:
            return None
    else:
        name, _, tail = text.strip().partition(" ")
        labels, rest = "", tail.split()
    if not _NAME.match(name) or not 1 <= len(rest) <= 2:
        return None
    return Line(name, labels, rest[0], rest[1] if len(rest) == 2 else "")


def read_labels(text: str) -> dict[str, str] | None:
    """The labels between the braces; None when they are not well formed."""
    labels: dict[str, str] = {}
    position = 0
    text = text.rstrip()
    while position < len(text):
        found = _LABEL.match(text, position)
        if found is None:
            return None
        labels[found.group(1)] = _ESCAPE.sub(lambda m: _ESCAPED.get(m.group(1), m.group(0)), found.group(2))
        position = found.end()
    return labels
