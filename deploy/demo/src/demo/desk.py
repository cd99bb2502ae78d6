"""The services' HTTP interfaces as the demo's attendees, hosts and organizers use them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import httpx

Json = dict[str, Any]
Item = TypeVar("Item")

CONCURRENT_REQUESTS = 8
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.2
_NOT_NOW = (HTTPStatus.SERVICE_UNAVAILABLE,)


class SetupError(Exception):
    """A service refused a request that the demo needs. The message has the request and the response."""


def with_key(key: str, services: Iterable[str]) -> Callable[[httpx.Request], httpx.Request]:
    """Return a client's `auth` that sends this key to the services at these addresses, and to nobody else."""
    addresses = tuple(f"{address}/" for address in services)

    def authorize(request: httpx.Request) -> httpx.Request:
        if str(request.url).startswith(addresses):
            request.headers["authorization"] = f"Bearer {key}"
        return request

    return authorize


@dataclass(frozen=True)
class Desk:
    """Sends requests to the services at their base URLs, with the client's key."""

    client: httpx.AsyncClient
    addresses: Mapping[str, str]

    async def get(self, service: str, path: str, **query: str) -> Json:
        """What the service answers. Raises `SetupError` if it refuses."""
        return await self._send("GET", service, path, params=query)

    async def get_once_known(self, service: str, path: str, **query: str) -> Json:
        """What the service answers once it has learned of it from other services. Raises `SetupError` if it does not."""
        return await self._send("GET", service, path, again=(*_NOT_NOW, HTTPStatus.NOT_FOUND), params=query)

    async def put(self, service: str, path: str, body: Json) -> Json:
        """Put this, and return the answer. Raises `SetupError` if it is refused."""
        return await self._send("PUT", service, path, json=body)

    async def command(self, service: str, path: str, version: int, body: Json | None = None) -> Json:
        """Carry out a command on what was seen in this version. Raises `SetupError` if it is refused."""
        return await self._send("POST", service, path, json=body, headers={"if-match": f'"{version}"'})

    async def post(self, service: str, path: str, body: Json | None = None, key: str = "") -> Json:
        """Post this, with another key than the client's if one is given. Raises `SetupError` if it is refused."""
        auth = with_key(key, [self.addresses[service]]) if key else httpx.USE_CLIENT_DEFAULT
        return await self._send("POST", service, path, json=body, auth=auth)

    async def items(self, service: str, path: str, **query: str) -> list[Json]:
        """All items of a list that comes in pages."""
        found: list[Json] = []
        after: dict[str, str] = {}
        while True:
            page = await self.get(service, path, **query, **after)
            found += page["items"]
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    async def _send(self, method: str, service: str, path: str, *, again: Collection[int] = _NOT_NOW, **request: Any) -> Json:
        url = f"{self.addresses[service]}{path}"

        async def answer() -> httpx.Response | None:
            try:
                found = await self.client.request(method, url, **request)
            except httpx.TransportError:  # such as a connection that the service has closed: the same again changes nothing
                return None
            return None if found.status_code in again else found

        response = await until(answer)
        if response is None or response.is_error:
            why = f"{response.status_code} {response.text[:500]}" if response is not None else "unavailable, or not known"
            raise SetupError(f"{method} {url}: {why}")
        answered: Json = response.json() if response.content else {}
        return answered


async def until(look: Callable[[], Awaitable[Item | None]]) -> Item | None:
    """What `look` finds, as soon as it does; None if it finds nothing for two minutes."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while (found := await look()) is None and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - over HTTP
        await asyncio.sleep(POLL_SECONDS)
    return found


async def each(items: Iterable[Item], act: Callable[[Item], Awaitable[None]]) -> None:
    """Do this with each of them, with some at the same time."""
    at_once = asyncio.Semaphore(CONCURRENT_REQUESTS)

    async def limited(item: Item) -> None:
        async with at_once:
            await act(item)

    await asyncio.gather(*map(limited, items))
