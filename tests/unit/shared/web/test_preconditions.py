"""Which version of a thing a command's client saw."""

import httpx
import pytest
from fastapi import FastAPI, Response

from shared.refusals import Stale
from shared.web import error_handlers
from shared.web.preconditions import IfMatch, OptionalIfMatch, show_version
from support.answers import refused


def thing(version: int) -> httpx.AsyncClient:
    """A service of one thing at this version."""
    app = FastAPI()
    error_handlers.install(app)

    @app.post("/thing")
    async def change(seen: IfMatch, response: Response) -> None:
        if seen != version:
            raise Stale("thing", seen, version)
        show_version(response, version + 1)

    @app.post("/thing/withdraw")
    async def withdraw(seen: OptionalIfMatch, response: Response) -> int | None:
        return seen

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_a_command_on_the_current_version_is_done_and_shows_the_next() -> None:
    async with thing(3) as client:
        answer = await client.post("/thing", headers={"if-match": '"3"'})
        assert (answer.status_code, answer.headers["etag"], answer.headers["cache-control"]) == (200, '"4"', "no-store")


async def test_a_command_on_an_older_version_is_refused_and_says_so() -> None:
    async with thing(3) as client:
        text = await refused(client.post("/thing", headers={"if-match": '"2"'}), 412)
        assert "you saw version 2, it is at version 3" in text


async def test_a_command_without_a_version_is_asked_for_one() -> None:
    async with thing(3) as client:
        assert "is missing" in await refused(client.post("/thing"), 428, "If-Match")
        assert (await client.post("/thing/withdraw")).json() is None
        assert (await client.post("/thing/withdraw", headers={"if-match": '"7"'})).json() == 7


@pytest.mark.parametrize("header", ["3", "*", 'W/"3"', '"3", "4"', '""', '"0"', '"03"', '"-3"', '"9999999999"', '"three"'])
async def test_what_names_no_version_matches_none(header: str) -> None:
    async with thing(3) as client:
        assert "in quotes" in await refused(client.post("/thing", headers={"if-match": header}), 412, "If-Match")
