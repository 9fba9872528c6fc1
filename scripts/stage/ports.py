"""Where on loopback the processes of a world listen, known before they start: each has to be told of others."""

import random
import socket
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import chain

from scripts.stage.processes import StageError

RPC, PAGE, INDEXER, FIRST_NODE = 8545, 4173, 42069, 9000
"""Where people look for them; a world that nobody visits takes any."""

FREE = range(20_000, 32_768)
"""Below the ports that systems give to whoever connects: nobody takes one between its choice and its use."""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports. `newcomers` is of the site that speaks for the fleets newcomers register, `ponder` of the indexer's
    own metrics."""

    rpc: int
    nodes: list[int]
    page: int
    indexer: int
    newcomers: int
    ponder: int

    @classmethod
    def free(cls, nodes: int) -> "Ports":
        """Any that are free."""
        return cls._of([], nodes)

    @classmethod
    def known(cls, nodes: int) -> "Ports":
        """The ones people know, as far as they are free."""
        return cls._of([RPC, PAGE, INDEXER, *range(FIRST_NODE, FIRST_NODE + nodes)], nodes)

    @classmethod
    def _of(cls, wanted: Sequence[int], nodes: int) -> "Ports":
        chosen = free_ports(nodes + 5, wanted)
        rpc, page, indexer, *per_node = chosen[: nodes + 3]
        return cls(rpc, per_node, page, indexer, *chosen[nodes + 3 :])


def free_ports(count: int, wanted: Sequence[int] = ()) -> list[int]:
    """As many TCP ports on loopback where nobody listens: those `wanted`, as far as they are free, then any. Raises
    StageError."""
    found: list[int] = []
    others = iter(random.sample(FREE, len(FREE)))
    # All are held until the last is chosen: none is given twice.
    with ExitStack() as held:
        while len(found) < count:
            first = wanted[len(found) : len(found) + 1]
            port = next((each for each in chain(first, others) if _taken(each, held)), None)
            if port is None:
                raise StageError(f"of {FREE} no {count} TCP ports are free: end something that listens")
            found.append(port)
    return found


def _taken(port: int, held: ExitStack) -> bool:
    """Whether nobody listened there; nobody can until `held` ends. A connection that has just ended is in nobody's way,
    as with servers."""
    mine = held.enter_context(socket.socket())
    mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with suppress(OSError):
        mine.bind(("127.0.0.1", port))
        mine.listen()
        return True
    return False
