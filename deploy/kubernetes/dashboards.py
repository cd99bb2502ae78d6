"""Dashboards for Grafana: one of all services, and one of a service by itself. ``make charts`` writes them.

What the alerts ask for can be seen on them. Panels lie three to a row, in the order given here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

_WIDTH: Final = 8
_HEIGHT: Final = 7
_PER_ROW: Final = 3
_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph over time, or, where ``kind`` is ``stat``, the newest value. ``FROM`` stands for what the dashboard selects."""

    title: str
    expression: str
    legend: str
    unit: str = "short"
    kind: str = "timeseries"


OVERVIEW: Final = (
    Panel(
        "Instances, by version",
        "count by (service, version) (opportunity_desk_build_info{FROM})",
        "{{service}} {{version}}",
        kind="stat",
    ),
    Panel("Halted consumers", "max by (service, group) (opportunity_desk_consumer_halted{FROM})", "{{service}} as {{group}}"),
    Panel("Open dead letters", "max by (service) (opportunity_desk_dead_letters_open{FROM})", "{{service}}", kind="stat"),
    Panel(
        "Events completed",
        "sum by (service) (rate(opportunity_desk_events_done_total{FROM}[$__rate_interval]))",
        "{{service}}",
        "cps",
    ),
    Panel(
        "How late: the oldest event to be completed",
        "max by (service) (opportunity_desk_consumer_lag_seconds{FROM})",
        "{{service}}",
        "s",
    ),
    Panel(
        "How late: the oldest event to be published",
        "max by (service) (opportunity_desk_outbox_oldest_age_seconds{FROM})",
        "{{service}}",
        "s",
    ),
    Panel(
        "Requests",
        "sum by (service) (rate(opportunity_desk_http_request_duration_seconds_count{FROM}[$__rate_interval]))",
        "{{service}}",
        "reqps",
    ),
    Panel(
        "Requests that fail",
        'sum by (service) (rate(opportunity_desk_http_request_duration_seconds_count{FROM, status="5xx"}[$__rate_interval])) '
        "/ sum by (service) (rate(opportunity_desk_http_request_duration_seconds_count{FROM}[$__rate_interval]))",
        "{{service}}",
        "percentunit",
    ),
    Panel(
        "95 % of requests are faster than",
        "histogram_quantile(0.95, sum by (service, le) (rate(opportunity_desk_http_request_duration_seconds_bucket"
        '{FROM, route!~"/metrics|/health/.*"}[$__rate_interval])))',
        "{{service}}",
        "s",
    ),
    Panel(
        "Mails, by outcome",
        "sum by (status) (rate(opportunity_desk_mails_total{FROM}[$__rate_interval]))",
        "{{status}}",
        "cps",
    ),
    Panel("How late: the oldest mail", "max by (to) (opportunity_desk_mails_oldest_age_seconds{FROM})", "to {{to}}", "s"),
    Panel(
        "Mails that came back",
        "sum by (understood) (rate(opportunity_desk_mails_inbound_total{FROM}[$__rate_interval]))",
        "{{understood}}",
        "cps",
    ),
    Panel(
        "How late: the oldest webhook",
        "max by (service) (opportunity_desk_webhooks_oldest_age_seconds{FROM})",
        "{{service}}",
        "s",
    ),
    Panel(
        "How late: the oldest erasure",
        "max by (service) (opportunity_desk_erasures_oldest_age_seconds{FROM})",
        "{{service}}",
        "s",
    ),
    Panel("Dead letters of an hour", "sum by (service) (increase(opportunity_desk_dead_letters_total{FROM}[1h]))", "{{service}}"),
    Panel("Webhooks to be processed", "max by (service) (opportunity_desk_webhooks_waiting{FROM})", "{{service}}"),
    Panel("Sending of mails is paused", "max by (service) (opportunity_desk_mail_breaker_open{FROM})", "{{service}}"),
    Panel(
        "Age of the last backup",
        "time() - max by (service) (opportunity_desk_backup_last_success_timestamp_seconds{FROM})",
        "{{service}}",
        "s",
        kind="stat",
    ),
)

