"""Deployment files, recordings and folders of readings that are missing or something else."""

import json
from pathlib import Path

import pytest

from oracle.audit import audit_sources
from oracle.audit.books import rebuild
from oracle.audit.deployment import Deployment
from oracle.audit.errors import AuditError, ChainError, DeploymentFileError
from oracle.audit.history import gather
from oracle.audit.reports import Clock
from oracle.audit.source import RecordedLogs
from tests.unit.audit.world import HOUR, G, deployment, world


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "Invalid JSON"),
        ("{}", "chainId"),
        (b"\xff\xfe", "JSON"),
        ('{"chainId": 1, "block": -1, "contracts": {}}', "block"),
        ('{"chainId": 1, "block": 1, "contracts": {"FleetRegistry": {"address": "0x12"}}}', "FleetRegistry.address"),
    ],
)
def test_a_deployment_file_that_is_none_is_named(tmp_path: Path, content: str | bytes, named: str) -> None:
    path = tmp_path / "31337.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DeploymentFileError, match=named):
        Deployment.load(path)


@pytest.mark.parametrize("arguments", [[], [1, 2, 3], ["x", "y", 1, 2, 3], ["0x", G, 0, 1, 1], [1, None, 1, 1, 1]])
def test_a_clock_that_is_none_is_named(arguments: list[object]) -> None:
    content = deployment().model_dump(by_alias=True)
    content["contracts"]["MeterOracle"]["constructorArguments"] = arguments
    with pytest.raises(DeploymentFileError):
        Clock.of(Deployment.model_validate(content))


def test_a_recording_is_what_was_recorded(tmp_path: Path) -> None:
    logs = world().logs(27 * HOUR)
    logs.save(tmp_path / "logs.json")
    loaded = RecordedLogs.load(tmp_path / "logs.json")
    assert loaded == logs
    assert rebuild(gather(loaded, deployment()), deployment(), loaded.head).findings.differences == []


def test_a_recording_with_one_amount_altered_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "logs.json"
    world().logs(27 * HOUR).save(path)
    text = path.read_text()
    assert text.count(f"{4_600_000:064x}") == 4  # settled, pulled, moved, distributed
    path.write_text(text.replace(f"{4_600_000:064x}", f"{4_600_001:064x}", 1))
    loaded = RecordedLogs.load(path)
    assert rebuild(gather(loaded, deployment()), deployment(), loaded.head).findings.differences != []


@pytest.mark.parametrize("change", [{"times": {}}, {"logs": [{}]}, {"number": "x"}, {"more": 1}])
def test_a_recording_that_is_none_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "logs.json"
    world().logs(27 * HOUR).save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ChainError):
        RecordedLogs.load(path)
    with pytest.raises(ChainError):
        RecordedLogs.load(tmp_path / "none.json")


class Nowhere:
    """A chain without contracts."""

    def call(self, questions: list[tuple[str, bytes]]) -> list[bytes | None]:
        return [b""] * len(questions)

    def code(self, addresses: list[str]) -> list[bytes]:
        return [b""] * len(addresses)


def test_a_chain_without_the_contracts_is_named() -> None:
    with pytest.raises(AuditError, match="no contract at"):
        audit_sources(deployment(), world().logs(27 * HOUR), Nowhere())
    other = deployment().model_copy(update={"chain_id": 1})
    with pytest.raises(AuditError, match="of chain 1, the endpoint of chain 31337"):
        audit_sources(other, world().logs(27 * HOUR), Nowhere())
