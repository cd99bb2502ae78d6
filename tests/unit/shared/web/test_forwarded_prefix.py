"""Under the site's prefix, links lead back to the site; any other prefix changes nothing."""

import httpx
import pytest
from fastapi import FastAPI, Request

from shared.web.forwarded_prefix import ForwardedPrefix

app = FastAPI()
app.add_middleware(ForwardedPrefix, prefix="/api/listings")


@app.get("/listings")
async def root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


@pytest.mark.parametrize(
    ("sent", "known"),
    [({"X-Forwarded-Prefix": "/api/listings"}, "/api/listings"), ({"X-Forwarded-Prefix": "//evil.example"}, ""), ({}, "")],
)
async def test_only_the_site_s_own_prefix_counts(sent: dict[str, str], known: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example") as client:
        assert (await client.get("/listings", headers=sent)).json() == known


async def test_the_documentation_is_found_under_the_prefix() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example") as client:
        page = (await client.get("/docs", headers={"X-Forwarded-Prefix": "/api/listings"})).text
    assert "/api/listings/openapi.json" in page


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-Prefix": "/api/listings"}, {"X-Forwarded-Prefix": "//evil.example"}])
async def test_a_proxy_may_leave_the_prefix_on_the_path(headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example") as client:
        assert (await client.get("/api/listings/listings", headers=headers)).json() == "/api/listings"
        assert "/api/listings/openapi.json" in (await client.get("/api/listings/docs", headers=headers)).text
        assert (await client.get("/api/listingsandmore", headers=headers)).status_code == 404