SERVICE: Final = (
    Panel("Instances, by version", "count by (version) (opportunity_desk_build_info{FROM})", "{{version}}", kind="stat"),
    Panel("Schema of the database", "max(opportunity_desk_schema_version{FROM})", "schema", kind="stat"),
    Panel("Memory", "process_resident_memory_bytes{FROM}", "{{instance}}", "bytes"),
    Panel("Processor, in cores", "rate(process_cpu_seconds_total{FROM}[$__rate_interval])", "{{instance}}"),
    Panel(
        "Events completed",
        "sum by (group) (rate(opportunity_desk_events_done_total{FROM}[$__rate_interval]))",
        "{{group}}",
        "cps",
    ),
    Panel("Events to be completed", "sum by (group, topic) (opportunity_desk_consumer_lag{FROM})", "{{group}}: {{topic}}"),
    Panel(
        "How late: the oldest event to be completed",
        "max by (group, topic) (opportunity_desk_consumer_lag_seconds{FROM})",
        "{{group}}: {{topic}}",
        "s",
    ),
    Panel(
        "95 % of batches are faster than",
        "histogram_quantile(0.95, sum by (group, le) "
        "(rate(opportunity_desk_batch_duration_seconds_bucket{FROM}[$__rate_interval])))",
        "{{group}}",
        "s",
    ),
    Panel(
        "Batches tried again",
        "sum by (group) (increase(opportunity_desk_batch_retries_total{FROM}[$__rate_interval]))",
        "{{group}}",
    ),
    Panel("Halted", "max by (group) (opportunity_desk_consumer_halted{FROM})", "{{group}}"),
    Panel("Outbox, in documents", "max(opportunity_desk_outbox_unsent{FROM})", "unsent"),
    Panel("How late: the oldest event to be published", "max(opportunity_desk_outbox_oldest_age_seconds{FROM})", "oldest", "s"),
    Panel(
        "Dead letters of an hour",
        "sum by (group, topic) (increase(opportunity_desk_dead_letters_total{FROM}[1h]))",
        "{{group}}: {{topic}}",
    ),
    Panel(
        "Requests, of the ten busiest routes",
        "topk(10, sum by (method, route) (rate(opportunity_desk_http_request_duration_seconds_count{FROM}[$__rate_interval])))",
        "{{method}} {{route}}",
        "reqps",
    ),
    Panel(
        "The ten slowest routes: 95 % are faster than",
        "topk(10, histogram_quantile(0.95, sum by (method, route, le) "
        "(rate(opportunity_desk_http_request_duration_seconds_bucket{FROM}[$__rate_interval]))))",
        "{{method}} {{route}}",
        "s",
    ),
    Panel(
        "Requests that fail",
        "sum by (method, route) "
        '(rate(opportunity_desk_http_request_duration_seconds_count{FROM, status="5xx"}[$__rate_interval]))',
        "{{method}} {{route}}",
        "reqps",
    ),
)


def dashboards() -> dict[str, str]:
    """The dashboards, by the names of their files."""
    namespace = _variable("namespace", "label_values(opportunity_desk_build_info, namespace)") | {
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }
    service = _variable("service", 'label_values(opportunity_desk_build_info{namespace=~"$namespace"}, service)')
    of_all = 'namespace=~"$namespace"'
    made = {
        "overview.json": _dashboard("opportunity-desk-overview", "Opportunity Desk", OVERVIEW, of_all, [namespace]),
        "service.json": _dashboard(
            "opportunity-desk-service",
            "Opportunity Desk: a service",
            SERVICE,
            f'{of_all}, service="$service"',
            [namespace, service],
        ),
    }
    return {name: json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n" for name, dashboard in made.items()}


def _dashboard(uid: str, title: str, panels: Sequence[Panel], selection: str, variables: list[dict[str, Any]]) -> dict[str, Any]:
    datasource = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    return {
        "uid": uid,
        "title": title,
        "tags": ["opportunity-desk"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "links": [
            {"type": "dashboards", "title": "Dashboards", "tags": ["opportunity-desk"], "keepTime": True, "includeVars": True}
        ],
        "templating": {"list": [datasource, *variables]},
        "panels": [_panel(number, panel, selection) for number, panel in enumerate(panels)],
    }


def _variable(name: str, query: str) -> dict[str, Any]:
    return {"name": name, "type": "query", "datasource": _DATASOURCE, "query": query, "refresh": 2, "sort": 1}


def _panel(number: int, panel: Panel, selection: str) -> dict[str, Any]:
    row, column = divmod(number, _PER_ROW)
    expression = panel.expression.replace("FROM", selection)
    return {
        "id": number + 1,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _DATASOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [{"refId": "A", "datasource": _DATASOURCE, "expr": expression, "legendFormat": panel.legend}],
    }
