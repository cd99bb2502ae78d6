"""The whole notifications service: events published by other services, and the resulting mails."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Final

import httpx

from notifications.main import create_app
from notifications.settings import Settings
from support.copied_keys import keyed
from support.desk import INBOUND_KEY
from support.kafka import Kafka, cloud_event
from support.mail_server import MailServer
from support.patience import PATIENCE
from support.published import listing_published
from support.serving import serving

# The tests' mail server runs in their process and logs addresses, which the service must not do.
logging.getLogger("mail.log").setLevel(logging.WARNING)

LONG_AGO: Final = "2024-07-08T10:00:00Z"


class Publisher:
    """Publishes events like the other services."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._topics: set[str] = set()
        self.traceparent = ""
        """The span in which events are published; "" for none."""

    async def _send(
        self, topic: str, type: str, key: str, data: dict[str, Any] | None, correlation: str = "c-1", time: str = ""
    ) -> None:
        self._topics.add(topic)
        if data is None:
            await self._kafka.send(topic, None, key=key)
            return
        headers = cloud_event(type, time=time or datetime.now(UTC).isoformat())
        headers.append(("ce_correlationid", correlation.encode()))
        if self.traceparent:
            headers.append(("traceparent", self.traceparent.encode()))
        await self._kafka.send(topic, data, headers, key=key)

    async def contact(
        self, id: str = "ada", version: int = 1, consent: bool = True, *, time: str = LONG_AGO, **values: Any
    ) -> None:
        """Publish an attendee who agreed to mails so long ago that no welcome is due."""
        data = {"attendee_id": id, "version": version, "email": f"{id}@example.org", "name": id.title(), "locale": None}
        data |= {"mail_consent": consent} | values
        await self._send("registration.contacts", "registration.contact.changed.v1", id, data, time=time)

    async def erase(self, id: str = "ada", version: int = 9, *, told: bool = True) -> None:
        """Remove a contact. ``told`` publishes the erasure of the person first; without it, only the tombstone."""
        if told:
            data = {"attendee_id": id, "version": version}
            await self._send("registration.contacts", "registration.contact.erased.v1", id, data)
        await self._send("registration.contacts", "", id, None)

    async def staff(self, id: str = "grace", organization: str = "o1", version: int = 1, **values: Any) -> None:
        post = {"organization_id": organization, "mentor": True, "contact": values.pop("contact", True)}
        data = {"person_id": id, "version": version, "email": f"{id}@observatory.example", "name": id.title(), "locale": None}
        await self._send("listings.contacts", "listings.contact.changed.v1", id, data | {"posts": [post]} | values)

    async def forget_staff(self, id: str = "grace") -> None:
        await self._send("listings.contacts", "", id, None)

    async def recommend(self, *listings: str, id: str = "ada", version: int = 1, correlation: str = "c-1") -> None:
        data = {"attendee_id": id, "version": version, "matches": [match(listing) for listing in listings]}
        await self._send("matching.recommendations", "matching.recommendations.changed.v2", id, data, correlation)

    async def forget_recommendations(self, id: str = "ada") -> None:
        await self._send("matching.recommendations", "", id, None)

    async def listing(self, id: str = "l1", version: int = 1, **values: Any) -> None:
        data = listing_published(id, version, mentor_person_ids=["grace"], url=f"https://example.com/{id}")
        await self._send("listings.listings", "listings.listing.published.v1", id, data | values)

    async def withdraw_listing(self, id: str = "l1", version: int = 2) -> None:
        data = {"listing_id": id, "version": version, "reason": "closed"}
        await self._send("listings.listings", "listings.listing.withdrawn.v1", id, data)

    async def organization(self, id: str = "o1", version: int = 1, name: str = "Observatory") -> None:
        data = {"organization_id": id, "version": version, "name": name, "url": None, "conference_ids": ["pyconf"]}
        await self._send("listings.organizations", "listings.organization.changed.v1", id, data)

    async def idea(self, state: str, version: int, *asked_by: str, id: str = "i1", **values: Any) -> None:
        data = {"idea_id": id, "version": version, "attendee_id": "ada", "state": state, "title": "Comet tails"}
        data |= {"conference_ids": ["pyconf"], "asked_by": asked_by, "expires_at": "2099-01-01T12:00:00Z"}
        await self._send("listings.ideas", "listings.idea.changed.v1", id, data | values)

    async def forget_idea(self, id: str = "i1") -> None:
        await self._send("listings.ideas", "", id, None)

    async def application(self, state: str, version: int = 1, id: str = "a1", **values: Any) -> None:
        data = {"application_id": id, "version": version, "attendee_id": "ada", "listing_id": "l1", "state": state}
        await self._send("matching.applications", "matching.application.changed.v1", id, data | values)

    async def invitation(self, id: str = "v1", listing: str = "l1") -> None:
        """An invitation of ada to apply for a listing."""
        data = {"invitation_id": id, "version": 1, "attendee_id": "ada", "listing_id": listing, "organization_id": "o1"}
        await self._send("matching.invitations", "matching.invitation.sent.v1", id, data)

    async def forget_invitation(self, id: str) -> None:
        await self._send("matching.invitations", "", id, None)

    async def nomination(self, state: str, version: int = 1, **values: Any) -> None:
        """A nomination of ada by grace for l1."""
        data = {"nomination_id": "n1", "version": version, "attendee_id": "ada", "listing_id": "l1", "state": state}
        data |= {"organization_id": "o1", "mentor_person_id": "grace"}
        await self._send("matching.nominations", "matching.nomination.changed.v1", "n1", data | values)

    async def forget_nomination(self) -> None:
        await self._send("matching.nominations", "", "n1", None)

    async def placement(self, state: str, version: int = 2, **values: Any) -> None:
        data = {"placement_id": "p1", "version": version, "attendee_id": "ada", "listing_id": "l1", "state": state}
        data |= {"mentor_person_ids": ["grace"]}
        await self._send("matching.placements", "matching.placement.changed.v1", "p1", data | values)

    async def profile(self, id: str, *conferences: str, version: int = 1) -> None:
        data = {"attendee_id": id, "version": version, "conference_ids": conferences, "interests": [], "met": []}
        await self._send("registration.profiles", "registration.attendee.profiled.v1", id, data)

    async def round(self, state: str, version: int, **values: Any) -> None:
        data = {"round_id": "r1", "version": version, "name": "Match day", "state": state, "listing_ids": ["l1"], "seed": "s"}
        await self._send("matching.rounds", "matching.round.changed.v1", "r1", data | values)

    async def ranking(self, id: str, listings: int = 1, version: int = 1) -> None:
        data = {"round_id": "r1", "attendee_id": id, "version": version, "listings": listings}
        await self._send("matching.rankings", "matching.ranking.changed.v1", f"r1|{id}", data)

    async def outcome(self, id: str = "ada", **values: Any) -> None:
        data = {"round_id": "r1", "attendee_id": id, "version": 1, "listing_id": "l1"}
        data |= {"choices": [{"listing_id": "l1", "result": "matched"}]}
        await self._send("matching.outcomes", "matching.outcome.decided.v1", f"r1|{id}", data | values)

    async def applied(self) -> None:
        """Wait until the service has applied everything that was published."""
        contacts = {"registration.contacts", "listings.contacts", "matching.recommendations"}
        for topic in self._topics:
            group = "notifications.attendances" if topic == "registration.profiles" else "notifications.rules"
            await self._kafka.no_lag(topic, "notifications" if topic in contacts else group)


