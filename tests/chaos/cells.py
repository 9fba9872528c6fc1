"""The cells of the matrix."""

from itertools import combinations_with_replacement

from tests.chaos.faults import Fault
from tests.chaos.strikes import (
    base_fee_times_ten,
    broken_wire,
    database_locked,
    disk_full,
    dropped_transactions,
    dying_leader,
    foreign_nonce,
    hostile,
    kill_9,
    killed_between,
    lying,
    no_gas,
    reorg,
    stopped,
    together,
)
from tests.chaos.world import EPOCH_S
from tests.support.faulty_rpc import (
    behind,
    cut_off,
    forgetful_logs,
    frozen_at,
    hang_up,
    html,
    http,
    other_chain,
    silence,
    truncated,
    wrong_chain,
    wrong_id,
)

# What a faulty node signs counts for nothing: these have a world of their own, where node 3 is always the faulty one.
BYZANTINE = (
    Fault("liar", hostile("liar"), (), (12, 18), hostile=True),
    Fault("equivocating peer", hostile("equivocator"), (), (5 * EPOCH_S, 6 * EPOCH_S), hostile=True),
)

RPC_FAULTS = (
    ("answers 500", broken_wire(http(500)), True, ""),
    ("answers 429", broken_wire(http(429, retry_after="2")), True, ""),
    ("times out", broken_wire(silence()), True, ""),
    ("answers HTML", broken_wire(html()), True, ""),
    ("answers half of it", broken_wire(truncated(), cut_off()), True, ""),
    ("answers another request", broken_wire(wrong_id()), True, ""),
    ("hangs up", broken_wire(hang_up()), True, ""),
    ("lags behind", lying(lambda _: behind(3)), False, ""),
    ("leaves out logs", lying(lambda _: forgetful_logs()), False, ""),
    ("is frozen", lying(lambda world: frozen_at(world.stack.w3.eth.block_number)), False, ""),
    ("comes back with another chain", lying(lambda _: wrong_chain(1), after=http(500)), True, "serves chain 1"),
    ("serves other blocks", lying(lambda _: other_chain()), False, ""),
)
"""What an RPC can do, whether one alone is found out at once by its answer, and what is then said."""

HANDFUL = (
    "kill -9",
    "kill -9 before SIGNED",
    "kill -9 after SUBMITTED",
    "peer sends garbage",
    "database locked",
    "disk full",
    "clock five minutes off",
    "RPC answers 500",
    "RPC lags behind",
    "reorg of 3",
    "liar",
    "equivocating peer",
    "one lies, one is silent",
    "one RPC of three serves other blocks",
)
"""What CI strikes each time; the nightly run strikes all."""

STATES = ("OBSERVING", "SIGNED", "QUORUM", "SUBMITTED", "CONFIRMED")

FAULTS = (
    Fault("kill -9", kill_9, (), (1, 10)),
    Fault("hanging process", stopped, ("peer trouble",), (4, 10), hostile=True, told="did not answer"),
    *(
        Fault(f"kill -9 {when} {state}", killed_between(when, state), (), (0, 0))
        for state in STATES
        for when in ("before", "after")
    ),
    Fault("slow peer", hostile("answering:late"), (), (12, 18), hostile=True),
    Fault(
        "peer sends garbage",
        hostile("answering:garbage"),
        ("peer trouble",),
        (12, 18),
        hostile=True,
        told="Invalid JSON",
    ),
    Fault("peer sends 100 MB", hostile("answering:huge"), ("peer trouble",), (12, 18), hostile=True, told="more than"),
    Fault(
        "peer sends nothing",
        hostile("answering:nothing"),
        ("peer trouble",),
        (12, 18),
        hostile=True,
        told="did not answer",
    ),
    Fault("leader dies each round", dying_leader(2), (), (0, 0), hostile=True),
    Fault("database locked", database_locked, ("cannot use the database",), (4, 14)),
    Fault("disk full", disk_full, ("cannot use the database",), (4, 14), takes_root=True),
    Fault("clock five minutes off", hostile("skew:300"), ("clock off",), (6, 12), signs_nothing=True),
    Fault("clock a day off", hostile("skew:-86400"), ("clock off",), (6, 12), signs_nothing=True),
    *(
        Fault(f"RPC {name}", strike, ("rpc trouble", "cannot read the chain") if seen else (), (3, 8), told=told)
        for name, strike, seen, told in RPC_FAULTS
        if name != "leaves out logs"  # with headers that are right nobody can tell, with one RPC
    ),
    Fault(
        "no gas money",
        no_gas,
        ("posting failed", "outbox trouble"),
        (4 * EPOCH_S, 5 * EPOCH_S),
        resumes="transaction mined",
    ),
    Fault("foreign nonce", foreign_nonce, (), (0, 0), resumes="transaction mined"),
    Fault("dropped transaction", dropped_transactions, (), (0, 0), may_lose=1, by_all=True),
    Fault("base fee times ten", base_fee_times_ten, (), (1, 3), may_lose=1, by_all=True),
    *(
        Fault(
            f"reorg of {depth}",
            reorg(depth),
            ("report gone",) if depth >= 3 else (),  # of less than that not every node has seen what was undone
            (0, 0),
            may_lose=1 if depth < 5 else 2 + depth // EPOCH_S,
            by_all=True,
        )
        for depth in range(1, 13)
    ),
)

FAULTY = {
    "lies": hostile("liar"),
    "is silent": stopped,
    "is slow": hostile("answering:late"),
    "dies leading": dying_leader(1),
    "equivocates": hostile("equivocator"),
}
"""The kinds of a faulty node."""

A_ROUND_S = (7 * EPOCH_S, 8 * EPOCH_S)
"""Each node of seven leads first once."""

TWO_OF_SEVEN = tuple(
    Fault(
        f"one {one}, one {other}",
        together(FAULTY[one], FAULTY[other]),
        (),
        A_ROUND_S if "equivocates" in (one, other) else (12, 18),
        may_lose=2,
    )
    for one, other in combinations_with_replacement(FAULTY, 2)
)
"""f = 2 of n = 7. Two faulty leaders in a row may leave too little time, or locks that no report can gather: an epoch
that is skipped by rule."""

ONE_BAD_RPC = tuple(Fault(f"one RPC of three {name}", strike, (), (4, 8)) for name, strike, *_ in RPC_FAULTS)
"""With two sound RPCs beside it, a bad one costs nothing."""
