"""Who sees ideas and acts on them: hosts of the same conference for themselves, and attendees for themselves."""

import httpx
import pytest

from support.answers import ok, refused
from support.copied_keys import copy_key
from support.ideas import ADA, BOB, IDEA, STARS, command, proposed
from support.keys import bearer
from support.sessions import sign_in

pytestmark = pytest.mark.usefixtures("often", "four_hosts")


async def test_hosts_see_ideas_of_their_own_conferences_only_and_once_they_are_approved(api: httpx.AsyncClient) -> None:
    idea = await proposed(api, conference_ids=["c1", "c2"])
    for host, sees in (("acme", True), ("beta", True), ("new", False), ("far", False)):
        items = (await ok(api.get(f"/organizations/{host}/ideas")))["items"]
        assert [one["id"] for one in items] == [idea["id"]] * sees, host
        assert all(one["conference_ids"] == ["c1"] for one in items), "the other is no business of theirs"
        if not sees:
            path = f"/organizations/{host}/ideas/{idea['id']}"
            detail = await refused(api.get(path), 404)
            assert detail == f"there is no idea {idea['id']!r}" == await refused(command(api, f"{path}/ask", 1), 404)
    assert (await ok(api.get("/organizations/acme/ideas", params={"conference_id": "c2"})))["items"] == []
    await ok(command(api, f"{STARS}/withdraw"))
    assert (await ok(api.get("/organizations/acme/ideas")))["items"] == []
    await refused(api.get(f"/organizations/acme/ideas/{idea['id']}"), 404)


@pytest.fixture(params=["key", "admin"])
async def acme(api: httpx.AsyncClient, request: pytest.FixtureRequest) -> dict[str, str]:
    """The headers of who acts for the organization ``acme``: a key that is bound to it, or its admin, who is signed in."""
    if request.param == "key":
        return bearer(await copy_key("listings", ["ideas"], organization_id="acme"))
    mentor = "/organizations/acme/mentors/mel"
    await ok(api.put(mentor, json={"name": "Mel", "email": "mel@example.org", "admin": True}))
    return await sign_in("listings", (await ok(api.get(mentor)))["person_id"])


async def test_a_host_sees_and_asks_for_itself_only(api: httpx.AsyncClient, acme: dict[str, str]) -> None:
    idea = await proposed(api)
    ask = f"/organizations/acme/ideas/{idea['id']}/ask"
    (seen,) = (await ok(api.get("/organizations/acme/ideas", headers=acme)))["items"]
    assert seen["id"] == idea["id"]
    await ok(api.post(ask, headers=acme | {"if-match": '"1"'}))
    for path in ("/organizations/beta/ideas", f"/organizations/beta/ideas/{idea['id']}", "/organizations/none/ideas"):
        await refused(api.get(path, headers=acme), 404)
    await refused(api.post(ask.replace("acme", "beta"), headers=acme | {"if-match": '"2"'}), 404)
    # Nor does it act for attendees.
    for method, path in (("GET", STARS), ("PUT", STARS), ("POST", f"{STARS}/withdraw"), ("GET", f"/attendees/{ADA}/ideas")):
        answer = await api.request(method, path, json=IDEA if method == "PUT" else None, headers=acme)
        assert answer.status_code in (403, 404), (method, path, answer.text)
    assert (await ok(api.get(STARS)))["state"] == "asked"


async def test_an_attendee_who_is_signed_in_proposes_for_themselves_only(api: httpx.AsyncClient) -> None:
    ada = await sign_in("listings", ADA)
    await ok(api.put(STARS, json=IDEA, headers=ada))
    idea = await ok(api.get(STARS, headers=ada))
    bob = await sign_in("listings", BOB)
    for method, path in (("GET", STARS), ("PUT", STARS), ("POST", f"{STARS}/withdraw"), ("GET", f"/attendees/{ADA}/ideas")):
        detail = await refused(api.request(method, path, json=IDEA if method == "PUT" else None, headers=bob), 404)
        assert detail == f"there is no attendee {ADA!r}"
    for path in ("/organizations/acme/ideas", f"/organizations/acme/ideas/{idea['id']}"):
        assert (await api.get(path, headers=ada)).status_code in (403, 404), "attendees do not read what others propose"
    await ok(command(api, f"/organizations/acme/ideas/{idea['id']}/ask", 1))
    agreed = await api.post(f"{STARS}/agree", json={"organization_id": "acme"}, headers=ada | {"if-match": '"2"'})
    assert agreed.json()["state"] == "adopted"
