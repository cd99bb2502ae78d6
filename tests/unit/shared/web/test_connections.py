"""HTTP connections that a client keeps waiting: over TCP, with short times."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from shared.web.http_connections import BoundedConnection


class Hasty(BoundedConnection):
    header_seconds = 1.0
    body_seconds = 1.0
    answer_seconds = 2.0
    most_connections = 5


app = FastAPI()


@app.post("/")
async def length(request: Request) -> int:
    return len(await request.body())


@app.get("/large")
async def large() -> PlainTextResponse:
    return PlainTextResponse("x" * 50_000_000)


@app.get("/slow")
async def slow() -> str:
    await asyncio.sleep(4)
    return "done"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=Hasty, log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield int(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    await running


async def ended(reader: asyncio.StreamReader) -> None:
    """Wait until the server ends the connection; generous, as machines are slow."""
    async with asyncio.timeout(30):
        try:
            while await reader.read(65_536):
                pass
        except ConnectionError:
            pass


@pytest.mark.parametrize(
    ("beginning", "drip"),
    [
        (b"", b""),
        (b"GET / HTT", b""),
        (b"GET / HTTP/1.1\r\nhost: x\r\n", b"a: b\r\n"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n", b"x"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
async def test_a_request_that_never_ends_is_cut_off(port: int, beginning: bytes, drip: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(beginning)
    end = asyncio.create_task(ended(reader))
    while not end.done():
        writer.write(drip)
        await asyncio.wait([end], timeout=0.3)
    await end
    writer.close()


async def test_an_answer_that_is_not_read_is_cut_off(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readline()
    await asyncio.sleep(8)
    total = 0
    async with asyncio.timeout(30):
        try:
            while part := await reader.read(1_000_000):
                total += len(part)
        except ConnectionError:
            pass
    assert total < 50_000_000
    writer.close()


async def test_a_slow_service_and_a_steady_client_are_waited_for(port: int) -> None:
    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer

    async def tell() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 80000\r\n\r\n")
        since = time.monotonic()
        for _ in range(8):
            writer.write(b"x" * 10_000)
            await asyncio.sleep(0.5)
        answer = await reader.read()
        assert time.monotonic() - since > 3
        writer.close()
        return answer

    slow_answer, told = await asyncio.gather(ask(), tell())
    assert b'"done"' in slow_answer
    assert b"80000" in told


async def test_a_client_that_asks_again_and_again_is_not_cut_off_between_two_quick_answers(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    since = time.monotonic()
    while time.monotonic() - since < 5:
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1)
        await asyncio.sleep(0.05)
    writer.close()


async def test_there_are_only_so_many_connections(port: int) -> None:
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
    for reader, writer in connections:
        await ended(reader)
        writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert b"200 OK" in await reader.read()
    writer.close()
