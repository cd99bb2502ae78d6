"""Polling on real servers: page after page, resumed where it was, each change once."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web

from registration.main import create_app
from registration.settings import Settings
from shared.database.mongo import Database
from support.connections import until_facts
from support.keys import documents
from support.patience import PATIENCE
from support.payloads import indico_registration, pretix_order, pretix_position, scan
from support.serving import serving
from support.systems import Remote, after, remote, status

FORM = "/api/checkin/event/1/forms/3/registrations/"
OTHER_FORM = "/api/checkin/event/1/forms/4/registrations/"
EVENT = "/api/v1/organizers/acmecorp/events/democon"
PAGE = 5


@pytest.fixture
async def system() -> AsyncIterator[Remote]:
    async with remote() as system:
        yield system


async def connect(api: httpx.AsyncClient, name: str, system: Remote, id: str = "c", **spec: Any) -> None:
    options = {"indico": {"event": "1", "form": "3"}, "pretix": {"organizer": "acmecorp", "event": "democon"}}[name]
    body = {
        "system": name,
        "conference_id": "conf",
        "api_url": system.url,
        "api_token": "t0ken",
        "poll_minutes": 1,
        "options": options,
    }
    answer = await api.put(f"/connections/{id}", json=body | spec)
    assert answer.status_code in (200, 201), answer.text


async def polled(api: httpx.AsyncClient, after: datetime, id: str = "c") -> dict[str, Any]:
    """The connection's status, once a poll has ended after this time."""
    async with asyncio.timeout(PATIENCE):
        while True:
            shown: dict[str, Any] = (await api.get(f"/connections/{id}/status")).json()
            if shown["polled_at"] and datetime.fromisoformat(shown["polled_at"]) > after:
                return shown
            await asyncio.sleep(0.05)


async def poll_again(api: httpx.AsyncClient, database: Database) -> dict[str, Any]:
    """Have the connection polled now, and not only when its minutes are over."""
    began = datetime.now(UTC)
    await database.db["progress"].update_one({"_id": "c", "claim": ""}, {"$set": {"due_at": began}})
    return await polled(api, began)


