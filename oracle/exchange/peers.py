"""The other nodes, as this one sees them: what can be asked of each, with every answer held to its shape."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock, Semaphore
from typing import TypeVar
from urllib.parse import urlsplit

from oracle.domain.errors import WellheadError
from oracle.domain.signed import Leaves, Offer, Proposal, SignedObservation
from oracle.domain.spoken import Spoken, say_nothing
from oracle.exchange.auth import Asker
from oracle.exchange.fetch import Answer, Fetcher
from oracle.exchange.messages import (
    MAX_LEAVES_BYTES,
    MAX_SMALL_BYTES,
    MalformedMessage,
    ObservationMessage,
    OfferMessage,
    QuorumMessage,
    ReadingsMessage,
    RefusalMessage,
    SignatureMessage,
)
from oracle.exchange.refusals import GuardRefused, Locked, NotYet, Unknown, WrongBase, WrongEpoch, WrongLeader

K = TypeVar("K")
T = TypeVar("T")

OK = 200
CONFLICT = 409
HELD_UP = ("Busy", "RateLimited")
"""Refusals of what strangers may ask, and ask too often."""
ANSWERS = frozenset(
    {each.__name__ for each in (Unknown, NotYet, WrongEpoch, WrongLeader, WrongBase, GuardRefused)}.union(HELD_UP)
)
"""Refusals by which a peer only says where it is: in another turn or epoch, over another base, not free to sign this
epoch, or kept busy by strangers. A change of turns or a restart brings them about, and nobody has to do anything. All
others are trouble: they stand whatever is asked, or two nodes disagree, and somebody has to see to a clock, a key, a
database or a chain."""
MAX_REASON = 240
"""Characters of a peer's reason that are shown; every honest one says there what is wrong."""
LOCK_S, OBSERVATION_S = 3.0, 5.0
"""How long a node waits for what a peer has signed, and for an observation, in real seconds."""
GRACE_S = 0.5
"""How long, in real seconds, those who have not answered are waited for once enough others have."""


