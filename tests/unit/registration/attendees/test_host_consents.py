"""What somebody says of single hosts goes before what they say of hosts in general, and the stricter answer of merged people counts."""

from datetime import UTC, datetime, timedelta

import pytest

from registration.attendees.domain.attendance import Attendee
from registration.attendees.domain.people import Person
from registration.attendees.domain.profiles import profile
from shared.contract.events.registration import MOST_HOSTS, AttendeeProfiled
from shared.refusals import Conflict

NOW = datetime(2026, 7, 20, tzinfo=UTC)


def attendee(id: str = "a", *, sharing: bool = True, **hosts: bool | None) -> Attendee:
    one = Attendee(id, f"{id}@example.org")
    one.declare({"matching": True, "sharing": sharing}, NOW, "them")
    one.declare_hosts(hosts, NOW, "them")
    return one


def answers(*members: Attendee) -> dict[str, bool]:
    return {host: agreed for host, (agreed, _) in Person(members).hosts().items()}


def test_an_answer_keeps_its_time_until_it_is_another_one() -> None:
    one = attendee(o1=False)
    one.declare_hosts({"o1": False, "o2": True}, NOW + timedelta(days=1), "them")
    assert one.hosts() == {"o1": (False, NOW.isoformat()), "o2": (True, (NOW + timedelta(days=1)).isoformat())}
    one.declare_hosts({"o1": None}, NOW, "them")
    assert set(one.hosts()) == {"o2"}


def test_of_merged_people_each_must_agree() -> None:
    assert answers(attendee(o1=True, o2=False, o3=True), attendee("b", o3=False)) == {"o1": True, "o2": False, "o3": False}
    assert answers(attendee(o1=True), attendee("b", sharing=False)) == {"o1": False}


def test_a_profile_has_the_answers_unless_they_do_not_agree_to_be_matched() -> None:
    one = attendee(o1=False)
    data = profile("a", 1, Person((one,)).evidence(one), {})
    assert [(said.organization_id, said.agreed, said.at) for said in AttendeeProfiled(**data).host_consents] == [
        ("o1", False, NOW)
    ]
    one.declare({"matching": False}, NOW, "them")
    assert profile("a", 2, Person((one,)).evidence(one), {})["host_consents"] == []


def test_nobody_answers_for_hosts_without_end() -> None:
    one = attendee()
    one.declare_hosts({f"o{number}": False for number in range(MOST_HOSTS)}, NOW, "them")
    with pytest.raises(Conflict, match="withdraw some of these decisions"):
        one.declare_hosts({"another": True}, NOW, "them")
    assert len(one.hosts()) == MOST_HOSTS
