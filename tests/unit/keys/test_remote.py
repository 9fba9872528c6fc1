"""A key in a remote signer: its signatures are those of the key itself, and every way it can fail has a name."""

from collections.abc import Iterator

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from oracle.chain.transaction import Fees, Transaction
from oracle.domain.report import Domain, Report
from oracle.exchange.fetch import Fetcher
from oracle.keys import (
    KeyFault,
    KeySigner,
    RemoteKeyMissing,
    RemoteSigner,
    RemoteSignerRefused,
    RemoteSignerUnreachable,
    WrongRemoteSignature,
    open_signer,
)
from oracle.settings import RemoteKeySettings
from tests.support.remote_signer import RemoteSigner as Process
from tests.support.remote_signer import remote_signer

KEY = keccak(text="remote key")
ADDRESS = str(Account.from_key(KEY).address)
LOCAL = KeySigner(ADDRESS, KEY)
REPORT = Report(b"\1" * 32, 7, 6, b"\2" * 32, b"\3" * 32, b"\4" * 32, 5)


@pytest.fixture(scope="module")
def process() -> Iterator[Process]:
    with remote_signer(KEY) as running:
        yield running


@pytest.fixture
def signer(process: Process) -> Iterator[RemoteSigner]:
    process.fault("none")
    fetcher = Fetcher()
    yield RemoteSigner(process.url.replace("://", "://user:secret-password@"), ADDRESS, fetcher, timeout_s=0.5)
    fetcher.close()


def test_it_signs_reports_and_transactions_as_the_key_itself_would(signer: RemoteSigner) -> None:
    encoded = REPORT.encoded(Domain(31337, "0x" + "cd" * 20))
    assert len(encoded) == 66
    assert signer.sign(encoded) == LOCAL.sign(encoded)
    transaction = Transaction(31337, 3, Fees(10, 1), 50_000, ADDRESS, b"data")
    assert transaction.signed(signer) == transaction.signed(LOCAL)


def test_both_ways_of_writing_the_parity_are_understood(signer: RemoteSigner, process: Process) -> None:
    process.fault("v 0 or 1")
    assert signer.sign(b"message") == LOCAL.sign(b"message")


FAULTS: dict[str, tuple[type[KeyFault], str]] = {
    "wrong key": (WrongRemoteSignature, f"instead of {ADDRESS}"),
    "other message": (WrongRemoteSignature, "something else than it was asked to"),
    "high s": (WrongRemoteSignature, "high, zero or overlong component; contracts refuse"),
    "zero r": (WrongRemoteSignature, "high, zero or overlong"),
    "bad v": (WrongRemoteSignature, "high, zero or overlong"),
    "garbage": (RemoteSignerRefused, "no signature"),
    "short": (RemoteSignerRefused, "no signature"),
    "huge": (RemoteSignerRefused, "more than 1024 bytes"),
    "slow": (RemoteSignerUnreachable, "did not answer within 0.5 s"),
    "drip": (RemoteSignerUnreachable, "0.5 s"),
    "500": (RemoteSignerRefused, "answers 500, an error"),
    "404": (RemoteKeyMissing, "does not know the key"),
    "redirect": (RemoteSignerRefused, "answers 307, a redirect, which is not followed"),
    "hang up": (RemoteSignerUnreachable, "cannot be reached"),
}


@pytest.mark.parametrize(("fault", "error", "said"), [(name, *rest) for name, rest in FAULTS.items()])
def test_each_fault_is_named_and_over_when_the_signer_is_sound(
    signer: RemoteSigner, process: Process, fault: str, error: type[KeyFault], said: str
) -> None:
    signer.find()
    process.fault(fault)
    with pytest.raises(error, match=said) as caught:
        signer.sign(b"message")
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    process.fault("none")
    assert signer.sign(b"message") == LOCAL.sign(b"message")


@pytest.mark.parametrize("fault", ["slow", "huge", "hang up", "500", "404"])
def test_nothing_of_the_signers_address_but_its_host_is_shown(process: Process, fault: str) -> None:
    process.fault(fault)
    fetcher = Fetcher()
    url = process.url.replace("://", "://operator:s3cret@") + "/hidden-path"
    with pytest.raises(KeyFault) as caught:
        RemoteSigner(url, ADDRESS, fetcher, timeout_s=0.5).sign(b"message")
    fetcher.close()
    process.fault("none")
    assert "the remote signer at 127.0.0.1" in str(caught.value)
    assert not any(part in str(caught.value) for part in ("operator", "s3cret", "hidden-path", "http://"))


def test_at_the_start_it_is_asked_whether_it_holds_the_key(process: Process) -> None:
    fetcher = Fetcher()
    process.fault("none")
    assert open_signer(RemoteKeySettings(signer_url=process.url, address=ADDRESS), fetcher).address == ADDRESS
    other = RemoteKeySettings(signer_url=process.url, address="0x" + "11" * 20)
    with pytest.raises(RemoteKeyMissing, match="holds 2 keys, none of 0x11"):
        open_signer(other, fetcher)
    process.fault("no keys")
    with pytest.raises(RemoteKeyMissing, match="holds 0 keys"):
        open_signer(RemoteKeySettings(signer_url=process.url, address=ADDRESS), fetcher)
    process.fault("html keys")
    with pytest.raises(RemoteSignerRefused, match="eth1 mode"):
        open_signer(RemoteKeySettings(signer_url=process.url, address=ADDRESS), fetcher)
    with pytest.raises(RemoteSignerUnreachable, match="check signer_url"):
        open_signer(RemoteKeySettings(signer_url="http://127.0.0.1:9", address=ADDRESS), fetcher)
    fetcher.close()


def test_nothing_but_the_address_is_in_its_text_form(signer: RemoteSigner) -> None:
    assert repr(signer) == f"RemoteSigner({ADDRESS})"
    assert repr(LOCAL) == f"KeySigner({ADDRESS})"
