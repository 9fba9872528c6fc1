"""The other nodes, as this one sees them: what can be asked of each, with every answer held to its shape."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import TypeVar

from oracle.domain.errors import WellheadError
from oracle.domain.signed import Leaves, Proposal, SignedObservation
from oracle.exchange.fetch import Answer, Fetcher
from oracle.exchange.messages import (
    MAX_LEAVES_BYTES,
    MAX_SMALL_BYTES,
    MalformedMessage,
    ObservationMessage,
    ProposalMessage,
    QuorumMessage,
    ReadingsMessage,
    RefusalMessage,
    SignatureMessage,
)
from oracle.exchange.refusals import Locked

K = TypeVar("K")
T = TypeVar("T")

OK = 200
CONFLICT = 409


class PeerRefused(WellheadError):
    """A peer answered, and refused: `name` is its refusal."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Peer:
    """One other node at `url`. Every call raises Unreachable, AnswerTooLarge, MalformedMessage or PeerRefused."""

    def __init__(self, index: int, url: str, fetcher: Fetcher) -> None:
        self.index = index
        self.url = url.rstrip("/")
        self._fetcher = fetcher

    def own_observation(self, epoch: int, base_epoch: int, max_bytes: int = MAX_LEAVES_BYTES) -> SignedObservation:
        """The peer's own observation of `epoch` over `base_epoch`, unchecked."""
        raw = self._get(f"/epochs/{epoch}/observation?base={base_epoch}", max_bytes)
        return ObservationMessage.read(raw).signed()

    def observation(self, root: bytes, epoch: int, node: int, max_bytes: int = MAX_LEAVES_BYTES) -> SignedObservation:
        """Node `node`'s observation with `root`, if this peer holds it; unchecked."""
        raw = self._get(f"/observations/0x{root.hex()}?epoch={epoch}&node={node}", max_bytes)
        return ObservationMessage.read(raw).signed()

    def quorum(self, epoch: int) -> tuple[Proposal, dict[int, bytes]]:
        """The proposal the peer is locked on and the signatures of it that it knows, unchecked."""
        message = QuorumMessage.read(self._get(f"/epochs/{epoch}/report", MAX_SMALL_BYTES))
        return message.proposal.proposal(), {given.node: given.signature for given in message.signatures}

    def readings(self, epoch: int) -> Leaves:
        """All leaves of the standing report of `epoch`, unproven."""
        return ReadingsMessage.read(self._get(f"/reports/{epoch}/readings", MAX_LEAVES_BYTES)).readings()

    def propose(self, proposal: Proposal) -> bytes:
        """The peer's signature of a proposal, unchecked. Also raises Locked with the proposal it is locked on."""
        url = f"{self.url}/epochs/{proposal.report.epoch}/proposal"
        answer = self._fetcher.post_json(url, ProposalMessage.of(proposal).json_bytes(), MAX_SMALL_BYTES)
        if answer.status == OK:
            return SignatureMessage.read(answer.body).signature
        raise self._refusal(answer)

    def _get(self, path: str, max_bytes: int) -> bytes:
        answer = self._fetcher.get(self.url + path, max_bytes)
        if answer.status == OK:
            return answer.body
        raise self._refusal(answer)

    def _refusal(self, answer: Answer) -> WellheadError:
        try:
            refusal = RefusalMessage.read(answer.body)
            if answer.status == CONFLICT and refusal.locked is not None and refusal.signature is not None:
                return Locked(refusal.reason, refusal.locked.proposal(), refusal.signature)
        except MalformedMessage:
            return PeerRefused("", f"node {self.index} answered {answer.status} without a reason")
        return PeerRefused(refusal.error, f"node {self.index} refuses: {refusal.error}: {refusal.reason}")


class Peers:
    """All other nodes by index, asked at once on a small pool."""

    def __init__(self, peers: Mapping[int, Peer], pool: ThreadPoolExecutor) -> None:
        self._peers = dict(peers)
        self._pool = pool

    def __getitem__(self, index: int) -> Peer | None:
        return self._peers.get(index)

    def __iter__(self) -> Iterator[Peer]:
        return iter(self._peers.values())

    def ask(
        self, question: Callable[[Peer], T], *, but: Container[int] = ()
    ) -> Iterator[tuple[int, T | WellheadError]]:
        """Every peer's answer, or the error that came instead, as they arrive; those in `but` are not asked.

        Stop early and the rest go unread.
        """
        asked: dict[Future[T], int] = {self._pool.submit(question, peer): index for index, peer in self._peers.items()}
        for done in as_completed(asked):
            error = done.exception()
            if error is None:
                yield asked[done], done.result()
            elif isinstance(error, WellheadError):
                yield asked[done], error
            else:
                raise error

    def together(self, work: Callable[[K], T], items: Iterable[K]) -> list[T]:
        """`work` done for all items at once, in their order. Raises the first error there is."""
        return list(self._pool.map(work, items))
