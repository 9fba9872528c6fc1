"""Why a node refuses what another one says, one class each. The class name goes over the wire with the reason."""

from oracle.domain.errors import WellheadError
from oracle.domain.signed import Proposal


class Refusal(WellheadError):
    """A refusal of the exchange. `status` is the HTTP status it is answered with."""

    status = 422


class NotYet(Refusal):
    """This node is not there yet: asking again later is right."""

    status = 425


class Unknown(Refusal):
    """This node does not have what it is asked for, and will not get it by itself."""

    status = 404


class WrongConfig(Refusal):
    """Another node set, chain, contract or definition of metrics."""


class WrongEpoch(Refusal):
    """Not the epoch that can be reported now."""


class WrongBase(Refusal):
    """Another base report than the newest standing one."""


class WrongBlock(Refusal):
    """Another block than the last one at or before the epoch's end."""


class WrongMeters(Refusal):
    """Other meters than those open at the block."""


class WrongRoot(Refusal):
    """Leaves that do not make the root they are said to make."""


class WrongSigner(Refusal):
    """A signature that is not the node's that is said to have made it, or of no member of the set."""


class WrongLeader(Refusal):
    """A proposal by a node whose turn it is not."""


class WrongSet(Refusal):
    """Not exactly 2f+1 observations, in index order."""


class WrongReport(Refusal):
    """A report that its own observations do not make."""


class ObservationUnavailable(Refusal):
    """An observation that is named and that nobody hands out."""

    status = 424


class ClockOff(Refusal):
    """This node's clock and the chain's head are too far apart for it to sign anything."""

    status = 503


class BodyTooLarge(Refusal):
    """More bytes than any question here takes."""

    status = 413


class BodyTooSlow(Refusal):
    """A body that was not there in time."""

    status = 408


class TooManyAtOnce(Refusal):
    """One node asks more at once than is answered to one node."""

    status = 429


class Busy(Refusal):
    """Too many large answers are being made at once: this one was not begun."""

    status = 429


class NotAuthenticated(Refusal):
    """A question that only nodes are answered, not signed as by one of them to this one."""

    status = 401


class StaleRequest(NotAuthenticated):
    """A signed question that is too old, from too far ahead, or was asked before."""


class GuardRefused(Refusal):
    """This node's signing guard does not let it sign for the epoch."""

    status = 403


class Locked(Refusal):
    """This node has signed another proposal for the epoch, which comes with the answer."""

    status = 409

    def __init__(self, message: str, proposal: Proposal, signature: bytes) -> None:
        super().__init__(message)
        self.proposal = proposal
        self.signature = signature
