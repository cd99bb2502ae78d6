"""A person's skills, as they see and correct them, and where each comes from."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from registration.attendees.domain.people import Person
from registration.attendees.domain.profiles import profile
from registration.conferences.repository import Conferences
from registration.people.use_cases.people import People
from registration.portfolio.repository.placements import Placements
from shared.contract.events.registration import MOST_EXCLUDED_SKILLS
from shared.database.mongo import Tx
from shared.refusals import Conflict
from shared.worded import Worded

MOST_DECLARED: Final = 200
MOST_SUGGESTED: Final = 200
"""The most skills that are suggested from sessions of the person's conferences."""
MOST_SHOWN: Final = 300
"""The most skills that are shown."""


@dataclass(frozen=True, slots=True)
class OwnSkill:
    """A skill, and where it comes from."""

    term: str
    level: int | None = None
    """The level that the person declared."""
    declared: bool = False
    sessions: list[str] = field(default_factory=list)
    """The titles of the sessions about the skill that the person attended."""
    placements: list[tuple[str, int | None]] = field(default_factory=list)
    """The titles of the placements in which the person gained it, each with the level that the mentor gave."""


@dataclass(frozen=True, slots=True)
class OwnProfile:
    """A person's profile, as they see it."""

    person: Person
    skills: list[OwnSkill]
    """The person's skills; gained or declared ones come first."""
    suggested: list[str]
    """Skills from sessions at the person's conferences, offered as suggestions."""
    excluded: list[str]
    """Skills by which the person does not want to be matched."""
    declared_at: datetime | None
    declared_here: bool
    """Whether the person declared their skills here, rather than by registering for a conference."""


class OwnSkills:
    """Operations on a person's skills, in the transaction given. They raise ``NotFound`` if the person is unknown."""

    def __init__(self, people: People, conferences: Conferences, placements: Placements) -> None:
        self._people = people
        self._conferences = conferences
        self._placements = placements

    async def get(self, id: str, tx: Tx) -> OwnProfile:
        """The person's skills, even if they do not agree to be matched."""
        person = await self._people.get(id, tx)
        known = person.known()
        conferences = await self._conferences.get_many({conference_id for _, conference_id, _ in known.attendance}, tx)
        interests = profile(id, 1, known, conferences)["interests"]
        ids = {gained["placement_id"] for interest in interests for gained in interest["placements"]}
        titles = {id: one.title or "" for id, one in (await self._placements.get_many(ids, tx)).items()}
        skills = [_skill(interest, titles) for interest in interests if interest["kind"] == "skill"][:MOST_SHOWN]
        excluded = person.excluded_skills()
        taken = {term.casefold() for term in (*(skill.term for skill in skills), *excluded)}
        terms = {
            term.key: term.text
            for conference in conferences.values()
            for terms in conference.terms.values()
            for term in terms
            if term.kind == "skill" and term.key not in taken
        }
        said = person.latest("skills")
        here = said is not None and not said.how.startswith("event ")
        suggested = sorted(terms.values(), key=str.casefold)[:MOST_SUGGESTED]
        return OwnProfile(person, skills, suggested, excluded, said.at if said else None, here)

    async def declare(self, id: str, term: str, level: int | None, by: str, tx: Tx) -> None:
        """Declare this skill for the person, or change its level. It is not excluded any more."""
        person = await self._people.get(id, tx)
        skills = [(known, level if known.casefold() == term.casefold() else its) for known, its in person.named_skills()]
        if term.casefold() not in {known.casefold() for known, _ in person.skills()} and len(person.skills()) >= MOST_DECLARED:
            raise Conflict(Worded("you have named %(most)s skills, which is the limit; remove one first", most=MOST_DECLARED))
        if term.casefold() not in {known.casefold() for known, _ in skills}:
            skills.append((term, level))
        details = {
            "skills": [known for known, _ in skills],
            "levels": [[known, its] for known, its in skills if its],
            "excluded_skills": _without(term, person.excluded_skills()),
        }
        await self._people.declare(id, details, by, tx)

    async def exclude(self, id: str, term: str, by: str, tx: Tx) -> None:
        """Match the person by this skill no more, whatever it comes from. Repeating it changes nothing."""
        excluded = (await self._people.get(id, tx)).excluded_skills()
        if len(_without(term, excluded)) < len(excluded):
            return
        if len(excluded) >= MOST_EXCLUDED_SKILLS:
            raise Conflict(
                Worded("you have removed %(most)s skills, which is the limit; put one back first", most=MOST_EXCLUDED_SKILLS)
            )
        await self._people.declare(id, {"excluded_skills": [*excluded, term]}, by, tx)

    async def put_back(self, id: str, term: str, by: str, tx: Tx) -> None:
        """Undo ``exclude``. Repeating it changes nothing."""
        excluded = (await self._people.get(id, tx)).excluded_skills()
        kept = _without(term, excluded)
        if len(kept) < len(excluded):
            await self._people.declare(id, {"excluded_skills": kept}, by, tx)


def _without(term: str, terms: list[str]) -> list[str]:
    return [one for one in terms if one.casefold() != term.casefold()]


def _skill(interest: dict[str, Any], titles: dict[str, str]) -> OwnSkill:
    sessions = dict.fromkeys(seen["title"] for seen in interest["evidence"])
    placements = [(titles[id], gained["level"]) for gained in interest["placements"] if (id := gained["placement_id"]) in titles]
    return OwnSkill(interest["term"], interest["level"], interest["declared"], [*sessions], placements)