class PeerRefused(WellheadError):
    """A peer answered, and refused: `name` is its refusal."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass
class Seen:
    """What was seen of a node: when it last gave an answer (Unix seconds; 0: never), the error that came last instead
    (empty once it answered), and the newest epoch of which it handed out its observation."""

    answered: float = 0.0
    error: str = ""
    observed: int | None = None


class Peer:
    """One other node at `url`; `cold` is its cold address and `asker` signs the questions that only nodes are answered.
    `log` takes (event, fields) and hears when trouble with it begins, is of another kind, and is over. Safe to share
    between threads. Every call raises Unreachable, AnswerTooLarge, MalformedMessage or PeerRefused."""

    def __init__(
        self,
        index: int,
        url: str,
        fetcher: Fetcher,
        cold: str = "",
        asker: Asker | None = None,
        log: Callable[..., None] = say_nothing,
    ) -> None:
        self.index = index
        self.url = url.rstrip("/")
        self.cold = cold
        self.seen = Seen()
        self._fetcher = fetcher
        self._asker = asker
        self._spoken = Spoken(log)
        self._lock = Lock()

    def own_observation(self, epoch: int, base_epoch: int, max_bytes: int = MAX_LEAVES_BYTES) -> SignedObservation:
        """The peer's own observation of `epoch` over `base_epoch`, unchecked."""
        target = f"/epochs/{epoch}/observation?base={base_epoch}"
        signed = self._get(target, max_bytes, lambda raw: ObservationMessage.read(raw).signed(), OBSERVATION_S)
        self.seen.observed = epoch
        return signed

    def observation(self, root: bytes, epoch: int, node: int, max_bytes: int = MAX_LEAVES_BYTES) -> SignedObservation:
        """Node `node`'s observation with `root`, if this peer holds it; unchecked."""
        target = f"/observations/0x{root.hex()}?epoch={epoch}&node={node}"
        return self._get(target, max_bytes, lambda raw: ObservationMessage.read(raw).signed(), OBSERVATION_S)

    def quorum(self, epoch: int) -> tuple[Proposal, dict[int, bytes]]:
        """The proposal the peer is locked on and the signatures of it that it knows, unchecked."""
        return self._get(f"/epochs/{epoch}/report", MAX_SMALL_BYTES, _quorum, LOCK_S)

    def readings(self, epoch: int) -> Leaves:
        """All leaves of the standing report of `epoch`, unproven."""
        try:
            return self._get(f"/reports/{epoch}/readings", MAX_LEAVES_BYTES, _readings)
        except PeerRefused as error:
            if self._asker is None or error.name not in HELD_UP:
                raise
            # Where only nodes ask.
            return self._get(f"/epochs/{epoch}/readings", MAX_LEAVES_BYTES, _readings)

    def propose(self, offer: Offer) -> bytes:
        """The peer's signature of a proposal, unchecked. Also raises Locked with the proposal it is locked on."""
        target = f"/epochs/{offer.proposal.report.epoch}/proposal"
        body = OfferMessage.of(offer).json_bytes()
        headers = self._headers("POST", target, body)
        return self._noted(
            lambda: self._fetcher.post_json(self.url + target, body, MAX_SMALL_BYTES, headers=headers),
            lambda answer: SignatureMessage.read(answer.body).signature,
        )

    def _get(self, target: str, max_bytes: int, read: Callable[[bytes], T], timeout_s: float | None = None) -> T:
        headers = self._headers("GET", target)
        return self._noted(
            lambda: self._fetcher.get(self.url + target, max_bytes, timeout_s, headers),
            lambda answer: read(answer.body),
        )

    def _headers(self, method: str, target: str, body: bytes = b"") -> dict[str, str]:
        if self._asker is None:
            return {}
        path = urlsplit(self.url).path
        return {"authorization": self._asker.header(self.cold, method, path + target, body)}

    def _noted(self, ask: Callable[[], Answer], read: Callable[[Answer], T]) -> T:
        try:
            answer = ask()
            if answer.status != OK:
                raise self._refusal(answer)
            found = read(answer)
        except (PeerRefused, Locked) as error:
            self._saw(None if isinstance(error, Locked) or error.name in ANSWERS else error, self._now())
            raise
        except WellheadError as error:
            self._saw(error)
            raise
        self._saw(None, self._now())
        return found

    def _saw(self, error: WellheadError | None, answered: float | None = None) -> None:
        """Notes how a question ended, and when it was answered, if it was: many threads ask one peer."""
        with self._lock:
            self.seen.error = "" if error is None else str(error)
            if answered is not None:
                self.seen.answered = answered
            if error is None:
                self._spoken.over("peer", "peer answers again", node=self.index)
            else:
                self._spoken.say("peer", "peer trouble", type(error).__name__, node=self.index, reason=str(error))

    def _now(self) -> float:
        return self._asker.clock() if self._asker is not None else 0.0

    def _refusal(self, answer: Answer) -> WellheadError:
        try:
            refusal = RefusalMessage.read(answer.body)
            reason = refusal.reason if len(refusal.reason) <= MAX_REASON else refusal.reason[:MAX_REASON] + " ..."
            if answer.status == CONFLICT and refusal.locked is not None and refusal.signature is not None:
                return Locked(reason, refusal.locked.proposal(), refusal.signature)
        except MalformedMessage:
            return PeerRefused("", f"node {self.index} answered {answer.status} without a reason")
        return PeerRefused(refusal.error, f"node {self.index} refuses: {refusal.error}: {reason}")


def _quorum(raw: bytes) -> tuple[Proposal, dict[int, bytes]]:
    message = QuorumMessage.read(raw)
    return message.proposal.proposal(), {given.node: given.signature for given in message.signatures}


def _readings(raw: bytes) -> Leaves:
    return ReadingsMessage.read(raw).readings()


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
        self,
        question: Callable[[Peer], T],
        *,
        but: Container[int] = (),
        enough: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[int, T | WellheadError]]:
        """Every peer's answer, or the error that came instead, as they arrive; those in `but` are not asked.

        Stop early and the rest go unread. Once there is `enough`, as asked after each answer, a peer that hangs is
        waited for no longer than GRACE_S.
        """
        asked: dict[Future[T], int] = {
            self._pool.submit(question, peer): index for index, peer in self._peers.items() if index not in but
        }
        open_: set[Future[T]] = set(asked)
        while open_:
            done, open_ = wait(open_, GRACE_S if enough() else None, FIRST_COMPLETED)
            if not done:
                return
            for one in done:
                error = one.exception()
                if error is None:
                    yield asked[one], one.result()
                elif isinstance(error, WellheadError):
                    yield asked[one], error
                else:
                    raise error

    def together(self, work: Callable[[K], T], items: Iterable[K], *, at_once: int) -> list[T]:
        """`work` done for all items, `at_once` of them at a time; what it gives in their order. Raises the first error
        there is."""
        places = Semaphore(at_once)

        def one(item: K) -> T:
            try:
                return work(item)
            finally:
                places.release()

        begun = []
        for item in items:
            places.acquire()
            begun.append(self._pool.submit(one, item))
        return [each.result() for each in begun]
