"""Readings proved from what the nodes signed: files of `GET /reports/{epoch}/observations`, one a report.

    {"proposal": {"block_hash", "pairs": [{"node", "root"}], ...},
     "observations": [{"node", "config_digest", "epoch", "base_epoch", "base_root", "block_hash", "root", "leaves",
                       "signature"}]}

Bytes are 0x-hex; `leaves` are 64 bytes a meter, its id and its packed increments, ascending by id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oracle.audit.books import Books
from oracle.audit.charge import counter
from oracle.audit.errors import ReadingsError
from oracle.audit.reports import Report
from oracle.audit.result import ReadingsChecked
from oracle.audit.signed import Observation, merkle_root, reading, set_hash, signer
from oracle.audit.source import HexBytes

LEASE_METER = 1
NO_BASE = bytes(32)

Hash = Annotated[HexBytes, Field(min_length=32, max_length=32)]
Epoch = Annotated[int, Field(ge=0, lt=1 << 64)]
NodeIndex = Annotated[int, Field(ge=0, lt=256)]
Readings = Mapping[int, int]
"""Packed readings by meter id."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Pair(_Message):
    node: NodeIndex
    root: Hash


class _Proposal(_Message):
    block_hash: Hash
    pairs: list[_Pair] = Field(min_length=1)


class _Observation(_Message):
    node: NodeIndex
    config_digest: Hash
    epoch: Epoch
    base_epoch: Epoch
    base_root: Hash
    block_hash: Hash
    root: Hash
    leaves: HexBytes = Field(min_length=64)
    signature: HexBytes

    def increments(self) -> list[tuple[int, int]]:
        """(meter id, packed increments); an odd rest of bytes shows in the root."""
        words = [int.from_bytes(self.leaves[at : at + 32], "big") for at in range(0, len(self.leaves), 32)]
        return list(zip(words[::2], words[1::2], strict=False))


class _File(_Message):
    proposal: _Proposal
    observations: list[_Observation] = Field(min_length=1)


@dataclass(slots=True)
class _Proof:
    """What has been proved so far: readings per epoch; epochs without a file, and those that build on one of them."""

    proved: dict[int, Readings] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    baseless: list[int] = field(default_factory=list)
    signatures: int = 0


def prove(directory: Path, books: Books) -> ReadingsChecked:
    """Rebuilds every report from its observations and holds settled readings against it, into the books' findings.

    Raises ReadingsError when the folder is missing or a file is none of these.
    """
    if not directory.is_dir():
        raise ReadingsError(f"{directory} is no folder: give one of report-<epoch>.json files from a node")
    proof = _Proof()
    for epoch, report in books.reports.by_epoch.items():
        path = directory / f"report-{epoch}.json"
        if path.exists():
            _prove_report(_load(path), epoch, report, books, proof)
        else:
            proof.missing.append(epoch)
    settlements = _prove_settlements(books, proof)
    return ReadingsChecked(
        reports=len(proof.proved),
        signatures=proof.signatures,
        settlements=settlements,
        missing=tuple(proof.missing),
        baseless=tuple(proof.baseless),
    )


