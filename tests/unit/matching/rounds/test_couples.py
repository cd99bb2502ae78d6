"""Two attendees who go together, from the code to a frozen round."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from matching.rounds.domain.couples import couples_of
from matching.rounds.domain.entries import AttendeeEntry, ListingEntry, ranked, without, without_partner
from matching.rounds.domain.partners import ALPHABET, PartnerCode, Partnership
from matching.rounds.domain.solution import FrozenRound, blocking, dissatisfied, solve

ADA = AttendeeEntry("ada", ("lab", "farm", "port"), partner="ben")
BEN = AttendeeEntry("ben", ("port", "farm", "mine"), partner="ada")
CYD = AttendeeEntry("cyd", ("port", "lab"))
RANKS = {"cyd": 1, "ada": 2, "ben": 3}
LISTINGS = [
    ListingEntry("lab", 1, organization_id="o1", place="brno, cz"),
    ListingEntry("farm", 2, organization_id="o2"),
    ListingEntry("port", 1, organization_id="o3", place="brno, cz"),
    ListingEntry("mine", 1, organization_id="o1"),
]


def frozen(*attendees: AttendeeEntry) -> FrozenRound:
    return FrozenRound("spring", list(attendees), [ranked(one, RANKS, "spring") for one in LISTINGS])


def pairs(one: AttendeeEntry, other: AttendeeEntry, listings: list[ListingEntry] = LISTINGS) -> list[tuple[str, ...]]:
    found = couples_of([one, other], {listing.id: listing for listing in listings}, "spring")
    return [tuple(pair) for couple in found for pair in couple.pairs]


def test_a_code_is_read_as_people_type_it() -> None:
    drawn = Partnership("ada", "ACDEFGHJ")
    assert drawn.shown_code == "ACDE FGHJ"
    assert PartnerCode(code=" acde-fghj\n").plain() == drawn.code
    assert PartnerCode(code="…").plain() == ""
    with pytest.raises(ValidationError):
        PartnerCode(code="A" * 41)
    assert not set("01OIS5Z28BÄ") & set(ALPHABET), "what may be taken for something else"


def test_each_of_the_two_has_the_other() -> None:
    joined = Partnership("ada", "", "ben")
    assert (joined.other("ada"), joined.other("ben"), joined.shown_code) == ("ben", "ada", "")
    assert Partnership("ada", "ACDEFGHJ").other("ada") is None


def test_together_is_at_one_organization_or_in_one_town_and_the_better_ranks_come_first() -> None:
    mine = pairs(ADA, BEN)
    # Both of them by the draw's order of the two, so each pair may be the other way round.
    assert [set(pair) for pair in mine] == [{"lab", "port"}, {"farm"}, {"lab", "mine"}, {"port"}]
    nowhere = [replace(one, place="", organization_id="") for one in LISTINGS]
    assert [set(pair) for pair in pairs(ADA, BEN, nowhere)] == [{"farm"}, {"port"}], "the same listing is always together"
    withdrawn = [replace(one, withdrawn=one.id == "port") for one in LISTINGS]
    assert [set(pair) for pair in pairs(ADA, BEN, withdrawn)] == [{"farm"}, {"lab", "mine"}]
    assert {"port"} not in [set(pair) for pair in pairs(replace(ADA, ineligible=("port",)), BEN)]


@pytest.mark.parametrize("partner", [None, "", "cyd", "ben"])
def test_it_takes_both_of_them(partner: str | None) -> None:
    assert pairs(ADA, replace(BEN, partner=partner)) == []
    assert pairs(ADA, replace(BEN, id="eve", partner="ada")) == [], "the other one did not rank"


def test_a_frozen_round_seats_them_together_and_tells_them_why() -> None:
    apart, together = solve(frozen(replace(ADA, partner=None), replace(BEN, partner=None), CYD)), solve(frozen(ADA, BEN, CYD))
    assert {id: one.listing_id for id, one in apart.outcomes.items()} == {"ada": "lab", "ben": "farm", "cyd": "port"}
    assert {id: one.listing_id for id, one in together.outcomes.items()} == {"ada": "farm", "ben": "farm", "cyd": "port"}
    assert together.outcomes["ada"].results == ("not_together", "matched", "not_needed")
    assert together.input_digest != apart.input_digest
    round = replace(frozen(ADA, BEN, CYD), listings=together.listings)
    assert (blocking(round, together.outcomes, after_erasure=False), dissatisfied(round, together.outcomes)) == ([], 0)
    alone = replace(round, attendees=[replace(ADA, partner=None), BEN, CYD])
    assert blocking(alone, together.outcomes, after_erasure=False) == [("ada", "lab")]


def test_whoever_lost_their_partner_keeps_their_seat_and_the_round_stays_stable() -> None:
    solution = solve(frozen(ADA, BEN, CYD))
    for gone in (ADA, BEN, CYD):
        listings = [without(one, gone, matched=True) for one in solution.listings]
        outcomes = {id: outcome for id, outcome in solution.outcomes.items() if id != gone.id}
        left = [without_partner(one, [gone.id]) for one in (ADA, BEN, CYD) if one is not gone]
        assert gone.id not in str(left)
        assert blocking(FrozenRound("spring", left, listings), outcomes, after_erasure=True) == []
