"""Answers of a Prometheus-compatible store, true and hostile; tests/e2e asks a real one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.telemetry.dcgm import parse_scrape
from oracle.telemetry.errors import ExporterTooLarge, ExporterUnreachable, StoreMalformed, StoreRefused
from oracle.telemetry.prometheus import PrometheusApi, parse_matrix
from oracle.telemetry.sample import GpuInfo, Sample
from oracle.telemetry.write import exposition

A = "GPU-aaaaaaaa-1111-2222-3333-444444444444"
NOW = 1_791_158_400_000
END = NOW + 60_000
POWER, ENERGY = "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
ACTIVE, XIDS, LAST = "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "DCGM_EXP_XID_ERRORS_COUNT", "DCGM_FI_DEV_XID_ERRORS"


def series(name: str, *values: tuple[float, str], **labels: str) -> dict[str, Any]:
    told = {"UUID": A, "gpu": "0", "Hostname": "n1", "job": "dcgm", "instance": "n1:9400", **labels}
    return {"metric": {"__name__": name, **told}, "values": [[at, value] for at, value in values]}


def answer(*result: object, **more: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": list(result)}, **more}).encode()


def samples(*result: object) -> list[Sample]:
    return parse_matrix(answer(*result), NOW, END).samples


def test_series_of_one_scrape_make_its_sample_with_the_time_of_the_scrape() -> None:
    at, later = NOW / 1000 + 0.781, NOW / 1000 + 30.78
    found = samples(
        series(POWER, (at, "612.345"), (later, "600")),
        series(ENERGY, (at, "5000000000123"), (later, "5.000018400123e+12")),
        series(ACTIVE, (at, "0.973412")),
        series("DCGM_FI_DRIVER", (at, "1")),
    )
    assert found == [
        Sample(A, NOW + 781, 973_412, False, 612_345, 5_000_000_000_123, True),
        Sample(A, NOW + 30_780, None, False, 600_000, 5_000_018_400_123, True),
    ]


@pytest.mark.parametrize("label", ["Hostname", "hostname", "exported_hostname"])
@pytest.mark.parametrize("uuid", ["UUID", "uuid", "gpu_uuid"])
def test_gpus_go_by_their_uuid_whatever_else_the_labels_say(label: str, uuid: str) -> None:
    one = {"metric": {"__name__": POWER, uuid: A, label: "n1"}, "values": [[NOW / 1000, "100"]]}
    other = {"metric": {"__name__": ENERGY, uuid: A, label: "n2", "pod": "train-7"}, "values": [[NOW / 1000, "5"]]}
    assert samples(one, other) == [Sample(A, NOW, None, False, 100_000, 5, True)]


def test_two_replicas_are_readings_of_their_own_and_at_one_time_the_greater_counts() -> None:
    first = series(POWER, (NOW / 1000, "100"), (NOW / 1000 + 30, "110"), replica="a")
    second = series(POWER, (NOW / 1000 + 7, "200"), (NOW / 1000 + 30, "90"), replica="b")
    for order in ((first, second), (second, first)):
        found = samples(*order)
        assert [(sample.time_ms - NOW, sample.power_mw) for sample in found] == [
            (0, 100_000),
            (7000, 200_000),
            (30_000, 110_000),
        ]


def test_nan_is_no_reading_and_a_gpu_of_which_there_is_nothing_else_is_missing_not_lost() -> None:
    assert samples(series(POWER, (NOW / 1000, "NaN")), series(ACTIVE, (NOW / 1000, "NaN"))) == []
    kept = samples(series(POWER, (NOW / 1000, "100")), series(ACTIVE, (NOW / 1000, "NaN")))
    assert kept == [Sample(A, NOW, None, False, 100_000, None, True)]


def test_a_gpu_that_is_listed_without_a_reading_is_lost_and_a_counted_xid_takes_it_out() -> None:
    assert not samples(series(LAST, (NOW / 1000, "79")))[0].healthy
    out = samples(series(POWER, (NOW / 1000, "100")), series(XIDS, (NOW / 1000, "1"), xid="79"))
    assert (out[0].power_mw, out[0].healthy) == (100_000, False)


def test_what_lies_outside_the_window_falls_away() -> None:
    found = samples(
        series(POWER, (NOW / 1000 - 0.001, "1"), (NOW / 1000, "2"), (END / 1000, "3"), (END / 1000 + 1, "4"))
    )
    assert [sample.power_mw for sample in found] == [2000, 3000]


def test_warnings_come_with_what_there_is() -> None:
    raw = parse_matrix(
        answer(series(POWER, (NOW / 1000, "1")), warnings=["store \x1b[1m10.0.0.7: timed out"]), NOW, END
    )
    assert raw.warnings == ("store ?[1m10.0.0.7: timed out",)
    assert len(raw.samples) == 1


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (b"<html>login</html>", StoreMalformed, "not JSON.*login"),
        (b"[" * 100_000, StoreMalformed, "not JSON"),
        (b"{}", StoreRefused, "refused"),
        (b'{"status":"error","errorType":"bad_data","error":"parse error at char 3"}', StoreRefused, "parse error"),
        (b'{"status":"success","data":{"resultType":"vector","result":[]}}', StoreMalformed, "without a matrix"),
        (b'{"status":"success","data":{"resultType":"matrix","result":7}}', StoreMalformed, "without a matrix"),
        (answer(7), StoreMalformed, "a series"),
        (answer({"metric": {"__name__": POWER, "UUID": A}, "histograms": []}), StoreMalformed, "a series"),
        (answer({"metric": {"__name__": POWER, "UUID": [A]}, "values": []}), StoreMalformed, "a series"),
        (answer(series(POWER, (NOW / 1000, "many"))), StoreMalformed, "a series"),
        (answer({"metric": {"__name__": POWER, "UUID": A}, "values": [[1, 2, 3]]}), StoreMalformed, "a series"),
        (answer({"metric": {"__name__": POWER, "UUID": A}, "values": [["soon", "1"]]}), StoreMalformed, "a series"),
        (answer({"metric": {"__name__": POWER, "UUID": A}, "values": [[1e25, "1"]]}), StoreMalformed, "a series"),
    ],
)
def test_an_answer_that_is_none_is_named(body: bytes, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        parse_matrix(body, NOW, END)


class Store:
    """An HTTP server that answers one thing, and what it was asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, answer()
        self.asked: list[tuple[str, dict[str, str]]] = []
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                store.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(store.status)
                self.send_header("content-length", str(len(store.body)))
                self.end_headers()
                self.wfile.write(store.body)

            def log_message(self, *_: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


def test_the_query_asks_for_raw_samples_of_one_window_and_nothing_is_extrapolated(store: Store) -> None:
    with httpx.Client() as client:
        headers = {"x-scope-orgid": "team-a", "authorization": "Bearer t"}
        PrometheusApi(f"{store.url}/prometheus/", client, 5, 'cluster="a"', lambda: headers).read(NOW, NOW + 30_500)
    path, sent = store.asked[0]
    asked = parse_qs(urlsplit(path).query)
    assert urlsplit(path).path == "/prometheus/api/v1/query"
    assert asked["time"] == [f"{NOW // 1000 + 30}.500"]
    query = asked["query"][0]
    assert query.startswith('{__name__=~"')
    assert query.endswith(',cluster="a"}[30501ms]')
    assert "rate(" not in query
    assert "increase(" not in query
    assert (sent["x-scope-orgid"], sent["authorization"]) == ("team-a", "Bearer t")


@pytest.mark.parametrize(
    ("status", "body", "limit", "error"),
    [
        (401, b"no org id", 1 << 20, StoreRefused),
        (503, b'{"status":"error","error":"shutting down"}', 1 << 20, StoreRefused),
        (422, b'{"status":"error","error":"query processing would load too many samples"}', 1 << 20, ExporterTooLarge),
        (200, answer() * 1000, 1000, ExporterTooLarge),
        (302, b"", 1 << 20, StoreRefused),
    ],
)
def test_answers_other_than_success_are_named(
    store: Store, status: int, body: bytes, limit: int, error: type[Exception]
) -> None:
    store.status, store.body = status, body
    with httpx.Client() as client, pytest.raises(error):
        PrometheusApi(store.url, client, max_bytes=limit).read(NOW, END)
    with httpx.Client() as client, pytest.raises(ExporterUnreachable):
        PrometheusApi("http://127.0.0.1:1", client).read(NOW, END)


@settings(max_examples=200, deadline=None)
@given(
    st.builds(
        Sample,
        st.just(A),
        st.just(NOW),
        st.none() | st.integers(0, 100).map(lambda percent: percent * 10_000),
        st.booleans(),
        st.none() | st.integers(0, 20_000_000),
        st.none() | st.integers(0, 1 << 60),
        st.booleans(),
        st.none() | st.integers(0, 1_000_000),
        st.none() | st.integers(0, 1_000_000),
        st.none() | st.integers(0, 1 << 20),
        st.none() | st.integers(0, 5000),
        st.none() | st.just("570.86.15"),
        st.none() | st.integers(0, 2_000_000_000),
    )
)
def test_a_sample_written_as_an_exporter_would_is_read_back_as_it_was(sample: Sample) -> None:
    known = sample.engine_active_ppm is not None
    alive = any(value is not None for value in (*sample[4:6], sample.engine_active_ppm, *sample[9:11]))
    truth = sample._replace(
        activity_is_fallback=sample.activity_is_fallback and known, healthy=sample.healthy and alive
    )
    assert parse_scrape(exposition([truth], {A: GpuInfo(A, 'H100 "x"\\')}), NOW) == [truth]
