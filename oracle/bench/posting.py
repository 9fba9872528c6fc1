"""What posting a report costs on Anvil, by the number of meters in it. Needs Anvil and the compiled contracts."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from web3 import Web3
from web3.types import RPCEndpoint

from oracle.bench.figures import Figure, Result
from oracle.bench.stage import HOUR, hot_signer
from oracle.chain.errors import ChainUnreachable
from oracle.chain.rpc import connect
from oracle.domain.keccak import keccak256
from oracle.domain.report import Domain, Report, config_digest
from oracle.domain.signature import pack_signatures

ARTIFACTS = Path("build/forge")
NODES, QUORUM = 4, 3
FEW, MANY = 3, 100_000
HASH = keccak256(b"which observations")
DELAY, DISPUTE = 2 * HOUR, 6 * HOUR


def measure(quick: bool) -> Result:
    """Gas of a report of 3 meters, and of one of 100,000, beside it. `quick` is the same: it takes two seconds."""
    del quick
    anvil = shutil.which("anvil")
    if anvil is None:
        return Result(missing="anvil is not on PATH: install Foundry (getfoundry.sh), or `make setup` in a clone")
    if not ARTIFACTS.is_dir():
        return Result(missing=f"no compiled contracts in {ARTIFACTS}: run it in a clone after `make setup`")
    with _anvil(anvil) as w3:
        oracle, genesis, digest = _deployed(w3)
        roots = [bytes(32), *(keccak256(bytes([epoch])) for epoch in (1, 2, 3))]
        # The first report of a contract takes more, whatever is in it: it is not compared.
        _, few, many = (
            _post(w3, oracle, genesis, Report(digest, epoch, epoch - 1, roots[epoch - 1], roots[epoch], HASH, meters))
            for epoch, meters in ((1, FEW), (2, FEW), (3, MANY))
        )
    said = f"{NODES} nodes, {QUORUM} signatures; the floor is the gas for {FEW} meters"
    return Result((Figure("posting 100,000 meters", many, "gas", few, said),))


@contextmanager
def _anvil(program: str) -> Iterator[Web3]:
    command = [program, "--port", "0", "--hardfork", "shanghai"]
    with NamedTemporaryFile("w") as log, subprocess.Popen(command, stdout=log) as process:  # noqa: S603
        try:
            yield connect(_listening(process, Path(log.name)))
        finally:
            process.terminate()


def _listening(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """The address Anvil says it listens on. Raises ChainUnreachable when it ends, or says none for too long."""
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        found = re.search(r"^Listening on (\S+)$", log.read_text(), re.MULTILINE)
        if found:
            return f"http://{found[1]}"
        time.sleep(0.1)
    raise ChainUnreachable(f"Anvil does not listen: {log.read_text()[-2000:]}")


def _deployed(w3: Web3) -> tuple[Any, int, bytes]:
    """A MeterOracle with a node set, its genesis and its configuration digest."""
    owner = w3.eth.accounts[0]
    genesis = int(w3.eth.get_block("latest")["timestamp"]) // HOUR * HOUR
    authority = _deploy(w3, "Authority", owner)
    nodes = _deploy(w3, "NodeSet", authority.address, owner)
    oracle = _deploy(w3, "MeterOracle", nodes.address, genesis, HOUR, DELAY, DISPUTE)
    colds = w3.eth.accounts[1 : NODES + 1]
    for index, cold in enumerate(colds):
        joined = nodes.functions.join(hot_signer(index).address).transact({"from": cold})
        w3.eth.wait_for_transaction_receipt(joined)
    w3.eth.wait_for_transaction_receipt(
        nodes.functions.configure(oracle.address, colds, bytes(32)).transact({"from": owner})
    )
    digest = config_digest(w3.eth.chain_id, oracle.address, colds, QUORUM, 1, bytes(32))
    return oracle, genesis, digest


def _deploy(w3: Web3, name: str, *arguments: Any) -> Any:
    built = json.loads((ARTIFACTS / f"{name}.sol" / f"{name}.json").read_text())
    factory = w3.eth.contract(abi=built["abi"], bytecode=built["bytecode"]["object"])
    sent = factory.constructor(*arguments).transact({"from": w3.eth.accounts[0]})
    return w3.eth.contract(w3.eth.wait_for_transaction_receipt(sent)["contractAddress"], abi=built["abi"])


def _post(w3: Web3, oracle: Any, genesis: int, report: Report) -> float:
    """Mines the report in its window; the gas it took."""
    opens = genesis + (report.epoch + 1) * HOUR + DELAY
    w3.provider.make_request(RPCEndpoint("evm_setNextBlockTimestamp"), [opens])
    w3.provider.make_request(RPCEndpoint("evm_mine"), [])
    domain = Domain(w3.eth.chain_id, oracle.address)
    signed = {index: hot_signer(index).sign(report.encoded(domain)) for index in range(QUORUM)}
    call = oracle.functions.submit(report.argument(), pack_signatures(signed, QUORUM))
    receipt = w3.eth.wait_for_transaction_receipt(call.transact({"from": w3.eth.accounts[0]}))
    if receipt["status"] != 1:
        raise RuntimeError(f"the report of epoch {report.epoch} was not taken")
    return float(receipt["gasUsed"])
