"""The metric definitions this package meters by: docs/metering.md as it ships, whose hash every config digest binds."""

from importlib.resources import files

from oracle.domain.keccak import keccak256


def definitions_hash() -> bytes:
    """keccak256 of the definitions, byte for byte: what NodeSet was configured with, when nodes and chain agree."""
    return keccak256(files("oracle.metering").joinpath("definitions.md").read_bytes())
