"""Deploys and wires every contract, and writes where they are to deployments/<chain-id>.json.

    brownie run deploy main examples/deploy.toml --network anvil

A second run changes nothing and says so; a run that was interrupted goes on where it stopped. A chain that is not a
local one needs its id repeated as a confirmation: `brownie run deploy main my.toml 8453 --network base`.

A node names its signing key itself. On a local chain the script does it with the nodes' unlocked accounts; elsewhere it
stops once all is deployed, says which nodes have not joined, and goes on when it is run again.
"""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from brownie import accounts, chain, network, web3
from eth_utils.crypto import keccak
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oracle.chain.deployment import Address
from scripts.chain import LOCAL_CHAINS, ROOT, load_project, quiet

ADMIN, ISSUER, GUARDIAN = 0, 1, 2
"""Roles of the Authority; see contracts/governance/Authority.sol."""

ROLE_OF = {
    ("StablecoinRegistry", "list"): ISSUER,
    ("StablecoinRegistry", "delist"): ISSUER,
    ("StablecoinRegistry", "resume"): ISSUER,
    ("StablecoinRegistry", "halt"): GUARDIAN,
    ("FleetRegistry", "list"): ISSUER,
    ("FleetRegistry", "delist"): GUARDIAN,
    ("NodeSet", "configure"): ISSUER,
    ("RevenueFactory", "create"): ISSUER,
}
"""Which role may call each administrated function."""


DAY_S = 86_400


class DeployError(Exception):
    """A deployment that must not go on; the message says what to do."""


class NodesMissing(DeployError):
    """All is deployed, and nodes must join before it can be configured and handed over."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clock(_Part):
    """The oracle's clock, seconds. Without a genesis it is the newest block's time, rounded down to an epoch."""

    genesis: Annotated[int, Field(gt=0)] | None = None
    epoch_length: Annotated[int, Field(gt=0)] = 3600
    observation_delay: Annotated[int, Field(ge=0)] = 7200
    dispute_window: Annotated[int, Field(ge=0)] = 21_600


class Roles(_Part):
    """Who ends up with what. What issuer and owner do waits `delay` seconds between being announced on-chain and being
    carried out, so that people can leave first; on a public chain at least a day. The reserve gets what of a slashed
    node's bond its challenger does not; it can never be changed."""

    owner: Address
    issuer: Address
    guardian: Address
    reserve: Address
    delay: Annotated[int, Field(ge=0)] = 0


class Node(_Part):
    """A metering node's identity. With a signing key the script lets it join, on a local chain that has unlocked its
    account; elsewhere the node joins by itself."""

    cold: Address
    hot: Address | None = None


class Stablecoin(_Part):
    """A token to list. Without an address a TestUSD owned by the owner is deployed, on a local chain only."""

    token: Address | None = None
    issuer: str


class DeployConfig(_Part):
    """What examples/deploy.toml holds. `account` is a brownie account id; on a local chain its first account
    deploys."""

    account: str | None = None
    metrics: Path = Path("docs/metering.md")
    clock: Clock = Clock()
    roles: Roles
    nodes: list[Node]
    stablecoins: list[Stablecoin]


