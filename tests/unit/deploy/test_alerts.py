"""Alerts: Prometheus understands them, each is fired by its fault, and each has its entry in the runbook."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from chart_tools import ROOT
from charts import PLATFORM
from support.alerts import ALERTS, OF_BACKUPS, known_metrics, parse, rules
from support.charts import one, rendered

FIRED: Final = Path(__file__).parent / "alerts.yaml"
FOREIGN: Final = {"kube_pod_container_status_last_terminated_reason", "kube_pod_container_status_restarts_total"}
"""Metrics of kube-state-metrics."""
_METRIC: Final = re.compile(r"\b(?:opportunity_desk|kube)_\w+")
_PARTS: Final = ("**You see**", "**It means**", "**Do**", "**It is over**")


def test_each_expression_is_one_and_names_only_what_there_is() -> None:
    known = known_metrics() | FOREIGN | {OF_BACKUPS}
    for rule in rules():
        parse(rule["expr"])
        assert set(_METRIC.findall(rule["expr"])) <= known, rule["alert"]


def test_each_alert_has_its_entry_in_the_runbook_and_each_entry_its_alert() -> None:
    text = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert list(entries) == [rule["alert"] for rule in rules()]
    for name, entry in entries.items():
        assert [part for part in _PARTS if part in entry] == list(_PARTS), name
        assert f"[{name}](#{name.lower()})" in text, "the questions at the top lead to it"
    named = set(re.findall(r"\bopportunity_desk_\w+", text))
    histograms = {name.removesuffix("_bucket") for name in known_metrics()}
    assert named <= known_metrics() | histograms | {OF_BACKUPS}


def test_each_alert_says_what_it_is_and_leads_to_its_entry() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"].endswith("."), rule["alert"]


def test_each_alert_is_fired_by_its_fault() -> None:
    cases = yaml.safe_load(FIRED.read_text(encoding="utf-8"))["tests"]
    tried = [each for case in cases for each in case.get("alert_rule_test", ())]
    assert {each["alertname"] for each in tried if each.get("exp_alerts")} == {rule["alert"] for rule in rules()}
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool on the PATH (Debian has it in the package prometheus)")
    for command in ("check", "test"):
        result = subprocess.run(
            [promtool, command, "rules", ALERTS if command == "check" else FIRED], capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_chart_has_the_same_alerts_with_links_to_the_runbook() -> None:
    url = "https://docs.example.org/runbook.html"
    rule = one(rendered(PLATFORM, alerts={"enabled": True, "runbookUrl": url}), "PrometheusRule")
    (group,) = rule["spec"]["groups"]
    assert [each["expr"] for each in group["rules"]] == [each["expr"] for each in rules()]
    assert {each["annotations"]["runbook_url"].partition("#")[0] for each in group["rules"]} == {url}
