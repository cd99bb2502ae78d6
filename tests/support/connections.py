"""Connections to other systems: the conference for which they report, and the resulting facts."""

import asyncio
from typing import Any, Final

import httpx

from support.patience import PATIENCE

CONFERENCE: Final[dict[str, Any]] = {
    "name": "PyConf",
    "starts": "2026-05-01",
    "ends": "2026-05-03",
    "sessions": [{"id": "s1", "title": "Arrays"}],
}


async def until_facts(api: httpx.AsyncClient, standing: int, reverted: int = 0, seconds: float = PATIENCE) -> None:
    """Wait until registration has this many standing facts, and this many reverted ones."""
    expected = {"facts": standing + reverted, "reverted": reverted}
    async with asyncio.timeout(seconds):
        while not expected.items() <= (await api.get("/statistics")).json().items():
            await asyncio.sleep(0.05)
