"""Real servers for the tests: one set for the whole run, and for each test names of its own on them."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from docker.errors import DockerException
from hypothesis import settings

from local_stack import Ports, Stack
from support.containers import Containers
from support.kafka import Kafka, delete_topics

DIRECTORY = Path(__file__).parent.parent / ".local" / f"test-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
"""One for each run of the tests, whatever its workers, so that two runs do not stop each other's servers."""

# A gate says the same of the same code, so `make test` always tries the same examples; `make fuzz` looks for others, and what it
# finds becomes an `@example`. An example's time says nothing on a shared machine.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=3000, deadline=None)
settings.load_profile("gate")


@pytest.fixture(scope="session")
def stack() -> Stack:
    """Kafka, MongoDB and an inbox over TCP, shared by all workers; stopped when the last has ended."""
    return Stack.start(DIRECTORY, ports=Ports.free())


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("TEST_SERVERS") == "containers" and not hasattr(config, "workerinput"):
        try:
            containers = Containers()
            config.add_cleanup(containers.stop)
            containers.start()
        except DockerException as error:
            pytest.exit(f"TEST_SERVERS=containers needs Docker, which does not answer: {error}", returncode=4)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        run = getattr(session.config.pluginmanager.getplugin("dsession"), "nodemanager", None)
        directory = DIRECTORY.with_name(f"test-{run.testrunuid}") if run else DIRECTORY
        Stack.load(directory).stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def environment(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The settings by which a service runs on the servers, its topics, groups and databases apart from other tests'."""
    settings = stack.environment() | {
        "TOPIC_PREFIX": f"t{uuid4().hex[:12]}.",
        "GATHER_SECONDS": "0",
        "RETRY_SECONDS": "0.02",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield settings
    delete_topics(settings["KAFKA_BOOTSTRAP_SERVERS"], settings["TOPIC_PREFIX"])


@pytest.fixture
async def kafka(environment: dict[str, str]) -> AsyncIterator[Kafka]:
    """A plain client of the test's topics."""
    async with Kafka(environment["KAFKA_BOOTSTRAP_SERVERS"], environment["TOPIC_PREFIX"]) as kafka:
        yield kafka
