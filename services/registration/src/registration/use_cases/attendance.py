"""Attendance: facts kept, and the contacts and profiles that they change published."""

import orjson
from pydantic import SecretStr

from registration.domain.attendance import Fact, told
from registration.domain.conferences import Conference
from registration.domain.ledger import Ledger
from registration.domain.people import Identity, groups_of
from registration.domain.traces import account_key
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.repository.identities import Identities
from registration.use_cases.profiles import Profiles
from shared.envelope import Event, Rejected
from shared.events.attendance import Attendance, CheckedIn, Left, Person, PersonMet, Reverted, SessionAttended
from shared.mongo import Tx
from shared.persons import person_id


class Recording:
    """Records attendance, in the transaction given."""

    def __init__(
        self, attendees: Attendees, identities: Identities, conferences: Conferences, profiles: Profiles, person_key: SecretStr
    ) -> None:
        self._attendees = attendees
        self._identities = identities
        self._conferences = conferences
        self._profiles = profiles
        self._person_key = person_key

    async def record(self, events: list[Event], tx: Tx) -> None:
        """Keep what is new of these events, and publish the contacts and profiles that it changes.

        A repeated event changes nothing. An event that speaks of an unknown conference or session is rejected. What happened
        before a person was erased is not recorded of them again.
        """
        facts: dict[str, Fact] = {}
        stated: list[tuple[str, Event]] = []  # the id of the fact that the event states or takes back
        conferences = await self._conferences_of(events, tx)
        for event in events:
            try:
                fact = self._fact(event, conferences)
            except Rejected as rejected:
                tx.reject(event, str(rejected))
                continue
            stated.append((_fact_id(event), event))
            if fact:
                facts.setdefault(fact.id, fact)

        known = await self._attendees.facts({id for id, _ in stated}, tx)
        concerned = {fact.attendee_id for fact in known.values()} | {fact.attendee_id for fact in facts.values()}
        met = {fact.subject for fact in facts.values() if fact.kind == "person_met"}
        identities = await self._identities.some(concerned | met, tx)
        groups = groups_of(identities.values())
        attendees = await self._attendees.some({id for one in concerned if one for id in groups.get(one, (one,))}, tx)

        taken_back = [known.get(id) or facts.get(id) for id, event in stated if isinstance(event.data, Reverted)]
        losing = {fact.attendee_id for fact in taken_back if fact} & attendees.keys()
        history = await self._attendees.facts({id for one in losing for id in attendees[one].fact_ids()}, tx)

        ledger = Ledger(
            known, attendees, history.values(), {id: group for one in groups.values() for id in one for group in [one]}
        )
        for id, event in stated:
            if not isinstance(event.data, Attendance):
                ledger.revert(id, event.time, event)
            elif not _erased(facts[id], identities) and ledger.record(facts[id], event.data.attendee.email, event):
                self._name(facts[id], ledger, identities)
        await self._attendees.save_facts(ledger.new_facts(), ledger.changed_facts(), tx)
        await self._profiles.publish(ledger, tx)

    def _name(self, fact: Fact, ledger: Ledger, identities: dict[str, Identity]) -> None:
        """Keep by which ids the person met is known besides the one that the fact names."""
        if fact.kind == "person_met" and (identity := identities.get(fact.subject)) and len(identity.group) > 1:
            ledger.attendees[fact.attendee_id].also[fact.subject] = list(identity.group)

    async def check(self, event: Event, tx: Tx) -> None:
        """Change nothing; raise as ``record`` would reject this event.

        Raises:
            Rejected: it speaks of what is not known here. The reason says what to mend.
        """
        self._fact(event, await self._conferences_of([event], tx))

    async def _conferences_of(self, events: list[Event], tx: Tx) -> dict[str, Conference]:
        return await self._conferences.some(
            {event.data.conference_id for event in events if isinstance(event.data, Attendance)}, tx
        )

    def _fact(self, event: Event, conferences: dict[str, Conference]) -> Fact | None:
        data = event.data
        if not isinstance(data, Attendance):
            return None
        conference = conferences.get(data.conference_id)
        if conference is None:
            raise Rejected(
                f"conference_id: no conference {data.conference_id!r} is known; PUT /conferences/{data.conference_id} first",
                [("conference_id", f"no conference {data.conference_id!r} is known")],
            )
        attendee, said = self.attendee_id(data.attendee, event.source), told(data.attendee)
        match data:
            case SessionAttended():
                if data.session_id not in conference.sessions:
                    raise _no_session(conference, data.session_id)
                return Fact(_fact_id(event), "session_attended", event.time, attendee, conference.id, data.session_id, said)
            case Left():
                if data.session_id is not None and data.session_id not in conference.sessions:
                    raise _no_session(conference, data.session_id)
                return Fact(_fact_id(event), "left", event.time, attendee, conference.id, data.session_id or "", said)
            case PersonMet():
                met = self.attendee_id(data.met, event.source)
                if met == attendee:
                    raise Rejected("met: is the attendee; nobody meets themselves", [("met", "is the attendee")])
                return Fact(_fact_id(event), "person_met", event.time, attendee, conference.id, met, said)
            case CheckedIn():
                return Fact(_fact_id(event), "checked_in", event.time, attendee, conference.id, told=said)

    def attendee_id(self, person: Person, source: str) -> str:
        """The id of a person as this source knows them: by their (normalised) address, or an account there."""
        return person_id(person.email or account_key(source, person.account or ""), self._person_key)


def _no_session(conference: Conference, session_id: str) -> Rejected:
    unknown = f"conference {conference.id!r} has no session {session_id!r}"
    return Rejected(f"session_id: {unknown}", [("session_id", unknown)])


def _erased(fact: Fact, identities: dict[str, Identity]) -> bool:
    """Whether its attendee, or the person met, was erased since it happened."""
    return any(
        identity.erased_at is not None and fact.at <= identity.erased_at
        for id in (fact.attendee_id, fact.subject)
        if (identity := identities.get(id))
    )


def _fact_id(event: Event) -> str:
    """The id of the fact that an event states or takes back: its source and id, kept apart whatever they contain."""
    identifier = event.data.reverts if isinstance(event.data, Reverted) else event.id
    return orjson.dumps([event.source, identifier]).decode()
