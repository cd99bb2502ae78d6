"""Fetches from other systems' APIs: only from the configured host, and never from our own network.

Otherwise anybody who may create a connection could make this service request what only it can reach (server-side request
forgery). So every address of the host is checked, and only checked addresses are connected to: a second look-up could give
another answer. Redirects are not followed, and no proxy is taken from the environment. TLS verifies the host's name as usual.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from registration.systems.adapter import Fetch
from shared import clock
from shared.urls import web_address
from shared.web.networks import is_public

Resolve = Callable[[str], Awaitable[list[str]]]
"""Resolves a host to its IP addresses."""

_NOT_FOUND: Final = 404
_MEANINGS: Final = {
    401: "it does not accept the token (401): give the connection a valid `api_token`",
    403: "the token may not read this (403): grant it access, or give the connection another `api_token`",
    404: "it knows no such object (404): check the connection's `api_url` and `options`, and what its token may read",
}


class FetchFailed(Exception):
    """The object could not be fetched. Trying again may help."""

    def __init__(self, reason: str, *, unavailable: bool = False, retry_after: float | None = None) -> None:
        """``unavailable``: nothing can be fetched from the system now. ``retry_after``: seconds that it asks us to wait."""
        super().__init__(reason)
        self.unavailable = unavailable
        self.retry_after = retry_after


class FetchRefused(FetchFailed):
    """The object cannot be fetched, however often it is tried."""


class Fetcher:
    """An HTTP client for other systems' APIs."""

    def __init__(self, *, seconds: float, private_networks: bool, resolve: Resolve | None = None) -> None:
        """``private_networks``: whether to allow hosts in private networks, and HTTP without TLS. ``resolve``: for tests."""
        self._seconds = seconds
        self._private_networks = private_networks
        self._resolve = resolve or _resolve
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:  # created here, because it needs the running event loop
            resolver = _CheckedResolver(self._resolve, self._private_networks)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit_per_host=8),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                auto_decompress=False,  # a small response could decompress to a huge one
                headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "opportunity-desk"},
            )
        return self._session

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def get(self, api_url: str, fetch: Fetch, authorization: str) -> bytes | None:
        """The body of the response; None if the object does not exist and the fetch says that it may be deleted.

        Raises:
            FetchFailed: it could not be fetched.
        """
        url = self._checked(f"{api_url.rstrip('/')}/{fetch.path}")
        try:
            async with self._open().get(
                url.with_query(dict(fetch.query)), headers={"Authorization": authorization}, allow_redirects=False
            ) as answer:
                return await _body(answer, fetch)
        except _Forbidden as forbidden:
            raise FetchRefused(str(forbidden)) from None
        except TimeoutError:
            raise FetchFailed("it did not answer in time", unavailable=True) from None
        except aiohttp.InvalidURL:
            raise FetchRefused("`api_url` is not a URL that can be requested; correct it") from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _Forbidden):
                raise FetchRefused(str(error.os_error)) from None
            raise FetchFailed(f"it cannot be reached: {error.os_error.strerror or 'no connection'}", unavailable=True) from None
        except aiohttp.ClientError as error:
            raise FetchFailed(f"the connection failed: {type(error).__name__}", unavailable=True) from None

    def _checked(self, url: str) -> URL:
        try:
            address = web_address(url)
        except ValueError as error:
            raise FetchRefused(f"`api_url` {error}") from None
        if address.scheme != "https" and not self._private_networks:
            raise FetchRefused("`api_url` must begin with https://, or others could read the token in transit")
        try:
            ip = ip_address(address.host)
        except ValueError:
            pass  # a name: its addresses are checked when it is resolved
        else:
            if not self._private_networks and not is_public(ip):
                raise FetchRefused(f"{ip} is not a public address; FETCH_PRIVATE_NETWORKS=true allows it")
        return URL(address.href, encoded=True)


async def _body(answer: aiohttp.ClientResponse, fetch: Fetch) -> bytes | None:
    if answer.status == _NOT_FOUND and fetch.may_be_deleted:
        return None
    if 300 <= answer.status < 400:
        raise FetchRefused(f"it responds with a redirect ({answer.status}), which is not followed: check `api_url`")
    if answer.status != 200:
        meaning = _MEANINGS.get(answer.status, f"it responds with status {answer.status}")
        unavailable = answer.status in (401, 403, 429) or answer.status >= 500
        raise FetchFailed(meaning, unavailable=unavailable, retry_after=_seconds(answer.headers.get("Retry-After")))
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchRefused("its response is compressed, although we accept no compression")
    body = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > fetch.max_bytes:
            raise FetchRefused(f"its response has more than {fetch.max_bytes:,} bytes")
    return bytes(body)


def _seconds(retry_after: str | None) -> float | None:
    """The seconds to wait that a ``Retry-After`` gives, as a number or a time (RFC 9110)."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (at.astimezone(UTC) - clock.now()).total_seconds())


class _Forbidden(OSError):
    """The host has an address from which nothing may be fetched."""


class _CheckedResolver(AbstractResolver):
    """Resolves a host once, checks all its addresses, and gives the connector only these."""

    def __init__(self, resolve: Resolve, private_networks: bool) -> None:
        self._resolve = resolve
        self._private_networks = private_networks

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        addresses = [ip_address(address) for address in await self._resolve(host)]
        if not self._private_networks and not all(map(is_public, addresses)):
            raise _Forbidden(f"{host} is not at a public address; FETCH_PRIVATE_NETWORKS=true allows it")
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        pass


async def _resolve(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
