"""Readings to settle from: taken from whichever node has them, believed only when they make the on-chain root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oracle.domain.errors import WellheadError
from oracle.domain.merkle import meter_tree
from oracle.domain.signed import Leaves
from oracle.exchange.fetch import Fetcher
from oracle.exchange.peers import Peer

MAX_BATCH = 40
"""How many leases one transaction settles at most: 1.7 M gas, and 3.3 M the first time."""

_LEASE_ID_MASK = (1 << 88) - 1


class NoReadings(WellheadError):
    """No node handed out the readings under a final root. Trying again later is right."""


class WrongRoot(WellheadError):
    """Readings that do not make the on-chain root: the node that gave them is wrong or lies."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Leases to settle at one epoch, and their packed readings, both in the order of the proof.

    For one lease `proof` is its siblings and `flags` is None; for more the two make a multiproof.
    """

    epoch: int
    lease_ids: tuple[int, ...]
    readings: tuple[int, ...]
    proof: tuple[bytes, ...]
    flags: tuple[bool, ...] | None


class ProvenReadings:
    """Every reading of one final report, proven. Raises WrongRoot unless `leaves` make `root` (32 bytes)."""

    def __init__(self, epoch: int, leaves: Leaves, root: bytes) -> None:
        tree = meter_tree(leaves)
        if tree.root != root:
            raise WrongRoot(f"readings of epoch {epoch} make root 0x{tree.root.hex()}, not 0x{root.hex()} as on-chain")
        self.epoch = epoch
        self._tree = tree
        self._leaves = leaves
        self._place = {meter_id: place for place, (meter_id, _) in enumerate(leaves)}

    def __contains__(self, meter_id: int) -> bool:
        return meter_id in self._place

    def batch(self, meter_ids: Sequence[int]) -> Batch:
        """What settles the leases with these meters. Raises KeyError for a meter that is not under the root."""
        places = [self._place[meter_id] for meter_id in meter_ids]
        if len(places) == 1:
            return self._batch(places, self._tree.proof(places[0]), None)
        multiproof = self._tree.multiproof(places)
        return self._batch(multiproof.leaves, multiproof.proof, multiproof.flags)

    def _batch(self, places: Sequence[int], proof: tuple[bytes, ...], flags: tuple[bool, ...] | None) -> Batch:
        leaves = [self._leaves[place] for place in places]
        return Batch(
            epoch=self.epoch,
            lease_ids=tuple(meter_id & _LEASE_ID_MASK for meter_id, _ in leaves),
            readings=tuple(reading.pack() for _, reading in leaves),
            proof=proof,
            flags=flags,
        )


class NodeReadings:
    """The nodes at `urls`, asked one after the other, the one that last had an answer first.

    `complain` hears of each node that did not answer, or answered with something else, once for as long as it stays so.
    """

    def __init__(self, urls: Sequence[str], fetcher: Fetcher, complain: Callable[[str], None]) -> None:
        self._nodes = [Peer(place, url, fetcher) for place, url in enumerate(urls)]
        self._complain = complain
        self._complaints: dict[str, str] = {}

    def proven(self, epoch: int, root: bytes) -> ProvenReadings:
        """The readings under `root`, the final root of `epoch`. Raises NoReadings when no node gives them."""
        for node in list(self._nodes):
            try:
                found = ProvenReadings(epoch, node.readings(epoch), root)
            except WellheadError as error:
                if self._complaints.get(node.url) != str(error):
                    self._complain(f"{node.url}: {error}")
                self._complaints[node.url] = str(error)
                continue
            self._complaints.pop(node.url, None)
            self._nodes.remove(node)
            self._nodes.insert(0, node)
            return found
        raise NoReadings(f"none of {len(self._nodes)} nodes gave the readings of epoch {epoch}: check [keeper] nodes")
