"""What nodes show: leaves, observations, signed reports. Any node will do, for all of it is checked against a root."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from oracle.domain.errors import WellheadError
from oracle.domain.report import Report
from oracle.domain.shown import shown_url
from oracle.domain.signed import LEAF_BYTES
from oracle.exchange.fetch import Fetcher
from oracle.exchange.messages import (
    MAX_LEAVES_BYTES,
    MAX_NODES,
    MAX_SMALL_BYTES,
    ObservationsMessage,
    QuorumMessage,
    ReadingsMessage,
    max_observation_bytes,
)
from oracle.watch.evidence import Named, SignedReport
from oracle.watch.leaves import Leaves

T = TypeVar("T")

OK = 200


class NothingShown(WellheadError):
    """No node showed what was asked for, in a form that fits its root. Trying again later is right."""


class Nodes:
    """The nodes at `urls`. Answers are held to their size and shape, and to nothing a liar could not also keep to."""

    def __init__(self, urls: Sequence[str], fetcher: Fetcher) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._fetcher = fetcher

    def readings(self, epoch: int, root: bytes) -> Leaves:
        """All leaves under `root`, the root of the report of `epoch`. Raises NothingShown."""

        def ask(url: str) -> Leaves:
            message = ReadingsMessage.read(self._get(url, f"/reports/{epoch}/readings", MAX_LEAVES_BYTES))
            return Leaves(message.leaves, root, f"readings of epoch {epoch} from {shown_url(url)}")

        return self._first(ask, f"the readings of epoch {epoch}")

    def observations(self, report: Report) -> tuple[Named, list[Leaves]]:
        """What a report says it was made of, and the leaves of each observation. Raises NothingShown."""
        # A report may say of itself that it is as large as it likes.
        meters = min(report.leaf_count, MAX_LEAVES_BYTES // (2 * LEAF_BYTES))
        most = MAX_SMALL_BYTES + MAX_NODES * max_observation_bytes(meters)

        def ask(url: str) -> tuple[Named, list[Leaves]]:
            path = f"/reports/{report.epoch}/observations"
            message = ObservationsMessage.read(self._get(url, path, most))
            pairs = message.proposal.pairs
            named = Named(
                message.proposal.block_hash, tuple(pair.node for pair in pairs), tuple(pair.root for pair in pairs)
            )
            if named.set_hash() != report.set_hash:
                raise NothingShown(f"{shown_url(url)} shows observations of another report of epoch {report.epoch}")
            packed = {observation.root: observation.leaves for observation in message.observations}
            missing = [root for root in named.roots if root not in packed]
            if missing:
                raise NothingShown(f"{shown_url(url)} does not show the observation 0x{missing[0].hex()}")
            what = f"the observation from {shown_url(url)}"
            return named, [Leaves(packed[root], root, what) for root in named.roots]

        return self._first(ask, f"the observations of epoch {report.epoch}")

    def signed(self, epoch: int) -> list[SignedReport]:
        """Every signed report of `epoch` any node shows, one record each, unchecked. A node that shows none is no news:
        it may have signed none."""
        found = []
        for url in self._urls:
            try:
                message = QuorumMessage.read(self._get(url, f"/reports/{epoch}/signatures", MAX_SMALL_BYTES))
                report = message.proposal.proposal().report
            except WellheadError:
                continue
            if report.epoch == epoch:
                found += _records(report, message)
        return found

    def _get(self, url: str, path: str, max_bytes: int) -> bytes:
        answer = self._fetcher.get(url + path, max_bytes)
        if answer.status != OK:
            raise NothingShown(f"{shown_url(url)} answers {answer.status} to {path}")
        return answer.body

    def _first(self, ask: Callable[[str], T], what: str) -> T:
        refusals = []
        for url in self._urls:
            try:
                return ask(url)
            except WellheadError as error:
                refusals.append(str(error))
        raise NothingShown(f"no node shows {what}: {'; '.join(refusals)}")


def _records(report: Report, message: QuorumMessage) -> list[SignedReport]:
    return [SignedReport(report, bytes([given.node]) + given.signature) for given in message.signatures]
