"""What a new node's configuration is made of: what the operator gave, and what the chain says."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oracle.chain.deployment import Deployment, load_deployment
from oracle.chain.errors import WrongChain
from oracle.chain.rpc import connect, named_errors
from oracle.chain.web3_view import Web3View
from oracle.domain.errors import WellheadError
from oracle.domain.meters import FleetMeter
from oracle.exchange.fetch import Fetcher
from oracle.settings import address_of, http_of

Ask = Callable[[str, str], str]
"""A question and its default to the answer; the default without a terminal, or when nothing is said."""
_FLEET = re.compile("[0-9]{1,15}")
"""As a fleet's id is written, which has 48 bits."""


class AnswerMissing(WellheadError):
    """Something that must be known was not given, and there is nobody to ask."""


class BadAnswer(WellheadError):
    """An answer that cannot be."""


@dataclass(frozen=True, slots=True)
class Site:
    """How one fleet's site is reached."""

    fleet: int
    kind: str
    url: str
    allocations_url: str
    inventory_url: str


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says. `peers` are URLs by lower-case cold address, `sites` by fleet id."""

    deployment: Path | None = None
    rpc_urls: tuple[str, ...] = ()
    node: str = ""
    listen: str = "127.0.0.1:8547"
    database: str = "node.db"
    peers: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[int, Site] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything but the keys. A peer without a URL, or a fleet without a site, is written as a comment to fill in."""

    deployment: Deployment
    deployment_file: Path
    rpc_urls: tuple[str, ...]
    listen: str
    database: str
    peers: tuple[tuple[str, str], ...]
    sites: tuple[Site, ...]
    open_fleets: tuple[int, ...]

    @property
    def open_peers(self) -> tuple[str, ...]:
        """Cold addresses of the nodes whose URL is not known."""
        return tuple(cold for cold, url in self.peers if not url)


def make_plan(given: Given, ask: Ask, fetcher: Fetcher) -> Plan:
    """Asks for what is missing, reads the chain, and asks for what only the operator knows about what it found there.

    Raises AnswerMissing, BadAnswer, SettingsError, BadDeployment or ChainError.
    """
    file, rpc_urls = _must_haves(given, ask)
    deployment = load_deployment(file)
    w3 = connect(rpc_urls[0], fetcher)
    with named_errors():
        chain_id = w3.eth.chain_id
    if chain_id != deployment.chain_id:
        raise WrongChain(
            f"the RPC serves chain {chain_id}, the deployment is on chain {deployment.chain_id}: "
            "give an RPC of that chain"
        )
    view = Web3View(w3, deployment)
    colds = [node.cold for node in view.config().nodes]
    fleets = view.meters(view.head()).fleets
    node = given.node or ask("This node's cold address, empty while it has none in the set", "")
    return Plan(
        deployment=deployment,
        deployment_file=file,
        rpc_urls=rpc_urls,
        listen=given.listen,
        database=given.database,
        peers=_peers(colds, node, given.peers, ask),
        sites=(sites := _sites(fleets, given.sites, ask)),
        open_fleets=tuple(fleet.fleet_id for fleet in fleets if fleet.fleet_id not in {site.fleet for site in sites}),
    )


def site_of(text: str) -> Site:
    """The site in `FLEET=KIND,URL,ALLOCATIONS,INVENTORY`. Raises BadAnswer, or SettingsError for an address."""
    fleet, _, rest = text.partition("=")
    kind, *urls = (part.strip() for part in rest.split(","))
    if not _FLEET.fullmatch(fleet.strip()) or not kind or len(urls) != 3 or not all(urls):
        raise BadAnswer(
            f"--site {text}: write FLEET=KIND,URL,ALLOCATIONS,INVENTORY, the last two where their bodies are served"
        )
    names = ("URL", "ALLOCATIONS", "INVENTORY")
    return Site(
        int(fleet),
        kind,
        *(http_of(url, f"{name} of --site {int(fleet)}") for name, url in zip(names, urls, strict=True)),
    )


def peer_of(text: str) -> tuple[str, str]:
    """The lower-case cold address and the URL in `ADDRESS=URL`. Raises BadAnswer, or SettingsError for either."""
    cold, _, url = text.partition("=")
    if not url.strip():
        raise BadAnswer(f"--peer {text}: write ADDRESS=URL, its cold address and where it listens")
    address = address_of(cold, "--peer")
    return address.lower(), http_of(url, f"--peer {address}")


def _must_haves(given: Given, ask: Ask) -> tuple[Path, tuple[str, ...]]:
    """The deployment file and the RPCs."""
    deployment = given.deployment
    if deployment is None:
        told = ask("The deployment file, deployments/<chain-id>.json", "")
        if not told:
            raise AnswerMissing("give the deployer's file: --deployment deployments/<chain-id>.json")
        deployment = Path(told).expanduser()
    asked = "" if given.rpc_urls else ask("RPCs of that chain, separated by blanks; three are better than one", "")
    urls = given.rpc_urls or tuple(asked.split())
    if not urls:
        raise AnswerMissing("give at least one RPC of the chain: --rpc http://127.0.0.1:8545")
    return deployment, tuple(http_of(url, f"RPC {place}") for place, url in enumerate(urls, 1))


def _peers(colds: Sequence[str], node: str, known: Mapping[str, str], ask: Ask) -> tuple[tuple[str, str], ...]:
    mine = address_of(node, "--node, the cold address").lower() if node else ""
    strangers = set(known) - {cold.lower() for cold in colds}
    if strangers:
        raise BadAnswer(f"--peer {_all(sorted(strangers))}: no node of the set; its cold addresses are {_all(colds)}")
    return tuple(
        (cold, known.get(cold.lower()) or ask(f"Where node {index}, {cold}, listens (empty: not known yet)", ""))
        for index, cold in enumerate(colds)
        if cold.lower() != mine
    )


def _sites(fleets: Sequence[FleetMeter], known: Mapping[int, Site], ask: Ask) -> tuple[Site, ...]:
    strangers = set(known) - {fleet.fleet_id for fleet in fleets}
    if strangers:
        listed = _all(fleet.fleet_id for fleet in fleets)
        raise BadAnswer(f"--site {_all(sorted(strangers))}: no listed fleet; listed are {listed}")
    found = []
    for fleet in fleets:
        site = known.get(fleet.fleet_id)
        if site is None:
            url = ask(f"Telemetry of fleet {fleet.fleet_id}, {fleet.units} GPUs (empty: not known yet)", "")
            if not url:
                continue
            site = Site(
                fleet.fleet_id,
                ask("  its kind, as in examples/node.toml", "dcgm"),
                url,
                ask("  where its allocation bodies are served", ""),
                ask("  where its inventory lists are served", ""),
            )
        found.append(site)
    return tuple(found)


def _all(values: Iterable[object]) -> str:
    return ", ".join(map(str, values)) or "none"
