"""Keys at rest: V3 keystores (scrypt), opened with a password from a file that only its owner can read.

A key or password never comes from the environment or the command line, and never goes into a log.
"""

import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from eth_account import Account
from eth_utils.address import to_checksum_address

from oracle.keys.errors import KeystoreExists, KeystoreUnusable, PasswordFileUnusable, WrongPassword
from oracle.keys.signer import KeySigner
from oracle.secret_files import OWNER_ONLY, allowed_mode

MAX_FILE_BYTES = 64 * 1024


def read_password(path: Path) -> str:
    """The password in a file, less a final newline. Raises PasswordFileUnusable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise PasswordFileUnusable(f"{path} is not a regular file: put the password in one")
            if stat.S_IMODE(mode) & ~allowed_mode(path):
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
    return write_keystore(path, secrets.token_bytes(32), read_password(password_file))


def write_keystore(path: Path, key: bytes, password: str) -> str:
    """Writes the keystore of a 32-byte key that is not in any yet; returns its checksummed address.

    Raises KeystoreExists, or KeystoreUnusable when it cannot be written.
    """
    account = Account.from_key(key)
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


def load_signer(path: Path, password_file: Path) -> KeySigner:
    """The key in a keystore. Raises KeystoreUnusable, WrongPassword or PasswordFileUnusable."""
    key = load_key(path, password_file)
    return KeySigner(str(Account.from_key(key).address), key)


def load_key(path: Path, password_file: Path) -> bytes:
    """The 32 bytes of the key in a keystore, for nothing but another keystore or a signer. Raises as `load_signer`."""
    content = _read(path)
    password = read_password(password_file)
    try:
        key = bytes(Account.decrypt(content, password))
        Account.from_key(key)
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise WrongPassword(f"the password in {password_file} does not open {path}") from None
        raise KeystoreUnusable(f"{path} is no V3 keystore ({error})") from None
    except (KeyError, TypeError, NotImplementedError) as error:
        raise KeystoreUnusable(f"{path} is no V3 keystore ({error!r})") from None
    return key


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_FILE_BYTES))
    except OSError as error:
        raise KeystoreUnusable(
            f"cannot read the keystore {path} ({error.strerror}): make one with `wellhead keys new`"
        ) from None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise KeystoreUnusable(f"{path} is no V3 keystore: make one with `wellhead keys new`")
    return content
