"""Keys: V3 keystores opened with a password from a file that only its owner can read, or a remote signer.

A key or password never comes from the environment or the command line, and never goes into a log.
"""

from oracle.domain.signature import Signer
from oracle.exchange.fetch import Fetcher
from oracle.keys.errors import (
    KeyFault,
    KeystoreExists,
    KeystoreUnusable,
    PasswordFileUnusable,
    RemoteKeyMissing,
    RemoteSignerRefused,
    RemoteSignerUnreachable,
    SameKey,
    WrongPassword,
    WrongRemoteSignature,
)
from oracle.keys.keystore import create_keystore, keystore_address, load_signer, read_password
from oracle.keys.remote import RemoteSigner
from oracle.keys.signer import KeySigner, refuse_same_key
from oracle.settings import KeySettings, RemoteKeySettings

__all__ = [
    "KeyFault",
    "KeySigner",
    "KeystoreExists",
    "KeystoreUnusable",
    "PasswordFileUnusable",
    "RemoteKeyMissing",
    "RemoteSigner",
    "RemoteSignerRefused",
    "RemoteSignerUnreachable",
    "SameKey",
    "WrongPassword",
    "WrongRemoteSignature",
    "configured_address",
    "create_keystore",
    "keystore_address",
    "load_signer",
    "open_signer",
    "read_password",
    "refuse_same_key",
]


def configured_address(settings: KeySettings) -> str:
    """The checksummed address of the key that a configuration names, without opening it. Raises KeystoreUnusable."""
    return settings.address if isinstance(settings, RemoteKeySettings) else keystore_address(settings.keystore)


def open_signer(settings: KeySettings, fetcher: Fetcher) -> Signer:
    """The key that a configuration names, ready to sign; a remote signer is asked whether it holds it.

    Raises KeyFault.
    """
    if isinstance(settings, RemoteKeySettings):
        remote = RemoteSigner(settings.signer_url, settings.address, fetcher)
        remote.find()
        return remote
    return load_signer(settings.keystore, settings.password_file)
