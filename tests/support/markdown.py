"""Markdown as the documentation tests read it: fenced blocks, and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

_FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*(.*?)\s*$")
_LINK = re.compile(
    r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^()\s>]*(?:\([^()\s]*\)[^()\s>]*)*)>?(?:\s+\"[^\"]*\")?\s*\)"
)
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:[ ]*<?(\S+?)>?[ ]*$", re.MULTILINE)
_HTML_LINK = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")
_CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")


@dataclass(frozen=True)
class Block:
    """A fenced block. `line` is the number of its first line of text; `kind` all that stands behind the fence."""

    line: int
    kind: str
    lines: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """The fenced blocks, in order. Raises ValueError for a fence that is never closed."""
    found = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        at += 1
        if not fence:
            continue
        indent, mark, kind = fence.groups()
        first = at
        while at < len(lines) and lines[at].strip() != mark:
            at += 1
        if at == len(lines):
            raise ValueError(f"the fence above line {first + 1} is never closed")
        body = tuple(line.removeprefix(indent) for line in lines[first:at])
        found.append(Block(first + 1, kind, body))
        at += 1
    return found


def prose(text: str) -> list[str]:
    """The lines of the text, those of fenced blocks empty and code spans left out."""
    lines = text.splitlines()
    for block in blocks(text):
        for number in range(block.line - 2, block.line + len(block.lines)):
            lines[number] = ""
    return [_CODE_SPAN.sub("", line) for line in lines]


def links(text: str) -> Iterator[tuple[int, str]]:
    """(line number, target) of every link and picture; the line is the one its target stands on."""
    plain = "\n".join(prose(text))
    for pattern in (_LINK, _REFERENCE, _HTML_LINK):
        for found in pattern.finditer(plain):
            yield plain.count("\n", 0, found.start(1)) + 1, found[1]


def anchors(text: str) -> set[str]:
    """What `#...` may name in a page, as GitHub makes it from headings."""
    plain = text.splitlines()
    known: set[str] = set()
    for number, line in enumerate(prose(text)):
        if not _HEADING.match(line):
            continue
        heading = _HEADING.match(plain[number])
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1] if heading else "")
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        known.add(next(name for name in _numbered(slug) if name not in known))
    return known


def broken_links(page: Path, root: Path) -> list[str]:
    """`file:line: target` for every relative link that leads nowhere. Addresses of other hosts are not asked."""
    text = page.read_text()
    broken = []
    for line, target in links(text):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        aim = page if not parts.path else page.parent / unquote(parts.path)
        there = aim.exists() and aim.resolve().is_relative_to(root)
        if there and parts.fragment and aim.suffix == ".md":
            there = unquote(parts.fragment) in anchors(aim.read_text())
        if not there:
            broken.append(f"{page.relative_to(root)}:{line}: {target}")
    return broken


def _numbered(slug: str) -> Iterator[str]:
    yield slug
    number = 0
    while True:
        number += 1
        yield f"{slug}-{number}"
