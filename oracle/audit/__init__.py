"""The replay verifier: proves the books from raw events.

Every balance, charge, credit, distribution and claim is rebuilt from the logs of the chain with this package's own
decoding and arithmetic (it imports nothing of ours but the root of errors), then compared, to the unit, with what the
events, the currencies and the contracts say. A reader follows `history` (the evidence in order), `books` (entering it:
`reports`, `fleets`, `leases`, `revenue`, `sales`, `cash`), `state` (the comparison with the chain) and `result`.
"""

from pathlib import Path

from oracle.audit.books import rebuild
from oracle.audit.deployment import Deployment
from oracle.audit.errors import AuditError, DeploymentFileError
from oracle.audit.findings import Difference
from oracle.audit.history import gather
from oracle.audit.readings import prove
from oracle.audit.result import AuditResult, conclude
from oracle.audit.rpc import RpcChain
from oracle.audit.source import LogSource, StateSource
from oracle.audit.state import compare, currencies

__all__ = ["AuditError", "AuditResult", "Difference", "audit", "audit_sources"]


def audit(rpc: str, deployment: Path, readings: Path | None = None, block: int | None = None) -> AuditResult:
    """Audits the deployment described by a file, over JSON-RPC, at `block` or the newest one. `readings` is a folder of
    the nodes' signed observations, to prove the readings from.

    Raises AuditError when the books cannot be checked: bad input, or a chain that does not answer.
    """
    deployed = Deployment.load(deployment)
    with RpcChain(rpc, deployed.block, block) as chain:
        result = audit_sources(deployed, chain, chain, readings)
        chain.confirm()
    return result


def audit_sources(
    deployment: Deployment, logs: LogSource, state: StateSource, readings: Path | None = None
) -> AuditResult:
    """Audits `deployment` from any evidence. Raises AuditError as `audit` does."""
    if logs.head.chain_id != deployment.chain_id:
        raise DeploymentFileError(
            f"the deployment file is of chain {deployment.chain_id}, the endpoint of chain {logs.head.chain_id}"
        )
    entries = gather(logs, deployment)
    books = rebuild(entries, deployment, logs.head)
    proved = prove(readings, books) if readings else None
    compare(books, state)
    return conclude(books, entries, proved, currencies(books, state))
