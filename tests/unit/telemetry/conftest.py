"""What tests of telemetry share: files with given text, and samples out of them."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from oracle.telemetry.log import open_log
from oracle.telemetry.sample import Sample

GPU_A = "GPU-aaaaaaaa-1111-2222-3333-444444444444"
GPU_B = "GPU-bbbbbbbb-1111-2222-3333-444444444444"
T0 = 1_791_158_400_000
"""2026-10-05 00:00:00Z in ms."""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file: text or bytes, gzip when its name says so."""

    def write(content: str | bytes, name: str = "log.csv") -> Path:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return path

    return write


@pytest.fixture
def samples_of(write: Callable[..., Path]) -> Callable[..., list[Sample]]:
    """The samples of a log with the given content."""

    def samples_of(content: str | bytes, name: str = "log.csv", **options: object) -> list[Sample]:
        return list(open_log(write(content, name), **options))  # type: ignore[arg-type]

    return samples_of
