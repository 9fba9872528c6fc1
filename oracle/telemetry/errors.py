"""Every way telemetry can be unusable, one class each, with a message an operator can act on.

A message says where (file and line, or address), what was found and what to do about it. Commands print it and exit
with code 2; nodes log it and go on without the source. Nothing here is ever shown as a traceback.
"""

from __future__ import annotations

from oracle.domain.errors import WellheadError


class TelemetryError(WellheadError):
    """Base of all errors of this package; `str(error)` is complete sentences for an operator."""


class UnreadableFile(TelemetryError):
    """The file cannot be opened or read."""


class DamagedCompression(TelemetryError):
    """A gzip file is cut off or corrupt."""


class LineTooLong(TelemetryError):
    """One line is longer than any telemetry line can be: the file is something else."""


class UnknownFormat(TelemetryError):
    """Neither an nvidia-smi CSV log nor dcgm-exporter text."""


class EmptyLog(TelemetryError):
    """The file holds no line of text."""


class HeaderOnly(TelemetryError):
    """The file has its header and not one reading after it."""


class MissingHeader(TelemetryError):
    """The first line is data: the log was recorded with `noheader`."""


class MissingColumns(TelemetryError):
    """A column that metering needs is not in the header."""


class UuidRequired(MissingColumns):
    """The log names GPUs by index or bus id only, where a UUID is needed."""


class TimestampUnreadable(TelemetryError):
    """No row has a time that can be read."""


class MostlyMalformed(TelemetryError):
    """More rows are unreadable than readable."""


class TooManyGpus(TelemetryError):
    """The log names more GPUs than a log of ours may."""


class ScrapesWithoutTime(TelemetryError):
    """A log of scrapes whose lines carry no timestamps."""


class ExpositionMalformed(TelemetryError):
    """An answer is not Prometheus text exposition."""


class NoGpuMetrics(TelemetryError):
    """An answer is exposition, and lists no GPU."""


class ExporterUnreachable(TelemetryError):
    """No connection, or no answer in time."""


class ExporterRefused(TelemetryError):
    """The address answered with something other than 200."""


class ExporterTooLarge(TelemetryError):
    """The answer is larger than the limit."""


class ExporterClockSkew(TelemetryError):
    """The answer's explicit timestamps are far from the node's clock."""


class AuthFileUnusable(TelemetryError):
    """A file with a login or a certificate cannot be read, is open to others, or holds something else."""


class StoreRefused(TelemetryError):
    """A metrics store answered that it will not answer."""


class StoreMalformed(TelemetryError):
    """A metrics store answered something other than raw samples."""


class BatchMalformed(TelemetryError):
    """Not a batch: its head, or a line of it, is not written as one is."""


class BatchTampered(TelemetryError):
    """The samples are not the bytes that were signed."""


class BatchNotTheOperators(TelemetryError):
    """No batch that the fleet's operator signed."""


class BatchMisplaced(TelemetryError):
    """A batch of another fleet or epoch, with samples of one, or of another chain of batches."""


class BatchSignedTwice(TelemetryError):
    """A folder that would come to hold two batches of one epoch, or does not hold what was signed before."""


class PowerUnknown(TelemetryError):
    """A Redfish service tells no power of its machine."""


class NvmlUnusable(TelemetryError):
    """There is no NVML to ask: no binding, no driver, or no GPU."""


class RecorderError(TelemetryError):
    """A recording cannot start or go on."""


class NvidiaSmiMissing(RecorderError):
    """There is no nvidia-smi to run."""


class NvidiaSmiFailed(RecorderError):
    """nvidia-smi ran and gave no table."""


class TargetUnusable(RecorderError):
    """The output file cannot be written, or already holds something else."""
