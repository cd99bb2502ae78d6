"""Attendance: facts kept, and the contacts and profiles that they change published."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from registration.domain.attendance import MOST_FACTS, Attendee, Fact, Kind, content_digest, fact_id, told
from registration.domain.conferences import Conference
from registration.domain.ledger import Ledger
from registration.domain.people import Identity, groups_of
from registration.domain.traces import account_key
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.repository.facts import Facts
from registration.repository.identities import Identities
from registration.use_cases.profiles import Profiles
from shared.envelope import Event, Rejected
from shared.events.attendance import Attendance, CheckedIn, Left, Person, PersonMet, Reverted, SessionAttended
from shared.mongo import Tx
from shared.persons import person_id

CLOCKS_DIFFER_BY: Final = timedelta(minutes=5)
"""By so much another system's clock may be ahead of ours before its times are not believed."""


class Recording:
    """Records attendance, in the transaction given."""

    def __init__(
        self,
        attendees: Attendees,
        facts: Facts,
        identities: Identities,
        conferences: Conferences,
        profiles: Profiles,
        person_key: SecretStr,
    ) -> None:
        self._attendees = attendees
        self._facts = facts
        self._identities = identities
        self._conferences = conferences
        self._profiles = profiles
        self._person_key = person_key

    async def record(self, events: list[Event], tx: Tx) -> None:
        """Keep what is new of these events, and publish the contacts and profiles that it changes.

        A repeated event changes nothing. Rejected is an event that speaks of an unknown conference or session, or whose id is
        known of an event of other content. What happened before a person was erased is not recorded of them again.
        """
        stated: list[tuple[Fact, Event]] = []
        conferences = await self._conferences_of(events, tx)
        for event in events:
            try:
                stated.append((self._fact(event, conferences, tx.now), event))
            except Rejected as rejected:
                tx.reject(event, str(rejected))
        ledger, identities = await self._ledger([fact for fact, _ in stated], tx)
        for fact, event in stated:
            if refusal := _refusal(fact, ledger):
                tx.reject(event, refusal)
            elif fact.kind == "reverted":
                ledger.revert(fact, event)
            elif not _erased(fact, event, identities, tx.now) and ledger.record(fact, _email(event), event):
                self._name(fact, ledger, identities)
        await self._facts.save(ledger.new_facts(), ledger.changed_facts(), tx)
        await self._profiles.publish(ledger, tx)

    async def _ledger(self, stated: list[Fact], tx: Tx) -> tuple[Ledger, dict[str, Identity]]:
        """All that these facts change, as it is known so far, and what is known of the ids that they name."""
        taken_back = {fact.subject for fact in stated if fact.kind == "reverted"}
        known = await self._facts.some({fact.id for fact in stated} | taken_back, tx)
        if before := {fact.reverted_by for fact in known.values() if fact.kind == "unknown"}:
            known |= await self._facts.some(before, tx)
        concerned = {fact.attendee_id for fact in (*known.values(), *stated) if fact.attendee_id}
        met = {fact.subject for fact in stated if fact.kind == "person_met"}
        identities = await self._identities.some(concerned | met, tx)
        groups = groups_of(identities.values())
        attendees = await self._attendees.some({id for one in concerned for id in groups.get(one, (one,))}, tx)
        return Ledger(known, attendees, {id: group for one in groups.values() for id in one for group in [one]}), identities

    def _name(self, fact: Fact, ledger: Ledger, identities: dict[str, Identity]) -> None:
        """Keep by which ids the person met is known besides the one that the fact names."""
        if fact.kind == "person_met" and (identity := identities.get(fact.subject)) and len(identity.group) > 1:
            ledger.attendees[fact.attendee_id].also[fact.subject] = list(identity.group)

    async def check(self, event: Event, tx: Tx) -> None:
        """Change nothing; raise as ``record`` would reject this event.

        Raises:
            Rejected: it speaks of what is not known here. The reason says what to mend.
        """
        self._fact(event, await self._conferences_of([event], tx), tx.now)

    async def _conferences_of(self, events: list[Event], tx: Tx) -> dict[str, Conference]:
        return await self._conferences.some(
            {event.data.conference_id for event in events if isinstance(event.data, Attendance)}, tx
        )

    def _fact(self, event: Event, conferences: dict[str, Conference], now: datetime) -> Fact:
        """What the event states. Nothing has happened later than it is told: a clock that is ahead is not believed."""
        id, at, digest = fact_id(event.source, event.id), min(event.time, now), content_digest(event)
        data = event.data
        if isinstance(data, Reverted):
            if data.reverts == event.id:
                raise Rejected("reverts: is the event's own id", [("reverts", "is the event's own id")])
            return Fact(id, "reverted", at, subject=fact_id(event.source, data.reverts), digest=digest)
        if not isinstance(data, Attendance):
            raise Rejected(f"type: {event.type} is no attendance", [("type", "is no attendance")])
        conference = conferences.get(data.conference_id)
        if conference is None:
            raise Rejected(
                f"conference_id: no conference {data.conference_id!r} is known; PUT /conferences/{data.conference_id} first",
                [("conference_id", f"no conference {data.conference_id!r} is known")],
            )
        attendee, said, subject = self.attendee_id(data.attendee, event.source), told(data.attendee), ""
        match data:
            case SessionAttended() | Left():
                kind: Kind = "left" if isinstance(data, Left) else "session_attended"
                subject = data.session_id or ""
                if subject and subject not in conference.sessions:
                    unknown = f"conference {conference.id!r} has no session {subject!r}"
                    raise Rejected(f"session_id: {unknown}", [("session_id", unknown)])
            case PersonMet():
                kind, subject = "person_met", self.attendee_id(data.met, event.source)
                if subject == attendee:
                    raise Rejected("met: is the attendee; nobody meets themselves", [("met", "is the attendee")])
            case CheckedIn():
                kind = "checked_in"
        return Fact(id, kind, at, attendee, conference.id, subject, said, digest=digest)

    def attendee_id(self, person: Person, source: str) -> str:
        """The id of a person as this source knows them: by their (normalised) address, or an account there."""
        return person_id(person.email or account_key(source, person.account or ""), self._person_key)


def _refusal(fact: Fact, ledger: Ledger) -> str:
    """Why a fact is not taken, in words for its publisher; empty where it is."""
    known = ledger.facts.get(fact.id)
    if known and known.kind != "unknown":
        repeated = known.digest == fact.digest
        return "" if repeated else "id: was used for another event of this source; give each event an id of its own"
    most = MOST_FACTS
    concerned = fact.attendee_id
    if fact.kind == "reverted":
        most, target = 2 * MOST_FACTS, ledger.facts.get(fact.subject)
        concerned = target.attendee_id if target else ""
    attendee: Attendee | None = ledger.attendees.get(concerned)
    full = attendee is not None and attendee.facts >= most
    return f"attendee: has {most:,} events already, which nobody attends; look at what publishes them" if full else ""


def _erased(fact: Fact, event: Event, identities: Mapping[str, Identity], now: datetime) -> bool:
    """Whether its attendee, or the person met, was erased, and it is not sure that it happened after that."""
    erasures = [
        identity.erased_at for id in (fact.attendee_id, fact.subject) if (identity := identities.get(id)) and identity.erased_at
    ]
    in_doubt = event.time > now + CLOCKS_DIFFER_BY
    return any(in_doubt or fact.at <= erased_at for erased_at in erasures)


def _email(event: Event) -> str | None:
    return event.data.attendee.email if isinstance(event.data, Attendance) else None
