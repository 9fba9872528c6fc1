"""The chain side of a pre-flight: RPCs, contracts, metric definitions, the node's place in the set, gas and bond."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eth_typing import BlockNumber
from web3 import Web3
from web3.types import FilterParams

from oracle import abi
from oracle.chain.codec import EventCodec
from oracle.chain.deployment import Deployment, check_deployment
from oracle.chain.errors import ChainError
from oracle.chain.event_log import EventLog
from oracle.chain.rpc import call, connect, contract, named_errors, read_block
from oracle.chain.view import Block, NodeKeys, OracleConfig
from oracle.exchange.fetch import Fetcher
from oracle.metering.definitions import definitions_hash
from oracle.preflight.finding import Finding, failed, passed, warned

GAS_A_REPORT = 150_000
"""What posting a report may cost, in gas: the first lap of the ring with 16 nodes, and some room."""
REPORTS_LEAST, REPORTS_ENOUGH = 24, 500
"""Of an hour each, all posted by this node: a day, and three weeks."""


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC of the configuration, by its place there from 1, and its head if it answers as it should."""

    number: int
    url: str
    w3: Web3
    head: Block | None
    fault: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The row it is shown in."""
        return f"RPC {self.number}"


def look_at_rpcs(urls: Sequence[str], deployment: Deployment, fetcher: Fetcher) -> list[Rpc]:
    """Asks every RPC for its chain, its head and its memory of the deployment's first block."""
    return [_look_at_rpc(number, url, deployment, fetcher) for number, url in enumerate(urls, 1)]


def _look_at_rpc(number: int, url: str, deployment: Deployment, fetcher: Fetcher) -> Rpc:
    w3 = connect(url, fetcher)
    try:
        with named_errors():
            chain_id = w3.eth.chain_id
        if chain_id != deployment.chain_id:
            seen = f"serves chain {chain_id}, the deployment is on chain {deployment.chain_id}"
            return Rpc(number, url, w3, None, (seen, "give an RPC of the deployment's chain in [chain] rpc_urls"))
        head = read_block(w3, "latest")
    except ChainError as error:
        return Rpc(number, url, w3, None, (str(error), "correct the address in [chain] rpc_urls, or its provider"))
    if not _remembers(w3, deployment):
        seen = f"has no logs of block {deployment.contracts.authority.block}, where the deployment begins"
        return Rpc(number, url, w3, None, (seen, "use a node that keeps all logs: a pruned one cannot know the meters"))
    return Rpc(number, url, w3, head)


def _remembers(w3: Web3, deployment: Deployment) -> bool:
    """Whether the RPC has the log by which the first contract names its admin. A pruned node refuses, or has none."""
    first = deployment.contracts.authority
    block = BlockNumber(first.block)
    try:
        with named_errors():
            wanted = FilterParams(address=Web3.to_checksum_address(first.address), fromBlock=block, toBlock=block)
            return bool(w3.eth.get_logs(wanted))
    except ChainError:
        return False


def rpc_rows(rpcs: Sequence[Rpc], max_skew_s: int) -> Iterator[Finding]:
    """A row for each RPC. One whose head lies `max_skew_s` behind the newest is stale."""
    newest = max((rpc.head.timestamp for rpc in rpcs if rpc.head is not None), default=0)
    for rpc in rpcs:
        if rpc.fault is not None or rpc.head is None:
            seen, todo = rpc.fault or ("does not answer", "correct the address in [chain] rpc_urls")
            yield failed(rpc.name, f"{_host(rpc.url)} {seen}", todo)
        elif newest - rpc.head.timestamp > max_skew_s:
            behind = newest - rpc.head.timestamp
            seen = f"{_host(rpc.url)} is {behind} s behind the newest head of the others"
            yield failed(rpc.name, seen, "ask its provider, or take it out of [chain] rpc_urls")
        else:
            yield passed(rpc.name, f"{_host(rpc.url)}, block {rpc.head.number}, with logs since the deployment")


def _host(url: str) -> str:
    # Its path may hold a provider's key.
    return url.split("/", 3)[2].rpartition("@")[2]


def clock_row(head: Block, now: float, max_skew_s: int) -> Finding:
    """This machine's clock against the newest head. A chain's newest block may be a few seconds old."""
    off = round(now - head.timestamp)
    if abs(off) > max_skew_s:
        seen = f"{abs(off)} s {'ahead of' if off > 0 else 'behind'} the chain's newest block ({max_skew_s} s allowed)"
        return failed("machine clock", seen, "set the clock by NTP; if it is right, all RPCs are behind the chain")
    return passed("machine clock", f"{abs(off)} s {'ahead of' if off >= 0 else 'behind'} the chain's newest block")


