"""Pages as browsers get them: headers, language, assets, problems, forms after the session's end."""

import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

import httpx
import pytest
import pytest_asyncio
from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from shared.refusals import Conflict, NotFound
from shared.web import error_handlers
from shared.web.access.guard import public
from shared.web.access.sessions import SignInSession
from shared.web.access.signed_in import People
from shared.web.pages import design, problem_pages
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.pages import PageRouter, Pages
from shared.web.problems import Problem
from shared.wording.languages import LANGUAGES

BROWSER = {"accept": "text/html"}
FORM = BROWSER | {"content-type": "application/x-www-form-urlencoded"}


class Wanted(BaseModel):
    title: str = Field(max_length=10)
    hours: int = Field(le=60)


class Nobody:
    """There is no session, as none is signed by a key that is known."""

    async def key(self, id: str, /) -> None:
        return None

    async def has_ended(self, session: SignInSession, signing_key_id: str, /) -> bool:
        return True


def made() -> FastAPI:
    app, pages = FastAPI(), Pages("shared")
    error_handlers.install(app)
    problem_pages.install(app, pages)
    router = PageRouter()

    @router.get("/refused", dependencies=[Depends(public("a test"))])
    async def refuse(request: Request) -> HTMLResponse:
        return pages.page("design", request, form=Form().refused(Conflict("<b>100%</b> %s %(x)s")), steps=[])

    signed_in = People(Nobody()).signed_in()

    @router.post("/kept")
    async def keep(session: Annotated[SignInSession, Depends(signed_in)]) -> HTMLResponse:
        raise AssertionError("nobody is signed in")

    @router.post("/form", dependencies=[Depends(public("a test"))])
    async def check(request: Request) -> HTMLResponse:
        form = await read_form(request)
        try:
            form.check(Wanted)
        except FormFaults as faults:
            return pages.page("design", request, status=422, form=faults.form, steps=[])
        return pages.page("design", request, form=form.refused(Conflict("the listing is closed")), steps=[])

    @router.get("/missing/{id}", dependencies=[Depends(public("a test"))])
    async def missing(id: str) -> HTMLResponse:
        raise NotFound("listing", id)

    @router.get("/refused/{status}", dependencies=[Depends(public("a test"))])
    async def refused(status: int) -> HTMLResponse:
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ValueError("a secret")
        raise Problem(HTTPStatus(status), "said for programs")

    for one in (router, design.create_router(pages), pages.assets.router()):
        app.include_router(one)
    return app


@pytest_asyncio.fixture
async def site() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made()), base_url="http://desk.example") as client:
        yield client


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_page_has_title_description_language_and_a_strict_policy(site: httpx.AsyncClient, language: str) -> None:
    response = await site.get("/design", headers={"accept-language": f"fr;q=1, {language};q=0.8"})
    assert response.status_code == 200
    assert re.search(rf'<html lang="{language}">.*<title>[^<]+ · Opportunity Desk</title>', response.text, re.DOTALL)
    assert '<meta name="description" content="' in response.text
    assert response.headers["content-language"] == language
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["referrer-policy"] == "same-origin"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|<script(?! src=)| on\w+=| style=", response.text)


async def test_the_choice_of_a_language_beats_that_of_the_browser(site: httpx.AsyncClient) -> None:
    site.cookies.set("language", "de")
    assert (await site.get("/design", headers={"accept-language": "en"})).headers["content-language"] == "de"
    site.cookies.set("language", "xx")
    assert (await site.get("/design", headers={"accept-language": "en;q=x, de;q=0.1"})).headers["content-language"] == "de"


@pytest.mark.parametrize(("cookie", "zone"), [("Europe%2FBerlin", "Europe/Berlin"), ("../../etc/passwd", "UTC"), ("", "UTC")])
async def test_times_are_in_the_zone_of_the_browser(site: httpx.AsyncClient, cookie: str, zone: str) -> None:
    page = await site.get("/design", headers={"cookie": f"time-zone={cookie}"})
    assert f"time zone {zone}." in page.text


async def test_assets_are_kept_for_good_under_addresses_that_change_with_them(site: httpx.AsyncClient) -> None:
    page = (await site.get("/design")).text
    addresses = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page))
    assert {address.rpartition(".")[2] for address in addresses} == {"css", "js", "svg"}
    for address in addresses:
        response = await site.get(address)
        assert response.status_code == 200, address
        assert "immutable" in response.headers["cache-control"]
    assert (await site.get("/assets/shared/site.css")).status_code == 404
    assert (await site.get("/assets/shared/..%2Fpages.py")).status_code == 404


async def test_what_all_pages_load_first_is_small(site: httpx.AsyncClient) -> None:
    page = await site.get("/design")
    addresses = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text))
    assert sum([len((await site.get(address)).content) for address in addresses]) < 70_000


