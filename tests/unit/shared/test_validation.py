"""A refused event's reason names each field, what was expected there and what came."""

import json
from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from shared.contract.envelope import MAX_FAULTS, STRUCTURED, Received, Rejected, unpack
from shared.contract.events import TYPES
from shared.contract.events.examples import EXAMPLES
from shared.contract.events.fields import Email, Id, PlainLine, TimeZone, Url
from shared.contract.topics import ATTENDANCE_INBOUND, TOPICS
from shared.validation import MOST_SHOWN, in_words, sendable
from shared.wording.languages import translations

ATTENDED = "attendance.session_attended.v1"
EVENT = {"specversion": "1.0", "id": "1", "source": "test", "type": ATTENDED, "time": "2026-07-08T10:00:00Z"}
ADA = {"email": "ada@example.org"}
TIME = "must be a time with its offset, such as 2026-07-08T10:00:00Z"


def refused(value: bytes) -> Rejected:
    with pytest.raises(Rejected) as raised:
        unpack(Received(ATTENDANCE_INBOUND.name, value, [("content-type", STRUCTURED.encode())]), ATTENDANCE_INBOUND)
    return raised.value


def of_attributes(**changed: Any) -> Rejected:
    data = {"conference_id": "c1", "session_id": "s1", "attendee": ADA}
    event = EVENT | {"data": data} | changed
    return refused(json.dumps({name: value for name, value in event.items() if value is not ...}).encode())


def of_data(**changed: Any) -> Rejected:
    return of_attributes(data={"conference_id": "c1", "session_id": "s1", "attendee": ADA} | changed)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"id": ...}, "id", "is missing"),
        ({"id": 7}, "id", "must be text, not a number"),
        ({"id": "x" * 257}, "id", "must have at most 256 characters, not 257"),
        ({"specversion": "0.3"}, "specversion", 'must be "1.0", not "0.3"'),
        ({"time": "2026-07-08T10:00:00"}, "time", f'{TIME}, not "2026-07-08T10:00:00"'),
        ({"time": "yesterday"}, "time", f'{TIME}, not "yesterday"'),
        ({"time": "1999-07-08T10:00:00Z"}, "time", 'must lie between 2000 and 2100, not in 1999; it is "1999-07-08T10:00:00Z"'),
        ({"type": "x"}, "type", f'must be one of {", ".join(ATTENDANCE_INBOUND.types)}, not "x"'),
        ({"data": ...}, "data", "is missing; the event's data was expected there, as a JSON object"),
    ],
)  # fmt: skip
def test_a_wrong_attribute_is_named(changed: dict[str, Any], field: str, said: str) -> None:
    rejected = of_attributes(**changed)
    assert (str(rejected), list(rejected.faults)) == (f"attribute {field!r} {said}", [(field, said)])


NOBODY = "the person is not identified; give their own address as 'email', or an 'account' if there is none"


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"session_id": None}, "session_id", "must be text, not null"),
        ({"session_id": "a b"}, "session_id", 'must be an id (letters, digits and . _ : ~ -, at most 128, the first one a letter or digit), not "a b"'),
        ({"attendee": "ada@example.org"}, "attendee", 'must be an object, not "ada@example.org"'),
        ({"attendee": {"name": "Ada"}}, "attendee", NOBODY),
        ({"attendee": {"email": None, "account": None}}, "attendee", NOBODY),
        ({"attendee": {"email": "ada at x"}}, "attendee.email", 'is not an e-mail address (expected something like ada@example.org); it is "ada at x"'),
        ({"attendee": {"account": " "}}, "attendee.account", "must not be empty"),
        ({"attendee": ADA | {"name": "x" * 301}}, "attendee.name", "must have at most 300 characters, not 301"),
        ({"attendee": ADA | {"name": "A\nBcc: b"}}, "attendee.name", r'must not contain control characters or line breaks; it is "A\nBcc: b"'),
        ({"attendee": ADA | {"locale": "German"}}, "attendee.locale", 'must be a language tag (BCP 47) such as de or pt-BR, not "German"'),
        ({"attendee": ADA | {"skills": "Python"}}, "attendee.skills", 'must be a list, not "Python"'),
        ({"attendee": ADA | {"skills": ["x"] * 201}}, "attendee.skills", "must have at most 200 entries, not 201"),
        ({"attendee": ADA | {"skills": ["x", True]}}, "attendee.skills.1", "must be text, not true"),
        ({"attendee": ADA | {"consent": {"mail": "perhaps"}}}, "attendee.consent.mail", 'must be true or false, not "perhaps"'),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_what_was_expected_and_what_came(changed: dict[str, Any], field: str, said: str) -> None:
    rejected = of_data(**changed)
    assert (str(rejected), list(rejected.faults)) == (f"{field}: {said}", [(field, said)])


