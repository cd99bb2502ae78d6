"""The people of host organizations: what readers are told of each, whoever names them."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listings.organizations.domain import Mentor, Staff, check_absence, staff_of, with_posts
from shared.contract.events.listings import Post, StaffChanged, StaffPost
from shared.refusals import Invalid

NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)
NOBODY = Staff("p-ada")


def mentor(organization: str = "acme", hours: int = 0, id: str = "ada", **more: Any) -> Mentor:
    return Mentor(organization, id, **{"name": "Ada", "email": "ada@example.org", "person_id": "p-ada"} | more,
                  changed_at=NOW + timedelta(hours=hours))  # fmt: skip


def told(*mentors: Mentor, before: Staff = NOBODY) -> StaffChanged:
    staff = with_posts(before, mentors)
    assert staff.published
    assert staff.published.version == staff.version
    return staff.published


def test_a_person_of_two_organizations_is_told_once_with_both_posts() -> None:
    assert told(mentor("planetarium", contact=True), mentor("acme")) == StaffChanged(
        person_id="p-ada",
        version=1,
        email="ada@example.org",
        name="Ada",
        locale=None,
        posts=[
            Post(organization_id="acme", mentor=True, contact=False),
            Post(organization_id="planetarium", mentor=True, contact=True),
        ],
    )


def test_two_mentors_of_one_organization_with_one_address_have_one_post() -> None:
    (post,) = told(mentor(contact=True), mentor(id="ada2", hours=1)).posts
    assert post == Post(organization_id="acme", mentor=True, contact=True)


def test_the_latest_word_wins_and_silence_is_none() -> None:
    first = mentor("acme", 1, name="Ada L.", locale="sv", time_zone="Europe/Stockholm")
    event = told(mentor("planetarium", 2, name="Ada Lindqvist", locale="en"), first)
    assert (event.name, event.locale, event.time_zone) == ("Ada Lindqvist", "en", "Europe/Stockholm")


def test_what_is_told_already_is_not_told_again() -> None:
    staff = with_posts(NOBODY, [mentor()])
    assert with_posts(staff, [mentor(hours=5)]) == staff


def test_who_has_no_post_left_is_forgotten_and_comes_back_under_the_next_version() -> None:
    gone = with_posts(with_posts(NOBODY, [mentor()]), [])
    assert gone == Staff("p-ada", 1, None)
    assert with_posts(gone, []) == gone
    assert with_posts(gone, [mentor()]).version == 2


def test_an_organization_names_each_person_once_with_all_that_any_of_their_entries_says() -> None:
    bob = mentor(id="bob", person_id="p-bob", admin=True)
    ada = StaffPost(person_id="p-ada", admin=True, contact=True, mentor=True)
    entries = [mentor(contact=True), bob, mentor(id="ada2", admin=True), mentor(id="ada3")]
    told = [ada, StaffPost(person_id="p-bob", admin=True, contact=False, mentor=True)]
    assert staff_of(entries) == staff_of(reversed(entries)) == told
    assert staff_of([]) == []


def test_a_person_is_away_until_the_last_day_that_any_of_their_entries_names() -> None:
    later = date(2024, 9, 30)
    (post,) = staff_of([mentor(away_until=date(2024, 8, 1)), mentor(id="ada2", away_until=later), mentor(id="ada3")])
    assert post.away_until == later
    assert mentor(away_until=later).is_away(later)
    assert not mentor(away_until=later).is_away(later + timedelta(days=1))
    assert not mentor().is_away(later)


@pytest.mark.parametrize(("days", "allowed"), [(-1, False), (0, True), (730, True), (731, False)])
def test_an_absence_ends_within_two_years(days: int, allowed: bool) -> None:
    today = date(2024, 7, 8)
    with nullcontext() if allowed else pytest.raises(Invalid):
        check_absence(today + timedelta(days=days), today)


MENTORS = st.lists(
    st.builds(
        mentor,
        st.sampled_from(["acme", "beta", "planetarium"]),
        st.integers(0, 3),
        st.sampled_from(["ada", "grace"]),
        name=st.sampled_from(["Ada", "Ada L."]),
        locale=st.sampled_from([None, "sv", "en"]),
        contact=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda mentor: (mentor.organization_id, mentor.id),
)


@given(st.lists(MENTORS, max_size=4), st.randoms())
def test_what_is_told_depends_on_the_mentors_and_neither_on_their_order_nor_on_what_was_before(
    history: list[list[Mentor]], random: Any
) -> None:
    staff = NOBODY
    for mentors in history:
        version = staff.version
        staff = with_posts(staff, mentors)
        shuffled = random.sample(mentors, len(mentors))
        assert with_posts(staff, shuffled) == staff
        assert staff.version in (version, version + 1)
        afresh = with_posts(NOBODY, mentors).published
        assert staff.published == (afresh and afresh.model_copy(update={"version": staff.version}))
