"""Sessions as processes see them: notifications signs people in, and the other services accept and refuse them on their own."""

import asyncio
import base64
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from aiokafka import ConsumerRecord
from motor.motor_asyncio import AsyncIOMotorClient

from local_stack import start_service
from shared import clock
from shared.contract.topics import SERVICES
from shared.signing_keys import PublicKey, new_key
from shared.web.access.sessions import COOKIE, LIFETIME, SignInSession, key_id, signed
from support.kafka import Kafka
from support.notified import mail_server
from support.patience import PATIENCE, until
from support.platform import Platform, prepare, running
from support.signing_in import Browser, People, link_in

LIMIT: Final = 5.0
"""Seconds within which the end of a session reaches every service."""
ROUTES: Final = {"registration": "/me", "listings": "/statistics", "matching": "/statistics", "notifications": "/session"}
"""In each service, a route that asks who is signed in. What it answers depends on the person, unless nobody is: 401."""
OPS: Final = "ops@example.org"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Desk:
    """The four services, an operator's client, and the people who sign in."""

    platform: Platform
    operator: httpx.AsyncClient
    people: People
    kafka: Kafka

    async def attendees(self, *names: str) -> list[Browser]:
        """New attendees, who are signed in."""
        for name in names:
            attendee = {"email": address(name), "name": name.title()}
            await self.kafka.attend("checked_in", {"conference_id": "c1", "attendee": attendee}, id=f"check-in-{name}")
        return await self.known_and_signed_in(names, "registration.contacts")

    async def mentors(self, *names: str) -> list[Browser]:
        """New mentors of the host, who are signed in."""
        for name in names:
            await self.put_mentor(name, address(name))
        return await self.known_and_signed_in(names, "listings.contacts")

    async def put_mentor(self, name: str, email: str) -> None:
        """Add a mentor to the host, or change their address."""
        url = f"{self.platform.url('listings')}/organizations/o1/mentors/{name}"
        (await self.operator.put(url, json={"name": name.title(), "email": email})).raise_for_status()

    async def known_and_signed_in(self, names: tuple[str, ...], topic: str) -> list[Browser]:
        """Wait until notifications knows of these people from this topic, and sign them in."""

        def told(records: list[ConsumerRecord]) -> bool:
            values = [record.value or b"" for record in records]
            return all(any(address(name).encode() in value for value in values) for name in names)

        await self.kafka.read(topic, until=told)
        await self.kafka.no_lag(topic, "notifications")
        return list(await asyncio.gather(*(self.signed_in(address(name)) for name in names)))

    async def signed_in(self, email: str) -> Browser:
        """A browser in which the address is signed in, as all services see it."""
        browser = self.people.browser()
        answer = await browser.send("POST", link_in(await self.people.mail(email, browser)))
        assert answer.status_code == 303
        await self.seconds_until(browser.token, accepted=True)
        return browser

    async def status(self, service: str, token: str) -> int:
        """How the service answers to this session."""
        headers = {"cookie": f"{COOKIE}={token}"}
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            return (await client.get(f"{self.platform.url(service)}{ROUTES[service]}", headers=headers)).status_code

    async def accepting(self, token: str, services: tuple[str, ...] = SERVICES) -> set[str]:
        """The services in which this session signs somebody in."""
        answers = await asyncio.gather(*(self.status(service, token) for service in services))
        assert all(answer in (200, 401, 403, 404) for answer in answers), answers
        return {service for service, answer in zip(services, answers, strict=True) if answer != 401}

    async def seconds_until(self, token: str, *, accepted: bool) -> float:
        """Wait until the session is accepted everywhere, or nowhere. Returns how long that took."""
        since = time.monotonic()

        async def so() -> bool:
            return await self.accepting(token) == (set(SERVICES) if accepted else set())

        await until(so)
        return time.monotonic() - since


def address(name: str) -> str:
    return f"{name}@example.org"


