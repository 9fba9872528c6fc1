"""The node's HTTP face: the exchange with its peers, and health for whoever watches it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from oracle.domain.errors import WellheadError
from oracle.domain.signed import Leaves, pack_leaves
from oracle.exchange.auth import Doorkeeper
from oracle.exchange.desk import Desk
from oracle.exchange.door import Door, DoorRules
from oracle.exchange.messages import (
    MAX_NODES,
    MalformedMessage,
    ObservationMessage,
    ObservationsMessage,
    OfferMessage,
    ProposalMessage,
    QuorumMessage,
    ReadingsMessage,
    SignatureMessage,
    signature_list,
)
from oracle.exchange.refusals import Busy, Refusal, WrongEpoch
from oracle.exchange.wire import answer, refusal_response

Epoch = Annotated[int, Path(ge=0, lt=1 << 63)]
Root = Annotated[str, Path(pattern=r"^0x[0-9a-f]{64}$")]
StandingReadings = Callable[[int], tuple[bytes, Leaves]]
"""The root and all leaves of the standing report of an epoch. Raises Unknown."""


LARGE_AT_ONCE = 2
"""How many whole reports are made ready for strangers at once: one of 100,000 meters takes tens of MB."""


async def _offer(request: Request) -> OfferMessage:
    # The door has let in no more than an offer can have.
    return OfferMessage.read(await request.body())


def create_app(
    desk: Desk,
    readings: StandingReadings,
    status: Callable[[], dict[str, Any]],
    ready: Callable[[], bool],
    keeper: Doorkeeper,
    rules: DoorRules | None = None,
) -> FastAPI:
    """The application. `status` and `ready` are the node's own account of itself, `keeper` knows who its peers are."""
    app = FastAPI(title="Wellhead node", openapi_url="/openapi.json", docs_url=None, redoc_url=None)
    app.add_middleware(Door, keeper=keeper, refused=desk.refused, rules=rules or DoorRules())

    _answer_refusals(app, desk)
    places = BoundedSemaphore(LARGE_AT_ONCE)

    @contextmanager
    def place() -> Iterator[None]:
        if not places.acquire(blocking=False):
            raise Busy("too many whole reports are asked for at once: ask again in a few seconds")
        try:
            yield
        finally:
            places.release()

    @app.get("/epochs/{epoch}/observation")
    def own_observation(epoch: Epoch, base: Annotated[int, Query(ge=0, lt=1 << 63)]) -> Response:
        """This node's own signed observation of `epoch` over the report of epoch `base`. For nodes only."""
        return answer(ObservationMessage.of(desk.own_observation(epoch, base)))

    @app.get("/observations/{root}")
    def observation(
        root: Root,
        epoch: Annotated[int | None, Query(ge=0, lt=1 << 63)] = None,
        node: Annotated[int | None, Query(ge=0, lt=MAX_NODES)] = None,
    ) -> Response:
        """Any observation this node holds, its own or another's. For nodes only."""
        return answer(ObservationMessage.of(desk.observation(bytes.fromhex(root[2:]), epoch, node)))

    @app.post("/epochs/{epoch}/proposal")
    def propose(epoch: Epoch, message: Annotated[OfferMessage, Depends(_offer)]) -> Response:
        """This node's signature of a proposal it could rebuild byte for byte. For nodes only."""
        if message.proposal.report.epoch != epoch:
            raise WrongEpoch(f"a report of epoch {message.proposal.report.epoch} proposed for epoch {epoch}")
        node, signature = desk.answer(message.offer())
        return answer(SignatureMessage(node=node, signature=signature))

    @app.get("/epochs/{epoch}/report")
    @app.get("/reports/{epoch}/signatures")
    def quorum(epoch: Epoch) -> Response:
        """The proposal this node is locked on, with the signatures it knows: with a quorum of them anyone may post
        it. Nodes ask under the first path, where they have no rate limit; watchers under the second."""
        proposal, signatures = desk.quorum(epoch)
        return answer(QuorumMessage(proposal=ProposalMessage.of(proposal), signatures=signature_list(signatures)))

    @app.get("/epochs/{epoch}/readings")
    def nodes_readings(epoch: Epoch) -> Response:
        """As `/reports/{epoch}/readings`, which strangers may keep busy. For nodes only."""
        root, leaves = readings(epoch)
        return answer(ReadingsMessage(epoch=epoch, root=root, leaves=pack_leaves(leaves)))

    @app.get("/reports/{epoch}/readings")
    def standing_readings(epoch: Epoch) -> Response:
        """Every (meter id, reading) under the root of the standing report of `epoch`: rebuild the tree to prove
        them."""
        with place():
            return nodes_readings(epoch)

    @app.get("/reports/{epoch}/observations")
    def made_of(epoch: Epoch) -> Response:
        """The proposal this node signed for `epoch` and the observations it was made of."""
        with place():
            proposal, observations = desk.made_of(epoch)
            return answer(
                ObservationsMessage(
                    proposal=ProposalMessage.of(proposal),
                    observations=[ObservationMessage.of(signed) for signed in observations],
                )
            )

    _tell_health(app, status, ready)
    return app


def _answer_refusals(app: FastAPI, desk: Desk) -> None:
    # Coroutines, and so not in threads of their own: the counts are the server thread's.
    async def refused(_: Request, error: Exception) -> Response:
        desk.refused[type(error).__name__] += 1
        return refusal_response(error)

    # A database or a remote signer that cannot be used now: nothing was said or signed, asking again later is right.
    async def unable(_: Request, error: Exception) -> Response:
        desk.refused[type(error).__name__] += 1
        return refusal_response(error, unable=True)

    app.add_exception_handler(WellheadError, unable)
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(MalformedMessage, refused)


def _tell_health(app: FastAPI, status: Callable[[], dict[str, Any]], ready: Callable[[], bool]) -> None:
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
