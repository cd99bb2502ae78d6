"""Tokens for Kafka: used as long as they are valid, and never waited for without end."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Response

from shared.messaging.kafka_connection import ClientCredentials, TokenFile, not_strict
from support.serving import serving


class AuthorizationServer:
    """Answers each request for a token with ``body``, and counts them."""

    def __init__(self) -> None:
        self.url = ""
        self.body = b""
        self.requests = 0

    def gives(self, **answer: Any) -> None:
        self.body = json.dumps({"access_token": "token", **answer}).encode()

    def client(self) -> ClientCredentials:
        return ClientCredentials(self.url, "grant_type=client_credentials", ())


@pytest.fixture
async def server() -> AsyncIterator[AuthorizationServer]:
    server, app = AuthorizationServer(), FastAPI()

    @app.post("/token")
    async def post_token() -> Response:
        server.requests += 1
        return Response(server.body, media_type="application/json")

    async with serving(app) as client:
        server.url = str(client.base_url.join("/token"))
        yield server


@pytest.mark.parametrize(
    ("lifetime", "requests"), [(3600, 1), (31, 1), (29, 2), (0, 2), (-1, 2), (float("nan"), 2), (float("inf"), 1), ("300", 1)]
)
async def test_a_token_is_used_until_shortly_before_it_expires(server: AuthorizationServer, lifetime: Any, requests: int) -> None:
    server.gives(expires_in=lifetime)
    client = server.client()
    assert [await client.token() for _ in range(2)] == ["token", "token"]
    assert server.requests == requests


@pytest.mark.parametrize(
    "body",
    [b"", b"token", b"[]", b"{}", b'{"access_token": "x", "expires_in": "soon"}', b'{"access_token": "' + b"x" * 100_000 + b'"}'],
)
async def test_an_answer_without_a_usable_token_is_a_failed_connection(server: AuthorizationServer, body: bytes) -> None:
    server.body = body
    with pytest.raises(ConnectionError, match="KAFKA_OAUTH_TOKEN_URL gave no token"):
        await server.client().token()


async def test_a_server_that_is_not_there_is_a_failed_connection() -> None:
    with pytest.raises(ConnectionError, match="KAFKA_OAUTH_TOKEN_URL gave no token"):
        await ClientCredentials("http://127.0.0.1:9/token", "", ()).token()


async def test_a_token_is_read_anew_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    tokens = []
    for text in ("one\n", "two"):
        file.write_text(text)
        tokens.append(await TokenFile(str(file)).token())
    assert tokens == ["one", "two"]


@pytest.mark.parametrize("content", [None, b"\xff"])
async def test_a_token_file_that_cannot_be_read_is_a_failed_connection(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConnectionError, match="KAFKA_OAUTH_TOKEN_FILE"):
        await TokenFile(str(file)).token()


async def test_a_server_that_answers_ever_so_slowly_is_a_failed_connection() -> None:
    ended = asyncio.Event()

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not ended.is_set():
            writer.write(b" ")
            await asyncio.sleep(0.05)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        with pytest.raises(ConnectionError, match="KAFKA_OAUTH_TOKEN_URL gave no token: TimeoutError"):
            await ClientCredentials(f"http://127.0.0.1:{port}/token", "", (), seconds=0.5).token()
    finally:
        ended.set()
        server.close()


def test_a_certificate_that_does_not_name_the_key_of_its_authority_is_taken() -> None:
    """As those of Strimzi. From Python 3.13 on, contexts are strict by themselves."""
    context = ssl.create_default_context()
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    assert not not_strict(context).verify_flags & ssl.VERIFY_X509_STRICT
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
