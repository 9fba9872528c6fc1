"""The signing guard: no digest is signed for an epoch before it is on disk that no other one ever will be.

The key of equivocation is (chain, contract, epoch). Whatever happens between the commit and the signature, also
kill -9 or a power cut, the node can afterwards sign that digest again, and nothing else.
"""

from collections.abc import Callable

from sqlalchemy import Connection, insert, select

from oracle.domain.errors import WellheadError
from oracle.domain.report import Domain, Observation, Report
from oracle.domain.signature import Signer
from oracle.domain.turn import Request, Turn
from oracle.store.database import Database
from oracle.store.schema import guard


class SigningRefused(WellheadError):
    """The guard will not have this signed."""


class AlreadySigned(SigningRefused):
    """This node has signed, or may have signed, another digest for the epoch."""


class NotBound(SigningRefused):
    """A signature was asked for before the guard was bound to the report."""


class EpochBeforeStart(SigningRefused):
    """The epoch ended before this process started and the guard does not know it: it may have been signed elsewhere."""


def _nothing(_: Connection) -> None:
    return None


class SigningGuard:
    """The only holder of the signing key in a node.

    `started_at` is the injected clock (the chain head's time, Unix seconds) when the process started.
    """

    def __init__(self, database: Database, domain: Domain, signer: Signer, started_at: int) -> None:
        self._database = database
        self._domain = domain
        self._signer = signer
        self._started_at = started_at

    @property
    def address(self) -> str:
        """The signing key's checksummed address."""
        return self._signer.address

    def bind(self, report: Report, period_end: int, record: Callable[[Connection], None] = _nothing) -> None:
        """Binds this node to `report`, whose epoch ends at `period_end`, before any signature of it exists.

        `record` writes what must be known if a signature may exist, in the same transaction. Binding to the same report
        again changes nothing. Raises AlreadySigned, EpochBeforeStart or StoreUnavailable, and then nothing was written.
        """
        with self._database.transaction() as connection:
            self._admit(connection, report.epoch, period_end, report.digest(self._domain))
            record(connection)

    def sign(self, report: Report) -> bytes:
        """The signature of the report this node is bound to; signing again gives it again. Raises NotBound otherwise,
        and whatever says that the database does not answer or is no longer this node's alone."""
        digest = report.digest(self._domain)
        self._database.ensure_held()
        if self.digest_of(report.epoch) != digest:
            raise NotBound(f"epoch {report.epoch} is not bound to report 0x{digest.hex()}")
        return self._signer.sign(report.encoded(self._domain))

    def sign_observation(self, observation: Observation) -> bytes:
        """The signature of an observation. Two of those are no equivocation, so the guard does not count them."""
        self._database.ensure_held()
        return self._signer.sign(observation.encoded(self._domain))

    def sign_message(self, message: Turn | Request) -> bytes:
        """The signature of what only nodes say to each other: it commits this node to no report."""
        return self._signer.sign(message.encoded(self._domain))

    def may_sign(self, epoch: int, period_end: int) -> bool:
        """Whether some report of `epoch` could still get this node's signature."""
        return period_end > self._started_at or self.digest_of(epoch) is not None

    def digest_of(self, epoch: int) -> bytes | None:
        """The digest this node is bound to for `epoch`, if any."""
        with self._database.reading() as connection:
            return self._known(connection, epoch)

    def _admit(self, connection: Connection, epoch: int, period_end: int, digest: bytes) -> None:
        known = self._known(connection, epoch)
        if known == digest:
            return
        if known is not None:
            raise AlreadySigned(
                f"epoch {epoch} is bound to report 0x{known.hex()}; signing 0x{digest.hex()} would be equivocation"
            )
        if period_end <= self._started_at:
            raise EpochBeforeStart(
                f"epoch {epoch} ended at {period_end}, this node started at {self._started_at} and does not know "
                "whether it signed before: it signs again from the first epoch that ends after its start"
            )
        connection.execute(
            insert(guard).values(
                chain_id=str(self._domain.chain_id), contract=self._contract, epoch=epoch, digest=digest
            )
        )

    def _known(self, connection: Connection, epoch: int) -> bytes | None:
        found = connection.execute(
            select(guard.c.digest).where(
                guard.c.chain_id == str(self._domain.chain_id),
                guard.c.contract == self._contract,
                guard.c.epoch == epoch,
            )
        ).scalar_one_or_none()
        return None if found is None else bytes(found)

    @property
    def _contract(self) -> str:
        return self._domain.contract.lower()
