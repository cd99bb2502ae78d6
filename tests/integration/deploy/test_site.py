"""The site, served by Caddy itself, before services that say what reached them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request

from local_stack.ports import free_port
from local_stack.site import start_site
from shared.contract.paths import HIDDEN, HOME, NOWHERE, PATHS, interface
from shared.contract.topics import SERVICES
from support.serving import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")
ABSENT = "listings"
"""The service that does not run here."""


def stand_in(service: str) -> FastAPI:
    """A service that answers with its name and what it was asked."""
    app = FastAPI(openapi_url=None)

    @app.get("/{path:path}")
    async def answer(request: Request) -> dict[str, object]:
        return {"service": service, "path": request.url.path, "headers": dict(request.headers)}

    return app


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with AsyncExitStack() as running:
        ports = {service: free_port() for service in SERVICES}
        for service in ports.keys() - {ABSENT}:
            await running.enter_async_context(serving(stand_in(service), ports[service]))
        directory: Path = tmp_path_factory.mktemp("site")
        server = await asyncio.to_thread(start_site, directory, ports)
        running.push_async_callback(asyncio.to_thread, server.stop)
        yield await running.enter_async_context(httpx.AsyncClient(base_url=server.url))


async def test_each_path_leads_to_its_service_as_it_was_asked_for(site: httpx.AsyncClient) -> None:
    for path in PATHS:
        if path.service == ABSENT:
            continue
        for asked in (path.prefix, f"{path.prefix}/a%2Fb/c"):
            told = (await site.get(asked, headers={"X-Forwarded-Prefix": "/elsewhere"})).json()
            assert (told["service"], told["path"]) == (path.service, asked.replace("%2F", "/"))
            assert told["headers"]["host"] == f"{site.base_url.host}:{site.base_url.port}"
            assert "x-forwarded-prefix" not in told["headers"]


async def test_a_path_that_only_begins_alike_is_nobody_s(site: httpx.AsyncClient) -> None:
    for path in ("/sign-inside", "/nothing", "/apis/matching/x", "/api/elsewhere/x", "/metrics", "/health/live"):
        told = (await site.get(path)).json()
        assert (told["service"], told["path"]) == ("matching", NOWHERE), "which has no such page, and says so as the site does"


async def test_programs_reach_every_route_of_a_service_but_its_health(site: httpx.AsyncClient) -> None:
    prefix = interface("matching")
    told = (await site.get(f"{prefix}/recommendations", headers={"X-Forwarded-Prefix": "/elsewhere"})).json()
    assert (told["service"], told["path"]) == ("matching", "/recommendations")
    assert told["headers"]["x-forwarded-prefix"] == prefix
    for hidden in HIDDEN:
        assert (await site.get(f"{prefix}{hidden.replace('*', 'ready')}")).status_code == 404


async def test_a_service_learns_who_asks_and_from_nobody_else(site: httpx.AsyncClient) -> None:
    told = (await site.get("/sign-in", headers={"X-Forwarded-For": "203.0.113.7"})).json()
    assert told["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert told["headers"]["x-forwarded-proto"] == "http"


async def test_a_service_that_is_down_takes_no_other_with_it(site: httpx.AsyncClient) -> None:
    answer = await site.get(f"{interface(ABSENT)}/listings")
    assert (answer.status_code, answer.headers["retry-after"]) == (502, "30")
    assert answer.text == "This page cannot be reached now. Please try again in a minute."
    assert (await site.get("/sign-in")).status_code == 200
    page = await site.get(f"{interface(ABSENT)}/listings", headers={"accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert "This page cannot be reached now</h1>" in page.text
    assert '<div lang="de">' in page.text


async def test_the_site_s_address_leads_home(site: httpx.AsyncClient) -> None:
    answer = await site.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, HOME)
