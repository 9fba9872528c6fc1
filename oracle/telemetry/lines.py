"""The lines of a log file: plain or gzip, any common encoding, in blocks, in flat memory."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from oracle.telemetry.errors import DamagedCompression, LineTooLong, UnreadableFile

BLOCK_CHARS = 1 << 18
MAX_LINE_CHARS = 1 << 16

_GZIP_MAGIC = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # PowerShell's `>` writes UTF-16: how many Windows users recorded their logs.
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class LogLines:
    """A log file, or a pipe, as blocks of whole lines, without line ends.

    The last line of a file that does not end in a newline was cut off while being written: a number in it may be
    short of digits, so it is never among the lines; `cut_off` holds it once the blocks are through.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file and reads its first block. Raises UnreadableFile, DamagedCompression."""
        self.path = path
        self.cut_off = ""
        try:
            self._raw = path.open("rb")
            self.bytes_total = path.stat().st_size
        except OSError as error:
            raise UnreadableFile(f"{path}: cannot be read ({error.strerror}). Check path and rights.") from error
        unpacked: io.BufferedReader | gzip.GzipFile = self._raw
        with self._naming_trouble():
            head = self._raw.peek(4)
            if head.startswith(_GZIP_MAGIC):
                unpacked = gzip.GzipFile(fileobj=self._raw, mode="rb")
                head = unpacked.peek(4)
        encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
        self._text = io.TextIOWrapper(cast(IO[bytes], unpacked), encoding=encoding, errors="replace", newline="")
        self._tail = ""
        self._first = self._next_block()

    @property
    def bytes_read(self) -> int:
        """Bytes of the file behind the blocks given out so far, for a progress bar; 0 while reading a pipe."""
        if self._raw.closed:
            return self.bytes_total
        return self._raw.tell() if self._raw.seekable() else 0

    @property
    def first_lines(self) -> list[str]:
        """The first block, for telling formats apart; it is still the first of `blocks`."""
        return self._first if self._first is not None else []

    def blocks(self) -> Iterator[list[str]]:
        """All blocks once, first to last. Raises DamagedCompression, UnreadableFile, LineTooLong."""
        block = self._first
        while block is not None:
            yield block
            block = self._next_block()
        self.cut_off = self._tail
        self.close()

    def close(self) -> None:
        """Closes the file; harmless when already closed."""
        self._text.close()
        self._raw.close()

    def _next_block(self) -> list[str] | None:
        with self._naming_trouble():
            text = self._text.read(BLOCK_CHARS)
        if not text:
            return None
        lines = (self._tail + text).split("\n")
        self._tail = lines.pop()
        if len(self._tail) > MAX_LINE_CHARS:
            raise LineTooLong(
                f"{self.path}: has a line of more than {MAX_LINE_CHARS} characters, which no telemetry log has. "
                "Check that this is the log you meant."
            )
        return lines

    def _naming_trouble(self) -> _NamedTrouble:
        return _NamedTrouble(self.path)


class _NamedTrouble:
    """Turns what reading a broken file raises into our errors."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (EOFError, gzip.BadGzipFile, zlib.error)):
            raise DamagedCompression(
                f"{self._path}: the gzip file is cut off or damaged. "
                f"Save what can be read with `gzip -dc {self._path} > part` and use that."
            ) from error
        if isinstance(error, OSError):
            raise UnreadableFile(f"{self._path}: reading failed ({error.strerror}). Copy it off that disk.") from error
