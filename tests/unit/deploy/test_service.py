"""The systemd unit and the image: what they start is there, shut in, and made from pinned packages without brownie."""

import re
import shutil
import subprocess
from contextlib import closing
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from oracle.exchange.fetch import Fetcher
from oracle.keys import open_signer
from oracle.keys.errors import PasswordFileUnusable
from oracle.keys.keystore import read_password
from oracle.onboarding.folder import make_folder
from oracle.onboarding.plan import Plan
from oracle.preflight.finding import Outcome
from oracle.preflight.local import modes_row
from oracle.settings import load_settings
from oracle.telemetry.auth import authorization
from oracle.telemetry.errors import AuthFileUnusable
from tests.support.chain import ROOT

OPERATOR = ROOT / "docs" / "operator.md"
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


def credentials() -> dict[str, str]:
    """Where the unit has each of its credentials from."""
    return dict(re.findall(r"^LoadCredential=(\S+?):(\S+)$", UNIT.read_text(), re.MULTILINE))


def test_the_unit_hands_in_all_that_init_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = tmp_path / "31337.json"
    deployment.write_text("{}")
    unread: Any = None  # nothing of it is in the folder but the file
    plan = Plan(
        deployment=unread, deployment_file=deployment, rpc_urls=("http://127.0.0.1:8545",),
        listen="127.0.0.1:8547", database="node.db", peers=(), sites=(), open_fleets=(),
    )  # fmt: skip
    made = make_folder(tmp_path / "etc", plan, None, None)
    edits = re.search(r"^sudo sed -i (.+) /etc/wellhead/node.toml$", OPERATOR.read_text(), re.MULTILINE)
    assert edits
    subprocess.run(f"sed -i {edits[1]} {made.config}", shell=True, check=True)
    handed = tmp_path / "credentials"
    handed.mkdir(mode=0o700)
    for name, source in credentials().items():
        shutil.copyfile(source.replace("/etc/wellhead", str(tmp_path / "etc")), handed / name)
        (handed / name).chmod(0o440)  # as stat shows a file with an access list
    (handed / "login").write_text("bearer t0ken\n")
    (handed / "login").chmod(0o440)
    with pytest.raises(AuthFileUnusable, match="chmod 600"):
        authorization(handed / "login")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    assert "--config ${CREDENTIALS_DIRECTORY}/node.toml" in UNIT.read_text()
    settings = load_settings(handed / "node.toml")
    assert settings.chain.deployment == handed / "deployment.json"
    assert settings.node.database == "/var/lib/wellhead/node.db"
    with closing(Fetcher()) as fetcher:
        assert open_signer(settings.signing_key, fetcher).address == made.signing
        assert open_signer(settings.gas_key, fetcher).address == made.gas
    assert modes_row(handed / "node.toml", settings).outcome is Outcome.PASS
    assert authorization(handed / "login") == {"authorization": "Bearer t0ken"}
    (handed / "login").chmod(0o444)
    with pytest.raises(AuthFileUnusable):
        authorization(handed / "login")


def test_no_password_is_in_the_unit_or_the_image() -> None:
    unit = UNIT.read_text()
    assert {"hot.password", "gas.password"} <= set(credentials())
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
