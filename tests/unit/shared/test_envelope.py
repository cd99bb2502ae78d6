"""Whatever bytes arrive, they are an event or are rejected with a reason; nothing else."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.envelope import MAX_DEPTH, MAX_EVENT_BYTES, STRUCTURED, Event, Received, Rejected, pack, unpack, unpack_parsed
from shared.events import NAMES, TYPES
from shared.events.attendance import SessionAttended
from shared.topics import ATTENDANCE_INBOUND, PROFILES, TOPICS

DATA = {"conference_id": "c1", "session_id": "s1", "attendee": {"email": "ada@example.org"}}
ATTRIBUTES = {
    "ce_specversion": "1.0",
    "ce_id": "1",
    "ce_source": "test",
    "ce_type": "attendance.session_attended.v1",
    "ce_time": "2024-07-08T10:00:00Z",
}


def received(value: bytes | None, headers: dict[str, Any], topic: str = "attendance.inbound") -> Received:
    return Received(topic, value, [(name, text if text is None else str(text).encode()) for name, text in headers.items()])


def _outcome(record: Received) -> str:
    try:
        return unpack(record, ATTENDANCE_INBOUND).type
    except Rejected as rejected:
        return str(rejected)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=st.binary(max_size=200) | json_values.map(lambda each: json.dumps(each).encode()), headers=st.dictionaries(st.text(), st.binary() | st.none()), structured=st.booleans())  # fmt: skip
def test_any_record_is_an_event_or_is_rejected_with_a_reason(
    value: bytes, headers: dict[str, bytes | None], structured: bool
) -> None:
    kind = [("content-type", b"application/cloudevents+json")] if structured else []
    record = Received("attendance.inbound", value, [*headers.items(), *kind])
    assert _outcome(record)


@given(changed=st.dictionaries(st.sampled_from([*ATTRIBUTES, *DATA]), json_values, max_size=3))
def test_a_structured_event_with_any_values_is_an_event_or_is_rejected(changed: dict[str, Any]) -> None:
    event = {name.removeprefix("ce_"): changed.get(name, value) for name, value in ATTRIBUTES.items()}
    event["data"] = {name: changed.get(name, value) for name, value in DATA.items()}
    record = received(json.dumps(event).encode(), {"content-type": "application/cloudevents+json"})
    assert 0 < len(_outcome(record)) < 2000


def test_what_is_packed_is_unpacked_the_same() -> None:
    event = unpack(received(json.dumps(DATA).encode(), ATTRIBUTES), ATTENDANCE_INBOUND)
    assert isinstance(event.data, SessionAttended)
    out = pack(event.data, id="i", source="s", topic="attendance.inbound", key="k", time=event.time, correlation_id="c")
    again = unpack(received(out.value, out.headers), ATTENDANCE_INBOUND)
    assert (again.id, again.source, again.type, again.time, again.data) == ("i", "s", event.type, event.time, event.data)
    assert again.correlation_id == "c"


def test_the_event_s_own_id_is_its_correlation_id_where_it_brings_none() -> None:
    assert unpack(received(json.dumps(DATA).encode(), ATTRIBUTES), ATTENDANCE_INBOUND).correlation_id == "1"


def test_a_record_without_a_value_is_a_tombstone_only_where_a_topic_is_compacted() -> None:
    tombstone = Received("registration.profiles", None, [], key=b"a1")
    assert unpack(tombstone, PROFILES).data is None
    with pytest.raises(Rejected, match="no value"):
        unpack(Received("attendance.inbound", None, [], key=b"a1"), ATTENDANCE_INBOUND)


def test_every_type_has_one_topic_and_every_topic_known_types() -> None:
    carried = [name for topic in TOPICS for name in topic.types]
    assert sorted(carried) == sorted(TYPES)
    assert len(NAMES) == len(TYPES)
    assert {topic.name for topic in TOPICS if topic.personal_data} >= {"attendance.inbound", "registration.contacts"}


def nested(depth: int) -> Any:
    """An array of this many levels."""
    return json.loads("[" * depth + "]" * depth)


STRUCTURED_EVENT = {name.removeprefix("ce_"): value for name, value in ATTRIBUTES.items()}


def test_an_event_may_be_nested_to_a_limit_in_either_mode() -> None:
    for levels, deepest in (({"x": nested(MAX_DEPTH - 1)}, True), ({"x": nested(MAX_DEPTH)}, False)):
        assert (_outcome(received(json.dumps(DATA | levels).encode(), ATTRIBUTES)) == ATTRIBUTES["ce_type"]) is deepest
    for levels, deepest in (({"x": nested(MAX_DEPTH - 2)}, True), ({"x": nested(MAX_DEPTH - 1)}, False)):
        event = STRUCTURED_EVENT | {"data": DATA | levels}
        record = received(json.dumps(event).encode(), {"content-type": STRUCTURED})
        outcome = _outcome(record)
        assert outcome == (ATTRIBUTES["ce_type"] if deepest else f"the event's JSON is nested deeper than {MAX_DEPTH} levels")


def test_many_brackets_side_by_side_are_not_deep() -> None:
    wide = DATA | {"x": [[{}]] * 5000, "y": "[" * 5000}
    assert _outcome(received(json.dumps(wide).encode(), ATTRIBUTES)) == ATTRIBUTES["ce_type"]


def test_an_event_parsed_already_is_read_like_one_of_bytes_and_can_be_read_again() -> None:
    value = STRUCTURED_EVENT | {"data": DATA, "extension": 7}
    event = unpack_parsed(value, ATTENDANCE_INBOUND)
    of_bytes = unpack(received(json.dumps(value).encode(), {"content-type": STRUCTURED}), ATTENDANCE_INBOUND)
    again = unpack(event.record, ATTENDANCE_INBOUND)

    def read(event: Event) -> tuple[Any, ...]:
        return event.id, event.source, event.type, event.time, event.correlation_id, event.data

    assert read(event) == read(of_bytes) == read(again)
    assert json.loads(event.record.value or b"") == value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "must be a JSON object"),
        (nested(300), "nested deeper"),
        (STRUCTURED_EVENT | {"data": DATA, "x": "x" * MAX_EVENT_BYTES}, "an event may have 1,048,576"),
        (STRUCTURED_EVENT | {"data": DATA | {"session_id": ""}}, "session_id"),
    ],
)
def test_a_parsed_value_that_is_no_event_is_rejected(value: Any, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        unpack_parsed(value, ATTENDANCE_INBOUND)


def test_data_may_come_as_base64() -> None:
    event = STRUCTURED_EVENT | {"data_base64": b64encode(json.dumps(DATA).encode()).decode()}
    data = unpack_parsed(event, ATTENDANCE_INBOUND).data
    assert isinstance(data, SessionAttended)
    assert data.session_id == "s1"


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_correlationid"])
def test_an_attribute_has_no_control_characters(name: str) -> None:
    for character in "\n\x00\x7f\x85":
        reason = _outcome(received(json.dumps(DATA).encode(), ATTRIBUTES | {name: f"a{character}b"}))
        assert "must not contain control characters" in reason
    assert _outcome(received(json.dumps(DATA).encode(), ATTRIBUTES | {name: "a\u00a0b é"})) == ATTRIBUTES["ce_type"]
