"""How the exchange answers: messages, and refusals by name."""

from fastapi import Response

from oracle.exchange.messages import Message, ProposalMessage, RefusalMessage
from oracle.exchange.refusals import Locked, Refusal

MAX_REASON = 4096


def answer(message: Message) -> Response:
    """A message as it is sent."""
    return Response(message.json_bytes(), media_type="application/json")


def refusal_response(error: Exception, *, unable: bool = False) -> Response:
    """A refusal as it is sent: for what is no Refusal 422, a message that cannot be read, or 503 where it is this node
    that is `unable` to answer now."""
    refusal = RefusalMessage(error=type(error).__name__, reason=str(error)[:MAX_REASON])
    if isinstance(error, Locked):
        locked = ProposalMessage.of(error.proposal)
        refusal = refusal.model_copy(update={"locked": locked, "signature": error.signature})
    status = error.status if isinstance(error, Refusal) else 503 if unable else 422
    return Response(refusal.json_bytes(), status_code=status, media_type="application/json")
