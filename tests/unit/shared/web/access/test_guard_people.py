"""The guard and people who are signed in, without servers: which role opens which route, for what, and who is sent away."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any, get_args
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import Depends, FastAPI

from shared.database.recent import COMMITS
from shared.web import error_handlers
from shared.web.access.callers import Caller, PersonCaller, person, scopes_for
from shared.web.access.guard import Guard, NeedsKey, NeedsKeyOrSession
from shared.web.access.keys import ApiKey, Refused
from shared.web.access.roles import ROLES, Grant, Role, opening
from shared.web.access.routes import check, routes_of
from shared.web.access.scopes import SCOPES
from shared.web.access.sessions import LIFETIME
from shared.web.access.signed_in import People
from support.access import KeysInMemory
from support.keys import bearer
from support.sessions import SIGNING_KEY, GrantsInMemory, SessionsInMemory, another_key, cookie, past, session_of

PAGE = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
PEOPLE = {
    "olga": [Grant("organizer", "c1"), Grant("organizer", "c3")],
    "adam": [Grant("admin", "o1")],
    "cora": [Grant("contact", "o1")],
    "mina": [Grant("mentor", "o1")],
    "both": [Grant("organizer", "c1"), Grant("admin", "o1")],
    "nobody": [],
}


def app_of(guard: Guard) -> FastAPI:
    """An app with a route for each kind of thing, and one that takes keys alone."""
    app = FastAPI()
    error_handlers.install(app)

    @app.get("/conferences/{id}")
    async def conference(
        id: str, caller: Annotated[Caller, Depends(guard("rounds", "rankings", conference=True, people=True))]
    ) -> str:
        guard.owner(caller, "conference", id, conference_id=id)
        return caller.id

    @app.get("/organizations/{id}")
    @app.post("/organizations/{id}")
    async def organization(
        id: str, caller: Annotated[Caller, Depends(guard("organizations", organization=True, people=True))]
    ) -> str:
        guard.organization(caller, id)
        return caller.id

    @app.get("/listings/{id}")
    async def listing(
        id: str, caller: Annotated[Caller, Depends(guard("rankings", "rounds", conference=True, organization=True, people=True))]
    ) -> str:
        guard.owner(caller, "listing", id, conference_id=f"c{id}", organization_id=f"o{id}")
        return caller.id

    @app.get("/attendees/{id}")
    async def attendee(id: str, caller: Annotated[Caller, Depends(guard("rankings", attendee=True, people=True))]) -> str:
        guard.owner(caller, "attendee", id, attendee_id=id)
        return caller.id

    @app.get("/me")
    async def me(caller: Annotated[Caller, Depends(guard("me", attendee=True, people=True))]) -> list[str]:
        assert caller.attendee_ids is not None
        return sorted(caller.attendee_ids)

    @app.get("/page")
    async def page(caller: Annotated[Caller, Depends(guard("insight", conference=True, browser=True, people=True))]) -> str:
        return caller.id

    @app.get("/unchecked")
    async def unchecked(caller: Annotated[Caller, Depends(guard("rounds", "organizations", "rankings", people=True))]) -> str:
        return caller.id

    @app.get("/keys")
    async def keys(key: Annotated[ApiKey, Depends(guard("rounds", conference=True))]) -> str:
        return key.id

    return app


@pytest.fixture
def sessions() -> SessionsInMemory:
    return SessionsInMemory()


@pytest.fixture
def keys() -> KeysInMemory:
    return KeysInMemory()


@pytest.fixture
async def client(keys: KeysInMemory, sessions: SessionsInMemory) -> AsyncIterator[httpx.AsyncClient]:
    app = app_of(Guard(keys, people=People(sessions), grants=GrantsInMemory(**PEOPLE)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "statuses"),
    [  # olga (organizer of c1 and c3), adam (admin of o1), cora (contact), mina (mentor), both, nobody, an operator
        ("/conferences/c1", (200, 403, 403, 403, 200, 403, 200)),
        ("/conferences/c3", (200, 403, 403, 403, 404, 403, 200)),
        ("/conferences/c2", (404, 403, 403, 403, 404, 403, 200)),
        ("/conferences/o1", (404, 403, 403, 403, 404, 403, 200)),
        ("/organizations/o1", (403, 200, 403, 403, 200, 403, 200)),
        ("/organizations/o2", (403, 403, 403, 403, 403, 403, 200)),
        ("/organizations/c1", (403, 403, 403, 403, 403, 403, 200)),
        ("/listings/1", (200, 200, 200, 403, 200, 403, 200)),
        ("/listings/3", (200, 404, 404, 403, 404, 403, 200)),
        ("/attendees/adam", (404, 200, 404, 404, 404, 404, 200)),
        ("/unchecked", (403, 403, 403, 403, 403, 403, 200)),
        ("/page", (200, 403, 403, 403, 200, 403, 200)),
        ("/keys", (401, 401, 401, 401, 401, 401, 401)),
    ],
)
async def test_a_role_opens_its_routes_for_what_it_is_bound_to(
    client: httpx.AsyncClient, path: str, statuses: tuple[int, ...]
) -> None:
    signed_in = [session_of(name) for name in PEOPLE] + [session_of("omar", operator=True)]
    answers = [await client.get(path, headers=cookie(session)) for session in signed_in]
    assert tuple(answer.status_code for answer in answers) == statuses
    for answer, session in zip(answers, signed_in, strict=True):
        assert answer.status_code != 200 or answer.json() == session.id


async def test_roles_are_looked_up_once_and_only_where_one_of_them_opens_the_route(
    keys: KeysInMemory, sessions: SessionsInMemory
) -> None:
    grants = GrantsInMemory(**PEOPLE)
    app = app_of(Guard(keys, people=People(sessions), grants=grants))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        for path, asked in (("/conferences/c1", 1), ("/me", 1), ("/attendees/olga", 1), ("/unchecked", 1), ("/page", 2)):
            COMMITS.count += 1  # after which nothing that was read before holds
            await client.get(path, headers=cookie(session_of("olga")))
            assert grants.asked == asked, path
        await client.get("/conferences/c1", headers=cookie(session_of("olga")) | bearer(keys.give()))
        assert grants.asked == 2


async def test_roles_that_were_found_hold_until_this_process_changes_something(
    keys: KeysInMemory, sessions: SessionsInMemory
) -> None:
    grants = GrantsInMemory(**PEOPLE)
    app = app_of(Guard(keys, people=People(sessions), grants=grants))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        for _ in range(2):
            assert (await client.get("/conferences/c1", headers=cookie(session_of("olga")))).status_code == 200
        assert grants.asked == 1
        del grants.by_person["olga"]
        COMMITS.count += 1
        assert (await client.get("/conferences/c1", headers=cookie(session_of("olga")))).status_code == 403


async def test_somebody_signed_in_is_told_which_role_is_missing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/organizations/o1", headers=cookie(session_of("olga")))
    assert answer.json()["detail"] == "this needs the role 'admin' or 'operator', which you do not have here"
    answer = await client.get("/page", headers=PAGE | cookie(session_of("nobody")))
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "organizer" in answer.text


async def test_a_person_acts_as_each_of_their_ids_and_an_operator_is_no_other_attendee(client: httpx.AsyncClient) -> None:
    merged = cookie(session_of("nobody", "olga", "adam"))
    for path in ("/conferences/c1", "/organizations/o1", "/attendees/olga", "/attendees/adam"):
        assert (await client.get(path, headers=merged)).status_code == 200
    assert (await client.get("/me", headers=merged)).json() == ["adam", "nobody", "olga"]
    assert (await client.get("/me", headers=cookie(session_of("omar", operator=True)))).json() == ["omar"]


async def test_a_session_that_is_not_valid_opens_nothing(client: httpx.AsyncClient, sessions: SessionsInMemory) -> None:
    olga, other, forged = session_of("olga"), another_key(), another_key(SIGNING_KEY.public.id)
    good = cookie(olga)
    assert (await client.get("/conferences/c1", headers=good)).status_code == 200
    sessions.ended.add(olga.id)
    for headers in (
        good,
        cookie(past(session_of("olga"))),
        cookie(session_of("olga"), other),
        cookie(session_of("olga"), forged),
        cookie(session_of("omar", operator=True), forged),
        cookie(replace(session_of("olga"), ends_at=olga.ends_at + LIFETIME)),
        {"cookie": cookie(session_of("olga"))["cookie"].replace("__Host-", "")},
        {"authorization": f"Bearer {cookie(session_of('olga'))['cookie'].partition('=')[2]}"},
        {},
    ):
        answer = await client.get("/conferences/c1", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), headers


async def test_a_key_wins_over_a_session(client: httpx.AsyncClient, keys: KeysInMemory) -> None:
    olga = {"cookie": cookie(session_of("olga"))["cookie"]}
    for shown, status in (
        (keys.give(), 200),
        (keys.give(["mails"]), 403),
        (keys.give(conference_id="c2"), 404),
        (keys.give()[:-1], 401),
        ("nonsense", 401),
    ):
        answer = await client.get("/conferences/c1", headers=olga | bearer(shown))
        assert answer.status_code == status
        if status == 200:
            assert answer.json() == shown.split("_")[1]


@pytest.mark.parametrize("path", ["/conferences/c1?a=b", "/page"])
async def test_browsers_without_a_session_are_sent_to_sign_in_and_back(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=PAGE)
    assert answer.status_code == 303
    location = urlsplit(answer.headers["location"])
    assert (location.netloc, location.path, parse_qs(location.query)) == ("", "/sign-in", {"next": [path]})


async def test_a_page_for_people_still_takes_a_key_as_a_password(client: httpx.AsyncClient, keys: KeysInMemory) -> None:
    assert (await client.get("/page", auth=("", keys.give(["insight"])), headers=PAGE)).status_code == 200
    answer = await client.get("/page", auth=("", keys.give(["insight"])[:-1]), headers=PAGE)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


async def test_without_people_nobody_is_signed_in(keys: KeysInMemory) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(Guard(keys))), base_url="http://desk") as client:
        for session in (session_of("olga"), session_of("omar", operator=True)):
            assert (await client.get("/conferences/c1", headers=cookie(session))).status_code == 401


def test_the_routes_say_which_roles_open_them_and_openapi_shows_both_ways() -> None:
    app = app_of(Guard(KeysInMemory()))
    check(app)
    needs = {route.path: route.needs for route in routes_of(app)}
    roles = {path: need.roles for path, need in needs.items() if isinstance(need, NeedsKey)}
    assert roles == {
        "/conferences/{id}": ["organizer", "operator"],
        "/organizations/{id}": ["admin", "operator"],
        "/listings/{id}": ["organizer", "admin", "contact", "operator"],
        "/attendees/{id}": ["attendee", "operator"],
        "/me": ["attendee"],
        "/page": ["organizer", "operator"],
        "/unchecked": ["operator"],
        "/keys": [],
    }
    assert {path for path, need in needs.items() if isinstance(need, NeedsKeyOrSession)} == set(roles) - {"/keys"}
    shown = {path: operations["get"]["security"] for path, operations in app.openapi()["paths"].items()}
    assert shown.pop("/keys") == [{"key": []}]
    assert all(security == [{"key": []}, {"session": []}] for security in shown.values())


@pytest.mark.parametrize("kinds", [{}, {"conference": True, "organization": True}])
def test_a_route_for_people_that_no_role_opens_is_a_mistake(kinds: dict[str, Any]) -> None:
    guard = Guard(KeysInMemory())
    for scope in ("me", "keys"):
        with pytest.raises(ValueError, match=f"no role opens {scope}"):
            guard(scope, people=True, **kinds)


def test_the_table_has_every_role_and_only_operators_are_unbound() -> None:
    assert set(ROLES) == set(get_args(Role))
    assert [role for role, info in ROLES.items() if info.bound_to is None] == ["operator"]
    assert ROLES["operator"].scopes == set(SCOPES) - {"keys", "me"}
    assert ROLES["mentor"].scopes == {"placements", "nominations"}
    assert opening(["keys"], ["attendee", "conference", "organization"]) == []


def test_a_person_is_bound_in_every_way_but_an_operator_in_none() -> None:
    session = session_of("both")
    bound = person(session, [*PEOPLE["both"], Grant("mentor", "o2"), Grant("contact", "o3")], ["rounds"], ["conference"])
    assert bound == PersonCaller(
        session=session,
        roles=frozenset({"organizer"}),
        scopes=ROLES["organizer"].scopes,
        grants=frozenset({Grant("organizer", "c1")}),
        conference_ids=frozenset({"c1"}),
    )
    for check_one in (bound.check_organization, bound.check_attendee):
        for id in ("o1", "o2", "both", None):
            with pytest.raises(Refused):
                check_one(id)
    with pytest.raises(Refused, match="conference None"):
        bound.check_conference(None)
    with pytest.raises(Refused):
        bound.check_owner()
    operator = person(session, [Grant("operator"), *PEOPLE["both"]], ["rounds"], ["conference"])
    assert operator.conference_ids is operator.organization_ids is operator.attendee_ids is None
    operator.check_owner()
    assert scopes_for(operator, "o1") == ROLES["operator"].scopes
    with pytest.raises(Refused, match="'organizer' or 'operator'"):
        person(session, [Grant("admin", "c1"), Grant("attendee", "c1")], ["rounds"], ["conference"])


def test_what_somebody_may_do_is_told_apart_by_host() -> None:
    grants = [Grant("mentor", "o1"), Grant("contact", "o2")]
    caller = person(session_of("both"), grants, ["placements"], ["organization"])
    assert "applications" in caller.scopes
    assert scopes_for(caller, "o1") == ROLES["mentor"].scopes
    assert scopes_for(caller, "o2") == ROLES["contact"].scopes
    assert not scopes_for(caller, "o3")
