"""The node's HTTP face: the exchange with its peers, and health for whoever watches it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from oracle.domain.errors import WellheadError
from oracle.domain.signed import Leaves, pack_leaves
from oracle.exchange.desk import Desk
from oracle.exchange.messages import (
    MAX_NODES,
    MAX_PROPOSAL_BYTES,
    MalformedMessage,
    Message,
    ObservationMessage,
    ObservationsMessage,
    ProposalMessage,
    QuorumMessage,
    ReadingsMessage,
    RefusalMessage,
    SignatureMessage,
)
from oracle.exchange.refusals import Locked, Refusal, WrongEpoch

Epoch = Annotated[int, Path(ge=0, lt=1 << 63)]
Root = Annotated[str, Path(pattern=r"^0x[0-9a-f]{64}$")]
StandingReadings = Callable[[int], tuple[bytes, Leaves]]
"""The root and all leaves of the standing report of an epoch. Raises Unknown."""


class BodyTooLarge(Refusal):
    """More bytes than a proposal can have."""

    status = 413


async def _proposal(request: Request) -> ProposalMessage:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_PROPOSAL_BYTES:
            raise BodyTooLarge(f"a proposal has at most {MAX_PROPOSAL_BYTES} bytes")
    return ProposalMessage.read(bytes(raw))


def create_app(
    desk: Desk, readings: StandingReadings, status: Callable[[], dict[str, Any]], ready: Callable[[], bool]
) -> FastAPI:
    """The application. `status` and `ready` are the node's own account of itself."""
    app = FastAPI(title="Wellhead node", openapi_url="/openapi.json", docs_url="/docs", redoc_url=None)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(MalformedMessage, _malformed)

    @app.get("/epochs/{epoch}/observation")
    def own_observation(epoch: Epoch, base: Annotated[int, Query(ge=0, lt=1 << 63)]) -> Response:
        """This node's own signed observation of `epoch` over the report of epoch `base`."""
        return _send(ObservationMessage.of(desk.own_observation(epoch, base)))

    @app.get("/observations/{root}")
    def observation(
        root: Root,
        epoch: Annotated[int | None, Query(ge=0, lt=1 << 63)] = None,
        node: Annotated[int | None, Query(ge=0, lt=MAX_NODES)] = None,
    ) -> Response:
        """Any observation this node holds, its own or another's."""
        return _send(ObservationMessage.of(desk.observation(bytes.fromhex(root[2:]), epoch, node)))

    @app.post("/epochs/{epoch}/proposal")
    def propose(epoch: Epoch, message: Annotated[ProposalMessage, Depends(_proposal)]) -> Response:
        """This node's signature of a proposal it could rebuild byte for byte."""
        if message.report.epoch != epoch:
            raise WrongEpoch(f"a report of epoch {message.report.epoch} proposed for epoch {epoch}")
        node, signature = desk.answer(message.proposal())
        return _send(SignatureMessage(node=node, signature=signature))

    @app.get("/epochs/{epoch}/report")
    def quorum(epoch: Epoch) -> Response:
        """The proposal this node is locked on, with the signatures it knows: with a quorum of them anyone may post
        it."""
        proposal, signatures = desk.quorum(epoch)
        known = [SignatureMessage(node=node, signature=signatures[node]) for node in sorted(signatures)]
        return _send(QuorumMessage(proposal=ProposalMessage.of(proposal), signatures=known))

    @app.get("/reports/{epoch}/readings")
    def standing_readings(epoch: Epoch) -> Response:
        """Every (meter id, reading) under the root of the standing report of `epoch`: rebuild the tree to prove
        them."""
        root, leaves = readings(epoch)
        return _send(ReadingsMessage(epoch=epoch, root=root, leaves=pack_leaves(leaves)))

    @app.get("/reports/{epoch}/observations")
    def made_of(epoch: Epoch) -> Response:
        """The proposal this node signed for `epoch` and the observations it was made of."""
        proposal, observations = desk.made_of(epoch)
        return _send(
            ObservationsMessage(
                proposal=ProposalMessage.of(proposal),
                observations=[ObservationMessage.of(signed) for signed in observations],
            )
        )

    @app.get("/livez")
    def livez() -> dict[str, str]:
        """The process answers."""
        return {"status": "live"}

    @app.get("/readyz")
    def readyz() -> Response:
        """200 once the node has read the chain and knows its place in the set, 503 before."""
        if ready():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "starting"}, status_code=503)

    @app.get("/status")
    def node_status() -> dict[str, Any]:
        """Where this node is, and what it is waiting for."""
        return status()

    return app


def _send(message: Message) -> Response:
    return Response(message.json_bytes(), media_type="application/json")


def _refused(_: Request, error: Exception) -> Response:
    refusal = RefusalMessage(error=type(error).__name__, reason=str(error)[:4096])
    if isinstance(error, Locked):
        locked = ProposalMessage.of(error.proposal)
        refusal = refusal.model_copy(update={"locked": locked, "signature": error.signature})
    status = error.status if isinstance(error, Refusal) else 422
    return Response(refusal.json_bytes(), status_code=status, media_type="application/json")


def _malformed(request: Request, error: Exception) -> Response:
    return _refused(request, WellheadError(str(error)) if not isinstance(error, MalformedMessage) else error)
