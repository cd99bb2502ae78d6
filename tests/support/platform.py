"""The four services as processes, and the mails that they sent."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from local_stack import Server
from shared.settings import ServiceSettings
from support.keys import bearer, make_key
from support.patience import PATIENCE, until


@dataclass
class Platform:
    """The four services as processes, and the inbox that gets their mails."""

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
