"""What the demo's attendees and hosts decide. Pure: each choice is drawn from its own seed, so it is the same every time.

A ``listing`` is named by its id, or by a key if its id is another one in each run.
"""

import random
from collections.abc import Iterable, Sequence
from typing import Literal

SEED = 194
NOTE = "I attended talks about this at EuroPython and should like to work on it. (A generated letter.)"
REMARK = "Worked with care, and asked good questions. (A generated sentence.)"

Plan = Literal["silence", "rejection", "interview", "offer"]
"""How far a host goes with an application: an interview may end in a rejection, and an offer follows an interview."""
Reply = Literal["accept", "decline", "silence"]
Course = Literal["completed", "ended early", "no-show"]


def _draw(*about: str) -> random.Random:
    return random.Random("|".join((str(SEED), *about)))


def wishes(email: str, recommended: Sequence[str]) -> list[str]:
    """The listings that an attendee applies for: one in three applies, for one or two of their five best matches."""
    rng = _draw("wishes", email)
    best = list(recommended[:5])
    return rng.sample(best, min(len(best), rng.randint(1, 2))) if rng.random() < 0.33 else []


def looks(email: str) -> bool:
    """Whether an attendee who does not apply looks at what an application would share: one in three does."""
    return _draw("looks", email).random() < 0.33


def answers(organization_id: str) -> bool:
    """Whether a host answers applications at all: one in five does not."""
    return _draw("answers", organization_id).random() >= 0.2


def plans(organization_id: str, listing: str, capacity: int, emails: Iterable[str]) -> dict[str, Plan]:
    """What a host does with the applications for a listing, by the attendees' addresses.

    It invites one more attendee to an interview than it has seats, and offers a seat to all but that one. It rejects most of the
    others.
    """
    applicants = sorted(emails)
    if not answers(organization_id):
        return dict.fromkeys(applicants, "silence")
    rng = _draw("plans", listing)
    rng.shuffle(applicants)
    found: dict[str, Plan] = {}
    for number, email in enumerate(applicants):
        if number <= capacity:
            found[email] = "offer" if number < capacity else "interview"
        else:
            found[email] = "rejection" if rng.random() < 0.75 else "silence"
    return found


def reply(email: str, listing: str) -> Reply:
    """What an attendee says to an offer. The deadline of one that says nothing passes."""
    return _draw("reply", email, listing).choices(("accept", "decline", "silence"), (70, 15, 15))[0]


def slot(email: str, listing: str) -> int:
    """Which of two times an attendee picks for the interview."""
    return _draw("slot", email, listing).randrange(2)


def course(email: str, listing: str) -> Course:
    """What becomes of a placement."""
    return _draw("course", email, listing).choices(("completed", "ended early", "no-show"), (80, 12, 8))[0]


def rating(email: str, listing: str, moment: str, side: str) -> int:
    """How well it goes, from 1 to 5, as a side says in its feedback."""
    return _draw("rating", email, listing, moment, side).randint(3, 5)


def gained(email: str, listing: str, skills: Sequence[str]) -> list[dict[str, object]]:
    """The skills that the mentor names at the end: up to three of the listing's, with levels."""
    rng = _draw("gained", email, listing)
    return [{"term": skill, "level": rng.randint(3, 5)} for skill in skills[:3]]


def hired(email: str, listing: str) -> bool:
    """Whether the host employs the attendee after the placement."""
    return _draw("hired", email, listing).random() < 0.35
