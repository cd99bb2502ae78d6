"""A host invites somebody who suits a listing to apply: who can be invited, how often, and what each side learns."""

import json
import re
from typing import Any

import httpx
import pytest

from matching.invitations.domain import PER_SEAT
from support.answers import ok, refused
from support.host_desk import TODAY, Applying, Desk, Desks
from support.kafka import Kafka
from support.patience import until
from support.published import publish_listing, publish_profile
from support.sessions import sign_in

CANDIDATES = "/listings/stars/candidates"
PYTHON = [{"kind": "skill", "term": "Python", "declared": True, "level": 4, "evidence": []}]


async def shown(api: httpx.AsyncClient, listing: str = "stars") -> list[dict[str, Any]]:
    """Those whom the host of the listing sees."""
    items: list[dict[str, Any]] = (await ok(api.get(f"/listings/{listing}/candidates")))["items"]
    return items


@pytest.fixture
async def ada(api: httpx.AsyncClient) -> str:
    """What ada is called for ``stars``; she alone agreed to be shown."""
    await until(lambda: shown(api))
    [only] = await shown(api)
    return str(only["id"])


async def invite(api: httpx.AsyncClient, candidate: str, listing: str = "stars") -> httpx.Response:
    return await api.put(f"/listings/{listing}/candidates/{candidate}/invitation")


async def test_a_host_invites_once_and_learns_no_name(api: httpx.AsyncClient, kafka: Kafka, ada: str, desk_of: Desks) -> None:
    cora = await desk_of("cora")
    await cora.open("/desk/o1/candidates?listing=stars")
    page = await cora.send(f"/candidates/stars/{ada}/invite?page=1")
    assert "They are invited to apply" in page
    assert "Invited" in page
    assert not cora.has(f"/{ada}/invite?page=1")
    assert not re.search(r"\bada\b", json.dumps(await shown(api)).lower())
    again = await invite(api, ada)
    assert again.status_code == 200
    [event] = await kafka.events("matching.invitations")
    assert event | {"invitation_id": ""} == {
        "invitation_id": "",
        "version": 1,
        "attendee_id": "ada",
        "listing_id": "stars",
        "organization_id": "o1",
    }
    [own] = await ok(api.get("/attendees/ada/invitations"))
    assert (own["listing_id"], own["organization_id"]) == ("stars", "o1")


async def test_it_is_the_attendee_s_turn_until_they_apply_or_hide_it(
    api: httpx.AsyncClient, ada: str, desk_of: Desks, apply: Applying
) -> None:
    await ok(invite(api, ada))
    attendee = await desk_of("ada")
    assert "invites you to apply" in await attendee.open("/my")
    assert "learns it only if you apply" in await attendee.open("/my/matches/stars")
    await attendee.send("/my/matches/stars/hide")
    assert "invites you to apply" not in await attendee.open("/my")
    await attendee.open("/my/matches/stars")
    await attendee.send("/my/matches/stars/show-again")
    assert "invites you to apply" in await attendee.open("/my")
    await apply("ada")
    assert "invites you to apply" not in await attendee.open("/my")


async def test_nobody_is_invited_who_hid_it_has_applied_or_is_not_shown(
    api: httpx.AsyncClient, kafka: Kafka, ada: str, desk_of: Desks, apply: Applying
) -> None:
    [other] = [one["id"] for one in await shown(api, "maps")]
    assert other != ada, "nobody can be followed from listing to listing"
    await refused(invite(api, other), 404)
    attendee = await desk_of("ada")
    await attendee.open("/my/matches/stars")
    await attendee.send("/my/matches/stars/hide")
    await refused(invite(api, ada), 404)
    cora = await desk_of("cora")
    assert "They are no longer shown to you" in await cora.post(f"/desk/o1/candidates/stars/{ada}/invite", {}, 409)
    await cora.post(f"/desk/o1/candidates/other/{ada}/invite", {}, 404)
    await apply("ada", "maps")
    answer = await invite(api, other, "maps")
    assert answer.status_code in (404, 409), "404 once the list is made again"
    await publish_profile(kafka, "ada", 2, conference_ids=["c1"], interests=PYTHON, sharing_consent=False)

    async def gone() -> bool:
        return not await shown(api)

    await until(gone)
    await refused(invite(api, ada), 404)


async def test_a_host_sees_whoever_allows_it_and_nobody_who_excludes_it(api: httpx.AsyncClient, kafka: Kafka, ada: str) -> None:
    at = "2026-07-08T10:00:00Z"
    for version, sharing, host, agreed in ((2, True, "o1", False), (3, False, "o1", True), (4, False, "o2", True)):
        said = [{"organization_id": host, "agreed": agreed, "at": at}]
        await publish_profile(
            kafka, "ada", version, conference_ids=["c1"], interests=PYTHON, sharing_consent=sharing, host_consents=said
        )
        expected = [ada] if host == "o1" and agreed else []

        async def as_said(expected: list[str] = expected) -> bool:
            return [one["id"] for one in await shown(api)] == expected

        await until(as_said)
        if not expected:
            await refused(invite(api, ada), 404)


async def test_hosts_invite_so_many_and_others_nobody(api: httpx.AsyncClient, kafka: Kafka, ada: str) -> None:
    for header in (await sign_in("matching", "zoe"), await sign_in("matching", "mina"), await sign_in("matching", "ada")):
        answer = await api.put(f"{CANDIDATES}/{ada}/invitation", headers=header | {"origin": str(api.base_url)})
        assert answer.status_code in (403, 404), answer.text
    many = [f"p{number}" for number in range(PER_SEAT + 1)]
    for id in many:
        await publish_profile(kafka, id, conference_ids=["c1"], interests=PYTHON, sharing_consent=True)
    times = {"starts": str(TODAY), "ends": str(TODAY), "hours_per_week": 20}
    await publish_listing(kafka, "one", organization_id="o1", conditions=times, capacity=1, skills=["python"], title="One seat")

    async def all_shown() -> bool:
        answer = await api.get("/listings/one/candidates")
        return answer.is_success and len(answer.json()["items"]) > len(many)

    await until(all_shown)
    found = [one["id"] for one in await shown(api, "one")]
    for id in found[:PER_SEAT]:
        await ok(invite(api, id, "one"))
    await refused(invite(api, found[PER_SEAT], "one"), 409)
    assert (await invite(api, found[0], "one")).status_code == 200, "again, it changes nothing"


async def test_an_erasure_deletes_invitations_everywhere(api: httpx.AsyncClient, kafka: Kafka, ada: str) -> None:
    await ok(invite(api, ada))
    await kafka.send("registration.profiles", None, key="ada")

    async def erased() -> bool:
        return not await ok(api.get("/attendees/ada/invitations"))

    await until(erased)
    sent = await kafka.read("matching.invitations", count=2)
    assert [bool(record.value) for record in sent] == [True, False]


async def test_a_closed_listing_has_no_button(kafka: Kafka, ada: str, desk_of: Desks) -> None:
    cora: Desk = await desk_of("cora")
    await publish_listing(kafka, "stars", 2, organization_id="o1", capacity=2, skills=["python"], title="Map", approved=False)

    async def closed() -> bool:
        page = await cora.open("/desk/o1/candidates?listing=stars")
        return "Invite to apply" not in page

    await until(closed)
    await cora.post(f"/desk/o1/candidates/stars/{ada}/invite", {}, 409)
