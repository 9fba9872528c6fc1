"""`/metrics`: a node's parts, read at scrape time, as Prometheus wants them: base units, counters end in `_total`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from oracle.domain.errors import WellheadError

Part = Callable[[], Iterable[Metric]]
"""Reads one part of the node. May raise WellheadError or OSError: then only it is missing."""


class NodeCollector(Collector):
    """The metrics of a node's parts, by the part's name."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """Reads every part once."""
        readable = gauge("part_readable", "1 if a part of the node could be read at this scrape.", ["part"])
        yield InfoMetricFamily("wellhead_build", "The version that runs.", {"version": version("wellhead")})
        for name, read in self._parts.items():
            try:
                metrics = list(read())
            except (WellheadError, OSError):
                readable.add_metric([name], 0)
                continue
            readable.add_metric([name], 1)
            yield from metrics
        yield readable

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry must not scrape a node that has not started."""
        return ()


def gauge(name: str, what: str, labels: Iterable[str] = ()) -> GaugeMetricFamily:
    """A family of our gauges, to which samples are added."""
    return GaugeMetricFamily(f"wellhead_{name}", what, labels=tuple(labels))


def one(name: str, what: str, value: float) -> GaugeMetricFamily:
    """A gauge of one value."""
    return GaugeMetricFamily(f"wellhead_{name}", what, value=value)


def counter(name: str, what: str, labels: Iterable[str] = ()) -> CounterMetricFamily:
    """A family of our counters; `_total` is added to the name."""
    return CounterMetricFamily(f"wellhead_{name}", what, labels=tuple(labels))


def count(name: str, what: str, value: float) -> CounterMetricFamily:
    """A counter of one value."""
    return CounterMetricFamily(f"wellhead_{name}", what, value=value)


class Exposition:
    """A registry of its own over one node's parts."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(NodeCollector(parts))
        ProcessCollector(registry=self._registry)

    def answer(self, accept: str) -> tuple[bytes, str]:
        """The exposition and its content type, in the format that an Accept header asks for."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type
