"""Keys at rest: V3 keystores (scrypt), opened with a password from a file that only its owner can read.

A key or password never comes from the environment or the command line, and never goes into a log.
"""

import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import cast

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from oracle.domain.errors import WellheadError
from oracle.domain.signature import sign
from oracle.settings import KeySettings, RemoteKeySettings

MAX_FILE_BYTES = 64 * 1024
OWNER_ONLY = 0o600


class KeyFault(WellheadError):
    """The root of everything that can be wrong with a key."""


class KeystoreUnusable(KeyFault):
    """A keystore file that is missing, unreadable, or not one."""


class KeystoreExists(KeyFault):
    """A keystore is never overwritten: it may be the only copy of a key."""


class PasswordFileUnusable(KeyFault):
    """A password file that is missing, empty, or readable by others than its owner."""


class WrongPassword(KeyFault):
    """The password does not open the keystore."""


class SameKey(KeyFault):
    """One key is used for signing reports and for paying gas."""


class KeySigner:
    """Signs with a key held in memory. Its text form shows the address only."""

    __slots__ = ("_key", "address")

    def __init__(self, address: str, key: bytes) -> None:
        self.address = address
        self._key = key

    def sign(self, digest: bytes) -> bytes:
        """The 64-byte EIP-2098 signature of a 32-byte digest."""
        return sign(digest, self._key)

    def __repr__(self) -> str:
        return f"KeySigner({self.address})"


def read_password(path: Path) -> str:
    """The password in a file, less a final newline. Raises PasswordFileUnusable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise PasswordFileUnusable(f"{path} is not a regular file: put the password in one")
            if stat.S_IMODE(mode) & ~OWNER_ONLY:
                raise PasswordFileUnusable(
                    f"{path} is open to others (mode {stat.S_IMODE(mode):04o}): run `chmod 600 {path}`"
                )
            password = file.read(MAX_FILE_BYTES).decode().rstrip("\r\n")
    except OSError as error:
        raise PasswordFileUnusable(
            f"cannot read the password file {path} ({error.strerror}): write the password into it and `chmod 600` it"
        ) from None
    except UnicodeDecodeError:
        raise PasswordFileUnusable(f"{path} does not hold UTF-8 text") from None
    if not password:
        raise PasswordFileUnusable(f"{path} is empty: write the keystore's password into it")
    return password


def create_keystore(path: Path, password_file: Path) -> str:
    """Makes a new key and writes its keystore; returns its checksummed address.

    Raises KeystoreExists, KeystoreUnusable when it cannot be written, or PasswordFileUnusable.
    """
    password = read_password(password_file)
    account = Account.from_key(secrets.token_bytes(32))
    content = json.dumps(account.encrypt(password)).encode()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
    except FileExistsError:
        raise KeystoreExists(f"{path} exists: choose another name, a keystore is never overwritten") from None
    except OSError as error:
        raise KeystoreUnusable(f"cannot write {path} ({error.strerror}): choose a folder you may write to") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise KeystoreUnusable(f"cannot write {path} ({error.strerror}): make room for it") from None
    return str(account.address)


def keystore_address(path: Path) -> str:
    """The address a keystore says it is for, checksummed, without opening it. Raises KeystoreUnusable."""
    try:
        return str(to_checksum_address("0x" + str(_read(path)["address"]).removeprefix("0x")))
    except (KeyError, ValueError):
        raise KeystoreUnusable(f"{path} names no address: give a V3 keystore made by `wellhead keys new`") from None


def load_account(path: Path, password_file: Path) -> LocalAccount:
    """The account in a keystore. Raises KeystoreUnusable, WrongPassword or PasswordFileUnusable."""
    content = _read(path)
    password = read_password(password_file)
    try:
        return cast(LocalAccount, Account.from_key(Account.decrypt(content, password)))
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise WrongPassword(f"the password in {password_file} does not open {path}") from None
        raise KeystoreUnusable(f"{path} is no V3 keystore ({error})") from None
    except (KeyError, TypeError, NotImplementedError) as error:
        raise KeystoreUnusable(f"{path} is no V3 keystore ({error!r})") from None


def load_signer(path: Path, password_file: Path) -> KeySigner:
    """The signing key in a keystore. Raises as `load_account`."""
    account = load_account(path, password_file)
    return KeySigner(str(account.address), bytes(account.key))


def node_signer(settings: KeySettings) -> KeySigner:
    """The signing key that a configuration names. Raises KeyFault."""
    if isinstance(settings, RemoteKeySettings):
        raise KeystoreUnusable("a remote signer cannot be used yet")
    return load_signer(settings.keystore, settings.password_file)


def gas_account(settings: KeySettings) -> LocalAccount:
    """The gas key that a configuration names. Raises KeyFault."""
    if isinstance(settings, RemoteKeySettings):
        raise KeystoreUnusable("a remote signer cannot be used yet")
    return load_account(settings.keystore, settings.password_file)


def refuse_same_key(signing: str, gas: str) -> None:
    """Raises SameKey when both addresses are one: the gas key is in daily use, the signing key is what gets slashed."""
    if signing.lower() == gas.lower():
        raise SameKey(f"{signing} is both signing key and gas key: make a second one with `wellhead keys new`")


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_FILE_BYTES))
    except OSError as error:
        raise KeystoreUnusable(
            f"cannot read the keystore {path} ({error.strerror}): make one with `wellhead keys new`"
        ) from None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise KeystoreUnusable(f"{path} is no V3 keystore: make one with `wellhead keys new`")
    return content
