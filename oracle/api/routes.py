"""The paths of the public API, /v1."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from oracle.api import models
from oracle.api.caching import answer
from oracle.api.errors import REFUSALS, BadRequest
from oracle.api.records import PublicRecords

MAX_EPOCH = (1 << 53) - 1
"""What JavaScript can count to: the first such epoch is 10^12 years away."""
MAX_PAGE = 1000
EpochPath = Annotated[int, Path(ge=1, le=MAX_EPOCH, description="The epoch of a standing report.")]
IdPath = Annotated[str, Path(pattern="^[0-9]{1,27}$", description="An id, decimal: at most 88 bits.")]
MeterPath = Annotated[
    str, Path(pattern="^(0x[0-9a-fA-F]{1,64}|[0-9]{1,78})$", description="A uint256, decimal or 0x hex.")
]


def public_routes(records: PublicRecords) -> APIRouter:
    """The router of `/v1`."""
    router = APIRouter(prefix="/v1", tags=["Public"], responses=REFUSALS)

    @router.get("/reports", response_model=models.ReportPage)
    def list_reports(
        request: Request,
        before: Annotated[int, Query(ge=1, le=MAX_EPOCH, description="Only epochs earlier than this.")] = MAX_EPOCH,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Standing reports whose readings this node holds, newest first."""
        return answer(request, records.reports(before, limit), final=False)

    @router.get("/reports/{epoch}", response_model=models.ReportModel)
    def get_report(request: Request, epoch: EpochPath) -> Response:
        """One standing report."""
        found = records.report(epoch)
        return answer(request, found, final=found.state == "final" and found.set_hash is not None)

    @router.get("/reports/{epoch}/readings", response_model=models.ReadingPage)
    def list_readings(
        request: Request,
        epoch: EpochPath,
        after: Annotated[
            str | None, Query(pattern="^[0-9]{1,78}$", description="Only meters with an id above this, decimal.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    ) -> Response:
        """Readings under a report's root, ascending by meter id.

        All of them in one piece, 64 bytes each: `/reports/{epoch}/readings`.
        """
        page = records.readings(epoch, -1 if after is None else _below(after, 256), limit)
        return answer(request, page, final=page.state == "final")

    @router.get("/reports/{epoch}/readings/{meter_id}", response_model=models.ProofModel)
    def get_proof(request: Request, epoch: EpochPath, meter_id: MeterPath) -> Response:
        """One meter's reading with its Merkle proof, as `CapacityLease.settle` takes it."""
        found = records.proof(epoch, _below(meter_id, 256))
        return answer(request, found, final=found.state == "final")

    @router.get("/leases/{lease_id}", response_model=models.LeaseModel)
    def get_lease(request: Request, lease_id: IdPath) -> Response:
        """A lease's reading and proof in the newest standing and the newest final report."""
        return answer(request, records.lease(_below(lease_id, 88)), final=False)

    @router.get("/fleets/{fleet_id}/series", response_model=models.SeriesModel)
    def get_series(
        request: Request,
        fleet_id: IdPath,
        points: Annotated[int, Query(ge=1, le=2000, description="How many points a chart can show.")] = 500,
        first_epoch: Annotated[int, Query(ge=1, le=MAX_EPOCH)] = 1,
        last_epoch: Annotated[int, Query(ge=1, le=MAX_EPOCH)] = MAX_EPOCH,
    ) -> Response:
        """What each report added to a fleet's meter, oldest first, in at most `points` buckets.

        Buckets add up exactly: their sums are differences of readings under on-chain roots.
        """
        return answer(request, records.series(_below(fleet_id, 88), first_epoch, last_epoch, points), final=False)

    @router.get("/fleets/{fleet_id}/batches/{epoch}", response_model=models.BatchesModel)
    def get_batches(request: Request, fleet_id: IdPath, epoch: Annotated[int, Path(ge=0, le=MAX_EPOCH)]) -> Response:
        """What a fleet's operator signed of an epoch's samples: two different statements are evidence against them."""
        return answer(request, records.batches(_below(fleet_id, 63), epoch), final=False)

    @router.get("/coverage", response_model=models.CoverageModel)
    def get_coverage(
        request: Request,
        epochs: Annotated[int, Query(ge=1, le=512, description="How many epochs to tell about.")] = 24,
    ) -> Response:
        """How much of the telemetry due this node got, by site and epoch."""
        return answer(request, records.coverage(epochs), final=False)

    return router


def _below(text: str, bits: int) -> int:
    value = int(text, 16) if text.startswith("0x") else int(text)
    if value >> bits:
        raise BadRequest(f"{text} does not fit {bits} bits")
    return value
