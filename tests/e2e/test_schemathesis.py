"""Registration keeps to its own OpenAPI: Schemathesis calls every operation with good and bad data, and in sequences.

Seeds are fixed; ``SCHEMATHESIS_SEED`` tries another, and ``SCHEMATHESIS_EXAMPLES`` more examples in the proof.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from registration.main import create_app
from registration.settings import Settings
from support.keys import make_key, operator
from support.schemathesis import EXAMPLES, PHASES, schemathesis
from support.serving import serving

COMMON = """
continue-on-failure = true
warnings = false
[auth.openapi.key]
bearer = "{key}"
[generation]
max-examples = {examples}
database = "none"
[cache]
enabled = false
# Not all that is wrong shows in a schema: a session twice, a mail consent for nobody, an end before its start.
[checks.positive_data_acceptance]
enabled = false
# It answers what is wrong with an event, and that is no error.
[[operations]]
include-path = "/docs/publish/check"
checks.negative_data_rejection.enabled = false
# Its own key would be revoked, too.
[[operations]]
include-path = "/keys/{{id}}"
phases.stateful.enabled = false
"""

SEQUENCES = """
[phases.stateful]
max-steps = 8
inference.algorithms = []
[phases.stateful.generation]
mode = "positive"
[dictionaries.emails]
values = [{emails}]
[parameters]
"query.email" = {{ dictionary = "emails", probability = 1.0 }}
[[operations]]
include-path = "/conferences/{{id}}/uploads"
parameters = {{ "path.id" = "c1" }}
# To delete a connection disables it: it can still be looked at.
[[operations]]
include-path-regex = "^/connections"
checks.use_after_free.enabled = false
"""
"""By the links of the document alone: guessed ones lead nowhere more often."""

PEOPLE = ["ada", "ben", *(f"person{n}" for n in range(30))]


@pytest.fixture
async def api(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """The service with one of everything that can be asked for."""
    async with serving(create_app(Settings())) as client:
        await operator(client)
        sessions = [{"id": "s1", "title": "Testing", "topics": ["x"]}]
        conference = {"name": "C", "starts": "2024-07-08", "ends": "2024-07-08", "sessions": sessions}
        (await client.put("/conferences/c1", json=conference)).raise_for_status()
        (await client.put("/connections/w1", json={"system": "standard", "conference_id": "c1"})).raise_for_status()
        batch = [_scan(name) for name in PEOPLE]
        (await _post(client, "/attendance", batch)).raise_for_status()
        rows = b"kind,time,email\nchecked_in,2024-07-08T10:00:00Z,col@example.org\nchecked_in,yesterday,x\n"
        csv = {"content-type": "text/csv"}
        (await client.post("/conferences/c1/attendance.csv", content=rows, headers=csv)).raise_for_status()
        async with asyncio.timeout(30):
            while (await client.get("/statistics")).json()["facts"] < len(PEOPLE) + 1:
                await asyncio.sleep(0.1)
        yield client


def _scan(name: str) -> dict[str, Any]:
    attributes = {"specversion": "1.0", "id": name, "source": "test", "time": "2024-07-08T10:00:00Z"}
    data = {"conference_id": "c1", "session_id": "s1", "attendee": {"email": f"{name}@example.org"}}
    return attributes | {"type": "attendance.session_attended.v1", "data": data}


async def _post(client: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
    return await client.post(path, json=body, headers={"content-type": "application/cloudevents-batch+json"})


async def attendee(client: httpx.AsyncClient, name: str) -> str:
    found = await client.get("/attendees", params={"email": f"{name}@example.org"})
    return str(found.json()["id"])


async def opens(api: httpx.AsyncClient, key: str) -> bool:
    """Whether the key is still one: else all answers were 401 from some call on."""
    return (await api.get("/statistics", headers={"authorization": f"Bearer {key}"})).status_code == 200


@pytest.mark.parametrize(("phases", "examples"), PHASES)
async def test_every_operation_answers_as_it_is_documented_whatever_it_is_sent(
    api: httpx.AsyncClient, tmp_path: Path, phases: str, examples: int
) -> None:
    uploads = (await api.get("/conferences/c1/uploads")).json()
    ids = {"conferences": "c1", "connections": "w1", "attendees": await attendee(api, "ada"), "uploads": uploads[0]["id"]}
    known = "".join(
        f'[[operations]]\ninclude-path-regex = "^/{name}/"\nparameters = {{ "path.id" = "{id}" }}\n' for name, id in ids.items()
    )
    key = await make_key()
    config = COMMON.format(key=key, examples=examples) + known
    tested = await schemathesis(api, tmp_path, config, "--phases", phases, "--exclude-path-regex", "^/me")
    assert tested >= 30
    assert await opens(api, key)


@pytest.mark.parametrize("examples", EXAMPLES)
async def test_a_person_s_own_resources_answer_as_they_are_documented(
    api: httpx.AsyncClient, tmp_path: Path, examples: int
) -> None:
    key = await make_key(["me"], attendee_id=await attendee(api, "ben"))
    config = COMMON.format(key=key, examples=examples)
    others = ("--include-path-regex", "^/me", "--exclude-method", "DELETE")
    assert await schemathesis(api, tmp_path, config, "--phases", "fuzzing", *others) == 11
    deletion = ("--include-path", "/me", "--exclude-method", "GET")
    assert await schemathesis(api, tmp_path, config, "--phases", "fuzzing", *deletion) == 1
    assert (await api.get("/attendees", params={"email": "ben@example.org"})).status_code == 404


@pytest.mark.parametrize("examples", EXAMPLES)
async def test_operations_in_sequence_answer_as_they_are_documented(
    api: httpx.AsyncClient, tmp_path: Path, examples: int
) -> None:
    key = await make_key()
    emails = ", ".join(f'"{name}@example.org"' for name in PEOPLE)
    config = COMMON.format(key=key, examples=examples * 3) + SEQUENCES.format(emails=emails)
    assert await schemathesis(api, tmp_path, config, "--phases", "stateful") >= 15
    assert await opens(api, key)
