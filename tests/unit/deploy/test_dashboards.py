"""Dashboards: Grafana can show them, and they ask only for metrics that there are."""

import json
import re
from typing import Any, Final

import pytest

from charts import PLATFORM
from dashboards import dashboards
from support.alerts import OF_BACKUPS, known_metrics, parse, rules
from support.charts import rendered

PROCESS: Final = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
"""Metrics of the client library."""
_METRIC: Final = re.compile(r"\b(?:opportunity_desk|process)_\w+")


@pytest.fixture(params=sorted(dashboards()))
def dashboard(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dashboards()[request.param])
    return found


def expressions(dashboard: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def test_each_panel_asks_for_what_there_is_of_the_source_that_is_chosen(dashboard: dict[str, Any]) -> None:
    variables = {each["name"] for each in dashboard["templating"]["list"]}
    for expression in expressions(dashboard):
        assert set(re.findall(r"\$(\w+)", expression)) <= variables | {"__rate_interval"}
        assert "$namespace" in expression, "two installations are told apart"
        parse(expression.replace("$__rate_interval", "5m"))
        assert set(_METRIC.findall(expression)) <= known_metrics() | PROCESS | {OF_BACKUPS}
    for panel in dashboard["panels"]:
        assert {panel["datasource"]["uid"], *(target["datasource"]["uid"] for target in panel["targets"])} == {"${datasource}"}
        labels = re.findall(r"{{(\w+)}}", panel["targets"][0]["legendFormat"])
        by = re.search(r"by \(([\w, ]+)\)", panel["targets"][0]["expr"])
        assert set(labels) <= set(by[1].split(", ") if by else ["instance"]), panel["title"]


def test_panels_have_ids_of_their_own_and_lie_beside_each_other(dashboard: dict[str, Any]) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_what_an_alert_asks_for_can_be_seen() -> None:
    shown = {
        name
        for text in dashboards().values()
        for expression in expressions(json.loads(text))
        for name in _METRIC.findall(expression)
    }
    asked = {name for rule in rules() for name in re.findall(r"\bopportunity_desk_\w+", rule["expr"])}
    assert asked <= shown


def test_the_chart_brings_each_as_a_config_map_that_the_sidecar_finds() -> None:
    found = [each for each in rendered(PLATFORM, dashboards={"enabled": True}) if each["kind"] == "ConfigMap"]
    assert {name: text for each in found for name, text in each["data"].items()} == dashboards()
    assert {each["metadata"]["labels"]["grafana_dashboard"] for each in found} == {"1"}
