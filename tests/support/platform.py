"""The four services as processes, with their test data and sent mails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from local_stack import Server
from shared.contract.topics import SERVICES
from shared.settings import ServiceSettings
from support.kafka import Kafka
from support.keys import bearer, make_key
from support.patience import PATIENCE, until


@dataclass
class Platform:
    """The four services as processes, with the inbox that receives their mails."""

    servers: dict[str, Server]
    inbox_url: str

    def url(self, service: str) -> str:
        return self.servers[service].url

    async def operator(self, settings: ServiceSettings | None = None) -> dict[str, str]:
        """The header with a new key that has every scope, once all services know it.

        ``settings`` are registration's; without them, the environment's.
        """
        key = bearer(await make_key(settings=settings))
        async with httpx.AsyncClient(headers=key, timeout=PATIENCE) as client:

            async def is_known() -> bool:
                answers = [await client.get(f"{server.url}/statistics") for server in self.servers.values()]
                return all(answer.status_code == 200 for answer in answers)

            await until(is_known)
        return key

    async def mails(self, to: str) -> list[dict[str, Any]]:
        async with httpx.AsyncClient() as client:
            found = (await client.get(f"{self.inbox_url}/api/messages", params={"to": to})).json()["messages"]
            return [(await client.get(f"{self.inbox_url}/api/messages/{mail['id']}")).json() for mail in found]

    async def mail(self, to: str, naming: str = "", seconds: float = PATIENCE) -> dict[str, Any]:
        """Wait for a mail to this address whose text contains ``naming``. Returns the first one."""
        async with asyncio.timeout(seconds):
            while True:
                for mail in (await self.mails(to))[::-1]:
                    if naming in mail["text"]:
                        return mail
                await asyncio.sleep(0.1)


@asynccontextmanager
async def running(start: Callable[[str], Server], inbox_url: str) -> AsyncIterator[Platform]:
    """Start all four services at the same time, and stop them afterwards, even if one does not start."""
    with ThreadPoolExecutor() as pool:
        starts = [asyncio.wrap_future(pool.submit(start, service)) for service in SERVICES]
        outcomes = await asyncio.gather(*starts, return_exceptions=True)
        servers = {name: server for name, server in zip(SERVICES, outcomes, strict=True) if isinstance(server, Server)}
        try:
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
            yield Platform(servers, inbox_url)
        finally:
            await asyncio.to_thread(lambda: list(pool.map(Server.stop, servers.values())))


async def prepare(platform: Platform, client: httpx.AsyncClient) -> None:
    """Announce a conference with one session, and publish a listing of a host whose mentor is Mel.

    The key of ``client`` must allow this.
    """
    sessions = [{"id": "s1", "title": "Arrays that fly", "skills": ["NumPy"], "topics": ["performance"]}]
    conference = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-12", "sessions": sessions}
    announced = f"{platform.url('registration')}/conferences/c1"
    (await client.put(announced, json=conference)).raise_for_status()
    listings = platform.url("listings")
    (await client.put(f"{listings}/organizations/o1", json={"name": "Stars & Co", "conference_ids": ["c1"]})).raise_for_status()
    mentor = {"name": "Mel", "email": "mel@example.org"}
    (await client.put(f"{listings}/organizations/o1/mentors/m1", json=mentor)).raise_for_status()
    await publish_listing(platform, client, "l1", "Faster <arrays>", ["numpy"])


async def publish_listing(platform: Platform, client: httpx.AsyncClient, id: str, title: str, skills: list[str]) -> None:
    """Publish a listing of the host that ``prepare`` added."""
    listing = {
        "organization_id": "o1",
        "title": title,
        "description": "Work",
        "skills": skills,
        "mentor_ids": ["m1"],
        "capacity": 1,
    }
    (await client.put(f"{platform.url('listings')}/listings/{id}", json=listing)).raise_for_status()
    (await client.post(f"{platform.url('listings')}/listings/{id}/publish")).raise_for_status()


async def caught_up(kafka: Kafka) -> None:
    """Wait until all services have read everything."""
    await kafka.no_lag("attendance.inbound", "registration")
    for topic, group in (
        ("registration.profiles", "matching.candidates"),
        ("registration.conferences", "matching.catalogue"),
        ("registration.conferences", "listings.conferences"),
        ("listings.listings", "matching.catalogue"),
        ("matching.rescoring", "matching.candidates"),
        ("matching.seats", "listings"),
        ("registration.contacts", "notifications"),
        ("matching.recommendations", "notifications"),
        ("matching.applications", "notifications.rules"),
        ("listings.listings", "notifications.rules"),
    ):
        await kafka.no_lag(topic, group)


def person(email: str) -> dict[str, Any]:
    """An attendee who agreed to get mail, as a person in an event."""
    return {"email": email, "name": "Ada", "consent": {"mail": True}}
