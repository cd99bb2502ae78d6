"""Counts the people who came. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest

from registration.attendees.domain.attendance import Key
from shared.contract.events.registration import MOST_COUNTED_SESSIONS, SessionTurnout, TurnoutCounted


@dataclass(frozen=True, slots=True)
class Presence:
    """Where one attendee was, and whether they agree to be matched."""

    attendee_id: str
    attendance: Collection[Key]
    consented: bool


@dataclass(slots=True)
class Turnout:
    """How many people came to a conference."""

    attended: int = 0
    consented: int = 0
    sessions: Counter[str] = field(default_factory=Counter)

    def event(self, conference_id: str, version: int) -> TurnoutCounted:
        """The event that publishes it. The same turnout gives the same event."""
        largest = nsmallest(MOST_COUNTED_SESSIONS, self.sessions.items(), key=lambda session: (-session[1], session[0]))
        return TurnoutCounted(
            conference_id=conference_id,
            version=version,
            attended=self.attended,
            consented=self.consented,
            sessions=[SessionTurnout(session_id=id, attended=count) for id, count in sorted(largest)],
        )


class TurnoutCount:
    """Counts people one by one. Its memory grows with sessions and with merged people, not with all people."""

    def __init__(self, merged: Mapping[str, str]) -> None:
        """``merged``: the person id of each merged attendee, including the attendee that is kept."""
        self._merged = merged
        self._people: dict[str, tuple[set[Key], bool]] = {}
        self.turnouts: dict[str, Turnout] = {}

    def add(self, presences: Iterable[Presence]) -> None:
        """Count these attendees. ``finish`` combines attendees of the same person."""
        for presence in presences:
            person = self._merged.get(presence.attendee_id)
            if person is None:
                self._count(presence.attendance, consented=presence.consented)
            else:
                attendance, consented = self._people.get(person, (set(), True))
                self._people[person] = attendance | set(presence.attendance), consented and presence.consented

    def finish(self) -> dict[str, Turnout]:
        """The turnout of each conference to which anybody came."""
        for attendance, consented in self._people.values():
            self._count(attendance, consented=consented)
        self._people = {}
        return self.turnouts

    def _count(self, attendance: Collection[Key], *, consented: bool) -> None:
        for conference_id in {conference_id for _, conference_id, _ in attendance}:
            turnout = self.turnouts.setdefault(conference_id, Turnout())
            turnout.attended += 1
            turnout.consented += consented
        for conference_id, session_id in {(where, subject) for kind, where, subject in attendance if kind == "session_attended"}:
            self.turnouts[conference_id].sessions[session_id] += 1
