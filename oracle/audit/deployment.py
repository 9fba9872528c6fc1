"""The deployment file `scripts/deploy.py` writes: where the contracts are, from which block, made from what."""

from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oracle.audit.errors import DeploymentFileError
from oracle.audit.source import HexAddress, HexBytes

LARGEST: Final = 4 << 20
"""Bytes of a deployment file, with room to spare: what has no end, like /dev/zero, is not read to it."""


class Deployed(BaseModel):
    """One contract: `code_hash` is keccak256 of its code on the chain."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    address: HexAddress
    code_hash: HexBytes = Field(alias="codeHash")
    constructor_arguments: list[Any] = Field(alias="constructorArguments")


class Contracts(BaseModel):
    """The contracts an audit reads; there may be no PrimarySale. Waterfalls and shares are in the factory's events."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    fleet_registry: Deployed = Field(alias="FleetRegistry")
    node_set: Deployed = Field(alias="NodeSet")
    meter_oracle: Deployed = Field(alias="MeterOracle")
    capacity_lease: Deployed = Field(alias="CapacityLease")
    revenue_factory: Deployed = Field(alias="RevenueFactory")
    primary_sale: Deployed | None = Field(default=None, alias="PrimarySale")


class Deployment(BaseModel):
    """One deployment. `block` is the first that can hold one of its logs."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    chain_id: int = Field(alias="chainId")
    block: int = Field(ge=0)
    contracts: Contracts

    @classmethod
    def load(cls, path: Path) -> "Deployment":
        """Reads `path`. Raises DeploymentFileError when it is missing or lacks what an audit needs."""
        try:
            with path.open("rb") as file:
                return cls.model_validate_json(file.read(LARGEST))
        except OSError as error:
            raise DeploymentFileError(f"cannot read the deployment file {path}: {error.strerror}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "the file"
            raise DeploymentFileError(f"{path} is no deployment file: {field}: {first['msg']}") from None
