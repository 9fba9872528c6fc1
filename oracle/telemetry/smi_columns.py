"""The header of nvidia-smi's CSV: which column tells what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.telemetry.errors import MissingColumns, UuidRequired
from oracle.telemetry.smi_cells import column_name

RECORD_WITH = "nvidia-smi --query-gpu=timestamp,uuid,pci.bus_id,name,power.draw,utilization.gpu --format=csv"

# The average over the last second integrates better than the instant where both are there.
_POWER_COLUMNS = ("power.draw.average", "power.draw", "power.draw.instant", "gpu_power", "power_draw")
_ACTIVITY_COLUMNS = ("utilization.gpu", "gpu_utilization", "utilization_gpu")
_UUID_COLUMNS = ("uuid", "gpu_uuid")
_BUS_COLUMNS = ("pci.bus_id", "gpu_bus_id")
_NAME_COLUMNS = ("name", "gpu_name")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in a row, from one header."""

    width: int
    time: int
    key: int
    key_prefix: str
    powers: tuple[int, ...]
    power_units: tuple[str, ...]
    activity: int
    bus: int
    index: int
    name: int
    recovery: int
    memory: int
    clock: int
    driver: int

    @property
    def plain(self) -> bool:
        """Whether a row is fully told by cells that are each looked up by themselves: the fast path's condition."""
        return len(self.powers) == 1 and self.recovery < 0


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row is a header, of ours or of a log that lacks something."""
    names = {column_name(cell)[0] for cell in cells}
    return "timestamp" in names or (bool(names & set(_POWER_COLUMNS)) and bool(names & set(_UUID_COLUMNS)))


def read_header(cells: Sequence[str], *, where: str, require_uuid: bool) -> Columns:
    """The columns of a header row. `where` is for messages. Raises MissingColumns, UuidRequired."""
    header = [column_name(cell) for cell in cells]
    places = {name: place for place, (name, _) in reversed(list(enumerate(header)))}

    def first(names: tuple[str, ...]) -> int:
        return next((places[name] for name in names if name in places), -1)

    powers = tuple(places[name] for name in _POWER_COLUMNS if name in places)
    missing = [name for name, there in (("timestamp", "timestamp" in places), ("power.draw", powers)) if not there]
    uuid, bus, index = first(_UUID_COLUMNS), first(_BUS_COLUMNS), first(("index", "gpu_index"))
    key, prefix = next(((k, p) for k, p in ((uuid, ""), (bus, "pci:"), (index, "index:")) if k >= 0), (-1, ""))
    if missing or key < 0:
        names = ", ".join([*missing, *(["uuid"] if key < 0 else [])])
        raise MissingColumns(f"{where}: has no column {names}. Record again with: {RECORD_WITH}")
    if prefix and require_uuid:
        raise UuidRequired(
            f"{where}: names GPUs by {header[key][0]} and not by uuid, which a lease needs. "
            f"Record again with: {RECORD_WITH}"
        )
    return Columns(
        width=len(header),
        time=places["timestamp"],
        key=key,
        key_prefix=prefix,
        powers=powers,
        power_units=tuple(header[place][1] for place in powers),
        activity=first(_ACTIVITY_COLUMNS),
        bus=bus,
        index=index,
        name=first(_NAME_COLUMNS),
        recovery=first(("gpu_recovery_action",)),
        memory=first(("memory.used",)),
        clock=first(("clocks.sm", "clocks.current.sm")),
        driver=first(("driver_version",)),
    )
