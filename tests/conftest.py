"""Real servers for the tests: one set for the whole run. Each test has topics and databases of its own on them."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from docker.errors import DockerException
from hypothesis import HealthCheck, settings

from local_stack import Ports, Stack
from support.containers import Containers
from support.kafka import Kafka, delete_topics

DIRECTORY = Path(__file__).parent.parent / ".local" / f"test-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
"""One directory for each run, shared by its workers, so that two runs do not stop each other's servers."""

# `make test` tries the same examples on every run, so that the same code always gives the same result. `make fuzz` looks for new
# ones; keep what it finds as an `@example`. There is no deadline, because other load on the machine slows examples down.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")


@pytest.fixture(scope="session")
def stack() -> Stack:
    """Kafka, MongoDB and an inbox over TCP, shared by all workers and stopped at the end of the run."""
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
    """The settings for a service of this test: the servers, and a prefix that separates its topics, groups and databases."""
    settings = stack.environment() | {
        "TOPIC_PREFIX": f"t{uuid4().hex[:12]}.",
        "DIGEST_FREQUENCY": "instant",
        "GATHER_SECONDS": "0",
        "RETRY_SECONDS": "0.02",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield settings
    delete_topics(settings["KAFKA_BOOTSTRAP_SERVERS"], settings["TOPIC_PREFIX"])


@pytest.fixture
async def kafka(environment: dict[str, str]) -> AsyncIterator[Kafka]:
    """A plain Kafka client for the test's topics."""
    async with Kafka(environment["KAFKA_BOOTSTRAP_SERVERS"], environment["TOPIC_PREFIX"]) as kafka:
        yield kafka
