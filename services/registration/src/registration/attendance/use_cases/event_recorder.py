"""Records attendance: stores facts, and publishes the contacts and profiles that they change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from pydantic import SecretStr

from registration.attendance.domain.facts import checked, fact_of, known_by
from registration.attendance.domain.pending import Unrecorded, conference_ids, event_waits_for
from registration.attendance.domain.rejections import CONFLICT
from registration.attendance.domain.similar_fields import SimilarFields
from registration.attendance.domain.warnings import CLOCKS_DIFFER_BY, warnings_from_record
from registration.attendance.use_cases.outcomes import Outcomes
from registration.attendees.domain.attendance import MAX_FACTS, Attendee, Fact, fact_id
from registration.attendees.domain.changes import AttendeeChanges
from registration.attendees.domain.people import Identity, groups_of
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.facts import Facts
from registration.attendees.repository.identities import Identities
from registration.attendees.use_cases import Profiles
from registration.conferences.repository import Conferences
from shared.contract.envelope import Event, Rejected
from shared.contract.events.attendance import Attendance, Person
from shared.database.mongo import Tx
from shared.persons import person_id

_SAME_TIME: Final = timedelta(seconds=1)
"""Clocks that differ by less than this count as equal."""


class EventRecorder:
    """Records attendance events, in the transaction given."""

    def __init__(
        self,
        attendees: Attendees,
        facts: Facts,
        identities: Identities,
        conferences: Conferences,
        profiles: Profiles,
        outcomes: Outcomes,
        person_key: SecretStr,
    ) -> None:
        self._attendees = attendees
        self._facts = facts
        self._identities = identities
        self._conferences = conferences
        self._profiles = profiles
        self._outcomes = outcomes
        self._person_key = person_key

    async def record(self, events: list[Event], tx: Tx, arrived: Mapping[str, datetime] = MappingProxyType({})) -> None:
        """Store the facts of new events, and publish the contacts and profiles that they change.

        A repeated event changes nothing. An event that names an unknown conference or session becomes pending. An event whose id
        is known with other content is rejected. Events from before a person's erasure are not recorded.

        ``arrived`` has the arrival times of events that did not arrive now, by fact id.
        """
        new_facts: list[tuple[Fact, Event]] = []
        ids = [fact_id(event.source, event.id) for event in events]
        conferences = await self._conferences.get_many(conference_ids(events), tx)
        unrecorded = await self._outcomes.of(ids, tx)
        for id, event in zip(ids, events, strict=True):
            try:
                new_facts.append((fact_of(event, id, arrived.get(id, tx.now), self._person_id), event))
            except Rejected as rejected:
                unrecorded.refuse(event, str(rejected))
        changes, identities = await self._changes([fact for fact, _ in new_facts], tx)
        similar_fields = SimilarFields()
        for fact, event in new_facts:
            if refusal := _refusal(fact, changes, unrecorded):
                unrecorded.refuse(event, refusal)
            elif fact.kind == "reverted":
                changes.revert(fact, event)
            elif _is_known(fact, changes) or _erased(fact, event, identities, arrived.get(fact.id, tx.now)):
                unrecorded.release(fact)
            elif missing := event_waits_for(event, conferences):
                unrecorded.defer(fact, event, missing)
            else:
                unrecorded.release(fact)
                if warnings := warnings_from_record(event, similar_fields, arrived.get(fact.id, tx.now)):
                    fact = replace(fact, warnings=tuple(warnings))
                if changes.record(fact, _email(event), event):
                    self._note_aliases(fact, changes, identities)
        await self._outcomes.save(unrecorded, tx)
        await self._facts.save(changes.new_facts(), changes.changed_facts(), tx)
        await self._profiles.publish(changes, tx)

    async def _changes(self, new_facts: list[Fact], tx: Tx) -> tuple[AttendeeChanges, dict[str, Identity]]:
        """The stored facts and attendees that these facts change, and the identities of the persons whom they name."""
        taken_back = {fact.subject for fact in new_facts if fact.kind == "reverted"}
        known = await self._facts.get_many({fact.id for fact in new_facts} | taken_back, tx)
        if reversals := {fact.reverted_by for fact in known.values() if fact.kind == "unknown"}:
            known |= await self._facts.get_many(reversals, tx)
        concerned = {fact.attendee_id for fact in (*known.values(), *new_facts) if fact.attendee_id}
        met = {fact.subject for fact in new_facts if fact.kind == "person_met"}
        identities = await self._identities.get_many(concerned | met, tx)
        groups = groups_of(identities.values())
        attendees = await self._attendees.get_many({id for one in concerned for id in groups.get(one, (one,))}, tx)
        return AttendeeChanges(known, attendees, groups), identities

    def _note_aliases(self, fact: Fact, changes: AttendeeChanges, identities: dict[str, Identity]) -> None:
        """Note all ids of the person met, if the person has more than the one in the fact."""
        if fact.kind == "person_met" and (identity := identities.get(fact.subject)) and len(identity.group) > 1:
            changes.attendees[fact.attendee_id].met_aliases[fact.subject] = list(identity.group)

    async def check(self, event: Event, tx: Tx) -> str:
        """What the event would wait for (see ``event_waits_for``); empty if it would be recorded. Changes nothing.

        Raises:
            Rejected: ``record`` would reject it. The reason says what to correct.
        """
        checked(event)
        return event_waits_for(event, await self._conferences.get_many(conference_ids([event]), tx))

    def attendee_id(self, person: Person, source: str) -> str:
        """The id of a person as this source knows them."""
        return known_by(person, source, self._person_id)

    def _person_id(self, text: str) -> str:
        return person_id(text, self._person_key)


def _is_known(fact: Fact, changes: AttendeeChanges) -> bool:
    known = changes.facts.get(fact.id)
    return known is not None and known.kind != "unknown"


def _refusal(fact: Fact, changes: AttendeeChanges, unrecorded: Unrecorded) -> str:
    """Why a fact is refused, for its publisher to read; empty if it is accepted."""
    if unrecorded.conflicts_with(fact) or (_is_known(fact, changes) and changes.facts[fact.id].digest != fact.digest):
        return CONFLICT
    if _is_known(fact, changes):
        return ""
    limit = MAX_FACTS
    concerned = fact.attendee_id
    if fact.kind == "reverted":
        limit, target = 2 * MAX_FACTS, changes.facts.get(fact.subject)
        concerned = target.attendee_id if target else ""
    attendee: Attendee | None = changes.attendees.get(concerned)
    full = attendee is not None and attendee.facts >= limit
    return f"attendee: has {limit:,} events already, more than anybody attends; check the publisher" if full else ""


def _erased(fact: Fact, event: Event, identities: Mapping[str, Identity], arrived: datetime) -> bool:
    """Whether its attendee or the person met was erased, unless the event certainly happened after the erasure.

    A time more than a second after the arrival comes from a clock that is ahead by up to ``CLOCKS_DIFFER_BY``, so the event may
    be older by that much.
    """
    erasures = [
        identity.erased_at for id in (fact.attendee_id, fact.subject) if (identity := identities.get(id)) and identity.erased_at
    ]
    if event.time > arrived + CLOCKS_DIFFER_BY:
        return bool(erasures)
    ahead = event.time > arrived + _SAME_TIME
    earliest = event.time - CLOCKS_DIFFER_BY if ahead else fact.at
    return any(earliest <= erased_at for erased_at in erasures)


def _email(event: Event) -> str | None:
    return event.data.attendee.email if isinstance(event.data, Attendance) else None
