"""What is logged of a request that is refused, and what is not."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from structlog.testing import capture_logs
from structlog.typing import EventDict

from shared.web import error_handlers
from shared.web.correlation import with_correlation_id
from shared.web.gate import Gate


class Thing(BaseModel):
    name: str


def made() -> FastAPI:
    app = FastAPI()
    error_handlers.install(app)
    app.middleware("http")(with_correlation_id)
    app.add_middleware(Gate, hosts=())

    @app.put("/things/{email}")
    async def put(email: str, thing: Thing) -> str:
        return thing.name

    return app


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines


async def answer(path: str, body: dict[str, str], **headers: str) -> int:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made()), base_url="http://desk") as client:
        return (await client.put(path, json=body, headers=headers)).status_code


async def test_a_refused_request_is_logged_by_its_route_without_what_was_sent(logged: list[EventDict]) -> None:
    assert await answer("/things/ada@example.org", {"nome": "secret"}) == 422
    (line,) = [line for line in logged if line["event"] == "request_refused"]
    assert (line["status"], line["method"], line["route"]) == (422, "PUT", "/things/{email}")
    assert not [line for line in logged if "ada" in repr(line) or "secret" in repr(line)]


async def test_an_unknown_path_is_not_logged_as_it_was_sent(logged: list[EventDict]) -> None:
    assert await answer("/people/ada@example.org", {}) == 404
    assert [line["route"] for line in logged if line["event"] == "request_refused"] == [None]
    assert "ada" not in repr(logged)


async def test_what_the_gate_refuses_is_logged_with_the_reason(logged: list[EventDict]) -> None:
    assert await answer("/things/x", {"name": "x"}, host="evil.example") == 421
    assert await answer("/things/x", {"name": "x"}, origin="https://evil.example") == 403
    host, origin = [line["reason"] for line in logged if line["event"] == "request_refused"]
    assert "evil.example" in host
    assert "Origin" in origin


async def test_what_is_answered_is_not_logged(logged: list[EventDict]) -> None:
    assert await answer("/things/x", {"name": "x"}) == 200
    assert not [line for line in logged if line["event"] == "request_refused"]
