"""Listings and matching on real servers, where many want a listing's seats at the same moment."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

import listings.main
import listings.settings
import matching.main
import matching.settings
from support.answers import ok
from support.copied_keys import keyed
from support.kafka import Kafka
from support.patience import until
from support.published import publish_profile
from support.serving import serving

MANY: Final = 100
SUMMER: Final = {"starts": "2099-06-01", "ends": "2099-08-31", "hours_per_week": 40}
LETTER: Final = {"name": "Ada", "note": "I should like to."}

Application = dict[str, Any]


@dataclass
class Services:
    """Both services, and what their users do."""

    listings: httpx.AsyncClient
    matching: httpx.AsyncClient
    kafka: Kafka

    async def host(self, *ids: str, capacity: int = 1) -> None:
        """Open these listings, each of an organization of its own."""
        for id in ids:
            await ok(self.listings.put(f"/organizations/o-{id}", json={"name": f"Host {id}"}))
            await self.change(id, capacity)
            await ok(self.listings.post(f"/listings/{id}/publish"))
        await self.settled()

    async def change(self, id: str, capacity: int) -> None:
        body = {"organization_id": f"o-{id}", "title": id, "capacity": capacity, "conditions": SUMMER}
        await ok(self.listings.put(f"/listings/{id}", json=body))

    async def attend(self, *ids: str) -> None:
        interests = [{"kind": "skill", "term": "Python", "declared": True, "evidence": []}]
        for id in ids:
            await publish_profile(self.kafka, id, conference_ids=["c1"], interests=interests)
        await self.settled()

    async def settled(self) -> None:
        """Matching knows who attends, and what is open."""
        await self.kafka.no_lag("listings.listings", "matching.catalogue")
        await self.kafka.no_lag("registration.profiles", "matching.candidates")

    async def apply(self, attendee: str, listing: str) -> Application:
        application: Application = await ok(self.matching.put(f"/attendees/{attendee}/applications/{listing}", json=LETTER))
        return application

    async def give(self, application: Application, command: str, body: Any = None) -> httpx.Response:
        """Give a command; a service that is too busy asks for it to be given again."""
        seen, path = {"if-match": f'"{application["version"]}"'}, f"/applications/{application['id']}/{command}"
        while (answer := await self.matching.post(path, json=body, headers=seen)).status_code == 503:
            await asyncio.sleep(0.1)
        return answer

    async def place(self, attendee: str, listing: str) -> httpx.Response:
        """Place by hand, as an operator."""
        body = {"attendee_id": attendee, "listing_id": listing, "reason": "by hand"}
        while (answer := await self.matching.post("/placements", json=body)).status_code == 503:
            await asyncio.sleep(0.1)
        return answer

    def offer(self, application: Application) -> Awaitable[httpx.Response]:
        deadline = datetime.now(UTC) + timedelta(days=7)
        return self.give(application, "offer", {"deadline": deadline.isoformat()})

    async def offered(self, attendee: str, listing: str) -> Application:
        offered: Application = await ok(self.offer(await self.apply(attendee, listing)))
        return offered

    async def placements(self, **which: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await ok(self.matching.get("/placements", params=which)))["items"]
        return found

    async def shows(self, listing: str, **expected: int) -> None:
        """Wait until the listing says this."""

        async def says() -> bool:
            shown = await ok(self.listings.get(f"/listings/{listing}"))
            return {name: shown[name] for name in expected} == expected

        await until(says)


@pytest.fixture
async def services(environment: dict[str, str], kafka: Kafka) -> AsyncIterator[Services]:
    async with (
        serving(listings.main.create_app(listings.settings.Settings())) as hosts,
        serving(matching.main.create_app(matching.settings.Settings())) as desk,
    ):
        yield Services(await keyed(hosts, "listings"), await keyed(desk, "matching"), kafka)


async def test_whatever_runs_at_once_no_seat_is_given_twice_and_no_promise_is_lost(
    services: Services, subtests: pytest.Subtests
) -> None:
    with subtests.test("a hundred offers of the last seat, then a hundred acceptances and placements by hand"):
        await services.host("last")
        people = [f"a{number}" for number in range(MANY)]
        await services.attend(*people)
        applications = [await services.apply(id, "last") for id in people]
        offers = await asyncio.gather(*map(services.offer, applications))
        assert Counter(answer.status_code for answer in offers) == {200: 1, 409: MANY - 1}
        assert "has no seat left" in details(offers, 409)
        (offered,) = [answer.json() for answer in offers if answer.is_success]
        accepts = [services.give(offered, "accept") for _ in range(MANY // 2)]
        others = [id for id in people if id != offered["attendee_id"]][: MANY // 2]
        by_hand = [services.place(id, "last") for id in others]
        results = await asyncio.gather(*accepts, *by_hand)
        assert {answer.status_code for answer in results[: len(accepts)]} == {200}, "repeated, it answers as the first time"
        assert {answer.status_code for answer in results[len(accepts) :]} == {409}
        assert [one["attendee_id"] for one in await services.placements(listing_id="last")] == [offered["attendee_id"]]
        await services.shows("last", placed=1, offered=0, over=0)

    with subtests.test("two sides' offers to one person, accepted at the same moment"):
        for number in range(5):
            here, there, person = f"here{number}", f"there{number}", f"b{number}"
            await services.host(here, there)
            await services.attend(person)
            offered_twice = [await services.offered(person, here), await services.offered(person, there)]
            answers = await asyncio.gather(*(services.give(one, "accept") for one in offered_twice))
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            refusal = details(answers, 409)
            assert "end that one first" in refusal or "another placement of the attendee leaves no hours" in refusal
            (held,) = await services.placements(attendee_id=person)
            won = [one["listing_id"] for one, answer in zip(offered_twice, answers, strict=True) if answer.is_success]
            assert [held["listing_id"]] == won
            for id in (here, there):
                await services.shows(id, placed=int(id in won), offered=0)

    with subtests.test("a capacity that is lowered while offers are made and accepted"):
        await services.host("three", capacity=3)
        trio = [f"c{number}" for number in range(4)]
        await services.attend(*trio)
        held_offers = [await services.offered(id, "three") for id in trio[:2]]
        late = [await services.apply(id, "three") for id in trio[2:]]
        accepted, *others_offers, _ = await asyncio.gather(
            services.give(held_offers[0], "accept"),
            services.offer(late[0]),
            services.offer(late[1]),
            services.change("three", 1),
        )
        assert accepted.status_code == 200, "what was offered before holds"
        more = [answer for answer in others_offers if answer and answer.is_success]
        assert len(more) <= 1, "three seats were all there ever were"
        await services.settled()
        promised = 2 + len(more)
        await services.shows("three", placed=1, offered=promised - 1, over=promised - 1)
        answer = await services.place(trio[3], "three")
        assert answer.status_code == 409, "nothing more is promised"
        for offer in [held_offers[1], *(answer.json() for answer in more)]:
            await ok(services.give(offer, "accept"))
        assert len(await services.placements(listing_id="three")) == promised
        await services.shows("three", placed=promised, offered=0, over=promised - 1)


def details(answers: Iterable[httpx.Response], status: int) -> str:
    return " ".join(answer.json()["detail"] for answer in answers if answer.status_code == status)
