"""Keys at rest and the commands for them; what is wrong is said, and no key or password ever is."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account

from oracle.domain.keccak import keccak256
from oracle.domain.signature import recover
from oracle.keys import (
    KeystoreExists,
    KeystoreUnusable,
    PasswordFileUnusable,
    SameKey,
    WrongPassword,
    create_keystore,
    keystore_address,
    load_signer,
    read_password,
    refuse_same_key,
)

KEY = b"\x21" * 32
ADDRESS = str(Account.from_key(KEY).address)


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("correct horse\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(Account.encrypt(KEY, "correct horse", iterations=2)))
    return path


def test_a_keystore_opens_to_a_key_that_signs(keystore: Path, password: Path) -> None:
    signer = load_signer(keystore, password)
    assert signer.address == ADDRESS == keystore_address(keystore)
    assert recover(keccak256(b"what is said"), signer.sign(b"what is said")) == ADDRESS
    assert KEY.hex() not in repr(signer)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o700, 0o622])
def test_a_password_file_open_to_others_is_refused(password: Path, mode: int) -> None:
    password.chmod(mode)
    with pytest.raises(PasswordFileUnusable, match="chmod 600"):
        read_password(password)


def test_unusable_password_files_are_named(tmp_path: Path, password: Path) -> None:
    with pytest.raises(PasswordFileUnusable, match="cannot read"):
        read_password(tmp_path / "none")
    with pytest.raises(PasswordFileUnusable):
        read_password(tmp_path)
    for content in (b"", b"\n", b"\xff\xfe"):
        password.write_bytes(content)
        with pytest.raises(PasswordFileUnusable):
            read_password(password)
    password.write_text(" spaces are kept \r\n")
    assert read_password(password) == " spaces are kept "


def test_a_wrong_password_and_files_that_are_no_keystore_are_named(
    tmp_path: Path, keystore: Path, password: Path
) -> None:
    password.write_text("wrong")
    with pytest.raises(WrongPassword) as refused:
        load_signer(keystore, password)
    assert "wrong" not in str(refused.value).replace("wrong password", "").split(str(password))[0]
    with pytest.raises(KeystoreUnusable, match="wellhead keys new"):
        load_signer(tmp_path / "none.json", password)
    for content in (
        "",
        "[]",
        "{}",
        '{"version": 3}',
        '{"version": 3, "crypto": {}}',
        "\x00",
        '{"version": 9, "crypto": 1}',
    ):
        keystore.write_text(content)
        with pytest.raises(KeystoreUnusable):
            load_signer(keystore, password)
        with pytest.raises(KeystoreUnusable):
            keystore_address(keystore)


def test_a_new_keystore_is_the_owners_alone_and_never_overwrites(tmp_path: Path, password: Path) -> None:
    path = tmp_path / "new.json"
    address = create_keystore(path, password)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = json.loads(path.read_text())
    assert content["version"] == 3
    assert content["crypto"]["kdf"] == "scrypt"
    assert load_signer(path, password).address == address
    before = path.read_bytes()
    with pytest.raises(KeystoreExists):
        create_keystore(path, password)
    assert path.read_bytes() == before
    with pytest.raises(KeystoreUnusable, match="folder"):
        create_keystore(tmp_path / "none" / "new.json", password)


def test_one_key_for_signing_and_gas_is_refused() -> None:
    refuse_same_key(ADDRESS, "0x" + "11" * 20)
    with pytest.raises(SameKey):
        refuse_same_key(ADDRESS, ADDRESS.lower())


def wellhead(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from oracle.cli import main; main()", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "COLUMNS": "200"},
    )


def test_the_commands_make_a_keystore_and_tell_its_address(tmp_path: Path, password: Path) -> None:
    path = tmp_path / "cli.json"
    made = wellhead("keys", "new", "--out", str(path), "--password-file", str(password))
    assert made.returncode == 0, made.stderr
    told = wellhead("keys", "show", str(path))
    assert told.stdout == made.stdout
    assert told.stdout.startswith("0x")
    again = wellhead("keys", "new", "--out", str(path), "--password-file", str(password))
    assert again.returncode == 2
    assert again.stderr.startswith("wellhead keys new: ")
    assert "Traceback" not in again.stderr


def test_run_with_a_bad_configuration_exits_2_and_says_why(tmp_path: Path) -> None:
    missing = wellhead("run", "--config", str(tmp_path / "none.toml"))
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "cannot read the configuration" in missing.stderr
    (tmp_path / "node.toml").write_text("[node]\nspeed = 1\n")
    wrong = wellhead("run", "--config", str(tmp_path / "node.toml"))
    assert wrong.returncode == 2
    assert "node.speed: no such setting" in wrong.stderr
    assert "Traceback" not in wrong.stderr
