"""The systemd unit and the image: what they start is there, shut in, and made from pinned packages without brownie."""

import re
import shutil
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from oracle.keys.errors import PasswordFileUnusable
from oracle.keys.keystore import read_password
from tests.support.chain import ROOT

UNIT = ROOT / "deploy" / "systemd" / "wellhead.service"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
MOST_EXPOSED = 1.5
"""systemd's own figure: 0 is shut in entirely, 10 not at all."""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The unit as it would be, but for the command, which is this checkout's."""
    command = ROOT / ".venv" / "bin" / "wellhead"
    text = UNIT.read_text()
    assert "/opt/wellhead/bin/wellhead run" in text
    path = tmp_path / UNIT.name
    path.write_text(text.replace("/opt/wellhead/bin/wellhead", str(command)))
    return path


needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")


def systemd(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(installed: Path) -> None:
    assert systemd("verify", "--man=no", str(installed)).strip() == ""


@needs_systemd
def test_the_unit_is_shut_in(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = systemd("security", "--offline=yes", "--no-pager", str(installed))
    exposed = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert exposed, told
    with capsys.disabled():
        print(f"\n  systemd-analyze security: {exposed[1]} of 10")
    assert float(exposed[1]) <= MOST_EXPOSED


def test_no_password_is_in_the_unit_or_the_image() -> None:
    unit = UNIT.read_text()
    assert set(re.findall(r"^LoadCredential=(\S+?):", unit, re.MULTILINE)) == {"hot.password", "gas.password"}
    for text in (unit, DOCKERFILE.read_text()):
        assert not re.search(r"(?i)^(environment|env|arg)\b.*(password|secret|key)", text, re.MULTILINE)


def test_the_image_runs_as_nobody_special_checks_its_health_and_is_pinned() -> None:
    text = DOCKERFILE.read_text()
    final = text[text.rindex("FROM ") :]
    assert re.search(r"^USER (\d+):\d+$", final, re.MULTILINE)
    assert "/livez" in final[final.index("HEALTHCHECK") :]
    assert all(":" in base and not base.endswith(":latest") for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE))
    assert "--constraint requirements.lock" in text
    copied = {name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE) for name in line.split()}
    let_in = set(re.findall(r"^!(\S+)$", (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(), re.MULTILINE))
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_what_the_service_needs_is_locked_and_brownie_is_not_among_it() -> None:
    locked = {
        canonicalize_name(Requirement(line).name)
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if line and not line.startswith("#")
    }
    needed: set[str] = set()
    waiting = [("wellhead", frozenset[str]())]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        for text in distribution(name).requires or ():
            wanted = Requirement(text)
            if wanted.marker and not any(wanted.marker.evaluate({"extra": extra}) for extra in extras or {""}):
                continue
            each = (canonicalize_name(wanted.name), frozenset(wanted.extras))
            needed.add(each[0])
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    assert needed <= locked, f"not locked: {needed - locked}"
    assert {"web3", "fastapi", "prometheus-client"} <= needed
    assert not needed & {"eth-brownie", "py-solc-x", "vyper", "pytest", "hypothesis"}


def test_a_password_that_systemd_hands_in_is_read_and_the_same_file_elsewhere_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = tmp_path / "hot.password"
    password.write_text("secret\n")
    password.chmod(0o440)  # as stat shows a file with an access list
    with pytest.raises(PasswordFileUnusable, match="chmod 600"):
        read_password(password)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_password(password) == "secret"
    password.chmod(0o444)
    with pytest.raises(PasswordFileUnusable):
        read_password(password)
