"""Why somebody matches a listing, in words for its host. Pure; the texts are translated when they are shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from shared.contract.events.matching import Reason
from shared.wording.languages import translatable
from shared.wording.untrusted_text import TERM, TITLE, one_line

MOST: Final = 5
_WITHOUT_TERM: Final = {
    "met": translatable("They met one of your mentors."),
    "conference": translatable("They attended a conference in which you take part."),
    "discipline": translatable("Their discipline is one that you look for."),
    "nomination": translatable("A mentor nominated them."),
}
_SIMILAR: Final = translatable("Your description shares words with their profile and sessions.")
_DECLARED: Final = translatable("They named it in their profile.")
_RELATED: Final = translatable("It is related to what they know.")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A reason: its term, the evidence for it, and the sessions that the attendee heard."""

    term: str
    text: str
    sessions: tuple[str, ...] = ()


def sentences(reasons: Sequence[Reason], away: Collection[str] = ()) -> list[Sentence]:
    """The reasons that count most, each term once; words in common come last, as in ``Words.reasons``.

    ``away``: the ids of mentors who look after nobody new, and so are no reason.
    """
    reasons = [one for one in reasons if one.person_id not in away]
    found: list[Sentence] = []
    said: set[str] = set()
    for reason in sorted(reasons, key=lambda one: (one.kind == "similarity", -one.contribution)):
        about = reason.term if reason.kind in ("skill", "topic", "research") else None
        if reason.kind == "similarity":
            if _SIMILAR not in said:
                said.add(_SIMILAR)
                words = [one_line(one.term, TERM) for one in reasons if one.kind == "similarity" and one.term]
                found.append(Sentence(", ".join(words), _SIMILAR))
        elif about is None:
            text = _WITHOUT_TERM.get(reason.kind, "")
            if text and text not in said:
                said.add(text)
                found.append(Sentence("", text))
        elif about.casefold() not in said:
            said.add(about.casefold())
            same = [one for one in reasons if one.term and one.term.casefold() == about.casefold()]
            sessions = tuple(dict.fromkeys(one_line(one.session_title, TITLE) for one in same if one.session_title))
            text = _DECLARED if any(one.declared for one in same) else "" if sessions else _RELATED
            found.append(Sentence(one_line(about, TERM), text, sessions))
    return found[:MOST]
