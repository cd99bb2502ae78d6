"""The content of a schedule file, whatever its format."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from pydantic import TypeAdapter, ValidationError

from registration.schedules.fields import MAX_TITLE, Unreadable, as_abstract, as_moment, as_text, fit_id, hash_of, one_line
from shared.contract.events.fields import Term
from shared.contract.events.registration import Session
from shared.urls import kept_address
from shared.validation import in_words
from shared.worded import Worded

MAX_SESSIONS: Final = 5_000
"""About as many as fit into one event, with ids, titles, topics and skills of usual lengths. FOSDEM has 1,100."""
MAX_NOTES: Final = 1000
MAX_COUNTED_NOTES: Final = 20_000
"""A file with more notes than this is refused: it is not a schedule, or too much of it would be lost."""
_MAX_TERMS: Final = 200
_TERM: Final = TypeAdapter(Term)


@dataclass(frozen=True, slots=True)
class Note:
    """Something in the file that was omitted or changed: where, and why."""

    place: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Entry:
    session: Session
    is_main: bool


@dataclass(slots=True)
class Schedule:
    """The file's data about the conference (None where missing) and its sessions."""

    name: str | None = None
    starts: date | None = None
    ends: date | None = None
    notes: list[Note] = field(default_factory=list)
    """The first ``MAX_NOTES`` notes about what was omitted or changed."""
    noted: int = 0
    """The number of all notes."""
    _entries: dict[str, dict[str, _Entry]] = field(default_factory=dict)
    """Entries by the id in the file, and by title: the same id with different titles means different sessions."""
    _count: int = 0

    @property
    def sessions(self) -> list[Session]:
        """The sessions. If several share an id, each gets an id made from it and its title, whatever their order in the file."""
        return [
            entry.session if _keeps_id(entry, entries) else entry.session.model_copy(update={"id": _unique_id(entry.session)})
            for entries in self._entries.values()
            for entry in entries.values()
        ]

    def note(self, place: str, detail: str) -> None:
        """Add a note. Raises ``Unreadable`` if there are more than ``MAX_COUNTED_NOTES``."""
        self.noted += 1
        if self.noted > MAX_COUNTED_NOTES:
            raise Unreadable(
                place,
                Worded(
                    "more than %(most)s entries cannot be imported as they are; this one %(detail)s",
                    most=f"{MAX_COUNTED_NOTES:,}",
                    detail=detail,
                ),
            )
        if self.noted <= MAX_NOTES:
            self.notes.append(Note(place if isinstance(place, Worded) else place[:200], detail))

    def extend(self, day: date) -> None:
        """Extend the conference so that it includes this day."""
        self.starts = min(self.starts or day, day)
        self.ends = max(self.ends or day, day)

    def add(
        self,
        place: str,
        ids: Iterable[object],
        title: object,
        topics: Iterable[object],
        skills: Iterable[object],
        about: Iterable[object] = (),
        *,
        url: object = None,
        starts: object = None,
        is_main: bool = True,
    ) -> None:
        """Add a session, or note why it is omitted. Its id is the first non-empty one of ``ids``, else it is made from the title.

        ``about`` makes its abstract; ``starts`` is a time, in any form that is read. Of several sessions with an id, the only one
        that ``is_main`` keeps it.

        Raises:
            Unreadable: there are more than ``MAX_SESSIONS``.
        """
        text = one_line(title)
        if not text:
            self.note(place, Worded("has no title; left out"))
            return
        if len(text) > MAX_TITLE:
            text = text[: MAX_TITLE - 1] + "…"
            self.note(place, Worded("the title is cut to %(most)s characters", most=MAX_TITLE))
        identifier = next((found for id in ids if (found := as_text(id))), None)
        if identifier is None:
            identifier = text
            self.note(place, Worded("has no id; it gets one made from its title"))
        session = Session(
            id=fit_id(identifier),
            title=text,
            topics=self._terms(place, topics),
            skills=self._terms(place, skills),
            abstract=as_abstract(about),
            url=kept_address(as_text(url)),
            starts=as_moment(starts),
        )
        entries = self._entries.setdefault(session.id, {})
        if known := entries.get(text):
            same = Worded("session %(id)s appears again; the first is kept", id=session.id)
            other = Worded("session %(id)s appears again, with differences; the first is kept", id=session.id)
            again = session.model_copy(update={"starts": known.session.starts})  # only held again
            self.note(place, same if known.session == again else other)
            entries[text] = _Entry(known.session, known.is_main or is_main)
            return
        if entries:
            self.note(
                place, Worded("another session also has the id %(id)s; both are kept, told apart by their titles", id=session.id)
            )
        if self._count == MAX_SESSIONS:
            raise Unreadable(
                place, Worded("a conference may have at most %(most)s sessions; this is one more", most=f"{MAX_SESSIONS:,}")
            )
        entries[text] = _Entry(session, is_main)
        self._count += 1

    def _terms(self, place: str, values: Iterable[object]) -> list[str]:
        """The values that are valid skills or topics, each once."""
        terms: dict[str, str] = {}
        for value in values:
            if not (text := as_text(value)):
                continue
            try:
                terms.setdefault(text.casefold(), _TERM.validate_python(text))
            except ValidationError as error:
                self.note(place, Worded("a topic or skill is left out: %(why)s", why=in_words(error.errors()[0])))
        if len(terms) > _MAX_TERMS:
            self.note(
                place, Worded("has %(count)s topics or skills; the first %(most)s are kept", count=len(terms), most=_MAX_TERMS)
            )
        return list(terms.values())[:_MAX_TERMS]


def _keeps_id(entry: _Entry, entries: dict[str, _Entry]) -> bool:
    return len(entries) == 1 or (entry.is_main and sum(other.is_main for other in entries.values()) == 1)


def _unique_id(session: Session) -> str:
    """The session's id with a hash of its title, to tell it from others with that id."""
    return f"{session.id[:110]}~{hash_of(f'{session.id} {session.title}', 16)}"
