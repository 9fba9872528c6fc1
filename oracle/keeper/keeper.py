"""The keeper's work: look at the head, settle what is behind, stop what ran dry, distribute what is due."""

from threading import Event

from oracle.chain.errors import Reverted
from oracle.chain.submitter import Mined
from oracle.chain.view import Block
from oracle.domain.errors import WellheadError
from oracle.domain.meters import LeaseMeter
from oracle.keeper.actions import Action, Facts, Outcome, Tell
from oracle.keeper.chain import Final, KeeperChain
from oracle.keeper.readings import MAX_BATCH, NodeReadings, ProvenReadings

REPORT_GONE = frozenset({"MeterOracle_NotFinal", "MeterOracle_UnknownReport"})
"""Refusals to settle that concern the report, and so every lease under it."""

TERMINATED_ALREADY = frozenset(
    {"CapacityLease_AlreadyStopping", "CapacityLease_NotSuspended", "CapacityLease_LeaseClosed"}
)
DISTRIBUTED_ALREADY = "RevenueWaterfall_AlreadyDistributed"
"""These are refusals to one who came second: nothing to speak of."""

NEVER = 1 << 63

LAST_EPOCHS = 24
"""A report that the contract keeps for no more epochs than this is settled from at any gas price."""


class Keeper:
    """One keeper of one deployment.

    `settle_every` is how many epochs a lease may be behind before it is settled; one whose term is over is settled at
    once. While one gas costs more than `max_gas_price` wei (None: no limit) settlements and distributions wait, and
    become one batch later; but not that of a lease whose term is over, nor any from a report that the contract is about
    to drop. What a contract refuses is told, and not tried again until something about it has changed.
    """

    def __init__(
        self,
        chain: KeeperChain,
        readings: NodeReadings,
        tell: Tell,
        settle_every: int = 1,
        distribute: bool = True,
        max_gas_price: int | None = None,
    ) -> None:
        self._chain = chain
        self._readings = readings
        self._tell = tell
        self._settle_every = settle_every
        self._max_gas_price = max_gas_price
        self._waiting: set[str] = set()  # steps that wait for cheaper gas
        self._steps = {"settle": self._settle, "terminate": self._terminate}
        if distribute:
            self._steps["distribute"] = self._distribute
        self._done_at: Block | None = None  # the head at which nothing was left to do
        self._settled_at = 0  # the newest final epoch at which every lease was dealt with
        self._refused_leases: set[int] = set()  # at the epoch after that
        self._notice_until: dict[tuple[int, int], int] = {}  # (lease id, suspended since) -> when to try again
        self._refused_periods: dict[str, int] = {}  # waterfall -> period
        self._failures: dict[str, str] = {}

    def run(self, stop: Event, poll_s: float) -> None:
        """Looks every `poll_s` seconds until `stop` is set. A look under way is finished first."""
        while not stop.is_set():
            self.look()
            stop.wait(poll_s)

    def look(self) -> bool:
        """Does all that is due as of the head. Returns False when a step failed and waits to be tried again."""
        try:
            head = self._chain.head()
        except WellheadError as error:
            self._fail("look", error)
            return False
        self._failures.pop("look", None)
        self._chain.tend()
        if head == self._done_at:
            return True
        failed = False
        for name, step in self._steps.items():
            try:
                step(head)
            except WellheadError as error:
                self._fail(name, error)
                failed = True
            else:
                self._failures.pop(name, None)
        if not failed:
            self._done_at = head
        return not failed

    # Settling

    def _settle(self, head: Block) -> None:
        final = self._chain.final(head)
        if final is None or final.epoch <= self._settled_at:
            return
        leases = behind = self._behind(final, head)
        if leases and final.kept_for > LAST_EPOCHS and self._too_dear("settle", len(leases)):
            leases = [lease for lease in leases if lease.term_end <= final.period_end]
        if leases:
            readings = self._readings.proven(final.epoch, final.root)
            known = [lease for lease in leases if lease.meter_id in readings]  # others opened after the report's block
            for start in range(0, len(known), MAX_BATCH):
                if not self._settle_batch(readings, known[start : start + MAX_BATCH]):
                    return
        if len(leases) == len(behind):  # else some wait for cheaper gas
            self._settled_at = final.epoch
            self._refused_leases.clear()

    def _too_dear(self, step: str, count: int) -> bool:
        """Whether `step`, which has `count` things to do, waits for cheaper gas; told when it begins to."""
        price = 0 if self._max_gas_price is None else self._chain.gas_price()
        if self._max_gas_price is None or price <= self._max_gas_price:
            self._waiting.discard(step)
            return False
        if step not in self._waiting:
            self._waiting.add(step)
            text = f"{count} to do, at {price / 10**9:.4g} gwei: waits for {self._max_gas_price / 10**9:.4g}"
            self._tell(Action(step, Outcome.WAITING, text, Facts(gas_price=price, count=count)))
        return True

    def _behind(self, final: Final, head: Block) -> list[LeaseMeter]:
        """The leases to settle at `final`, those of a fleet side by side: they share a write."""
        recent = self._chain.settled_since(max(1, final.epoch - self._settle_every + 1), head)
        behind = [
            lease
            for lease in self._chain.open_leases(head)
            if lease.start < final.period_end
            and (lease.lease_id not in recent or lease.term_end <= final.period_end)
            and lease.lease_id not in self._refused_leases
        ]
        return sorted(behind, key=lambda lease: (lease.fleet_id, lease.lease_id))

    def _settle_batch(self, readings: ProvenReadings, leases: list[LeaseMeter]) -> bool:
        """Settles leases together or, if they are refused together, by halves, so that one does not hold up the others.

        Returns False when the report itself is gone.
        """
        ids = sorted(lease.lease_id for lease in leases)
        what, facts = f"{_leases(ids)} at epoch {readings.epoch}", Facts(epoch=readings.epoch, leases=ids)
        try:
            mined = self._chain.settle(readings.batch([lease.meter_id for lease in leases]))
        except Reverted as error:
            if error.name in REPORT_GONE:
                self._refuse("settle", what, error, facts)
                return False
            if len(leases) > 1:
                half = len(leases) // 2
                return self._settle_batch(readings, leases[:half]) and self._settle_batch(readings, leases[half:])
            self._refused_leases.update(ids)
            self._refuse("settle", what, error, facts)
        else:
            self._done("settle", what, mined, facts)
        return True

    # Stopping

    def _terminate(self, head: Block) -> None:
        suspended = {
            (lease.lease_id, lease.suspensions[-1][0])
            for lease in self._chain.open_leases(head)
            if lease.suspensions and lease.suspensions[-1][1] is None and not lease.stop
        }
        self._notice_until = {key: until for key, until in self._notice_until.items() if key in suspended}
        for lease_id, since in sorted(suspended):
            if head.timestamp < self._notice_until.get((lease_id, since), 0):
                continue
            what, facts = f"lease {lease_id}, suspended since {since}", Facts(lease=lease_id)
            try:
                mined = self._chain.terminate(lease_id)
            except Reverted as error:
                if error.name == "CapacityLease_NoticeRunning":
                    self._notice_until[lease_id, since] = int(error.arguments["until"])
                    continue
                self._notice_until[lease_id, since] = NEVER
                if error.name not in TERMINATED_ALREADY:
                    self._refuse("terminate", what, error, facts)
            else:
                self._done("terminate", what, mined, facts)

    # Distributing

    def _distribute(self, head: Block) -> None:
        for waterfall in self._chain.waterfalls(head):
            period = head.timestamp // waterfall.period
            if self._refused_periods.get(waterfall.address) == period:
                continue
            if not self._chain.can_distribute(waterfall, head):
                continue
            if self._too_dear("distribute", 1):
                continue
            what = f"fleet {waterfall.fleet_id} in period {period}"
            facts = Facts(fleet=waterfall.fleet_id, period=period)
            try:
                mined = self._chain.distribute(waterfall, period)
            except Reverted as error:
                self._refused_periods[waterfall.address] = period
                if error.name != DISTRIBUTED_ALREADY:
                    self._refuse("distribute", what, error, facts)
            else:
                self._done("distribute", what, mined, facts)

    # Telling

    def _done(self, name: str, what: str, mined: Mined, facts: Facts) -> None:
        facts = Facts({**facts, "tx": mined.tx_hash, "gas": mined.gas_used})
        self._tell(Action(name, Outcome.DONE, f"{what}, {mined.gas_used:,} gas", facts))

    def _refuse(self, name: str, what: str, error: Reverted, facts: Facts) -> None:
        self._tell(Action(name, Outcome.REFUSED, f"{what}: {error}", Facts({**facts, "error": error.name})))

    def _fail(self, name: str, error: WellheadError) -> None:
        """Tells of a failure, once for as long as the step fails alike."""
        if self._failures.get(name) != str(error):
            self._tell(Action(name, Outcome.FAILED, str(error), Facts(error=type(error).__name__)))
        self._failures[name] = str(error)


def _leases(ids: list[int]) -> str:
    shown = ", ".join(map(str, ids[:8])) + (", ..." if len(ids) > 8 else "")
    return f"lease {shown}" if len(ids) == 1 else f"{len(ids)} leases ({shown})"
