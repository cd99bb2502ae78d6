"""Which free seats somebody without one is told of."""

from dataclasses import replace
from datetime import UTC, datetime

from matching.model.candidates import Availability, Candidate
from matching.model.listings import Conditions, Listing
from matching.rounds.domain.free_seats import MOST_FREE, suitable
from shared.contract.events.matching import Match

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
ADA = Candidate("ada", 0, availability=Availability(hours_per_week=20))


def listings(count: int) -> dict[str, Listing]:
    return {f"l{number:02}": Listing(f"l{number:02}", 1, open=True) for number in range(count)}


def test_those_recommended_come_first_and_only_so_many() -> None:
    free = listings(15)
    matches = [
        Match(listing_id=id, title=id, organization="o", url="https://o.example", score=0.5, reasons=[])
        for id in ("taken", "l09", "l03")
    ]
    found = suitable(replace(ADA, matches=matches), free, NOW)
    assert found[:3] == ["l09", "l03", "l00"]
    assert len(found) == len(set(found)) == MOST_FREE


def test_what_cannot_be_applied_for_or_does_not_suit_is_left_out() -> None:
    free = listings(6)
    free["l00"] = replace(free["l00"], open=False)  # its seats are held by the round
    free["l01"] = replace(free["l01"], deadline=NOW)
    free["l02"] = replace(free["l02"], approved=False)
    free["l03"] = replace(free["l03"], conditions=Conditions(hours_per_week=40))
    free["l04"] = replace(free["l04"], open=False, closed=True)  # by its host, after the lock
    assert suitable(ADA, free, NOW) == ["l00", "l05"]
