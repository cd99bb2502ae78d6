"""The alerts, and the metrics that alerts and dashboards may ask for."""

import re
import sys
from typing import Any, Final

import pytest
import yaml

from chart_tools import ROOT, TOOLS
from charts import PLATFORM
from support.charts import CHARTS

OF_BACKUPS: Final = "opportunity_desk_backup_last_success_timestamp_seconds"
"""The metric of the operator's own backup job."""
ALERTS: Final = CHARTS / PLATFORM / "files/alerts.yaml"


def rules() -> list[dict[str, Any]]:
    """The rules of all alerts."""
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def known_metrics() -> set[str]:
    """The services' metrics, by their Prometheus names."""
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.M)
    suffixes = {"histogram": ("_bucket", "_count", "_sum")}
    return {name + suffix for name, kind in rows for suffix in suffixes.get(kind, ("",))}


def parse(expression: str) -> None:
    """Fail if this is not a Prometheus expression; skip the test if there is no parser."""
    if str(TOOLS) not in sys.path:
        sys.path.append(str(TOOLS))
    parser = pytest.importorskip("promql_parser", reason="`make setup` installs it for checks of the charts")
    parser.parse(expression)
