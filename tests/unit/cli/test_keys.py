"""`wellhead keys import` and `password`: the key stays what it was, and is never shown."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account

from oracle.keys import KeystoreUnusable, WrongPassword, load_signer
from oracle.keys.edit import change_password, import_key
from tests.unit.preflight.world import PASSWORD, write_key

KEY = b"\x21" * 32
ADDRESS = str(Account.from_key(KEY).address)


def secret(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("text", [KEY.hex(), "0x" + KEY.hex() + "\n", KEY.hex().upper()])
def test_a_key_in_hex_becomes_a_keystore(tmp_path: Path, text: str) -> None:
    source, password = secret(tmp_path / "raw", text), secret(tmp_path / "password", "new one")
    assert import_key(source, tmp_path / "key.json", password) == ADDRESS
    assert load_signer(tmp_path / "key.json", password).address == ADDRESS
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600
    assert source.read_text() == text


def test_a_keystore_is_imported_under_another_password(tmp_path: Path) -> None:
    write_key(tmp_path, "old", KEY)
    password = secret(tmp_path / "password", "new one")
    assert import_key(tmp_path / "old.json", tmp_path / "new.json", password, tmp_path / "old.password") == ADDRESS
    with pytest.raises(WrongPassword):
        load_signer(tmp_path / "new.json", tmp_path / "old.password")


@pytest.mark.parametrize(
    "text", ["not hex", "21" * 31, "21" * 33, "00" * 32, "ff" * 32, '{"crypto": {}}', "[" * 50_000]
)
def test_what_is_no_key_is_refused_without_being_quoted(tmp_path: Path, text: str) -> None:
    source, password = secret(tmp_path / "raw", text), secret(tmp_path / "password", "new one")
    with pytest.raises(KeystoreUnusable, match="holds no private key") as refused:
        import_key(source, tmp_path / "key.json", password)
    assert text not in str(refused.value)
    assert refused.value.__cause__ is None
    assert not (tmp_path / "key.json").exists()


def test_a_password_is_changed_in_one_step_or_not_at_all(tmp_path: Path) -> None:
    write_key(tmp_path, "key", KEY)
    new = secret(tmp_path / "new", "new one")
    before = (tmp_path / "key.json").read_bytes()
    with pytest.raises(WrongPassword):
        change_password(tmp_path / "key.json", new, new)
    assert (tmp_path / "key.json").read_bytes() == before
    assert change_password(tmp_path / "key.json", tmp_path / "key.password", new) == ADDRESS
    assert load_signer(tmp_path / "key.json", new).address == ADDRESS
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key.json", "key.password", "new"]


def test_the_commands_print_the_address_and_nothing_else(tmp_path: Path) -> None:
    secret(tmp_path / "raw", KEY.hex())
    secret(tmp_path / "password", PASSWORD)
    command = [Path(sys.executable).parent / "wellhead", "keys"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)

    made = run("import", "raw", "--out", "key.json", "--password-file", "password")
    assert (made.returncode, made.stdout, made.stderr) == (0, f"{ADDRESS}\n", "")
    shown = run("show", "key.json", "--json")
    assert json.loads(shown.stdout) == {"keystore": "key.json", "address": ADDRESS}
    again = run("import", "raw", "--out", "key.json", "--password-file", "password")
    assert again.returncode == 2
    assert "never overwritten" in again.stderr
    assert KEY.hex() not in made.stdout + again.stdout + again.stderr
