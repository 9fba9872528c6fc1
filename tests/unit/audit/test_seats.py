"""The nodes' keys as the audit rebuilds them, and what it says when an event tells them otherwise."""

import pytest

from oracle.audit import events
from oracle.audit.fleets import NOBODY
from tests.unit.audit.world import ANNA, BERT, HOUR, MEMBERS, NODES, World, address, world

COLD, HOT = MEMBERS[0].cold, MEMBERS[0].hot


def configured() -> World:
    """Four nodes joined and configured, and nothing else."""
    return world().until(events.NodeSetConfigured)


def keys(made: World, after: int = 27 * HOUR) -> events.NodeKeys:
    """The first node's."""
    books = made.books(after)
    assert not books.findings.differences
    return books.reports.nodes[0]


def test_a_rotation_shows_two_epochs_ahead() -> None:
    made = configured()
    made.tell(5 * HOUR + 1, (NODES, events.HotKeyRotated(COLD, 0, ANNA, 7)))
    assert keys(made) == events.NodeKeys(COLD, ANNA, HOT, 7)


def test_a_node_that_leaves_signs_for_two_more_epochs() -> None:
    made = configured()
    made.tell(5 * HOUR, (NODES, events.NodeLeft(COLD, 7)))
    assert keys(made) == events.NodeKeys(COLD, NOBODY, HOT, 7)


def test_leaving_gives_up_a_rotation_on_its_way() -> None:
    made = configured()
    made.tell(5 * HOUR, (NODES, events.HotKeyRotated(COLD, 0, ANNA, 7)))
    made.tell(6 * HOUR, (NODES, events.NodeLeft(COLD, 7)))
    assert keys(made) == events.NodeKeys(COLD, NOBODY, HOT, 7)


def test_a_slashed_node_has_no_key_until_it_is_configured_in_again() -> None:
    made = configured()
    made.tell(5 * HOUR, (NODES, events.NodeExpelled(COLD)))
    assert keys(made) == events.NodeKeys(COLD, NOBODY, NOBODY, 0)
    made.tell(6 * HOUR, (NODES, events.NodeJoined(COLD, ANNA)))
    assert keys(made) == events.NodeKeys(COLD, NOBODY, NOBODY, 0)


def test_one_that_is_not_configured_in_takes_its_offer_back() -> None:
    made = configured()
    made.tell(5 * HOUR, (NODES, events.NodeJoined(ANNA, BERT)))
    made.tell(6 * HOUR, (NODES, events.NodeLeft(ANNA, 0)))
    assert made.differences() == []
    made.tell(7 * HOUR, (NODES, events.NodeLeft(ANNA, 0)))
    assert made.differences() == ["NodeLeft: joined / not joined"]


@pytest.mark.parametrize(
    ("event", "difference"),
    [
        (events.NodeJoined(COLD, ANNA), "NodeJoined: not joined / joined"),
        (events.NodeJoined(ANNA, HOT), f"whose key it was before: {NOBODY} / {COLD}"),
        (events.HotKeyRotated(COLD, 0, MEMBERS[1].hot, 7), f"whose key it was before: {NOBODY} / {MEMBERS[1].cold}"),
        (events.HotKeyRotated(COLD, 0, ANNA, 6), "HotKeyRotated.hot_from: 7 / 6"),
        (events.HotKeyRotated(COLD, 4, ANNA, 7), "HotKeyRotated.node: below 4 / 4"),
        (events.NodeLeft(COLD, 6), "NodeLeft.hot_from: 7 / 6"),
    ],
)
def test_an_event_that_tells_keys_otherwise_is_a_difference(event: object, difference: str) -> None:
    made = configured()
    made.tell(5 * HOUR, (NODES, event))
    assert difference in made.differences()


def test_a_node_configured_in_without_its_consent_is_a_difference() -> None:
    quiet = configured().without(events.NodeJoined, 2)
    assert "NodeSetConfigured.nodes: one that joined / not joined" in quiet.differences()
    altered = configured().alter(events.NodeJoined, 2, hot=address("another key"))
    assert any(line.startswith("NodeSetConfigured.nodes") for line in altered.differences())
