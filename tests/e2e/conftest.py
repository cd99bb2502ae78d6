"""What the tests of the whole platform, and the proofs, share."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from local_stack import Stack, start_service
from support.environments import environment_of
from support.platform import Platform, running
from support.prefixes import Prefixes, new_prefix


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of a proof's random choices: ``PROOF_SEED``, which is a number or "random"; otherwise 1."""
    seed = os.environ.get("PROOF_SEED") or "1"
    return secrets.randbelow(1_000_000) if seed == "random" else int(seed)


@pytest.fixture(scope="module")
def shared_environment(stack: Stack, prefixes: Prefixes) -> Iterator[dict[str, str]]:
    """``environment`` for a module whose tests share the services: it overrides that fixture by this one."""
    prefix = new_prefix()
    with pytest.MonkeyPatch.context() as patch:
        settings = environment_of(stack, prefix)
        for name, value in settings.items():
            patch.setenv(name, value)
        yield settings
    prefixes.discard(prefix)


@pytest.fixture
async def platform(stack: Stack, environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Platform]:
    """The four services as processes."""
    if not stack.inbox_url:
        pytest.skip("SMTP_URL names a server whose mails cannot be read here")

    async with running(lambda name: start_service(name, tmp_path, environment), stack.inbox_url) as platform:
        yield platform
