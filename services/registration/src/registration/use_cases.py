"""What registration does: load, decide, save, publish."""

from collections.abc import Iterable
from datetime import date

import orjson
from pydantic import SecretStr

from registration.domain import Attendee, Conference, Fact, Ledger, conferences_of, profile, told
from registration.repository import Repository
from shared.envelope import Event, Rejected
from shared.events.attendance import CheckedIn, Person, PersonMet, Reverted, SessionAttended
from shared.events.registration import ConferenceScheduled, Session
from shared.mongo import Tx
from shared.persons import person_id
from shared.problems import not_found
from shared.topics import CONFERENCES, CONTACTS, PROFILES

Attendance = CheckedIn | SessionAttended | PersonMet


class Registration:
    """The use cases; each runs in the transaction it is given."""

    def __init__(self, repository: Repository, person_key: SecretStr) -> None:
        self._repository = repository
        self._person_key = person_key

    async def record_attendance(self, events: list[Event], tx: Tx) -> None:
        """Keep what is new of these events, and publish the contacts and profiles that it changes.

        A repeated event changes nothing. An event that speaks of an unknown conference or session is rejected.
        """
        conference_ids = {event.data.conference_id for event in events if isinstance(event.data, Attendance)}
        conferences = await self._repository.conferences(conference_ids, tx)
        facts: list[tuple[Event, Fact | None]] = []  # None for an event that takes another back
        for event in events:
            try:
                facts.append((event, self._fact(event, conferences)))
            except Rejected as rejected:
                tx.reject(event, str(rejected))
        known = await self._repository.facts({_fact_id(event) for event, _ in facts}, tx)
        touched = {fact.attendee_id for _, fact in facts if fact} | {fact.attendee_id for fact in known.values()}
        attendees = await self._repository.attendees(touched - {""}, tx)
        new = {fact.id: fact for _, fact in facts if fact}
        taken_back = [new.get(id) or known.get(id) for id in (_fact_id(event) for event, fact in facts if fact is None)]
        concerned = {fact.attendee_id for fact in taken_back if fact} & attendees.keys()
        history = await self._repository.facts({id for one in concerned for id in attendees[one].fact_ids()}, tx)
        ledger = Ledger(known, attendees, history.values())
        for event, fact in facts:
            if fact and isinstance(event.data, Attendance):
                ledger.record(fact, event.data.attendee.email, event)
            else:
                ledger.revert(_fact_id(event), event)
        await self._repository.save_facts(ledger.new_facts(), ledger.changed_facts(), tx)
        await self._publish_attendees(ledger, tx)

    async def accept_attendance(self, event: Event, tx: Tx) -> None:
        """Pass on an event that did not come over Kafka: once this is committed it will be recorded like any other."""
        tx.forward(event, event.data.attendee.email if isinstance(event.data, Attendance) else event.source)

    async def _publish_attendees(self, ledger: Ledger, tx: Tx) -> None:
        contacts, profiles = ledger.raise_versions()
        conferences = await self._repository.conferences(conferences_of(profiles), tx)
        await self._repository.save_attendees(ledger.new_attendees(), ledger.changed_attendees(), tx)
        for one in contacts:
            tx.publish(CONTACTS, one.id, one.contact(), version=one.contact_version, cause=ledger.causes[one.id])
        for one in profiles:
            data = profile(one, conferences)
            tx.publish(PROFILES, one.id, data, version=one.profile_version, cause=ledger.causes[one.id])

    def _fact(self, event: Event, conferences: dict[str, Conference]) -> Fact | None:
        data = event.data
        if not isinstance(data, Attendance):
            return None
        conference = conferences.get(data.conference_id)
        if conference is None:
            raise Rejected(
                f"conference_id: no conference {data.conference_id!r} is known; PUT /conferences/{data.conference_id} first"
            )
        attendee, said = self._person_id(data.attendee), told(data.attendee)
        match data:
            case SessionAttended():
                if data.session_id not in conference.sessions:
                    raise Rejected(f"session_id: conference {conference.id!r} has no session {data.session_id!r}")
                return Fact(_fact_id(event), "session_attended", event.time, attendee, conference.id, data.session_id, said)
            case PersonMet():
                met = self._person_id(data.met)
                if met == attendee:
                    raise Rejected("met: is the attendee; nobody meets themselves")
                return Fact(_fact_id(event), "person_met", event.time, attendee, conference.id, met, said)
            case CheckedIn():
                return Fact(_fact_id(event), "checked_in", event.time, attendee, conference.id, told=said)

    def _person_id(self, person: Person) -> str:
        return self.attendee_id(person.email)

    def attendee_id(self, email: str) -> str:
        """The id of the person with this (normalised) address."""
        return person_id(email, self._person_key)

    async def schedule_conference(
        self, id: str, name: str, starts: date, ends: date, sessions: Iterable[Session], tx: Tx
    ) -> Conference:
        """Make the conference as given, or change it to this."""
        known = await self._repository.conference(id, tx.session)
        conference = Conference(
            id, known.version if known else 0, name, starts, ends, {session.id: session for session in sessions}
        )
        if conference == known:
            return conference
        conference.version += 1
        await self._repository.save_conference(conference, tx)
        event = ConferenceScheduled(
            conference_id=id,
            version=conference.version,
            name=name,
            starts=starts,
            ends=ends,
            sessions=list(conference.sessions.values()),
        )
        tx.publish(CONFERENCES, id, event, version=conference.version)
        return conference

    async def give_consent(self, attendee_id: str, mail: bool, tx: Tx) -> Attendee:
        """Record what the attendee agrees to from now on."""
        attendee = (await self._repository.attendees([attendee_id], tx)).get(attendee_id)
        if attendee is None:
            raise not_found("attendee", attendee_id)
        before = attendee.mail_consent
        attendee.consent_given = {"mail": mail, "at": tx.now}
        attendee.learn({"mail_consent": mail}, tx.now)
        changed = attendee.mail_consent != before
        attendee.contact_version += changed
        await self._repository.save_attendees([], [attendee], tx)
        if changed:
            tx.publish(CONTACTS, attendee.id, attendee.contact(), version=attendee.contact_version)
        return attendee


def _fact_id(event: Event) -> str:
    """The id of the fact that an event states or takes back: its source and id, kept apart whatever they contain."""
    identifier = event.data.reverts if isinstance(event.data, Reverted) else event.id
    return orjson.dumps([event.source, identifier]).decode()
