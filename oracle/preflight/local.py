"""The machine's side of a pre-flight: files and their modes, keys, disk, the address to listen on."""

import shutil
import socket
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from oracle.node.clock import SIMULATED_CHAINS
from oracle.preflight.finding import Finding, failed, passed, warned
from oracle.secret_files import allowed_mode
from oracle.settings import RemoteKeySettings, Settings

GIB = 1 << 30
LEAST_BYTES, ENOUGH_BYTES = GIB, 10 * GIB
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def modes_row(config: Path, settings: Settings) -> Finding:
    """Whether others than the owner could read what is secret, or change what the node believes."""
    check = "file modes"
    open_to_others: list[tuple[Path, str]] = []
    for key in (settings.signing_key, settings.gas_key):
        if isinstance(key, RemoteKeySettings):
            continue
        open_to_others += [
            (path, "600") for path in (key.keystore, key.password_file) if _mode(path) & OTHERS & ~allowed_mode(path)
        ]
        open_to_others += [
            (path.parent, "700") for path in (key.keystore, key.password_file) if _mode(path.parent) & OTHERS_WRITE
        ]
    believed = (config, settings.chain.deployment)
    open_to_others += [(path, "go-w") for path in believed if _mode(path) & OTHERS_WRITE]
    if not open_to_others:
        return passed(check, "keys and passwords are the owner's alone")
    ways = dict.fromkeys(open_to_others)
    seen = ", ".join(f"{path} ({_mode(path):04o})" for path, _ in ways)
    return failed(check, f"open to others: {seen}", "; ".join(f"chmod {mode} {path}" for path, mode in ways))


def two_keys_row(signing: str, gas: str, colds: Sequence[str]) -> Finding:
    """Signing key, gas key and cold keys are all different."""
    check = "two keys"
    if signing == gas:
        seen = f"{signing} is both signing key and gas key"
        return failed(check, seen, "make another one for gas: `wellhead keys new`")
    for name, address in (("signing", signing), ("gas", gas)):
        if address in colds:
            seen = f"the {name} key {address} is a node's cold key"
            return failed(check, seen, "keep the cold key offline, and make another one: `wellhead keys new`")
    return passed(check, "signing key, gas key and cold key are different")


def chain_clock_row(chain_id: int) -> Finding:
    """Whether the chain is one whose own time may be gone by: on a real one its proposers set it, and when samples
    were taken would be theirs to say."""
    check, seen = "machine clock", f'not used: samples are taken by the chain\'s (clock = "chain"), chain {chain_id}'
    if chain_id in SIMULATED_CHAINS:
        return passed(check, seen)
    return failed(check, seen, 'take `clock = "chain"` out of [node]: it is for simulated chains')


def disk_row(folder: Path) -> Finding:
    """Room for the database."""
    free = shutil.disk_usage(folder).free
    seen = f"{free / GIB:.1f} GiB free in {folder}"
    if free < LEAST_BYTES:
        return failed("disk space", seen, f"make room: {LEAST_BYTES // GIB} GiB is the least")
    if free < ENOUGH_BYTES:
        return warned("disk space", seen, f"{ENOUGH_BYTES // GIB} GiB or more let a large site grow")
    return passed("disk space", seen)


def listen_row(host: str, port: int, mine_runs: bool) -> Finding:
    """Whether the address is free to listen on, or this very node listens there (`mine_runs`)."""
    check = "listen address"
    if mine_runs:
        return passed(check, f"{host}:{port}, where this node is running")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind((host, port))
    except OSError as error:
        seen = f"cannot listen on {host}:{port} ({error.strerror or error})"
        return failed(check, seen, "end what listens there, or choose another `listen` in [node]")
    return passed(check, f"{host}:{port} is free")


def existing_parents(path: Path) -> Iterator[Path]:
    """The folders above a path that are there, nearest first."""
    return (folder for folder in path.parents if folder.is_dir())


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0  # that it cannot be read has a row of its own
