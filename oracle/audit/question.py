"""A view call whose answer is held against the books."""

from dataclasses import dataclass

from oracle.audit.abi import call_data


@dataclass(frozen=True, slots=True)
class Question:
    """A view call, and what it must answer: the fields of `expected`, a record in ABI order."""

    where: str
    contract: str
    signature: str
    arguments: tuple[object, ...]
    expected: object

    @property
    def view(self) -> str:
        """The view's name."""
        return self.signature.partition("(")[0]

    @property
    def data(self) -> bytes:
        """The calldata."""
        return call_data(self.signature, *self.arguments)