def match(listing: str) -> dict[str, Any]:
    """A match with a session attended and a mentor met."""
    reasons = [
        {"kind": "skill", "term": "Python", "contribution": 0.5, "session_id": "s1", "session_title": "Property testing"},
        {"kind": "met", "contribution": 0.2},
    ]
    return {
        "listing_id": listing,
        "title": f"Project {listing}",
        "organization": "SunPy",
        "url": f"https://example.com/{listing}",
        "score": 0.7,
        "reasons": reasons,
    }


def kind(mail: EmailMessage) -> str:
    """The kind of this mail."""
    return str(mail["Feedback-ID"]).partition(":")[0]


def told(mails: MailServer, *kinds: str, to: str = "") -> list[EmailMessage]:
    """The accepted mails of these kinds, in order."""
    return [mail for recipient, mail in mails.taken if kind(mail) in kinds and to in ("", recipient)]


def text(mail: EmailMessage, form: str = "plain") -> str:
    """The mail's text, or its HTML."""
    body = mail.get_body((form,))
    assert body is not None
    return str(body.get_content())


async def until_statistics(api: httpx.AsyncClient, seconds: float = PATIENCE, **expected: int) -> dict[str, int]:
    """Wait until the statistics have these values. Returns all of them."""
    statistics: dict[str, int] = {}
    try:
        async with asyncio.timeout(seconds):
            while not (expected.items() <= statistics.items()):
                statistics = (await api.get("/statistics")).json()
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"expected {expected}, have {statistics}") from None
    return statistics


async def settled(api: httpx.AsyncClient, publish: Publisher) -> dict[str, int]:
    """Wait until all events are applied, and no mail is pending or queued. Returns the statistics."""
    await publish.applied()
    return await until_statistics(api, pending=0, queued=0)


async def messages(api: httpx.AsyncClient, id: str = "ada", kind: str = "") -> list[dict[str, Any]]:
    """The mails to a person, as the API shows them."""
    answer = await api.get("/messages", params={"person_id": id} | ({"kind": kind} if kind else {}))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@asynccontextmanager
async def mail_server(environment: dict[str, str], setenv: Callable[[str, str], None]) -> AsyncIterator[MailServer]:
    """Run a mail server, and set the settings with which a service uses it."""
    server = MailServer()
    async with server.listening() as url:
        settings = {
            "SMTP_URL": url,
            "SMTP_CONNECTIONS": "2",
            "MAIL_RETRY_SECONDS": "0.1",
            "MAIL_FROM": "Desk <desk@example.net>",
            "BOUNCE_ADDRESS": "bounces@example.net",
            "INBOUND_KEY": INBOUND_KEY,
            "PUBLIC_URL": "https://desk.example.net",
            "LINK_HOSTS": "example.com",
        }
        for name, value in settings.items():
            environment[name] = value
            setenv(name, value)
        yield server


@asynccontextmanager
async def running(port: int = 0) -> AsyncIterator[httpx.AsyncClient]:
    """Run the service with the environment's settings; yields a client with an operator's key."""
    async with serving(create_app(Settings()), port) as client:
        yield await keyed(client, "notifications")
