"""What can go wrong between us and a chain. Every error says what to do, or is answered by trying again later."""

from collections.abc import Mapping
from typing import Any

from oracle.domain.errors import WellheadError


class ChainError(WellheadError):
    """The root of everything the chain side refuses or fails at."""


class BadDeployment(ChainError):
    """A deployment file that is missing, unreadable, or not one."""


class ChainUnreachable(ChainError):
    """The RPC does not answer, or not in time. Trying again later is right."""


class RpcFault(ChainUnreachable):
    """One RPC did not answer, or not with JSON-RPC: `kind` says how, in a word or two, for counting."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class TooFewRpcs(ChainUnreachable):
    """Fewer RPCs answer than have to agree."""


class RpcsDisagree(ChainError):
    """The RPCs answer, and fewer of them alike than have to agree. Trying again later is right."""


class RpcRefused(ChainError):
    """The RPC answered with an error, or with something that is no answer."""


class UndecodableLog(RpcRefused):
    """A log that was not asked for, or does not decode by its ABI: it is not from our contracts."""


class MissingHistory(ChainError):
    """An event about what was never seen to begin: the deployment's first block is too late, or logs are missing."""


class WrongChain(ChainError):
    """The RPC serves another chain than the deployment is on."""


class WrongCode(ChainError):
    """There is no contract at an address of the deployment, or another one."""


class ChainNotPast(ChainError):
    """The chain's head is not past the moment asked for: its last block at or before it is not known yet."""


class BeforeDeployment(ChainError):
    """The moment asked for lies before the contracts existed."""


class Reorganised(ChainError):
    """A block that was read is no longer part of the chain. Reading again from the head is right."""


class GasKeyEmpty(ChainError):
    """The gas key cannot pay for a transaction. Fund it."""


class PurposeTaken(ChainError):
    """A transaction for the same purpose is on its way, and says something else. Two are never sent."""


class NoLongerWanted(ChainError):
    """A transaction was given up: what it was for can no longer be had by it."""


class NotMined(ChainError):
    """A transaction was sent and not mined in time. It may still be, and is looked after; its hash is in the
    message."""


class Stopped(ChainError):
    """This process is ending; what is on its way is stored and goes on with the next start."""


class Reverted(ChainError):
    """A contract refused, by `name` with `arguments` by name. `name` is empty when the revert data is unknown."""

    def __init__(self, name: str, arguments: Mapping[str, Any], message: str) -> None:
        super().__init__(message)
        self.name = name
        self.arguments = dict(arguments)