def test_data_that_is_no_object_is_said_to_be_none() -> None:
    rejected = of_attributes(data="x")
    assert (str(rejected), list(rejected.faults)) == ('data: must be an object, not "x"', [("", 'must be an object, not "x"')])


def test_of_many_faults_the_first_are_named_and_the_others_counted() -> None:
    rejected = of_data(conference_id=1, session_id=2, attendee={"email": 3, "name": 4, "locale": 5, "skills": 6})
    assert len(rejected.faults) == MAX_FAULTS
    assert str(rejected).endswith("; and 1 more")


def test_no_more_of_what_came_is_quoted_than_it_takes_to_find_it() -> None:
    ((_, said),) = of_data(attendee={"email": {"x": "y" * 5000}}).faults
    assert said.startswith('must be text, not {"x": "yyy')
    assert len(said.removeprefix("must be text, not ")) == MOST_SHOWN


def test_half_a_surrogate_pair_is_refused_in_words_that_can_be_sent() -> None:
    """Python reads such JSON, and cannot write it: the answer was an error of ours once."""
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(dict[str, Annotated[str, StringConstraints(pattern="^a")]]).validate_python({"x": json.loads('"a\\ud83d"')})
    assert in_words(raised.value.errors()[0]) == ('must be valid Unicode, without unpaired surrogates, not "a\\ud83d"')
    assert sendable("a\ud83db🔭") == "a\\ud83db🔭"


WRONG: list[Any] = [None, True, -1, 0.5, 10**30, "", " ", "x" * 3000, "\n", [], [[]], {}, {"$ne": ""}]


@pytest.mark.parametrize("name", TYPES)
def test_every_field_of_every_type_is_refused_in_our_own_words(name: str) -> None:
    topic = next(topic for topic in TOPICS if name in topic.types)
    reasons: dict[str, Rejected] = {}
    for field, value in ((field, value) for field in EXAMPLES[name][0].data for value in [*WRONG, ...]):
        data = {key: old for key, old in (EXAMPLES[name][0].data | {field: value}).items() if old is not ...}
        event = EVENT | {"type": name, "data": data}
        try:
            unpack(Received(topic.name, json.dumps(event).encode(), [("content-type", STRUCTURED.encode())]), topic)
        except Rejected as rejected:
            reasons[f"{field} {value}"] = rejected
    assert reasons
    for place, refusal in reasons.items():
        assert all(place.startswith(field.partition(".")[0]) for field, _ in refusal.faults)
        for foreign in ("Input", "String", "List", "should", "Value error", "None", "True"):
            assert foreign not in str(refusal)


def test_an_error_of_an_unknown_kind_keeps_the_words_it_came_with() -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(complex).validate_python("x")
    assert in_words(raised.value.errors()[0]).endswith(', not "x"')


class _Connection(BaseModel):
    api_token: str
    secret: Annotated[str, StringConstraints(pattern="^whsec_")]


def test_what_came_is_not_quoted_of_a_secret() -> None:
    with pytest.raises(ValidationError) as raised:
        _Connection.model_validate({"api_token": 987654, "secret": "hunter2"})
    assert [in_words(error) for error in raised.value.errors()] == ["must be text", "must be text that matches ^whsec_"]


class Everything(BaseModel):
    """A field for each kind of fault that people can make in a form."""

    missing: int
    number: int = 0
    day: date = date(2026, 7, 8)
    email: Email = "ada@example.org"
    id: Id = "a"
    link: Url = "https://example.org/"
    line: PlainLine = "a"
    short: str = Field(default="a", max_length=3)
    filled: str = Field(default="a", min_length=1)
    several: list[int] = Field(default=[], max_length=1)
    few: int = Field(default=5, ge=1)
    many: int = Field(default=5, le=9)
    one_of: Literal["a", "b"] = "a"
    zone: TimeZone = "UTC"
    yes: bool = False


MISTAKES: dict[str, Any] = {
    "number": "x", "day": "tomorrow", "email": "nobody", "id": "$", "link": "ftp://x", "line": "", "short": "abcd",
    "filled": "", "several": [1, 2], "few": 0, "many": 10, "one_of": "c", "zone": "Nowhere", "yes": "perhaps",
}  # fmt: skip


def test_what_people_do_wrong_in_forms_is_said_in_german_too() -> None:
    german = translations("de").gettext
    with pytest.raises(ValidationError) as wrong:
        Everything.model_validate(MISTAKES)
    faults = {str(error["loc"][0]): in_words(error) for error in wrong.value.errors()}
    assert faults.keys() == Everything.model_fields.keys()
    told = {field: fault.translated(german) for field, fault in faults.items()}
    assert not {field for field, fault in told.items() if "must" in fault or " is " in fault or fault == faults[field]}
    assert told["many"] == "darf höchstens 9 sein, nicht 10"
    assert told["missing"] == "fehlt"
