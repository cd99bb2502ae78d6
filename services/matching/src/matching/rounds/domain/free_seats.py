"""Which of a round's free seats suit an attendee who got none. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final

from matching.model.candidates import Candidate, obstacle
from matching.model.listings import Listing

MOST_FREE: Final = 10
"""How many listings with free seats an attendee is told about."""
MOST_COMPARED: Final = 200
"""From how many listings these are chosen."""


def suitable(person: Candidate, free: Mapping[str, Listing], now: datetime) -> list[str]:
    """The listings that the attendee could apply for, of these with free seats: those recommended to them, then in this order.

    They may be withdrawn: until it is published, a round holds the seats, so that they count as taken. One that its host has
    closed since the lock is left out.
    """
    recommended: Sequence[str] = [match.listing_id for match in person.matches if match.listing_id in free]
    fitting = (id for id in dict.fromkeys([*recommended, *free]) if _suits(person, free[id], now))
    return list(islice(fitting, MOST_FREE))


def _suits(person: Candidate, listing: Listing, now: datetime) -> bool:
    return not listing.closed and replace(listing, open=True).is_available(now) and not obstacle(person.availability, listing)
