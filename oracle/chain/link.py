"""A configured chain, ready to use: the pool of RPCs, web3 over it, and the deployment, compared with each other."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from web3 import Web3

from oracle.chain.deployment import Deployment, check_deployment, load_deployment
from oracle.chain.intent import OutboxTerms
from oracle.chain.outbox import Outbox
from oracle.chain.pool import Pool
from oracle.chain.rpc import make_pool, web3_of
from oracle.domain.signature import Signer
from oracle.domain.spoken import say_nothing
from oracle.exchange.fetch import Fetcher
from oracle.settings import ChainSettings
from oracle.store.database import Database
from oracle.store.outbox import OutboxStore


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What a command needs to work with a chain. `pool.snapshot()` tells how the RPCs do."""

    settings: ChainSettings
    deployment: Deployment
    pool: Pool
    w3: Web3
    log: Callable[..., None]

    def outbox(self, database: Database, signer: Signer) -> Outbox:
        """The outbox of a gas key, which goes on with what `database` holds of it."""
        settings = self.settings
        terms = OutboxTerms(settings.confirmations, settings.max_fee_gwei * 10**9, settings.replace_after_s)
        return Outbox(self.w3, OutboxStore(database), signer, self.deployment.chain_id, terms, self.log)


def open_link(
    stack: ExitStack, settings: ChainSettings, fetcher: Fetcher, log: Callable[..., None] = say_nothing
) -> ChainLink:
    """Connects to the RPCs of a configuration; `stack` closes what it opened.

    Raises BadDeployment, WrongChain, WrongCode, or what the RPCs fail with.
    """
    deployment = load_deployment(settings.deployment)
    pool = make_pool(
        settings.rpc_urls, settings.quorum, fetcher, deployment.chain_id, stall_s=settings.stall_s, log=log
    )
    stack.callback(pool.close)
    w3 = web3_of(pool)
    check_deployment(w3, deployment)
    return ChainLink(settings, deployment, pool, w3, log)