async def test_a_brand_gets_its_colours_and_an_unreadable_one_none(site: httpx.AsyncClient) -> None:
    style = await site.get("/assets/shared/brand/7a1c14.css")
    assert "--brand: #7a1c14" in style.text
    assert style.headers["content-type"].startswith("text/css")
    for wrong in ("ffff00", "7a1c1", "url(x)"):
        assert (await site.get(f"/assets/shared/brand/{wrong}.css")).status_code == 404


async def test_a_wrong_field_is_named_and_nothing_typed_is_lost(site: httpx.AsyncClient) -> None:
    response = await site.post("/form", data={"title": '"><script>alert(1)</script>', "hours": "200"}, headers=BROWSER)
    assert response.status_code == 422
    assert "<script>alert" not in response.text
    assert "&lt;script&gt;alert(1)" in response.text, "what was typed"
    assert 'href="#field-hours"' in response.text
    assert "must be at most 60" in response.text


async def test_a_refusal_is_said_on_the_same_page(site: httpx.AsyncClient) -> None:
    response = await site.post("/form", data={"title": "Map", "hours": "20"}, headers=BROWSER)
    assert "the listing is closed" in response.text
    assert 'value="Map"' in response.text


@pytest.mark.parametrize("content", [b"title=%ff", b"&".join(b"a=1" for _ in range(501))])
async def test_what_is_no_form_is_refused(site: httpx.AsyncClient, content: bytes) -> None:
    response = await site.post("/form", content=content, headers=FORM)
    assert response.status_code == 422
    assert "Something in your form is not right" in response.text


async def test_a_form_after_the_sessions_end_is_kept(site: httpx.AsyncClient) -> None:
    response = await site.post("/kept?x=1", data={"note": "Hello\nyou <b>", "tag": ["a", "b"]}, headers=BROWSER)
    assert response.status_code == 401
    assert 'action="/kept?x=1"' in response.text
    assert '<input type="hidden" name="note" value="Hello\nyou &lt;b&gt;">' in response.text
    assert response.text.count('name="tag"') == 2


async def test_a_form_with_a_file_is_kept_but_for_the_file(site: httpx.AsyncClient) -> None:
    answer = await site.post("/kept", headers=BROWSER, data={"note": "Hello <you>"}, files={"logo": ("l.png", b"\x89PNG\xff")})
    assert answer.status_code == 401
    assert 'enctype="multipart/form-data"' in answer.text
    assert 'name="note" value="Hello &lt;you&gt;"' in answer.text
    assert 'name="logo" type="file"' in answer.text, "it has to be chosen again"


async def test_programs_are_told_to_sign_in_as_json(site: httpx.AsyncClient) -> None:
    response = await site.post("/kept", data={"note": "Hello"})
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_problem_is_a_page_for_browsers(site: httpx.AsyncClient) -> None:
    response = await site.get("/missing/<b>", headers=BROWSER | {"accept-language": "de"})
    assert response.status_code == 404
    assert "Diese Seite gibt es nicht" in response.text
    assert "&lt;b&gt;" in response.text
    assert response.headers["content-length"] == str(len(response.content))
    assert (await site.get("/missing/b")).json()["detail"] == "there is no listing 'b'"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_wrong_may_quote_what_was_sent(site: httpx.AsyncClient, language: str) -> None:
    page = (await site.get("/refused", headers={"accept-language": language})).text
    assert "&lt;b&gt;100%&lt;/b&gt; %s %(x)s" in page
    assert "<b>100%" not in page


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 422, 429, 500, 503])
async def test_a_problem_says_in_words_what_to_do_in_each_language(status: int) -> None:
    transport = httpx.ASGITransport(made(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example", headers={"accept": "text/html"}) as client:
        told = {}
        for language in LANGUAGES:
            page = await client.get(f"/refused/{status}", headers={"accept-language": language})
            assert page.status_code == status
            [box] = re.findall(r'<div class="empty">(.*?)</div>', page.text, re.DOTALL)
            told[language] = re.findall(r"<(?:h1|p)>(?:<bdi>)?([^<]+)", box)
            assert "a secret" not in page.text
            assert ('href="/sign-in?next=' in box) is (status == 401)
        hidden = status in (404, 405, 500, 503)
        assert ("Said for programs" in told["en"]) is not hidden
        headline, advice = told["de"]
        assert headline != told["en"][0]
        assert advice != told["en"][-1]
        assert "." in advice


async def test_a_form_s_address_says_that_it_is_one(site: httpx.AsyncClient) -> None:
    page = await site.get("/form", headers={"accept": "text/html"})
    assert page.status_code == 405
    assert "This address only accepts a form" in page.text
    assert "Method Not Allowed" not in page.text
