"""Whatever a system sends, or answers, is read or refused: by the adapters' own refusals, and in bounded time."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registration.attendance_event import AttendanceEvent
from registration.systems import ATTENDANCE_ADAPTERS, FETCH_ADAPTERS, POLL_ADAPTERS, WEBHOOK_ADAPTERS
from registration.systems.adapter import Fetch, WebhookRefused, WebhookRequest
from registration.systems.connection import Connection, System
from registration.systems.observations import ObjectTooLarge, Observation, ObservedObject
from shared.contract.envelope import Rejected
from support.cost import within
from support.payloads import (
    connection,
    encoded,
    eventbrite_attendee,
    eventbrite_webhook,
    hievents_attendee,
    hievents_checkin,
    hievents_webhook,
    indico_registration,
    pretix_order,
    pretix_position,
    pretix_scans,
    pretix_webhook,
    scan,
    standard_data,
    standard_event,
    standard_webhook,
    swapcard_webhook,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECONDS = 0.5
"""Of processor time, that one input may take."""
SECRETS = {"standard": "whsec_" + b64encode(bytes(32)).decode()}

DATA = standard_data(attendee={"email": "ada@example.org", "name": "Ada", "consent": {"mail": True}})
SENT: dict[System, list[Any]] = {
    "pretix": [pretix_webhook(), pretix_webhook("pretix.event.order.changed.item"), pretix_webhook("pretix.event.order.deleted")],
    "eventbrite": [eventbrite_webhook(), eventbrite_webhook("order.refunded", "/v3/orders/9/")],
    "hievents": [
        hievents_checkin(),
        hievents_checkin("checkin.deleted"),
        hievents_webhook("attendee.cancelled", hievents_attendee()),
        hievents_webhook("order.cancelled", {"id": 6, "attendees": [hievents_attendee()]}),
    ],
    "swapcard": [swapcard_webhook(kind) for kind in ("CHECKED_IN", "CHECKED_OUT", "UNCHECKED_IN")],
    "standard": [
        standard_webhook("attendance.left.v1", data=DATA),
        standard_event("attendance.person_met.v1", data=DATA | {"met": {"account": "badge/7"}}),
    ],
}
SCANS = pretix_scans([1])
Read = Callable[[bytes, Connection], list[Observation]]


def observations(system: System, about: str) -> Read:
    return lambda body, of: FETCH_ADAPTERS[system].observations(Fetch("", {}, about), body, NOW, of)


def turned(system: System) -> Read:
    return lambda body, of: [*POLL_ADAPTERS[system].read_page({}, body, NOW, of).observations]


ANSWERED: dict[str, tuple[System, Read, Any]] = {
    "pretix position": (
        "pretix",
        observations("pretix", "position/23442"),
        pretix_position(scan(1), scan(2, "2026-05-01T09:00:00Z", type="exit")),
    ),
    "pretix order": ("pretix", observations("pretix", "order/ABC23"), pretix_order(pretix_position(scan(1)))),
    "pretix check-ins": ("pretix", turned("pretix"), SCANS),
    "eventbrite attendee": ("eventbrite", observations("eventbrite", "attendee/2"), eventbrite_attendee()),
    "eventbrite order": (
        "eventbrite",
        observations("eventbrite", "order/9"),
        {"attendees": [eventbrite_attendee(checked_in=False)]},
    ),
    "indico registrations": ("indico", turned("indico"), [indico_registration()]),
}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        ["", "\x00", "\ud800", "0", "-1", "9" * 400, "1e999", "2026-13-40T99:99:99Z", "..", "a@b", "💥@💥.example", "é" * 300]
    ),
    st.sampled_from([10**400, -(10**30), 1e308, "2026-05-01T08:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]),
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4), max_leaves=12
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values inside."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


@st.composite
def mutated(draw: st.DrawFn, originals: list[Any]) -> bytes:
    """One of these documents with some of its values replaced, left out or doubled; now and then cut off, or no JSON at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    value = json.loads(json.dumps(draw(st.sampled_from(originals))))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from([*places(value)]))
        if not path:
            value = draw(documents)
            continue
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        match draw(st.integers(0, 3)):
            case 0 if isinstance(holder, dict):
                del holder[path[-1]]
            case 1:
                holder[path[-1]] = [holder[path[-1]]] * draw(st.integers(0, 5))
            case _:
                holder[path[-1]] = draw(documents)
    body = json.dumps(value).encode()
    return body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 9)) == 0 else body


def seen(found: list[Observation], of: Connection) -> None:
    """What becomes of what was read: facts, which are stated; whatever comes after it."""
    for observation in found:
        one = ObservedObject(observation.object_id, of.id)
        with suppress(ObjectTooLarge):
            one.update(observation.parts)
        json.dumps([[part.name, part.rank, part.data] for part in one.parts.values()])
        one.reconcile(ATTENDANCE_ADAPTERS[of.system].facts(one.id, one.parts, of), lambda content: str(len(content)))


