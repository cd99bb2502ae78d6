"""Runs the demo: starts servers and services, sets up a conference, publishes its attendance, and reports the result."""

import asyncio
import os
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx

from demo import report
from demo.attendees import attendance
from demo.outcome import Outcome, complaints, outcomes
from demo.prepare import SetupError, as_operator, declare, prepare
from demo.publish import TOPIC, Broker, publish
from demo.result import Result
from demo.watch import SERVICES, Watch
from local_stack import Ports, Server, Stack
from local_stack.__main__ import DISPOSABLE
from local_stack.ports import free_port

# Long enough for an attendee's matches to settle before the mail, and short enough for people who wait.
GATHER_SECONDS = "5"
# So that scarce skills are counted while the demo runs.
CANDIDATE_COUNTS_SECONDS = "3"
# How often to check for missing mails, each time after everything has become quiet.
LOOKS = 4


def run(directory: Path, *, keep: bool = False) -> int:
    """Run the demo in `directory` (see `make_room`), and stop everything at the end.

    With `keep`, everything runs until Ctrl-C. Returns the exit status: 0 only if everything expected arrived.
    Raises `StartError`, `SetupError` or `PublishError` if it cannot run.
    """
    directory = directory.absolute()
    make_room(directory)
    os.environ.pop("SMTP_URL", None)  # the demo's mails go only to its own inbox
    began = time.monotonic()
    report.step("Starting Kafka, MongoDB and an inbox for the mails")
    with Stack.start(directory, ports=Ports.free()) as stack:
        report.servers(stack)
        report.step("Starting the four services as separate processes")
        prefix = _topic_prefix(stack)
        services = _start_services(stack, prefix)
        report.services(services)
        result = asyncio.run(_conduct(stack, prefix, {name: server.url for name, server in services.items()}))
        report.summary(result, time.monotonic() - began)
        if result.missing:
            report.failure(result.missing, [server.log for server in stack.servers])
        if keep:
            report.stay(stack, services)
    report.farewell(directory, kept=keep)
    return 1 if result.missing else 0


def make_room(directory: Path) -> None:
    """Make `directory` empty: delete the data of an earlier demo, and move other data aside.

    A file that this function creates marks data as a demo's; `local_stack up` removes it.
    Raises `SetupError` if servers run in the directory, or if it has other files than servers' data.
    """
    if directory.exists():
        if any(directory.iterdir()) and not (directory / "lock").exists():
            raise SetupError(f"{directory} has other files than servers' data; name an empty or a new directory")
        if running := [server.name for server in Stack.load(directory).servers if server.alive]:
            raise SetupError(f"{', '.join(running)} are running in {directory}; stop them with `make down`.")
        if (directory / DISPOSABLE).exists():
            shutil.rmtree(directory)
        elif any(directory.iterdir()):
            aside = next(name for n in count(1) if not (name := directory.with_name(f"{directory.name}.before-{n}")).exists())
            directory.rename(aside)
            report.moved(directory, aside)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / DISPOSABLE).write_text("The next demo deletes this directory.\n")


def _topic_prefix(stack: Stack) -> str:
    """Return "" for the demo's own servers, and for given servers a prefix that separates this run from everything else."""
    given = any(stack.parts[name].server is None for name in ("kafka", "mongodb"))
    return f"demo-{int(time.time())}." if given else ""


def _start_services(stack: Stack, prefix: str) -> dict[str, Server]:
    """Start the services at the same time, on free ports, and wait until all are ready."""
    ports = {name: free_port() for name in SERVICES}
    # The links in the mails lead to the default port (PUBLIC_URL): they work once `make up` has started the stack.
    environment = {
        "DIGEST_FREQUENCY": "instant",
        "GATHER_SECONDS": GATHER_SECONDS,
        "CANDIDATE_COUNTS_SECONDS": CANDIDATE_COUNTS_SECONDS,
        "TOPIC_PREFIX": prefix,
    }
    with ThreadPoolExecutor() as pool:
        starting = {
            name: pool.submit(stack.start_service, name, port=port, environment=environment) for name, port in ports.items()
        }
        return {name: future.result() for name, future in starting.items()}


async def _conduct(stack: Stack, prefix: str, addresses: Mapping[str, str]) -> Result:
    """Set up the conference, publish its attendance, and wait until everything has been processed."""
    seen = attendance()
    idempotence = stack.environment().get("KAFKA_IDEMPOTENCE") != "false"
    broker = Broker(stack.kafka, prefix + TOPIC, idempotence)
    key = await asyncio.to_thread(stack.make_operator_key)
    auth = as_operator(key, addresses.values())
    async with httpx.AsyncClient(trust_env=False, timeout=10, auth=auth) as client:
        report.step("Registering the conference, its host organizations, mentors and internships")
        await prepare(client, addresses["registration"], addresses["listings"])
        report.step(f"Publishing {len(seen.events):,} attendance events to Kafka, as badge scanners would")
        began = registered = changed = time.monotonic()
        await asyncio.to_thread(publish, seen.events, broker)
        watch = Watch(client, addresses, stack.inbox_url)
        found: list[Outcome] = []
        declared = False
        with report.Progress() as progress:
            for _ in range(LOOKS):
                before = watch.last
                async for snapshot in watch.until_quiet(seen.expected):
                    progress.show(snapshot)
                    if snapshot != before:
                        before, changed = snapshot, time.monotonic()
                    if snapshot.services["registration"].done < seen.expected.messages:
                        registered = time.monotonic()
                    elif not declared:
                        await declare(client, addresses["registration"], seen.attendees)
                        declared = True
                missing = watch.last.missing(seen.expected)
                try:
                    found = await outcomes(client, addresses, stack.inbox_url, seen.attendees)
                    complained = complaints(found)
                except httpx.HTTPError as error:
                    complained = [f"the matches could not be read: {error!r}"]
                if missing or not complained:
                    break
    return Result([*missing, *complained], seen, watch.last, found, registered - began, changed - began)
