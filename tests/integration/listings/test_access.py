"""Who gets in at the listings service: what a key and an admin of one organization see and change, and who gets nowhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.answers import ok, refused
from support.copied_keys import copy_key, tell_key
from support.keys import bearer
from support.sessions import sign_in

ADA = {"name": "Ada", "email": "ada@example.org"}
HOST = ("organizations", "listings")


def offer(organization: str, **changes: Any) -> dict[str, Any]:
    return {"organization_id": organization, "title": "Plots in 3D", "capacity": 2} | changes


@pytest.fixture
def only_service() -> str:
    """Matching has a database, too."""
    return ""


@pytest.fixture
async def api(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """The service knows two organizations, each with a mentor, a draft and an open listing. Ada is the admin of one of them."""
    for id in ("acme", "zoo"):
        await ok(api.put(f"/organizations/{id}", json={"name": id}))
        await ok(api.put(f"/organizations/{id}/mentors/ada", json=ADA | {"admin": id == "acme", "contact": id == "zoo"}))
        for listing in (f"{id}-draft", f"{id}-open"):
            await ok(api.put(f"/listings/{listing}", json=offer(id)))
        await ok(api.post(f"/listings/{id}-open/publish"))
    return api


@pytest.fixture(params=["key", "admin"])
async def acme(api: httpx.AsyncClient, request: pytest.FixtureRequest) -> dict[str, str]:
    """The headers of who acts for the organization ``acme``: a key that is bound to it, or its admin, who is signed in."""
    if request.param == "key":
        return bearer(await copy_key("listings", HOST, organization_id="acme"))
    return await sign_in("listings", await person_of(api))


async def person_of(api: httpx.AsyncClient, mentor: str = "acme/mentors/ada") -> str:
    """The id of the person who is this mentor."""
    return str((await ok(api.get(f"/organizations/{mentor}")))["person_id"])


async def everything(api: httpx.AsyncClient) -> list[Any]:
    """All that the service shows of the organization that the key is not bound to."""
    paths = ("/organizations/zoo", "/organizations/zoo/mentors", "/listings/zoo-draft", "/listings/zoo-open")
    return [await ok(api.get(path)) for path in paths]


async def test_a_key_of_an_organization_changes_it_its_mentors_and_its_listings(
    api: httpx.AsyncClient, acme: dict[str, str]
) -> None:
    renamed = await ok(api.put("/organizations/acme", json={"name": "Acme & Co"}, headers=acme))
    assert (renamed["name"], renamed["approved"]) == ("Acme & Co", True)
    await ok(api.put("/organizations/acme/mentors/bob", json=ADA | {"name": "Bob"}, headers=acme))
    assert [one["id"] for one in (await ok(api.get("/organizations/acme/mentors", headers=acme)))["items"]] == ["ada", "bob"]
    await ok(api.delete("/organizations/acme/mentors/bob", headers=acme))
    made = await api.put("/listings/new", json=offer("acme"), headers=acme)
    assert made.status_code == 201
    assert (await ok(api.post("/listings/new/publish", headers=acme)))["status"] == "published"
    await ok(api.put("/listings/new", json=offer("acme", capacity=3), headers=acme))
    assert (await ok(api.post("/listings/new/close", headers=acme)))["status"] == "closed"


async def test_what_belongs_to_another_organization_does_not_exist_for_the_key(
    api: httpx.AsyncClient, acme: dict[str, str]
) -> None:
    before = await everything(api)
    for method, path, body in (
        ("GET", "/organizations/{}", None),
        ("PUT", "/organizations/{}", {"name": "Taken over"}),
        ("PUT", "/organizations/{}", {"name": "Taken over", "approved": True}),
        ("GET", "/organizations/{}/mentors", None),
        ("GET", "/organizations/{}/mentors/ada", None),
        ("PUT", "/organizations/{}/mentors/ada", ADA | {"email": "mallory@example.org"}),
        ("DELETE", "/organizations/{}/mentors/ada", None),
    ):
        answers = [await refused(api.request(method, path.format(id), json=body, headers=acme), 404) for id in ("zoo", "nobody")]
        assert answers[0].replace("zoo", "nobody") == answers[1], "what others have is answered as what is not there"
    for method, path, body in (
        ("GET", "/listings/zoo-draft", None),
        ("PUT", "/listings/zoo-draft", offer("acme")),
        ("PUT", "/listings/zoo-open", offer("acme", capacity=9)),
        ("POST", "/listings/zoo-draft/publish", None),
        ("POST", "/listings/zoo-open/close", None),
    ):
        detail = await refused(api.request(method, path, json=body, headers=acme), 404)
        assert detail == f"there is no listing {path.split('/')[2]!r}"
    assert await everything(api) == before


async def test_the_key_can_neither_add_an_organization_nor_write_in_another_s_name(
    api: httpx.AsyncClient, acme: dict[str, str]
) -> None:
    await refused(api.put("/organizations/new", json={"name": "New"}, headers=acme), 404)
    await refused(api.get("/organizations/new"), 404)
    for organization in ("zoo", "nobody"):
        for id in ("new", "acme-draft", "acme-open"):
            detail = await refused(api.put(f"/listings/{id}", json=offer(organization), headers=acme), 422, "organization_id")
            assert f"there is no organization {organization!r}" in detail
    await refused(api.get("/listings/new"), 404)
    assert (await ok(api.get("/listings/acme-open")))["organization_id"] == "acme"
    # A key whose organization is not there yet cannot add it.
    early = bearer(await copy_key("listings", HOST, organization_id="early"))
    await refused(api.put("/organizations/early", json={"name": "Early"}, headers=early), 404)
    await refused(api.put("/listings/new", json=offer("early"), headers=early), 422, "organization_id")


async def test_lists_show_the_key_only_what_is_its_organization_s(api: httpx.AsyncClient, acme: dict[str, str]) -> None:
    async def ids(path: str) -> list[str]:
        page = await ok(api.get(path, headers=acme))
        assert page["next"] is None
        return [one["id"] for one in page["items"]]

    assert await ids("/organizations") == await ids("/organizations?limit=1") == ["acme"]
    assert await ids("/organizations?after=acme") == []
    assert await ids("/listings") == await ids("/listings?organization_id=acme") == ["acme-draft", "acme-open"]
    assert await ids("/listings?status=published") == ["acme-open"]
    assert await ids("/listings?organization_id=zoo") == await ids("/listings?after=acme-open") == []
    assert len((await ok(api.get("/listings")))["items"]) == 4


async def test_only_an_operator_approves_organizations(api: httpx.AsyncClient, acme: dict[str, str]) -> None:
    await ok(api.put("/organizations/acme", json={"name": "Acme", "approved": False}))
    clerk = bearer(await copy_key("listings", ["organizations"]))
    for key in (acme, clerk):
        for approved in (True, False):
            detail = await refused(
                api.put("/organizations/acme", json={"name": "Acme", "approved": approved}, headers=key), 403, "approved"
            )
            assert "scope 'operator'" in detail
        changed = await ok(api.put("/organizations/acme", json={"name": f"Acme {key is acme}"}, headers=key))
        assert changed["approved"] is False, "it stays as it is"
    added = await ok(api.put("/organizations/new", json={"name": "New"}, headers=clerk))
    assert added["approved"] is False, "an operator has not seen it yet"
    assert (await ok(api.put("/organizations/new", json={"name": "New", "approved": True})))["approved"] is True
    # A key that is bound approves nothing, whatever scopes it came with.
    odd = bearer(await copy_key("listings", [*HOST, "operator"], organization_id="acme"))
    await refused(api.put("/organizations/acme", json={"name": "Acme", "approved": True}, headers=odd), 403, "approved")
    await refused(api.get("/statistics", headers=odd), 403)


ROUTES = {
    ("PUT", "/organizations/acme"): {"organizations"},
    ("GET", "/organizations/acme"): {"organizations", "listings"},
    ("GET", "/organizations"): {"organizations", "listings"},
    ("PUT", "/organizations/acme/mentors/ada"): {"organizations"},
    ("GET", "/organizations/acme/mentors/ada"): {"organizations"},
    ("GET", "/organizations/acme/mentors"): {"organizations"},
    ("DELETE", "/organizations/acme/mentors/nobody"): {"organizations"},
    ("POST", "/staff/erase"): {"operator"},
    ("PUT", "/listings/acme-open"): {"listings"},
    ("GET", "/listings/acme-open"): {"listings"},
    ("GET", "/listings"): {"listings"},
    ("POST", "/listings/acme-open/publish"): {"listings"},
    ("POST", "/listings/acme-open/close"): {"listings"},
    ("GET", "/statistics"): {"operator"},
}


OF_IDEAS = {
    ("PUT", "/attendees/a1/ideas/stars"): {"ideas"},
    ("GET", "/attendees/a1/ideas/stars"): {"ideas"},
    ("GET", "/attendees/a1/ideas"): {"ideas"},
    ("POST", "/attendees/a1/ideas/stars/withdraw"): {"ideas"},
    ("POST", "/attendees/a1/ideas/stars/agree"): {"ideas"},
    ("POST", "/attendees/a1/ideas/stars/decline"): {"ideas"},
    ("POST", "/attendees/a1/ideas/stars/give-way"): {"ideas"},
    ("GET", "/organizations/acme/ideas"): {"ideas"},
    ("GET", "/organizations/acme/ideas/i1"): {"ideas"},
    ("POST", "/organizations/acme/ideas/i1/ask"): {"ideas"},
    ("POST", "/organizations/acme/ideas/i1/take-back"): {"ideas"},
}


async def test_a_key_opens_only_what_its_scopes_say(api: httpx.AsyncClient) -> None:
    scopes = (
        "organizations",
        "listings",
        "ideas",
        "operator",
        "rounds",
        "rankings",
        "mails",
        "people",
        "keys",
        "a scope of tomorrow",
    )
    keys = {scope: bearer(await copy_key("listings", [scope])) for scope in scopes}
    conference = bearer(await copy_key("listings", HOST, conference_id="c1"))
    for (method, path), opening in (ROUTES | OF_IDEAS).items():
        # No body is right for those that take one: whoever gets in is told so.
        for scope, header in keys.items():
            answer = await api.request(method, path, json=[], headers=header)
            assert (answer.status_code == 403) == (scope not in opening), (method, path, scope, answer.text)
        assert (await api.request(method, path, json=[], headers=conference)).status_code == 403, (method, path)


async def test_what_is_no_valid_key_opens_nothing(api: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    good = await copy_key("listings", HOST)
    expired = await copy_key("listings", HOST, expires_at=now - timedelta(seconds=1))
    revoked = await copy_key("listings", HOST, revoked_at=now)
    elsewhere = await copy_key("matching")
    shown = [
        *("", "Bearer", "Bearer x", f"Basic {good}", f"Bearer {good[:-1]}", f"Bearer {good}x", f"Bearer {good.swapcase()}"),
        *(f"Bearer {key}" for key in (expired, revoked, elsewhere)),
    ]
    await ok(api.get("/listings", headers=bearer(good)))
    for method, path in (("GET", "/listings"), ("PUT", "/organizations/new"), ("POST", "/listings/acme-draft/publish")):
        for authorization in shown:
            answer = await api.request(method, path, json={"name": "New"}, headers={"authorization": authorization})
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), authorization
    # Revoked in use; an older event that comes again does not bring it back.
    await tell_key("listings", good, version=2, scopes=[*HOST], revoked_at=now)
    await tell_key("listings", good, version=1, scopes=[*HOST])
    assert "revoked" in await refused(api.get("/listings", headers=bearer(good)), 401)


async def test_nobody_but_admins_and_operators_gets_in_by_a_session(api: httpx.AsyncClient) -> None:
    await ok(api.put("/organizations/acme/mentors/cora", json={"name": "Cora", "email": "cora@example.org", "contact": True}))
    await ok(api.put("/organizations/acme/mentors/mina", json={"name": "Mina", "email": "mina@example.org"}))
    contact = await sign_in("listings", await person_of(api, "acme/mentors/cora"))
    mentor = await sign_in("listings", await person_of(api, "acme/mentors/mina"))
    attendee = await sign_in("listings", "0" * 32)
    admin = await sign_in("listings", await person_of(api))
    for (method, path), scopes in ROUTES.items():
        for who in (contact, mentor, attendee) if "operator" not in scopes else (contact, mentor, attendee, admin):
            answer = await api.request(method, path, json=[], headers=who)
            assert answer.status_code == 403, (method, path, answer.text)
            assert "'operator'" in answer.json()["detail"]
    # An operator does what the key with all scopes does.
    operator = await sign_in("listings", "1" * 32, operator=True)
    assert (await ok(api.put("/organizations/new", json={"name": "New"}, headers=operator)))["approved"] is True
    assert (await ok(api.get("/statistics", headers=operator)))["organizations"] == 3
    await ok(api.post("/listings/acme-open/close", headers=operator))


async def test_a_role_ends_with_the_post_at_the_next_request(api: httpx.AsyncClient) -> None:
    person, path = await person_of(api), "/organizations/acme/mentors/ada"
    ada = await sign_in("listings", person)
    for ending in (
        api.put(path, json=ADA),
        api.put(path, json=ADA | {"admin": True, "email": "bob@example.org"}),
        api.delete(path),
    ):
        await ok(api.put(path, json=ADA | {"admin": True}))
        await ok(api.get("/organizations/acme", headers=ada))
        assert (await ending).is_success
        assert "'admin'" in await refused(api.get("/organizations/acme", headers=ada), 403)
        assert "'admin'" in await refused(api.put(path, json=ADA | {"admin": True}, headers=ada), 403)


async def test_an_admin_names_others_for_their_organization_only(api: httpx.AsyncClient) -> None:
    ada, path = await sign_in("listings", await person_of(api)), "/organizations/acme/mentors/bob"
    await ok(api.put(path, json={"name": "Bob", "email": "bob@example.org", "admin": True}, headers=ada))
    bob = await sign_in("listings", await person_of(api, "acme/mentors/bob"))
    await ok(api.put("/listings/new", json=offer("acme"), headers=bob))
    await refused(api.put("/organizations/zoo/mentors/bob", json=ADA | {"admin": True}, headers=bob), 404)
    # Whoever is an admin of both, by two addresses that are one person, sees both.
    await ok(api.put("/organizations/zoo/mentors/zoe", json={"name": "Zoe", "email": "zoe@example.org", "admin": True}))
    both = await sign_in("listings", await person_of(api, "zoo/mentors/zoe"), await person_of(api, "acme/mentors/bob"))
    items = (await ok(api.get("/organizations", headers=both)))["items"]
    assert [one["id"] for one in items] == ["acme", "zoo"]
    items = (await ok(api.get("/listings?organization_id=zoo", headers=both)))["items"]
    assert {one["organization_id"] for one in items} == {"zoo"}
    await refused(api.put("/organizations/new", json={"name": "New"}, headers=both), 404)
