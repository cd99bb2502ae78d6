"""What whole flows need."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_stack import Server, Stack, start_service
from shared.contract.topics import SERVICES
from support.platform import Platform


@pytest.fixture
async def platform(stack: Stack, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Platform]:
    if not stack.inbox_url:
        pytest.skip("SMTP_URL names a server whose mails cannot be read here")

    def start(name: str) -> Server:
        return start_service(name, tmp_path, environment)

    with ThreadPoolExecutor() as pool:
        servers = dict(zip(SERVICES, await asyncio.to_thread(lambda: list(pool.map(start, SERVICES))), strict=True))
    yield Platform(servers, stack.inbox_url)
    with ThreadPoolExecutor() as pool:
        await asyncio.to_thread(lambda: list(pool.map(lambda server: server.stop(), servers.values())))
