"""These tests run against the real contracts on Anvil, with a dispute window short enough to settle every epoch."""

import pytest

from tests.support.chain import Chain, Stack, deploy_stack, now, travel_to
from tests.support.fixtures import chain
from tests.support.market import PERIOD

__all__ = ["chain", "stack"]


@pytest.fixture
def stack(chain: Chain) -> Stack:
    """A whole stack of its own for one test; epoch 0 begins with a distribution period."""
    travel_to(chain.w3, (now(chain.w3) // PERIOD + 1) * PERIOD)
    return deploy_stack(chain.w3, dispute=600)
