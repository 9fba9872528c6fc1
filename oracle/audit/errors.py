"""What keeps an audit from saying whether the books balance. A difference found in them is no error, but its result."""

from oracle.domain.errors import WellheadError


class AuditError(WellheadError):
    """The audit cannot be carried out: its inputs are bad or cannot be reached."""


class DeploymentFileError(AuditError):
    """The deployment file is missing, or does not say where the contracts are."""


class ReadingsError(AuditError):
    """A file of signed observations cannot be read, or is not one."""


class EncodingError(AuditError):
    """A log, or what a contract returned, is not encoded as its declaration says."""


class ChainError(AuditError):
    """The chain does not answer, or answers something that is not an answer."""
