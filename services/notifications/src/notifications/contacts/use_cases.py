"""What other services tell of people: contacts, hosts' people, recommendations."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from notifications.contacts.domain import Contact, Person, Post, Staff
from notifications.contacts.repository import People
from notifications.mail_kinds import KINDS
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import hold
from notifications.rules.domain.plans import Occasion, Plan, person
from notifications.rules.domain.rules import on_applicant_erased
from notifications.rules.repository.plans import Plans
from notifications.rules.repository.projections import Surroundings
from notifications.use_cases.learning import told_at
from shared.contract.envelope import Event
from shared.contract.events.listings import StaffChanged
from shared.contract.events.matching import Match, RecommendationsChanged, RecommendationsChangedV1
from shared.contract.events.registration import ContactChanged, ContactErased
from shared.contract.topics import RECOMMENDATIONS, STAFF
from shared.database.mongo import Tx
from shared.messaging.erasure import Erasures

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
            steps = on_applicant_erased(application, event.correlation_id or event.id, tx.now)
            await self._plans.add(steps.plans, tx)
        await self._plans.forget(id, tx)
        await self._surroundings.forget(id, tx)
        if one:
            one.forget_attendee()


def _welcome(event: Event, tx: Tx) -> Plan:
    return Occasion("", event.id, event.correlation_id, told_at(event, tx)).plan("welcome", person(_person_id(event)))


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
