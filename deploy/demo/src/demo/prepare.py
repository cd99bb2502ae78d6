"""Sets up the demo over HTTP: operators' schedule, organizations, mentors and listings, and attendees' profiles."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any

import httpx

from demo import data
from demo.attendees import Attendee

CONCURRENT_REQUESTS = 8
PATIENCE_SECONDS = 10.0  # a service may have to learn of the conference from another one first


class SetupError(Exception):
    """A service refused a request that the demo needs. The message has the request and the response."""


def as_operator(key: str, services: Iterable[str]) -> Callable[[httpx.Request], httpx.Request]:
    """Return what lets a client bring this key along to the services at these addresses, and to nobody else."""
    addresses = tuple(f"{address}/" for address in services)

    def authorize(request: httpx.Request) -> httpx.Request:
        if str(request.url).startswith(addresses):
            request.headers["authorization"] = f"Bearer {key}"
        return request

    return authorize


async def prepare(client: httpx.AsyncClient, registration: str, listings: str) -> None:
    """Create the conference in `registration` and the internships in `listings` (base URLs), and publish these.

    All ids are fixed, so that running this again changes nothing. Raises `SetupError`.
    """
    conference, internships = data.conference(), data.internships()
    await _send(client, "PUT", f"{registration}/conferences/{conference['id']}", _without(conference, "id"))
    organizations = internships["organizations"]
    await _all(_put_organization(client, listings, organization) for organization in organizations)
    await _all(_put_listing(client, listings, listing) for listing in internships["listings"])


async def _put_organization(client: httpx.AsyncClient, listings: str, organization: dict[str, Any]) -> None:
    address = f"{listings}/organizations/{organization['id']}"
    await _send(client, "PUT", address, _without(organization, "id", "mentors"))
    for number, mentor in enumerate(organization["mentors"]):
        await _send(client, "PUT", f"{address}/mentors/{mentor['id']}", _without(mentor, "id") | {"contact": number == 0})


async def _put_listing(client: httpx.AsyncClient, listings: str, listing: dict[str, Any]) -> None:
    address = f"{listings}/listings/{listing['id']}"
    await _send(client, "PUT", address, _without(listing, "id"))
    # If it is already published, this is a harmless conflict.
    await _send(client, "POST", f"{address}/publish", None, accepted={HTTPStatus.CONFLICT})


async def declare(client: httpx.AsyncClient, registration: str, attendees: Sequence[Attendee]) -> None:
    """Fill in the profiles of some attendees in `registration`, which must know them. Raises `SetupError`."""

    async def put(attendee: Attendee) -> None:
        found = await client.get(f"{registration}/attendees", params={"email": attendee.person.email})
        if found.is_error:
            raise SetupError(f"GET {registration}/attendees: {found.status_code} {found.text[:500]}")
        await _send(client, "PUT", f"{registration}/attendees/{found.json()['id']}/profile", dict(attendee.declared or {}))

    await _all(put(attendee) for attendee in attendees if attendee.declared)


async def _send(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    body: dict[str, Any] | None,
    accepted: frozenset[int] | set[HTTPStatus] = frozenset(),
) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            response = await client.request(method, url, json=body)
        except httpx.TransportError as error:
            raise SetupError(f"{method} {url}: {error!r}") from error
        if response.is_success or response.status_code in accepted:
            return
        passing = response.status_code in (HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE)
        if not passing or asyncio.get_running_loop().time() > deadline:
            raise SetupError(f"{method} {url}: {response.status_code} {response.text[:500]}")
        await asyncio.sleep(0.2)


async def _all(calls: Iterable[Awaitable[None]]) -> None:
    at_once = asyncio.Semaphore(CONCURRENT_REQUESTS)

    async def limited(call: Awaitable[None]) -> None:
        async with at_once:
            await call

    await asyncio.gather(*map(limited, calls))


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
