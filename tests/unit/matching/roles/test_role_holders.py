"""What conferences and organizations say about their people, as roles."""

from datetime import date, timedelta

import pytest

from matching.roles.domain import RoleHolders, role_holders_of
from shared.contract.events.examples import EXAMPLES
from shared.contract.events.listings import OrganizationChanged, StaffPost
from shared.contract.events.registration import ConferenceScheduled
from shared.web.access.roles import Role


def staffed(*staff: StaffPost) -> OrganizationChanged:
    return OrganizationChanged(
        organization_id="o1", version=3, name="Observatory", url=None, conference_ids=[], staff=list(staff)
    )


@pytest.mark.parametrize(
    ("admin", "contact", "mentor", "roles"),
    [
        (True, False, False, {"admin"}),
        (False, True, False, {"contact"}),
        (False, False, True, {"mentor"}),
        (True, True, True, {"admin", "contact", "mentor"}),
        (False, False, False, set()),
    ],
)
def test_each_post_is_a_role(admin: bool, contact: bool, mentor: bool, roles: set[Role]) -> None:
    holders = role_holders_of(staffed(StaffPost(person_id="p1", admin=admin, contact=contact, mentor=mentor)))
    assert holders == RoleHolders("organization", "o1", 3, {"p1": frozenset(roles)}, name="Observatory")


def test_a_person_who_is_named_twice_has_both_posts() -> None:
    posts = [StaffPost(person_id="p1", admin=first, contact=not first, mentor=False) for first in (True, False)]
    assert role_holders_of(staffed(*posts)).roles == {"p1": {"admin", "contact"}}


def test_organizers_are_those_that_the_conference_names() -> None:
    example = EXAMPLES["registration.conference.scheduled.v1"][0].data
    conference = ConferenceScheduled.model_validate(example | {"conference_id": "c1", "version": 2, "organizers": ["p1", "p2"]})
    organizer: frozenset[Role] = frozenset({"organizer"})
    assert role_holders_of(conference) == RoleHolders("conference", "c1", 2, {"p1": organizer, "p2": organizer})


def test_what_older_publishers_say_names_nobody() -> None:
    old = {"conference_id": "c1", "version": 1, "name": "C", "starts": "2026-07-08", "ends": "2026-07-09", "sessions": []}
    assert role_holders_of(ConferenceScheduled.model_validate(old)).roles == {}
    assert role_holders_of(staffed()).roles == {}


def test_only_mentors_look_after_nobody_new_and_until_a_day() -> None:
    day = date(2026, 9, 30)
    posts = [StaffPost(person_id=id, admin=False, contact=id == "p2", mentor=id == "p1", away_until=day) for id in ("p1", "p2")]
    holders = role_holders_of(staffed(*posts))
    assert (holders.mentors_away(day), holders.mentors_away(day + timedelta(days=1))) == ({"p1"}, set())


def test_an_organization_has_its_conferences_and_whether_it_is_approved() -> None:
    organization = staffed(StaffPost(person_id="p1", admin=True, contact=False, mentor=True))
    holders = role_holders_of(organization.model_copy(update={"conference_ids": ["c1", "c2"], "approved": False}))
    assert (set(holders.conference_ids), holders.approved) == ({"c1", "c2"}, False)
    assert (holders.holders("mentor"), holders.holders("contact")) == ({"p1"}, set())
