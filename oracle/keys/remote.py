"""A key in a remote signer that speaks Web3Signer's ETH1 HTTP API: the key never comes to this machine.

Every signature is checked against the key's address before anything is done with it: a signer that answers for another
key, or wrongly, is named and nothing else happens.
"""

import json
import re
from urllib.parse import urlsplit

from eth_keys.datatypes import PublicKey
from eth_utils.exceptions import ValidationError

from oracle.domain.keccak import keccak256
from oracle.domain.shown import shown_url
from oracle.domain.signature import SignatureError, compact, recover
from oracle.exchange.fetch import Answer, AnswerTooLarge, Fetcher, Unreachable
from oracle.keys.errors import RemoteKeyMissing, RemoteSignerRefused, RemoteSignerUnreachable, WrongRemoteSignature

TIMEOUT_S = 5.0
MAX_KEYS_BYTES = 4 << 20
MAX_SIGNATURE_BYTES = 1024
OK, NOT_FOUND = 200, 404
_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")


class RemoteSigner:
    """Signs with the key of `address` in the signer at `url`. Nothing is asked before `find` or the first `sign`."""

    def __init__(self, url: str, address: str, fetcher: Fetcher, timeout_s: float = TIMEOUT_S) -> None:
        self.address = address
        self._url = url.rstrip("/")
        self._host = urlsplit(url).hostname or "?"  # all that is ever shown: the rest may hold credentials
        self._fetcher = fetcher
        self._timeout_s = timeout_s
        self._identifier: str | None = None

    def find(self) -> None:
        """Asks the signer whether it is up and holds the key.

        Raises RemoteSignerUnreachable, RemoteSignerRefused or RemoteKeyMissing.
        """
        self._ask("/upcheck", MAX_SIGNATURE_BYTES)
        held = self._public_keys()
        self._identifier = next((key for key, address in held.items() if address == self.address), None)
        if self._identifier is None:
            raise RemoteKeyMissing(
                f"the remote signer at {self._host} holds {len(held)} keys, none of {self.address}: "
                "give it the key, or correct the address"
            )

    def sign(self, message: bytes) -> bytes:
        """The 64-byte EIP-2098 signature of keccak256(`message`), checked.

        Raises RemoteSignerUnreachable, RemoteSignerRefused, RemoteKeyMissing or WrongRemoteSignature.
        """
        if self._identifier is None:
            self.find()
        body = json.dumps({"data": "0x" + message.hex()}).encode()
        answer = self._ask(f"/api/v1/eth1/sign/{self._identifier}", MAX_SIGNATURE_BYTES, body)
        signature = self._compact(answer)
        try:
            by = recover(keccak256(message), signature)
        except SignatureError as error:
            raise WrongRemoteSignature(f"the remote signer at {self._host}: {error}") from None
        if by != self.address:
            raise WrongRemoteSignature(
                f"the remote signer at {self._host} signed with {by} instead of {self.address}, or something else "
                "than it was asked to: check it before it signs anything more"
            )
        return signature

    def __repr__(self) -> str:
        return f"RemoteSigner({self.address})"

    def _public_keys(self) -> dict[str, str]:
        """The checksummed address of every key held, by the identifier the signer knows it by."""
        answer = self._ask("/api/v1/eth1/publicKeys", MAX_KEYS_BYTES)
        try:
            keys = json.loads(answer)
            return {key: _address(key) for key in keys}
        except (ValueError, TypeError, AttributeError, RecursionError, ValidationError):
            raise RemoteSignerRefused(
                f"the remote signer at {self._host} lists no ETH1 public keys: check signer_url, and that it was "
                "started in its eth1 mode"
            ) from None

    def _compact(self, answer: bytes) -> bytes:
        """The answer, 65 bytes r, s, v in hex, as 64."""
        text = answer.decode("ascii", "replace").strip().strip('"')
        if not _SIGNATURE.fullmatch(text):
            raise RemoteSignerRefused(f"the remote signer at {self._host} answers with something that is no signature")
        raw = bytes.fromhex(text[2:])
        try:
            return compact(raw[64], int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"))
        except SignatureError as error:
            raise WrongRemoteSignature(
                f"the remote signer at {self._host}: {error}; contracts refuse such signatures"
            ) from None

    def _ask(self, path: str, max_bytes: int, body: bytes | None = None) -> bytes:
        """The body of a good answer. POSTs `body` if given."""
        url = self._url + path
        try:
            if body is None:
                answer = self._fetcher.get(url, max_bytes, self._timeout_s)
            else:
                answer = self._fetcher.post_json(url, body, max_bytes, self._timeout_s)
        except (Unreachable, AnswerTooLarge) as error:
            said = str(error).replace(shown_url(url), f"the remote signer at {self._host}")
            kind = RemoteSignerRefused if isinstance(error, AnswerTooLarge) else RemoteSignerUnreachable
            raise kind(f"{said}: check signer_url and that it runs") from None
        self._check_status(answer)
        return answer.body

    def _check_status(self, answer: Answer) -> None:
        if answer.status == OK:
            return
        if answer.status == NOT_FOUND:
            self._identifier = None  # it may have come back under another name
            raise RemoteKeyMissing(f"the remote signer at {self._host} does not know the key of {self.address}")
        kind = "a redirect, which is not followed" if 300 <= answer.status < 400 else "an error"
        raise RemoteSignerRefused(f"the remote signer at {self._host} answers {answer.status}, {kind}: see its log")


def _address(public_key: str) -> str:
    """The checksummed address of an uncompressed public key in hex, with or without its leading 04 byte."""
    raw = bytes.fromhex(public_key.removeprefix("0x"))
    return str(PublicKey(raw[1:] if len(raw) == 65 else raw).to_checksum_address())
