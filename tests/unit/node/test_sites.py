"""Sampling real HTTP sites: exporters on a grid, served logs from where they were left."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import OperationalError

from oracle.exchange.fetch import Fetcher
from oracle.node.sites import Site
from oracle.node.sources import SiteUnreachable
from oracle.node.sources import served_log as sites
from oracle.node.sources.exporter import Exporter
from oracle.node.sources.served_log import ServedLog
from oracle.store.database import Database, open_database
from oracle.store.telemetry import TelemetryStore
from oracle.telemetry.sample import Sample
from oracle.telemetry.smi_rows import SmiRows
from tests.unit.node.site_server import SiteServer

UUID = "GPU-0a0a0a0a-1111-2222-3333-444444444444"
HEADER = "timestamp, uuid, power.draw [W], utilization.gpu [%]\n"
T0 = 1_790_000_000  # 2026-09-21 14:13:20 UTC


def row(second: int, power: str = "100.00 W", uuid: str = UUID) -> str:
    minute, second = divmod(20 + second, 60)
    return f"2026/09/21 14:{13 + minute:02d}:{second:02d}.000, {uuid}, {power}, 50 %\n"


@pytest.fixture
def server() -> Iterator[SiteServer]:
    serving = SiteServer()
    yield serving
    serving.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "node.db")
    yield opened
    opened.close()


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    made = Fetcher(timeout_s=3)
    yield made
    made.close()


def log_of(server: SiteServer, database: Database, fetcher: Fetcher, zone: str = "UTC", **more: Any) -> ServedLog:
    return ServedLog(1, f"{server.url}/log.csv", ZoneInfo(zone), fetcher, TelemetryStore(database), **more)


def seconds(database: Database, uuid: str = UUID) -> list[int]:
    found = TelemetryStore(database).samples(1, [uuid], 0, 1 << 60)
    return [sample.time_ms // 1000 - T0 for sample in found.get(uuid, [])]


def test_a_growing_log_is_read_from_where_it_was_left(server: SiteServer, database: Database, fetcher: Fetcher) -> None:
    log = log_of(server, database, fetcher)
    text = HEADER + row(0) + row(10)
    server.paths["/log.csv"] = text.encode()
    log.take(T0, 0)
    assert seconds(database) == [0, 10]
    server.paths["/log.csv"] = (text + row(20) + row(30)[:25]).encode()  # the last line is being written
    log.take(T0, 0)
    assert seconds(database) == [0, 10, 20]
    server.paths["/log.csv"] = (text + row(20) + row(30)).encode()
    log.take(T0, 0)
    log.take(T0, 0)
    assert seconds(database) == [0, 10, 20, 30]
    assert server.asked[-1][1] == f"bytes={len(text + row(20) + row(30)) - 1}-"


def test_after_a_restart_it_goes_on_with_the_header_it_had(
    server: SiteServer, database: Database, fetcher: Fetcher
) -> None:
    text = HEADER + row(0)
    server.paths["/log.csv"] = text.encode()
    log_of(server, database, fetcher).take(T0, 0)
    server.paths["/log.csv"] = (text + row(10)).encode()
    log_of(server, database, fetcher).take(T0, 0)
    assert seconds(database) == [0, 10]


def test_a_header_that_changes_midway_is_in_force_after_a_restart_too(
    server: SiteServer, database: Database, fetcher: Fetcher
) -> None:
    swapped = "uuid, timestamp, utilization.gpu [%], power.draw [W]\n"
    text = HEADER + row(0) + swapped + f"{UUID}, 2026/09/21 14:13:30.000, 50 %, 90.00 W\n"
    server.paths["/log.csv"] = text.encode()
    log_of(server, database, fetcher).take(T0, 0)
    server.paths["/log.csv"] = (text + f"{UUID}, 2026/09/21 14:13:40.000, 50 %, 80.00 W\n").encode()
    log_of(server, database, fetcher).take(T0, 0)
    found = TelemetryStore(database).samples(1, [UUID], 0, 1 << 60)[UUID]
    assert [sample.power_mw for sample in found] == [100_000, 90_000, 80_000]


def test_a_log_started_anew_is_read_from_its_beginning(
    server: SiteServer, database: Database, fetcher: Fetcher
) -> None:
    log = log_of(server, database, fetcher)
    server.paths["/log.csv"] = (HEADER + row(0) + row(10) + row(20)).encode()
    log.take(T0, 0)
    server.paths["/log.csv"] = (HEADER + row(30)).encode()
    log.take(T0, 0)
    assert seconds(database) == [0, 10, 20, 30]


def test_a_server_without_range_and_one_read_in_pieces_give_the_same(
    server: SiteServer, database: Database, fetcher: Fetcher
) -> None:
    server.ranges = False
    log = log_of(server, database, fetcher)
    server.paths["/log.csv"] = (HEADER + row(0)).encode()
    log.take(T0, 0)
    server.paths["/log.csv"] = (HEADER + row(0) + row(10)).encode()
    log.take(T0, 0)
    assert seconds(database) == [0, 10]
    server.ranges = True
    server.paths["/log.csv"] = (HEADER + "".join(row(second) for second in range(0, 100, 10))).encode()
    log_of(server, database, fetcher, chunk_bytes=100).take(T0, 0)
    assert seconds(database) == list(range(0, 100, 10))


def test_the_time_zone_is_the_logs(server: SiteServer, database: Database, fetcher: Fetcher) -> None:
    server.paths["/log.csv"] = (HEADER + row(0)).encode()
    log_of(server, database, fetcher, "Asia/Tokyo").take(T0, 0)
    assert seconds(database) == [-9 * 3600]


def test_a_gpu_that_was_lost_is_known_to_be_unhealthy(server: SiteServer, database: Database, fetcher: Fetcher) -> None:
    server.paths["/log.csv"] = (HEADER + row(0) + row(10, "[GPU is lost]")).encode()
    log_of(server, database, fetcher).take(T0, 0)
    found = TelemetryStore(database).samples(1, [UUID], 0, 1 << 60)[UUID]
    assert [sample.healthy for sample in found] == [True, False]


@pytest.mark.parametrize("served", [None, b"", b"<html>no</html>\n", b"timestamp, uuid\n", b"\xff\xfe\x00\n" * 9])
def test_what_is_no_log_is_unreachable_and_moves_nothing(
    server: SiteServer, database: Database, fetcher: Fetcher, served: bytes | None
) -> None:
    if served is not None:
        server.paths["/log.csv"] = served
    log = log_of(server, database, fetcher)
    if served != b"":
        with pytest.raises(SiteUnreachable):
            log.take(T0, 0)
    else:
        log.take(T0, 0)
    server.paths["/log.csv"] = (HEADER + row(0)).encode()
    log.take(T0, 0)
    assert seconds(database) == [0]


DCGM = f'DCGM_FI_DEV_POWER_USAGE{{gpu="0",UUID="{UUID}",modelName="H100"}} 100.5\n'


def test_an_exporter_is_sampled_once_an_interval_on_one_grid(
    server: SiteServer, database: Database, fetcher: Fetcher
) -> None:
    server.paths["/metrics"] = DCGM.encode()
    store = TelemetryStore(database)
    site = Site(1, "dcgm", 30, "", "", Exporter(1, f"{server.url}/metrics", fetcher, store))
    moments = [T0 + offset for offset in (0, 5, 9, 10, 25, 40, 41)]  # T0 is 20 s into an interval
    taken = [now - T0 for now in moments if site.feed.is_due(now) and site.sample(now, 3)]
    assert taken == [0, 10, 40]
    assert store.answers(1, 3, 3) == 3
    assert seconds(database) == [0, 10, 40]
    assert store.samples(1, [UUID], 0, 1 << 60)[UUID][0] == Sample(UUID, T0 * 1000, None, False, 100_500, None, True)


def test_an_exporter_that_does_not_answer_is_noted_and_counts_as_no_answer(
    server: SiteServer, database: Database, fetcher: Fetcher
) -> None:
    store = TelemetryStore(database)
    site = Site(1, "dcgm", 30, "", "", Exporter(1, f"{server.url}/metrics", fetcher, store))
    assert not site.sample(T0, 3)
    assert "404" in site.last_error
    assert site.last_sampled == 0
    assert store.answers(1, 3, 3) == 0
    server.paths["/metrics"] = DCGM.encode()
    assert site.sample(T0 + 30, 3)
    assert site.last_error == ""


def test_one_hostile_power_cell_is_unknown_and_the_log_goes_on(
    server: SiteServer, database: Database, fetcher: Fetcher
) -> None:
    server.paths["/log.csv"] = (HEADER + row(0) + row(10, "1e29 W") + row(20)).encode()
    site = Site(1, "nvidia-smi", 10, "", "", log_of(server, database, fetcher))
    assert site.sample(T0, 3)
    found = TelemetryStore(database).samples(1, [UUID], 0, 1 << 60)[UUID]
    assert [sample.power_mw for sample in found] == [100_000, None, 100_000]


def test_a_number_beyond_63_bits_is_kept_as_unknown_and_a_time_beyond_them_not_at_all(database: Database) -> None:
    store = TelemetryStore(database)
    big = 1 << 63
    store.add(1, 0, [Sample(UUID, 1, big, False, big, big - 1, True), Sample(UUID, big, 0, False, 0, 0, True)])
    assert store.samples(1, [UUID], 0, 1 << 60)[UUID] == [Sample(UUID, 1, None, False, None, big - 1, True)]


@pytest.mark.parametrize("error", [OverflowError("x"), ValueError("x"), OperationalError("x", None, OSError("x"))])
def test_whatever_fails_at_a_site_makes_that_site_unreachable(
    server: SiteServer, database: Database, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    server.paths["/log.csv"] = (HEADER + row(0)).encode()
    site = Site(1, "nvidia-smi", 10, "", "", log_of(server, database, fetcher))
    monkeypatch.setattr(TelemetryStore, "add", fail)
    assert not site.sample(T0, 3)
    assert type(error).__name__ in site.last_error
    monkeypatch.undo()
    assert site.sample(T0 + 10, 3)
    assert seconds(database) == [0]


POISON = "timestamp, power.draw [W]\n"  # a header, and one that names no GPU


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("odd", [False, True])
def test_a_poisoned_row_is_passed_over(
    server: SiteServer,
    database: Database,
    fetcher: Fetcher,
    monkeypatch: pytest.MonkeyPatch,
    restart: bool,
    odd: bool,
) -> None:
    log = log_of(server, database, fetcher)
    server.paths["/log.csv"] = (text := HEADER + row(0)).encode()
    log.take(T0, 0)
    if odd:  # something that our own reader did not see coming
        read = SmiRows.read

        def fail(rows: SmiRows, block: list[str]) -> Iterator[Sample]:
            if POISON.strip() in block:
                raise OverflowError("no such number")
            return read(rows, block)

        monkeypatch.setattr(SmiRows, "read", fail)
    server.paths["/log.csv"] = (text := text + POISON).encode()
    with pytest.raises(SiteUnreachable):
        log.take(T0, 0)
    if restart:
        log = log_of(server, database, fetcher)
    server.paths["/log.csv"] = (text + row(10)).encode()
    log.take(T0, 0)
    assert seconds(database) == [0, 10]


def test_a_line_longer_than_a_chunk_is_passed_over(server: SiteServer, database: Database, fetcher: Fetcher) -> None:
    server.paths["/log.csv"] = (HEADER + row(0) + "x" * 1000 + "\n" + row(10)).encode()
    log_of(server, database, fetcher, chunk_bytes=200).take(T0, 0)
    assert seconds(database) == [0, 10]


def test_a_take_reads_so_many_bytes_and_the_next_goes_on(
    server: SiteServer, database: Database, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "TAKE_BYTES", 350)
    server.paths["/log.csv"] = (HEADER + "".join(row(second) for second in range(0, 100, 10))).encode()
    site = Site(1, "nvidia-smi", 10, "", "", log_of(server, database, fetcher, chunk_bytes=200))
    assert not site.sample(T0, 0)
    assert "the rest" in site.last_error
    assert site.last_sampled == 0
    assert 0 < len(seconds(database)) < 5
    for _ in range(6):
        if site.sample(T0 + 10, 0):
            break
    assert seconds(database) == list(range(0, 100, 10))


def test_a_take_lasts_so_long_and_the_next_goes_on(server: SiteServer, database: Database, fetcher: Fetcher) -> None:
    clock = iter(range(0, 1000, 2))
    server.paths["/log.csv"] = (HEADER + "".join(row(second) for second in range(0, 100, 10))).encode()
    log = log_of(server, database, fetcher, chunk_bytes=200, elapsed=lambda: float(next(clock)))
    with pytest.raises(SiteUnreachable, match="the rest"):
        log.take(T0, 0)
    assert len(server.asked) <= 3


def test_a_request_is_given_no_more_than_the_time_left(
    server: SiteServer, database: Database, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "TAKE_S", 0.3)
    released = Event()
    server.paths["/log.csv"] = lambda: bytes(released.wait(5))
    begun = time.monotonic()
    with pytest.raises(SiteUnreachable, match="did not answer"):
        log_of(server, database, fetcher).take(T0, 0)
    assert time.monotonic() - begun < 2
    released.set()
