"""Where the contracts are: the deploy script's `deployments/<chain-id>.json`, and its check against a chain."""

from pathlib import Path
from typing import Annotated, Any

from eth_utils.crypto import keccak
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from web3 import Web3

from oracle.chain.errors import BadDeployment, WrongChain, WrongCode
from oracle.chain.rpc import named_errors
from oracle.domain.schedule import Schedule
from oracle.files import read_small
from oracle.settings import Address


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Deployed(_Part):
    """One contract: where it is, the keccak256 of its runtime code, what it was made with, the block it was made in."""

    address: Address
    code_hash: Annotated[str, Field(alias="codeHash", pattern=r"^0x[0-9a-f]{64}$")]
    constructor_arguments: Annotated[list[Any], Field(alias="constructorArguments")]
    block: Annotated[int, Field(ge=0)]


class Contracts(_Part):
    """The contracts the service knows; a file may hold more. Waterfalls and shares are in RevenueFactory's events."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    authority: Annotated[Deployed, Field(alias="Authority")]
    stablecoin_registry: Annotated[Deployed, Field(alias="StablecoinRegistry")]
    fleet_registry: Annotated[Deployed, Field(alias="FleetRegistry")]
    node_set: Annotated[Deployed, Field(alias="NodeSet")]
    node_bonds: Annotated[Deployed, Field(alias="NodeBonds")]
    meter_oracle: Annotated[Deployed, Field(alias="MeterOracle")]
    capacity_lease: Annotated[Deployed, Field(alias="CapacityLease")]
    revenue_factory: Annotated[Deployed, Field(alias="RevenueFactory")]
    oracle_fees: Annotated[Deployed, Field(alias="OracleFees")]
    report_evidence: Annotated[Deployed, Field(alias="ReportEvidence")]


class Deployment(_Part):
    """One deployment: its chain, its first block, who owns it, its contracts and the stablecoins it was listed with."""

    chain_id: Annotated[int, Field(alias="chainId", ge=1)]
    block: Annotated[int, Field(ge=0)]
    owner: Address
    contracts: Contracts
    stablecoins: list[Address]


def load_deployment(path: Path) -> Deployment:
    """The deployment in a file. Raises BadDeployment for a file that is missing or not one, and says what is wrong."""
    try:
        return Deployment.model_validate_json(read_small(path))
    except OSError as error:
        raise BadDeployment(
            f"cannot read the deployment file {path} ({error.strerror}): give the deployments/<chain-id>.json that "
            "`brownie run deploy` wrote"
        ) from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}" for fault in error.errors()[:5]
        )
        raise BadDeployment(f"{path} is not a deployment file: {wrong}") from None


def schedule_in(deployment: Deployment) -> Schedule:
    """The oracle's clock, with which MeterOracle was made: (nodeSet, genesis, length, delay, ...). Raises
    BadDeployment."""
    arguments = deployment.contracts.meter_oracle.constructor_arguments
    try:
        schedule = Schedule(*(int(value) for value in arguments[1:4]))
    except (TypeError, ValueError):
        schedule = Schedule(0, 0, 0)
    if schedule.genesis <= 0 or schedule.length <= 0:
        raise BadDeployment(
            f"MeterOracle's constructorArguments tell no clock ({arguments}): give the file that the deploy script made"
        )
    return schedule


def check_deployment(w3: Web3, deployment: Deployment) -> None:
    """Compares a deployment with the chain: its id, and the code at every address.

    Raises WrongChain, WrongCode, or what the RPC fails with.
    """
    with named_errors():
        chain_id = w3.eth.chain_id
    if chain_id != deployment.chain_id:
        raise WrongChain(
            f"the RPC serves chain {chain_id}, the deployment is on chain {deployment.chain_id}: "
            "give the RPC and the deployment file of one chain"
        )
    for field in Contracts.model_fields:
        contract: Deployed = getattr(deployment.contracts, field)
        with named_errors():
            code = bytes(w3.eth.get_code(Web3.to_checksum_address(contract.address)))
        if not code:
            raise WrongCode(
                f"no code at {contract.address} ({field}) on chain {chain_id}: the deployment file belongs to another "
                "chain of this id, or the chain was started anew: deploy again"
            )
        if keccak(code) != bytes.fromhex(contract.code_hash[2:]):
            raise WrongCode(f"another contract than {field} stands at {contract.address}: check the deployment file")
