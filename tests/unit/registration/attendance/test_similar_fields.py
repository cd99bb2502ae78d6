"""Unknown fields: which of them look like a known one, and what it costs to find out."""

from itertools import count
from typing import Any

import pytest

from registration.attendance.domain.similar_fields import MAX_COMPARED, SimilarFields
from support.cost import within

ATTENDED = "attendance.session_attended.v1"


def fields(data: Any, type: str = ATTENDED) -> dict[str, str]:
    """The fields that are warned of, each with the one that is suggested."""
    return {field: detail.split("`")[1] for field, detail in SimilarFields().of(type, data)}


@pytest.mark.parametrize(
    ("data", "suggested"),
    [
        ({"attendee": {"consent": {"mails": True}}}, {"attendee.consent.mails": "mail"}),
        ({"attendee": {"consent": {"Mail": True, "mailing": 1, "share": 1, "matched": 1}}},
         {"attendee.consent.Mail": "mail", "attendee.consent.mailing": "mail", "attendee.consent.share": "sharing",
          "attendee.consent.matched": "matching"}),
        ({"attendee": {"e-mail": "x"}}, {"attendee.e-mail": "email"}),
        ({"attendee": {"emial": "x", "nmae": "y"}}, {"attendee.emial": "email", "attendee.nmae": "name"}),
        ({"attendee": {"timeZone": "x", "TIME-ZONE": "x"}}, {"attendee.timeZone": "time_zone", "attendee.TIME-ZONE": "time_zone"}),
        ({"attendee": {"skill": []}}, {"attendee.skill": "skills"}),
        ({"sessionId": "x", "conference": "y"}, {"sessionId": "session_id", "conference": "conference_id"}),
    ],
)  # fmt: skip
def test_a_slip_is_found_wherever_it_stands(data: Any, suggested: dict[str, str]) -> None:
    assert fields(data) == suggested


@pytest.mark.parametrize(
    "data",
    [
        {},
        None,
        [],
        7,
        {"attendee": None},
        {"attendee": [{"mails": 1}]},
        {"conference_id": "c", "session_id": "s", "attendee": {"email": "a", "consent": {"mail": True}}},
        {
            "hall": 1,
            "badge_color": 2,
            "x": 3,
            "": 4,
            "attendee": {"company": 1, "title": 2, "phone": 3, "consent": {"newsletter": 1}},
        },
        {"custom": {"mails": True, "sessionId": 1}},
    ],
)
def test_other_unknown_fields_stay_silent(data: Any) -> None:
    assert fields(data) == {}


def test_fields_are_those_of_their_type() -> None:
    assert fields({"met": {"emails": 1}}, "attendance.person_met.v1") == {"met.emails": "email"}
    assert fields({"revert": "1"}, "attendance.reverted.v1") == {"revert": "reverts"}
    assert fields({"revert": "1"}, "unheard.of.v1") == {}


def test_attributes_too_but_not_those_that_are_well_known_elsewhere() -> None:
    known = {"specversion": 1, "id": 1, "source": 1, "type": 1, "time": 1, "data": 1, "subject": 1, "traceparent": 1}
    others = {"datacontenttype": 1, "dataschema": 1, "partitionkey": 1, "sequence": 1, "comexampleflag": 1}
    similar = {"correlationID": 1, "correlation_id": 1, "Time": 1}
    assert [name for name, _ in SimilarFields().of_attributes(known | others | similar)] == list(similar)


@pytest.mark.parametrize("name", ["n{}", "mai{}", "x" * 1000 + "{}", "e{}mail"])
def test_the_work_is_bounded_however_many_fields_there_are(name: str) -> None:
    data = {name.format(number): 1 for number in range(20_000)}
    similar_fields = SimilarFields()
    numbers = count()
    found = within(
        2, lambda: [similar_fields.of(ATTENDED, {"attendee": data | {f"{name}{next(numbers)}": 1}}) for _ in range(50)]
    )
    assert all(len(some) <= 10 for some in found)
    assert len(similar_fields._seen) <= MAX_COMPARED
