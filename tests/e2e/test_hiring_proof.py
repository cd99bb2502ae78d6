"""The proof of hiring: matching and listings are killed, and no seat is lost or given twice, and every mail comes once.

``PROOF_SEED`` decides the victims, the moments and what people answer ("random": another one each time).
"""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import httpx
import pytest

from support.answers import ok
from support.kafka import Kafka
from support.patience import PATIENCE, until
from support.platform import Platform

pytestmark = pytest.mark.proof

PEOPLE: Final = 20
LISTINGS: Final = 6
KILLS: Final = 20
AT_ONCE: Final = 4
SUMMER: Final = {"starts": "2099-06-01", "ends": "2099-08-31", "hours_per_week": 40}
DEADLINE: Final = (datetime.now(UTC) + timedelta(days=14)).isoformat()
ARRIVED, CONFIRMED = "Your application arrived: ", "Your internship is confirmed: "


@dataclass
class Season:
    """Attendees apply, hosts offer, attendees answer, while services are killed."""

    platform: Platform
    client: httpx.AsyncClient
    rng: Random
    capacities: dict[str, int] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """Of attendees, by their addresses."""
    accepted: set[tuple[str, str]] = field(default_factory=set)
    applied: set[tuple[str, str]] = field(default_factory=set)
    """Address and listing of what was answered with a success."""
    begun: int = 0
    kills: int = 0

    async def ask(self, service: str, method: str, path: str, body: Any = None, version: int | None = None) -> httpx.Response:
        """The service's answer. While it is down, it is asked again: it may have done before what it is asked to do."""
        headers = {} if version is None else {"if-match": f'"{version}"'}
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    answer = await self.client.request(method, f"{self.platform.url(service)}{path}", json=body, headers=headers)
                    if answer.status_code < 500:
                        return answer
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)

    async def prepare(self, kafka: Kafka) -> None:
        self.client.headers.update(await self.platform.operator())
        conference = {"name": "PyConf", "starts": "2024-07-08", "ends": "2024-07-12", "sessions": []}
        await ok(self.ask("registration", "PUT", "/conferences/c1", conference))
        for number in range(LISTINGS):
            id, capacity = f"l{number}", 1 + number % 2
            self.capacities[id] = capacity
            await ok(self.ask("listings", "PUT", f"/organizations/o{number}", {"name": f"Host {number}"}))
            listing = {"organization_id": f"o{number}", "title": id, "capacity": capacity, "conditions": SUMMER}
            await ok(self.ask("listings", "PUT", f"/listings/{id}", listing))
            await ok(self.ask("listings", "POST", f"/listings/{id}/publish"))
        for number in range(PEOPLE):
            email = f"p{number}@example.org"
            agreed = {"mail": True, "matching": True, "sharing": True}
            attendee = {"email": email, "name": f"P{number}", "skills": ["Python"], "consent": agreed}
            await kafka.attend("checked_in", {"conference_id": "c1", "attendee": attendee})
        await kafka.no_lag("attendance.inbound", "registration")
        for number in range(PEOPLE):
            email = f"p{number}@example.org"
            self.ids[email] = (await ok(self.ask("registration", "GET", f"/attendees?email={email}")))["id"]
        await kafka.no_lag("registration.profiles", "matching.candidates")
        await kafka.no_lag("listings.listings", "matching.catalogue")

    async def course(self, email: str, listing: str) -> None:
        """One attendee's application to one listing, as far as it comes."""
        self.begun += 1
        path = f"/attendees/{self.ids[email]}/applications/{listing}"
        answer = await self.ask("matching", "PUT", path, {"name": "Ada"})
        if not answer.is_success:  # placed already, or all seats are taken
            assert answer.status_code == 409, answer.text
            return
        self.applied.add((email, listing))
        application = answer.json()
        for command, body in (
            ("offer", {"deadline": DEADLINE}),
            (self.rng.choice(["accept", "accept", "decline", "rescind"]), None),
        ):
            given = f"/applications/{application['id']}/{command}"
            answer = await self.ask("matching", "POST", given, body, application["version"])
            if not answer.is_success:  # no seat is left, or a placement ended it in the meantime
                assert answer.status_code in (409, 412), answer.text
                return
            application = answer.json()
        if application["state"] == "accepted":
            self.accepted.add((email, listing))

    async def kill(self, moments: list[int]) -> None:
        for moment in moments:
            while self.begun < moment:
                await asyncio.sleep(0.05)
            await asyncio.sleep(self.rng.random())
            name = self.rng.choice(["matching", "matching", "listings"])
            await asyncio.to_thread(self.platform.servers[name].kill)
            await asyncio.to_thread(self.platform.servers[name].start)
            self.kills += 1

    async def all_at_once(self) -> None:
        courses = [(email, listing) for email in self.ids for listing in self.rng.sample(sorted(self.capacities), 4)]
        self.rng.shuffle(courses)
        moments = sorted(self.rng.randrange(len(courses) * 9 // 10) for _ in range(KILLS))
        left = iter(courses)

        async def work() -> None:
            for one in left:
                await self.course(*one)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.kill(moments))
            for _ in range(AT_ONCE):
                tasks.create_task(work())

    async def placements(self, listing: str) -> list[dict[str, Any]]:
        placements: list[dict[str, Any]] = (await ok(self.ask("matching", "GET", f"/placements?listing_id={listing}")))["items"]
        return placements

    async def offers(self, listing: str) -> int:
        page = await ok(self.ask("matching", "GET", f"/applications?listing_id={listing}&state=offered"))
        return len(page["items"])

    async def shown(self, listing: str) -> tuple[int, int]:
        said = await ok(self.ask("listings", "GET", f"/listings/{listing}"))
        return said["placed"], said["offered"]


async def test_no_seat_is_lost_or_given_twice_and_every_mail_comes_once_whatever_is_killed(
    platform: Platform, kafka: Kafka, seed: int
) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        season = Season(platform, client, Random(seed))
        await season.prepare(kafka)
        await season.all_at_once()
        assert season.kills == int(os.environ.get("PROOF_KILLS") or KILLS)

        placed: dict[str, list[str]] = {}
        for listing, capacity in season.capacities.items():
            placed[listing] = [one["attendee_id"] for one in await season.placements(listing)]
            offers = await season.offers(listing)
            assert len(placed[listing]) + offers <= capacity, f"{listing} has {capacity} seats"

            async def says(listing: str = listing, offers: int = offers) -> bool:
                return await season.shown(listing) == (len(placed[listing]), offers)

            await until(says)
        holders = Counter(id for ids in placed.values() for id in ids)
        assert set(holders.values()) <= {1}, "all of these are at the same time"
        stated = {(season.ids[email], listing) for email, listing in season.accepted}
        assert stated == {(id, listing) for listing, ids in placed.items() for id in ids}

        for email in season.ids:
            expected = Counter(
                [ARRIVED + listing for one, listing in season.applied if one == email]
                + [CONFIRMED + listing for one, listing in season.accepted if one == email]
            )

            async def came(email: str = email, expected: Counter[str] = expected) -> bool:
                return expected <= Counter(mail["subject"] for mail in await platform.mails(email))

            await until(came)
            mails = await platform.mails(email)
            assert Counter(one["subject"] for one in mails if one["subject"].startswith((ARRIVED, CONFIRMED))) == expected
            twice = Counter(dict(one["headers"])["Message-ID"] for one in mails)
            assert set(twice.values()) <= {1}
        print(
            f"\nseed {seed}: {season.kills} kills; {len(season.applied)} applications, {len(season.accepted)} placements, "
            f"{sum(season.capacities.values())} seats"
        )
