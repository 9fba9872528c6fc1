"""The watcher's work: look at what stands and can still fall, and at what nodes signed; prove what is false."""

from threading import Event as Flag

from oracle.chain.errors import Reverted
from oracle.chain.event_log import Event
from oracle.chain.view import Block
from oracle.domain.errors import WellheadError
from oracle.domain.schedule import Schedule
from oracle.domain.signature import SignatureError, recover
from oracle.watch.chain import Posted, Sender, WatchChain
from oracle.watch.checks import find_duplicate, find_fallen, find_wrong_aggregate
from oracle.watch.evidence import Evidence, SignedReport
from oracle.watch.findings import Finding, Outcome, Tell
from oracle.watch.sources import Nodes
from oracle.watch.statements import Statements

RECORD_BYTES = 65
LOOK_BACK = 2
"""How many epochs before the one now open nodes are asked what they signed: a late signature is shown late."""


class MeterUnobserved(WellheadError):
    """A meter in a report that a named observation does not hold."""


class Watcher:
    """One watcher of one deployment. Without a `sender` it only says what it would send."""

    def __init__(
        self, chain: WatchChain, nodes: Nodes, statements: Statements, sender: Sender | None, tell: Tell
    ) -> None:
        self._chain = chain
        self._nodes = nodes
        self._statements = statements
        self._sender = sender
        self._tell = tell
        self._done: set[tuple[int, bytes]] = set()  # (epoch, root) of reports dealt with
        self._told: dict[tuple[str, int], str] = {}
        self._shown: set[str] = set()  # keys a dry run has named

    def run(self, stop: Flag, poll_s: float) -> None:
        """Looks every `poll_s` seconds until `stop` is set. A look under way is finished first."""
        while not stop.is_set():
            self.look()
            stop.wait(poll_s)

    def look(self) -> None:
        """Deals with all there is as of the head. What cannot be seen is told, and looked at again the next time."""
        try:
            head = self._chain.head()
            disputable = self._chain.disputable(head)
        except WellheadError as error:
            self._unseen("chain", 0, error)
            return
        self._told.pop(("chain", 0), None)
        self._judge_all(disputable)
        try:
            self._collect(head, disputable)
            self._accuse_equivocators()
        except WellheadError as error:
            self._unseen("signatures", 0, error)
        else:
            self._told.pop(("signatures", 0), None)

    # Reports

    def _judge_all(self, disputable: list[Event]) -> None:
        for event in disputable:
            epoch, root = event.arguments["epoch"], bytes(event.arguments["root"])
            if (epoch, root) in self._done:
                continue
            try:
                posted = self._chain.posted(event)
                self._remember(posted.signed)
                evidence = self._judge(posted)
                if evidence is None:
                    self._tell(Finding("report", epoch, Outcome.CLEAN, "checked against what its nodes observed"))
                else:
                    self._send(evidence)
                self._done.add((epoch, root))
            except WellheadError as error:
                self._unseen("report", epoch, error)
                continue
            if evidence is not None:
                return  # all built on it fell too; the next look sees what is left

    def _judge(self, posted: Posted) -> Evidence | None:
        """Evidence against a report, or None when all of it was seen and is right. Raises WellheadErrors when something
        could not be seen; what could be seen first has been judged by then."""
        signed, report = posted.signed, posted.signed.report
        leaves = self._nodes.readings(report.epoch, report.root)
        evidence = find_duplicate(signed, leaves)
        if evidence is not None:
            return evidence
        base = self._nodes.readings(report.base_epoch, report.base_root) if report.base_epoch else None
        evidence = find_fallen(signed, leaves, base)
        if evidence is not None:
            return evidence
        named, observed = self._nodes.observations(report)
        evidence, untold = find_wrong_aggregate(
            signed, leaves, base, named, observed, lambda meter_id: self._chain.is_new(meter_id, report.base_epoch)
        )
        if evidence is None and untold:
            raise MeterUnobserved(
                f"meter {untold[0]:#x} ({len(untold)} in all) is in the report and not in every observation it names: "
                "no honest node signs that, and nothing about it can be proven"
            )
        return evidence

    def _send(self, evidence: Evidence) -> Outcome:
        """Sends evidence, or only tries it in a dry run, and tells what came of it. Raises ChainErrors but Reverted."""
        facts: dict[str, int | str] = {"kind": evidence.kind.value, "epoch": evidence.epoch}
        try:
            if self._sender is None:
                self._chain.simulate(evidence)
                outcome, text = Outcome.WOULD, evidence.text
            else:
                mined = self._chain.prove(evidence, self._sender)
                facts |= {"tx": mined.tx_hash, "gas": mined.gas_used}
                outcome, text = Outcome.PROVEN, f"{evidence.text}, {mined.gas_used:,} gas"
        except Reverted as error:
            facts |= {"error": error.name}
            outcome, text = Outcome.REFUSED, f"{evidence.text}: {error}"
        self._tell(Finding(evidence.kind.value, evidence.epoch, outcome, text, facts))
        return outcome

    # Signatures

    def _collect(self, head: Block, disputable: list[Event]) -> None:
        """Keeps what nodes show to have been signed for the epoch now open, some before it, and all that can fall."""
        clock = self._chain.clock()
        schedule = Schedule(clock.genesis, clock.epoch_length, clock.observation_delay)
        now_open = schedule.reportable(head.timestamp) or 0
        epochs = {event.arguments["epoch"] for event in disputable}
        epochs |= {epoch for epoch in range(now_open - LOOK_BACK, now_open + 1) if epoch > 0}
        for epoch in sorted(epochs):
            for signed in self._nodes.signed(epoch):
                self._remember(signed)

    def _remember(self, signed: SignedReport) -> None:
        """Keeps each record of a report that a node's key made; others are nobody's."""
        digest = signed.report.digest(self._chain.domain)
        for at in range(0, len(signed.records), RECORD_BYTES):
            record = signed.records[at : at + RECORD_BYTES]
            try:
                key = recover(digest, record[1:])
            except SignatureError:
                continue
            if self._chain.owner(key) is not None:
                self._statements.add(key, digest, signed.report, record)

    def _accuse_equivocators(self) -> None:
        for key, evidence in list(self._statements.equivocations()):
            if key in self._shown:
                continue
            outcome = self._send(evidence)
            if outcome is Outcome.WOULD:
                self._shown.add(key)
            else:
                self._statements.dealt_with(key, outcome.value)

    # Telling

    def _unseen(self, what: str, epoch: int, error: WellheadError) -> None:
        """Tells what could not be seen, once for as long as it is so for the same reason."""
        if self._told.get((what, epoch)) != str(error):
            self._tell(Finding(what, epoch, Outcome.UNSEEN, str(error), {"error": type(error).__name__}))
        self._told[what, epoch] = str(error)
