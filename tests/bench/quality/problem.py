"""People and listings as events, which every way to rank is given."""

import re
from dataclasses import dataclass
from datetime import date

from shared.contract.events.listings import ListingPublished
from shared.contract.events.registration import AttendeeProfiled, ConferenceScheduled, Interest, Session

CONFERENCE = "conference"
_CONTROL = re.compile(r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Attendees of one conference, and the listings to rank for each of them."""

    people: list[AttendeeProfiled]
    listings: list[ListingPublished]
    sessions: list[Session]

    @property
    def schedule(self) -> ConferenceScheduled:
        """The conference with its sessions."""
        day = date(2025, 3, 1)
        return ConferenceScheduled(
            conference_id=CONFERENCE, version=1, name="A conference", starts=day, ends=day, sessions=self.sessions
        )

    def texts(self) -> tuple[list[str], list[str]]:
        """All that is known of each person, and of each listing, as texts."""
        heard = {one.id: " ".join((one.title, one.abstract or "", *one.topics, *one.skills)) for one in self.sessions}
        people = [
            "\n".join([*(one.term for one in person.interests), *(heard[one.session_id] for one in person.sessions)])
            for person in self.people
        ]
        return people, ["\n".join((one.title, one.description or "", *one.skills, *one.topics)) for one in self.listings]


def declared(terms: list[str]) -> list[Interest]:
    """Interests that somebody named, each once."""
    return [Interest(kind="skill", term=term, declared=True) for term in dict.fromkeys(map(line, terms)) if term]


def line(text: str, most: int = 100) -> str:
    """The text as one line that an event may hold."""
    return " ".join(prose(text).split())[:most].strip()


def prose(text: str, most: int = 10_000) -> str:
    """The text without control characters."""
    return _CONTROL.sub(" ", text)[:most].strip()
