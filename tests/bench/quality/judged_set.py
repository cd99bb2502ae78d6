"""The judged set in ``bench/judged``: people, listings, and how well two readers say that they fit."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.quality.problem import CONFERENCE, Problem, declared, line, prose
from shared.contract.events.listings import ListingPublished
from shared.contract.events.registration import Attended, AttendeeProfiled, Encounter, Session

DIRECTORY = Path(__file__).parents[1] / "judged"
READERS = ("a", "b")
HIGHEST = 3
LANGUAGES = ("german", "spanish", "french")

Grades = dict[str, dict[str, int]]
"""By person and listing: 0 (wrong) to 3 (just right)."""


def judged_set() -> Problem:
    """All people at one conference, where all hosts take part. Who met a host met a mentor of it.

    What people wrote about themselves is for the readers: a profile has no such text.
    """
    sessions: dict[str, Session] = {}
    people = [_person(row, sessions) for row in _rows("people.jsonl")]
    return Problem(people, [_listing(row) for row in _rows("listings.jsonl")], list(sessions.values()))


def in_language(language: str, problem: Problem) -> Problem:
    """The people whose skills ``skills.csv`` translates into this one of the ``LANGUAGES``, with these skills, and all listings."""
    with (DIRECTORY / "skills.csv").open(encoding="utf-8", newline="") as file:
        names = {row["english"]: row[language] for row in csv.DictReader(file)}
    people = [
        person.model_copy(update={"interests": declared([names.get(one.term, one.term) for one in person.interests])})
        for person in problem.people
        if any(one.term in names for one in person.interests)
    ]
    return replace(problem, people=people)


def _person(row: dict[str, Any], sessions: dict[str, Session]) -> AttendeeProfiled:
    for heard in row["sessions"]:
        id, abstract = f"session-{len(sessions)}", prose(heard["abstract"], 2000) or None
        topics = [line(tag) for tag in heard["tags"]]
        sessions.setdefault(heard["title"], Session(id=id, title=line(heard["title"]), topics=topics, abstract=abstract))
    attended = dict.fromkeys(sessions[heard["title"]].id for heard in row["sessions"])
    return AttendeeProfiled(
        attendee_id=row["id"],
        version=1,
        conference_ids=[CONFERENCE],
        interests=declared(row["declared_skills"]),
        sessions=[Attended(conference_id=CONFERENCE, session_id=id) for id in attended],
        met=[Encounter(person_id=_mentor(host), conference_id=CONFERENCE) for host in row["met"]],
        discipline=row["disciplines"][0] if row["disciplines"] else None,
    )


def _listing(row: dict[str, Any]) -> ListingPublished:
    return ListingPublished(
        listing_id=row["id"],
        version=1,
        organization_id=re.sub(r"[^A-Za-z0-9]+", "-", row["organization"]),
        organization=line(row["organization"]),
        title=line(row["title"]),
        description=prose(row["text"]),
        skills=[line(skill) for skill in dict.fromkeys((*row["required_skills"], *row["useful_skills"]))],
        topics=[],
        disciplines=row["disciplines"],
        mentor_person_ids=[_mentor(row["organization"])],
        conference_ids=[CONFERENCE],
        seats=1,
        deadline=None,
        url=None,
    )


def _mentor(host: str) -> str:
    return "mentor-of-" + re.sub(r"[^A-Za-z0-9]+", "-", host)


def _rows(name: str) -> Iterator[dict[str, Any]]:
    with (DIRECTORY / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def grades(reader: str, problem: Problem) -> Grades:
    """What one of the ``READERS`` says. Pairs that are not in the file have the grade 0."""
    found = {person.attendee_id: {one.listing_id: 0 for one in problem.listings} for person in problem.people}
    with (DIRECTORY / f"grades_{reader}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["person"]][row["listing"]] = int(row["grade"])
    return found
