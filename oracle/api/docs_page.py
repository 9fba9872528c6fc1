"""The OpenAPI description as one page of plain HTML: no script, nothing fetched from anywhere."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--ink:#0a6b5d}
@media(prefers-color-scheme:dark){:root{--ink:#5fd0bd}}
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{margin:0}h2{margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line)}h3{margin:0;font-size:1rem}
code,.path{font-family:ui-monospace,monospace;font-size:.92em}.path{font-weight:600}
.get,.post{display:inline-block;min-width:3rem;color:var(--ink);font-weight:700}
article{margin:1rem 0;padding:.8rem 1rem;border:1px solid var(--line);border-radius:.5rem}article p{margin:.3rem 0}
table{border-collapse:collapse;width:100%;margin:.4rem 0}th{text-align:left;font-weight:600}
td,th{padding:.25rem .6rem .25rem 0;border-top:1px solid var(--line);vertical-align:top}
td:first-child{white-space:nowrap;width:20%}td:nth-child(2){width:35%}summary{cursor:pointer}a{color:var(--ink)}.soft{opacity:.75}
.scroll{overflow-x:auto}
"""
BEYOND = (1 << 53) - 1
"""Where a number is only kept to what JavaScript can count to, the limit says nothing to a reader."""
HEALTH = ("/livez", "/readyz", "/status", "/metrics")
METHODS = ("get", "post", "put", "patch", "delete")


def docs_page(openapi: Mapping[str, Any]) -> str:
    """The page for an OpenAPI description."""
    schemas = openapi.get("components", {}).get("schemas", {})
    tags: dict[str, list[str]] = {}
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method in item:
                tag = "Health" if path in HEALTH else (item[method].get("tags") or ["Between nodes"])[0]
                tags.setdefault(tag, []).append(_operation(method, path, item[method]))
    order = sorted(tags, key=lambda tag: (tag != "Public", tag != "Health", tag))
    body = "".join(f"<section><h2>{escape(tag)}</h2>{''.join(tags[tag])}</section>" for tag in order)
    models = "".join(_model(name, schemas[name]) for name in sorted(schemas))
    info = openapi["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}: API</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])}</h1><p>{_prose(info.get('description', ''))}</p>"
        '<p>For programs: <a href="/openapi.json">/openapi.json</a></p>'
        f"{body}<section><h2>Answers</h2>{models}</section></main></body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    told = operation.get("description") or operation.get("summary", "")
    answers = "".join(_answer(status, answer) for status, answer in operation.get("responses", {}).items())
    return (
        f'<article><h3><span class="{method}">{method.upper()}</span> <span class="path">{escape(path)}</span></h3>'
        f"<p>{_prose(told)}</p>{_parameters(operation.get('parameters', []))}"
        f"<details><summary>Answers{_gives(operation)}</summary><table>{answers}</table></details></article>"
    )


def _gives(operation: Mapping[str, Any]) -> str:
    """The model of the answer that was asked for, where there is one."""
    contents = operation.get("responses", {}).get("200", {}).get("content", {}).values()
    kinds = [_kind(content["schema"]) for content in contents if "$ref" in content.get("schema", {})]
    return f" with {kinds[0]}" if kinds else ""


def _parameters(parameters: list[Mapping[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        _row(
            f"<code>{escape(given['name'])}</code>",
            _kind(given.get("schema", {})),
            _prose(given.get("description", "")),
        )
        for given in parameters
    )
    return f'<div class="scroll"><table><tr><th>Parameter</th><th>Is</th><th></th></tr>{rows}</table></div>'


def _answer(status: str, answer: Mapping[str, Any]) -> str:
    kinds = {_kind(content.get("schema", {})) for content in answer.get("content", {}).values()}
    return _row(escape(status), ", ".join(sorted(kinds)), _prose(answer["description"]))


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _model(name: str, schema: Mapping[str, Any]) -> str:
    rows = "".join(
        _row(f"<code>{escape(field)}</code>", _kind(given), _prose(given.get("description", "")))
        for field, given in schema.get("properties", {}).items()
    )
    return (
        f'<article id="{escape(name)}"><h3>{escape(name)}</h3><p>{_prose(schema.get("description", ""))}</p>'
        f'<div class="scroll"><table>{rows}</table></div></article>'
    )


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rsplit("/", 1)[1])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    return escape(" ".join(_limits(schema))) or "anything"


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    if "type" in schema:
        yield str(schema["type"])
    least, most, default = (schema.get(name) for name in ("minimum", "maximum", "default"))
    if least is not None:
        yield f"from {least}" if most in (None, BEYOND) else f"{least} to {most}"
    if default not in (None, BEYOND):
        yield f"(without it {default})"
    if "pattern" in schema:
        yield f"like {schema['pattern']}"


def _prose(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text)).replace("\n\n", "<br>")