@pytest.fixture(scope="module")
def environment(shared_environment: dict[str, str]) -> dict[str, str]:
    return shared_environment | {"OPERATOR_EMAILS": OPS}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """The same for all tests, each of which has people of its own."""
    directory = tmp_path_factory.mktemp("services")
    with pytest.MonkeyPatch.context() as patch:
        async with (
            Kafka(environment["KAFKA_BOOTSTRAP_SERVERS"], environment["TOPIC_PREFIX"]) as kafka,
            mail_server(environment, patch.setenv) as mails,
            running(lambda name: start_service(name, directory, environment), "") as platform,
            httpx.AsyncClient(headers=await platform.operator(), timeout=PATIENCE) as operator,
            httpx.AsyncClient(base_url=platform.url("notifications"), timeout=PATIENCE) as api,
        ):
            await prepare(platform, operator)
            yield Desk(platform, operator, People(api, mails), kafka)


async def test_an_end_reaches_every_service_within_seconds_whatever_ended_the_session(desk: Desk) -> None:
    registration = desk.platform.url("registration")

    async def id_of(email: str) -> str:
        return str((await desk.operator.get(f"{registration}/attendees", params={"email": email})).json()["id"])

    async def here(name: str, browser: Browser) -> None:
        await browser.send("POST", "/sign-out")

    async def everywhere(name: str, browser: Browser) -> None:
        await browser.send("POST", "/sign-out/everywhere")

    async def by_operator(name: str, browser: Browser) -> None:
        url = f"{desk.platform.url('notifications')}/sessions/end"
        (await desk.operator.post(url, json={"email": address(name)})).raise_for_status()

    async def erased(name: str, browser: Browser) -> None:
        (await desk.operator.delete(f"{registration}/attendees/{await id_of(address(name))}")).raise_for_status()

    async def merged(name: str, browser: Browser) -> None:
        kept = {"attendee_id": await id_of(address("bob"))}
        url = f"{registration}/attendees/{await id_of(address(name))}/merged-into"
        (await desk.operator.put(url, json=kept)).raise_for_status()

    async def moved(name: str, browser: Browser) -> None:
        await desk.put_mentor(name, f"{name}@other.example")

    ways: list[Callable[[str, Browser], Awaitable[None]]] = [here, everywhere, by_operator, erased, merged, moved]
    names = {way: (f"{way.__name__}0", f"{way.__name__}1") for way in ways}
    ada, bob, *attendees = await desk.attendees("ada", "bob", *(name for way in ways[:-1] for name in names[way]))
    browsers = dict(
        zip((name for way in ways for name in names[way]), attendees + await desk.mentors(*names[moved]), strict=True)
    )
    every = []
    for way in ways:
        seconds = []
        for name in names[way]:
            token = browsers[name].token
            await way(name, browsers[name])
            seconds.append(await desk.seconds_until(token, accepted=False))
        print(f"\n{way.__name__}: {seconds[0]:.3f} s, {seconds[1]:.3f} s", end="")
        every += seconds
    print(f"\nended everywhere after {statistics.median(every):.3f} s (median of {len(every)}), at most {max(every):.3f} s")
    assert statistics.median(every) < LIMIT
    assert await desk.accepting(bob.token) == set(), "who was merged with somebody signs in again"
    assert await desk.accepting(ada.token) == set(SERVICES), "nobody else is signed out"
    await all_end_with_their_signing_key(desk, ada)


async def all_end_with_their_signing_key(desk: Desk, browser: Browser) -> None:
    """Revoke the key of this session, which every service has in memory by now; then the one that takes over."""
    seconds, refused = [], []
    for _ in range(2):
        token, leaked = browser.token, key_id(browser.token)
        url = f"{desk.platform.url('notifications')}/signing-keys/{leaked}"
        (await desk.operator.delete(url)).raise_for_status()
        seconds.append(await desk.seconds_until(token, accepted=False))
        refused.append(token)
        browser = await desk.signed_in(address("ada"))
        assert key_id(browser.token) != leaked
    print(f"revoked signing key: {seconds[0]:.3f} s, {seconds[1]:.3f} s")
    assert statistics.median(seconds) < LIMIT
    await asyncio.to_thread(desk.platform.servers["matching"].restart)
    assert [await desk.accepting(token) for token in (*refused, browser.token)] == [set(), set(), set(SERVICES)]


