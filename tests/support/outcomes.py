"""The outcome of an event, as the API shows it to the publisher."""

import asyncio
from typing import Any

import httpx

from support.patience import PATIENCE


async def outcome_of(api: httpx.AsyncClient, id: str, status: str, source: str = "test") -> dict[str, Any]:
    """Wait until the event has this status. Returns its outcome."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await api.get("/attendance", params={"source": source, "id": id})
            outcome: dict[str, Any] = answer.json()
            if answer.status_code == 200 and outcome["status"] == status:
                return outcome
            await asyncio.sleep(0.1)
