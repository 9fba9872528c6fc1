"""Ports of a world."""

import socket

import pytest

from scripts.stage import ports
from scripts.stage.ports import FREE, Ports, free_ports
from scripts.stage.processes import StageError


def test_all_ports_of_a_world_are_different_and_none_is_one_that_a_client_may_get() -> None:
    for _ in range(10):
        found = Ports.free(7)
        every = [found.rpc, *found.nodes, found.page, found.indexer, found.newcomers, found.ponder]
        assert len(set(every)) == 12
        assert all(port in FREE for port in every)


def test_a_known_port_is_taken_as_long_as_nobody_listens_there(monkeypatch: pytest.MonkeyPatch) -> None:
    (known,) = free_ports(1)
    monkeypatch.setattr(ports, "PAGE", known)
    assert Ports.known(1).page == known
    with socket.create_server(("127.0.0.1", known)):
        elsewhere = Ports.known(1).page
    assert elsewhere != known
    assert elsewhere in FREE


def test_a_port_that_is_wanted_twice_is_given_once() -> None:
    (port,) = free_ports(1)
    first, second = free_ports(2, [port, port])
    assert first == port
    assert second != port


def test_where_none_is_free_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "FREE", range(0))
    with pytest.raises(StageError, match="no 1 TCP ports are free"):
        free_ports(1)
