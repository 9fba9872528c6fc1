"""The answers of the public API. Whole numbers that JavaScript would round (uint256, ids) are strings of digits."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from oracle.api.leaves import NUMBER_MASK, PackedLeaves, kind_of
from oracle.api.standing import Held
from oracle.domain.keccak import uint
from oracle.domain.merkle import MerkleTree
from oracle.domain.meters import MeterKind
from oracle.domain.reading import Reading, ReadingFlag

Digits = Annotated[str, Field(pattern=r"^[0-9]{1,78}$")]
Hex32 = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
UnixSeconds = Annotated[int, Field(ge=0, description="Unix seconds, UTC.")]
Count = Annotated[int, Field(ge=0)]


class Model(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True)


class ReportModel(Model):
    """A report that a quorum of nodes signed and that stands on-chain."""

    epoch: Count
    base_epoch: Count = Field(description="The report it builds on; 0 for the first one.")
    state: Literal["standing", "final"] = Field(
        description="`standing` may still be dropped on evidence; `final` may not, and leases settle from it."
    )
    root: Hex32 = Field(description="Merkle root over every open meter's reading.")
    set_hash: Hex32 | None = Field(
        description="Hash of the block and the observations it was made of; null where this node did not sign it."
    )
    leaf_count: Count = Field(description="How many meters are under the root.")
    mined_at_unix_s: UnixSeconds
    final_at_unix_s: UnixSeconds = Field(description="When the dispute window ends, Unix seconds.")
    signers: list[int] = Field(description="Indexes in the node set of those who signed it, ascending.")

    @classmethod
    def of(cls, held: Held, set_hash: bytes | None) -> "ReportModel":
        """The answer for a standing report."""
        report = held.report
        return cls(
            epoch=report.epoch,
            base_epoch=report.base_epoch,
            state="final" if held.final else "standing",
            root=f"0x{report.root.hex()}",
            set_hash=None if set_hash is None else f"0x{set_hash.hex()}",
            leaf_count=report.leaf_count,
            mined_at_unix_s=report.mined_at,
            final_at_unix_s=held.final_at,
            signers=sorted(report.signers),
        )


class ReportPage(Model):
    """Standing reports, newest first."""

    reports: list[ReportModel]
    next_before: int | None = Field(description="`before` of the next page; null on the last one.")


class MeterModel(Model):
    """A meter and its reading: counters since the meter began. A unit is a GPU (or a kW, for hosting)."""

    meter_id: Digits = Field(description="uint256, decimal.")
    kind: Literal["lease", "fleet", "other"]
    number: Digits = Field(description="The lease's or fleet's id, decimal.")
    reading: Digits = Field(description="The packed reading as `settle` takes it: uint256, decimal.")
    measured_unit_s: Count = Field(description="Unit-seconds with telemetry.")
    delivered_unit_s: Count = Field(description="Of those, healthy and allocated to the tenant: what is billed.")
    utilised_unit_s: Count = Field(description="Of those, weighted by the engine-active ratio.")
    breached_unit_s: Count = Field(description="Short of the availability target: what credits are owed for.")
    energy_wh: Count = Field(description="Energy of the meter's own GPU boards, Wh.")
    trust_level: int = Field(
        ge=0,
        le=7,
        description="0 operator's log, 1 operator's exporter, 2 tenant's agent, 3 PDU cross-check, 4 attested device. "
        "Levels 0 and 1 trust the operator.",
    )
    flags: list[str] = Field(description="What to know of the report's span, by name.")

    @classmethod
    def at(cls, leaves: PackedLeaves, place: int) -> "MeterModel":
        """The answer for the meter at a place."""
        meter, reading = leaves.meter_id(place), leaves.reading(place)
        kind = kind_of(meter)
        return cls(
            meter_id=str(meter),
            kind="lease" if kind is MeterKind.LEASE else "fleet" if kind is MeterKind.FLEET else "other",
            number=str(meter & NUMBER_MASK),
            reading=str(reading.pack()),
            measured_unit_s=reading.measured,
            delivered_unit_s=reading.delivered,
            utilised_unit_s=reading.utilised,
            breached_unit_s=reading.breached,
            energy_wh=reading.energy_wh,
            trust_level=reading.level,
            flags=flag_names(reading),
        )


class ReadingPage(Model):
    """Readings under one report's root, ascending by meter id."""

    epoch: Count
    state: Literal["standing", "final"]
    root: Hex32
    readings: list[MeterModel]
    next_after: Digits | None = Field(description="`after` of the next page; null on the last one.")


