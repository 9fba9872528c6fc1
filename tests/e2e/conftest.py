"""The order of the tests over several workers."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one world run one after another, on one worker: they begin first, and the others fill in beside them."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
