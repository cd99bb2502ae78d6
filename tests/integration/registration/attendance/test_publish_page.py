"""The page for publishers: its examples work as they are, and its check says what the dead letter would."""

import asyncio
import html
import json
import os
import re
import shutil
import subprocess
import sys
from typing import Any

import httpx
import pytest

from shared.contract.events.examples import EXAMPLES
from shared.contract.files import cloud_event
from shared.contract.topics import ATTENDANCE_INBOUND
from support.kafka import Kafka
from support.keys import operator

ATTENDED = "attendance.session_attended.v1"
EVENT = cloud_event(ATTENDED, EXAMPLES[ATTENDED][0])
CONFERENCE = {
    "name": "PyConf 2026",
    "starts": "2026-07-08",
    "ends": "2026-07-12",
    "sessions": [{"id": "arrays-that-fly", "title": "Arrays that fly", "skills": ["Python"], "topics": ["performance"]}],
}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"pyconf-2026": CONFERENCE}


@pytest.fixture
def anybody(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client without a key, of a service that knows the conference of the examples."""
    del api.headers["authorization"]
    return api


def snippet(page: str, type: str, kind: str) -> str:
    """An example of the page, as somebody would copy it."""
    found = re.search(rf'<pre tabindex="0" id="{re.escape(type)}-{kind}"><code>(.*?)</code></pre>', page, re.DOTALL)
    assert found, f"{type}-{kind} is not on the page"
    return html.unescape(found[1])


async def check(client: httpx.AsyncClient, event: Any, **headers: str) -> dict[str, Any]:
    content = event if isinstance(event, bytes) else json.dumps(event).encode()
    given = {"content-type": "application/cloudevents+json"} | headers
    answer = await client.post("/docs/publish/check", content=content, headers=given)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_the_page_needs_no_key_loads_nothing_from_elsewhere_and_shows_every_field(anybody: httpx.AsyncClient) -> None:
    answer = await anybody.get("/docs/publish")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    page = answer.text
    assert not re.findall(r'style="', page)
    own = re.findall(r'(?:href|src|action)="(/(?:docs|api/registration|assets)/[^"]*)"', page)
    assert any("/schemas/" in address for address in own)
    for address in own:
        assert (await anybody.get(address)).status_code in (200, 405), address
    loaded = re.findall(r'<(?:link|img|script|iframe)[^>]*(?:href|src)="([^"]*)"', page)
    assert loaded
    assert all(address.startswith("/assets/registration/") for address in loaded)
    for name in ATTENDANCE_INBOUND.types:
        assert json.loads(snippet(page, name, "json")) == cloud_event(name, EXAMPLES[name][0])
    for field in ("session_id", "reverts", "met", "email", "account", "consent.matching", "skills"):
        assert f'<th scope="row"><code>{field}</code></th>' in page
    german = (await anybody.get("/docs/publish", headers={"accept-language": "de"})).text
    assert "Teilnahmen melden" in german
    assert snippet(german, ATTENDED, "json") == snippet(page, ATTENDED, "json")


async def test_every_link_within_the_page_leads_to_a_place_on_it(anybody: httpx.AsyncClient) -> None:
    page = (await anybody.get("/docs/publish")).text
    targets = re.findall(r'href="#([^"]+)"', page)
    ids = re.findall(r'id="([^"]+)"', page)
    assert set(targets) <= set(ids)
    assert len(ids) == len(set(ids))


KCAT = shutil.which("kcat")
CURL = shutil.which("curl")


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        pytest.param("kcat-sh", ["sh", "-c"], marks=pytest.mark.skipif(KCAT is None, reason="kcat is not installed")),
        pytest.param("curl-sh", ["sh", "-c"], marks=pytest.mark.skipif(CURL is None, reason="curl is not installed")),
        ("kafka-py", [sys.executable, "-c"]),
        ("http-py", [sys.executable, "-c"]),
    ],
)
async def test_an_example_publishes_its_event_as_it_is_copied(
    anybody: httpx.AsyncClient, kafka: Kafka, kind: str, command: list[str]
) -> None:
    page = (await anybody.get("/docs/publish")).text
    holder = await operator(httpx.AsyncClient())
    environment = os.environ | {"KEY": holder.headers["authorization"].removeprefix("Bearer ")}
    run = [*command, snippet(page, ATTENDED, kind)]
    done = await asyncio.to_thread(subprocess.run, run, env=environment, capture_output=True, timeout=40, check=False)
    assert done.returncode == 0, done.stderr.decode()
    (profile,) = await kafka.events("registration.profiles")
    assert [interest["term"] for interest in profile["interests"]] == ["Python", "technical writing", "performance"]
    (record,) = await kafka.read("attendance.inbound")
    headers = {name: value.decode() for name, value in record.headers}
    if "application/cloudevents+json" in headers.get("content-type", ""):
        assert json.loads(record.value)["id"] == EVENT["id"]
    else:
        assert (headers["ce_id"], headers["ce_source"]) == (EVENT["id"], EVENT["source"])


async def test_the_examples_are_accepted(anybody: httpx.AsyncClient, subtests: pytest.Subtests) -> None:
    for name in ATTENDANCE_INBOUND.types:
        with subtests.test(name):
            for example in EXAMPLES[name]:
                assert await check(anybody, cloud_event(name, example)) == {
                    "valid": True,
                    "pending": None,
                    "warnings": [],
                    "reason": None,
                    "reasons": [],
                }
            headers = {"content-type": "application/json"}
            headers |= {f"ce-{key}": value for key, value in EVENT.items() if key not in ("data", "datacontenttype")}
            assert (await check(anybody, EVENT["data"], **headers))["valid"]


WRONG: dict[str, bytes] = {
    "no JSON": b'{"id": ',
    "a list": b"[]",
    "no id": json.dumps({name: value for name, value in EVENT.items() if name != "id"}).encode(),
    "an unknown type": json.dumps(EVENT | {"type": "attendance.danced.v1"}).encode(),
    "several fields": json.dumps(EVENT | {"data": {"conference_id": 1, "attendee": {"name": "Ada"}}}).encode(),
    "an operator": json.dumps(EVENT | {"data": EVENT["data"] | {"session_id": {"$ne": ""}}}).encode(),
    "nested deeply": json.dumps(EVENT | {"data": {"x": json.loads("[" * 40 + "]" * 40)}}).encode(),
}


async def test_the_check_says_what_the_dead_letter_will_say(anybody: httpx.AsyncClient, kafka: Kafka) -> None:
    checked = {}
    for kind, value in WRONG.items():
        verdict = await check(anybody, value)
        assert not verdict["valid"], kind
        assert verdict["reasons"], kind
        assert all(reason["detail"] for reason in verdict["reasons"])
        checked[kind] = verdict["reason"]
        await kafka.send("attendance.inbound", value, [("content-type", b"application/cloudevents+json")], key=kind)
    letters = await kafka.read("registration.dead-letters", until=lambda seen: len(seen) == len(WRONG))
    said = {dict(letter.headers)["dl_key"].decode(): dict(letter.headers)["dl_reason"].decode() for letter in letters}
    assert said == checked
    assert (await anybody.get("/statistics")).status_code == 401


async def test_the_check_names_each_field(anybody: httpx.AsyncClient) -> None:
    verdict = await check(anybody, WRONG["several fields"])
    reasons = {reason["field"]: reason["detail"] for reason in verdict["reasons"]}
    assert reasons["conference_id"] == "must be text, not 1"
    assert reasons["session_id"] == "is missing"
    assert reasons["attendee"].startswith("the person is not identified")
    for kind, field in (("no id", "id"), ("an unknown type", "type")):
        assert [reason["field"] for reason in (await check(anybody, WRONG[kind]))["reasons"]] == [field]


@pytest.mark.parametrize(
    ("changes", "pending"),
    [
        ({"conference_id": "pyconf-1926"}, "conference unknown: there is no conference 'pyconf-1926' yet"),
        ({"session_id": "unheard"}, "session unknown: conference 'pyconf-2026' has no session 'unheard' yet"),
    ],
)
async def test_the_check_says_what_an_event_would_wait_for(
    anybody: httpx.AsyncClient, changes: dict[str, str], pending: str
) -> None:
    event = EVENT | {"data": EVENT["data"] | changes}
    verdict = await check(anybody, event)
    assert (verdict["valid"], verdict["pending"].partition(";")[0]) == (True, pending)
    page = await anybody.post("/docs/publish/check", data={"event": json.dumps(event), "as": ""})
    assert "It would be pending" in page.text
    assert html.escape(pending, quote=True).replace("&#x27;", "&#39;") in page.text
    headers = {"accept-language": "de", "accept": "text/html"}
    german = await anybody.post("/docs/publish/check", data={"event": json.dumps(event), "as": ""}, headers=headers)
    assert "wird das Ereignis erfasst" in german.text


async def test_the_check_warns_of_similar_fields(anybody: httpx.AsyncClient) -> None:
    data = EVENT["data"] | {"attendee": {"email": "ada@example.org", "consent": {"mails": True}}}
    warning = {"field": "attendee.consent.mails", "detail": "is not a known field; did you mean `mail`?"}
    verdict = await check(anybody, EVENT | {"data": data})
    assert (verdict["valid"], verdict["warnings"]) == (True, [warning])
    for pasted in ({"event": json.dumps(EVENT | {"data": data}), "as": ""}, {"event": json.dumps(data), "as": ATTENDED}):
        page = await anybody.post("/docs/publish/check", data=pasted)
        assert "<code>attendee.consent.mails</code></dt><dd><bdi>is not a known field; did you mean mail?" in page.text


async def test_the_check_records_nothing(anybody: httpx.AsyncClient, kafka: Kafka) -> None:
    for _ in range(3):
        assert (await check(anybody, EVENT))["valid"]
    await operator(anybody)
    counted = (await anybody.get("/statistics")).json()
    assert (counted["attendees"], counted["facts"]) == (0, 0)


async def test_the_form_works_without_scripts_and_gives_back_what_was_pasted(anybody: httpx.AsyncClient) -> None:
    pasted = json.dumps(EVENT["data"] | {"session_id": "</textarea><script>alert(1)</script>"})
    answer = await anybody.post("/docs/publish/check", data={"event": pasted, "as": ATTENDED}, headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "It would be refused" in answer.text
    assert "<code>session_id</code></dt><dd><bdi>must be an id" in answer.text
    assert "<script>alert" not in answer.text
    (area,) = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)
    assert html.unescape(area) == pasted
    assert re.search(rf'<option value="{re.escape(ATTENDED)}" selected>', answer.text)

    good = await anybody.post("/docs/publish/check", data={"event": json.dumps(EVENT), "as": ""})
    assert "It would be accepted" in good.text
    as_json = await anybody.post("/docs/publish/check", data={"event": "", "as": ""}, headers={"accept": "application/json"})
    assert as_json.json()["reason"] == "the record has no value; the event's data was expected there, as JSON"


async def test_the_check_refuses_what_is_too_large_or_no_single_event(anybody: httpx.AsyncClient) -> None:
    too_large = json.dumps(EVENT | {"padding": "x" * 1024 * 1024}).encode()
    answer = await anybody.post(
        "/docs/publish/check", content=too_large, headers={"content-type": "application/cloudevents+json"}
    )
    assert answer.status_code == 413
    pasted = await anybody.post("/docs/publish/check", data={"event": too_large.decode()})
    assert "an event may have at most 1,048,576" in pasted.text
    many = await anybody.post(
        "/docs/publish/check", content=b"&".join([b"a=b"] * 50), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert many.status_code == 422
    batch = await anybody.post(
        "/docs/publish/check", content=b"[]", headers={"content-type": "application/cloudevents-batch+json"}
    )
    assert batch.status_code == 415


async def test_the_schemas_are_there_for_tools(anybody: httpx.AsyncClient) -> None:
    answer = await anybody.get(f"/docs/publish/schemas/{ATTENDED}.json")
    assert answer.json()["$id"] == f"urn:opportunity-desk:{ATTENDED}"
    for absent in ("registration.contact.changed.v1", "x", "..%2f..%2fsettings"):
        assert (await anybody.get(f"/docs/publish/schemas/{absent}.json")).status_code == 404
    assert (await anybody.get("/docs/publish/settings.py")).status_code == 404