def contracts_row(w3: Web3, deployment: Deployment) -> Finding:
    """Whether the code at every address is the one that was deployed."""
    try:
        check_deployment(w3, deployment)
    except ChainError as error:
        return failed("contracts", str(error), "use the deployments/<chain-id>.json the deployer published")
    count = len(type(deployment.contracts).model_fields)
    return passed("contracts", f"the code of all {count} is what was deployed")


def definitions_row(w3: Web3, deployment: Deployment, head: Block, config: OracleConfig) -> Finding:
    """Whether the definitions this package meters by are those the config digest binds."""
    check = "metric definitions"
    node_set = deployment.contracts.node_set
    source = {node_set.address: EventCodec("INodeSet", ["NodeSetConfigured"])}
    try:
        configured = EventLog(w3, node_set.block, source).up_to(head)
    except ChainError as error:
        return failed(check, str(error), "run the check again; if it stays, use another RPC")
    current = next((e for e in reversed(configured) if e.arguments["configDigest"] == config.config_digest), None)
    if current is None:
        return failed(check, "no node set was ever configured", "wait until the issuer has configured one")
    wanted, mine = bytes(current.arguments["metricsHash"]), definitions_hash()
    if wanted != mine:
        seen = f"the set meters by 0x{wanted.hex()[:16]}..., this package by 0x{mine.hex()[:16]}..."
        return failed(check, seen, "install the release of wellhead whose docs/metering.md the set is configured with")
    return passed(check, f"0x{mine.hex()[:16]}..., as the config digest binds")


def my_node(config: OracleConfig, address: str) -> NodeKeys | None:
    """The node whose key, now, before or from a coming epoch on, `address` is."""
    return next((node for node in config.nodes if address in (node.hot, node.previous_hot)), None)


def place_row(config: OracleConfig, address: str, head: Block) -> Finding:
    """Whether the signing key is the hot key of a node of the set, and in force."""
    check = "place in the set"
    epoch = max(0, (head.timestamp - config.genesis) // config.epoch_length)
    for index, node in enumerate(config.nodes):
        if node.signer(epoch) == address:
            retires = node.signer(epoch + 2) != address
            if retires:
                todo = f"take {node.hot} for [signing_key] by epoch {node.hot_from}"
                return warned(check, f"{address} signs for node {index} only before epoch {node.hot_from}", todo)
            return passed(check, f"{address} signs for node {index} of {len(config.nodes)}, cold key {node.cold}")
        if node.hot == address:
            todo = "wait until then; the key before it signs until then"
            return warned(check, f"{address} signs for node {index} from epoch {node.hot_from} on", todo)
    todo = "`wellhead node join` or `rotate` with this key, or name the right keystore in [signing_key]"
    return failed(check, f"{address} signs for none of the {len(config.nodes)} nodes", todo)


def gas_row(w3: Web3, address: str) -> Finding:
    """For how many reports the gas key's money lasts, at twice the present gas price."""
    try:
        with named_errors():
            balance = int(w3.eth.get_balance(Web3.to_checksum_address(address)))
            price = max(1, int(w3.eth.gas_price))
    except ChainError as error:
        return failed("gas money", str(error), "run the check again; if it stays, use another RPC")
    reports = balance // (2 * price * GAS_A_REPORT)
    ether = f"{balance / 10**18:.6f}".rstrip("0").rstrip(".")
    seen = f"{address} has {ether} ether, {reports:,} reports at twice the present price"
    todo = f"send it {-(-REPORTS_ENOUGH * 2 * price * GAS_A_REPORT // 10**12) / 10**6:.6f} ether or more"
    if reports < REPORTS_LEAST:
        return failed("gas money", seen, todo)
    return warned("gas money", seen, todo) if reports < REPORTS_ENOUGH else passed("gas money", seen)


def bond_row(w3: Web3, deployment: Deployment, cold: str) -> Finding:
    """What the node has at stake. Without a bond it signs, but stands behind no lease's escrow."""
    if "INodeBonds" not in abi.INTERFACES:
        return passed("bond", "this deployment's nodes post none")
    try:
        node_set = contract(w3, "INodeSet", deployment.contracts.node_set.address)
        bonds = contract(w3, "INodeBonds", call(node_set.functions.bonds()))
        bonded = {token: call(bonds.functions.bondOf(cold, token))[0] for token in deployment.stablecoins}
    except ChainError as error:
        return failed("bond", str(error), "run the check again; if it stays, use another RPC")
    posted = [f"{amount} of {token}" for token, amount in bonded.items() if amount]
    if not posted:
        return warned("bond", f"{cold} has none in any listed stablecoin", "`wellhead node bond`: see docs/operator.md")
    return passed("bond", ", ".join(posted))
