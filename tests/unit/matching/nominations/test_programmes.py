"""When programmes are open for nominations, and whom a mentor may nominate."""

from typing import Any

import pytest

from matching.model.listings import Listing
from matching.nominations.domain.programmes import check_open, ended_states, has_ended, knows
from shared.refusals import Conflict
from support.nominations import DAY, NOW, employer, nominee, programme


def test_pythondotorg_2755_a_nomination_before_the_opening_is_refused() -> None:
    later = programme(opens_at=NOW + DAY, deadline=NOW + 30 * DAY)
    with pytest.raises(Conflict, match="nominations for 'p1' open on 2027-03-02 12:00 UTC; nominate from then on"):
        check_open(later, NOW)
    check_open(later, NOW + DAY)
    check_open(later, NOW + 29 * DAY)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"deadline": NOW}, "nominations for 'p1' closed on 2027-03-01 12:00 UTC; choose another"),
        ({"deadline": NOW, "open": False}, "nominations for 'p1' closed on 2027-03-01 12:00 UTC; choose another"),
        ({"open": False, "closed": True}, "programme 'p1' is closed; choose another"),
        ({"open": False}, "programme 'p1' is not open at the moment; nominate once its host has opened it again"),
        ({"seats": 0}, "programme 'p1' has no seats left; nominate once one is free"),
        ({"approved": False}, "the host of programme 'p1' is not approved; nominate once it is"),
        ({"kind": "internship"}, "listing 'p1' is an internship: everybody can apply for it"),
    ],
)
def test_what_is_not_open_takes_no_nominations_and_says_why(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Conflict, match=said):
        check_open(programme(**changes), NOW)


@pytest.mark.parametrize(
    ("listing", "ended"),
    [
        (None, True),
        (programme(), False),
        (programme(open=False), False),
        (programme(open=False, closed=True), True),
        (programme(deadline=NOW), True),
        (programme(deadline=NOW + DAY, opens_at=NOW + DAY / 2), False),
        (programme(approved=False), False),
    ],
)
def test_a_programme_ends_by_its_host_and_its_deadline_only(listing: Listing | None, ended: bool) -> None:
    assert has_ended(listing, NOW) == ended


@pytest.mark.parametrize(
    ("listing", "states"),
    [
        (programme(), ()),
        (programme(open=False), ()),
        (programme(deadline=NOW), ("proposed",)),
        (programme(open=False, closed=True), ("proposed", "agreed")),
        (programme(open=False, closed=True, deadline=NOW), ("proposed", "agreed")),
        (None, ("proposed", "agreed")),
    ],
)
def test_an_agreed_nomination_lasts_beyond_the_deadline_until_the_host_closes_the_programme(
    listing: Listing | None, states: tuple[str, ...]
) -> None:
    assert ended_states(listing, NOW) == states


def test_a_mentor_knows_whom_they_met_where_their_organization_takes_part() -> None:
    assert knows("m1", employer(), nominee(), programme())
    assert not knows("m1", employer("o1", "c2"), nominee(), programme()), "they met where it had no part"
    twice = nominee(met={"m1": "c0"}, met_again={"m1": ["c2", "c1"]})
    assert knows("m1", employer(), twice, programme()), "of several meetings, one is enough"
    assert not knows("m1", employer("o1", "c3"), twice, programme())
    assert not knows("m1", employer(), nominee(met={"m2": "c1"}), programme()), "another mentor met them"
    assert not knows("m1", employer(), nominee(met={}), programme()), "both attended, and did not meet"


def test_a_mentor_of_the_programmes_host_may_nominate_attendees_of_its_conferences() -> None:
    stranger = nominee(met={})
    assert knows("m1", employer("host"), stranger, programme())
    assert not knows("m1", employer("host", "c2"), stranger, programme()), "the host was not there"
    assert not knows("m1", employer("host"), nominee(met={}, conference_ids=set()), programme())


@pytest.mark.parametrize("person", ["k1", "x1"])
def test_who_is_no_mentor_of_the_organization_knows_nobody_for_it(person: str) -> None:
    everybody_met = nominee(met={"m1": "c1", "k1": "c1", "x1": "c1"})
    for organization in (employer(), employer("host")):
        assert not knows(person, organization, everybody_met, programme())
