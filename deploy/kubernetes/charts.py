"""What is generated in the charts: schemas and READMEs, from their values; dashboards; and what the services' code says of
themselves.

``python deploy/kubernetes/charts.py`` writes it.
"""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic.fields import FieldInfo

from dashboards import dashboards
from shared.contract.caddyfile import caddyfile
from shared.contract.kubernetes import contract_file
from shared.contract.topics import SERVICES
from shared.server_settings import File
from shared.settings import ServiceSettings, file_variable

HERE: Final = Path(__file__).parent
SERVICE: Final = "opportunity-desk-service"
PLATFORM: Final = "opportunity-desk-platform"
TRIAL: Final = "opportunity-desk-trial"
CHARTS: Final = (SERVICE, PLATFORM, TRIAL)
OF_THE_CHART: Final = {"PORT", "METRICS_PORT"}
"""Settings that the chart itself makes."""
URLS: Final = {"MONGODB_URI", "SMTP_URL"}
"""Secrets only where they hold a password."""

_KEY: Final = re.compile(r"( *)(\w+):(?: (.*))?$")
_TYPES: Final[dict[type, Any]] = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_FROM_SECRET: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["existingSecret", "key"],
    "properties": {"existingSecret": {"type": "string", "minLength": 1}, "key": {"type": "string", "minLength": 1}},
}
_FROM_FILE: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["key"],
    "properties": {name: {"type": "string", "minLength": 1} for name in ("existingSecret", "existingConfigMap", "key")},
    "oneOf": [{"required": ["existingSecret"]}, {"required": ["existingConfigMap"]}],
}


@dataclass
class Value:
    """A value of a chart: where it is, its default, and what the comment above it says."""

    path: tuple[str, ...]
    default: Any
    text: str
    schema: dict[str, Any] = field(default_factory=dict)


def write() -> None:
    """Bring every generated file up to date."""
    for name, content in files().items():
        (HERE / name).write_text(content, encoding="utf-8")


