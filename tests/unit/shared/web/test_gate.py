"""The gate before every service: other hosts' names, browsers from other sites, HEAD, and what may be stored."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from shared.web import error_handlers
from shared.web.gate import Gate

HERE = "127.0.0.1:8002"


class Thing(BaseModel):
    name: str = ""


def made() -> FastAPI:
    app = FastAPI()
    error_handlers.install(app)
    app.add_middleware(
        Gate, hosts=("api.example", "*.good.example"), public_origins=("https://desk.example.org",), open_paths=("/open/*",)
    )

    @app.get("/things")
    async def get(request: Request, response: Response) -> dict[str, str]:
        response.headers["x-seen"] = request.method
        return {"secret": "x" * 100}

    @app.post("/things/close")
    @app.post("/open/{token}")
    async def close() -> str:
        return "closed"

    @app.post("/things")
    async def post(thing: Thing | None = None) -> str:
        return thing.name if thing else ""

    @app.get("/stored")
    async def stored(response: Response) -> None:
        response.headers["Cache-Control"] = "max-age=60"

    @app.get("/page")
    async def page(response: Response) -> None:
        response.headers["Content-Security-Policy"] = "default-src 'none'; img-src 'self'"

    return app


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(made()), base_url=f"http://{HERE}") as client:
        yield client


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", HERE, "10.1.2.3:8000", "[::1]:8002", "localhost", "LOCALHOST:8002", "a.localhost", "registration:8000",
     "registration.desk.svc", "registration.desk.svc.cluster.local:8000", "host.docker.internal", "desk.example.org",
     "api.example:99", "x.good.example"],
)  # fmt: skip
async def test_a_host_of_ours_is_answered(api: httpx.AsyncClient, host: str) -> None:
    assert (await api.get("/things", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8002", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1.nip.io",
     "desk.example.org.evil.example", "good.example", "xgood.example", "api.example.org", "evilsvc.example"],
)  # fmt: skip
async def test_another_host_is_not_answered_for(api: httpx.AsyncClient, host: str) -> None:
    for method, path in (("GET", "/things"), ("POST", "/open/t"), ("OPTIONS", "/things"), ("GET", "/none")):
        answer = await api.request(method, path, headers={"host": host})
        assert answer.status_code == 421
        assert "ALLOWED_HOSTS" in answer.json()["detail"]
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "host",
    ["", "a b", "evil.example@127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost.", "127.0.0.1:x", "[::1", "a/b", "%31"],
)
async def test_what_is_no_host_is_refused(api: httpx.AsyncClient, host: str) -> None:
    assert (await api.get("/things", headers={"host": host})).status_code == 400


async def test_a_host_must_be_there_once(api: httpx.AsyncClient) -> None:
    answer = await api.get("/things", headers=[("host", HERE), ("host", "evil.example")])
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": f"http://{HERE}"},
        {"origin": "https://desk.example.org"},
        {"origin": "https://desk.example.org", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
    ],
)
async def test_programs_and_our_own_pages_may_change_things(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await api.post("/things/close", headers=headers)
    assert (answer.status_code, answer.json()) == (200, "closed")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://127.0.0.1:8003"},
        {"origin": "http://localhost:8002"},
        {"origin": "http://desk.example.org"},
        {"origin": "https://desk.example.org:8443"},
        {"origin": "https://desk.example.org.evil.example"},
        {"origin": "https://desk.example.org\\.evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "file://"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": ""},
    ],
)
async def test_a_browser_from_another_site_changes_nothing(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
        answer = await api.post("/things/close", headers={**headers, "content-type": kind}, content=b"{}")
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert (await api.get("/things", headers=headers)).status_code == 200
    assert (await api.post("/open/t", headers=headers)).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "text/plain;charset=utf-8", "application/x-www-form-urlencoded", "text/json", ""])
async def test_json_needs_its_content_type(api: httpx.AsyncClient, kind: str) -> None:
    answer = await api.post("/things", content=b'{"name": "x"}', headers={"content-type": kind} if kind else {})
    assert (answer.status_code, answer.headers["accept"]) == (415, "application/json")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"])
async def test_json_may_come_by_any_of_its_content_types(api: httpx.AsyncClient, kind: str) -> None:
    assert (await api.post("/things", content=b'{"name": "x"}', headers={"content-type": kind})).json() == "x"


async def test_head_is_answered_as_get_without_a_body(api: httpx.AsyncClient) -> None:
    head, got = await api.head("/things"), await api.get("/things")
    assert (head.status_code, head.content, head.headers) == (200, b"", got.headers)
    assert head.headers["x-seen"] == "GET"
    assert (await api.head("/none")).status_code == 404
    refused = await api.head("/things/close")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert (await api.put("/things")).headers["allow"] == "GET, HEAD, POST"


async def test_nothing_is_stored_that_does_not_say_so(api: httpx.AsyncClient) -> None:
    for path in ("/things", "/none"):
        answer = await api.get(path)
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "same-origin")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await api.get("/stored")).headers["cache-control"] == "max-age=60"


async def test_every_answer_says_that_browsers_run_and_frame_nothing_and_stay_with_tls(api: httpx.AsyncClient) -> None:
    evil = {"host": "evil.example"}
    for answer in (
        await api.get("/things"),
        await api.get("/none"),
        await api.get("/things", headers=evil),
        await api.post("/things", content=b"{"),
    ):
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} == set(policy)


async def test_no_other_origin_may_read_an_answer(api: httpx.AsyncClient) -> None:
    for method in ("GET", "OPTIONS", "POST"):
        asked = {"origin": "https://evil.example", "access-control-request-method": "PUT"}
        answer = await api.request(method, "/things", headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_a_page_keeps_its_own_policy(api: httpx.AsyncClient) -> None:
    assert (await api.get("/page")).headers["content-security-policy"] == "default-src 'none'; img-src 'self'"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
async def test_the_documentation_of_an_interface_loads_from_its_own_origin_alone(api: httpx.AsyncClient, path: str) -> None:
    policy = (await api.get(path)).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not {"*", "http:", "https:"} & set(policy.replace(";", " ").split())


async def test_trace_is_no_method(api: httpx.AsyncClient) -> None:
    answer = await api.request("TRACE", "/things", headers={"x-secret": "odk"})
    assert answer.status_code == 405
    assert "odk" not in answer.text


@pytest.mark.parametrize("length", ["0", "2", "5"])
async def test_a_request_whose_end_is_in_doubt_is_refused_and_ends_the_connection(api: httpx.AsyncClient, length: str) -> None:
    headers = {"transfer-encoding": "chunked", "content-length": length}
    answer = await api.post("/things/close", headers=headers)
    assert (answer.status_code, answer.headers["connection"]) == (400, "close")
    assert (await api.post("/things/close", headers={"transfer-encoding": "chunked"})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null", "sec-fetch-site": "cross-site"}],
)
async def test_an_open_path_is_not_open_to_other_sites_with_a_session(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await api.post("/open/t", headers=headers)).status_code == 200
    for cookie in ("__Host-session=a.b.c", "other=1; __Host-session=", "__Host-session=x; other=1"):
        assert (await api.post("/open/t", headers=headers | {"cookie": cookie})).status_code == 403
    assert (await api.post("/open/t", headers=headers | {"cookie": "session=1"})).status_code == 200


async def test_an_open_path_takes_forms_of_its_own_pages_with_a_session(api: httpx.AsyncClient) -> None:
    session = {"cookie": "__Host-session=a.b.c"}
    for headers in ({}, {"origin": f"http://{HERE}"}, {"origin": "null", "sec-fetch-site": "same-origin"}):
        assert (await api.post("/open/t", headers=headers | session)).status_code == 200
