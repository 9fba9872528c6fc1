"""Keystores from keys that exist: one brought from elsewhere, and one under another password."""

import json
import os
from contextlib import suppress
from pathlib import Path

from eth_account import Account

from oracle.keys.errors import KeystoreUnusable
from oracle.keys.keystore import load_key, read_password, write_keystore
from oracle.secret_files import OWNER_ONLY

KEY_BYTES = 32


def import_key(source: Path, out: Path, password_file: Path, source_password_file: Path | None = None) -> str:
    """Writes the keystore `out` of the key in `source`: another V3 keystore, opened by `source_password_file`, or
    without that a file with the key in hex, as private as a password file. Returns the checksummed address.

    `source` is left as it is. Raises KeyFault.
    """
    key = _raw_key(source) if source_password_file is None else load_key(source, source_password_file)
    return write_keystore(out, key, read_password(password_file))


def change_password(keystore: Path, password_file: Path, new_password_file: Path) -> str:
    """Puts the key in `keystore` under another password; the file is replaced in one step, or not at all.

    Returns the checksummed address. Raises KeyFault.
    """
    key = load_key(keystore, password_file)
    password = read_password(new_password_file)
    made = keystore.with_name(f".{keystore.name}.{os.getpid()}")
    try:
        address = write_keystore(made, key, password)
        # What was written is opened before it replaces the only copy of a key.
        if load_key(made, new_password_file) != key:
            raise KeystoreUnusable(f"{made} did not open again as it was written: nothing was changed")
        made.chmod(OWNER_ONLY)
        made.replace(keystore)
    except OSError as error:
        raise KeystoreUnusable(f"cannot replace {keystore} ({error.strerror}): nothing was changed") from None
    finally:
        with suppress(OSError):
            made.unlink()
    return address


def _raw_key(source: Path) -> bytes:
    text = read_password(source).strip()
    fault = KeystoreUnusable(
        f"{source} holds no private key: write its 64 hex digits, or give a keystore and --source-password-file"
    )
    with suppress(ValueError, RecursionError):
        if isinstance(json.loads(text), dict):
            raise fault
    try:
        key = bytes.fromhex(text.removeprefix("0x"))
        Account.from_key(key)
    except Exception:  # noqa: BLE001 - eth-keys has errors of its own, and may quote the key in them
        raise fault from None
    if len(key) != KEY_BYTES:
        raise fault
    return key
