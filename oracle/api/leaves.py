"""The leaves of a report as they are stored, 64 bytes each: a meter is found in them without unpacking the others."""

from bisect import bisect_left
from collections.abc import Iterator

from oracle.domain.keccak import WORD
from oracle.domain.meters import MeterKind
from oracle.domain.reading import Reading
from oracle.domain.signed import LEAF_BYTES

NUMBER_BITS = 88
NUMBER_MASK = (1 << NUMBER_BITS) - 1
KIND_SHIFT = 248


def kind_of(meter_id: int) -> MeterKind | None:
    """What a meter counts, None for a kind of which nothing is known here."""
    try:
        return MeterKind(meter_id >> KIND_SHIFT)
    except ValueError:
        return None


class PackedLeaves:
    """(meter id, reading) pairs, strictly ascending by meter id, as `pack_leaves` makes them."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._count = len(packed) // LEAF_BYTES

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        return (self._packed[at : at + LEAF_BYTES] for at in range(0, len(self._packed), LEAF_BYTES))

    def meter_id(self, place: int) -> int:
        """The meter at a place, 0 <= place < len."""
        return int.from_bytes(self._packed[place * LEAF_BYTES : place * LEAF_BYTES + WORD], "big")

    def reading(self, place: int) -> Reading:
        """The reading at a place."""
        start = place * LEAF_BYTES + WORD
        return Reading.unpack(int.from_bytes(self._packed[start : start + WORD], "big"))

    def place_after(self, meter_id: int) -> int:
        """The place of the first meter with an id above `meter_id`; len when there is none."""
        return bisect_left(range(self._count), meter_id + 1, key=self.meter_id)

    def find(self, meter_id: int) -> int | None:
        """The place of a meter, None when it is not among them."""
        place = bisect_left(range(self._count), meter_id, key=self.meter_id)
        return place if place < self._count and self.meter_id(place) == meter_id else None

    def find_number(self, kind: MeterKind, number: int) -> int | None:
        """The place of the meter of a lease or fleet by its number, whichever contract it is of."""
        place = bisect_left(range(self._count), kind << KIND_SHIFT, key=self.meter_id)
        while place < self._count and kind_of(contract_first := self.meter_id(place)) is kind:
            wanted = (contract_first & ~NUMBER_MASK) | number
            found = self.find(wanted)
            if found is not None:
                return found
            place = self.place_after(wanted | NUMBER_MASK)
        return None

    def of_kind(self, kind: MeterKind) -> "PackedLeaves":
        """Those that count one kind of thing."""
        first = bisect_left(range(self._count), kind << KIND_SHIFT, key=self.meter_id)
        last = bisect_left(range(self._count), (kind + 1) << KIND_SHIFT, key=self.meter_id)
        return PackedLeaves(self._packed[first * LEAF_BYTES : last * LEAF_BYTES])
