"""An `nvidia-smi` CSV log that a web server hands out and the operator goes on writing."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import tzinfo
from pathlib import Path

from oracle.domain.errors import WellheadError
from oracle.domain.reading import TrustLevel
from oracle.domain.shown import shown_url
from oracle.exchange.fetch import Fetcher
from oracle.node.sources import SiteUnreachable
from oracle.store.telemetry import OPERATOR, Tail, TelemetryStore
from oracle.telemetry.errors import TelemetryError
from oracle.telemetry.lines import LogLines
from oracle.telemetry.nvidia_smi import NvidiaSmiLog
from oracle.telemetry.sample import Sample

CHUNK_BYTES = 512 * 1024
PRIME_BYTES = 64 * 1024
TAKE_BYTES = 8 * 1024 * 1024
TAKE_S = 5.0
"""How much of a log is read in one go, and for how long; the rest follows at the next. A server without Range, which
sends all of the log every time, may have one of TAKE_BYTES."""
OK, PARTIAL, NOT_SATISFIABLE = 200, 206, 416


class ServedLog:
    """One log, read from where it was left. Rows that were written late are read when they are there.

    A log that became shorter was started anew and is read from its beginning. A piece in the midst of a log that cannot
    be read is passed over: it must not be all that is ever read again. `elapsed` is a monotonic clock in seconds.
    """

    level = TrustLevel.OPERATOR_LOG
    catches_up = True

    def __init__(
        self,
        fleet: int,
        url: str,
        zone: tzinfo,
        fetcher: Fetcher,
        store: TelemetryStore,
        chunk_bytes: int = CHUNK_BYTES,
        elapsed: Callable[[], float] = time.monotonic,
        *,
        source: int = OPERATOR,
    ) -> None:
        self._fleet = fleet
        self._source = source
        self._url = url
        self._shown = shown_url(url)
        self._zone = zone
        self._fetcher = fetcher
        self._store = store
        self._chunk_bytes = chunk_bytes
        self._elapsed = elapsed
        self._parser: _Parser | None = None

    def take(self, now: int, epoch: int, since: int | None = None) -> None:
        """Reads every whole line written since, and leaves a line that is still being written for the next time."""
        deadline, budget = self._elapsed() + TAKE_S, TAKE_BYTES
        tail = self._store.tail(self._fleet, source=self._source)
        if tail is None or tail.url != self._url:
            tail = Tail(self._url, 0, "")
        if self._parser is None:
            self._parser = self._primed(tail, deadline)
        while budget > 0 and self._elapsed() < deadline:
            part = self._read(tail.offset, self._chunk_bytes, deadline)
            if part is None:
                tail, self._parser = Tail(self._url, 0, ""), _Parser(self._url, self._zone)
                continue
            chunk, ended = part
            whole = chunk[: chunk.rfind(b"\n") + 1]
            # A chunk that is not even one line long is no line of a log: it is passed over.
            tail = self._keep(tail, whole if whole or ended else chunk, epoch, self._parser)
            if ended:
                return
            budget -= len(chunk)
        raise SiteUnreachable(f"{self._shown} has more than can be read in one go; the rest is read at the next")

    def _read(self, offset: int, length: int, deadline: float) -> tuple[bytes, bool] | None:
        """About `length` bytes from `offset` on, and whether the log ends there; None if it has become shorter."""
        # From one byte earlier: a log that has not grown then still answers 206, and one that shrank does not.
        first = max(0, offset - 1)
        try:
            answer = self._fetcher.get_part(self._url, first, length + 1, self._left(deadline))
            if answer.status == OK:  # a server without Range sends all of it, which is fine while it is small
                answer = self._fetcher.get(self._url, TAKE_BYTES, self._left(deadline))
        except WellheadError as error:
            raise SiteUnreachable(str(error)) from None
        if answer.status == NOT_SATISFIABLE:
            return None if offset > 0 else (b"", True)
        if answer.status == PARTIAL:
            chunk = answer.body[offset - first :][:length]
            return chunk, len(chunk) < length
        if answer.status == OK:
            return (answer.body[offset:], True) if len(answer.body) >= offset else None
        raise SiteUnreachable(f"{self._shown} answers {answer.status}; it must serve the log, with Range requests")

    def _left(self, deadline: float) -> float:
        return max(0.1, deadline - self._elapsed())

    def _keep(self, tail: Tail, piece: bytes, epoch: int, parser: "_Parser") -> Tail:
        """Stores a piece's samples and how far the log is read now."""
        text = piece.decode("utf-8-sig" if tail.offset == 0 else "utf-8", errors="replace")
        passed = Tail(self._url, tail.offset + len(piece), _last_header(text) or tail.header)
        try:
            samples = parser.feed(text) if text.strip() else []
        except Exception as error:
            if tail.offset == 0 and isinstance(error, SiteUnreachable):
                raise  # no log at all, so far
            self._store.add(self._fleet, epoch, [], passed, source=self._source)
            raise SiteUnreachable(f"{self._shown}, from byte {tail.offset} to {passed.offset}: {error!r}") from error
        self._store.add(self._fleet, epoch, samples, passed, source=self._source)
        return passed

    def _primed(self, tail: Tail, deadline: float) -> "_Parser":
        """A parser that knows what it would had it read the log up to `tail`: after a restart, the log's beginning
        again for the names it gives GPUs, then the header in force."""
        parser = _Parser(self._url, self._zone)
        if tail.offset:
            start, _ = self._read(0, PRIME_BYTES, deadline) or (b"", True)
            for text in (start[: start.rfind(b"\n") + 1].decode("utf-8-sig", errors="replace"), tail.header + "\n"):
                with suppress(Exception):  # what cannot be read was passed over before
                    parser.feed(text)
        return parser


class _Parser:
    """The nvidia-smi reader fed piece by piece: it keeps header and GPU names between them."""

    def __init__(self, url: str, zone: tzinfo) -> None:
        self._lines = _FedLines(url)
        self._log = NvidiaSmiLog(self._lines, zone=zone)

    def feed(self, text: str) -> list[Sample]:
        """The samples in some whole lines. Raises SiteUnreachable when they are no such log."""
        self._lines.put(text)
        samples: list[Sample] = []
        try:
            # Not list(...): what came before a fault is kept.
            for sample in self._log:
                samples.append(sample)  # noqa: PERF402
        except TelemetryError as error:
            if not samples:
                raise SiteUnreachable(str(error)) from None
        return samples


class _FedLines(LogLines):
    """Lines that are handed in as they come, where LogLines reads a file."""

    def __init__(self, url: str) -> None:
        self.path = Path(shown_url(url))
        self.cut_off = ""
        self.bytes_total = 0
        self._block: list[str] = []

    @property
    def bytes_read(self) -> int:
        """Not known: a served log has no end."""
        return 0

    @property
    def first_lines(self) -> list[str]:
        """The lines that wait to be read."""
        return self._block

    def put(self, text: str) -> None:
        """Whole lines, each with its newline."""
        self._block = text.split("\n")[:-1]

    def blocks(self) -> Iterator[list[str]]:
        """What was put in, once."""
        block, self._block = self._block, []
        if block:
            yield block

    def close(self) -> None:
        """Nothing is open."""


def _last_header(text: str) -> str:
    for line in reversed(text.split("\n")):
        lowered = line.lower()
        if "timestamp" in lowered and "uuid" in lowered:
            return line.rstrip("\r")
    return ""
