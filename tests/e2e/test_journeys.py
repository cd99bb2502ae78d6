"""The site as people use it, in a browser, through one address: from nothing to an accepted offer, feedback and a match day."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from local_stack import Stack, start_service
from local_stack.ports import free_port
from local_stack.site import start_site
from support.answers import ok
from support.browser import chromium
from support.kafka import Kafka
from support.patience import PATIENCE
from support.platform import Platform, running
from support.screens import MORE_WALKS, WALKS, Screen, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")
TODAY = datetime.now(UTC).date()


@dataclass
class Stage:
    """The four services behind one address, and the browser in which everybody uses it."""

    platform: Platform
    site: str
    operator: httpx.AsyncClient
    kafka: Kafka
    browser: Browser

    async def visitor(self, screen: Screen, email: str) -> Visitor:
        return await Visitor.arrives(self.browser, screen, self.site, self.platform, email)


@pytest.fixture(scope="module")
def environment(shared_environment: dict[str, str]) -> dict[str, str]:
    return shared_environment | {"PUBLIC_URL": f"http://127.0.0.1:{free_port()}"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(stack: Stack, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    if not stack.inbox_url:
        pytest.skip("SMTP_URL names a server whose mails cannot be read here")
    directory = tmp_path_factory.mktemp("services")
    async with (
        chromium() as browser,
        running(lambda name: start_service(name, directory, environment, timeout=PATIENCE), stack.inbox_url) as platform,
        Kafka(environment["KAFKA_BOOTSTRAP_SERVERS"], environment["TOPIC_PREFIX"]) as kafka,
        httpx.AsyncClient(headers=await platform.operator(), timeout=PATIENCE) as operator,
    ):
        ports = {name: server.port for name, server in platform.servers.items()}
        port = httpx.URL(environment["PUBLIC_URL"]).port
        site = await asyncio.to_thread(start_site, directory / "site", ports, port or 0)
        try:
            yield Stage(platform, site.url, operator, kafka, browser)
        finally:
            await asyncio.to_thread(site.stop)


@pytest.mark.parametrize("screen", [*WALKS, *(pytest.param(one, marks=pytest.mark.proof) for one in MORE_WALKS)], ids=str)
async def test_everybody_gets_from_their_first_mail_to_what_they_came_for(stage: Stage, screen: Screen) -> None:
    name = f"w{screen.width}{screen.scheme}{'' if screen.scripts else 'plain'}"
    await prepare(stage, name)
    ada, cora, mina, olga = [await stage.visitor(screen, f"{who}.{name}@example.org") for who in ("ada", "cora", "mina", "olga")]

    # A host, from signing in to a listing.
    await cora.signs_in()
    await cora.follow("Host desk")
    await cora.follow("Listings")
    await cora.follow("Write a listing")
    await cora.fill(title="Map the night sky", description="You measure stars.", skills="Python", capacity="2")
    await cora.fill(starts=str(TODAY), ends=str(TODAY + timedelta(days=60)), hours_per_week="10")
    await cora.fill(deadline=f"{TODAY + timedelta(days=9)}T12:00")  # it begins today, and would be closed already
    await cora.choose(mentor_ids="mina")
    await cora.press("Save")
    await cora.press("Publish")
    await cora.sees("Published. Attendees can apply from now on.")

    # An attendee, from the mail to an application.
    await ada.follows_mail("Map the night sky")
    await ada.follow("Map the night sky")
    await ada.sees("Why this suits you")
    await ada.follow("Apply")
    await ada.fill(name="Ada Lovelace", note="I should like\nto map stars.")
    await ada.press("See what they will see")
    await ada.sees("This is what they will see")
    await ada.press("Send the application")
    await ada.sees("Your application was sent")

    # The host, from its mail to an offer.
    await cora.follows_mail("Answer the application")
    await cora.unfold("Offer a seat")
    await cora.press("Offer the seat")
    await cora.sees("The seat is offered")

    # The attendee, from the mail of the offer, in another browser, to the place.
    await ada.leaves()
    ada = await stage.visitor(screen, ada.email)
    await ada.follows_mail("Answer the offer")
    await ada.press("Accept the offer")
    await ada.sees("You have the place")

    # The mentor, from the mail to a nomination.
    await mina.follows_mail("See your mentee")
    await mina.sees("Ada Lovelace")
    await mina.follow("Nominations")
    await mina.choose(who=f"o-{name}/{await id_of(stage, ada.email)}", programme=f"lead-{name}")
    await mina.fill(note="She led the sprint.")
    await mina.press("Ask them")
    await mina.sees("They have been asked.")

    # The host, from the placement to its feedback.
    await cora.follow("Placements")
    await cora.follow("Ada Lovelace")
    await cora.press("Yes, it has started")
    await cora.unfold("Give feedback")
    await cora.choose(moment="middle", rating="4")
    await cora.fill(comment="Quick and careful.")
    await cora.press("Send the feedback")
    await cora.sees("Thank you for your feedback")

    # The organizer, from an empty list to a published match day.
    await olga.signs_in()
    await olga.follow("Conference")
    await olga.follow("Match days")
    await olga.sees("No match day yet")
    await olga.follow("Plan a match day")
    await olga.fill(name="Autumn")
    await olga.press("Plan it")
    for step in ("Open the ranking", "Lock the ranking"):
        await olga.follow(step)
        await olga.press(step)
    await until_shown(olga, "Assigned: only you know the result")
    await olga.follow("Publish the result")
    await olga.press("Publish the result")
    await until_shown(olga, "Published: everybody knows their result")
    for visitor in (ada, cora, mina, olga):
        await visitor.leaves()


async def prepare(stage: Stage, name: str) -> None:
    """A conference with its organizer, a host with a contact and a mentor, a leadership programme, and an attendee."""
    registration, listings = stage.platform.url("registration"), stage.platform.url("listings")
    conference, host = f"c-{name}", f"o-{name}"
    sessions = [{"id": "s1", "title": "Old plates", "skills": ["Python"], "topics": ["astronomy"]}]
    announced: dict[str, Any] = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-12", "sessions": sessions}
    await ok(stage.operator.put(f"{registration}/conferences/{conference}", json=announced))
    organizers = {"organizers": [{"email": f"olga.{name}@example.org"}]}
    await ok(stage.operator.put(f"{registration}/conferences/{conference}/organizers", json=organizers))
    await ok(stage.operator.put(f"{listings}/organizations/{host}", json={"name": "Observatory", "conference_ids": [conference]}))
    for who, posts in (("cora", {"admin": True, "contact": True}), ("mina", {"named": True})):
        person = {"name": who.title(), "email": f"{who}.{name}@example.org", **posts}
        await ok(stage.operator.put(f"{listings}/organizations/{host}/mentors/{who}", json=person))
    programme = {"organization_id": host, "title": "Lead a team", "description": "Lead", "kind": "leadership", "capacity": 2}
    await ok(stage.operator.put(f"{listings}/listings/lead-{name}", json=programme))
    await ok(stage.operator.post(f"{listings}/listings/lead-{name}/publish"))
    consent = {"mail": True, "matching": True, "sharing": True}
    ada = {"email": f"ada.{name}@example.org", "name": "Ada", "skills": ["Python"], "consent": consent}
    await stage.kafka.attend("session_attended", {"conference_id": conference, "session_id": "s1", "attendee": ada})
    met = {"conference_id": conference, "attendee": ada, "met": {"email": f"mina.{name}@example.org"}}
    await stage.kafka.attend("person_met", met)
    olga = {"email": f"olga.{name}@example.org", "name": "Olga", "consent": {"mail": True}}
    await stage.kafka.attend("checked_in", {"conference_id": conference, "attendee": olga})
    for topic, group in (
        ("registration.contacts", "notifications"),
        ("listings.contacts", "notifications"),
        ("registration.conferences", "matching.roles"),
        ("registration.profiles", "matching.candidates"),
        ("listings.listings", "matching.catalogue"),
        ("listings.organizations", "matching.roles"),
    ):
        await stage.kafka.no_lag(topic, group)


async def id_of(stage: Stage, email: str) -> str:
    """The id of an attendee."""
    attendees = f"{stage.platform.url('registration')}/attendees"
    return str((await ok(stage.operator.get(attendees, params={"email": email})))["id"])


async def until_shown(visitor: Visitor, text: str) -> None:
    """Load the page again until it says so."""
    async with asyncio.timeout(PATIENCE):
        while not await visitor.page.get_by_text(text).count():
            await asyncio.sleep(0.3)
            await visitor.page.goto(visitor.page.url.partition("?")[0])
