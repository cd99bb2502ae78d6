"""Attendance: facts kept, and the contacts and profiles that they change published."""

import orjson
from pydantic import SecretStr

from registration.domain.attendance import Attendee, Fact, Ledger, conferences_of, profile, told
from registration.domain.conferences import Conference
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from shared.envelope import Event, Rejected
from shared.events.attendance import CheckedIn, Person, PersonMet, Reverted, SessionAttended
from shared.mongo import Tx
from shared.persons import person_id
from shared.problems import not_found
from shared.topics import CONTACTS, PROFILES

Attendance = CheckedIn | SessionAttended | PersonMet


class Recording:
    """The use cases; each runs in the transaction it is given."""

    def __init__(self, attendees: Attendees, conferences: Conferences, person_key: SecretStr) -> None:
        self._attendees = attendees
        self._conferences = conferences
        self._person_key = person_key

    async def record(self, events: list[Event], tx: Tx) -> None:
        """Keep what is new of these events, and publish the contacts and profiles that it changes.

        A repeated event changes nothing. An event that speaks of an unknown conference or session is rejected.
        """
        conference_ids = {event.data.conference_id for event in events if isinstance(event.data, Attendance)}
        conferences = await self._conferences.some(conference_ids, tx)
        facts: list[tuple[Event, Fact | None]] = []  # None for an event that takes another back
        for event in events:
            try:
                facts.append((event, self._fact(event, conferences)))
            except Rejected as rejected:
                tx.reject(event, str(rejected))
        known = await self._attendees.facts({_fact_id(event) for event, _ in facts}, tx)
        touched = {fact.attendee_id for _, fact in facts if fact} | {fact.attendee_id for fact in known.values()}
        attendees = await self._attendees.some(touched - {""}, tx)
        new = {fact.id: fact for _, fact in facts if fact}
        taken_back = [new.get(id) or known.get(id) for id in (_fact_id(event) for event, fact in facts if fact is None)]
        concerned = {fact.attendee_id for fact in taken_back if fact} & attendees.keys()
        history = await self._attendees.facts({id for one in concerned for id in attendees[one].fact_ids()}, tx)
        ledger = Ledger(known, attendees, history.values())
        for event, fact in facts:
            if fact and isinstance(event.data, Attendance):
                ledger.record(fact, event.data.attendee.email, event)
            else:
                ledger.revert(_fact_id(event), event)
        await self._attendees.save_facts(ledger.new_facts(), ledger.changed_facts(), tx)
        await self._publish_attendees(ledger, tx)

    async def _publish_attendees(self, ledger: Ledger, tx: Tx) -> None:
        contacts, profiles = ledger.raise_versions()
        conferences = await self._conferences.some(conferences_of(profiles), tx)
        await self._attendees.save(ledger.new_attendees(), ledger.changed_attendees(), tx)
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
        attendee, said = self._person_id(data.attendee, event.source), told(data.attendee)
        match data:
            case SessionAttended():
                if data.session_id not in conference.sessions:
                    raise Rejected(f"session_id: conference {conference.id!r} has no session {data.session_id!r}")
                return Fact(_fact_id(event), "session_attended", event.time, attendee, conference.id, data.session_id, said)
            case PersonMet():
                met = self._person_id(data.met, event.source)
                if met == attendee:
                    raise Rejected("met: is the attendee; nobody meets themselves")
                return Fact(_fact_id(event), "person_met", event.time, attendee, conference.id, met, said)
            case CheckedIn():
                return Fact(_fact_id(event), "checked_in", event.time, attendee, conference.id, told=said)

    def _person_id(self, person: Person, source: str) -> str:
        # The sign between source and account is in no address: the ids of both kinds stay apart.
        return self.attendee_id(person.email or f"{source}\n{person.account}")

    def attendee_id(self, email: str) -> str:
        """The id of the person with this (normalised) address."""
        return person_id(email, self._person_key)

    async def give_consent(self, attendee_id: str, mail: bool, tx: Tx) -> Attendee:
        """Record what the attendee agrees to from now on."""
        attendee = (await self._attendees.some([attendee_id], tx)).get(attendee_id)
        if attendee is None:
            raise not_found("attendee", attendee_id)
        before = attendee.mail_consent
        attendee.consent_given = {"mail": mail, "at": tx.now}
        attendee.learn({"mail_consent": mail}, tx.now)
        changed = attendee.mail_consent != before
        attendee.contact_version += changed
        await self._attendees.save([], [attendee], tx)
        if changed:
            tx.publish(CONTACTS, attendee.id, attendee.contact(), version=attendee.contact_version)
        return attendee


def _fact_id(event: Event) -> str:
    """The id of the fact that an event states or takes back: its source and id, kept apart whatever they contain."""
    identifier = event.data.reverts if isinstance(event.data, Reverted) else event.id
    return orjson.dumps([event.source, identifier]).decode()
