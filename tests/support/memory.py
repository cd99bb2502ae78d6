"""Registration's real use cases for people, on in-memory repositories."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from pydantic import SecretStr

from registration.attendance.domain.capacity import Amount, Capacity
from registration.attendance.domain.pending import MAX_PENDING, PendingEvent
from registration.attendance.domain.rejections import Rejection
from registration.attendance.use_cases.event_recorder import EventRecorder
from registration.attendance.use_cases.outcomes import Outcomes
from registration.attendees.domain.attendance import Attendee, Fact
from registration.attendees.domain.people import Identity
from registration.attendees.use_cases import Profiles
from registration.conferences.domain import Conference
from registration.connections.use_cases.delivery_rejections import DeliveryRejections
from registration.organizers.use_cases import Organizer, Organizers
from registration.people.use_cases.people import People
from registration.portfolio.domain.placements import Placement
from registration.portfolio.domain.status_list import StatusList
from registration.portfolio.use_cases.placement_recorder import PlacementRecorder
from registration.portfolio.use_cases.revoker import Revoker
from shared.contract.envelope import Encoded, Event, Received
from shared.contract.events.attendance import Person
from shared.contract.events.registration import AttendeeProfiled, ConferenceScheduled, ContactChanged, Session
from shared.database.mongo import Tx
from shared.refusals import Refusal

KEY = SecretStr("a key for histories")
START = datetime(2024, 7, 8, tzinfo=UTC)
SESSIONS = {f"s{n}": Session(id=f"s{n}", title=f"T{n}", skills=[f"k{n}"]) for n in range(3)}
CONFERENCE = Conference("c1", 1, "C", date(2024, 7, 8), date(2024, 7, 9), SESSIONS)


class Store:
    """Fakes the repositories of attendees and conferences. It stores copies, like a database."""

    def __init__(self) -> None:
        self.known: dict[str, Attendee] = {}
        self.conferences = {"c1": CONFERENCE}

    async def get_many(self, ids: Collection[str], _: Tx) -> dict[str, Any]:
        if conferences := {id: self.conferences[id] for id in ids if id in self.conferences}:
            return dict(conferences)
        return {id: deepcopy(self.known[id]) for id in ids if id in self.known}

    async def save(self, new: Iterable[Attendee], changed: Iterable[Attendee], _: Tx) -> None:
        for one in new:
            assert one.id not in self.known
            self.known[one.id] = deepcopy(one)
        for one in changed:
            assert one.id in self.known
            self.known[one.id] = deepcopy(one)

    async def erase(self, ids: Collection[str], _: Tx) -> None:
        for id in ids:
            self.known.pop(id, None)


class Conferences:
    """Fakes the repository of conferences."""

    def __init__(self, known: dict[str, Conference]) -> None:
        self._known = known

    async def get(self, id: str, _: Any) -> Conference | None:
        return deepcopy(self._known.get(id))

    async def save(self, conference: Conference, _: Tx) -> None:
        self._known[conference.id] = deepcopy(conference)


class Facts:
    """Fakes the repository of facts."""

    def __init__(self) -> None:
        self.stated: dict[str, Fact] = {}

    async def get_many(self, ids: Collection[str], _: Tx) -> dict[str, Fact]:
        return {id: self.stated[id] for id in ids if id in self.stated}

    async def about(self, attendee_id: str, _: Tx) -> AsyncIterator[Fact]:
        for fact in list(self.stated.values()):
            if fact.attendee_id == attendee_id:
                yield fact

    async def save(self, new: Iterable[Fact], changed: Iterable[Fact], _: Tx) -> None:
        self.stated |= {fact.id: fact for fact in (*new, *changed)}

    async def encounters(self, met: Collection[str], after: str, most: int, _: Tx) -> dict[str, str]:
        found = {id: fact.attendee_id for id, fact in self.stated.items() if fact.kind == "person_met" and fact.subject in met}
        return {id: found[id] for id in sorted(found) if id > after}

    async def erase(self, ids: Collection[str], _: Tx) -> None:
        for id in ids:
            self.stated.pop(id, None)

    async def erase_page(self, attendee_id: str, until: datetime, tx: Tx) -> bool:
        await self.erase([id for id, fact in self.stated.items() if fact.attendee_id == attendee_id and fact.at <= until], tx)
        return False


class Identities:
    """Fakes the repository of identities. Each change is published at once."""

    def __init__(self) -> None:
        self.known: dict[str, Identity] = {}

    async def get_many(self, ids: Collection[str], _: Tx) -> dict[str, Identity]:
        return {id: self.known[id] for id in ids if id in self.known}

    async def save(self, identities: Iterable[Identity], _: Tx) -> None:
        self.known |= {identity.id: identity for identity in identities}

    async def propagated(self, id: str, up_to: str | None, _: Tx) -> None:
        pass


class PendingEvents:
    """Fakes the repository of pending events."""

    def __init__(self) -> None:
        self.waiting: dict[str, PendingEvent] = {}

    async def digests(self, ids: Collection[str], _: Tx) -> dict[str, bytes]:
        return {id: self.waiting[id].digest for id in ids if id in self.waiting}

    async def get_many(self, ids: Collection[str], _: Tx) -> list[PendingEvent]:
        return [self.waiting[id] for id in ids if id in self.waiting]

    async def of_sources(self, sources: Collection[str], _: Tx) -> dict[str, Amount]:
        return {source: _amount(one for one in self.waiting.values() if one.source == source) for source in sources}

    async def of_all(self, _: Tx) -> Amount:
        return _amount(self.waiting.values())

    async def add(self, waiting: Iterable[PendingEvent], _: Tx) -> None:
        for one in waiting:
            assert one.id not in self.waiting
            self.waiting[one.id] = one

    async def remove(self, ids: Collection[str], _: Tx) -> None:
        for id in ids:
            self.waiting.pop(id, None)

    async def erase_until(self, person: str, at: datetime, tx: Tx) -> None:
        await self.remove([id for id, one in self.waiting.items() if person in one.persons and one.at <= at], tx)


def _amount(waiting: Iterable[PendingEvent]) -> Amount:
    sizes = [one.size for one in waiting]
    return Amount(len(sizes), sum(sizes))


class Rejections:
    """Fakes the repository of rejections."""

    def __init__(self) -> None:
        self.known: dict[str, Rejection] = {}

    async def save(self, rejections: Iterable[Rejection], _: Tx) -> None:
        self.known |= {one.id: one for one in rejections}


class Deliveries:
    """Fakes the repository of deliveries."""

    def __init__(self) -> None:
        self.rejected: dict[tuple[str, str], str] = {}
        """The reasons, by the ids of the connection and the delivery."""

    async def reject(self, rejected: Iterable[tuple[tuple[str, str], Rejection]], _: Tx) -> None:
        self.rejected |= {delivery: one.reason for delivery, one in rejected}


class Placements:
    """Fakes the repository of placements."""

    def __init__(self) -> None:
        self.known: dict[str, Placement] = {}

    async def get_many(self, ids: Collection[str], _: Tx) -> dict[str, Placement]:
        return {id: deepcopy(self.known[id]) for id in ids if id in self.known}

    async def save(self, new: Iterable[Placement], changed: Iterable[Placement], _: Tx) -> None:
        self.known |= {one.id: deepcopy(one) for one in (*new, *changed)}

    async def remove(self, ids: Collection[str], _: Tx) -> None:
        for id in ids:
            self.known.pop(id, None)


class StatusLists:
    """Fakes the repository of status lists."""

    def __init__(self) -> None:
        self.known: dict[str, StatusList] = {}

    async def get(self, id: str, _: Tx) -> StatusList | None:
        return deepcopy(self.known.get(id))

    async def save(self, changed: StatusList, _: Tx) -> None:
        self.known[changed.id] = deepcopy(changed)


class World:
    """Registration in memory, with the last published profile and contact of each attendee."""

    def __init__(self, of_source: Amount = MAX_PENDING, of_all: Amount = MAX_PENDING) -> None:
        """``of_source`` and ``of_all`` limit pending events."""
        self.attendees, self.facts = Store(), Facts()
        store: Any = self.attendees
        facts: Any = self.facts
        identities: Any = Identities()
        profiles = Profiles(store, facts, store)
        self.pending, self.rejections = PendingEvents(), Rejections()
        pending: Any = self.pending
        rejections: Any = self.rejections
        self.deliveries = Deliveries()
        deliveries: Any = self.deliveries
        outcomes = Outcomes(pending, rejections, DeliveryRejections(deliveries).mark, KEY, Capacity(of_source, of_all))
        self.event_recorder = EventRecorder(store, facts, identities, store, profiles, outcomes, KEY)
        conferences: Any = Conferences(self.attendees.conferences)
        self.organizers = Organizers(store, identities, conferences, profiles, KEY)
        self.people = People(store, facts, identities, pending, profiles, self.organizers)
        self.placements = Placements()
        placements: Any = self.placements
        self.status_lists = StatusLists()
        lists: Any = self.status_lists
        self.placement_recorder = PlacementRecorder(placements, store, identities, profiles, Revoker(lists))
        self.profiles: dict[str, AttendeeProfiled] = {}
        self.contacts: dict[str, ContactChanged] = {}
        self.conferences: dict[str, ConferenceScheduled] = {}
        self.rejected: list[str] = []
        self.clock = START + timedelta(days=100)
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        self._loop.close()

    def _tx(self) -> Any:
        self.clock += timedelta(minutes=1)

        def publish(topic: Any, key: str, encoded: Any, *, version: int, **_: Any) -> None:
            data = encoded.model.model_validate_json(encoded.json) if isinstance(encoded, Encoded) else encoded
            last: dict[str, Any] = self.contacts
            if isinstance(data, AttendeeProfiled | ConferenceScheduled):
                last = self.profiles if isinstance(data, AttendeeProfiled) else self.conferences
            assert key not in last or version == last[key].version + 1, "versions count without a gap"
            last[key] = data

        def erase(topic: Any, key: str) -> None:
            (self.profiles if topic.name.endswith("profiles") else self.contacts).pop(key, None)

        return SimpleNamespace(
            now=self.clock, session=None, publish=publish, erase=erase, reject=lambda _, reason: self.rejected.append(reason)
        )

    def record(self, *events: Event, arrived: Mapping[str, datetime] | None = None) -> None:
        self._loop.run_until_complete(self.event_recorder.record(list(events), self._tx(), arrived or {}))

    def place(self, *events: Event) -> None:
        """Apply placements published by matching."""
        self._loop.run_until_complete(self.placement_recorder.apply(list(events), self._tx()))

    def decide(self, what: str, *arguments: Any) -> bool:
        """Merge, split, consent or erase. Returns whether it was possible."""
        try:
            self._loop.run_until_complete(getattr(self.people, what)(*arguments, self._tx()))
        except Refusal:
            return False
        return True

    def organize(self, conference_id: str, names: Mapping[str, str | None]) -> list[Organizer]:
        """Make these addresses the organizers of the conference."""
        return self._loop.run_until_complete(self.organizers.put(conference_id, names, self._tx()))

    def id(self, name: str) -> str:
        return self.event_recorder.attendee_id(person(name), "test")


def person(who: str, **said: Any) -> Person:
    return Person(email=who, **said) if "@" in who else Person(account=who, **said)


def make(id: str, at: datetime, data: Any) -> Event:
    return Event(id, "test", "t", at, "", data, Received("attendance.inbound", b"", []))


def name_of(who: Person) -> str:
    return who.email or who.account or ""
