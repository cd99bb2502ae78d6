"""Couples in a locked round: the pairs of seats with which two attendees are together. Pure."""

from collections.abc import Mapping, Sequence

from matching.engine.match_day import Couple, break_ties
from matching.rounds.domain.entries import AttendeeEntry, ListingEntry


def couples_of(attendees: Sequence[AttendeeEntry], listings: Mapping[str, ListingEntry], seed: str) -> list[Couple]:
    """The couples of whom both are in the round and could be together, in the order of the draw."""
    by_id = {one.id: one for one in attendees if one.partner}
    drawn = break_ties(dict.fromkeys(by_id, 0.0), seed)
    couples: dict[str, Couple] = {}
    for id in drawn:
        one, other = by_id[id], by_id.get(by_id[id].partner or "")
        if other is None or other is one or other.partner != id or other.id in couples:
            continue
        if pairs := _pairs(one, other, listings):
            couples[id] = Couple((one.id, other.id), pairs)
    return [*couples.values()]


def _pairs(one: AttendeeEntry, other: AttendeeEntry, listings: Mapping[str, ListingEntry]) -> tuple[tuple[str, str], ...]:
    """The pairs of their choices that are together: those with the better sum of ranks first, then with the better worse rank.

    Between equal ones, it is the preference of the first that counts.
    """
    ranked = [
        (first + second, max(first, second), first, (mine, theirs))
        for first, mine in enumerate(one.choices)
        for second, theirs in enumerate(other.choices)
        if mine not in one.ineligible and theirs not in other.ineligible
        if _are_together(listings.get(mine), listings.get(theirs))
    ]
    return tuple(pair for *_, pair in sorted(ranked))


def _are_together(one: ListingEntry | None, other: ListingEntry | None) -> bool:
    """Whether they belong to one organization, or are in the same place."""
    if one is None or other is None or one.withdrawn or other.withdrawn:
        return False
    same_host = one.organization_id == other.organization_id != ""
    return one.id == other.id or same_host or one.place == other.place != ""
