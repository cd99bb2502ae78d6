"""Applications in any state, created by the real commands."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from matching.applications.domain import decisions
from matching.applications.domain.application import Application
from matching.applications.domain.profile import HostProfile
from matching.applications.domain.requests import Letter, OfferRequest, Slot
from matching.applications.domain.transitions import State
from matching.model.listings import Conditions, Listing

NOW: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LETTER: Final = Letter(name="Ada Lovelace", note="I should like to map stars.")
SUMMER: Final = Conditions(date(2027, 6, 1), date(2027, 8, 31), 40, "CZ", place="Ondřejov")


def a_listing(id: str = "l1", version: int = 1, **changes: Any) -> Listing:
    """An open listing for the summer."""
    usual: dict[str, Any] = {"title": "Star maps", "organization": "Observatory", "organization_id": "o1", "conditions": SUMMER}
    return Listing(id, version, **{"open": True} | usual | changes)


def slot(ahead: timedelta = 2 * DAY, hours: float = 1, **changes: Any) -> Slot:
    """A time for an interview."""
    starts = NOW + ahead
    return Slot(**{"starts": starts, "ends": starts + hours * HOUR, "place": "Room 1"} | changes)


def an_offer(ahead: timedelta = 7 * DAY, **changes: Any) -> OfferRequest:
    """A host's request to offer a seat."""
    return OfferRequest(**{"deadline": NOW + ahead} | changes)


def submitted(now: datetime = NOW, **changes: Any) -> Application:
    """An application that was just sent, to be answered within 21 days."""
    application = decisions.apply(None, "a1", a_listing(), LETTER, HostProfile(), now, 21)
    return replace(application, **changes)


def in_state(state: State, now: datetime = NOW) -> Application:
    """An application in this state."""
    new = submitted(now)
    offered = decisions.offer(new, a_listing(), an_offer(), now)
    made: dict[State, Application] = {
        "submitted": new,
        "screening": decisions.screen(new, now),
        "interview": decisions.interview(new, [slot()], now),
        "offered": offered,
        "accepted": decisions.accept(offered, "p1", now),
        "declined": decisions.decline(offered, now),
        "lapsed": decisions.pass_time(offered, now + 8 * DAY),
        "rescinded": decisions.rescind(offered, now),
        "rejected": decisions.reject(new, now),
        "withdrawn": decisions.withdraw(new, now),
        "closed": decisions.close(new, now),
        "superseded": decisions.supersede(new, "accepted_elsewhere", now),
    }
    return made[state]
