"""What a node needs of the chain, and nothing more: the seam between the node and web3."""

from dataclasses import dataclass
from typing import Protocol

from oracle.domain.meters import MeterSet


@dataclass(frozen=True, slots=True)
class Block:
    """A block header: number, 32-byte hash, Unix-second timestamp."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """A member of the node set; addresses are checksummed. `hot` signs reports with epoch >= hot_from, `previous_hot`
    those before it."""

    cold: str
    hot: str
    previous_hot: str
    hot_from: int

    def signer(self, epoch: int) -> str:
        """The address whose signature counts for a report of `epoch`."""
        return self.hot if epoch >= self.hot_from else self.previous_hot


@dataclass(frozen=True, slots=True)
class OracleConfig:
    """The oracle's fixed clock (Unix seconds) and its current node set, in index order."""

    chain_id: int
    oracle: str
    config_digest: bytes
    genesis: int
    epoch_length: int
    observation_delay: int
    dispute_window: int
    quorum: int
    nodes: tuple[NodeKeys, ...]

    def period_end(self, epoch: int) -> int:
        """The end of epoch `epoch`: genesis + (epoch + 1) L."""
        return self.genesis + (epoch + 1) * self.epoch_length


@dataclass(frozen=True, slots=True)
class StandingReport:
    """A report that stands on-chain. `mined_at` is its block's Unix-second timestamp; `signers` are node indexes."""

    epoch: int
    base_epoch: int
    root: bytes
    leaf_count: int
    mined_at: int
    signers: tuple[int, ...]


class ChainView(Protocol):
    """Reads of one deployment, each as of a block. Every method raises ChainErrors."""

    def head(self) -> Block:
        """The newest block."""
        ...

    def last_block_at(self, timestamp: int) -> Block:
        """The last block with a timestamp <= `timestamp`. Raises ChainNotPast when the chain's head is not past it."""
        ...

    def config(self) -> OracleConfig:
        """The oracle's clock and node set as of the head."""
        ...

    def standing(self) -> StandingReport | None:
        """The newest standing report, or None before the first."""
        ...

    def report(self, epoch: int) -> StandingReport | None:
        """The standing report of `epoch`, or None when none stands or it is no longer in the contract's ring of 512.

        A node that was away finds the last window-closing report by it, and proves that report's readings to its root.
        """
        ...

    def confirmed_epoch(self, confirmations: int) -> int:
        """The epoch of the newest report that has `confirmations` blocks, its own included; 0 for none."""
        ...

    def meters(self, block: Block) -> MeterSet:
        """Every open meter as of `block`, from events up to and including it."""
        ...
