"""Every route of every service, tried by everybody who may not use it.

Nobody, each kind of key that is not enough, sessions that are not valid, and people with each role that is not enough, or that is
for another attendee, conference or organization.
"""

import asyncio
import importlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import bson
import httpx
import pytest
from fastapi import FastAPI

from registration.keys.domain import Key
from registration.keys.repository import Keys
from shared.contract.topics import SERVICES
from shared.database.mongo import Database
from shared.web.access.copies import KeyCopies
from shared.web.access.guard import NeedsKey, NeedsKeyOrSession, Public
from shared.web.access.keys import digest, generate, text
from shared.web.access.roles import ROLES, Grant, Role
from shared.web.access.routes import RouteNeeds, routes_of
from shared.web.access.scopes import SCOPES, Scope
from support.copied_keys import key_changed
from support.databases import apply
from support.keys import bearer
from support.schemas import minimal
from support.services import settings_of
from support.sessions import SIGNING_KEY, GrantsInMemory, another_key, cookie, end, past, session_of, sign_in

NOW: Final = datetime(2026, 7, 8, tzinfo=UTC)
PAST: Final = datetime.now(UTC) - timedelta(seconds=1)
EVERYTHING: Final = frozenset(SCOPES)
MALFORMED: Final = {
    "nobody": {},
    "an empty key": {"authorization": "Bearer "},
    "no key": {"authorization": "Bearer null"},
    "another scheme": {"authorization": "Basic b2RrOm9kaw=="},
    "another system's token": {"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
}


class Keyring:
    """Makes keys in the service's database, also such as registration would not issue."""

    def __init__(self, service: str, database: Database) -> None:
        self._database = database
        self._registration = Keys(database.db) if service == "registration" else None
        self._copies = KeyCopies(database.db)

    async def make(self, scopes: frozenset[Scope], **changes: Any) -> dict[str, str]:
        """The header of a request with a new key."""
        id, secret = generate()
        shown = text(id, secret)
        if keys := self._registration:
            fields = {"id": id, "scopes": scopes, "digest": digest(secret), **changes}
            key = Key(name="matrix", attendee_id="a" * 32, events_per_minute=10_000, created_at=NOW, **fields)
            await self._database.transact(lambda tx: keys.add(key, tx))
        else:
            await apply(self._database, self._copies.apply, key_changed(shown, scopes=sorted(scopes), **changes))
        return bearer(shown)


@pytest.fixture(params=SERVICES)
async def service(request: pytest.FixtureRequest, environment: dict[str, str]) -> str:
    """Each service's name, in turn."""
    return str(request.param)


@pytest.fixture
def app(service: str) -> FastAPI:
    """The service's app. It is not started: whoever is refused does not get as far as what starts."""
    made: FastAPI = importlib.import_module(f"{service}.main").create_app(settings_of(service)())
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


@pytest.fixture
async def keyring(service: str, environment: dict[str, str]) -> AsyncIterator[Keyring]:
    database = Database(service, settings_of(service)())
    yield Keyring(service, database)
    database.close()


def guarded(app: FastAPI) -> list[tuple[RouteNeeds, NeedsKey]]:
    """The routes that need a key."""
    return [(route, route.needs) for route in routes_of(app) if isinstance(route.needs, NeedsKey)]


async def ask(client: httpx.AsyncClient, route: RouteNeeds, headers: dict[str, str], body: Any = None) -> httpx.Response:
    # Commands are asked for the version that their client saw; whoever may not give them never gets as far as its check.
    headers = {"if-match": '"1"'} | headers
    return await client.request(route.method, re.sub(r"\{[^}]+\}", "0" * 32, route.path), headers=headers, json=body)


def for_people(app: FastAPI) -> list[tuple[RouteNeeds, NeedsKeyOrSession]]:
    """The routes that take sessions."""
    return [(route, needs) for route, needs in guarded(app) if isinstance(needs, NeedsKeyOrSession)]


def with_roles(app: FastAPI, **grants: list[Grant]) -> None:
    """Have the service know the roles of people, whatever its own data say."""
    [guard] = {needs.guard for _, needs in guarded(app)}
    guard.grants = GrantsInMemory(**grants)


OWN_LISTS = {"/my/matches/{listing_id}/show-again"}
"""Pages on which people change a list of their own, which need not have what they name."""


def is_page(app: FastAPI, route: RouteNeeds) -> bool:
    """Whether the route answers people with a page: such are not described for programs."""
    return re.sub(r":\w+}", "}", route.path) not in app.openapi()["paths"]


def body_of(app: FastAPI, route: RouteNeeds) -> Any:
    """The least that the route takes as JSON, by its own description; None if it takes none, as pages do."""
    document = app.openapi()
    operation = document["paths"].get(re.sub(r":\w+}", "}", route.path), {}).get(route.method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    return minimal(content["application/json"]["schema"], document) if "application/json" in content else None


async def test_openapi_shows_which_routes_need_a_key(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    needs = {(route.method.lower(), re.sub(r":\w+}", "}", route.path)): route.needs for route in routes_of(app)}
    for path, operations in paths.items():
        for method, operation in operations.items():
            need = needs[method, path]
            assert need is not None, f"{method} {path} is in no table"
            security = operation.get("security", [])
            assert ({"key": []} in security) == isinstance(need, NeedsKey), (method, path)
            assert ({"session": []} in security) == isinstance(need, NeedsKeyOrSession), (method, path)


async def test_whoever_has_no_valid_key_is_refused_at_every_route(
    app: FastAPI, client: httpx.AsyncClient, keyring: Keyring
) -> None:
    valid = (await keyring.make(EVERYTHING))["authorization"]
    headers = MALFORMED | {
        "a truncated key": {"authorization": valid[:-1]},
        "a key with another end": {"authorization": valid[:-1] + ("A" if valid[-1] != "A" else "B")},
        "a key in small letters": {"authorization": f"Bearer {valid[7:].lower()}"},
        "an unknown key": bearer(text(*generate())),
        "a known id with another secret": bearer(text(valid[11:23], generate()[1])),
        "a revoked key": await keyring.make(EVERYTHING, revoked_at=PAST),
        "an expired key": await keyring.make(EVERYTHING, expires_at=PAST),
    }
    routes = guarded(app)
    assert routes
    for route, _ in routes:
        for who, header in headers.items():
            answer = await ask(client, route, header)
            assert answer.status_code == 401, (who, route.method, route.path, answer.text)
            assert "Bearer" in answer.headers["www-authenticate"]
            assert answer.json()["status"] == 401


async def test_a_key_opens_no_route_by_any_scope_but_those_that_the_route_names(
    app: FastAPI, client: httpx.AsyncClient, keyring: Keyring
) -> None:
    keys = dict(zip(SCOPES, await asyncio.gather(*(keyring.make(frozenset({scope})) for scope in SCOPES)), strict=True))
    for route, needs in guarded(app):
        for scope in SCOPES:
            if scope not in needs.scopes:
                answer = await ask(client, route, keys[scope])
                assert answer.status_code == 403, (scope, route.method, route.path, answer.text)
                assert repr(needs.scopes[0]) in answer.json()["detail"]


async def test_a_bound_key_opens_no_route_that_does_not_check_what_it_is_bound_to(
    app: FastAPI, client: httpx.AsyncClient, keyring: Keyring
) -> None:
    of_conference, of_organization = (
        await keyring.make(EVERYTHING, conference_id="c1"),
        await keyring.make(EVERYTHING, organization_id="o1"),
    )
    for route, needs in guarded(app):
        for key, taken in ((of_conference, needs.conference), (of_organization, needs.organization)):
            if not taken:
                answer = await ask(client, route, key)
                assert answer.status_code == 403, (route.method, route.path, answer.text)
                assert "not bound to" in answer.json()["detail"]


async def test_a_session_opens_no_route_for_keys_and_one_that_is_not_valid_opens_none(
    app: FastAPI, client: httpx.AsyncClient, service: str
) -> None:
    grants = [Grant(role, "0" * 32) for role in ROLES]
    with_roles(app, everybody=grants, stranger=grants)
    ended = session_of("everybody", operator=True)
    await end(service, ended)
    valid = await sign_in(service, "everybody", operator=True)
    sessions = {
        "ended": cookie(ended),
        "expired": cookie(past(session_of("everybody", operator=True))),
        "signed by an unknown key": cookie(session_of("everybody", operator=True), another_key()),
        "signed by another key of the same name": cookie(
            session_of("everybody", operator=True), another_key(SIGNING_KEY.public.id)
        ),
        "cut off": {"cookie": valid["cookie"][:-4]},
        "empty": {"cookie": "__Host-session="},
    }
    for route, needs in guarded(app):
        refused = sessions if isinstance(needs, NeedsKeyOrSession) else sessions | {"for keys": valid}
        for session, headers in refused.items():
            answer = await ask(client, route, headers)
            assert answer.status_code == 401, (session, route.method, route.path, answer.text)


async def test_a_role_opens_no_route_but_its_own(app: FastAPI, client: httpx.AsyncClient, service: str) -> None:
    # Each has one role only, for that which the routes are asked for. An attendee is everybody.
    with_roles(app, **{role: [Grant(role, "0" * 32)] for role in ROLES if ROLES[role].bound_to not in (None, "attendee")})
    roles: list[Role | str] = [*ROLES, "nobody"]
    headers = {role: await sign_in(service, role, operator=role == "operator") for role in roles}
    for route, needs in for_people(app):
        if "attendee" not in needs.roles:
            for role in roles:
                if role not in needs.roles:
                    answer = await ask(client, route, headers[role])
                    assert answer.status_code == 403, (role, route.method, route.path, answer.text)
                    assert repr(needs.roles[0]) in answer.json()["detail"]


async def test_a_role_for_another_thing_reaches_nothing(app: FastAPI, client: httpx.AsyncClient, service: str) -> None:
    with_roles(app, **{role: [Grant(role, "of-others")] for role in ROLES if ROLES[role].bound_to not in (None, "attendee")})
    for route, needs in for_people(app):
        body = body_of(app, route)
        for role in needs.roles:
            if ROLES[role].bound_to is not None:
                answer = await ask(client, route, await sign_in(service, role), body)
                said = (role, route.method, route.path, body, answer.text)
                if is_page(app, route) and ("{" not in route.path or route.path in OWN_LISTS):
                    continue  # of whoever asks: it names nothing of others
                if is_page(app, route) and route.method == "POST":
                    assert answer.status_code in (403, 404, 422), said
                elif answer.status_code == 200:  # a list of what is theirs: nothing here
                    assert answer.json()["items"] == [], said
                else:  # with 422, what the body names does not exist for them
                    assert answer.status_code in ((403, 404) if body is None else (403, 404, 422)), said


async def test_each_change_of_a_known_caller_is_in_the_audit_without_addresses_and_bodies(
    app: FastAPI, keyring: Keyring, service: str
) -> None:
    address = "ada.secret@uni.example"
    changes = [route for route, _ in guarded(app) if route.method != "GET"]
    callers = {
        "with no scope": await keyring.make(frozenset()),
        "with all scopes": await keyring.make(EVERYTHING),
        "revoked": await keyring.make(EVERYTHING, revoked_at=PAST),
    }
    strangers = [{}, bearer(text(*generate())), bearer("null")]
    in_process = httpx.ASGITransport(app, raise_app_exceptions=False)  # of what was not started, some things fail
    statuses: dict[tuple[str, str, str], int] = {}
    async with httpx.AsyncClient(transport=in_process, base_url="http://localhost") as client:
        for route in changes:
            path = re.sub(r"\{[^}]+\}", "0" * 32, re.sub(r"\{\w+\}", address, route.path))
            for headers in (*callers.values(), *strangers):
                answer = await client.request(route.method, path, headers=headers, json={"email": address})
                if headers in callers.values():
                    statuses[headers["authorization"][11:23], route.method, route.path] = answer.status_code
                else:
                    assert answer.status_code == 401
    database = Database(service, settings_of(service)())
    found = await database.db["audit"].find({}).to_list()
    database.close()
    assert {(each["key_id"], each["method"], each["route"]): each["status"] for each in found} == statuses
    assert len(found) == len(changes) * len(callers)
    assert {401, 403} <= set(statuses.values())
    assert address.partition("@")[0].encode() not in bson.encode({"found": found})
    assert {each["person_id"] for each in found} == {""}


async def test_only_scopes_that_may_be_bound_are_taken_from_bound_keys(app: FastAPI) -> None:
    for route, needs in guarded(app):
        if needs.conference:
            assert any(SCOPES[scope].conference for scope in needs.scopes), route
        if needs.organization:
            assert any(SCOPES[scope].organization for scope in needs.scopes), route


async def test_public_routes_say_why(app: FastAPI) -> None:
    for route in routes_of(app):
        assert route.needs is not None
        if isinstance(route.needs, Public):
            assert len(route.needs.why) > 10, route.path


async def test_whoever_has_no_valid_key_is_told_nothing_of_a_body_and_has_none_read(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    in_json = {"content-type": "application/json"}
    bodies: dict[str, tuple[bytes, dict[str, str]]] = {
        "no JSON": (b"{", in_json),
        "no UTF-8": (b'"\xff"', in_json),
        "nested deeply": (b"[" * 100_000, in_json),
        "too many fields": (b'{"a":1,' * 40_000, in_json),
        "another form": (b"null", in_json),
        "no content type": (b"{}", {}),
        "another content type": (b"{}", {"content-type": "text/plain"}),
        "compressed": (b"{}", in_json | {"content-encoding": "gzip"}),
        "too large": (b"{}", in_json | {"content-length": str(2**40)}),
        "of an odd length": (b"{}", in_json | {"content-length": "-1"}),
    }
    read: list[str] = []

    async def sent(what: str, body: bytes) -> AsyncIterator[bytes]:
        read.append(what)
        yield body

    for route, _ in guarded(app):
        path = re.sub(r"\{[^}]+\}", "0" * 32, route.path)
        expected = await client.request(route.method, path)
        assert expected.status_code == 401
        for what, (body, headers) in bodies.items():
            answer = await client.request(route.method, path, content=sent(what, body), headers=headers)
            assert (answer.status_code, answer.text) == (401, expected.text), (what, route.method, route.path)
            assert not read, (what, route.method, route.path)


async def test_no_folder_is_listed(client: httpx.AsyncClient) -> None:
    for path in ("/", "/static-offline-docs", "/static-offline-docs/", "/docs/publish/schemas/"):
        answer = await client.get(path)
        assert answer.status_code in (307, 404), (path, answer.text)
        assert "swagger-ui" not in answer.text
