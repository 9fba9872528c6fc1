"""What can be wrong with a key. No message ever holds a key or a password."""

from oracle.domain.errors import WellheadError


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


class RemoteSignerUnreachable(KeyFault):
    """The remote signer does not answer, or not in time. Trying again later is right."""


class RemoteSignerRefused(KeyFault):
    """The remote signer answered with an error, a redirect, or something that is no signature."""


class RemoteKeyMissing(KeyFault):
    """The remote signer does not hold the key."""


class WrongRemoteSignature(KeyFault):
    """The remote signer's signature is not by the key asked for, or in a form that contracts refuse."""
