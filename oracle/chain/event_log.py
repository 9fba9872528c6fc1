"""Events of a few contracts, fetched once and kept in order: the part of the chain's history a node works from.

What is kept is tied to the chain by block hashes, so a reorganisation is noticed and only what it touched is fetched
again. Reads are always as of a block the caller names by number and hash.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_typing import BlockNumber
from web3 import Web3
from web3.types import FilterParams, LogReceipt

from oracle.chain.codec import EventCodec
from oracle.chain.errors import Reorganised, RpcRefused, UndecodableLog
from oracle.chain.rpc import named_errors, read_block
from oracle.chain.view import Block

CHUNK_BLOCKS = 10_000
"""How many blocks one request for logs spans at most. Halved, down to one, as long as the RPC refuses."""


@dataclass(frozen=True, slots=True)
class Event:
    """One decoded log. `timestamp` is its block's, Unix seconds; structs in `arguments` are dicts by member name."""

    name: str
    contract: str
    arguments: Mapping[str, Any]
    block: int
    log_index: int
    timestamp: int


class EventLog:
    """The events of `sources` (codec by contract address) since `first_block`.

    Not for several threads at once. Raises KeyError when a source's interface lacks an event its codec names.
    """

    def __init__(
        self, w3: Web3, first_block: int, sources: Mapping[str, EventCodec], chunk_blocks: int = CHUNK_BLOCKS
    ) -> None:
        self._w3 = w3
        self._first = first_block
        self._sources = {Web3.to_checksum_address(address): codec for address, codec in sources.items()}
        self._topics = sorted({topic for codec in sources.values() for topic in codec.topics})
        self._chunk = self._largest_chunk = chunk_blocks
        self._events: list[Event] = []
        self._marks: list[Block] = []  # ascending; whatever is kept up to a mark holds while the mark is on the chain

    def up_to(self, block: Block) -> Sequence[Event]:
        """Every event up to and including `block`, in chain order.

        Raises Reorganised when `block` is not (any more) on the chain, UndecodableLog, or what the RPC fails with.
        """
        self._require_on_chain(block)
        self._forget_orphans(block)
        while self._tip < block.number:
            self._fetch_next(block)
        return self._events[: bisect_right(self._events, block.number, key=lambda event: event.block)]

    @property
    def _tip(self) -> int:
        return self._marks[-1].number if self._marks else self._first - 1

    def _require_on_chain(self, block: Block) -> None:
        if read_block(self._w3, BlockNumber(block.number)).hash != block.hash:
            raise Reorganised(f"block {block.number} is no longer 0x{block.hash.hex()}: read again from the head")

    def _forget_orphans(self, known: Block) -> None:
        """Drops what stands behind marks that left the chain; `known` is on it."""
        while self._marks and self._marks[-1] != known:
            try:
                self._require_on_chain(self._marks[-1])
            except Reorganised:
                self._marks.pop()
            else:
                break
        self._events = self._events[: bisect_right(self._events, self._tip, key=lambda event: event.block)]

    def _fetch_next(self, goal: Block) -> None:
        """Fetches one chunk towards `goal`, or halves the chunk when the RPC will not serve that many blocks."""
        start = self._tip + 1
        end = min(goal.number, start + self._chunk - 1)
        mark = read_block(self._w3, BlockNumber(end))
        query: FilterParams = {
            "address": list(self._sources),
            "topics": [[Web3.to_hex(topic) for topic in self._topics]],
            "fromBlock": BlockNumber(start),
            "toBlock": BlockNumber(end),
        }
        try:
            with named_errors():
                logs = self._w3.eth.get_logs(query)
        except RpcRefused:
            self._chunk //= 2
            if self._chunk:
                return
            self._chunk = self._largest_chunk
            raise
        events, blocks = self._decode(logs, start, end)
        self._require_on_chain(mark)  # so the logs were of one chain
        self._chunk = min(self._largest_chunk, 2 * self._chunk)
        self._events += events
        self._marks += [block for block in blocks if block.number < end] + [mark]

    def _decode(self, logs: Sequence[LogReceipt], start: int, end: int) -> tuple[list[Event], list[Block]]:
        """The events in raw logs, and the blocks that hold them, both ascending."""
        events: list[Event] = []
        blocks: dict[int, Block] = {}
        for log in sorted(logs, key=lambda log: (log["blockNumber"], log["logIndex"])):
            number, codec = log["blockNumber"], self._sources.get(log["address"])
            if codec is None or not start <= number <= end:
                raise UndecodableLog(
                    f"the RPC served a log of {log['address']} in block {number} that was not asked for"
                )
            if number not in blocks:
                blocks[number] = self._block_of(log)
            if blocks[number].hash != bytes(log["blockHash"]):
                raise Reorganised(f"block {number} changed while its logs were read: read again from the head")
            topics = [bytes(topic) for topic in log["topics"]]
            if topics and topics[0] in self._topics and topics[0] not in codec.topics:
                continue  # one of another source's: a request for logs asks all sources for all topics
            name, arguments = codec.decode(topics, bytes(log["data"]))
            events.append(Event(name, log["address"], arguments, number, log["logIndex"], blocks[number].timestamp))
        return events, list(blocks.values())

    def _block_of(self, log: LogReceipt) -> Block:
        """The block of a log: from the log itself where the RPC puts the time into it, else read."""
        stamp = dict(log).get("blockTimestamp")
        if isinstance(stamp, str) and stamp.startswith("0x"):
            return Block(number=log["blockNumber"], hash=bytes(log["blockHash"]), timestamp=int(stamp, 16))
        return read_block(self._w3, log["blockNumber"])