def load_config(path: Path) -> DeployConfig:
    """Reads a deployment's configuration. Raises DeployError with every fault named."""
    try:
        return DeployConfig.model_validate(tomllib.loads(path.read_text()))
    except OSError as error:
        raise DeployError(
            f"cannot read {path} ({error.strerror}): give a configuration like examples/deploy.toml"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise DeployError(f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise DeployError(f"{path}: {faults}") from None


class Deployer:
    """Deploys what is missing and remembers it in the file at once, so that an interrupted run can go on."""

    def __init__(self, config: DeployConfig, file: Path, say: Callable[[str], None]) -> None:
        self.config = config
        self.file = file
        self.say = say
        self.sender = accounts.load(config.account) if config.account else accounts[0]
        self.contracts_of = load_project()
        self.record = self._read()
        self.changes = 0

    def _read(self) -> dict[str, Any]:
        fresh = {
            "chainId": chain.id,
            "block": len(chain),
            "owner": self.config.roles.owner,
            "contracts": {},
            "stablecoins": [],
        }
        if not self.file.exists():
            return fresh
        record: dict[str, Any] = json.loads(self.file.read_text())
        gone = [
            name
            for name, known in record["contracts"].items()
            if self._code_hash(known["address"]) != known["codeHash"]
        ]
        if not gone:
            return record
        if chain.id in LOCAL_CHAINS:
            self.say(f"{self.file} is of an earlier local chain: deploying anew")
            return fresh
        raise DeployError(
            f"{self.file} names {', '.join(gone)} whose code is not on this chain: check the network and the file"
        )

    def _save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self.record, indent=2) + "\n")

    @staticmethod
    def _code_hash(address: str) -> str | None:
        code = bytes(web3.eth.get_code(address))
        return "0x" + keccak(code).hex() if code else None

    def contract(self, name: str, *arguments: Any, kind: str | None = None) -> Any:
        """The contract of that name in the file, or a new one made with `arguments`. `kind` is its Solidity name if
        another."""
        container = getattr(self.contracts_of, kind or name)
        known = self.record["contracts"].get(name)
        if known:
            return container.at(known["address"])
        with quiet():
            made = container.deploy(*arguments, {"from": self.sender})
        self.record["contracts"][name] = {
            "address": made.address,
            "codeHash": self._code_hash(made.address),
            "constructorArguments": list(arguments),
            "block": made.tx.block_number,
        }
        self._save()
        self.changed(f"deployed {name} at {made.address}")
        return made

    def made_by(self, maker: str, name: str, address: str) -> Any:
        """The contract of that name which the constructor of `maker` made at `address`, entered into the file."""
        if name not in self.record["contracts"]:
            code_hash = self._code_hash(address)
            made = {"address": address, "codeHash": code_hash, "constructorArguments": []}
            self.record["contracts"][name] = made | {"block": self.record["contracts"][maker]["block"]}
            self._save()
        return getattr(self.contracts_of, name).at(address)

    def ensure(self, done: bool, act: Callable[[], Any], what: str) -> None:
        """Sends a transaction unless the chain already says it is `done`."""
        if not done:
            with quiet():
                act()
            self.changed(what)

    def changed(self, what: str) -> None:
        self.changes += 1
        self.say(what)

    def genesis(self) -> int:
        """The oracle's genesis: the file's, the configuration's, or now."""
        known = self.record["contracts"].get("MeterOracle")
        if known:
            return int(known["constructorArguments"][1])
        clock = self.config.clock
        return clock.genesis or chain[-1].timestamp // clock.epoch_length * clock.epoch_length

    # ------------------------------------------------------------------ the steps

    def run(self) -> dict[str, Any]:
        """Deploys, wires, hands over. Returns the record that is in the file."""
        clock, roles = self.config.clock, self.config.roles
        authority = self.contract("Authority", self.sender.address)
        handed_over = not authority.hasRole(ADMIN, self.sender)[0]
        stablecoins = self.contract("StablecoinRegistry", authority.address)
        fleets = self.contract("FleetRegistry", authority.address)
        nodes = self.contract("NodeSet", authority.address, roles.reserve)
        bonds = self.made_by("NodeSet", "NodeBonds", nodes.bonds())
        oracle = self.contract(
            "MeterOracle",
            nodes.address,
            self.genesis(),
            clock.epoch_length,
            clock.observation_delay,
            clock.dispute_window,
        )
        self.made_by("MeterOracle", "ReportEvidence", oracle.evidence())
        leases = self.contract("CapacityLease", oracle.address, fleets.address, stablecoins.address, bonds.address)
        self.contract("RevenueFactory", authority.address, leases.address, fleets.address)
        self.contract("OracleFees", oracle.address, nodes.address)
        self.contract("PrimarySale", fleets.address, stablecoins.address)
        if not handed_over:
            self._wire(authority)
            self._list_stablecoins(authority, stablecoins)
            self._configure_nodes(authority, nodes, oracle)
            self._hand_over(authority, roles)
        self._save()
        return self.record

    def _wire(self, authority: Any) -> None:
        for (name, function), role in ROLE_OF.items():
            target = self.record["contracts"][name]["address"]
            selector = getattr(self.contracts_of, name).at(target).signatures[function]
            self.ensure(
                authority.getTargetFunctionRole(target, selector) == role,
                lambda target=target, selector=selector, role=role: authority.setTargetFunctionRole(
                    target, [selector], role, {"from": self.sender}
                ),
                f"{name}.{function} is for role {role}",
            )

    def _as_issuer(self, authority: Any) -> dict[str, Any]:
        """Transaction parameters of a deployer that is issuer for as long as it deploys."""
        if not authority.hasRole(ISSUER, self.sender)[0]:
            authority.grantRole(ISSUER, self.sender, 0, {"from": self.sender})
        return {"from": self.sender}

    def _configure_nodes(self, authority: Any, nodes: Any, oracle: Any) -> None:
        metrics = self.config.metrics if self.config.metrics.is_absolute() else ROOT / self.config.metrics
        if not metrics.exists():
            raise DeployError(f"no metric definitions at {metrics}: name the file the nodes meter by as `metrics`")
        metrics_hash = "0x" + keccak(metrics.read_bytes()).hex()
        members = [node.cold for node in self.config.nodes]
        if [node[0] for node in nodes.nodes()] == members:
            return
        self._join_nodes(nodes)
        self.ensure(
            False,
            lambda: nodes.configure(oracle.address, members, metrics_hash, self._as_issuer(authority)),
            f"configured {len(members)} nodes, metric definitions {metrics_hash[:10]}",
        )

    def _join_nodes(self, nodes: Any) -> None:
        """Lets nodes join whose accounts this chain has unlocked. Raises NodesMissing with those that must do it."""
        unlocked = set(web3.eth.accounts) if chain.id in LOCAL_CHAINS else set()
        missing = []
        for node in self.config.nodes:
            if nodes.isJoined(node.cold):
                continue
            if node.hot is None or node.cold not in unlocked:
                missing.append(node.cold)
                continue
            with quiet():
                nodes.join(node.hot, {"from": accounts.at(node.cold, force=True)})
            self.changed(f"node {node.cold} joined with the key {node.hot}")
        if missing:
            raise NodesMissing(
                f"all contracts are deployed (see {self.file}) and wait for nodes: {', '.join(missing)} have not "
                "joined. Each names its signing key itself, by `wellhead node join`; then run this command again. "
                "Until then the deployer keeps its roles"
            )

    def _list_stablecoins(self, authority: Any, registry: Any) -> None:
        for index, stablecoin in enumerate(self.config.stablecoins):
            token = stablecoin.token or self._test_usd(index)
            self.ensure(
                registry.listingOf(token)[1],
                lambda token=token, stablecoin=stablecoin: registry.list(
                    token, (stablecoin.issuer, "0x" + "00" * 20, 0, 0), self._as_issuer(authority)
                ),
                f"listed stablecoin {token} of {stablecoin.issuer}",
            )
            if token not in self.record["stablecoins"]:
                self.record["stablecoins"].append(token)
                self._save()

    def _test_usd(self, index: int) -> str:
        if chain.id not in LOCAL_CHAINS:
            raise DeployError(f"stablecoins[{index}] has no token: TestUSD is for local chains, name a real one")
        implementation = self.contract("TestUSDImplementation", kind="TestUSD")
        proxy = self.contract("TestUSD", implementation.address, self.config.roles.owner, kind="TestUSDProxy")
        return str(proxy.address)

    def _hand_over(self, authority: Any, roles: Roles) -> None:
        """Owner, issuer and guardian get their roles; the deployer keeps none, unless it is one of them."""
        for role, account, delay in (
            (GUARDIAN, roles.guardian, 0),
            (ISSUER, roles.issuer, roles.delay),
            (ADMIN, roles.owner, roles.delay),
        ):
            self.ensure(
                tuple(authority.hasRole(role, account)) == (True, delay),
                lambda role=role, account=account, delay=delay: authority.grantRole(
                    role, account, delay, {"from": self.sender}
                ),
                f"{account} has role {role}",
            )
        for role, keeper in ((ISSUER, roles.issuer), (ADMIN, roles.owner)):
            self.ensure(
                keeper == self.sender or not authority.hasRole(role, self.sender)[0],
                lambda role=role: authority.renounceRole(role, self.sender, {"from": self.sender}),
                f"the deployer gave up role {role}",
            )


