"""From attendance to the mail, through the four services as processes."""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest
import pytest_asyncio

from local_stack import Stack, start_service
from shared.contract.topics import SERVICES
from support.kafka import Kafka, cloud_event
from support.platform import Platform, person, prepare, publish_listing, running
from support.rescoring import rescored


@pytest.fixture(scope="module")
def environment(shared_environment: dict[str, str]) -> dict[str, str]:
    return shared_environment


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_platform(
    stack: Stack, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Platform]:
    if not stack.inbox_url:
        pytest.skip("SMTP_URL names a server whose mails cannot be read here")
    directory = tmp_path_factory.mktemp("services")
    async with running(lambda name: start_service(name, directory, environment), stack.inbox_url) as platform:
        yield platform


@pytest.fixture
async def platform(shared_platform: Platform) -> Platform:
    """The same for all tests; what one of them stopped is started again."""
    stopped = [server for server in shared_platform.servers.values() if not server.alive]
    await asyncio.gather(*(asyncio.to_thread(server.start) for server in stopped))
    return shared_platform


async def test_attendance_becomes_an_explained_mail_that_carries_its_correlation_id(
    platform: Platform, kafka: Kafka, environment: dict[str, str]
) -> None:
    email = f"ada.{environment['TOPIC_PREFIX']}x@example.org"
    async with httpx.AsyncClient(timeout=30, headers=await platform.operator()) as client:
        await prepare(platform, client)
        # Were they rescored after the attendance, the mail would carry the id of what changed them.
        await rescored(kafka, "c1", "l1")
        met = {"conference_id": "c1", "attendee": person(email), "met": {"email": "Mel@Example.org"}}
        await kafka.send(
            "attendance.inbound", met, [*cloud_event("attendance.person_met.v1"), ("ce_correlationid", b"badge-7")], key=email
        )
        mail = await platform.mail(email, naming="Faster")
        headers = {name.lower(): value for name, value in mail["headers"]}
        assert headers["x-correlation-id"] == "badge-7"
        assert "You met one of its mentors" in mail["text"]
        assert "Faster <arrays>" in mail["text"]
        assert "Faster &lt;arrays&gt;" in mail["html"]

        attended = {"conference_id": "c1", "session_id": "s1", "attendee": person(email)}
        await kafka.attend("session_attended", attended)
        await publish_listing(platform, client, "l2", "Vectors", ["NumPy"])
        told = (await platform.mail(email, naming="Vectors"))["text"]
        assert "You attended “Arrays that fly”; this project uses NumPy." in " ".join(told.split())

        # Whoever unsubscribes by the mail's own link gets no more.
        link = (
            headers["list-unsubscribe"]
            .split("<")[1]
            .split(">")[0]
            .replace(environment["PUBLIC_URL"], platform.url("notifications"))
        )
        assert (await client.get(link)).status_code == 200
        assert (await client.post(link, data={"List-Unsubscribe": "One-Click"})).status_code == 200
        count = len(await platform.mails(email))
        await publish_listing(platform, client, "l3", "Tensors", ["NumPy"])
        await kafka.read("matching.recommendations", until=lambda seen: any(b"Tensors" in record.value for record in seen))
        await kafka.no_lag("matching.recommendations", "notifications")
        await asyncio.sleep(1)
        assert len(await platform.mails(email)) == count


async def test_any_service_may_be_down_while_the_others_work_and_it_catches_up(
    platform: Platform, kafka: Kafka, environment: dict[str, str]
) -> None:
    email = f"eve.{environment['TOPIC_PREFIX']}x@example.org"
    async with httpx.AsyncClient(timeout=30, headers=await platform.operator()) as client:
        await prepare(platform, client)
        await kafka.no_lag("listings.listings", "matching.catalogue")
        for name in ("matching", "notifications", "listings"):
            await asyncio.to_thread(platform.servers[name].stop)
        await kafka.attend("session_attended", {"conference_id": "c1", "session_id": "s1", "attendee": person(email)})
        await kafka.read("registration.profiles")
        await asyncio.to_thread(platform.servers["registration"].stop)
        for name in ("notifications", "matching"):
            await asyncio.to_thread(platform.servers[name].start)
        mail = await platform.mail(email, naming="Arrays that fly")
        assert "Arrays that fly" in mail["text"]


async def test_each_service_shows_its_health_metrics_and_contracts_and_stops_cleanly_on_sigterm(
    platform: Platform,
) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        for name in SERVICES:
            url = platform.url(name)
            assert (await client.get(f"{url}/health/live")).json() == {"ok": True, "faults": []}
            metrics = (await client.get(f"{url}/metrics")).text
            assert "opportunity_desk_outbox_unsent" in metrics
            assert "opportunity_desk_consumer_lag" in metrics
            paths = (await client.get(f"{url}/openapi.json")).json()["paths"]
            assert "/health/ready" in paths
            docs = await client.get(f"{url}/docs")
            assert docs.status_code == 200
            assert "https://cdn" not in docs.text  # works without the internet
            document = (await client.get(f"{url}/asyncapi.json")).json()
            assert document["asyncapi"] == "3.0.0"
            assert f"{name}.dead-letters" in document["channels"]
            assert name in (await client.get(f"{url}/asyncapi")).text

    for name, server in platform.servers.items():
        process = psutil.Process(server.pid)
        process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(process.wait, 15)
        log = server.log.read_text()
        assert status == 0, (name, log[-2000:])
        assert '"event": "stopped"' in log, name
        assert "stopped_uncleanly" not in log, (name, log[-2000:])
        assert "Traceback" not in log, (name, log[-4000:])
