"""The limit of a request's body, by its path; over HTTP it is tested in ``integration/registration/web/test_http.py``."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request

from shared.web import error_handlers
from shared.web.bodies import LimitBody

app = FastAPI()
error_handlers.install(app)
app.add_middleware(
    LimitBody,
    limit=100,
    limits={"/things/*/large": 1000, "/things/*/any": None, "/files/*": 90_000},
    raw=["/files/*/raw"],
)


@app.post("/{path:path}")
async def length(request: Request) -> int:
    return len(await request.body())


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body that does not say how large it is."""
    for _ in range(size):
        yield b"x"


@pytest.mark.parametrize(("path", "most"), [("/", 100), ("/things/1/large", 1000), ("/things/1/larger", 100)])
async def test_a_body_may_be_as_large_as_its_path_allows(api: httpx.AsyncClient, path: str, most: int) -> None:
    for declared in (True, False):
        for size, status in ((most, 200), (most + 1, 413)):
            answer = await api.post(path, content=b"x" * size if declared else chunks(size))
            assert answer.status_code == status, (declared, size)


async def test_a_path_without_a_limit_takes_any_body(api: httpx.AsyncClient) -> None:
    assert (await api.post("/things/1/any", content=chunks(5000))).json() == 5000


async def test_a_compressed_body_is_refused(api: httpx.AsyncClient) -> None:
    for path in ("/", "/things/1/any"):
        answer = await api.post(path, content=b"\x1f\x8b", headers={"content-encoding": "GZip"})
        assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await api.post("/", content=b"x", headers={"content-encoding": "identity"})).json() == 1


async def test_json_may_have_many_fields_only_where_it_is_not_read_by_the_framework(api: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    assert (await api.post("/files/1/raw", content=b":" * 40_000, headers=headers)).json() == 40_000
    answer = await api.post("/files/1/other", content=b":" * 40_000, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (422, "body: has more than 30,000 fields")
    answer = await api.post("/files/1/other", content=b"[]," * 29_000 + b"{}" * 1001, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (422, "body: has more than 30,000 objects and arrays")


async def test_what_stands_in_a_text_is_no_field(api: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    text = json.dumps({"a": ':[{"' * 15_000, "b\\": 1}).encode()
    assert (await api.post("/files/1/other", content=text, headers=headers)).json() == len(text)

    async def in_pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(text), 7):
            yield text[at : at + 7]

    assert (await api.post("/files/1/other", content=in_pieces(), headers=headers)).json() == len(text)
    answer = await api.post("/files/1/large", content=b'{"a\\"":' + b"1:" * 30_001, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (422, "body: has more than 30,000 fields")
