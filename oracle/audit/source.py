"""Where the audit's evidence comes from: raw logs and block times, and the chain state they are held against."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from eth_utils.address import to_checksum_address
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from oracle.audit.abi import Log
from oracle.audit.errors import ChainError

Topics = Sequence[Collection[bytes] | None]
"""Per place, the topics that are wanted; None for any."""


@dataclass(frozen=True, slots=True)
class Head:
    """The one block everything is read at. `timestamp` in Unix seconds."""

    chain_id: int
    number: int
    hash: bytes
    timestamp: int


class LogSource(Protocol):
    """Raw evidence, up to and including `head`."""

    @property
    def head(self) -> Head:
        """The block the audit is of."""
        ...

    def logs(self, addresses: Collection[str], topics: Topics) -> list[Log]:
        """The logs of these contracts whose leading topics match, in order."""
        ...

    def times(self, blocks: Iterable[int]) -> dict[int, int]:
        """The Unix-second timestamp of each block. Raises ChainError when one is unknown."""
        ...


class StateSource(Protocol):
    """What contracts say of themselves at the same block. Read to be compared, never to rebuild from."""

    def call(self, questions: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """What each (contract, calldata) returns, None where it reverts."""
        ...

    def code(self, addresses: Sequence[str]) -> list[bytes]:
        """The code at each address."""
        ...


def _bytes(value: object) -> object:
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else value


def _integer(value: object) -> object:
    return int(value, 16) if isinstance(value, str) else value


def _address(value: object) -> object:
    return to_checksum_address(value) if isinstance(value, str) else value


HexBytes = Annotated[bytes, BeforeValidator(_bytes)]
HexInt = Annotated[int, BeforeValidator(_integer), Field(ge=0)]
HexAddress = Annotated[str, BeforeValidator(_address)]


class RawLog(BaseModel):
    """One entry of an `eth_getLogs` answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    address: HexAddress
    topics: list[HexBytes]
    data: HexBytes
    block: HexInt = Field(alias="blockNumber")
    index: HexInt = Field(alias="logIndex")
    transaction: HexBytes = Field(alias="transactionHash")

    def log(self) -> Log:
        """The same, as the audit reads it."""
        return Log(self.address, tuple(self.topics), self.data, self.block, self.index, self.transaction)


class _Recording(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    chain_id: int = Field(alias="chainId")
    number: int
    hash: HexBytes
    times: dict[int, int]
    logs: list[RawLog]


@dataclass(frozen=True, slots=True)
class RecordedLogs:
    """A chain's logs kept in memory or in a JSON file:

    {"chainId": int, "number": int, "hash": hex, "times": {"<block>": Unix seconds}, "logs": [eth_getLogs objects]}
    """

    head: Head
    recorded: tuple[Log, ...]
    block_times: Mapping[int, int]

    @classmethod
    def load(cls, path: Path) -> "RecordedLogs":
        """Reads a recording. Raises ChainError when the file is missing or is none."""
        try:
            recording = _Recording.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise ChainError(f"{path} is no recording of logs: {error}") from None
        if recording.number not in recording.times:
            raise ChainError(f"{path} does not give the time of its last block, {recording.number}")
        head = Head(recording.chain_id, recording.number, recording.hash, recording.times[recording.number])
        return cls(head, tuple(raw.log() for raw in recording.logs), recording.times)

    def save(self, path: Path) -> None:
        """Writes what `load` reads."""
        logs = [
            {
                "address": log.address,
                "topics": ["0x" + topic.hex() for topic in log.topics],
                "data": "0x" + log.data.hex(),
                "blockNumber": hex(log.block),
                "logIndex": hex(log.index),
                "transactionHash": "0x" + log.transaction.hex(),
            }
            for log in self.recorded
        ]
        head = {"chainId": self.head.chain_id, "number": self.head.number, "hash": "0x" + self.head.hash.hex()}
        path.write_text(json.dumps(head | {"times": dict(self.block_times), "logs": logs}, indent=1))

    def logs(self, addresses: Collection[str], topics: Topics) -> list[Log]:
        """See LogSource."""
        return [log for log in self.recorded if log.address in addresses and _matches(log, topics)]

    def times(self, blocks: Iterable[int]) -> dict[int, int]:
        """See LogSource."""
        wanted = set(blocks)
        if missing := wanted - self.block_times.keys():
            raise ChainError(f"the recording does not give the time of block {min(missing)}")
        return {block: self.block_times[block] for block in wanted}


def _matches(log: Log, topics: Topics) -> bool:
    if len(log.topics) < len(topics):
        return False
    return all(wanted is None or topic in wanted for topic, wanted in zip(log.topics, topics, strict=False))
