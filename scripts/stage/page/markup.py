"""HTML and SVG as strings. Whatever is not `Html` already is escaped on the way in."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from scripts.stage.figures import Currency, plain

VOID: Final = {"br", "meta", "rect", "line", "path", "circle"}
"""Elements that are written without an end tag when they have no children; in SVG, closed."""
SVG_VOID: Final = VOID - {"br", "meta"}


class Html(str):
    """Markup that is safe to put into the page."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]
Attribute = str | int | float | bool | None


def el(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """An element. `class_` is class, other underscores are hyphens; None and False leave an attribute out."""
    written = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    inner = join(*children)
    if not inner and name in VOID:
        return Html(f"<{name}{written}{'/' if name in SVG_VOID else ''}>")
    return Html(f"<{name}{written}>{inner}</{name}>")


def join(*children: Child) -> Html:
    """Children one after the other, escaped where they are plain."""
    return Html("".join(_text(child) for child in children))


def _text(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str | int):
        return escape(plain(child))
    return "".join(_text(one) for one in child)


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    if isinstance(value, float):
        value = f"{value:.2f}".rstrip("0").rstrip(".")
    return f' {name}="{escape(plain(value))}"'


def amount(value: int, currency: Currency) -> Html:
    """An exact amount whose digits beyond the cent step back."""
    read, tail = currency.parts(value)
    return el("span", read, el("span", tail, class_="tail") if tail else None, class_="amount")


def name(text: object) -> Html:
    """Somebody's own name for something: its writing direction stays inside."""
    return el("bdi", str(text))


def swatch(kind: str) -> Html:
    """The colour and pattern a chart uses for `kind`."""
    return el(
        "svg", el("rect", width=14, height=14, class_=kind), class_="swatch", viewBox="0 0 14 14", aria_hidden="true"
    )


def table(
    caption: str, heads: list[tuple[Child, str]], rows: list[list[Child]], foot: list[Child] | None = None
) -> Html:
    """A table whose rows become blocks on a phone; the first cell names its row.

    heads: titles and classes; `num` is set right, `whole` gets a line of its own on a phone.
    The roles repeat what the elements say, because a browser forgets it once CSS lays them out as blocks.
    """
    titles = [el("th", title, class_=kind or None, scope="col", role="columnheader") for title, kind in heads]
    body = [_row(heads, row) for row in rows]
    return el(
        "table",
        el("caption", caption),
        el("thead", el("tr", titles, role="row"), role="rowgroup"),
        el("tbody", body, role="rowgroup"),
        el("tfoot", _row(heads, foot), role="rowgroup") if foot else None,
        role="table",
    )


def _row(heads: list[tuple[Child, str]], cells: list[Child]) -> Html:
    first, *others = cells
    kinds = [kind or None for _, kind in heads]
    labels = [title for title, _ in heads]
    return el(
        "tr",
        el("th", first, class_=kinds[0], scope="row", role="rowheader"),
        [
            el("td", el("span", label, class_="label", aria_hidden="true"), el("span", cell), class_=kind, role="cell")
            for cell, kind, label in zip(others, kinds[1:], labels[1:], strict=True)
        ],
        role="row",
    )
