"""A node's configuration as text, with a comment where the operator will look."""

import json
from collections.abc import Iterator
from pathlib import Path

from oracle.onboarding.plan import Plan
from oracle.settings import KeySettings, RemoteKeySettings


def render(plan: Plan, folder: Path, signing: KeySettings, gas: KeySettings) -> str:
    """The TOML of a plan, with paths relative to `folder`."""
    return "\n".join(_lines(plan, folder, signing, gas)) + "\n"


def _lines(plan: Plan, folder: Path, signing: KeySettings, gas: KeySettings) -> Iterator[str]:
    yield "# A metering node, by `wellhead init`. Paths are relative to this file; examples/node.toml explains all."
    yield ""
    yield "[chain]"
    yield f"rpc_urls = {json.dumps(list(plan.rpc_urls))}"
    yield 'deployment = "deployment.json"'
    yield ""
    yield "[node]"
    yield "# Where peers, keepers and the wallet app reach this node."
    yield f"listen = {json.dumps(plan.listen)}"
    yield "# One node, one database; keep it when the node moves: it knows what was signed."
    yield f"database = {json.dumps(plan.database)}"
    yield ""
    yield "# The hot key: `wellhead node join` or `rotate` names it in the set."
    yield from _key("signing_key", folder, signing)
    yield "# Pays for posting reports."
    yield from _key("gas_key", folder, gas)
    for cold, url in plan.peers:
        mark = "" if url else "# "
        yield from (f"{mark}[[peers]]", f"{mark}node = {json.dumps(cold)}")
        yield f"{mark}url = {json.dumps(url or 'http://where-it-listens:8547')}"
        yield ""
    for site in plan.sites:
        yield from ("[[sites]]", f"fleet = {site.fleet}")
        for name in ("kind", "url", "allocations_url", "inventory_url"):
            yield f"{name} = {json.dumps(getattr(site, name))}"
        yield ""
    for fleet in plan.open_fleets:
        yield from ("# [[sites]]", f"# fleet = {fleet}", '# kind = "dcgm"')
        yield '# url = "http://exporter:9400/metrics"'
        yield '# allocations_url = "http://site/allocations"'
        yield '# inventory_url = "http://site/inventories"'
        yield ""


def _key(section: str, folder: Path, key: KeySettings) -> Iterator[str]:
    yield f"[{section}]"
    if isinstance(key, RemoteKeySettings):
        yield f"signer_url = {json.dumps(key.signer_url)}"
        yield f"address = {json.dumps(key.address)}"
    else:
        yield f"keystore = {json.dumps(str(key.keystore.relative_to(folder)))}"
        yield f"password_file = {json.dumps(str(key.password_file.relative_to(folder)))}"
    yield ""
