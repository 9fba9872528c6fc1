"""How often one client may ask: a token bucket for each address, in bounded memory."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import ceil

MAX_CLIENTS = 10_000
"""How many addresses are remembered; of more, the one that has been quiet longest is forgotten."""
Network = IPv4Network | IPv6Network


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """`per_minute` requests a minute and address, at most a minute's worth at once. `clock` is monotonic, in seconds.

    Used from one thread, the server's.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float], max_clients: int = MAX_CLIENTS) -> None:
        self._capacity = per_minute
        self._rate = per_minute / 60
        self._clock = clock
        self._max_clients = max_clients
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self.refused = 0

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, client: str) -> int:
        """Counts one request of `client`: 0 when it may, else the seconds after which to ask again."""
        now = self._clock()
        bucket = self._buckets.pop(client, None) or _Bucket(float(self._capacity), now)
        bucket.tokens = min(self._capacity, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[client] = bucket
        while len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            self.refused += 1
            return ceil((1 - bucket.tokens) / self._rate)
        bucket.tokens -= 1
        return 0


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Whose request it is: the connection's address `peer`, or, if that is a trusted proxy, the last address in
    `forwarded` (the values of X-Forwarded-For) that is not one. An IPv6 client is its /64: it has all of them.
    """
    address = _address(peer)
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    while address is not None and hops and any(address in network for network in trusted):
        hop = _address(hops.pop())
        if hop is None:  # what a proxy did not write cannot be gone by
            break
        address = hop
    if address is None:
        return peer
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