def attendees(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [indico_registration(n, email=f"a{n}@example.org", **changes) for n in range(count)]


async def test_indicos_registrations_come_in_change_and_go(api: httpx.AsyncClient, system: Remote, database: Database) -> None:
    began = datetime.now(UTC)
    system.answers[FORM] = attendees(250)
    await connect(api, "indico", system)
    assert (await polled(api, began))["problem"] == ""
    await until_facts(api, standing=250)
    assert system.authorizations == {"Bearer t0ken"}

    objects = database.db["objects"]
    before = [document["parts"] async for document in objects.find()]
    await poll_again(api, database)  # nothing has changed
    assert [document["parts"] async for document in objects.find()] == before
    await until_facts(api, standing=250)

    changed = attendees(250)
    changed[0] |= {"email": "corrected@example.org"}
    changed[1] |= {"state": "withdrawn"}
    changed[2] |= {"checked_in": False, "checked_in_dt": None}
    system.answers[FORM] = changed[:-1]  # the last one is deleted
    await poll_again(api, database)
    await until_facts(api, standing=247, reverted=4)
    assert (await api.get("/attendees", params={"email": "corrected@example.org"})).status_code == 200
    assert "a249@" not in str([document async for document in objects.find({"object_id": "registration/249"})])

    system.answers[FORM] = attendees(250)  # and back again
    await poll_again(api, database)
    await until_facts(api, standing=250, reverted=5)


async def test_who_did_not_come_is_not_kept(api: httpx.AsyncClient, system: Remote) -> None:
    began = datetime.now(UTC)
    system.answers[FORM] = attendees(20, checked_in=False)
    await connect(api, "indico", system)
    await polled(api, began)
    held = await documents(dict(os.environ))
    assert not held.get("objects")


class Pretix:
    """A pretix whose check-ins are listed in pages, the oldest first."""

    def __init__(self, system: Remote, scans: int) -> None:
        self.system = system
        self.created: list[str] = []
        self.annulled: set[int] = set()
        self.fail_at: int | None = None
        """The page that is answered with an error, once."""
        system.answers[f"{EVENT}/checkins/"] = self.page
        for _ in range(scans):
            self.scan()

    def scan(self) -> None:
        number = len(self.created) + 1
        at = (datetime(2026, 5, 1, 8, tzinfo=UTC) + timedelta(minutes=20 * number)).isoformat()
        self.created.append(at)
        self.system.answers[f"{EVENT}/orderpositions/{number}/"] = pretix_position(
            scan(number, at), id=number, order=f"O{number}"
        )

    async def page(self, request: web.Request) -> web.StreamResponse:
        number, since = int(request.query["page"]), request.query.get("created_since", "")
        assert request.query["ordering"] == "created"
        if self.fail_at == number:
            self.fail_at = None
            return web.Response(status=500)
        every = [
            {"id": n, "position": n, "successful": n not in self.annulled, "created": at, "list": 44}
            for n, at in enumerate(self.created, 1)
            if at >= since
        ]
        shown, more = every[(number - 1) * PAGE : number * PAGE], len(every) > number * PAGE
        return web.json_response({"count": len(every), "next": "https://evil.example.org/" if more else None, "results": shown})

    def pages(self) -> list[str]:
        """The pages asked for since the last time."""
        asked = [one for one in self.system.asked if "/checkins/" in one]
        self.system.asked.clear()
        return asked


async def test_pretix_check_ins_are_filled_in_page_after_page_and_then_only_what_is_new(
    api: httpx.AsyncClient, system: Remote, database: Database
) -> None:
    began, pretix = datetime.now(UTC), Pretix(system, 12)
    await connect(api, "pretix", system)
    await polled(api, began)
    await until_facts(api, standing=12)
    assert len(pretix.pages()) == 3
    pretix.scan()
    await poll_again(api, database)
    await until_facts(api, standing=13)
    fetched = [one.partition("?")[0] for one in system.asked if "checkins" not in one]
    assert fetched == [f"{EVENT}/orderpositions/13/", f"{EVENT}/orders/O13/"]
    assert len(pretix.pages()) == 1


async def test_the_attendance_of_a_check_in_goes_that_is_annulled_after_it_was_polled(
    api: httpx.AsyncClient, system: Remote, database: Database
) -> None:
    began, pretix = datetime.now(UTC), Pretix(system, 2)
    await connect(api, "pretix", system)
    await polled(api, began)
    await until_facts(api, standing=2)
    pretix.annulled.add(2)
    system.answers[f"{EVENT}/orderpositions/2/"] = pretix_position(id=2, order="O2")
    await poll_again(api, database)
    await until_facts(api, standing=1, reverted=1)


async def test_a_check_in_of_an_order_that_is_cancelled_since_is_none(api: httpx.AsyncClient, system: Remote) -> None:
    began, pretix = datetime.now(UTC), Pretix(system, 4)
    for number, changes in ((1, {"status": "c"}), (2, {"testmode": True}), (3, {"status": "n"})):
        position = system.answers[f"{EVENT}/orderpositions/{number}/"]
        system.answers[f"{EVENT}/orders/O{number}/"] = pretix_order(position, code=f"O{number}", **changes)
    await connect(api, "pretix", system)
    await polled(api, began)
    await until_facts(api, standing=2)
    assert len(pretix.pages()) == 1


async def test_a_poll_that_fails_goes_on_with_the_page_it_was_at(api: httpx.AsyncClient, system: Remote) -> None:
    began, pretix = datetime.now(UTC), Pretix(system, 12)
    pretix.fail_at = 2
    await connect(api, "pretix", system)
    await polled(api, began)
    await until_facts(api, standing=12)
    assert [one.partition("page=")[2] for one in pretix.pages()] == ["1", "2", "2", "3"]
    assert (await api.get("/connections/c/status")).json()["problem"] == ""


async def test_a_poll_whose_instance_died_is_resumed_by_another(
    api: httpx.AsyncClient, system: Remote, database: Database
) -> None:
    began, pretix = datetime.now(UTC), Pretix(system, 12)
    # As a crash leaves it, two pages done: leased by somebody who will never end it.
    cursor: dict[str, Any] = {"page": 3, "since": None, "seen": {}, "newest": pretix.created[9]}
    lease: dict[str, Any] = {"claim": "dead", "due_at": datetime.now(UTC) + timedelta(seconds=2), "cursor": cursor, "failures": 0}
    await database.db["progress"].insert_one({"_id": "c"} | lease)
    await connect(api, "pretix", system)
    async with serving(create_app(Settings())):
        await polled(api, began)
        await until_facts(api, standing=2)
        assert [one.partition("page=")[2] for one in pretix.pages()] == ["3"]


async def test_of_two_instances_one_polls(api: httpx.AsyncClient, system: Remote) -> None:
    began = datetime.now(UTC)
    system.answers[FORM] = after(1, attendees(3))
    async with serving(create_app(Settings())):
        await connect(api, "indico", system)
        await polled(api, began)
        await until_facts(api, standing=3)
    assert len(system.asked) == 1


async def test_what_keeps_a_poll_from_its_end_is_shown_until_it_is_mended(api: httpx.AsyncClient, system: Remote) -> None:
    began = datetime.now(UTC)
    system.answers[FORM] = status(401)
    await connect(api, "indico", system)
    for answer, problem in ((status(401), "401"), ({"not": "a list"}, "cannot be read")):
        system.answers[FORM] = answer
        async with asyncio.timeout(PATIENCE):
            while problem not in (await api.get("/connections/c/status")).json()["problem"]:
                await asyncio.sleep(0.05)
    system.answers[FORM] = attendees(1)
    await until_facts(api, standing=1)
    shown = await polled(api, began)
    assert shown["problem"] == ""
    assert datetime.fromisoformat(shown["next_poll_at"]) > datetime.fromisoformat(shown["polled_at"])


async def test_a_disabled_connection_is_not_polled(api: httpx.AsyncClient, system: Remote, database: Database) -> None:
    began = datetime.now(UTC)
    system.answers[FORM] = attendees(1)
    await connect(api, "indico", system)
    await polled(api, began)
    await api.delete("/connections/c")
    asked = len(system.asked)
    await database.db["progress"].update_one({"_id": "c"}, {"$set": {"due_at": began}})
    system.answers[OTHER_FORM] = attendees(1)
    await connect(api, "indico", system, "other", options={"event": "1", "form": "4"})
    await polled(api, began, "other")  # the other one was due for longer
    assert [one.partition("?")[0] for one in system.asked[asked:]] == [OTHER_FORM]
