"""What a site serves of its signed batches: a folder with a file an epoch, named by its number.

The files are also what keeps the operator from signing an epoch twice: none is ever written again.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from oracle.domain.errors import WellheadError
from oracle.domain.report import Domain
from oracle.domain.schedule import Schedule
from oracle.domain.signature import Signer
from oracle.telemetry.batch import MAX_HEAD_BYTES, NONE_BEFORE, SignedBatch, read_head, sample_lines, sign_batch
from oracle.telemetry.errors import BatchSignedTwice, TargetUnusable
from oracle.telemetry.log import open_log
from oracle.telemetry.sample import Sample

PRIME_BYTES: Final = 64 * 1024
"""The beginning of a recording is read again with each part of it: its header, and the names it gives GPUs."""


class BatchFolder:
    """One fleet's batches, signed by `signer`. Without any there the first may be of an epoch that ends after `began`
    (Unix seconds): a folder that was lost must not lead to a second batch of an epoch."""

    def __init__(
        self, folder: Path, fleet: int, domain: Domain, schedule: Schedule, signer: Signer, began: int
    ) -> None:
        """Makes the folder if need be. Raises TargetUnusable, BatchSignedTwice when what is in it is not this
        operator's, or TelemetryError when it cannot be read."""
        self._folder = folder
        self._fleet = fleet
        self._domain = domain
        self._signer = signer
        self.schedule = schedule
        try:
            folder.mkdir(parents=True, exist_ok=True)
            epochs = [int(name) for name in os.listdir(folder) if name.isascii() and name.isdecimal()]
            self._newest: SignedBatch | None = None
            if epochs:
                with (folder / str(max(epochs))).open("rb") as file:
                    self._newest = read_head(file.read(MAX_HEAD_BYTES))
        except OSError as error:
            raise _unusable(folder, error) from error
        if self._newest is not None:
            self._check_own(self._newest, max(epochs))
            self.next = self._newest.statement.epoch + 1
        else:
            self.next = max(0, (began - schedule.genesis) // schedule.length)

    def publish(self, epoch: int, samples: list[Sample]) -> Path | None:
        """Signs and writes the batch of `epoch`, `next` or later; None without samples: the epoch has none then.

        Raises BatchSignedTwice, BatchMalformed, TargetUnusable, or what the signer fails with; then nothing is there.
        """
        if epoch < self.next:
            raise BatchSignedTwice(
                f"{self._folder}: epoch {epoch} is over, and signed or passed by; next is {self.next}"
            )
        lines = sample_lines(samples)
        if not lines:
            self.next = epoch + 1
            return None
        previous = NONE_BEFORE if self._newest is None else self._newest.statement.struct_hash()
        signed, raw = sign_batch(lines, self._fleet, epoch, previous, self._signer, self._domain)
        target = self._folder / str(epoch)
        self._write(target, raw)
        self._newest, self.next = signed, epoch + 1
        return target

    def _write(self, target: Path, raw: bytes) -> None:
        """All of it or nothing, and never over another file."""
        try:
            descriptor, part = tempfile.mkstemp(prefix=".batch-", dir=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(raw)
                    file.flush()
                    os.fchmod(file.fileno(), 0o644)
                    os.fsync(file.fileno())
                os.link(part, target)
            finally:
                with suppress(OSError):
                    os.unlink(part)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except FileExistsError:
            raise BatchSignedTwice(f"{target}: is there already. Two recorders must not write to one folder.") from None
        except OSError as error:
            raise _unusable(target, error) from error

    def _check_own(self, found: SignedBatch, epoch: int) -> None:
        said = found.statement
        signer = found.signer(self._domain)
        if (said.fleet, said.epoch, signer.lower()) != (self._fleet, epoch, self._signer.address.lower()):
            raise BatchSignedTwice(
                f"{self._folder / str(epoch)}: is of fleet {said.fleet}, epoch {said.epoch}, signed by {signer}. "
                "Give each fleet and operator a folder of its own; after a change of either, a new one."
            )


class RecordingBatches:
    """Makes the batches of a recording while it goes on. What is in the file counts, so a recorder that was stopped
    signs what it had recorded once it runs again."""

    def __init__(self, recording: Path, folder: BatchFolder) -> None:
        self._recording = recording
        self._folder = folder
        self._read_from = 0
        self._size = 0  # of the recording, at the last look
        self._begun = -1, 0  # the present epoch, and where in the recording it begins at the earliest
        self.signed = 0
        self.last_failure = ""

    def look(self, now: int) -> None:
        """Signs the batches of the epochs that are over at `now` (Unix seconds), of which all was written. What goes
        wrong is in `last_failure`; it is tried again at the next look, and the recording goes on."""
        schedule = self._folder.schedule
        current = (now - schedule.genesis) // schedule.length
        try:
            if current != self._begun[0]:
                self._begun = current, self._size
            self._size = self._recording.stat().st_size
            if self._folder.next >= current:
                return
            by_epoch: dict[int, list[Sample]] = {epoch: [] for epoch in range(self._folder.next, current)}
            for sample in self._samples():
                epoch = (sample.time_ms - schedule.genesis * 1000) // (schedule.length * 1000)
                if epoch in by_epoch:
                    by_epoch[epoch].append(sample)
            for epoch, samples in by_epoch.items():
                self.signed += self._folder.publish(epoch, samples) is not None
        except (WellheadError, OSError) as error:
            self.last_failure = str(error)
            return
        self._read_from, self.last_failure = self._begun[1], ""

    def _samples(self) -> Iterator[Sample]:
        """What the recording says from where it was left, and at its beginning."""
        if self._read_from <= PRIME_BYTES:
            yield from open_log(self._recording)
            return
        with tempfile.NamedTemporaryFile(prefix="wellhead-", suffix=".part") as part:
            with self._recording.open("rb") as file:
                prime = file.read(PRIME_BYTES)
                part.write(prime[: prime.rfind(b"\n") + 1])
                file.seek(self._read_from)
                while block := file.read(1 << 20):
                    part.write(block)
            part.flush()
            yield from open_log(Path(part.name))


def _unusable(path: Path, error: OSError) -> TargetUnusable:
    return TargetUnusable(f"{path}: cannot be written or read ({error.strerror}). Check the folder and its rights.")
