"""Runs the demo: starts servers and services, sets up a conference, publishes its attendance, and reports the result."""

import asyncio
import os
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx

from demo import report
from demo.attendees import attendance
from demo.clock import Clock
from demo.desk import Desk, SetupError, with_key
from demo.outcome import complaints, outcomes
from demo.prepare import declare, prepare
from demo.publish import TOPIC, Broker, publish
from demo.story import NEXT_DAY, Narrator, behind
from demo.timeline import Timeline
from demo.watch import SERVICES, Watch
from local_stack import Ports, Server, Stack
from local_stack.__main__ import DISPOSABLE
from local_stack.ports import free_port

# Scarce skills and crowded listings are counted only at the start, before anybody has come: what is counted while people come
# depends on the speed of the machine, and so would everybody's matches.
CANDIDATE_COUNTS_SECONDS = "86400"
# The funnel is counted once on each day to which the clock moves. A turnout is counted as soon as there is one.
INSIGHT_SECONDS, TURNOUT_SECONDS = "3600", "5"
# The demo waits for quiet many times, each time for longer than this.
MEASURE_SECONDS = "0.2"
# Hundreds of mails become due at once where the clock moves on, and the inbox takes them as fast as they come.
SMTP_CONNECTIONS = TRANSACTIONAL_CONNECTIONS = "10"
# Longer than any request takes on a busy machine.
REQUEST_SECONDS = 60


def run(directory: Path, *, keep: bool = False) -> int:
    """Run the demo in `directory` (see `make_room`), and stop everything at the end.

    With `keep`, everything runs until Ctrl-C. Returns the exit status: 0 only if everything expected arrived.
    Raises `StartError`, `SetupError` or `PublishError` if it cannot run.
    """
    directory = directory.absolute()
    make_room(directory)
    os.environ.pop("SMTP_URL", None)  # the demo's mails go only to its own inbox
    report.step("Starting Kafka, MongoDB and an inbox for the mails")
    with Stack.start(directory, ports=Ports.free()) as stack:
        report.servers(stack)
        report.step("Starting the four services as separate processes")
        prefix = _topic_prefix(stack)
        clock = Clock(directory / "clock")
        clock.set_behind(behind(datetime.now(UTC)))
        services = _start_services(stack, prefix, clock)
        report.services(services)
        report.day(clock.now())
        missing = asyncio.run(_conduct(stack, prefix, {name: server.url for name, server in services.items()}, clock))
        if missing:
            report.failure(missing, [server.log for server in stack.servers])
        if keep:
            report.stay(stack, services)
    report.farewell(directory, kept=keep)
    return 1 if missing else 0


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


def _start_services(stack: Stack, prefix: str, clock: Clock) -> dict[str, Server]:
    """Start the services at the same time, on free ports and by this clock, and wait until all are ready."""
    ports = {name: free_port() for name in SERVICES}
    # The links in the mails lead to the default port (PUBLIC_URL): they work once `make up` has started the stack.
    environment = {
        "CANDIDATE_COUNTS_SECONDS": CANDIDATE_COUNTS_SECONDS,
        "INSIGHT_SECONDS": INSIGHT_SECONDS,
        "TURNOUT_SECONDS": TURNOUT_SECONDS,
        "MEASURE_SECONDS": MEASURE_SECONDS,
        "SMTP_CONNECTIONS": SMTP_CONNECTIONS,
        "TRANSACTIONAL_CONNECTIONS": TRANSACTIONAL_CONNECTIONS,
        "TOPIC_PREFIX": prefix,
    }
    with ThreadPoolExecutor() as pool:
        starting = {
            name: pool.submit(stack.start_service, name, port=port, command=clock.command(name), environment=environment)
            for name, port in ports.items()
        }
        return {name: future.result() for name, future in starting.items()}


async def _conduct(stack: Stack, prefix: str, addresses: Mapping[str, str], clock: Clock) -> list[str]:
    """Set up the conference, publish its attendance, wait until everybody has their matches, and play what comes of it.

    Returns what is missing at the end.
    """
    began, seen, today = time.monotonic(), attendance(), clock.now()
    idempotence = stack.environment().get("KAFKA_IDEMPOTENCE") != "false"
    broker = Broker(stack.kafka, prefix + TOPIC, idempotence)
    key = await asyncio.to_thread(stack.make_operator_key)
    auth = with_key(key, addresses.values())
    # Connections are not used again once a service may be closing them.
    limits = httpx.Limits(keepalive_expiry=1)
    async with httpx.AsyncClient(trust_env=False, timeout=REQUEST_SECONDS, auth=auth, limits=limits) as client:
        desk, watch = Desk(client, addresses), Watch(client, addresses, stack.inbox_url)
        report.step("Registering the conference, its host organizations, mentors and internships")
        await prepare(desk, today.date())
        report.step(f"Publishing {len(seen.events):,} attendance events to Kafka, as badge scanners would")
        await asyncio.to_thread(publish, seen.events, broker)
        await declare(desk, seen.attendees)
        progress = report.Progress()
        async for snapshot in watch.until_quiet(seen.expected):
            progress.show(snapshot)
        if missing := watch.last.missing(seen.expected):
            return missing
        timeline = Timeline(desk, clock, watch, today)
        await timeline.move_to(NEXT_DAY, "a mail tells each attendee of their best matches")
        await timeline.settle()
        found = await outcomes(client, addresses, stack.inbox_url, seen.attendees)
        report.conference(seen, watch.last, found)
        if missing := complaints(found):
            return missing
        told = await Narrator(desk, timeline).play(found, seen.events)
        report.story(told, time.monotonic() - began)
        report.people(stack.directory, told)
        return list(told.complaints)
