"""Writes a node's folder. What is there is kept, so that an interrupted start goes on; nothing is overwritten."""

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from oracle.domain.errors import WellheadError
from oracle.files import read_small
from oracle.keys import configured_address, create_keystore, refuse_same_key
from oracle.onboarding.plan import Plan
from oracle.onboarding.template import render
from oracle.settings import KeySettings, KeystoreSettings, check_settings, load_settings

CONFIG, DEPLOYMENT, KEYS = "node.toml", "deployment.json", "keys"
PASSWORD_BYTES = 32


class FolderUnusable(WellheadError):
    """A folder that cannot be written, or holds another node's files."""


@dataclass(frozen=True, slots=True)
class Made:
    """A node's folder: its configuration, the addresses of its keys, and which keys were made now."""

    config: Path
    signing: str
    gas: str
    new_keys: tuple[Path, ...]


def refuse_existing(folder: Path) -> None:
    """Raises FolderUnusable when the folder has a configuration: it is the operator's, and may have been edited."""
    if (folder / CONFIG).exists():
        raise FolderUnusable(
            f"{folder / CONFIG} exists and is not overwritten: run `wellhead check --config {folder / CONFIG}`, or "
            "give another folder"
        )


def make_folder(folder: Path, plan: Plan, signing: KeySettings | None, gas: KeySettings | None) -> Made:
    """Makes the folder, the keys that are not given (as remote ones), and last the configuration.

    Raises FolderUnusable, KeyFault, or SettingsError when what was answered makes no configuration.
    """
    refuse_existing(folder)
    planned = (signing or _planned(folder / KEYS, "hot"), gas or _planned(folder / KEYS, "gas"))
    text = render(plan, folder, *planned)
    check_settings(text, folder / CONFIG)
    try:
        for made in (folder, folder / KEYS):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy(plan.deployment_file, folder / DEPLOYMENT)
        new: list[Path] = []
        signing = signing or _keystore(folder / KEYS, "hot", new)
        gas = gas or _keystore(folder / KEYS, "gas", new)
        addresses = configured_address(signing), configured_address(gas)
        refuse_same_key(*addresses)
        config = _write_config(folder, text)
    except OSError as error:
        raise FolderUnusable(f"cannot write {error.filename or folder} ({error.strerror})") from None
    return Made(config, *addresses, tuple(new))


def _planned(folder: Path, name: str) -> KeystoreSettings:
    """Where a key will be; its files need not be there yet."""
    return KeystoreSettings.model_construct(keystore=folder / f"{name}.json", password_file=folder / f"{name}.password")


def _keystore(folder: Path, name: str, new: list[Path]) -> KeystoreSettings:
    planned = _planned(folder, name)
    keystore, password = planned.keystore, planned.password_file
    if not password.exists():
        if keystore.exists():
            raise FolderUnusable(f"{keystore} is there and {password} is not: write its password there (chmod 600)")
        _write_new(password, secrets.token_urlsafe(PASSWORD_BYTES).encode() + b"\n")
    if not keystore.exists():
        create_keystore(keystore, password)
        new.append(keystore)
    return planned


def _copy(source: Path, target: Path) -> None:
    content = read_small(source)
    if target.exists():
        if target.read_bytes() != content:
            raise FolderUnusable(f"{target} is another deployment's: give another folder, or remove it")
    else:
        _write_new(target, content)


def _write_config(folder: Path, text: str) -> Path:
    """Writes the configuration if it can be used, in one step, and never over another."""
    made = folder / f".{CONFIG}.{os.getpid()}"
    try:
        _write_new(made, text.encode())
        load_settings(made)
        os.link(made, folder / CONFIG)
    except FileExistsError:
        refuse_existing(folder)
        raise
    finally:
        with suppress(OSError):
            made.unlink()
    return folder / CONFIG


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
