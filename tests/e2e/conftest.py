"""What the tests of the whole platform, and the proofs, share."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_stack import Server, Stack, start_service
from shared.contract.topics import SERVICES
from support.platform import Platform


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of a proof's random choices: ``PROOF_SEED``, which is a number or "random"; otherwise 1."""
    seed = os.environ.get("PROOF_SEED") or "1"
    return secrets.randbelow(1_000_000) if seed == "random" else int(seed)


@pytest.fixture
async def platform(stack: Stack, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Platform]:
    """The four services as processes."""
    if not stack.inbox_url:
        pytest.skip("SMTP_URL names a server whose mails cannot be read here")

    def start(name: str) -> Server:
        return start_service(name, tmp_path, environment)

    with ThreadPoolExecutor() as pool:
        servers = dict(zip(SERVICES, await asyncio.to_thread(lambda: list(pool.map(start, SERVICES))), strict=True))
    yield Platform(servers, stack.inbox_url)
    with ThreadPoolExecutor() as pool:
        await asyncio.to_thread(lambda: list(pool.map(lambda server: server.stop(), servers.values())))