def files() -> dict[str, str]:
    """All generated files, by their paths below this folder."""
    made = {
        f"{SERVICE}/files/services.json": json.dumps({service: _ask(service) for service in SERVICES}, indent=2) + "\n",
        f"{PLATFORM}/files/contract.json": contract_file(),
        f"{TRIAL}/files/Caddyfile": caddyfile(":8000", {service: f"{service}:80" for service in SERVICES}),
    }
    made |= {f"{PLATFORM}/files/dashboards/{name}": content for name, content in dashboards().items()}
    for chart in CHARTS:
        values = list(read_values((HERE / chart / "values.yaml").read_text(encoding="utf-8")))
        schema = schema_of(values) | (_of_settings() if chart == SERVICE else {})
        made[f"{chart}/values.schema.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        made[f"{chart}/README.md"] = readme(chart, values)
    return made


def read_values(text: str) -> Iterator[Value]:
    """The values of this file in their order, groups before what is in them."""
    document = yaml.safe_load(text)
    comment: list[str] = []
    above: list[str] = []
    inside = 0
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            comment.append(stripped.removeprefix("#").strip())
        elif not stripped:
            comment = []
        elif (key := _KEY.match(line)) and len(key[1]) <= inside:
            depth = len(key[1]) // 2
            above = [*above[:depth], key[2]]
            default = document
            for name in above:
                default = default[name]
            words, schema = _divided(comment)
            yield Value(tuple(above), default, words, schema)
            comment = []
            grouped = isinstance(default, dict) and default and not key[3] and not schema
            inside = len(key[1]) + (2 if grouped else 0)


def _divided(comment: Iterable[str]) -> tuple[str, dict[str, Any]]:
    words, schema = [], {}
    for line in comment:
        if line.startswith("schema:"):
            schema = yaml.safe_load(line.removeprefix("schema:"))
        else:
            words.append(line)
    return " ".join(words), schema


def schema_of(values: Iterable[Value]) -> dict[str, Any]:
    """A JSON Schema that allows these values and no others. What is an empty map by default may have any keys."""
    root: dict[str, Any] = {"$schema": "http://json-schema.org/draft-07/schema#", **_object()}
    for value in values:
        parent = root
        for name in value.path[:-1]:
            parent = parent["properties"][name]
        group = isinstance(value.default, dict) and value.default and not value.schema
        own = _object() if group else {"type": _TYPES[type(value.default)]}
        if value.text:
            own["description"] = value.text
        if "properties" in parent:
            parent["properties"][value.path[-1]] = own | value.schema
    return root


def _object() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def readme(chart: str, values: Iterable[Value]) -> str:
    """The chart's README: all of its values."""
    about = yaml.safe_load((HERE / chart / "Chart.yaml").read_text(encoding="utf-8"))["description"]
    lines = [
        f"# {chart}",
        "",
        "<!-- Generated from values.yaml by `make charts`. Do not edit. -->",
        "",
        f"{about} [Kubernetes](../../../docs/kubernetes.md) says how to use it.",
        "",
        "| Value | Default | Meaning |",
        "| --- | --- | --- |",
    ]
    for value in values:
        if not isinstance(value.default, dict) or not value.default or value.schema:
            one_of = [f"`{choice}`" for choice in value.schema.get("enum", ()) if choice != ""]
            meaning = " ".join(filter(None, (value.text, f"One of {', '.join(one_of)}." if one_of else "")))
            lines.append(f"| `{'.'.join(value.path)}` | `{json.dumps(value.default)}` | {meaning.replace('|', chr(92) + '|')} |")
        elif value.text:
            lines.append(f"| `{'.'.join(value.path)}` |  | {value.text} |")
    return "\n".join(lines) + "\n"


def _of_settings() -> dict[str, Any]:
    """What each service's settings, secrets and files may be: typos are refused, and so are passwords outside of secrets."""
    return {"allOf": [_if_service(service) for service in SERVICES], "required": ["service"]}


def _if_service(service: str) -> dict[str, Any]:
    fields = _settings_of(service).model_fields.items()
    names = {name.upper(): field for name, field in fields if name.upper() not in OF_THE_CHART}
    secret = {name for name, field in names.items() if file_variable(name, field)}
    file = {name for name, field in names.items() if _is_file(field)}
    plain = sorted((names.keys() - secret - file) | (URLS & names.keys()))
    required = {name for name, field in names.items() if field.is_required()}
    return {
        "if": {"properties": {"service": {"const": service}, "enabled": {"const": True}}},
        "then": {
            "properties": {
                "settings": {
                    "additionalProperties": False,
                    "required": sorted(required - secret | {"KAFKA_BOOTSTRAP_SERVERS"}),
                    "properties": {name: _plain(name) for name in plain},
                },
                "secrets": {
                    "additionalProperties": False,
                    "required": sorted(required & secret),
                    "properties": dict.fromkeys(sorted(names.keys() - file), _FROM_SECRET),
                },
                "files": {"additionalProperties": False, "properties": dict.fromkeys(sorted(file), _FROM_FILE)},
            }
        },
    }


def _plain(name: str) -> dict[str, Any]:
    if name in URLS:
        return {"type": "string", "pattern": "^[^@]*$"}
    return {"type": ["string", "number", "boolean"]}


def _is_file(field: FieldInfo) -> bool:
    return any(piece in field.metadata for piece in File.__metadata__)  # type: ignore[attr-defined]


def _settings_of(service: str) -> type[ServiceSettings]:
    settings: type[ServiceSettings] = importlib.import_module(f"{service}.settings").Settings
    return settings


def _ask(service: str) -> dict[str, Any]:
    """What a service says of itself, from a process of its own."""
    command, path = [sys.executable, __file__, service], {"PYTHONPATH": str(HERE.parents[1] / "docs")}
    answer = subprocess.run(command, env=os.environ | path, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    described: dict[str, Any] = json.loads(answer.stdout)
    return described


def _describe(service: str) -> dict[str, Any]:
    from reference import example_settings

    settings = _settings_of(service)
    app = importlib.import_module(f"{service}.main").create_app(example_settings(settings))
    secrets = [name.upper() for name, field in settings.model_fields.items() if file_variable(name, field)]
    return {
        "startupSeconds": settings.model_fields["startup_seconds"].default,
        "stopSeconds": settings.model_fields["stop_seconds"].default,
        "secrets": secrets,
        # A topic of one partition is read by one pod, however many there are.
        "consumers": [
            {"group": consumer.group, "topic": topic.name}
            for consumer in app.state.consumers
            for topic in consumer.topics
            if topic.partitions > 1
        ],
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.stdout.write(json.dumps(_describe(sys.argv[1])))
    else:
        write()
