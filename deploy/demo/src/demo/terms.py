"""Generates what the data does not say of the listings: dates, hours, places, pay and links.

The code is pure and deterministic: a listing has the same terms each time, but for the day on which the demo begins.
"""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

PLACES = (("Lisbon", "PT"), ("Leiden", "NL"), ("Toulouse", "FR"), ("Padua", "IT"), ("Uppsala", "SE"), ("Brno", "CZ"))
MONTHLY = (600, 900, 1200)
GENERATED = "(Dates, hours, place, pay and link of this listing are generated for the demo.)"

FIRST_DAY = timedelta(days=28)
"""How long after the beginning of the demo the internships begin: on a Monday, see `demo.story.behind`."""
LAST_DAY = FIRST_DAY + timedelta(weeks=12, days=-3)
"""How long after it they end, on a Friday: they last twelve weeks, as a summer of code does."""
TERM: Final = LAST_DAY - FIRST_DAY
NEXT_FIRST_DAY: Final = LAST_DAY + timedelta(weeks=9, days=3)
"""How long after it the next term begins, on a Monday: to internships of that one, people can apply when the demo has ended."""
LATE_APPLICATIONS: Final = timedelta(weeks=1)
"""How long after their first day internships stay open, as somebody may not come."""


def of_next_term(key: str) -> bool:
    """Whether a listing's internships are those of the next term. Three in ten are."""
    return random.Random(f"term {key}").random() < 0.3


def with_terms(listing: Mapping[str, Any], begins: date, key: str = "", first_day: timedelta = FIRST_DAY) -> dict[str, Any]:
    """The listing with generated terms, which its description says. `begins`: the day on which the demo begins.

    `first_day` says how long after that the internship begins.
    `key` names a listing whose id is another one in each run.
    """
    rng = random.Random(f"terms {key or listing['id']}")
    first = begins + first_day
    place, country = rng.choice(PLACES)
    remote = listing["conditions"]["remote"]
    # A third of the remote ones have a desk on site, too.
    where = {"place": place, "country": country} if not remote or rng.random() < 0.33 else {}
    # The data has two seats where the project's size is 175 hours, and one where it is larger.
    hours = 15 if listing["capacity"] > 1 else 30
    when = {"starts": first.isoformat(), "ends": (first + TERM).isoformat(), "hours_per_week": hours}
    return {
        **listing,
        "description": f"{listing['description']}\n\n{GENERATED}".strip(),
        "conditions": when | where | {"remote": remote},
        "deadline": datetime.combine(first + LATE_APPLICATIONS, time(), UTC).isoformat(),
        "pay": _pay(rng),
        "url": f"https://{listing['organization_id']}.example.org/internships/{listing['id']}",
        "public": True,
    }


def _pay(rng: random.Random) -> dict[str, Any]:
    """Monthly for most, once for some, and some say openly that they are unpaid."""
    kind = rng.random()
    if kind < 0.15:
        return {"amount": 0}
    if kind < 0.4:
        return {"amount": 3000, "currency": "EUR", "period": "once"}
    return {"amount": rng.choice(MONTHLY), "currency": "EUR", "period": "month"}
