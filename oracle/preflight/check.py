"""The whole pre-flight, row by row, in the order in which an operator would mend things."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from oracle.chain.deployment import Deployment, load_deployment
from oracle.chain.errors import BadDeployment, ChainError
from oracle.chain.view import Block, OracleConfig
from oracle.chain.web3_view import Web3View
from oracle.domain.report import Domain
from oracle.exchange.fetch import Fetcher
from oracle.keys import KeyFault, PasswordFileUnusable, configured_address, open_signer
from oracle.node.rounds import schedule_of
from oracle.preflight import chain, local
from oracle.preflight.database import database_row
from oracle.preflight.finding import Finding, Outcome, failed, passed, skipped
from oracle.preflight.peers import address_of, peer_rows
from oracle.preflight.sites import Moment, site_rows
from oracle.settings import KeySettings, Settings, SettingsError, load_settings


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the chain's rows found out that later rows need."""

    rpc: chain.Rpc
    head: Block
    config: OracleConfig
    view: Web3View


class Preflight:
    """Looks at everything one configuration names. `clock` gives Unix seconds.

    Nothing is changed: no file but in a temporary folder, no transaction, no signature.
    """

    def __init__(self, config: Path, fetcher: Fetcher, clock: Callable[[], float]) -> None:
        self._path = config
        self._fetcher = fetcher
        self._clock = clock

    def rows(self) -> Iterator[Finding]:
        """Every row, as soon as it is known."""
        try:
            settings = load_settings(self._path)
            deployment = load_deployment(settings.chain.deployment)
        except SettingsError as error:
            yield failed("configuration", str(error), "edit it; examples/node.toml shows every setting")
            return
        except BadDeployment as error:
            yield failed("configuration", str(error), "name the deployer's file as `deployment` in [chain]")
            return
        yield passed("configuration", f"{self._path} for chain {deployment.chain_id}")
        yield from self._keys(settings)
        seen: _Seen | None = None
        for row in self._chain(settings, deployment):
            if isinstance(row, _Seen):
                seen = row
            else:
                yield row
        yield from self._machine(settings, deployment, seen)
        if seen is not None:
            yield from self._others(settings, seen)

    # ------------------------------------------------------------------ keys

    def _keys(self, settings: Settings) -> Iterator[Finding]:
        modes = local.modes_row(self._path, settings)
        yield modes
        for check, key in (("signing key", settings.signing_key), ("gas key", settings.gas_key)):
            yield self._key(check, key, modes.outcome is Outcome.PASS)

    def _key(self, check: str, key: KeySettings, modes_are_right: bool) -> Finding:
        try:
            return passed(check, f"{open_signer(key, self._fetcher).address} can sign")
        except PasswordFileUnusable as error:
            if not modes_are_right:
                return skipped(check, "file modes")
            return failed(check, str(error), "correct `password_file`, or write the password into it")
        except KeyFault as error:
            return failed(check, str(error), f"correct [{check.replace(' ', '_')}]")

    # ------------------------------------------------------------------ chain

    def _chain(self, settings: Settings, deployment: Deployment) -> Iterator[Finding | _Seen]:
        skew = settings.node.max_skew_s
        rpcs = chain.look_at_rpcs(settings.chain.rpc_urls, deployment, self._fetcher)
        yield from chain.rpc_rows(rpcs, skew)
        sound = [(rpc.head.timestamp, rpc, rpc.head) for rpc in rpcs if rpc.head is not None]
        if not sound:
            for check in ("contracts", "machine clock", "metric definitions", "place in the set", "gas money", "bond"):
                yield skipped(check, "RPC 1")
            return
        _, best, head = max(sound, key=lambda found: found[0])
        contracts = chain.contracts_row(best.w3, deployment)
        yield contracts
        if settings.node.clock == "chain":
            yield local.chain_clock_row(deployment.chain_id)
        else:
            yield chain.clock_row(head, self._clock(), skew)
        if contracts.outcome is not Outcome.PASS:
            for check in ("metric definitions", "place in the set", "gas money", "bond"):
                yield skipped(check, "contracts")
            return
        view = Web3View(best.w3, deployment)
        try:
            config = view.config()
        except ChainError as error:
            yield failed("node set", str(error), "run the check again; if it stays, use another RPC")
            return
        yield chain.definitions_row(best.w3, deployment, head, config)
        signing, gas = _address(settings.signing_key), _address(settings.gas_key)
        if signing is not None and gas is not None:
            yield local.two_keys_row(signing, gas, [node.cold for node in config.nodes])
        if signing is not None:
            yield chain.place_row(config, signing, head)
            mine = chain.my_node(config, signing)
            yield (
                skipped("bond", "place in the set") if mine is None else chain.bond_row(best.w3, deployment, mine.cold)
            )
        if gas is not None:
            yield chain.gas_row(best.w3, gas)
        yield _Seen(best, head, config, view)

    # ------------------------------------------------------------------ this machine

    def _machine(self, settings: Settings, deployment: Deployment, seen: _Seen | None) -> Iterator[Finding]:
        host, port = settings.node.address
        signing = _address(settings.signing_key)
        mine_runs = port != 0 and signing is not None and address_of(self._fetcher, host, port) == signing
        place = settings.node.database
        owner = {"chain": str(deployment.chain_id), "contract": deployment.contracts.meter_oracle.address.lower()}
        mine = chain.my_node(seen.config, signing) if seen is not None and signing is not None else None
        if mine is not None:
            owner["node"] = mine.cold.lower()
        yield database_row(place, owner, mine_runs)
        if not place.startswith("postgresql://"):
            folder = next(local.existing_parents(Path(place)))
            yield local.disk_row(folder)
        yield local.listen_row(host, port, mine_runs)

    # ------------------------------------------------------------------ peers and sites

    def _others(self, settings: Settings, seen: _Seen) -> Iterator[Finding]:
        signing = _address(settings.signing_key)
        mine = chain.my_node(seen.config, signing) if signing is not None else None
        me = None if mine is None else seen.config.nodes.index(mine)
        by_chain = settings.node.clock == "chain"
        now = None if by_chain else self._clock()
        yield from peer_rows(seen.config, me, settings.peers, self._fetcher, now, settings.node.max_skew_s)
        moment = int(seen.head.timestamp if now is None else now)
        epoch = max(0, (moment - seen.config.genesis) // seen.config.epoch_length)
        try:
            meters = seen.view.meters(seen.head)
        except ChainError as error:
            yield failed("meters", str(error), "run the check again; if it stays, use another RPC")
            return
        config = seen.config
        domain = Domain(config.chain_id, config.oracle)
        when = Moment(moment, epoch, config.epoch_length, config.observation_delay, domain, schedule_of(config))
        yield from site_rows(settings.sites, meters, self._fetcher, when)


def worst(rows: Sequence[Finding]) -> Outcome:
    """FAIL when any row failed, else WARN when any warns, else PASS."""
    outcomes = {row.outcome for row in rows}
    return next((outcome for outcome in (Outcome.FAIL, Outcome.WARN) if outcome in outcomes), Outcome.PASS)


def _address(key: KeySettings) -> str | None:
    try:
        return configured_address(key)
    except KeyFault:
        return None  # its own row says so
