"""The generated terms of the listings: the services take them, they are said to be generated, and they are always the same."""

from datetime import UTC, date, datetime, timedelta

import pytest

from demo import data
from demo.ideas import proposal
from demo.story import behind
from demo.terms import FIRST_DAY, GENERATED, LAST_DAY, NEXT_FIRST_DAY, of_next_term, with_terms
from listings.ideas.domain.proposal import Proposal
from listings.listings.domain.details import ListingDetails

TODAY = date(2026, 9, 1)


def details(today: date = TODAY) -> list[ListingDetails]:
    listings = [with_terms(listing, today) for listing in data.internships()["listings"]]
    return [ListingDetails.model_validate({name: value for name, value in each.items() if name != "id"}) for each in listings]


def test_every_listing_says_when_where_how_much_and_for_what_pay() -> None:
    for each in details():
        assert each.conditions
        assert (each.conditions.starts, each.conditions.ends) == (TODAY + FIRST_DAY, TODAY + LAST_DAY)
        assert each.conditions.hours_per_week in (15, 30)
        assert each.conditions.remote or (each.conditions.place and each.conditions.country)
        assert each.pay
        assert each.url
        assert each.url.startswith(f"https://{each.organization_id}.example.org/")
        assert GENERATED in each.description


def test_terms_are_the_same_every_time_but_for_the_dates() -> None:
    assert details() == details()
    dates = {"conditions": None, "deadline": None}
    later = [each.model_copy(update=dates) for each in details(TODAY + timedelta(days=1))]
    assert later == [each.model_copy(update=dates) for each in details()]


def test_a_third_of_the_listings_are_open_for_the_next_term_when_the_demo_ends() -> None:
    later = [listing for listing in data.internships()["listings"] if of_next_term(listing["id"])]
    assert 20 <= len(later) <= 35
    ends = TODAY + LAST_DAY + timedelta(days=7)
    for listing in later:
        made = with_terms(listing, TODAY, first_day=NEXT_FIRST_DAY)
        assert date.fromisoformat(made["conditions"]["starts"]) > ends + timedelta(weeks=6)
        assert datetime.fromisoformat(made["deadline"]).date() > ends


def test_some_listings_are_paid_and_some_say_that_they_are_not() -> None:
    assert {each.pay.period for each in details() if each.pay} == {None, "month", "once"}


def test_some_remote_listings_have_a_place_too() -> None:
    remote = [each.conditions for each in details() if each.conditions and each.conditions.remote]
    assert 15 < sum(bool(each.place) for each in remote) < 45


def test_what_the_data_says_of_a_listing_stays() -> None:
    for listing in data.internships()["listings"]:
        made = with_terms(listing, TODAY)
        assert {name: made[name] for name in listing if name not in ("description", "conditions")} == {
            name: value for name, value in listing.items() if name not in ("description", "conditions")
        }
        assert made["conditions"].get("remote", False) == listing["conditions"]["remote"]


def test_the_idea_is_one_that_the_service_takes() -> None:
    session = Proposal.model_validate(proposal()).session
    assert session
    assert session.session_id in {each["id"] for each in data.conference()["sessions"]}


def test_an_idea_has_the_same_terms_whatever_the_id_of_its_listing() -> None:
    listing = data.internships()["listings"][0]
    made = [with_terms(listing | {"id": id}, TODAY, "idea") | {"id": "", "url": ""} for id in ("idea-1", "idea-2")]
    assert made[0] == made[1]
    assert made[0]["pay"] != with_terms(listing, TODAY)["pay"]


@pytest.mark.parametrize("day", range(7))
def test_internships_begin_on_a_monday_and_are_over_when_the_demo_ends(day: int) -> None:
    today = datetime(2026, 11, 23 + day, 12, tzinfo=UTC)
    began = today - behind(today)
    assert f"{began + FIRST_DAY:%A}, {began + LAST_DAY:%A}, {began + NEXT_FIRST_DAY:%A}" == "Monday, Friday, Monday"
    assert timedelta(days=1) <= today - (began + LAST_DAY) <= timedelta(days=7)


def test_internships_last_twelve_weeks_and_begin_after_the_hosts_had_time_to_answer() -> None:
    assert timedelta(weeks=12, days=-3) == LAST_DAY - FIRST_DAY
    assert timedelta(days=21) < FIRST_DAY
