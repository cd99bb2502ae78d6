"""What other services tell: contacts, hosts' people, recommendations, and the occasions that people are told of."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from notifications.domain import occasions
from notifications.domain.catalogue import KINDS
from notifications.domain.occasions import application_after, on_application, placement_state
from notifications.domain.people import Contact, Person, Post, Staff
from notifications.domain.plans import Occasion, Plan, Steps, person
from notifications.repository.messages import Messages
from notifications.repository.people import People
from notifications.repository.plans import Plans
from notifications.repository.surroundings import Course, Offered, Surroundings
from notifications.use_cases.wishes import hold
from shared.envelope import Event
from shared.erasure import Erasures
from shared.events.listings import ListingPublished, ListingWithdrawn, StaffChanged
from shared.events.matching import (
    ApplicationChanged,
    Match,
    OutcomeDecided,
    PlacementChanged,
    PlacementMade,
    RankingChanged,
    RecommendationsChanged,
    RecommendationsChangedV1,
    RoundChanged,
)
from shared.events.registration import ContactChanged, ContactErased
from shared.mongo import Tx
from shared.topics import APPLICATIONS, RANKINGS, RECOMMENDATIONS, STAFF

OF_ATTENDEES: Final = frozenset(name for name, kind in KINDS.items() if kind.audience == "attendee")

Farewell = Callable[[Person, Event, Tx], Awaitable[None]]
"""Writes to somebody who is about to be forgotten that they are."""


class PeopleLearning:
    """Batches of contacts, hosts' people and recommendations: all that is kept of persons."""

    def __init__(
        self,
        people: People,
        messages: Messages,
        plans: Plans,
        surroundings: Surroundings,
        erasures: Erasures,
        farewell: Farewell,
        *,
        gather: timedelta,
        zone: str,
    ) -> None:
        self._people = people
        self._messages = messages
        self._plans = plans
        self._surroundings = surroundings
        self._erasures = erasures
        self._farewell = farewell
        self._gather = gather
        self._zone = zone

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Take over what is newer than what is known; what is not changes nothing."""
        known = await self._people.people({id for event in events for id in (_person_id(event), _merged_into(event)) if id}, tx)
        before = {id: (one.unwanted, one.to) for id, one in known.items()}
        people = dict(known)
        changed: set[str] = set()
        welcome: list[Event] = []
        for event in events:
            id = _person_id(event)
            if event.data is None:
                await self._forget(people.get(id), event, tx)
                changed.add(id)
            elif isinstance(event.data, ContactErased):
                if (one := people.get(id)) and one.contact:
                    await self._farewell(one, event, tx)
            else:
                one = people.setdefault(id, Person(id))
                merged_before = one.merged_into
                if self._learn(one, event, tx):
                    changed.add(id)
                    if (into := one.merged_into) and into != merged_before and one.refuses:
                        people.setdefault(into, Person(into)).heed(one)
                        changed.add(into)
                    if one.contact and one.contact.mail_consent and not one.welcomed:
                        one.welcomed = True
                        welcome.append(event)
        gone = {id for id in changed if id not in people or people[id].is_nobody}
        for id in changed - gone:
            if id in before:
                await hold(self._messages, people[id], *before[id], tx)
        await self._plans.add((_welcome(event, tx) for event in welcome if _person_id(event) not in gone), tx)
        await self._people.erase(gone, tx)
        there = known.keys() - gone
        kept = changed - gone
        await self._people.save([people[id] for id in kept if id not in there], [people[id] for id in kept if id in there], tx)

    def _learn(self, one: Person, event: Event, tx: Tx) -> bool:
        match event.data:
            case ContactChanged() as data:
                return one.learn(_contact(data), tx.now, self._gather, self._zone)
            case StaffChanged() as data:
                posts = tuple(Post(post.organization_id, post.mentor, post.contact) for post in data.posts)
                return one.employ(Staff(data.version, data.email, data.name, data.locale, posts, data.time_zone))
            case RecommendationsChanged() as data:
                return one.recommend(data.version, data.matches, event.correlation_id, tx.now, self._gather, self._zone)
            case RecommendationsChangedV1() as data:
                matches = [Match.model_validate(match.model_dump()) for match in data.matches]
                return one.recommend(data.version, matches, event.correlation_id, tx.now, self._gather, self._zone)
        return False

    async def _forget(self, one: Person | None, event: Event, tx: Tx) -> None:
        """Something about the person was erased."""
        id, topic = _person_id(event), event.record.topic
        if topic.endswith(RECOMMENDATIONS.name):
            if one:
                one.forget_recommendations()
            return
        await self._erasures.add({id}, tx)
        if topic.endswith(STAFF.name):
            if one:
                one.staff = None
            return
        # What they get as one of a host's people is kept, all else is not.
        await self._messages.forget(id, OF_ATTENDEES if one and one.staff else KINDS.keys(), tx)
        for application in await self._surroundings.applications_of(id, tx):
            steps = occasions.on_applicant_erased(application, event.correlation_id or event.id, tx.now)
            await self._plans.add(steps.plans, tx)
        await self._plans.forget(id, tx)
        await self._surroundings.forget(id, tx)
        if one:
            one.forget_attendee()


class OccasionLearning:
    """Batches of listings, applications, placements and rounds: what leads to mails."""

    def __init__(self, messages: Messages, plans: Plans, surroundings: Surroundings, zone: str) -> None:
        self._messages = messages
        self._plans = plans
        self._surroundings = surroundings
        self._zone = zone

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Take over what is newer than what is known, and plan what it leads to."""
        listings = await self._surroundings.listings(
            {event.data.listing_id for event in events if isinstance(event.data, ListingPublished | ListingWithdrawn)}, tx
        )
        applications = await self._surroundings.applications(
            {event.data.application_id for event in events if isinstance(event.data, ApplicationChanged)}, tx
        )
        for event in events:
            now = _told_at(event, tx)
            match event.data:
                case ListingPublished() | ListingWithdrawn() as data:
                    known = listings.get(data.listing_id)
                    if known and data.version <= known.version:
                        continue
                    if (listing := _listing(data, known, now)) is not None:
                        listings[data.listing_id] = listing
                        await self._surroundings.save_listing(listing, tx)
                    steps = (
                        occasions.on_listing(data, event.correlation_id, now)
                        if isinstance(data, ListingPublished)
                        else occasions.on_listing_gone(data.listing_id)
                    )
                case ApplicationChanged() as data:
                    application = applications.get(data.application_id)
                    if application and data.version <= application.version:
                        continue
                    steps = on_application(data, application, event.correlation_id, now, self._zone)
                    applications[data.application_id] = after = application_after(data, application, now)
                    await self._surroundings.save_application(after, tx)
                case None:
                    await self._forget(event, tx)
                    continue
                case _:
                    steps = await self._step(event, tx)
            await self._take(steps, tx)

    async def _forget(self, event: Event, tx: Tx) -> None:
        """Another service erased something: a person was forgotten. Their own tombstone sees to the rest."""
        topic = event.record.topic
        if topic.endswith(RANKINGS.name):
            await self._surroundings.forget_ranking(event.key, tx)
        elif topic.endswith(APPLICATIONS.name):
            await self._surroundings.forget_application(event.key, tx)

    async def _step(self, event: Event, tx: Tx) -> Steps:
        correlation_id, now = event.correlation_id, _told_at(event, tx)
        match event.data:
            case PlacementMade() as data:
                if await self._surroundings.follow(_seat(data, now), tx) is not None:
                    return occasions.on_seat(data, correlation_id, now)
            case PlacementChanged() as data:
                if (before := await self._surroundings.follow(_placement(data, now), tx)) is not None:
                    return occasions.on_placement(data, before, correlation_id, now)
            case RoundChanged() as data:
                if await self._surroundings.follow(_round(data, now), tx) is not None:
                    await self._surroundings.save_round(data.round_id, data.name, tx)
                    return occasions.on_round(data, correlation_id, now)
            case OutcomeDecided() as data:  # told once for each version, by its plan's id
                if data.listing_id:
                    await self._surroundings.seat(data.round_id, data.attendee_id, tx)
                return occasions.on_outcome(data, correlation_id, now)
            case RankingChanged() as data:
                await self._surroundings.rank(event.key, data.round_id, data.attendee_id, data.listings, tx)
        return Steps()

    async def _take(self, steps: Steps, tx: Tx) -> None:
        causes = [plan.cause for plan in steps.plans] + steps.spared
        await self._plans.cancel(steps.cancels, causes, tx)
        await self._messages.cancel(steps.cancels, causes, tx)
        await self._plans.add([plan for plan in steps.plans if plan.not_after > tx.now], tx)


