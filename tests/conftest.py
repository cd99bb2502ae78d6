"""Real servers for the tests. Each test has topics and databases of its own on them."""

import gc
import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
from docker.errors import DockerException
from hypothesis import HealthCheck, settings

from local_stack import Ports, Stack
from local_stack.parts import find_or_start_mongodb
from support.containers import Containers
from support.environments import environment_of
from support.kafka import Kafka
from support.prefixes import Prefixes, new_prefix

DIRECTORY = Path(__file__).parent.parent / ".local" / f"test-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
"""One directory for each run, shared by its workers, so that two runs do not stop each other's servers."""

# `make test` tries the same examples on every run, so that the same code always gives the same result. `make fuzz` looks for new
# ones; keep what it finds as an `@example`. There is no deadline, because other load on the machine slows examples down.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Kafka, MongoDB and an inbox over TCP, stopped at the end of the run. Workers share them, but each has its own MongoDB.

    SecantusDB has one interpreter's lock, and goes through all sessions that ever had a transaction whenever one writes in a
    transaction. These are thousands in a run: one server for all would do little else.
    """
    shared = Stack.start(DIRECTORY, ports=Ports.free())
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    if worker == "gw0":
        yield shared
        return
    own = find_or_start_mongodb(DIRECTORY / worker, Ports.free(), None)
    yield Stack(DIRECTORY / worker, shared.parts | {"mongodb": own})
    if own.server:
        own.server.stop()


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("TEST_SERVERS") == "containers" and not hasattr(config, "workerinput"):
        try:
            containers = Containers()
            config.add_cleanup(containers.stop)
            containers.start()
        except DockerException as error:
            pytest.exit(f"TEST_SERVERS=containers needs Docker, which does not answer: {error}", returncode=4)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the garbage collector from what lives as long as the run: looking through it takes a quarter of the collection's time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        run = getattr(session.config.pluginmanager.getplugin("dsession"), "nodemanager", None)
        directory = DIRECTORY.with_name(f"test-{run.testrunuid}") if run else DIRECTORY
        Stack.load(directory).stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def prefixes(stack: Stack) -> Iterator[Prefixes]:
    """This worker's prefixes."""
    prefixes = Prefixes(stack.kafka)
    yield prefixes
    prefixes.close()


@pytest.fixture
def only_service() -> str:
    """The one service that a test runs; "" where it may run several. Folders of one service override this."""
    return ""


@pytest.fixture
def prefix(prefixes: Prefixes, only_service: str) -> Iterator[str]:
    """What the names of this test's topics and consumer groups begin with."""
    prefix = prefixes.take() if only_service else new_prefix()
    yield prefix
    if only_service:
        prefixes.give_back(prefix)
    else:
        prefixes.discard(prefix)


@pytest.fixture
def environment(stack: Stack, prefix: str, only_service: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings for a service of this test: the servers, and names that separate its topics, groups and databases."""
    settings = environment_of(stack, prefix, only_service)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
async def kafka(environment: dict[str, str]) -> AsyncIterator[Kafka]:
    """A plain Kafka client for the test's topics."""
    async with Kafka(environment["KAFKA_BOOTSTRAP_SERVERS"], environment["TOPIC_PREFIX"]) as kafka:
        yield kafka