class ProofModel(Model):
    """A meter's reading in one report, and the proof of it."""

    epoch: Count
    state: Literal["standing", "final"]
    root: Hex32
    final_at_unix_s: UnixSeconds
    meter: MeterModel
    leaf: Annotated[str, Field(pattern=r"^0x[0-9a-f]{128}$")] = Field(
        description="abi.encode(uint256 meterId, uint256 reading)."
    )
    proof: list[Hex32] = Field(
        description="Sibling hashes from the leaf to the root: `bytes32[] proof` of "
        "`CapacityLease.settle(leaseId, epoch, reading, proof)`, which takes it once the report is final."
    )

    @classmethod
    def at(cls, held: Held, leaves: PackedLeaves, tree: MerkleTree, place: int) -> "ProofModel":
        """The answer for the meter at a place."""
        leaf = uint(leaves.meter_id(place)) + uint(leaves.reading(place).pack())
        return cls(
            epoch=held.report.epoch,
            state="final" if held.final else "standing",
            root=f"0x{held.report.root.hex()}",
            final_at_unix_s=held.final_at,
            meter=MeterModel.at(leaves, place),
            leaf=f"0x{leaf.hex()}",
            proof=[f"0x{node.hex()}" for node in tree.proof(place)],
        )


class LeaseModel(Model):
    """A lease's reading in the newest reports that have it."""

    lease_id: Digits
    standing: ProofModel | None = Field(description="In the newest standing report; null if the lease is not in it.")
    final: ProofModel | None = Field(
        description="In the newest final report, ready for `settle`; null if the lease is not in it."
    )


class SpreadModel(Model):
    """Average units over each step of a bucket."""

    min: float
    mean: float
    max: float


class BucketModel(Model):
    """Successive reports as one point of a chart.

    Three kinds of nothing are told apart: `known_s` 0 and nulls: this node does not know; `missing_share`: no telemetry
    (never billed); measured but not delivered: the GPUs were out of order or not let.
    """

    start_unix_s: UnixSeconds
    end_unix_s: UnixSeconds
    first_epoch: Count
    last_epoch: Count
    steps: int = Field(ge=1, description="How many reports it is made of; 1 unless downsampled.")
    known_s: Count = Field(description="Seconds of it that this node holds readings for; the sums are over these.")
    measured_unit_s: Count
    delivered_unit_s: Count
    utilised_unit_s: Count
    energy_wh: Count
    measured_units: SpreadModel | None
    delivered_units: SpreadModel | None
    utilised_units: SpreadModel | None
    missing_share: float | None = Field(
        ge=0,
        le=1,
        description="Share of units x known_s without telemetry; null while the units are not known.",
    )
    trust_level: int | None = Field(description="The lowest in it.")
    flags: list[str]


class SeriesModel(Model):
    """A fleet's meter over time, oldest first. Without buckets: no report of the range has the fleet."""

    fleet_id: Digits
    units: int | None = Field(description="The fleet's units now; null until this node has opened a round.")
    epoch_length_s: int = Field(ge=1)
    reports: Count = Field(description="How many reports the buckets are made of.")
    buckets: list[BucketModel]


class BatchModel(Model):
    """What a fleet's operator signed of one epoch's samples."""

    struct_hash: Hex32 = Field(description="hashStruct of the SampleBatch: what the next batch calls `previous`.")
    metered: bool = Field(description="Whether this node meters this one.")
    head: str = Field(description="The batch's first line as the operator wrote it: the statement and its signature.")


class BatchesModel(Model):
    """The batches that an operator signed for one epoch, as this node was given them, the metered one first."""

    fleet_id: Digits
    epoch: Count
    operator: str = Field(description="Who held the fleet's title at the epoch's end, and signed.")
    signed_twice: bool = Field(description="Two different batches are signed: evidence against the operator.")
    statements: list[BatchModel] = Field(max_length=2)


class SampledEpoch(Model):
    """How often a site answered in one epoch. A log or a store answers less often with more: what was missed comes with
    the next answer."""

    epoch: Count
    answers: Count
    due: Count = Field(description="How often it is asked in a whole epoch.")
    sampled_share: float = Field(ge=0, le=1, description="answers / due, at most 1.")


class SiteModel(Model):
    """One fleet's telemetry as this node reaches it."""

    fleet_id: Digits
    kind: str
    interval_s: int = Field(ge=1, description="Seconds between samples.")
    trust_level: int
    reachable: bool = Field(description="Whether it answered when last asked.")
    last_sampled_unix_s: int | None = Field(description="When it last answered, Unix seconds of the node's clock.")
    epochs: list[SampledEpoch] = Field(description="Newest first.")


class CoverageModel(Model):
    """This node's own coverage. Other nodes have theirs; a report takes the median of what they saw."""

    newest_epoch: Count
    sites: list[SiteModel]


def flag_names(reading: Reading) -> list[str]:
    """The flags of a reading by name; bits without one as `bit<n>`."""
    names = {flag.value: str(flag.name).lower() for flag in ReadingFlag}
    return [names.get(1 << bit, f"bit{bit}") for bit in range(3, 16) if reading.flags >> bit & 1]
