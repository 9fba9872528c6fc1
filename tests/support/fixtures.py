"""Fixtures over `tests.support.chain`: a conftest imports those it wants."""

from collections.abc import Iterator

import pytest

from tests.support.chain import Chain, Stack, anvil, deploy_stack


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """One Anvil for the tests of a file; its clock only goes forward."""
    with anvil() as running:
        yield running


@pytest.fixture
def stack(chain: Chain) -> Stack:
    """A whole stack of its own for one test, epoch 0 being now."""
    return deploy_stack(chain.w3)