def _load(path: Path) -> _File:
    try:
        return _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReadingsError(f"cannot read {path}: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ReadingsError(f"{path} holds no signed observations: {where}: {first['msg']}") from None


def _prove_report(file: _File, epoch: int, report: Report, books: Books, proof: _Proof) -> None:
    findings, said, where = books.findings, report.said, report.where
    observed, pairs = file.observations, file.proposal.pairs
    nodes = [one.node for one in observed]
    findings.same(where, tuple(pair.node for pair in pairs), tuple(nodes), "nodes observing")
    findings.same(where, tuple(pair.root for pair in pairs), tuple(one.root for one in observed), "roots observed")
    findings.equal("observations", where, report.quorum, len(observed))
    findings.equal("nodes in order, each once", where, str(sorted(set(nodes))), str(nodes))
    digest = set_hash(file.proposal.block_hash, nodes, [one.root for one in observed])
    findings.equal("Reported.set_hash", where, digest, said.set_hash)

    increments = [one.increments() for one in observed]
    for one, leaves in zip(observed, increments, strict=True):
        proof.signatures += _check_observation(one, leaves, file.proposal.block_hash, report, books)
    meters = [meter for meter, _ in increments[0]]
    if any([meter for meter, _ in leaves] != meters for leaves in increments):
        findings.add("meters observed", where, "the same by every node", "different ones")
        return
    _check_leases(meters, report, books)

    base: Readings | None = {} if said.base_epoch == 0 else proof.proved.get(said.base_epoch)
    if base is None:
        proof.baseless.append(epoch)
        return
    faulty = (len(report.nodes) - 1) // 3
    rows = zip(*([word for _, word in leaves] for leaves in increments), strict=True)
    readings = {meter: reading(base.get(meter, 0), row, faulty) for meter, row in zip(meters, rows, strict=True)}
    findings.equal("Reported.root", where, merkle_root(readings.items()), said.root)
    findings.equal("Reported.leaf_count", where, len(meters), said.leaf_count)
    proof.proved[epoch] = readings


def _check_observation(
    one: _Observation, leaves: Sequence[tuple[int, int]], block_hash: bytes, report: Report, books: Books
) -> bool:
    """What one node signed: of this report, of these leaves, by its key, and nothing that cannot be.

    Returns whether the key was its own.
    """
    findings, said = books.findings, report.said
    where = f"node {one.node}'s observation of {report.where}"
    base = books.reports.by_epoch.get(said.base_epoch)
    base_root = base.said.root if base else NO_BASE
    statement = Observation(one.config_digest, one.epoch, one.base_epoch, one.base_root, one.block_hash, one.root)
    root = merkle_root(leaves) if leaves else b""
    expected = Observation(said.config_digest, said.epoch, said.base_epoch, base_root, block_hash, root)
    findings.same(where, expected, statement)
    meters = [meter for meter, _ in leaves]
    if meters != sorted(set(meters)):
        findings.add("meters observed", where, "in order, each once", "otherwise")

    key = report.nodes[one.node].signer(said.epoch) if one.node < len(report.nodes) else "no such node"
    digest = statement.digest(books.head.chain_id, books.deployment.contracts.meter_oracle.address)
    signed_by = signer(digest, one.signature)
    findings.equal("signer", where, key, signed_by)

    span = books.reports.clock.period_end(said.epoch) - books.reports.clock.period_end(said.base_epoch)
    for meter, word in leaves:
        lease = books.leases.books.get(meter & (1 << 88) - 1) if meter >> 248 == LEASE_METER else None
        most = lease.terms.units * span if lease else counter(word, "measured")
        seen = [counter(word, name) for name in ("utilised", "delivered", "measured")]
        if not seen[0] <= seen[1] <= seen[2] <= most:
            findings.add(
                f"increments of meter {meter:#x}", where, f"utilised <= delivered <= measured <= {most}", str(seen)
            )
    return signed_by == key


def _check_leases(meters: Sequence[int], report: Report, books: Books) -> None:
    """A meter for every lease that was open at the end of the period, and for no other."""
    moment = books.reports.clock.period_end(report.said.epoch)
    contract = int(books.deployment.contracts.capacity_lease.address, 16)
    leases = books.leases.books.values()
    due = {lease_meter(contract, lease.lease_id) for lease in leases if lease.open_at(moment)}
    measured = {meter for meter in meters if meter >> 248 == LEASE_METER}
    for meter in sorted(due | measured):
        lease_id = meter & (1 << 88) - 1
        books.findings.equal(f"a leaf for lease {lease_id}", report.where, meter in due, meter in measured)


def _prove_settlements(books: Books, proof: _Proof) -> int:
    """Holds every settled reading against the leaf of its report; how many there were to hold."""
    contract = int(books.deployment.contracts.capacity_lease.address, 16)
    held = 0
    for settlement in books.leases.settlements:
        readings = proof.proved.get(settlement.epoch)
        if readings is not None:
            leaf = readings.get(lease_meter(contract, settlement.lease_id), "no leaf")
            books.findings.equal("Settled.reading", settlement.where, leaf, settlement.reading)
            held += 1
    return held


def lease_meter(contract: int, lease_id: int) -> int:
    """The meter id of a lease: kind 8 bits, contract 160, number 88."""
    return LEASE_METER << 248 | contract << 88 | lease_id
