"""People who are signed in see, change and erase what is known of them, and of nobody else."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from registration.settings import Settings
from shared.persons import person_id
from support.kafka import Kafka
from support.keys import bearer, make_key
from support.sessions import cookie, end, session_of, sign_in

CONFERENCE = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-14"}
AGREES = {"matching": True, "mail": True, "sharing": True}
ADA, ADA_AT_WORK, BOB = "ada@example.org", "ada@work.example", "bob@example.org"
READ = ("/me", "/me/profile", "/me/export")
CHANGES: dict[str, Any] = {
    "/me/consent": {"sharing": False},
    "/me/contact": {"name": "Ada L.", "time_zone": "Europe/Prague"},
    "/me/profile": {"skills": [{"term": "Python", "level": 4}]},
}


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


@pytest.fixture
async def ids(api: httpx.AsyncClient, kafka: Kafka) -> dict[str, str]:
    """The ids of three attendees, by their addresses."""
    for email in (ADA, ADA_AT_WORK, BOB):
        await kafka.attend("checked_in", {"conference_id": "c1", "attendee": {"email": email, "name": email, "consent": AGREES}})
    await kafka.no_lag("attendance.inbound", "registration")
    key: SecretStr = Settings().person_key
    return {email: person_id(email, key) for email in (ADA, ADA_AT_WORK, BOB)}


async def test_somebody_who_is_signed_in_sees_changes_and_erases_themselves_alone(
    api: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    ada = await sign_in("registration", ids[ADA])
    for path in READ:
        answer = await api.get(path, headers=ada)
        assert answer.status_code == 200, (path, answer.text)
        assert BOB not in answer.text
        assert answer.headers["cache-control"] == "no-store"
    for path, body in CHANGES.items():
        assert (await api.put(path, json=body, headers=ada)).status_code == 200, path
    me = (await api.get("/me", headers=ada)).json()
    assert (me["id"], me["email"], me["name"], me["skills"]) == (ids[ADA], ADA, "Ada L.", ["Python"])
    assert me["consents"]["sharing"]["given"][0]["how"] == "the person, at /me"
    bob = (await api.get(f"/attendees/{ids[BOB]}")).json()
    assert (bob["name"], bob["skills"], bob["consents"]["sharing"]["agreed"]) == (BOB, [], True)
    # Nobody else's data, by whatever is said in the request.
    for query in ({"attendee_id": ids[BOB]}, {"id": ids[BOB]}, {"email": BOB}):
        assert (await api.get("/me", params=query, headers=ada)).json()["id"] == ids[ADA]
    for method, path in (
        ("GET", f"/attendees/{ids[ADA]}"),
        ("GET", f"/attendees/{ids[BOB]}/export"),
        ("DELETE", f"/attendees/{ids[BOB]}"),
        ("POST", f"/attendees/{ids[ADA]}/keys"),
    ):
        assert (await api.request(method, path, headers=ada)).status_code in (401, 403), path
    assert (await api.delete("/me", headers=ada)).status_code == 204
    assert (await api.get("/me", headers=ada)).status_code == 404
    assert (await api.get(f"/attendees/{ids[ADA]}")).status_code == 404
    assert (await api.get(f"/attendees/{ids[BOB]}")).status_code == 200


async def test_a_merged_person_is_themselves_by_any_of_their_ids(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    await api.put(f"/attendees/{ids[ADA_AT_WORK]}/merged-into", json={"attendee_id": ids[ADA]})
    await sign_in("registration", ids[ADA])
    for known in ([ids[ADA]], [ids[ADA_AT_WORK]], [ids[ADA], ids[ADA_AT_WORK]], ["staff-only", ids[ADA_AT_WORK]]):
        me = (await api.get("/me", headers=cookie(session_of(*known)))).json()
        assert (me["id"], me["merged"]) == (ids[ADA], [ids[ADA_AT_WORK]])
    assert (await api.get("/me", headers=cookie(session_of(ids[BOB])))).json()["id"] == ids[BOB]
    said = await api.put("/me/consent", json={"mail": False}, headers=cookie(session_of(ids[ADA_AT_WORK])))
    assert [one["attendee_id"] for one in said.json()["consents"]["mail"]["given"]] == [ids[ADA], ids[ADA_AT_WORK]]
    assert (await api.delete("/me", headers=cookie(session_of("staff-only", ids[ADA_AT_WORK])))).status_code == 204
    for id in (ids[ADA], ids[ADA_AT_WORK]):
        assert (await api.get(f"/attendees/{id}")).status_code == 404
        assert (await api.get("/me", headers=cookie(session_of(id)))).status_code == 404


async def test_whoever_is_no_attendee_has_nothing_to_see(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    staff = await sign_in("registration", "0" * 32)
    for path in READ:
        assert (await api.get(path, headers=staff)).status_code == 404, path
    for path, body in CHANGES.items():
        assert (await api.put(path, json=body, headers=staff)).status_code == 404, path
    assert (await api.delete("/me", headers=staff)).status_code == 404
    # An operator is somebody themselves, too, and by that nobody else.
    operator = cookie(session_of("0" * 32, operator=True))
    assert (await api.get("/me", headers=operator)).status_code == 404


async def test_a_session_that_ended_or_comes_from_another_site_opens_nothing(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    await sign_in("registration", ids[ADA])
    ended = session_of(ids[ADA])
    await end("registration", ended)
    for path in READ:
        assert (await api.get(path, headers=cookie(ended))).status_code == 401
    valid = cookie(session_of(ids[ADA]))
    for foreign in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert (await api.delete("/me", headers=valid | foreign)).status_code == 403
        assert (await api.put("/me/consent", json={"mail": False}, headers=valid | foreign)).status_code == 403
    assert (await api.get("/me", headers=valid)).json()["consents"]["mail"]["agreed"] is True
    page = await api.get("/me", headers=cookie(ended) | {"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fme")


async def test_a_key_of_ones_own_goes_on_opening_me_and_wins_over_a_session(api: httpx.AsyncClient, ids: dict[str, str]) -> None:
    own = bearer(await make_key(["me"], attendee_id=ids[ADA]))
    assert (await api.get("/me", headers=own)).json()["id"] == ids[ADA]
    await sign_in("registration", ids[BOB])
    assert (await api.get("/me", headers=cookie(session_of(ids[BOB])) | own)).json()["id"] == ids[ADA]
    assert (await api.get("/me", headers=bearer(await make_key(["people"])))).status_code == 403
