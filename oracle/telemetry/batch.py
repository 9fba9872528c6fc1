"""Signed batches: all samples of one fleet in one epoch, as its operator vouches for them once and for all.

A batch is a text: its head in one line, then one line a sample. The operator signs, by EIP-712 in the domain "Wellhead
SampleBatch", version "1", at (chain id, MeterOracle):

SampleBatch(uint256 fleet,uint64 epoch,bytes32 previous,bytes32 data,uint32 count)

`data` is the Keccak of all lines behind the head, `previous` the struct hash of the batch before (zero for the first).
There is one way to write a batch, so who checks one has checked its bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from oracle.domain.keccak import EncodingError, address_word, bytes32, keccak256, uint
from oracle.domain.report import DOMAIN_TYPE, Domain
from oracle.domain.schedule import Schedule
from oracle.domain.signature import SIGNATURE_BYTES, SignatureError, Signer, recover
from oracle.telemetry.errors import BatchMalformed, BatchMisplaced, BatchNotTheOperators, BatchTampered
from oracle.telemetry.sample import PPM, TOP_BOOT_S, TOP_CLOCK_MHZ, TOP_MEMORY_MIB, TOP_POWER_MW, Sample

MAX_BATCH_BYTES: Final = 32 * 1024 * 1024
"""1,000 GPUs every 30 s for an hour, with room."""
MAX_HEAD_BYTES: Final = 1024
BATCH_TYPE: Final = "SampleBatch(uint256 fleet,uint64 epoch,bytes32 previous,bytes32 data,uint32 count)"
DOMAIN_NAME: Final = "Wellhead SampleBatch"
NONE_BEFORE: Final = bytes(32)
TOP_NUMBER: Final = (1 << 63) - 1
"""Fleets, epochs and energies beyond it fit no database; the first such epoch is 10^14 years away."""

_TYPEHASH = keccak256(BATCH_TYPE.encode())
_DOMAIN = keccak256(DOMAIN_TYPE.encode()) + keccak256(DOMAIN_NAME.encode()) + keccak256(b"1")
_GPU = re.compile(r"[0-9A-Za-z._:/-]{1,80}\Z")
_DRIVER = re.compile(r"[0-9A-Za-z._+-]{1,40}\Z")
_TOPS: Final[dict[int, int]] = {  # by place in a Sample; a number may be null, except the time
    1: TOP_NUMBER, 2: PPM, 4: TOP_POWER_MW, 5: TOP_NUMBER, 7: PPM, 8: PPM, 9: TOP_MEMORY_MIB, 10: TOP_CLOCK_MHZ,
    12: TOP_BOOT_S,
}  # fmt: skip
_TIME, _FALLBACK, _HEALTHY, _DRIVER_AT = 1, 3, 6, 11
_SIGNATURE_DIGITS = 2 + 2 * SIGNATURE_BYTES
_HEAD = ("fleet", "epoch", "previous", "data", "count", "signature")


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """What an operator states of one fleet and epoch. Hashes are 32 bytes. Raises EncodingError when a field does not
    fit."""

    fleet: int
    epoch: int
    previous: bytes
    data: bytes
    count: int

    def __post_init__(self) -> None:
        bytes32(self.previous)
        bytes32(self.data)
        if not (0 < self.fleet <= TOP_NUMBER and 0 <= self.epoch <= TOP_NUMBER and 0 < self.count < 1 << 32):
            raise EncodingError(f"no batch: {self.count} samples of fleet {self.fleet} in epoch {self.epoch}")

    def struct_hash(self) -> bytes:
        """hashStruct of EIP-712, 32 bytes: what the next batch calls `previous`."""
        return keccak256(_TYPEHASH + uint(self.fleet) + uint(self.epoch) + self.previous + self.data + uint(self.count))

    def encoded(self, domain: Domain) -> bytes:
        """The 66-byte EIP-712 encoding that a signer is given."""
        separator = keccak256(_DOMAIN + uint(domain.chain_id) + address_word(domain.contract))
        return b"\x19\x01" + separator + self.struct_hash()


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """A statement and its 64-byte signature."""

    statement: SampleBatch
    signature: bytes

    def head(self) -> bytes:
        """The first line of a batch, with its newline."""
        said = self.statement
        values = (said.fleet, said.epoch, _hex(said.previous), _hex(said.data), said.count, _hex(self.signature))
        return json.dumps(dict(zip(_HEAD, values, strict=True)), separators=(",", ":")).encode() + b"\n"

    def signer(self, domain: Domain) -> str:
        """The checksummed address that signed it. Raises BatchNotTheOperators when no key can have."""
        try:
            return recover(keccak256(self.statement.encoded(domain)), self.signature)
        except SignatureError as error:
            raise BatchNotTheOperators(f"{_of(self.statement)} carries no signature: {error}") from None

    def check_signed_by(self, operator: str, domain: Domain) -> None:
        """Raises BatchNotTheOperators unless `operator` signed it."""
        signer = self.signer(domain)
        if signer.lower() != operator.lower():
            raise BatchNotTheOperators(
                f"{_of(self.statement)} as served is not signed by the fleet's operator {operator} (but by {signer}, "
                "if its head is whole): the operator must sign with the key that holds the fleet's title"
            )


def sample_lines(samples: Iterable[Sample]) -> bytes:
    """The lines of a batch: each sample once, ascending by GPU and time; of two at one time the first counts.

    A driver's version that is no plain word is left unknown; a sample that no reader of ours makes is left out.
    """
    chosen: dict[tuple[str, int], list[Any]] = {}
    for sample in samples:
        values = list(sample)
        if sample.driver is not None and not _DRIVER.match(sample.driver):
            values[_DRIVER_AT] = None
        if not _fault(values):
            chosen.setdefault((sample.gpu_uuid, sample.time_ms), values)
    return b"".join(_line(chosen[key]) for key in sorted(chosen))


def sign_batch(
    lines: bytes, fleet: int, epoch: int, previous: bytes, signer: Signer, domain: Domain
) -> tuple[SignedBatch, bytes]:
    """A batch of `sample_lines`, and all its bytes. Raises BatchMalformed when nobody would take it, or what the
    signer fails with."""
    count = lines.count(b"\n")
    if count == 0 or len(lines) > MAX_BATCH_BYTES - MAX_HEAD_BYTES:
        raise BatchMalformed(
            f"fleet {fleet}, epoch {epoch}: {count} samples in {len(lines)} bytes make no batch; one has at least one "
            f"sample and at most {MAX_BATCH_BYTES} bytes. Record less often, or as several fleets."
        )
    statement = SampleBatch(fleet, epoch, previous, keccak256(lines), count)
    signed = SignedBatch(statement, signer.sign(statement.encoded(domain)))
    return signed, signed.head() + lines


def read_head(raw: bytes) -> SignedBatch:
    """The head in the first line of `raw`. Raises BatchMalformed."""
    line, newline, _ = raw[:MAX_HEAD_BYTES].partition(b"\n")
    try:
        said = json.loads(line)
        fleet, epoch, previous, data, count, signature = (said[name] for name in _HEAD)
        statement = SampleBatch(fleet, epoch, bytes.fromhex(previous[2:]), bytes.fromhex(data[2:]), count)
        signed = SignedBatch(statement, bytes.fromhex(signature[2:]))
    except (ValueError, TypeError, KeyError, EncodingError, RecursionError) as error:
        raise BatchMalformed(f"the batch does not begin with its head: {error!r}"[:300]) from None
    # There is one way to write a head: whatever else says the same is no head.
    numbers_are_whole = all(type(number) is int for number in (fleet, epoch, count))
    if not (newline and numbers_are_whole and signed.head() == line + newline) or len(signature) != _SIGNATURE_DIGITS:
        raise BatchMalformed(f"the batch does not begin with a head as one is written: {line[:80]!r}")
    return signed


def read_samples(raw: bytes, statement: SampleBatch, schedule: Schedule) -> list[Sample]:
    """The samples in the whole batch `raw`, whose head says `statement`: all of them, or none.

    Raises BatchTampered unless they are the signed bytes, BatchMalformed or BatchMisplaced unless they are samples in
    order, and of the epoch.
    """
    lines = raw[raw.index(b"\n") + 1 :]
    if keccak256(lines) != statement.data:
        raise BatchTampered(
            f"{_of(statement)}: its {len(lines)} bytes of samples are not those that were signed: serve the file as "
            "`wellhead record` wrote it"
        )
    start_ms, end_ms = schedule.period_start(statement.epoch) * 1000, schedule.period_end(statement.epoch) * 1000
    samples: list[Sample] = []
    before = ("", -1)
    for number, line in enumerate(lines.splitlines(keepends=True), 2):
        sample = _read_line(line, number, statement)
        if not start_ms <= sample.time_ms < end_ms:
            raise BatchMisplaced(f"{_of(statement)}, line {number}: {sample.time_ms} ms is outside of the epoch")
        if (sample.gpu_uuid, sample.time_ms) <= before:
            raise BatchMalformed(f"{_of(statement)}, line {number}: samples ascend by GPU and time, each once")
        before = (sample.gpu_uuid, sample.time_ms)
        samples.append(sample)
    if len(samples) != statement.count:
        raise BatchMalformed(f"{_of(statement)}: has {len(samples)} samples, and its head says {statement.count}")
    return samples


def check_link(batch: SampleBatch, before: SampleBatch | None, after: SampleBatch | None) -> bool:
    """Whether `batch` follows directly on `before`; False where batches between them are not known.

    `before` and `after` are the nearest ones known of earlier and of later epochs. Raises BatchMisplaced when no one
    chain can hold what is known.
    """
    name = batch.struct_hash()
    follows = before is None or batch.previous == before.struct_hash()
    if before is not None and not follows and (batch.previous == NONE_BEFORE or before.epoch == batch.epoch - 1):
        raise BatchMisplaced(
            f"{_of(batch)} says it follows on {_hex(batch.previous)}, and the batch of epoch {before.epoch} is "
            f"{_hex(before.struct_hash())}: the operator began another chain"
        )
    if after is not None and after.previous != name:
        passed_over = before is not None and after.previous == before.struct_hash()
        if passed_over or after.previous == NONE_BEFORE or after.epoch == batch.epoch + 1:
            raise BatchMisplaced(
                f"{_of(batch)} came after the batch of epoch {after.epoch}, which follows on {_hex(after.previous)} "
                f"and not on it ({_hex(name)}): the operator began another chain"
            )
    return follows


def _read_line(line: bytes, number: int, statement: SampleBatch) -> Sample:
    try:
        values = json.loads(line)
        fault = _fault(values) if isinstance(values, list) else "is no array"
        if not fault and _line(values) != line:
            fault = "is not written as a sample is"
    except (ValueError, RecursionError):
        fault = "is no JSON"
    if fault:
        raise BatchMalformed(f"{_of(statement)}, line {number}: {fault}: {line[:60]!r}")
    return Sample(*values)


def _fault(values: Sequence[Any]) -> str:
    """What keeps these from being the fields of a sample; empty when nothing does."""
    if len(values) != len(Sample._fields):
        return f"has {len(values)} fields and not {len(Sample._fields)}"
    for place, top in _TOPS.items():
        value = values[place]
        unknown = value is None and place != _TIME
        if not unknown and (type(value) is not int or not 0 <= value <= top):
            return f"{Sample._fields[place]} is not a whole number from 0 to {top}"
    if type(values[_FALLBACK]) is not bool or type(values[_HEALTHY]) is not bool:
        return "is neither true nor false where it must be"
    if not isinstance(values[0], str) or not _GPU.match(values[0]):
        return "names no GPU"
    driver = values[_DRIVER_AT]
    return "" if driver is None or (isinstance(driver, str) and _DRIVER.match(driver)) else "names no driver"


def _line(values: Sequence[Any]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


def _of(statement: SampleBatch) -> str:
    return f"the batch of fleet {statement.fleet} for epoch {statement.epoch}"
