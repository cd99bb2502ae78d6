"""The rights of the person: to have all that is known of them, and to be forgotten."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

import orjson
from pydantic import SecretStr

from registration.domain.attendance import Attendee
from registration.domain.profiles import profile
from registration.domain.traces import persons_in
from registration.repository.attendees import Attendees
from registration.repository.conferences import Conferences
from registration.repository.objects import Objects
from registration.use_cases.people import People
from shared.dead_letters import DeadLetter
from shared.mongo import Tx
from shared.persons import person_id


def persons_in_letter(letter: DeadLetter, person_key: SecretStr) -> set[str]:
    """The ids of all persons that a dead letter may be about."""
    headers = {name: value or b"" for name, value in letter.headers}
    source = headers.get("ce_source", b"").decode(errors="replace")
    parts = (letter.value or b"", letter.key or b"", letter.reason.encode(), *headers.values())
    return {id for part in parts for id in persons_in(part, source, lambda text: person_id(text, person_key))}


class Rights:
    """Export and erasure, in the transaction given."""

    def __init__(
        self,
        people: People,
        attendees: Attendees,
        conferences: Conferences,
        objects: Objects,
        person_key: SecretStr,
        forget: Sequence[Callable[[Collection[str], Tx], Awaitable[None]]],
    ) -> None:
        """``forget``: what else is to be done when persons of some ids are erased."""
        self._people = people
        self._attendees = attendees
        self._conferences = conferences
        self._objects = objects
        self._person_key = person_key
        self._forget = forget

    def attendee_id(self, email: str) -> str:
        """The id of the attendee with this (normalised) address."""
        return person_id(email, self._person_key)

    async def export(self, id: str, tx: Tx) -> dict[str, Any]:
        """All that this service knows of the person, for people and programs to read (JSON).

        Raises:
            Problem: 404, there is nobody of this id.
        """
        person = await self._people.get(id, tx)
        kept = person.members[0]
        contact = person.contact(kept)
        evidence = person.evidence(kept)
        conferences = await self._conferences.some({conference_id for _, conference_id, _ in evidence.attendance}, tx)
        published = profile(kept.id, max(kept.profile_version, 1), evidence, conferences)
        return {
            "exported_at": tx.now,
            "known_by": [await self._known_by(member, tx) for member in person.members],
            "told_by_systems": [
                {
                    "connection": seen.connection_id,
                    "object": seen.id,
                    "parts": {part.name: part.data for part in seen.parts.values()},
                }
                for seen in await self._objects.about({member.id for member in person.members}, tx)
            ],
            "published": {
                "contact": contact._asdict() if contact else None,
                "profile": published.model_dump(mode="json"),
            },
        }

    async def _known_by(self, attendee: Attendee, tx: Tx) -> dict[str, Any]:
        facts = await self._attendees.facts([*attendee.fact_ids(), *attendee.reverted], tx)
        return {
            "attendee_id": attendee.id,
            "email": attendee.email,
            "said": {name: {"value": word.value, "at": word.at, "how": word.how} for name, word in attendee.words.items()},
            "attendance": [
                {
                    "kind": fact.kind,
                    "at": fact.at,
                    "conference_id": fact.conference_id,
                    "session_id": fact.subject or None if fact.kind in ("session_attended", "left") else None,
                    "met_person_id": fact.subject if fact.kind == "person_met" else None,
                    "said": fact.told,
                    "taken_back": fact.reverted,
                    **dict(zip(("event_source", "event_id"), orjson.loads(fact.id), strict=True)),
                }
                for fact in sorted(facts.values(), key=lambda fact: (fact.at, fact.id))
            ],
        }

    async def erase(self, id: str, tx: Tx) -> None:
        """Forget the person here at once; topics and other services follow.

        Raises:
            Problem: 404, there is nobody of this id.
        """
        group = await self._people.erase(id, tx)
        for forget in self._forget:
            await forget(group, tx)
