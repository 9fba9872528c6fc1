"""Reports as a quorum makes them, true or false, posted on a test chain; and nodes that show what is in them.

Leaves are (meter id, packed word) pairs: what a liar makes need be no reading, and a meter may stand twice.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from oracle.domain.keccak import uint
from oracle.domain.median import agree
from oracle.domain.merkle import MerkleTree
from oracle.domain.reading import Reading
from oracle.domain.report import Domain, Report, set_hash
from oracle.domain.signature import pack_signatures, sign
from oracle.exchange.messages import RefusalMessage
from tests.support.chain import Stack, act, now, travel_to

Pairs = list[tuple[int, int]]


def packed(pairs: Pairs) -> bytes:
    """64 bytes a leaf, as they come."""
    return b"".join(uint(meter_id) + uint(word) for meter_id, word in pairs)


def root_of(pairs: Pairs) -> bytes:
    """The root of the tree over them, twins and all."""
    return MerkleTree([packed([pair]) for pair in pairs], twins=True).root


@dataclass(frozen=True)
class Made:
    """A report, the leaves under its root, what its named nodes observed, and every node's signature of it."""

    report: Report
    leaves: Pairs
    block_hash: bytes
    nodes: tuple[int, ...]
    observed: tuple[Pairs, ...]
    signatures: dict[int, bytes]

    def proposal(self) -> dict[str, object]:
        """ProposalMessage as JSON."""
        pairs = [{"node": n, "root": _hex(root_of(p))} for n, p in zip(self.nodes, self.observed, strict=True)]
        return {
            "block_hash": _hex(self.block_hash), "pairs": pairs,
            "report": {
                name: _hex(value) if isinstance(value, bytes) else value
                for name, value in ((name, getattr(self.report, name)) for name in Report.__slots__)
            },
        }  # fmt: skip


def make(
    stack: Stack,
    epoch: int,
    base: Pairs,
    observed: Sequence[Pairs],
    leaves: Pairs | None = None,
    root: bytes | None = None,
) -> Made:
    """A report of `epoch` on the standing one, signed by every node.

    `base` are the leaves it builds on; `leaves`, if not those that the observations make of them, are the lie. `root`
    is that of the leaves unless given.
    """
    if leaves is None:
        leaves = true_leaves(base, observed)
    base_epoch = stack.oracle.functions.headEpoch().call()
    block_hash = bytes(stack.w3.eth.get_block("latest")["hash"])
    nodes = tuple(range(len(observed)))
    report = Report(
        config_digest=stack.node_set.functions.configDigest().call(),
        epoch=epoch,
        base_epoch=base_epoch,
        base_root=stack.oracle.functions.standing(base_epoch).call()[0] if base_epoch else bytes(32),
        root=root or root_of(leaves),
        set_hash=set_hash(block_hash, nodes, [root_of(pairs) for pairs in observed]),
        leaf_count=len(leaves),
    )
    return Made(report, leaves, block_hash, nodes, tuple(observed), signatures_of(stack, report))


def true_leaves(base: Pairs, observed: Sequence[Pairs]) -> Pairs:
    """What honest nodes make of `base` (zero where it lacks a meter) and what was observed."""
    before, seen = dict(base), [dict(pairs) for pairs in observed]
    return [
        (meter, agree(Reading.unpack(before.get(meter, 0)), [Reading.unpack(each[meter]) for each in seen]).pack())
        for meter in sorted(seen[0])
    ]


def signatures_of(stack: Stack, report: Report) -> dict[int, bytes]:
    """Every node's signature of a report."""
    digest = report.digest(Domain(stack.w3.eth.chain_id, stack.oracle.address))
    return {index: sign(digest, bytes(key.key)) for index, key in enumerate(stack.hot_keys)}


def submission(stack: Stack, made: Made) -> bytes:
    """The calldata that posts a report with a quorum's signatures."""
    said = made.report
    fields = (said.config_digest, said.epoch, said.base_epoch, said.root, said.set_hash, said.leaf_count)
    records = pack_signatures(made.signatures, stack.node_set.functions.quorum().call())
    return bytes.fromhex(stack.oracle.encode_abi("submit", [fields, records])[2:])


def open_window(stack: Stack, epoch: int) -> None:
    """Moves time to where a report of `epoch` may be mined."""
    opens = stack.period_end(epoch) + stack.delay
    if now(stack.w3) < opens:
        travel_to(stack.w3, opens)


def post(stack: Stack, made: Made) -> None:
    """Posts a report in its window."""
    open_window(stack, made.report.epoch)
    said = made.report
    fields = (said.config_digest, said.epoch, said.base_epoch, said.root, said.set_hash, said.leaf_count)
    records = pack_signatures(made.signatures, stack.node_set.functions.quorum().call())
    act(stack.oracle.functions.submit(fields, records), stack.owner)


@dataclass
class ShowingNode:
    """Serves what it was given, by epoch: the readings, the observations, the report it is locked on."""

    url: str
    made: dict[int, Made] = field(default_factory=dict)
    locked: dict[int, Made] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def show(self, *reports: Made) -> None:
        """Shows these reports whole."""
        for made in reports:
            self.made[made.report.epoch] = self.locked[made.report.epoch] = made

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body for GET `path`."""
        asked = re.fullmatch(r"/(?:reports|epochs)/(\d+)/(readings|observations|report|signatures)", path)
        epoch, what = (int(asked[1]), asked[2]) if asked else (0, "")
        made = (self.locked if what in ("report", "signatures") else self.made).get(epoch)
        if made is None or what in self.hidden:
            return 404, RefusalMessage(error="Unknown", reason="not held here").json_bytes()
        shown = {"readings": self._readings, "observations": self._observations}.get(what, self._signatures)
        return 200, json.dumps(shown(made)).encode()

    def _readings(self, made: Made) -> dict[str, object]:
        return {"epoch": made.report.epoch, "root": _hex(made.report.root), "leaves": _hex(packed(made.leaves))}

    def _observations(self, made: Made) -> dict[str, object]:
        said = made.report
        return {
            "proposal": made.proposal(),
            "observations": [
                {
                    "node": node, "config_digest": _hex(said.config_digest), "epoch": said.epoch,
                    "base_epoch": said.base_epoch, "base_root": _hex(said.base_root),
                    "block_hash": _hex(made.block_hash), "root": _hex(root_of(pairs)), "leaves": _hex(packed(pairs)),
                    "signature": _hex(bytes(64)),
                }
                for node, pairs in zip(made.nodes, made.observed, strict=True)
            ],
        }  # fmt: skip

    def _signatures(self, made: Made) -> dict[str, object]:
        known = [{"node": node, "signature": _hex(given)} for node, given in sorted(made.signatures.items())]
        return {"proposal": made.proposal(), "signatures": known}


@contextmanager
def showing_node(port: int = 0) -> Iterator[ShowingNode]:
    """Runs one on a port, by default a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = node.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    node = ShowingNode(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def signed_anew(stack: Stack, made: Made, by: int, root: bytes) -> Made:
    """Another report of the same epoch, which node `by` alone signed."""
    report = replace(made.report, root=root)
    alone = {by: signatures_of(stack, report)[by]}
    return replace(made, report=report, signatures={0: made.signatures[0], **alone})


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()
