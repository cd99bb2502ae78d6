"""AsyncAPI 3.0 documents of the events that services publish and read, generated from the topics and the event models."""

import html
import json
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter
from fastapi.params import Depends
from fastapi.responses import HTMLResponse

from shared.contract.events import TYPES
from shared.contract.events.examples import EXAMPLES, Example
from shared.contract.schemas import schema, together
from shared.contract.topics import DAY_MS, TOPICS, Topic, topics_of

HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "maxLength": 256, "description": "unique within the source; a repeat changes nothing"},
        "ce_source": {"type": "string", "maxLength": 256, "description": "the system that publishes the event"},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time", "description": "when it happened"},
        "ce_correlationid": {
            "type": "string",
            "maxLength": 256,
            "description": "follows the event through all services to the mail",
        },
        "ce_traceparent": {
            "type": "string",
            "maxLength": 128,
            "description": "the span in which it was published, for traces (CloudEvents' extension for distributed tracing)",
        },
    },
}
"""CloudEvents 1.0, Kafka protocol binding, binary mode."""


def document(*services: str) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of a service, or of several together."""
    channels, operations, messages = {}, {}, {}
    topics = [topic for topic in TOPICS if not topic.internal and {topic.publisher, *topic.readers} & set(services)]
    types = sorted({name for topic in topics for name in topic.types})
    payloads, schemas = together(types, "#/components/schemas/{model}")
    for topic in topics:
        channels[topic.name] = {
            "address": topic.name,
            "description": topic.description,
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.types},
            "bindings": {"kafka": {"partitions": topic.partitions, "topicConfiguration": _configuration(topic)}},
        }
        for name in topic.types:
            messages[name] = {
                "name": name,
                "contentType": "application/json",
                "summary": (TYPES[name].__doc__ or "").partition("\n")[0],
                "headers": HEADERS,
                "payload": payloads[name],
                "bindings": {"kafka": {"key": {"type": "string"}}},
                "examples": [_example(name, example) for example in EXAMPLES.get(name, ())],
            }
        for service in services:
            prefix = f"{service}: " if len(services) > 1 else ""
            channel = {"$ref": f"#/channels/{topic.name}"}
            if topic.publisher == service:
                operations[f"{prefix}publish {topic.name}"] = {"action": "send", "channel": channel}
            if service in topic.readers:
                operations[f"{prefix}read {topic.name}"] = {"action": "receive", "channel": channel}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": ": ".join(["Opportunity Desk", *services][: 1 + (len(services) == 1)]), "version": "0.1.0"},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _example(name: str, example: Example) -> dict[str, Any]:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": example.id,
        "ce_source": example.source,
        "ce_type": name,
        "ce_time": example.time,
    }
    if example.correlation_id:
        headers["ce_correlationid"] = example.correlation_id
    return {"name": example.name, "headers": headers, "payload": example.data}


def _configuration(topic: Topic) -> dict[str, Any]:
    configuration: dict[str, Any] = {"cleanup.policy": topic.config["cleanup.policy"].split(",")}
    if topic.retention_ms is not None:
        configuration["retention.ms"] = topic.retention_ms
    return configuration


def create_router(service: str, dependencies: Sequence[Depends] = ()) -> APIRouter:
    """Routes for the document: ``/asyncapi`` as a page for people, ``/asyncapi.json`` for tools."""
    router = APIRouter(tags=["operation"], dependencies=dependencies, include_in_schema=False)

    @router.get("/asyncapi.json")
    async def as_json() -> dict[str, Any]:
        return document(service)

    @router.get("/asyncapi")
    async def as_page() -> HTMLResponse:
        return HTMLResponse(_page(service), headers=_HEADERS)

    return router


def _page(service: str) -> str:
    sections = []
    topics = [topic for topic in topics_of(service) if not topic.internal]
    for topic in topics:
        role = "published here" if topic.publisher == service else f"published by {topic.publisher}"
        readers = ", ".join(topic.readers)
        kept = ["the newest record of each key"] * topic.compacted
        kept += [f"{topic.retention_ms // DAY_MS} days"] if topic.retention_ms is not None else []
        sections.append(
            f"<section id='{topic.name}'><h2>{topic.name}</h2><p>{html.escape(topic.description)}</p>"
            f"<p class=facts>{role} · read by {readers} · {topic.partitions} partitions · kept: {', '.join(kept)}"
            f"{' · personal data' if topic.personal_data else ''}</p>{''.join(_message(name) for name in topic.types)}</section>"
        )
    links = " ".join(f"<a href='#{topic.name}'>{topic.name}</a>" for topic in topics)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Events of {service}</title><style>{_STYLE}</style><main><h1>Events of {service}</h1>"
        "<p>CloudEvents 1.0, binary mode: the attributes are headers <code>ce_*</code>, the data is JSON. "
        f"For tools: <a href=/asyncapi.json>AsyncAPI 3.0</a>.</p><nav>{links}</nav>{''.join(sections)}</main>"
    )


def _message(name: str) -> str:
    described = schema(name)
    parts = "".join(f"<h4>{part}</h4>{_fields(inner)}" for part, inner in described.get("$defs", {}).items())
    return (
        f"<h3><code>{name}</code></h3>{_fields(described)}{parts}"
        f"<details><summary>JSON Schema</summary><pre>{html.escape(json.dumps(described, indent=2))}</pre></details>"
    )


def _fields(schema: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{field}</code>{'' if field in schema.get('required', []) else ' <em>optional</em>'}<td>{_type(part)}"
        f"<td>{html.escape(part.get('description', ''))}"
        for field, part in schema["properties"].items()
    )
    return f"<p>{html.escape(schema.get('description', ''))}</p><table><tr><th>field<th>type<th>{rows}</table>"


def _type(part: dict[str, Any]) -> str:
    if "$ref" in part:
        return html.escape(part["$ref"].rsplit("/", 1)[1])
    if "anyOf" in part:
        return " or ".join(_type(option) for option in part["anyOf"])
    if part.get("type") == "array":
        return f"list of {_type(part['items'])}"
    return html.escape(" ".join(filter(None, [part.get("type", "any"), part.get("format")])))


_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
nav a { margin-right: 1rem }
section { border-top: 1px solid #8886; margin-top: 2rem }
.facts, em { opacity: .8; font-size: .9rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8883; vertical-align: top }
pre { overflow: auto; font-size: .85rem }
"""
