"""The alerts fire on what they are for and on nothing else, and each leads to a section of the runbook."""

import re
import subprocess
from typing import Any

import yaml

from tests.support.chain import ROOT
from tests.support.promtool import promtool

FOLDER = ROOT / "deploy" / "prometheus"


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]


def run(*arguments: str) -> str:
    done = subprocess.run([promtool(), *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_rules_and_the_configuration() -> None:
    assert f"{len(rules())} rules found" in run("check", "rules", "alerts.yml")
    run("check", "config", "prometheus.yml")


def test_each_alert_fires_on_its_cause_and_stays_quiet_without_it() -> None:
    assert "SUCCESS" in run("test", "rules", "alerts_test.yml")
    names = {test["name"] for test in yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]}
    assert names == {f"{rule['alert']} {what}" for rule in rules() for what in ("fires", "stays quiet")}


def test_each_alert_has_its_section_in_the_runbook_and_each_section_its_alert() -> None:
    sections = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert [rule["annotations"]["runbook"] for rule in rules()] == [f"docs/runbook.md#{name}" for name in sections]


def test_every_alert_says_how_bad_it_is_and_what_it_means() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}, rule["alert"]
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}, rule["alert"]
