"""No door of any service answers 500 to JSON, however it is nested or large, and none takes long."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support.keys import operator
from support.serving import serving

pytestmark = pytest.mark.proof  # every door of the four services, one after the other: it takes its time

VALUES = {
    "deep list": "[" * 980 + "]" * 980,
    "deep object": '{"a":' * 980 + "1" + "}" * 980,
    "less deep": "[" * 300 + "]" * 300,
    "bottomless": "[" * 100_000,
    "whole number": "1" + "0" * 30,
    "very long number": "9" * 5000,
    "NaN": "NaN",
    "infinity": "-Infinity",
    "half a pair": '"\\ud800"',
    "zero byte": '"\\u0000"',
    "long": '"' + "x" * 100_000 + '"',
    "many": "[" + "1," * 30_000 + "1]",
}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each method and path that takes JSON, with the properties of what it takes."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            for media_type in content:
                if media_type.endswith("json"):
                    schema = content[media_type].get("schema", {})
                    name = schema.get("$ref", "").rpartition("/")[2]
                    known = document.get("components", {}).get("schemas", {}).get(name, schema)
                    yield method, path, known.get("properties", {})


@pytest.mark.parametrize("service", ["registration", "listings", "matching", "notifications"])
async def test_hostile_json_is_refused_or_taken(service: str, environment: dict[str, str]) -> None:
    main, settings = (importlib.import_module(f"{service}.{module}") for module in ("main", "settings"))
    answers: dict[str, int] = {}
    async with serving(main.create_app(settings.Settings())) as client:
        if service == "registration":
            await operator(client)
        document = (await client.get("/openapi.json")).json()
        found = list(operations(document))
        assert found
        for method, path, properties in found:
            url = path
            for part in [part for part in path.split("/") if part.startswith("{")]:
                url = url.replace(part, "x1")
            for name, value in VALUES.items():
                # On its own, and in the place of every field at once.
                whole = "{" + ",".join(f"{json.dumps(field)}: {value}" for field in list(properties)[:8]) + "}"
                for body in {value, whole} if len(value) < 50_000 else {value}:
                    answer = await client.request(method, url, content=body, headers={"content-type": "application/json"})
                    answers[f"{method} {path}: {name}"] = answer.status_code
    wrong = [where for where, status in answers.items() if status >= httpx.codes.INTERNAL_SERVER_ERROR]
    assert wrong == []
