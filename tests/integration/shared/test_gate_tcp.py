"""Attacks on each service's way in over HTTP, on the running process over TCP: each is refused, and changes nothing."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_stack import Server, start_service
from local_stack.services import SERVICES
from support.keys import operator
from support.raw_http import Raw

OPEN = ("/unsubscribe/", "/preferences/")
"""At which browsers may post from elsewhere: whoever has the signed link has the right."""
CHANGING = ("post", "put", "patch", "delete")
FOREIGN = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1"},
    {"sec-fetch-site": "cross-site"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": "https://evil.example", "sec-fetch-site": "same-origin", "x-forwarded-host": "evil.example"},
)
BODIES = (
    ("text/plain", b'{"name": "x"}'),
    ("application/x-www-form-urlencoded", b"name=x&categories=1"),
    ("multipart/form-data; boundary=x", b'--x\r\ncontent-disposition: form-data; name="name"\r\n\r\nx\r\n--x--\r\n'),
    ("application/json", b'{"name": "x"}'),
)


@pytest.fixture(params=sorted(SERVICES))
async def server(request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Server]:
    server = await asyncio.to_thread(start_service, request.param, tmp_path, environment, timeout=180)
    try:
        yield server
        assert server.alive
        assert "Traceback" not in server.log.read_text()
    finally:
        await asyncio.to_thread(server.stop)


@pytest.fixture
async def api(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        yield await operator(client) if server.name == "registration" else client


async def operations(api: httpx.AsyncClient) -> dict[str, list[str]]:
    """The methods of each path of the service, with something in the place of its parameters."""
    document: dict[str, Any] = (await api.get("/openapi.json")).json()
    return {re.sub(r"\{[^}]+\}", "x", path): list(methods) for path, methods in document["paths"].items()}


async def test_no_hostile_request_gets_in_or_stops_the_service(server: Server, api: httpx.AsyncClient) -> None:
    """One process of each service takes all attacks, one after the other: to start one takes far longer than to attack it."""
    raw = Raw(server.port)
    half_open = asyncio.gather(*(_cut_off(raw, beginning) for beginning in _half_open(raw)))
    paths = await operations(api)
    await _browsers_from_elsewhere(api, paths)
    await _preflights(api, paths)
    await _heads(api, paths)
    await _hosts(raw)
    await _forwarded(api, paths)
    await _framing(raw)
    await _pipelining(raw)
    await _too_much(raw)
    assert (await api.get("/health/ready")).status_code == 200
    await half_open
    assert (await api.get("/health/live")).status_code == 200


async def _browsers_from_elsewhere(api: httpx.AsyncClient, paths: dict[str, list[str]]) -> None:
    """Refused before the key, the body or the path is looked at."""
    changing = [(method, path) for path, methods in paths.items() for method in methods if method in CHANGING]
    assert changing or "matching" in str(api.base_url)
    for method, path in changing:
        for headers in FOREIGN:
            for kind, body in BODIES:
                answer = await api.request(method.upper(), path, headers={**headers, "content-type": kind}, content=body)
                if path.startswith(OPEN):
                    assert answer.status_code in (404, 413, 415, 422), (method, path, answer.text)  # "x" is nobody's link
                else:
                    assert (answer.status_code, "Origin" in answer.text) == (403, True), (method, path, headers, answer.text)


async def _preflights(api: httpx.AsyncClient, paths: dict[str, list[str]]) -> None:
    """No other site is told that it may."""
    for path in (*paths, "/none", "*"):
        headers = {"origin": "https://evil.example", "access-control-request-method": "PUT"}
        answer = await api.request("OPTIONS", path if path != "*" else "/", headers=headers)
        assert answer.status_code in (404, 405), (path, answer.status_code)
        assert not [name for name in answer.headers if name.startswith("access-control")]
    answer = await api.get("/health/live", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


async def _heads(api: httpx.AsyncClient, paths: dict[str, list[str]]) -> None:
    """HEAD is answered wherever GET is, and says nothing in its body."""
    for path in (*(path for path, methods in paths.items() if "get" in methods), "/docs", "/openapi.json", "/metrics"):
        got, head = await api.get(path), await api.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers["content-type"] == got.headers["content-type"]


async def _hosts(raw: Raw) -> None:
    live = "GET /health/live"
    assert await raw.statuses(raw.request(live)) == [200]
    for host in ("evil.example", f"evil.example:{raw.port}", "127.0.0.1.nip.io", "localhost.evil.example"):
        assert await raw.statuses(raw.request(live, host=host)) == [421], host
    for host in ("a b", "evil.example@127.0.0.1", "0x7f.1", "2130706433", "127.1", "localhost.", "[::1", "%6cocalhost", ","):
        assert await raw.statuses(raw.request(live, host=host)) == [400], host
    # Twice, not at all, folded, and in an older protocol.
    for twice in (f"Host: {raw.host}", "Host: evil.example", "host: evil.example", "HOST:"):
        assert await raw.statuses(raw.request(live, twice)) == [400], twice
    assert await raw.statuses(raw.request(live, host="")) == [400]
    assert await raw.statuses(b"GET /health/live HTTP/1.0\r\n\r\n") == [400]
    assert await raw.statuses(b"GET /health/live HTTP/1.0\r\nHost: evil.example\r\n\r\n") == [421]
    assert await raw.statuses(f"GET /health/live HTTP/1.0\r\nHost: {raw.host}\r\n\r\n".encode()) == [200]
    # A target that names a host itself, whatever Host says (RFC 9112, 3.2.2).
    for target in ("http://evil.example/health/live", f"http://{raw.host}/health/live", "//evil.example/health/live"):
        for host in (raw.host, "evil.example"):
            [status] = await raw.statuses(raw.request(f"GET {target}", host=host))
            assert status in (400, 404, 421), (target, host, status)
    for line in ("CONNECT evil.example:443", "TRACE /health/live", "OPTIONS *", "get /health/live", "POST http://evil.example/x"):
        statuses = await raw.statuses(raw.request(line))
        assert statuses in ([400], [403], [404], [405]), (line, statuses)


async def _forwarded(api: httpx.AsyncClient, paths: dict[str, list[str]]) -> None:
    """No page says a host that the request claims to have been forwarded for."""
    claimed = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-server": "evil.example",
        "x-original-host": "evil.example",
        "x-host": "evil.example",
        "forwarded": "host=evil.example;proto=https",
        "x-forwarded-proto": "https",
        "x-forwarded-prefix": "//evil.example",
        "x-original-url": "/metrics",
        "x-rewrite-url": "/metrics",
        "x-http-method-override": "DELETE",
    }
    for path in (*(path for path, methods in paths.items() if "get" in methods), "/docs", "/none"):
        plain, answer = await api.get(path), await api.get(path, headers=claimed)
        assert answer.status_code == plain.status_code or 503 in (answer.status_code, plain.status_code), path
        assert "evil.example" not in answer.text + str(answer.headers), path


async def _framing(raw: Raw) -> None:
    """Where a message ends is never in doubt: a proxy could read it otherwise, and take one request for two."""
    smuggled = b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    for headers in (
        ("Content-Length: 6", "Content-Length: 7"),
        ("Content-Length: 6, 7",),
        ("Content-Length: +6",),
        ("Content-Length: 0x6",),
        ("Content-Length: -1",),
        ("Content-Length: 6 7",),
        ("Content-Length: 99999999999999999999999999",),
        ("Content-Length: 6", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 6"),
        ("Transfer-Encoding: chunked", "Content-Length: 0"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: identity",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding : chunked",),
        ("Transfer-Encoding: chunked\x0b",),
        ("X: y\rTransfer-Encoding: chunked",),
        ("X\x00: y",),
        (": y",),
    ):
        for method in ("POST", "GET"):
            sent = raw.request(f"{method} /health/live", *headers, body=smuggled).replace(b"Connection: close\r\n", b"")
            statuses = await raw.statuses(sent)
            assert len(statuses) <= 1, (headers, statuses)
            assert not statuses or 400 <= statuses[0] < 600, (headers, statuses)
            assert statuses in ([], [400], [413], [501]), (headers, statuses)
    old = f"POST /health/live HTTP/1.0\r\nHost: {raw.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert await raw.statuses(old + smuggled) == [400]
    # A chunk that does not end where it says.
    for chunks in (
        b"1\r\nxx\r\n0\r\n\r\n",
        b"zz\r\nx\r\n0\r\n\r\n",
        b"-1\r\n\r\n",
        b"1\nx\n0\n\n",
        b"fffffffffffffffffffff\r\nx",
    ):
        statuses = await raw.statuses(raw.request("POST /none", "Transfer-Encoding: chunked", body=chunks))
        assert len(statuses) <= 1, (chunks, statuses)


async def _pipelining(raw: Raw) -> None:
    """Requests one behind the other are each answered for themselves, in their order."""
    live = f"GET /asyncapi HTTP/1.1\r\nHost: {raw.host}\r\n\r\n".encode()
    foreign = b"GET /asyncapi HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    post = (
        f"POST /none HTTP/1.1\r\nHost: {raw.host}\r\nOrigin: https://evil.example\r\nContent-Length: {len(live)}\r\n\r\n".encode()
    )
    last = raw.request("GET /none")
    answers = await raw.statuses(live + foreign + live + post + live + last)
    assert answers == [200, 421, 200, 403, 404]  # the body of what was refused is no request
    assert await raw.statuses(live * 100 + last, seconds=120) == [200] * 100 + [404]


async def _too_much(raw: Raw) -> None:
    """What is larger than anybody needs is refused, and read no further."""
    for headers in ((f"X: {'x' * 2_000_000}",), tuple(f"X{n}: y" for n in range(100_000)), ("Cookie: " + "a=b; " * 400_000,)):
        statuses = await raw.statuses(raw.request("GET /health/live", *headers))
        assert statuses in ([], [400], [431]), statuses
    assert await raw.statuses(raw.request(f"GET /{'x' * 2_000_000}")) in ([], [400], [414])
    # Only so much is declared: nothing of it need come.
    statuses = await raw.statuses(raw.request("POST /none", "Content-Length: 999999999999"))
    assert statuses in ([], [404], [413])
    assert await raw.statuses(raw.request("GET /health/live", "Upgrade: websocket", "Connection: upgrade")) in ([200], [400])


def _half_open(raw: Raw) -> Iterator[bytes]:
    """What a client sends that then falls silent."""
    host = f"Host: {raw.host}\r\n".encode()
    yield b""
    yield b"GET /health"
    yield b"GET /health/live HTTP/1.1\r\n" + host
    yield b"POST /none HTTP/1.1\r\n" + host + b"Content-Length: 100\r\n\r\n"
    yield b"PUT /none HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"
    yield b"GET /health/live HTTP/1.1\r\n" + host + b"\r\n"  # answered, and kept open for more
    yield b"POST /x HTTP/1.1\r\n" + host + b"Origin: https://evil.example\r\nContent-Length: 100\r\n\r\n"  # refused


async def _cut_off(raw: Raw, beginning: bytes) -> None:
    """The server ends the connection by itself."""
    await raw.answer(beginning, seconds=300)