def deploy(
    config: DeployConfig,
    confirmation: str = "",
    folder: Path = ROOT / "deployments",
    say: Callable[[str], None] = print,
) -> Path:
    """Deploys on the chain brownie is connected to. Returns the file. Raises DeployError before anything is sent."""
    if chain.id not in LOCAL_CHAINS and confirmation != str(chain.id):
        raise DeployError(
            f"chain {chain.id} is a public one: repeat its id after the configuration to deploy there "
            f"(brownie run deploy main CONFIG {chain.id} --network {network.show_active()})"
        )
    if chain.id not in LOCAL_CHAINS and config.roles.delay < DAY_S:
        raise DeployError(
            f"roles.delay is {config.roles.delay} s: on a public chain give people at least a day to leave"
        )
    file = folder / f"{chain.id}.json"
    deployer = Deployer(config, file, say)
    deployer.run()
    say(f"{deployer.changes} changes; {file}" if deployer.changes else f"nothing to do: {file} is deployed and wired")
    return file


def main(config: str = "examples/deploy.toml", confirmation: str = "") -> None:
    """The brownie entry point."""
    if chain.id in LOCAL_CHAINS:
        network.gas_price("3 gwei")  # brownie's own offer to a local chain is nothing, and Anvil has a base fee
    try:
        deploy(load_config(Path(config)), confirmation)
    except DeployError as error:
        raise SystemExit(f"deploy: {error}") from None
