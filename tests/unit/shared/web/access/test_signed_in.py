"""Who is signed in, without servers: the cookie of a request, the way to the page for signing in, and back."""

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import ada_url
import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI

from shared.web import error_handlers
from shared.web.access.routes import routes_of
from shared.web.access.sessions import COOKIE, SignInSession, signed
from shared.web.access.signed_in import LONGEST_PATH, NeedsSession, People, own_path
from support.sessions import SIGNING_KEY, SessionsInMemory, cookie, session_of

SESSION = session_of("ada")
PAGE = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def known() -> SessionsInMemory:
    return SessionsInMemory()


@pytest.fixture
async def client(known: SessionsInMemory) -> AsyncIterator[httpx.AsyncClient]:
    people, router = People(known), APIRouter()
    signed_in = people.signed_in()

    @router.get("/mine")
    @router.post("/mine")
    async def mine(session: Annotated[SignInSession, Depends(signed_in)]) -> str:
        return session.person_id

    app = FastAPI()
    error_handlers.install(app)
    app.include_router(router)
    [first, *_] = [route.needs for route in routes_of(app) if route.path == "/mine"]
    assert isinstance(first, NeedsSession)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        yield client


async def test_a_session_says_who_asks(client: httpx.AsyncClient) -> None:
    answer = await client.get("/mine", headers=cookie(SESSION))
    assert (answer.status_code, answer.json()) == (200, "ada")


async def test_a_session_that_ended_says_nothing(client: httpx.AsyncClient, known: SessionsInMemory) -> None:
    known.ended.add(SESSION.id)
    assert (await client.get("/mine", headers=cookie(SESSION))).status_code == 401


async def test_a_key_that_is_not_known_signs_nobody_in(client: httpx.AsyncClient, known: SessionsInMemory) -> None:
    known.keys.clear()
    assert (await client.get("/mine", headers=cookie(SESSION))).status_code == 401


@pytest.mark.parametrize("name", ["session", "__Secure-session", "__host-session", "__Host-session2"])
async def test_a_cookie_of_another_name_is_not_read(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get("/mine", headers={"cookie": f"{name}={signed(SESSION, SIGNING_KEY)}"})).status_code == 401


async def test_a_session_is_read_from_the_cookie_alone(client: httpx.AsyncClient) -> None:
    token = signed(SESSION, SIGNING_KEY)
    assert (await client.get("/mine", headers={"authorization": f"Bearer {token}"})).status_code == 401
    assert (await client.get(f"/mine?{COOKIE}={token}")).status_code == 401


async def test_programs_are_told_to_sign_in_and_how(client: httpx.AsyncClient) -> None:
    answer = await client.get("/mine")
    assert (answer.status_code, answer.json()["detail"]) == (401, "sign in first")
    assert answer.headers["www-authenticate"] == 'Cookie form-action="/sign-in", cookie-name="__Host-session"'


async def test_browsers_are_sent_to_sign_in_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/mine?a=b&c=d", headers=PAGE)
    assert answer.status_code == 303
    location = urlsplit(answer.headers["location"])
    assert (location.scheme, location.netloc, location.path) == ("", "", "/sign-in")
    assert parse_qs(location.query) == {"next": ["/mine?a=b&c=d"]}
    part = await client.get("/mine", headers=PAGE | {"hx-request": "true"})
    assert part.status_code == 401, "the page for signing in does not take the place of a part of a page"


async def test_what_a_form_would_have_done_is_not_come_back_to(client: httpx.AsyncClient) -> None:
    answer = await client.post("/mine", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


OWN = [
    "/",
    "/account",
    "/a/b?c=d&e=%2F%2Fevil.example",
    "/a#b",
    "/@evil.example",
    "/a//b",
    "/a:b",
    "/%5C%5Cevil.example",
    "/./..//x",
]
ELSEWHERE = [
    "",
    "account",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/a\\b",
    "https://evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil.example",
    ".evil.example",
    "?next=//evil.example",
    "/é",
    "/\u2044evil.example",
    "/\uff0fevil.example",
    "/\0",
    "/\x7f",
    "/" + "a" * LONGEST_PATH,
]


@pytest.mark.parametrize("path", OWN)
def test_a_path_of_this_site_stays_here(path: str) -> None:
    assert own_path(path) == path
    assert ada_url.URL(path, base="https://desk.example.org/sign-in").origin == "https://desk.example.org"


@pytest.mark.parametrize("path", ELSEWHERE)
def test_what_could_lead_elsewhere_is_left_out(path: str) -> None:
    assert own_path(path) == ""
