"""A fault: what strikes, how it is seen, what it may cost; and one run of it on a running world."""

import random
import time
from contextlib import contextmanager
from dataclasses import dataclass

from tests.chaos.checks import own_signatures
from tests.chaos.strikes import WITHIN_S, Strike
from tests.chaos.world import EPOCH_S, World


@dataclass(frozen=True)
class Outcome:
    """One run: after how long anybody said that something is wrong (None: nobody had to), how long after the fault's
    end everything went on, and which epochs were lost."""

    detected_s: float | None
    recovered_s: float
    lost: tuple[int, ...]


@dataclass(frozen=True)
class Fault:
    """`strike` begins it on a world at a random moment and yields once it is on; leaving ends it.

    `seen_as` are the log events that tell of it (empty: it needs none), with `told` in their reason; `by_all` when
    every node may say it, else the target or, for `hostile` ones, another. `may_lose` is how many epochs the rules let
    it cost at most. With `signs_nothing` the target must not sign while it lasts; `resumes` is what it must be heard
    to do once it is over.
    """

    name: str
    strike: Strike
    seen_as: tuple[str, ...]
    hold_s: tuple[float, float]
    may_lose: int = 0
    hostile: bool = False
    by_all: bool = False
    takes_root: bool = False
    told: str = ""
    signs_nothing: bool = False
    resumes: str = "observed"


def run(world: World, fault: Fault, rng: random.Random, target: int | None = None) -> Outcome:
    """One run of a fault on a world at rest, until the world is at rest again; on any node unless told on which."""
    if target is None:
        target = rng.randrange(len(world.nodes))
    first = world.head_epoch()
    time.sleep(rng.uniform(0, EPOCH_S))
    before = [len(node.log()) for node in world.nodes]
    begun = time.monotonic()
    with contextmanager(fault.strike)(world, rng, target):
        signed = own_signatures(world, target)
        over = begun + rng.uniform(*fault.hold_s)
        detected = None
        while time.monotonic() < over or (fault.seen_as and detected is None and time.monotonic() < over + 2 * EPOCH_S):
            if detected is None and _seen(world, fault, target, before):
                detected = time.monotonic() - begun
            time.sleep(0.1)
        assert not fault.signs_nothing or own_signatures(world, target) == signed, f"it signed during {fault.name}"
    healed, at = time.monotonic(), world.present_epoch()
    after = [len(node.log()) for node in world.nodes]

    def recovered() -> bool:
        heard = {line["event"] for line in world.nodes[target].log()[after[target] :] if line.get("epoch", at) >= at}
        return {"observed", fault.resumes} <= heard and world.head_epoch() >= at

    world.wait(recovered, WITHIN_S, f"recovery from {fault.name}")
    recovered_s = time.monotonic() - healed
    if fault.seen_as and detected is None and _seen(world, fault, target, before):
        detected = time.monotonic() - begun
    assert not fault.seen_as or detected is not None, f"nobody saw {fault.name}\n{world.tails()}"
    lost = tuple(sorted(set(range(max(1, first), world.head_epoch())) - standing_epochs(world, first)))
    assert len(lost) <= fault.may_lose, f"{fault.name} cost epochs {lost}\n{world.tails()}"
    return Outcome(detected, recovered_s, lost)


def standing_epochs(world: World, since: int) -> set[int]:
    """Every epoch from `since` on with a standing report."""
    found, epoch = set(), world.head_epoch()
    while epoch and epoch >= since:
        found.add(epoch)
        epoch = world.stack.oracle.functions.standing(epoch).call()[2]
    return found


def _seen(world: World, fault: Fault, target: int, before: list[int]) -> bool:
    nodes = range(len(world.nodes))
    watched = nodes if fault.by_all else [i for i in nodes if (i == target) != fault.hostile]
    return any(
        line["event"] in fault.seen_as and fault.told in line.get("reason", "")
        for index in watched
        for line in world.nodes[index].log()[before[index] :]
    )
