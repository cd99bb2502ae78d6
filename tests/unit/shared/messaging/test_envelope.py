"""Whatever bytes arrive, they are an event or are rejected with a reason; nothing else."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from shared.contract.envelope import (
    MAX_DEPTH,
    MAX_EVENT_BYTES,
    STRUCTURED,
    Event,
    Received,
    Rejected,
    pack,
    unpack,
    unpack_parsed,
)
from shared.contract.events import NAMES, TYPES
from shared.contract.events.attendance import SessionAttended
from shared.contract.topics import ATTENDANCE_INBOUND, PROFILES, TOPICS
from shared.json_text import is_deep
from support.cost import within

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


@given(
    unit=st.text(min_size=1, max_size=6),
    place=st.sampled_from([*ATTRIBUTES, "ce_x", "traceparent", "content-type", "data", "email"]),
)
def test_whatever_is_repeated_for_long_costs_little(unit: str, place: str) -> None:
    text = unit * (200_000 // len(unit.encode()))
    headers = ATTRIBUTES | ({} if place in ("data", "email") else {place: text})
    body = (
        text.encode() if place == "data" else json.dumps(DATA | {"attendee": {"email": text if place == "email" else "a@b.de"}})
    )
    record = received(body if isinstance(body, bytes) else body.encode(), headers)
    assert within(1.5, lambda: _outcome(record))


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
    carried = [name for topic in TOPICS if not topic.internal for name in topic.types]
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
        (STRUCTURED_EVENT | {"data": DATA, "x": "x" * MAX_EVENT_BYTES}, "an event may have at most 1,048,576"),
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


FOREIGN: list[tuple[str, bytes | None]] = [
    ("traceparent", None),
    ("b3", b"\xff\xfe\x00"),
    ("", b""),
    ("Content-Encoding", None),
    ("subject", b"\x80"),
    ("ce", None),
    ("ce-id", None),
    ("x" * 100_000, b"\xff" * 900_000),
]


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda header: header[0][:20])
@pytest.mark.parametrize("structured", [False, True])
def test_a_header_that_is_no_attribute_concerns_nobody(foreign: tuple[str, bytes | None], structured: bool) -> None:
    record = received(json.dumps(DATA).encode(), ATTRIBUTES)
    if structured:
        record = received(json.dumps(STRUCTURED_EVENT | {"data": DATA}).encode(), {"Content-Type": STRUCTURED.upper() + "; x=y"})
    record.headers = [foreign, *record.headers, foreign]
    assert _outcome(record) == ATTRIBUTES["ce_type"]


def test_headers_by_tens_of_thousands_cost_little() -> None:
    record = received(json.dumps(DATA).encode(), ATTRIBUTES)
    foreign = replace(record, headers=[*record.headers, *((f"h{number}", None) for number in range(50_000))])
    assert within(1, lambda: _outcome(foreign)) == ATTRIBUTES["ce_type"]
    many = replace(record, headers=[*record.headers, *((f"ce_h{number}", b"x") for number in range(50_000))])
    assert within(1, lambda: _outcome(many)) == "the record has 50,005 headers ce_…; an event may have at most 100"


@pytest.mark.parametrize("characters", [258, 20_000, 60_000, 900_000])
@pytest.mark.parametrize(
    "name", ["ce_correlationid", "ce_id", "ce_source", "ce_time", "ce_specversion", "ce_other", "content-type"]
)
@pytest.mark.parametrize("text", ["a", "@", "a@", "a.", "é"])
def test_a_long_attribute_costs_little_and_is_named(characters: int, name: str, text: str) -> None:
    value = text * (characters // len(text))
    outcome = within(0.2, lambda: _outcome(received(json.dumps(DATA).encode(), ATTRIBUTES | {name: value})))
    if outcome != ATTRIBUTES["ce_type"]:
        assert name.removeprefix("ce_") in outcome
        assert len(outcome) < 500
    else:
        assert name in ("ce_other", "content-type")


@pytest.mark.parametrize(
    ("header", "reason"), [("ce_subject", "header 'ce_subject' is"), ("content-type", "header 'content-type' is")]
)
@pytest.mark.parametrize("value", [None, b"\xff\xfe\x00"])
def test_a_header_that_concerns_the_event_must_be_text(header: str, reason: str, value: bytes | None) -> None:
    record = received(json.dumps(DATA).encode(), ATTRIBUTES)
    assert reason in _outcome(replace(record, headers=[*record.headers, (header, value)]))


@pytest.mark.parametrize("name", ["correlationid", "subject", "datacontenttype", "dataschema", "data_base64", "extension"])
def test_null_is_unset_in_structured_mode(name: str) -> None:
    value = json.dumps(STRUCTURED_EVENT | {"data": DATA, name: None}).encode()
    assert unpack(received(value, {"content-type": STRUCTURED}), ATTENDANCE_INBOUND).correlation_id == STRUCTURED_EVENT["id"]


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time", "data"])
def test_null_is_unset_for_what_is_required_too(name: str) -> None:
    value = json.dumps(STRUCTURED_EVENT | {"data": DATA} | {name: None}).encode()
    assert _outcome(received(value, {"content-type": STRUCTURED})).startswith(f"attribute '{name}' is missing")


@pytest.mark.parametrize("time", ["2026-07-08T10:00:00z", "2026-07-08t10:00:00.5+02:00", "2026-07-08T10:00:00.123456789Z"])
def test_times_are_read_in_every_form_of_rfc_3339(time: str) -> None:
    assert _outcome(received(json.dumps(DATA).encode(), ATTRIBUTES | {"ce_time": time})) == ATTRIBUTES["ce_type"]


@pytest.mark.parametrize("kind", ["application/cloudevents+avro", "application/cloudevents-batch+json; charset=utf-8"])
def test_an_event_in_another_format_is_rejected_for_that(kind: str) -> None:
    assert _outcome(received(b"{}", ATTRIBUTES | {"content-type": kind})).startswith(
        f"a structured event must have content-type {STRUCTURED}, not"
    )


def test_data_comes_in_one_form_only() -> None:
    both = STRUCTURED_EVENT | {"data": DATA, "data_base64": "e30="}
    assert _outcome(received(json.dumps(both).encode(), {"content-type": STRUCTURED})) == (
        "attribute 'data_base64' must not be given together with 'data'"
    )
    number = STRUCTURED_EVENT | {"data_base64": 7}
    assert "'data_base64' must be text" in _outcome(received(json.dumps(number).encode(), {"content-type": STRUCTURED}))


HOSTILE_JSON = {
    "nested without end": "[" * 300_000,
    "nested deep": "[" * 900 + "]" * 900,
    "objects nested deep": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "a number of a million digits": "9" * 1_000_000,
    "an endless exponent": "1e" + "9" * 100_000,
    "infinity": "1e999",
    "NaN": "NaN",
    "-Infinity": "-Infinity",
    "half a surrogate pair": '"\\ud800"',
    "a name twice": '{"a": 1, "a": 2}',
    "a name twice, written otherwise": '{"a": ":", "\\u0061": 2, "c": "\\u003A\\u003a"}',
    "a name twice, many times": "[" + '{"a":1,"a":2},' * 70_000 + "1]",
    "not UTF-8": "\udcff",
}


@pytest.mark.parametrize("hostile", HOSTILE_JSON.values(), ids=HOSTILE_JSON.keys())
@pytest.mark.parametrize("structured", [False, True])
def test_hostile_json_is_rejected_quickly(hostile: str, structured: bool) -> None:
    data = json.dumps(DATA)[:-1] + f', "x": {hostile}' + "}"
    value = json.dumps(STRUCTURED_EVENT)[:-1] + f', "data": {data}' + "}" if structured else data
    headers = {"content-type": STRUCTURED} if structured else ATTRIBUTES
    outcome = within(1.5, lambda: _outcome(received(value.encode(errors="surrogateescape"), headers)))
    assert "JSON" in outcome
    assert len(outcome) < 500


@pytest.mark.parametrize(
    "harmless", ["9" * 100, "0." + "1" * 500_000, "[" + "[]," * 300_000 + "1]", '":"', '"\\u003a"', '{"a":{"a":{"a":1}}}']
)
def test_what_is_only_odd_in_a_field_that_nobody_reads_is_no_reason_to_reject(harmless: str) -> None:
    record = received(f'{json.dumps(DATA)[:-1]}, "x": {harmless}}}'.encode(), ATTRIBUTES)
    assert within(1.5, lambda: _outcome(record)) == ATTRIBUTES["ce_type"]


@given(json_values)
def test_how_deep_a_text_is_nested_is_counted_as_a_parser_would(value: Any) -> None:
    def depth(value: Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    try:
        text = json.dumps(value, allow_nan=False).encode()
    except ValueError:  # JSON has no infinity
        reject()
    assert [is_deep(text, levels) for levels in range(1, 6)] == [depth(value) > levels for levels in range(1, 6)]


@pytest.mark.parametrize("text", [b'"', b'\\"', b'"\\', b'["\\"', b"[]", b"[{", b'"",'])
def test_counting_levels_takes_time_in_proportion_to_the_text(text: bytes) -> None:
    within(1.5, lambda: is_deep(b"[" * 40 + text * (MAX_EVENT_BYTES // len(text)), 32))


WIDE = [
    DATA | {"attendee": ["x"] * 300_000},
    DATA | {"attendee": {"email": "x" * 1_000_000}},
    DATA | {"attendee": {"email": "ada@" + "a." * 400_000}},
    DATA | {"attendee": {"email": "@" * 900_000}},
    DATA | {"session_id": "x" * 1_000_000},
    DATA | {"attendee": {"email": "ada@example.org", "skills": ["x" * 101] * 9_000}},
    DATA | {"attendee": {"email": "ada@example.org", "skills": [{}] * 200_000}},
    DATA | {"attendee": {"email": "ada@example.org", "locale": "de" + "-aa" * 300_000}},
    {f"key {number}": {} for number in range(50_000)},
]


@pytest.mark.parametrize("data", WIDE, ids=range(len(WIDE)))
def test_a_megabyte_of_faults_costs_little_and_the_reason_is_short(data: dict[str, Any]) -> None:
    value = json.dumps(data).encode()[: MAX_EVENT_BYTES + 100]
    outcome = within(1.5, lambda: _outcome(received(value, ATTRIBUTES)))
    assert outcome != ATTRIBUTES["ce_type"]
    assert len(outcome) < 2000
