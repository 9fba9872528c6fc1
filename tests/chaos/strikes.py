"""What is done to a running world: each begins a fault, yields once it is on, and ends it."""

import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

from tests.chaos.world import EPOCH_S, World
from tests.support.chain import rpc
from tests.support.faulty_rpc import Lie, Wire
from tests.support.wellhead import WELLHEAD

WITHIN_S = 15 * EPOCH_S
"""How long anything that is to happen is waited for."""

Strike = Callable[[World, random.Random, int], Iterator[None]]
"""What is done to one node, by index, or to the chain."""


# Processes


def restarted(world: World, target: int) -> None:
    """Starts a node anew and waits until it listens."""
    node = world.nodes[target]
    node.start()
    world.wait(lambda: node.listens or not node.alive, 60, f"node {target} to listen again")
    assert node.listens, node.last_words()


def kill_9(world: World, _: random.Random, target: int) -> Iterator[None]:
    """kill -9, and a start some seconds later."""
    world.nodes[target].end()
    yield
    restarted(world, target)


def stopped(world: World, _: random.Random, target: int) -> Iterator[None]:
    """The process hangs: it neither answers nor runs."""
    process = world.nodes[target].running
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


def hostile(kind: str) -> Strike:
    """The node is replaced by one that is altered as tests/chaos/hostile.py says; in the end by an honest one."""

    def strike(world: World, _: random.Random, target: int) -> Iterator[None]:
        node = world.nodes[target]
        node.end()
        node.command = (sys.executable, "-m", "tests.chaos.hostile", kind)
        restarted(world, target)
        yield
        if node.alive:
            node.end()
        node.command = (WELLHEAD,)
        restarted(world, target)

    return strike


def killed_between(when: str, state: str) -> Strike:
    """Dies at one step of an epoch, is started again by its supervisor, and goes on."""

    def strike(world: World, _: random.Random, target: int) -> Iterator[None]:
        node = world.nodes[target]
        for mark in node.folder.glob("killed.*"):
            mark.unlink()
        node.end()
        node.command = (sys.executable, "-m", "tests.chaos.hostile", f"kill:{when}:{state}")
        node.start()
        world.wait(lambda: not node.alive, WITHIN_S, f"node {target} to die {when} {state}")
        assert list(node.folder.glob("killed.*")), node.last_words()
        node.command = (WELLHEAD,)
        restarted(world, target)
        yield

    return strike


def dying_leader(deaths: int) -> Strike:
    """Whenever it leads it dies, and its supervisor starts it again."""

    def strike(world: World, _: random.Random, target: int) -> Iterator[None]:
        node = world.nodes[target]
        node.end()
        node.command = (sys.executable, "-m", "tests.chaos.hostile", "dying-leader")
        restarted(world, target)
        for _death in range(deaths):
            world.wait(lambda: not node.alive, WITHIN_S, f"node {target} to die leading")
            restarted(world, target)
        yield
        node.end()
        node.command = (WELLHEAD,)
        restarted(world, target)

    return strike


def together(*strikes: Strike) -> Strike:
    """Each on a node of its own, one beside the other: they lead in turn."""

    def strike(world: World, rng: random.Random, target: int) -> Iterator[None]:
        with ExitStack() as stack:
            for place, one in enumerate(strikes):
                stack.enter_context(contextmanager(one)(world, rng, (target + place) % len(world.nodes)))
            yield

    return strike


# The disk


def database_locked(world: World, _: random.Random, target: int) -> Iterator[None]:
    """Another program holds the database."""
    other = sqlite3.connect(world.disk(target) / "node.db", isolation_level=None, timeout=30)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