async def test_people_stay_signed_in_while_notifications_is_down_and_after_restarts_and_a_change_of_keys(
    desk: Desk, environment: dict[str, str]
) -> None:
    notifications, listings = desk.platform.servers["notifications"], desk.platform.servers["listings"]
    others = tuple(service for service in SERVICES if service != "notifications")
    (carl, ended), ops = await desk.attendees("carl", "ended"), await desk.signed_in(OPS)
    ended_token = ended.token
    await ended.send("POST", "/sign-out")
    await desk.seconds_until(ended_token, accepted=False)

    await asyncio.to_thread(notifications.stop)
    await asyncio.to_thread(listings.restart)
    assert await desk.accepting(carl.token, others) == set(others)
    assert await desk.accepting(ended_token, others) == set(), "also after a restart"
    # An operator gets further than an attendee.
    assert [await desk.status(service, ops.token) for service in ("listings", "matching")] == [200, 200]
    assert [await desk.status(service, carl.token) for service in ("listings", "matching")] == [403, 403]
    for why, token in forged(carl.token).items():
        assert await desk.accepting(token, others) == set(), why

    # The key is due when the service comes back.
    name = f"{environment['TOPIC_PREFIX']}notifications".replace(".", "-")
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(environment["MONGODB_URI"])
    change = {"$set": {"signs_until": clock.now()}}
    assert (await client[name]["signing_keys"].update_one({"key": key_id(carl.token)}, change)).modified_count == 1
    client.close()
    await asyncio.to_thread(notifications.start)
    [dora] = await desk.attendees("dora")
    assert key_id(dora.token) != key_id(carl.token)
    assert await desk.accepting(carl.token) == set(SERVICES)
    assert await desk.accepting(ended_token) == set()
    await desk.people.api.post("/sign-out/everywhere", headers={"cookie": f"{COOKIE}={carl.token}", **same_origin(desk)})
    assert await desk.seconds_until(carl.token, accepted=False) < LIMIT, "by its old key"
    assert await desk.accepting(dora.token) == set(SERVICES)


async def test_an_organizer_signs_in_and_runs_the_conference_until_they_are_taken_off_the_list(desk: Desk) -> None:
    registration, matching = (f"{desk.platform.url(service)}/conferences/c1" for service in ("registration", "matching"))

    async def name_organizers(*names: str, headers: dict[str, str] | None = None) -> int:
        named = {"organizers": [{"email": address(name)} for name in names]}
        return (await desk.operator.put(f"{registration}/organizers", json=named, headers=headers)).status_code

    async def status(url: str, headers: dict[str, str]) -> int:
        return (await desk.operator.get(url, headers=headers)).status_code

    assert await name_organizers("olga") == 200
    [olga] = await desk.known_and_signed_in(("olga",), "registration.contacts")
    session = {"cookie": f"{COOKIE}={olga.token}", "authorization": ""}
    assert await name_organizers("olga", "otto", headers=session) == 200
    await until(lambda: _is(status(f"{matching}/insight/page", session), 200))
    assert await status(f"{desk.platform.url('registration')}/attendees?email={address('olga')}", session) == 403

    assert await name_organizers("otto") == 200
    assert await name_organizers("olga", headers=session) == 403
    await until(lambda: _is(status(f"{matching}/insight/page", session), 403))


async def _is(status: Awaitable[int], wanted: int) -> bool:
    return await status == wanted


def same_origin(desk: Desk) -> dict[str, str]:
    return {"origin": str(desk.people.api.base_url).rstrip("/")}


def forged(token: str) -> dict[str, str]:
    """Tokens that somebody without a private key of notifications can make, of one that is valid."""
    head, claims, signature = token.split(".")
    now = clock.now().replace(microsecond=0)
    key = new_key(key_id(token), now - LIFETIME, now + LIFETIME)
    own = replace(key, public=PublicKey("own", key.public.x, key.public.not_before, key.public.ends_at))
    operator = SignInSession("s", "ada", 2**52, now, now + LIFETIME, (), operator=True)
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    without = base64.urlsafe_b64encode(json.dumps(header | {"alg": "none"}).encode()).decode().rstrip("=")
    return {
        "another key under the same id": signed(operator, key),
        "a key that was never published": signed(operator, own),
        "no algorithm": f"{without}.{claims}.",
        "no algorithm, with the signature": f"{without}.{claims}.{signature}",
        "another session's signature": f"{head}.{signed(operator, key).split('.')[1]}.{signature}",
    }
