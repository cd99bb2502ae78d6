"""The guard without servers: who gets through which route, and how the others are answered."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from pymongo.errors import ConnectionFailure
from starlette.responses import PlainTextResponse

from shared.web import error_handlers
from shared.web.access.guard import Guard, NeedsKey, Public, public
from shared.web.access.keys import ApiKey, digest, text
from shared.web.access.router import Router
from shared.web.access.routes import DOCUMENTATION, Undeclared, check, routes_of
from shared.web.access.scopes import EVERY, SCOPES, Scope, known, scopes_of

ID, SECRET = "4Jq0ZbT7xVwK", "0123456789abcdefghijklmnopqrstuv"
KEY = ApiKey(id=ID, scopes=frozenset({"rounds"}), digest=digest(SECRET))
SHOWN = text(ID, SECRET)


class Keys:
    """Keys in memory; counts how often it is asked."""

    def __init__(self) -> None:
        self.key: ApiKey | None = KEY
        self.asked = 0

    async def get(self, id: str, /) -> ApiKey | None:
        self.asked += 1
        return self.key if self.key and self.key.id == id else None


def app_of(guard: Guard) -> FastAPI:
    """An app with a route of each kind."""
    app, router, inner = FastAPIOffline(), APIRouter(prefix="/outer"), APIRouter(prefix="/inner")
    error_handlers.install(app)

    @inner.get("/rounds")
    async def rounds(key: Annotated[ApiKey, Depends(guard("rounds", "insight"))]) -> str:
        return key.id

    @inner.get("/conferences/{id}")
    async def conference(id: str, key: Annotated[ApiKey, Depends(guard("rounds", conference=True))]) -> str:
        guard.conference(key, id)
        return key.id

    @inner.get("/organizations/{id}")
    async def organization(id: str, key: Annotated[ApiKey, Depends(guard("rounds", organization=True))]) -> str:
        guard.organization(key, id)
        return key.id

    @inner.get("/things/{id}")
    async def thing(id: str, key: Annotated[ApiKey, Depends(guard("rounds", conference=True, organization=True))]) -> str:
        guard.owner(key, "thing", id, conference_id="c1", organization_id=None)
        return key.id

    @inner.api_route("/page", methods=["GET", "POST"])
    async def page(key: Annotated[ApiKey, Depends(guard("rounds", browser=True))]) -> str:
        return key.id

    @inner.get("/open", dependencies=[Depends(public("everybody may know"))])
    async def everybody() -> str:
        return "open"

    router.include_router(inner)
    app.include_router(router)
    return app


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def client(keys: Keys) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_of(Guard(keys)))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk/outer/inner") as client:
        yield client


async def ask(client: httpx.AsyncClient, path: str, shown: str = SHOWN) -> httpx.Response:
    return await client.get(path, headers={"authorization": f"Bearer {shown}"})


async def test_a_valid_key_opens_its_routes_and_is_looked_up_once_for_each_request(client: httpx.AsyncClient, keys: Keys) -> None:
    for asked in (1, 2):
        answer = await ask(client, "/rounds")
        assert (answer.status_code, answer.json()) == (200, ID)
        assert keys.asked == asked


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "a key is needed"),
        (f"Basic {SHOWN}", "a key is needed"),
        (SHOWN, "a key is needed"),
        ("Bearer ", "a key is needed"),
        (f"Bearer {SHOWN[:-1]}", "not a complete API key"),
        (f"Bearer {SHOWN.upper()}", "not a complete API key"),
        (f"Bearer {text(ID, SECRET[::-1])}", "is not known"),
        (f"Bearer {text(ID[::-1], SECRET)}", "is not known"),
        (f"Bearer {text('9sD2mLcE5aYu', SECRET[::-1])}", "is not known"),
        (f"Bearer {digest(SECRET).hex()}", "not a complete API key"),
    ],
)
async def test_whoever_shows_no_valid_key_gets_401(client: httpx.AsyncClient, header: str, reason: str) -> None:
    answer = await client.get("/rounds", headers={"authorization": header} if header else {})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert re.search(reason, answer.json()["detail"])
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"revoked_at": datetime(2020, 1, 1, tzinfo=UTC)}, 401, "revoked"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, 401, "expired"),
        ({"expires_at": datetime(2099, 1, 1, tzinfo=UTC)}, 200, ""),
        ({"digest": b""}, 401, "not known"),
        ({"scopes": frozenset({"insight"})}, 200, ""),
        ({"scopes": frozenset({"operator", "mails"})}, 403, "'rounds' or 'insight'; this one has: mails, operator"),
        ({"scopes": frozenset()}, 403, "'rounds' or 'insight'"),
        ({"conference_id": "c1"}, 403, "not bound to a conference"),
        ({"organization_id": "o1"}, 403, "not bound to an organization"),
    ],
)
async def test_a_key_opens_no_more_than_it_is_for(
    client: httpx.AsyncClient, keys: Keys, changes: dict[str, Any], status: int, reason: str
) -> None:
    keys.key = replace(KEY, **changes)
    answer = await ask(client, "/rounds")
    assert answer.status_code == status
    assert reason in answer.text


@pytest.mark.parametrize(
    ("path", "statuses"),
    [  # unbound, bound to a conference, to an organization, to both
        ("/conferences/c1", (200, 200, 403, 403)),
        ("/conferences/c2", (200, 403, 403, 403)),
        ("/organizations/o1", (200, 403, 200, 403)),
        ("/organizations/o2", (200, 403, 403, 403)),
        ("/things/t1", (200, 200, 404, 404)),  # it belongs to no organization
    ],
)
async def test_a_bound_key_acts_for_its_conference_or_organization_only(
    client: httpx.AsyncClient, keys: Keys, path: str, statuses: tuple[int, ...]
) -> None:
    bindings: tuple[dict[str, Any], ...] = (
        {},
        {"conference_id": "c1"},
        {"organization_id": "o1"},
        {"conference_id": "c1", "organization_id": "o1"},
    )
    got = []
    for binding in bindings:
        keys.key = replace(KEY, **binding)
        got.append((await ask(client, path)).status_code)
    assert tuple(got) == statuses


async def test_a_page_takes_the_key_as_a_password_and_only_to_read(client: httpx.AsyncClient) -> None:
    def basic(password: str) -> dict[str, str]:
        return {"authorization": f"Basic {b64encode(f'anybody:{password}'.encode()).decode()}"}

    assert (await client.get("/page", headers=basic(SHOWN))).json() == ID
    assert (await ask(client, "/page")).json() == ID
    for headers in (basic(SHOWN[:-1]), basic(""), {"authorization": "Basic ="}, {"authorization": "Basic /w=="}, {}):
        answer = await client.get("/page", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
    # Another site's page can make a browser send it along with a form.
    for method, path in (("POST", "/page"), ("GET", "/rounds")):
        answer = await client.request(method, path, headers=basic(SHOWN))
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_public_route_needs_no_key_and_asks_for_none(client: httpx.AsyncClient, keys: Keys) -> None:
    assert (await client.get("/open")).json() == "open"
    assert (await ask(client, "/open", "nonsense")).status_code == 200
    assert keys.asked == 0


async def test_the_use_of_a_valid_key_is_told_and_of_others_not() -> None:
    used = []

    async def on_use(key: ApiKey, _: datetime) -> None:
        used.append(key.id)

    transport = httpx.ASGITransport(app_of(Guard(Keys(), on_use)))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk/outer/inner") as client:
        await ask(client, "/rounds", text(ID, SECRET[::-1]))
        assert used == []
        await ask(client, "/rounds")
    assert used == [ID]


def test_a_guard_for_no_scope_or_an_unknown_one_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="none was given"):
        Guard(Keys())()
    with pytest.raises(ValueError, match="not a scope: round"):
        Guard(Keys())("round")  # type: ignore[arg-type]


def test_what_each_route_needs_is_read_from_its_dependencies_and_from_those_of_its_routers() -> None:
    needs = {route.path: route.needs for route in routes_of(app_of(Guard(Keys())))}
    rounds, conference = needs["/outer/inner/rounds"], needs["/outer/inner/conferences/{id}"]
    assert isinstance(rounds, NeedsKey)
    assert (rounds.scopes, rounds.conference, rounds.organization) == (("rounds", "insight"), False, False)
    assert isinstance(conference, NeedsKey)
    assert (conference.conference, conference.organization) == (True, False)
    assert isinstance(everybody := needs["/outer/inner/open"], Public)
    assert everybody.why == "everybody may know"
    assert {path for path, need in needs.items() if need is DOCUMENTATION} == {
        "/openapi.json",
        "/docs",
        "/docs/oauth2-redirect",
        "/redoc",
        "/static-offline-docs",
    }


def nothing() -> str:
    """An endpoint."""
    return ""


def test_an_app_is_complete_when_each_route_declares_one_need() -> None:
    check(app_of(Guard(Keys())))


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_an_app_with_a_route_that_declares_nothing_is_refused_however_deep(depth: int) -> None:
    app, router = app_of(Guard(Keys())), APIRouter()
    router.add_api_route("/forgotten", nothing, methods=["POST"], include_in_schema=False)
    for _ in range(depth):
        outer = APIRouter(prefix="/outer")
        outer.include_router(router)
        router = outer
    app.include_router(router)
    with pytest.raises(Undeclared, match=rf"POST (/outer){{{depth}}}/forgotten"):
        check(app)


def test_a_route_that_declares_two_needs_is_refused() -> None:
    app = app_of(Guard(Keys()))
    app.add_api_route("/both", nothing, dependencies=[Depends(Guard(Keys())("rounds")), Depends(public("why"))])
    with pytest.raises(Undeclared, match="GET /both"):
        check(app)


def test_routes_that_are_not_fastapis_are_refused() -> None:
    plain, mounted = app_of(Guard(Keys())), app_of(Guard(Keys()))
    plain.add_route("/plain", lambda _: PlainTextResponse(""))
    mounted.mount("/mounted", FastAPI())
    for app, path in ((plain, "GET /plain"), (mounted, r"\* /mounted")):
        with pytest.raises(Undeclared, match=path):
            check(app)


def test_the_table_has_every_scope_and_each_service_has_some() -> None:
    assert set(SCOPES) == set(get_args(Scope))
    assert all(scopes_of(service) > {"operator"} for service in EVERY)
    every = {"rounds", "rankings", "placements", "recommendations", "applications", "nominations", "insight", "operator"}
    assert scopes_of("matching") == every


def test_unknown_scopes_open_nothing() -> None:
    assert known(["rounds", "of later days", "Rounds"]) == {"rounds"}


class Told(BaseModel):
    name: str


async def unread() -> AsyncIterator[bytes]:
    """A body that must not be read."""
    pytest.fail("the body is read before the guard has let anybody in")
    yield b""


@pytest.mark.parametrize("shown", ["", text(ID, SECRET[::-1])])
async def test_a_body_is_not_read_before_the_guard_lets_somebody_in(keys: Keys, shown: str) -> None:
    app, guard = FastAPI(), Guard(keys)
    error_handlers.install(app)
    told = Router(prefix="/told", dependencies=[Depends(guard("rounds"))])

    @told.put("")
    async def tell(told: Told) -> str:
        return told.name

    app.include_router(told)
    check(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        headers = {"authorization": f"Bearer {shown}", "content-type": "application/json"}
        refused = await client.put("/told", content=unread(), headers=headers)
        assert refused.status_code == 401
        asked = keys.asked
        headers["authorization"] = f"Bearer {SHOWN}"
        assert (await client.put("/told", content=b"{", headers=headers)).status_code == 422
        assert (await client.put("/told", json={"name": "x"}, headers=headers)).json() == "x"
        assert keys.asked == asked + 2


async def test_a_guard_that_cannot_find_out_lets_nobody_in() -> None:
    class Away:
        async def get(self, id: str, /) -> ApiKey | None:
            raise ConnectionFailure("the database is away")

    app, told = FastAPI(), Router()
    error_handlers.install(app)
    told.put("/told", dependencies=[Depends(Guard(Away())("rounds"))])(nothing)
    app.include_router(told)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        answer = await client.put("/told", headers={"authorization": f"Bearer {SHOWN}"})
    assert answer.status_code == 503


async def test_an_app_whose_bodies_are_read_before_the_guard_is_asked_is_refused(keys: Keys) -> None:
    async def tell(told: Told) -> None: ...

    guard = Depends(Guard(keys)("rounds"))
    for router, with_route, with_router in ((APIRouter(), [guard], []), (Router(), [], [guard])):
        app = FastAPIOffline()
        router.add_api_route("/told", tell, methods=["PUT"], dependencies=with_route)
        app.include_router(router, dependencies=with_router)
        with pytest.raises(Undeclared, match="/told"):
            check(app)