def disk_full(world: World, _: random.Random, target: int) -> Iterator[None]:
    """Something else has filled the disk that the database is on."""
    with closing(sqlite3.connect(world.disk(target) / "node.db", timeout=30)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the room of an old log would do for the next epochs
    filler = world.disk(target) / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass
    assert os.statvfs(filler).f_bavail == 0
    yield
    filler.unlink()


# One RPC


def broken_wire(*wires: Wire) -> Strike:
    """The node's RPC answers so."""

    def strike(world: World, rng: random.Random, target: int) -> Iterator[None]:
        world.rpcs[target].break_wire(rng.choice(wires))
        yield
        world.rpcs[target].mend()

    return strike


def lying(lie: Callable[[World], Lie], after: Wire | None = None) -> Strike:
    """The node's RPC tells of another chain than there is, perhaps after it was away for a moment."""

    def strike(world: World, _: random.Random, target: int) -> Iterator[None]:
        if after is not None:
            world.rpcs[target].break_wire(after, times=1)
        world.rpcs[target].lie(lie(world))
        yield
        world.rpcs[target].mend()

    return strike


# The chain


def no_gas(world: World, _: random.Random, target: int) -> Iterator[None]:
    """The gas key has nothing, then has something again."""
    address = world.nodes[target].gas
    rpc(world.stack.w3, "anvil_setBalance", address, hex(1))
    yield
    rpc(world.stack.w3, "anvil_setBalance", address, hex(10**20))


def reorg(depth: int) -> Strike:
    """The last blocks are replaced by empty ones, right after a report was mined in them."""

    def strike(world: World, rng: random.Random, _: int) -> Iterator[None]:
        head = world.head_epoch()
        world.wait(lambda: world.head_epoch() > head, 4 * EPOCH_S, "a report to reorganise")
        time.sleep(rng.uniform(min(1.0, depth / 3), max(0.5, depth - 1.8)))  # most have seen it by then
        begun = time.monotonic()
        rpc(world.stack.w3, "anvil_reorg", depth, [])
        took_s = time.monotonic() - begun
        assert took_s < 2, f"Anvil took {took_s:.1f} s to reorganise, and mined nothing meanwhile"
        # Anvil goes on at the time of the block that it went back to; the world's time has not.
        rpc(world.stack.w3, "evm_setTime", int(time.time()))
        yield

    return strike


def base_fee_times_ten(world: World, _: random.Random, __: int) -> Iterator[None]:
    """Mining stops with a transaction waiting, and goes on at ten times the base fee."""
    w3 = world.stack.w3
    _waiting(world)
    fee = w3.eth.get_block("latest")["baseFeePerGas"]
    yield
    rpc(w3, "anvil_setNextBlockBaseFeePerGas", hex(10 * max(fee, 10**9)))
    rpc(w3, "evm_setIntervalMining", 1)


def foreign_nonce(world: World, _: random.Random, target: int) -> Iterator[None]:
    """Somebody else sends with the node's gas key."""
    w3, address = world.stack.w3, world.nodes[target].gas
    rpc(w3, "anvil_impersonateAccount", address)
    for _sent in range(2):
        w3.eth.send_transaction({"from": address, "to": address, "value": 1})  # type: ignore[typeddict-item]
        time.sleep(0.7)
    rpc(w3, "anvil_stopImpersonatingAccount", address)
    yield


def dropped_transactions(world: World, _: random.Random, __: int) -> Iterator[None]:
    """What waits in the pool is forgotten by the network."""
    for dropped in _waiting(world):
        rpc(world.stack.w3, "anvil_dropTransaction", dropped)
    rpc(world.stack.w3, "evm_setIntervalMining", 1)
    yield


def _waiting(world: World) -> list[str]:
    """The hashes of transactions that wait, once there are some; mining has stopped then."""
    w3 = world.stack.w3
    rpc(w3, "evm_setIntervalMining", 0)
    deadline = time.monotonic() + 4 * EPOCH_S
    while time.monotonic() < deadline:
        pending = rpc(w3, "txpool_content")["pending"]
        hashes = [transaction["hash"] for by_nonce in pending.values() for transaction in by_nonce.values()]
        if hashes:
            return hashes
        # Time goes on only with blocks: one at a time, so that a transaction is seen before it is mined.
        rpc(w3, "evm_mine")
        time.sleep(0.9)
    raise AssertionError(f"nobody posted anything\n{world.tails()}")