def processor(system: System, body: bytes) -> None:
    request, of = WebhookRequest({"webhook-id": "m1"}, {}, body), connection(system, sessions={"44": "s1", "3": "s1"})
    with suppress(Rejected):
        assert len(WEBHOOK_ADAPTERS[system].key(request, NOW)) <= 256
        reading = WEBHOOK_ADAPTERS[system].read(request, of)
        assert len(reading.ignored) < 500
        assert reading.fetches or reading.observations or reading.events or reading.ignored
        for fetch in reading.fetches:
            assert ".." not in fetch.path
            assert "//" not in fetch.path
        for told in reading.events:
            assert isinstance(told, AttendanceEvent)
        seen([*reading.observations], of)


@pytest.mark.parametrize("system", SENT)
@given(data=st.data())
def test_any_webhook_is_read_or_refused(system: System, data: st.DataObject) -> None:
    body = data.draw(mutated(SENT[system]))
    within(SECONDS, lambda: processor(system, body))


@pytest.mark.parametrize("name", ANSWERED)
@given(data=st.data())
def test_any_answer_of_a_system_is_read_or_refused(name: str, data: st.DataObject) -> None:
    system, read, original = ANSWERED[name]
    body, of = data.draw(mutated([original])), connection(system, own_addresses=True, sessions={"44": "s1", "3": "s1"})
    with suppress(Rejected):
        within(SECONDS, lambda: seen(read(body, of), of))


@given(cursor=mutated([{"since": "2026-05-01T08:00:00+00:00", "page": 2, "scans": {"1": ["2026", True]}, "newest": None}]))
def test_a_poll_goes_on_from_its_own_cursor_whatever_is_answered(cursor: bytes) -> None:
    known = POLL_ADAPTERS["pretix"].read_page({}, encoded(SCANS), NOW, connection("pretix")).cursor
    with suppress(Rejected):
        within(
            SECONDS,
            lambda: POLL_ADAPTERS["pretix"].read_page(json.loads(json.dumps(known)), cursor, NOW, connection("pretix")),
        )


header = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=300)


@pytest.mark.parametrize("system", SENT)
@given(
    names=st.dictionaries(
        st.sampled_from(
            ["authorization", "signature", "x-signature-256", "webhook-id", "webhook-timestamp", "webhook-signature"]
        ),
        header | st.sampled_from(["1777636800", "1" * 5000, "Basic ", "v1, v1,AA==", "sha256=é", "²"]),
    ),
    query=st.dictionaries(st.just("key"), st.text(max_size=50)),
    body=st.binary(max_size=50),
)
@example(names={"webhook-id": "m", "webhook-timestamp": "1" * 5000, "webhook-signature": "v1,AA=="}, query={}, body=b"")
def test_any_request_without_the_secret_is_unverified(
    system: System, names: dict[str, str], query: dict[str, str], body: bytes
) -> None:
    request, secrets = WebhookRequest(names, query, body), [SECRETS.get(system, "a secret of some length")]
    with pytest.raises(WebhookRefused):
        within(SECONDS, lambda: WEBHOOK_ADAPTERS[system].verify(request, secrets, NOW))


# A megabyte

MARKS = "\u0300\u0316" * 100_000  # NFKC sorts such runs


def with_field(original: Any, path: tuple[Any, ...], value: Any) -> bytes:
    changed = json.loads(json.dumps(original))
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return json.dumps(changed, ensure_ascii=False).encode()


def inside(original: Any, text: bytes) -> bytes:
    """The document with one more field, whose value is this JSON; the text may be of any kind."""
    return json.dumps(original).encode()[:-1] + b',"extra":' + text + b"}"


def heavy(original: Any) -> Iterator[bytes]:
    """The document, made a megabyte in many ways."""
    for text in (
        b"[" * 500_000 + b"]" * 500_000,
        b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
        b"1" * 1_000_000,
        b"[" + b"0," * 500_000 + b"0]",
        b"[" + b"1e308," * 160_000 + b"1]",
        b"1" + b',"extra":1' * 100_000,
        b'"' + b"\\u0040" * 160_000 + b'"',
        b'"' + b"a@b.example " * 80_000 + b'"',
        b'"' + b"a.b.c.d.e.f.g.h.i@j.k.l.m.n.o.p.example " * 25_000 + b'"',
    ):
        yield inside(original, text)
    yield json.dumps(original | {f"k{n}": n for n in range(60_000)}).encode()
    for path in places(original):
        if path:
            for value in ("a" * 1_000_000, MARKS, "a@" * 500_000, " " * 1_000_000, "x@" + "ß." * 150_000 + "org", [0] * 400_000):
                yield with_field(original, path, value)


@pytest.mark.parametrize("system", SENT)
def test_a_megabyte_is_read_or_refused_in_time_whatever_it_holds(system: System) -> None:
    for body in heavy(SENT[system][0]):
        within(SECONDS, partial(processor, system, body))


def test_as_many_objects_as_there_may_be_are_read_in_time_and_more_are_refused() -> None:
    def order(number: int) -> bytes:
        attendees = [hievents_attendee(id=n, email=f"é{n}@exämple{n}.org") for n in range(number)]
        return encoded(hievents_webhook("order.updated", {"id": 6, "attendees": attendees}))

    def read(number: int) -> int:
        request = WebhookRequest({}, {}, order(number))
        return len(WEBHOOK_ADAPTERS["hievents"].read(request, connection("hievents")).observations)

    assert within(SECONDS, lambda: read(1_000)) == 1_000
    with pytest.raises(Rejected, match="attendees"):
        within(SECONDS, lambda: read(1_001))
