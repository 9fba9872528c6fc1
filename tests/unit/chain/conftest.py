"""These tests run against the real contracts on Anvil."""

from tests.support.fixtures import chain, stack

__all__ = ["chain", "stack"]
