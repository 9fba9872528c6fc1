"""A chain for tests: Anvil on a free port, the whole stack deployed from the forge build, and time moved at will."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.abi import function_abi_to_4byte_selector
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3
from web3.contract.contract import Contract, ContractFunction
from web3.types import RPCEndpoint, TxParams, TxReceipt, Wei

ROOT = Path(__file__).resolve().parents[2]
ANVIL = ROOT / "node_modules" / ".bin" / "anvil"
ARTIFACTS = ROOT / "build" / "forge"

START = 1_767_225_600
"""Where a test chain's clock starts: 2026-01-01 00:00 UTC, a multiple of any epoch length."""

HOUR = 3600
ISSUER, GUARDIAN = 1, 2
NODE_BOND = 1 << 94
"""What each node of `deploy_stack` bonds of the test USD, in smallest units: more than any test leases, and no more
than what a whole quorum can be slashed of."""


@dataclass(frozen=True)
class Chain:
    """A running Anvil."""

    url: str
    w3: Web3


@contextmanager
def anvil(timestamp: int = START, *arguments: str) -> Iterator[Chain]:
    """Anvil on a free port until the `with` ends: Shanghai, chain 31337, ten funded accounts, a block a transaction."""
    if not ANVIL.exists() or not ARTIFACTS.exists():
        raise RuntimeError(f"{ANVIL} or {ARTIFACTS} is missing: run `make setup`")
    command = [str(ANVIL), "--port", "0", "--hardfork", "shanghai", "--timestamp", str(timestamp), *arguments]
    with (
        # Old states are gigabytes in some tests, and Anvil leaves them behind.
        TemporaryDirectory(prefix="anvil-", dir=ROOT / "build") as folder,
        (Path(folder) / "anvil.log").open("w+") as log,
        subprocess.Popen([*command, "--cache-path", folder], stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            url = _listening(process, Path(log.name))
            yield Chain(url, web3_at(url))
        finally:
            process.terminate()


def web3_at(url: str) -> Web3:
    """A test's own way to a chain: not through the code under test, and asking no more than it has to."""
    session = requests.Session()
    session.trust_env = False  # looking for proxies in the environment takes as long as Anvil's answer
    chain_id = {RPCEndpoint("eth_chainId")}
    return Web3(
        HTTPProvider(url, {"timeout": 30}, session=session, cache_allowed_requests=True, cacheable_requests=chain_id)
    )


def _listening(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address Anvil says it listens on."""
    while process.poll() is None:
        found = re.search(r"^Listening on (\S+)$", log.read_text(), re.MULTILINE)
        if found:
            return f"http://{found[1]}"
        time.sleep(0.02)
    raise RuntimeError(f"Anvil ended before it listened:\n{log.read_text()}")


def rpc(w3: Web3, method: str, *params: Any) -> Any:
    """Anvil's result of a raw request; fails when it has none."""
    response = w3.provider.make_request(RPCEndpoint(method), list(params))
    assert "error" not in response, response
    return response["result"]


def travel_to(w3: Web3, timestamp: int) -> None:
    """Mines a block at `timestamp` (Unix seconds). Blocks after it go on from there."""
    rpc(w3, "evm_setNextBlockTimestamp", timestamp)
    rpc(w3, "evm_mine")
    assert w3.eth.get_block("latest")["timestamp"] == timestamp


def mine(w3: Web3, blocks: int = 1) -> None:
    """Mines empty blocks."""
    rpc(w3, "anvil_mine", hex(blocks))


def now(w3: Web3) -> int:
    """The head's timestamp."""
    return int(w3.eth.get_block("latest")["timestamp"])


def act(function: ContractFunction, sender: str) -> TxReceipt:
    """Sends a transaction from one of Anvil's accounts and checks that it did not revert."""
    sent = function.transact(_from(sender))
    receipt = function.w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
    assert receipt["status"] == 1, f"{function.fn_name} reverted"
    return receipt


def _from(sender: str) -> TxParams:
    # Without limit and fees web3 asks Anvil four things before it sends. Some tests let the base fee soar.
    return {"from": sender, "gas": 15_000_000, "maxFeePerGas": Web3.to_wei(400, "gwei"), "maxPriorityFeePerGas": Wei(1)}


@cache
def artifact(name: str) -> dict[str, Any]:
    """One contract of the forge build."""
    found = list(ARTIFACTS.glob(f"*/{name}.json"))
    if len(found) != 1:
        raise RuntimeError(f"{len(found)} artifacts named {name} in {ARTIFACTS}: run `make setup`")
    loaded: dict[str, Any] = json.loads(found[0].read_text())
    return loaded


def deploy(w3: Web3, name: str, sender: str, *arguments: Any) -> Contract:
    """Deploys a contract of the forge build."""
    built = artifact(name)
    factory = w3.eth.contract(abi=built["abi"], bytecode=built["bytecode"]["object"])
    sent = factory.constructor(*arguments).transact(_from(sender))
    receipt = w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
    assert receipt["status"] == 1, f"deploying {name} reverted"
    assert receipt["contractAddress"] is not None
    return w3.eth.contract(address=receipt["contractAddress"], abi=built["abi"])


@dataclass(frozen=True)
class Stack:
    """Everything deployed and wired on one chain since `block`. `hot_keys` are the nodes' signing keys by index."""

    w3: Web3
    owner: str
    authority: Contract
    stablecoins: Contract
    node_set: Contract
    bonds: Contract
    oracle: Contract
    fleets: Contract
    leases: Contract
    factory: Contract
    fees: Contract
    usd: Contract
    hot_keys: tuple[LocalAccount, ...]
    block: int
    genesis: int
    epoch_length: int
    delay: int
    dispute: int

    def period_end(self, epoch: int) -> int:
        """The end of `epoch`, Unix seconds."""
        return self.genesis + (epoch + 1) * self.epoch_length

    def deployment(self) -> dict[str, Any]:
        """What the deploy script would have written to deployments/<chain-id>.json."""
        addresses = {
            "Authority": self.authority.address,
            "StablecoinRegistry": self.stablecoins.address,
            "FleetRegistry": self.fleets.address,
            "NodeSet": self.node_set.address,
            "NodeBonds": self.bonds.address,
            "MeterOracle": self.oracle.address,
            "CapacityLease": self.leases.address,
            "RevenueFactory": self.factory.address,
            "OracleFees": self.fees.address,
            "ReportEvidence": self.oracle.functions.evidence().call(),
        }
        contracts = {
            name: {
                "address": address,
                "codeHash": Web3.to_hex(keccak(self.w3.eth.get_code(Web3.to_checksum_address(address)))),
                "constructorArguments": [],
                "block": self.block,
            }
            for name, address in addresses.items()
        }
        return {
            "chainId": self.w3.eth.chain_id,
            "block": self.block,
            "owner": self.owner,
            "contracts": contracts,
            "stablecoins": [self.usd.address],
        }

    def write_deployment(self, folder: Path) -> Path:
        """Writes `deployment()` into a folder as <chain-id>.json."""
        path = folder / f"{self.w3.eth.chain_id}.json"
        path.write_text(json.dumps(self.deployment()))
        return path


def deploy_stack(
    w3: Web3,
    owner: str | None = None,
    nodes: int = 4,
    epoch_length: int = HOUR,
    delay: int = 2 * HOUR,
    dispute: int = 6 * HOUR,
    metrics_hash: bytes = bytes(32),
) -> Stack:
    """Deploys and wires the whole stack: `owner` (Anvil's first account) is admin, issuer and guardian, a test USD is
    listed, and `nodes` nodes with keys of `node_key` are bonded and configured. Epoch 0 is that of the chain's head."""
    owner = owner or w3.eth.accounts[0]
    block = w3.eth.block_number + 1
    genesis = now(w3) // epoch_length * epoch_length
    authority = deploy(w3, "Authority", owner, owner)
    stablecoins = deploy(w3, "StablecoinRegistry", owner, authority.address)
    fleets = deploy(w3, "FleetRegistry", owner, authority.address)
    node_set = deploy(w3, "NodeSet", owner, authority.address, owner)
    bonds = w3.eth.contract(address=node_set.functions.bonds().call(), abi=artifact("NodeBonds")["abi"])
    oracle = deploy(w3, "MeterOracle", owner, node_set.address, genesis, epoch_length, delay, dispute)
    leases = deploy(w3, "CapacityLease", owner, oracle.address, fleets.address, stablecoins.address, bonds.address)
    factory = deploy(w3, "RevenueFactory", owner, authority.address, leases.address, fleets.address)
    fees = deploy(w3, "OracleFees", owner, oracle.address, node_set.address)
    usd_code = deploy(w3, "TestUSD", owner)
    proxy = deploy(w3, "TestUSDProxy", owner, usd_code.address, owner)
    usd = w3.eth.contract(address=proxy.address, abi=usd_code.abi)

    for role in (ISSUER, GUARDIAN):
        act(authority.functions.grantRole(role, owner, 0), owner)
    for contract, issuer, guardian in (
        (stablecoins, ("list", "delist", "resume"), ("halt",)),
        (fleets, ("list",), ("delist",)),
        (node_set, ("configure",), ()),
        (factory, ("create",), ()),
    ):
        for role, names in ((ISSUER, issuer), (GUARDIAN, guardian)):
            if names:
                selectors = [_selector(contract, name) for name in names]
                act(authority.functions.setTargetFunctionRole(contract.address, selectors, role), owner)
    act(stablecoins.functions.list(usd.address, ("Test issuer", "0x" + "00" * 20, 0, 0)), owner)
    hot_keys = tuple(node_key("hot", index) for index in range(nodes))
    colds = [node_key("cold", index).address for index in range(nodes)]
    act(usd.functions.mint(owner, nodes * NODE_BOND), owner)
    act(usd.functions.approve(bonds.address, nodes * NODE_BOND), owner)
    for cold, key in zip(colds, hot_keys, strict=True):
        unlock(w3, cold)
        act(node_set.functions.join(key.address), cold)
        act(bonds.functions.deposit(cold, usd.address, NODE_BOND), owner)
    act(node_set.functions.configure(oracle.address, colds, metrics_hash), owner)
    act(bonds.functions.refreshCover(usd.address), owner)
    return Stack(
        w3, owner, authority, stablecoins, node_set, bonds, oracle, fleets, leases, factory, fees, usd, hot_keys,
        block, genesis, epoch_length, delay, dispute,
    )  # fmt: skip


def unlock(w3: Web3, address: str) -> None:
    """Lets an account of nobody's on this chain send transactions, and gives it coins for them."""
    rpc(w3, "anvil_setBalance", address, hex(10**21))
    rpc(w3, "anvil_impersonateAccount", address)


def node_key(kind: str, index: int) -> LocalAccount:
    """A node's key, the same in every run. `kind` is "hot" or "cold"."""
    account: LocalAccount = Account.from_key(keccak(text=f"{kind} key of node {index}"))
    return account


def _selector(contract: Contract, name: str) -> bytes:
    return function_abi_to_4byte_selector(contract.get_function_by_name(name).abi)


def _created(creator: str, nonce: int) -> str:
    """The address of the contract that `creator` made as its `nonce`-th, for a nonce below 128."""
    encoded = b"\xd6\x94" + bytes.fromhex(creator[2:]) + bytes([nonce])
    return Web3.to_checksum_address(keccak(encoded)[12:])
