"""A round of 24 attendees and four listings that uses every rule: rankings of different lengths, ties, scores, a cap, and reverting seats."""

import json
from typing import Any

from support.rounds import MatchDay

PEOPLE = {f"a{number:02}": ["ict", "business", "law", None][number % 4] for number in range(24)}
LISTINGS = {"l1": 3, "l2": 2, "l3": 1, "l4": 4}
CHOICES = {
    attendee: [f"l{1 + (number + step) % 4}" for step in range(1 + number % 4)] for number, attendee in enumerate(sorted(PEOPLE))
}
HOSTS: dict[str, dict[str, Any]] = {
    "l1": {"by": "score", "caps": {"ict": 1}},
    "l2": {"attendee_ids": ["a05", "a01", "a09", "a23", "a02", "never"], "ties": [["a05", "a01"], ["a02", "never"]]},
    "l3": {"by": "score"},
    "l4": {"attendee_ids": ["a03", "a07"], "reverts_to": "l1"},
}


async def know(day: MatchDay) -> None:
    await day.know(PEOPLE, **LISTINGS)
    day.scores = {attendee: (number * 7 % 5) / 5 for number, attendee in enumerate(PEOPLE)}


async def opened(day: MatchDay, **plan: object) -> None:
    await day.opened("r1", list(LISTINGS), CHOICES, HOSTS, **plan)


async def placements(day: MatchDay) -> dict[str, str]:
    return {key: json.loads(value)["listing_id"] for key, value in await day.told("matching.placements") if value}
