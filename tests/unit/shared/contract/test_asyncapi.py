"""The documents of the events are complete: every reference leads somewhere, and the page shows nested fields."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.contract.asyncapi import create_router, document
from shared.contract.events import TYPES
from shared.contract.topics import topics_of

SERVICES = ("registration", "listings", "matching", "notifications")


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolve(reference: str, root: dict[str, Any]) -> Any:
    """What a JSON pointer in a URI fragment leads to. Raises KeyError where there is nothing."""
    start, *steps = reference.split("/")
    assert start == "#", f"{reference} leads out of the document"
    part: Any = root
    for step in steps:
        part = part[step]
    return part


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_leads_to_something(service: str) -> None:
    root = document(service)
    found = set(references(root))
    assert any(reference.startswith("#/components/schemas/") for reference in found)
    for reference in found:
        assert resolve(reference, root), reference


@pytest.mark.parametrize("service", SERVICES)
def test_each_message_leads_to_the_fields_of_its_event(service: str) -> None:
    root = document(service)
    messages = root["components"]["messages"]
    assert set(messages) == {name for topic in topics_of(service) if not topic.internal for name in topic.types}
    for name, message in messages.items():
        payload = resolve(message["payload"]["$ref"], root)
        assert set(payload["properties"]) == set(TYPES[name].model_fields)


def test_nested_models_are_described_too() -> None:
    root = document("registration")
    scheduled = resolve(root["components"]["messages"]["registration.conference.scheduled.v1"]["payload"]["$ref"], root)
    session = resolve(scheduled["properties"]["sessions"]["items"]["$ref"], root)
    assert {"id", "title", "topics", "skills"} <= set(session["properties"])


async def test_the_page_shows_the_fields_of_nested_models() -> None:
    app = FastAPI()
    app.include_router(create_router("registration"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registration") as client:
        page = (await client.get("/asyncapi")).text
    conference = page.partition("<h3><code>registration.conference.scheduled.v1</code></h3>")[2].partition("<h3>")[0]
    tables, _, schema = conference.partition("<details>")
    assert "<td>list of Session" in tables
    session = tables.partition("<h4>Session</h4>")[2]
    for field in ("id", "title", "topics", "skills"):
        assert f"<code>{field}</code>" in session
    # The schema beside it stands alone, to be copied: its references lead into itself.
    assert "#/$defs/Session" in schema
    assert "#/components/" not in schema
