"""What the tests of the whole platform, and the proofs, share."""

import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local_stack import Stack, start_service
from support.platform import Platform, running


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

    async with running(lambda name: start_service(name, tmp_path, environment), stack.inbox_url) as platform:
        yield platform