def _told_at(event: Event, tx: Tx) -> datetime:
    """When the event was: what was long ago, as when a service reads its topics for the first time, is not told as news."""
    return min(event.time, tx.now)


def _welcome(event: Event, tx: Tx) -> Plan:
    return Occasion("", event.id, event.correlation_id, _told_at(event, tx)).plan("welcome", person(_person_id(event)))


def _person_id(event: Event) -> str:
    match event.data:
        case ContactChanged() | ContactErased() | RecommendationsChanged() | RecommendationsChangedV1() as data:
            return data.attendee_id
        case StaffChanged() as data:
            return data.person_id
    return event.key


def _merged_into(event: Event) -> str | None:
    return event.data.merged_into if isinstance(event.data, ContactChanged) else None


def _contact(data: ContactChanged) -> Contact:
    return Contact(
        data.version,
        data.email,
        data.name,
        data.locale,
        data.mail_consent,
        data.time_zone,
        data.mail_consent_at,
        data.merged_into,
    )


def _seat(data: PlacementMade, now: datetime) -> Course:
    return Course(f"placement/{data.placement_id}", data.version, "made", now, data.listing_id)


def _placement(data: PlacementChanged, now: datetime) -> Course:
    over_at = max(now, datetime.combine(data.ends, time(), UTC)) if data.ends else now
    return Course(f"placement/{data.placement_id}", data.version, placement_state(data), over_at, data.listing_id)


def _round(data: RoundChanged, now: datetime) -> Course:
    return Course(f"round/{data.round_id}", data.version, data.state, max(now, data.closes_at or now))


def _listing(data: ListingPublished | ListingWithdrawn, known: Offered | None, now: datetime) -> Offered | None:
    if isinstance(data, ListingWithdrawn):
        return replace(known, version=data.version, open=False, closed_at=now) if known else None
    return Offered(
        data.listing_id,
        data.version,
        data.title,
        data.organization_id,
        data.organization,
        data.url or "",
        tuple(data.mentor_person_ids),
    )
