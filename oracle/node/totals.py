"""Totals of the stored samples of many GPUs, in memory that does not grow with the samples: what will be asked is noted
first, and then each GPU's samples are read once, metered for all of it, and dropped."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from oracle.metering.gpu import GpuSeries, GpuTotals
from oracle.telemetry.sample import Sample

AT_ONCE = 32
"""GPUs whose samples are in memory together."""

Read = Callable[[list[str]], Mapping[str, list[Sample]]]
"""The stored samples of some GPUs."""
_Cut = tuple[int, int, int, int]
_NOTHING = GpuTotals()


class StoredTotals(Mapping[str, "GpuOfStore"]):
    """What a source's GPUs did, by UUID, in place of their samples.

    Until `load` every total that is asked for is noted and comes out as nothing; afterwards it is what the samples come
    to. One that was not noted is read for by itself.
    """

    def __init__(self, names: Iterable[str], read: Read) -> None:
        self._gpus = {name: GpuOfStore(name, self) for name in sorted(names)}
        self._read = read
        self._is_loaded = False

    def __getitem__(self, name: str) -> "GpuOfStore":
        return self._gpus[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._gpus)

    def __len__(self) -> int:
        return len(self._gpus)

    def load(self) -> None:
        """Reads the samples of every GPU of which something was asked."""
        names = (name for name, gpu in self._gpus.items() if gpu.cuts)
        while some := list(islice(names, AT_ONCE)):
            found = self._read(some)
            for name in some:
                self._gpus[name].take(found.get(name, ()))
        self._is_loaded = True

    def missed(self, gpu: "GpuOfStore") -> None:
        """Reads for what was not noted, once loaded."""
        if self._is_loaded:
            gpu.take(self._read([gpu.name]).get(gpu.name, ()))


class GpuOfStore:
    """One GPU of StoredTotals: GpuSeries without the samples."""

    __slots__ = ("_all", "cuts", "name")

    def __init__(self, name: str, everything: StoredTotals) -> None:
        self.name = name
        self.cuts: dict[_Cut, GpuTotals] = {}
        self._all = everything

    def totals(self, start_ms: int, end_ms: int, interval_ms: int, *, board_mw: int = 0) -> GpuTotals:
        """As GpuSeries says; nothing before StoredTotals is loaded."""
        cut = start_ms, end_ms, interval_ms, board_mw
        if cut not in self.cuts:
            self.cuts[cut] = _NOTHING
            self._all.missed(self)
        return self.cuts[cut]

    def take(self, samples: Iterable[Sample]) -> None:
        """Meters the samples for all that was asked."""
        series = GpuSeries.of(samples)
        for start_ms, end_ms, interval_ms, board_mw in self.cuts:
            cut = start_ms, end_ms, interval_ms, board_mw
            self.cuts[cut] = series.totals(start_ms, end_ms, interval_ms, board_mw=board_mw)
