"""Adapters of other systems: who is believed, what is fetched, and which attendance stands by what was seen."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.systems import ATTENDANCE_ADAPTERS, FETCH_ADAPTERS, POLL_ADAPTERS, WEBHOOK_ADAPTERS
from registration.systems.adapter import Fetch, WebhookContent, WebhookRefused, WebhookRequest
from registration.systems.connection import Connection, System
from registration.systems.observations import ObservedAttendance, ObservedPart
from shared.contract.envelope import Rejected
from shared.contract.events import NAMES
from shared.contract.events.attendance import CheckedIn, Left
from support.payloads import (
    ORIGINALS,
    basic,
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
    signature,
    standard_data,
    standard_event,
    standard_headers,
    standard_webhook,
    swapcard_webhook,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECRET = "a secret of some length"
STANDARD = "whsec_" + b64encode(b"0123456789abcdef0123456789abcdef").decode()


def request(body: Any, query: dict[str, str] | None = None, **headers: str) -> WebhookRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(named, query or {}, body if isinstance(body, bytes) else encoded(body))


def read(body: Any, of: Connection) -> WebhookContent:
    return WEBHOOK_ADAPTERS[of.system].read(request(body, webhook_id="m1"), of)


def facts(parts: dict[str, dict[str, ObservedPart]], of: Connection) -> list[ObservedAttendance]:
    return [fact for id, state in parts.items() for fact in ATTENDANCE_ADAPTERS[of.system].facts(id, state, of)]


def seen(*bodies: Any, of: Connection) -> list[ObservedAttendance]:
    """The attendance that stands by webhooks that arrived in this order."""
    state: dict[str, dict[str, ObservedPart]] = {}
    for body in bodies:
        for observation in read(body, of).observations:
            fold(state.setdefault(observation.object_id, {}), observation.parts)
    return facts(state, of)


def fetched(*answers: tuple[str, Any, datetime], of: Connection) -> list[ObservedAttendance]:
    """The attendance that stands by what was fetched: (what about, the answer, when)."""
    state: dict[str, dict[str, ObservedPart]] = {}
    for about, answer, at in answers:
        body = None if answer is None else encoded(answer)
        for observation in FETCH_ADAPTERS[of.system].observations(Fetch("", {}, about), body, at, of):
            fold(state.setdefault(observation.object_id, {}), observation.parts)
    return facts(state, of)


def fold(state: dict[str, ObservedPart], parts: tuple[ObservedPart, ...]) -> None:
    state |= {part.name: part for part in parts if part.name not in state or part.replaces(state[part.name])}


def who(fact: ObservedAttendance) -> dict[str, Any]:
    return fact.data.attendee.model_dump(exclude_defaults=True)


# Who is believed

BODY = b'{"any": "thing"}'
GENUINE: dict[System, WebhookRequest] = {
    "pretix": request(BODY, authorization=basic(SECRET)),
    "eventbrite": request(BODY, {"key": SECRET}),
    "hievents": request(BODY, signature=signature(SECRET, BODY)),
    "swapcard": request(BODY, x_signature_256="sha256=" + signature(SECRET, BODY)),
}


@pytest.mark.parametrize("system", GENUINE)
def test_a_request_is_believed_by_any_valid_secret_and_no_other(system: System) -> None:
    webhooks = WEBHOOK_ADAPTERS[system]
    webhooks.verify(GENUINE[system], [SECRET], NOW)
    webhooks.verify(GENUINE[system], ["a newer secret", SECRET], NOW)
    for secrets in (["another secret"], []):
        with pytest.raises(WebhookRefused):
            webhooks.verify(GENUINE[system], secrets, NOW)
    with pytest.raises(WebhookRefused, match="missing"):
        webhooks.verify(request(BODY), [SECRET], NOW)


@pytest.mark.parametrize("system", ["hievents", "swapcard"])
def test_a_signature_fits_one_body_only(system: System) -> None:
    genuine = GENUINE[system]
    for body, headers in ((BODY + b" ", genuine.headers), (BODY, {name: "é" + value for name, value in genuine.headers.items()})):
        with pytest.raises(WebhookRefused):
            WEBHOOK_ADAPTERS[system].verify(WebhookRequest(headers, {}, body), [SECRET], NOW)


@pytest.mark.parametrize(
    "authorization", ["", "Basic", "Basic %%%", "Bearer x", basic("wrong"), "Basic " + b64encode(b"\xff").decode()]
)
def test_a_malformed_password_is_an_unverified_request(authorization: str) -> None:
    with pytest.raises(WebhookRefused):
        WEBHOOK_ADAPTERS["pretix"].verify(request(BODY, authorization=authorization), [SECRET], NOW)


def test_swapcards_own_example_of_a_signature_is_one_by_the_same_rule() -> None:
    body = encoded(swapcard_webhook())
    WEBHOOK_ADAPTERS["swapcard"].verify(
        request(body, x_signature_256="sha256=" + signature("my_secret", body).upper()), ["my_secret"], NOW
    )


def standard(body: bytes = BODY, at: datetime = NOW, secret: str = STANDARD) -> WebhookRequest:
    return WebhookRequest(standard_headers(secret, body, at=at), {}, body)


OTHER = "whsec_" + b64encode(b"another secret of 24 bytes, and more").decode()


def test_standard_webhooks_are_verified_as_their_own_signer_signs_them() -> None:
    verify = WEBHOOK_ADAPTERS["standard"].verify
    verify(standard(), [STANDARD], NOW)
    verify(standard(), [OTHER, STANDARD], NOW)  # rotated: the older one is still valid
    several = dict(standard().headers) | {
        "webhook-signature": f"v1a,xyz v1,!!! {standard(secret=OTHER).headers['webhook-signature']}"
    }
    verify(WebhookRequest(several, {}, BODY), [OTHER], NOW)  # the sender signs by both
    with pytest.raises(WebhookRefused):
        verify(standard(secret=OTHER), [STANDARD], NOW)
    with pytest.raises(WebhookRefused):
        verify(WebhookRequest(standard().headers, {}, BODY + b" "), [STANDARD], NOW)
    for missing in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        headers = {name: value for name, value in standard().headers.items() if name != missing}
        with pytest.raises(WebhookRefused, match="needed"):
            verify(WebhookRequest(headers, {}, BODY), [STANDARD], NOW)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_standard_webhook_of_another_time_is_stale(seconds: int) -> None:
    with pytest.raises(WebhookRefused, match="5 minutes") as refused:
        WEBHOOK_ADAPTERS["standard"].verify(standard(at=NOW + timedelta(seconds=seconds)), [STANDARD], NOW)
    assert refused.value.verified
    WEBHOOK_ADAPTERS["standard"].verify(standard(at=NOW + timedelta(seconds=seconds * 299 // 301)), [STANDARD], NOW)


# pretix


def test_pretix_check_ins_fetch_the_position_and_order_changes_the_order() -> None:
    api = "api/v1/organizers/acmecorp/events/democon"
    for action in ("pretix.event.checkin", "pretix.event.checkin.reverted"):
        (fetch,) = read(pretix_webhook(action), connection("pretix")).fetches
        assert (fetch.path, fetch.query) == (f"{api}/orderpositions/23442/", {"include_canceled_positions": "true"})
    for action in ("canceled", "reactivated", "modified", "denied", "deleted", "changed.split", "changed.item"):
        (fetch,) = read(pretix_webhook(f"pretix.event.order.{action}"), connection("pretix")).fetches
        assert fetch.path == f"{api}/orders/ABC23/"
        assert fetch.may_be_deleted == (action == "deleted")
    (fetch,) = read(pretix_webhook(), connection("pretix", api_url="https://pretix.example.org/api/v1/")).fetches
    assert fetch.path == f"{api.removeprefix('api/v1/')}/orderpositions/23442/"


@pytest.mark.parametrize(
    "action", ["pretix.event.order.placed", "pretix.event.order.paid", "pretix.event.changed", "new.in.2030"]
)
def test_pretix_actions_that_change_no_attendance_are_ignored_by_name(action: str) -> None:
    assert action in read(pretix_webhook(action), connection("pretix")).ignored


@pytest.mark.parametrize("changes", [{"event": "other"}, {"organizer": "other"}])
def test_what_is_about_another_event_is_ignored(changes: dict[str, Any]) -> None:
    reading = read(pretix_webhook(**changes), connection("pretix"))
    assert "another" in reading.ignored
    assert not reading.fetches


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"orderposition_id": "../../x"}, "orderposition_id"),
        ({"orderposition_id": None}, "orderposition_id"),
        ({"event": ".."}, "event"),
        ({"notification_id": {"$gt": ""}}, "notification_id"),
        ({"organizer": None}, "organizer"),
    ],
)
def test_an_unreadable_webhook_is_rejected_by_the_name_of_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read(pretix_webhook(**changes), connection("pretix"))
    assert field in str(rejected.value)
    assert rejected.value.faults[0][0].startswith(field)


def test_a_reason_never_holds_what_came() -> None:
    with pytest.raises(Rejected) as rejected:
        read(hievents_checkin(attendee={"id": {"email": "ada@example.org"}}), connection("hievents"))
    assert "ada" not in str(rejected.value)


def position(*checkins: dict[str, Any], at: datetime = NOW, **changes: Any) -> tuple[str, Any, datetime]:
    return "position/23442", pretix_position(*checkins, **changes), at


def order(*positions: dict[str, Any], at: datetime = NOW, **changes: Any) -> tuple[str, Any, datetime]:
    return "order/ABC23", pretix_order(*positions, **changes), at


LATER = NOW + timedelta(minutes=1)


def test_a_pretix_entry_is_attendance_at_the_time_of_the_scan() -> None:
    (fact,) = fetched(position(scan(1)), of=connection("pretix"))
    assert fact.at == datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert (fact.name, fact.data.conference_id) == ("checkin/1", "conf")
    assert who(fact) == {"account": "position/23442", "name": "Peter"}


def test_an_attendees_own_address_counts_and_the_buyers_never() -> None:
    (fact,) = fetched(position(scan(1), attendee_email="Ada@Example.org"), of=connection("pretix"))
    assert who(fact) == {"email": "ada@example.org", "name": "Peter"}
    (fact,) = fetched(order(pretix_position(scan(1)), email="buyer@example.org"), of=connection("pretix"))
    assert who(fact) == {"account": "position/23442", "name": "Peter"}
    (fact,) = fetched(position(scan(1), attendee_email="no address", attendee_name="a\r\nb"), of=connection("pretix"))
    assert who(fact) == {"account": "position/23442", "name": "a b"}
    (fact,) = fetched(position(scan(1), addon_to=11), of=connection("pretix"))
    assert who(fact)["account"] == "position/11"


def test_a_mapped_list_is_a_session() -> None:
    one, other = fetched(position(scan(1, list=44), scan(2, list=45)), of=connection("pretix", sessions={"45": "s1"}))
    assert one.data.model_dump().get("session_id") is None
    assert other.data.model_dump()["session_id"] == "s1"


ENTRY, EXIT, AGAIN = (
    scan(1, "2026-05-01T08:00:00Z"),
    scan(2, "2026-05-01T09:00:00Z", type="exit"),
    scan(3, "2026-05-01T10:00:00Z"),
)


def told(facts: list[ObservedAttendance]) -> list[tuple[str, str]]:
    """Each fact's name, and what it says."""
    return [(fact.name, NAMES[type(fact.data)].split(".")[1]) for fact in facts]


@pytest.mark.parametrize(
    ("scans", "standing"),
    [
        ([ENTRY, EXIT], [("checkin/1", "checked_in"), ("checkin/2", "left")]),
        ([EXIT, ENTRY], [("checkin/1", "checked_in"), ("checkin/2", "left")]),
        ([ENTRY, EXIT | {"list": 45}], [("checkin/1", "checked_in"), ("checkin/2", "left")]),
        ([ENTRY, EXIT, AGAIN], [("checkin/1", "checked_in"), ("checkin/3", "checked_in"), ("checkin/2", "left")]),
        ([scan(1, auto_checked_in=True)], []),
        (
            [ENTRY, EXIT | {"auto_checked_in": True}],
            [("checkin/1", "checked_in")],
        ),  # all are checked out at an hour of the evening
        ([EXIT], [("checkin/2", "left")]),  # the entry was reverted, or the door was open
        ([scan(None)], [("position/23442/44/2026-05-01T08:00:00+00:00", "checked_in")]),
        ([scan(None, type="exit")], [("position/23442/44/2026-05-01T08:00:00+00:00/exit", "left")]),
    ],
)
def test_an_exit_is_kept_beside_the_entries_and_takes_none_away(
    scans: list[dict[str, Any]], standing: list[tuple[str, str]]
) -> None:
    assert told(fetched(position(*scans), of=connection("pretix"))) == standing


def test_an_exit_is_one_from_the_list_that_it_was_scanned_on() -> None:
    (_, left) = fetched(position(ENTRY, EXIT | {"list": 45}), of=connection("pretix", sessions={"45": "s1"}))
    assert isinstance(left.data, Left)
    assert (left.data.session_id, left.at) == ("s1", datetime(2026, 5, 1, 9, tzinfo=UTC))


def test_what_is_cancelled_reverted_or_deleted_is_attendance_no_more_whichever_is_seen_first() -> None:
    of = connection("pretix")
    entered = pretix_position(scan(1))
    for ended in (
        position(at=LATER),  # the check-in is reverted
        position(scan(1), canceled=True, at=LATER),
        order(entered, status="c", at=LATER),
        order(entered, testmode=True, at=LATER),
        order(at=LATER),  # the position was moved to another order
        ("order/ABC23", None, LATER),  # the order was deleted
    ):
        assert fetched(position(scan(1)), ended, of=of) == fetched(ended, position(scan(1)), of=of) == []
    back = order(entered, at=LATER + timedelta(minutes=1))
    assert len(fetched(order(entered, status="c", at=LATER), back, of=of)) == 1
    assert len(fetched(back, order(entered, status="c", at=LATER), of=of)) == 1


def test_of_those_who_did_not_come_nothing_is_kept() -> None:
    at = NOW
    for about, answer in (
        ("position/1", pretix_position(attendee_email="ada@example.org")),
        ("order/ABC23", pretix_order(pretix_position(attendee_email="ada@example.org"))),
    ):
        (observation,) = FETCH_ADAPTERS["pretix"].observations(Fetch("", {}, about), encoded(answer), at, connection("pretix"))
        assert "example.org" not in json.dumps([part.data for part in observation.parts])


# Eventbrite


@pytest.mark.parametrize(
    "action", ["attendee.checked_in", "attendee.checked_out", "barcode.checked_in", "barcode.un_checked_in", "attendee.updated"]
)
def test_eventbrite_fetches_the_attendee(action: str) -> None:
    (fetch,) = read(eventbrite_webhook(action), connection("eventbrite")).fetches
    assert fetch.path == "events/1/attendees/2/"
    (fetch,) = read(eventbrite_webhook(action), connection("eventbrite", api_url="https://www.eventbriteapi.com")).fetches
    assert fetch.path == "v3/events/1/attendees/2/"


def test_a_refunded_order_fetches_its_attendees() -> None:
    (fetch,) = read(eventbrite_webhook("order.refunded", "/v3/orders/9/"), connection("eventbrite")).fetches
    assert (fetch.path, fetch.query) == ("orders/9/", {"expand": "attendees"})
    refunded = {"id": "9", "attendees": [eventbrite_attendee(refunded=True)]}
    assert fetched(("attendee/2", eventbrite_attendee(), NOW), ("order/9", refunded, LATER), of=connection("eventbrite")) == []


def test_the_test_button_fetches_nothing() -> None:
    webhook = eventbrite_webhook("test", api_url="{api-endpoint-to-fetch-object-details}")
    assert read(webhook, connection("eventbrite")) == WebhookContent(ignored="'test' is not about attendance")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org/v3/events/1/attendees/2/",
        "https://www.eventbriteapi.com.evil.example.org/v3/events/1/attendees/2/",
        "https://www.eventbriteapi.com@evil.example.org/v3/events/1/attendees/2/",
        "https://user@www.eventbriteapi.com/v3/events/1/attendees/2/",
        "http://www.eventbriteapi.com/v3/events/1/attendees/2/",
        "https://www.eventbriteapi.com:8443/v3/events/1/attendees/2/",
        "https://www.eventbriteapi.com/v3evil/events/1/attendees/2/",
        "https://www.eventbriteapi.com/v3/events/1/attendees/../../users/me/",
        "https://www.eventbriteapi.com/v3/events/1/attendees/2%2f..%2f/",
        "https://www.eventbriteapi.com/v3/events/١/attendees/2/",
        "https://[",
        "//www.eventbriteapi.com/v3/events/1/attendees/2/",
        "",
    ],
)
def test_an_api_url_elsewhere_is_rejected(url: str) -> None:
    with pytest.raises(Rejected, match="api_url"):
        read(eventbrite_webhook(api_url=url), connection("eventbrite"))


def test_eventbrite_check_ins_stand_unless_cancelled_and_the_buyers_address_only_where_it_is_everyones_own() -> None:
    of = connection("eventbrite")
    (fact,) = fetched(("attendee/2", eventbrite_attendee(), NOW), of=of)
    assert fact.at == datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert who(fact) == {"account": "attendee/2", "name": "Ada L"}
    (fact,) = fetched(
        ("attendee/2", eventbrite_attendee(), NOW), of=connection("eventbrite", own_addresses=True, sessions={"3": "s1"})
    )
    assert who(fact) == {"email": "ada@example.org", "name": "Ada L"}
    assert fact.data.model_dump()["session_id"] == "s1"
    for change in ({"cancelled": True}, {"refunded": True}, {"checked_in": False, "cancelled": True}):
        gone = ("attendee/2", eventbrite_attendee(**change), LATER)
        assert fetched(("attendee/2", eventbrite_attendee(), NOW), gone, of=of) == []
        assert fetched(gone, ("attendee/2", eventbrite_attendee(), NOW), of=of) == []
    assert fetched(("attendee/2", eventbrite_attendee(), NOW), of=connection("eventbrite", options={"event": "77"})) == []


def test_who_is_checked_out_at_eventbrite_has_been_there_and_left() -> None:
    of = connection("eventbrite", sessions={"3": "s1"})
    barcode = {"barcode": "9001", "status": "unused", "created": "2026-04-01T08:00:00Z", "changed": "2026-05-01T17:00:00Z"}
    here = ("attendee/2", eventbrite_attendee(), NOW)
    out = ("attendee/2", eventbrite_attendee(checked_in=False, barcodes=[barcode]), LATER)
    both = [("checkin/2026-05-01T08:00:00+00:00", "session_attended"), ("checkout/2026-05-01T17:00:00+00:00", "left")]
    assert told(fetched(here, out, of=of)) == told(fetched(out, here, of=of)) == both
    assert told(fetched(here, out, out, of=of)) == both
    used = {"status": "used", "changed": "2026-05-02T08:00:00Z"}
    back = ("attendee/2", eventbrite_attendee(barcodes=[used]), LATER + timedelta(1))
    assert told(fetched(here, out, back, of=of)) == [both[0], ("checkin/2026-05-02T08:00:00+00:00", "session_attended"), both[1]]
    cancelled = ("attendee/2", eventbrite_attendee(checked_in=False, cancelled=True), LATER + timedelta(1))
    assert fetched(here, out, cancelled, of=of) == []


def test_of_eventbrites_attendees_who_did_not_come_nothing_is_kept() -> None:
    of = connection("eventbrite", own_addresses=True)
    barcode = {"status": "unused", "created": "2026-04-01T08:00:00Z", "changed": "2026-04-01T08:00:00Z"}
    for answer in (eventbrite_attendee(checked_in=False, barcodes=[barcode]), eventbrite_attendee(cancelled=True)):
        (observation,) = FETCH_ADAPTERS["eventbrite"].observations(Fetch("", {}, "attendee/2"), encoded(answer), NOW, of)
        assert [part.data for part in observation.parts if part.data] == []
    changed = eventbrite_attendee(checked_in=False, barcodes=[])  # a name was corrected before anybody came
    assert fetched(("attendee/2", changed, NOW), of=of) == []


def test_an_eventbrite_delivery_is_known_by_its_id_and_without_one_is_like_no_other() -> None:
    key = WEBHOOK_ADAPTERS["eventbrite"].key
    named = request(eventbrite_webhook(), x_eventbrite_delivery="77")
    assert key(named, NOW) == key(named, LATER) == "77"
    assert key(request(eventbrite_webhook()), NOW) != key(request(eventbrite_webhook()), LATER)


# Hi.Events

CANCELLED = hievents_webhook("attendee.cancelled", hievents_attendee(updated_at="2026-04-09T10:00:00Z"), "2026-04-09T10:00:00Z")


def test_a_hievents_check_in_is_attendance_until_it_is_deleted_or_the_attendee_cancelled() -> None:
    of = connection("hievents", sessions={"3": "s1"})
    (fact,) = seen(hievents_checkin(), of=of)
    assert who(fact) == {"email": "a@example.org", "name": "Ada L", "locale": "en"}
    assert fact.data.model_dump()["session_id"] == "s1"
    for end in (hievents_checkin("checkin.deleted"), CANCELLED):
        assert seen(hievents_checkin(), end, of=of) == seen(end, hievents_checkin(), of=of) == []
    assert [fact.name for fact in seen(hievents_checkin("checkin.deleted"), hievents_checkin(id=2), of=of)] == ["checkin/2"]


def test_the_newest_address_of_a_hievents_attendee_counts_whichever_comes_first() -> None:
    of = connection("hievents")
    corrected = hievents_webhook("attendee.updated", hievents_attendee(email="b@example.org", updated_at="2026-04-09T10:00:00Z"))
    for order_of_arrival in ((hievents_checkin(), corrected), (corrected, hievents_checkin())):
        (fact,) = seen(*order_of_arrival, of=of)
        assert who(fact)["email"] == "b@example.org"
    (fact,) = seen(hievents_checkin(attendee=None), of=of)  # an older version of Hi.Events
    assert who(fact) == {"account": "attendee/2"}


def test_other_webhooks_of_hievents_are_ignored() -> None:
    for event_type, payload in (("product.updated", {"id": 4}), ("order.created", {"id": 6}), ("event.updated", {"id": 5})):
        assert event_type in read(hievents_webhook(event_type, payload), connection("hievents")).ignored
    assert "another event" in read(hievents_checkin(), connection("hievents", options={"event": "6"})).ignored


def test_a_cancelled_hievents_order_cancels_its_attendees() -> None:
    webhook = hievents_webhook(
        "order.cancelled", {"id": 6, "attendees": [hievents_attendee(status="CANCELLED", updated_at="2026-04-10T00:00:00Z")]}
    )
    assert seen(hievents_checkin(), webhook, of=connection("hievents")) == []


# Swapcard


def test_swapcard_check_outs_are_kept_and_only_what_is_unchecked_is_taken_back() -> None:
    of = connection("swapcard")
    came = swapcard_webhook()
    (fact,) = seen(came, of=of)
    assert who(fact) == {"email": "a@example.org", "name": "Ada L"}
    left = swapcard_webhook("CHECKED_OUT", "2026-05-01T09:00:00Z")
    both = [("checkin//2026-05-01T08:00:00+00:00", "checked_in"), ("checkout//2026-05-01T09:00:00+00:00", "left")]
    assert told(seen(came, left, of=of)) == told(seen(left, came, came, of=of)) == both
    undone = swapcard_webhook("UNCHECKED_IN", "2026-05-01T08:05:00Z")
    assert seen(came, undone, of=of) == seen(undone, came, of=of) == []
    again = swapcard_webhook(at="2026-05-01T10:00:00Z")
    last = [("checkin//2026-05-01T10:00:00+00:00", "checked_in")]
    assert told(seen(again, undone, came, of=of)) == told(seen(came, undone, again, of=of)) == last
    assert "profile_update" in read(swapcard_webhook("profile_update"), of).ignored


def test_swapcard_scans_of_a_session_take_back_nothing_of_another() -> None:
    of = connection("swapcard", sessions={"U2Vzc2lvbl8x": "s1"})
    session = {"event": {"id": "RXZlbnRfMQ=="}, "session": {"id": "U2Vzc2lvbl8x"}}
    undone = swapcard_webhook("UNCHECKED_IN", "2026-05-01T09:00:00Z", context=session)
    assert len(seen(swapcard_webhook(), undone, of=of)) == 1
    there, out = (swapcard_webhook(kind, "2026-05-01T08:30:00Z", context=session) for kind in ("CHECKED_IN", "CHECKED_OUT"))
    facts = seen(swapcard_webhook(), out, there, of=of)
    assert [getattr(fact.data, "session_id", None) for fact in facts] == [None, "s1", "s1"]


def test_the_latest_address_of_a_swapcard_profile_is_that_of_all_its_check_ins() -> None:
    corrected = {"id": "RXZlbnRQZXJzb25fMQ==", "email": "b@example.org"}
    later = swapcard_webhook("CHECKED_OUT", "2026-05-01T10:00:00Z", event_profile=corrected)
    assert {who(fact)["email"] for fact in seen(swapcard_webhook(), later, of=connection("swapcard"))} == {"b@example.org"}


def test_what_an_earlier_version_kept_of_a_swapcard_profile_still_stands() -> None:
    data = {"at": "2026-05-01T08:00:00+00:00", "who": {"email": "a@example.org"}, "session": None}
    state = {"checkin/": ObservedPart("checkin/", "2026-05-01T08:00:00.000000+00:00", data)}
    fold(state, read(swapcard_webhook(), connection("swapcard")).observations[0].parts)
    assert told(facts({"profile/1": state}, connection("swapcard"))) == [("checkin//2026-05-01T08:00:00+00:00", "checked_in")]


# Indico


def polled(*registrations: dict[str, Any], at: datetime = NOW, of: Connection | None = None) -> list[ObservedAttendance]:
    of = of or connection("indico")
    page = POLL_ADAPTERS["indico"].read_page({}, encoded([*registrations]), at, of)
    assert page.last
    assert page.complete
    return facts({one.object_id: {part.name: part for part in one.parts} for one in page.observations}, of)


def test_an_indico_registration_stands_unless_withdrawn_or_rejected() -> None:
    fetch = POLL_ADAPTERS["indico"].page_fetch({}, connection("indico"))
    assert fetch.path == "api/checkin/event/1/forms/3/registrations/"
    (fact,) = polled(indico_registration())
    assert who(fact) == {"email": "1337@example.test", "name": "Guinea Pig"}
    for state, standing in (("complete", 1), ("pending", 1), ("unpaid", 1), ("withdrawn", 0), ("rejected", 0)):
        assert len(polled(indico_registration(state=state))) == standing
    assert polled(indico_registration(checked_in=False, checked_in_dt=None)) == []
    assert "indico" not in WEBHOOK_ADAPTERS


# pretix' check-ins, polled


def scans(*numbers: int, next: str | None = None, annulled: tuple[int, ...] = ()) -> bytes:
    return encoded(pretix_scans(numbers, next, annulled))


def test_a_poll_of_pretix_goes_on_where_it_was_and_fetches_no_check_in_twice() -> None:
    of, pretix = connection("pretix"), POLL_ADAPTERS["pretix"]
    first = pretix.page_fetch({}, of)
    assert first.query == {"ordering": "created", "page": "1"}
    page = pretix.read_page({}, scans(1, 2, next="https://evil.example.org/?page=77"), NOW, of)
    assert [fetch.name for fetch in page.fetches] == ["position/10", "position/20"]
    assert not page.last
    assert pretix.page_fetch(page.cursor, of).query == {"ordering": "created", "page": "2"}
    page = pretix.read_page(json.loads(json.dumps(page.cursor)), scans(30), NOW, of)
    assert page.last
    assert pretix.page_fetch(page.cursor, of).query == {
        "ordering": "created",
        "page": "1",
        "created_since": "2026-05-01T08:15:00+00:00",
    }
    page = pretix.read_page(page.cursor, scans(29, 30, 31), NOW, of)  # one may become visible after a newer one
    assert [fetch.name for fetch in page.fetches] == ["position/290", "position/310"]
    page = pretix.read_page(page.cursor, scans(), NOW, of)
    assert page.last
    assert page.fetches == ()
    assert pretix.page_fetch(page.cursor, of).query["created_since"] == "2026-05-01T08:16:00+00:00"


def test_a_check_in_that_is_annulled_after_it_was_polled_has_its_position_fetched_again() -> None:
    of, pretix = connection("pretix"), POLL_ADAPTERS["pretix"]
    cursor = pretix.read_page({}, scans(1, 2, 16), NOW, of).cursor
    assert pretix.page_fetch(cursor, of).query["created_since"] == "2026-05-01T08:01:00+00:00"
    page = pretix.read_page(json.loads(json.dumps(cursor)), scans(1, 2, 16, annulled=(1,)), NOW, of)
    assert [fetch.name for fetch in page.fetches] == ["position/10"]
    assert page.fetches[0].may_be_deleted
    page = pretix.read_page(page.cursor, scans(1, 2, 16, annulled=(1,)), NOW, of)  # known by now
    assert page.fetches == ()
    # A webhook may have told of it while it stood.
    assert [fetch.name for fetch in pretix.read_page(cursor, scans(17, annulled=(17,)), NOW, of).fetches] == ["position/170"]


def test_a_poll_remembers_a_bounded_number_of_check_ins_and_looks_at_others_again() -> None:
    of, pretix = connection("pretix"), POLL_ADAPTERS["pretix"]
    cursor: dict[str, Any] = {}
    for page in range(30):
        numbers = range(1_000 * page, 1_000 * (page + 1))
        results = [{"id": n, "position": n, "created": "2026-05-01T08:00:00Z", "list": 1} for n in numbers]
        cursor = pretix.read_page(cursor, encoded({"next": "x", "results": results}), NOW, of).cursor
    assert len(json.dumps(cursor)) < 2_000_000


def test_a_polled_position_leads_to_its_order_for_what_that_alone_says() -> None:
    of, pretix = connection("pretix"), POLL_ADAPTERS["pretix"]
    seen = FETCH_ADAPTERS["pretix"].observations(Fetch("", {}, "position/23442"), encoded(pretix_position(scan(1))), NOW, of)
    (fetch,) = pretix.follow_up(seen, of)
    assert fetch.path == "api/v1/organizers/acmecorp/events/democon/orders/ABC23/"
    cancelled = (fetch.name, pretix_order(pretix_position(scan(1)), status="c"), LATER)
    assert fetched(position(scan(1)), cancelled, of=of) == []
    assert len(fetched(position(scan(1)), (fetch.name, None, LATER), of=of)) == 1


def test_a_scan_of_nothing_known_is_not_fetched() -> None:
    failed = {"id": 1, "position": 5, "successful": False, "created": "2026-05-01T08:00:00Z"}
    unknown = {"id": 2, "position": None, "created": "2026-05-01T08:00:00Z"}
    page = POLL_ADAPTERS["pretix"].read_page({}, encoded({"next": None, "results": [failed, unknown]}), NOW, connection("pretix"))
    assert page.fetches == ()


def test_a_poll_without_its_options_says_which_is_missing() -> None:
    with pytest.raises(Rejected, match=r"options\.event"):
        POLL_ADAPTERS["pretix"].page_fetch({}, connection("pretix", options={"organizer": "acmecorp"}))


# Standard Webhooks

DATA, SIMPLE, EVENT = standard_data(), standard_webhook(), standard_event()


def test_a_standard_webhook_is_an_event_known_by_its_id_and_connection() -> None:
    (told,) = read(SIMPLE, connection("standard")).events
    assert (told.source, told.id) == ("standard:c1", "m1")
    (told,) = read(EVENT, connection("standard")).events
    assert (told.source, told.id) == ("standard:c1/badges", "e1")
    assert told.time == datetime(2026, 5, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{", "JSON"),
        (b'{"type": "a", "type": "b"}', "appears twice"),
        ([], "object"),
        (SIMPLE | {"type": "x"}, "type"),
        (SIMPLE | {"timestamp": "then"}, "time"),
        ({"type": SIMPLE["type"], "data": DATA}, "timestamp"),
        (SIMPLE | {"data": {"conference_id": "conf"}}, "attendee"),
        (SIMPLE | {"data": DATA | {"conference_id": "another"}}, "conference_id"),
        (EVENT | {"data": DATA | {"conference_id": "another"}}, "conference_id"),
        (EVENT | {"source": "s" * 256}, "source"),
        (EVENT | {"id": {"$gt": ""}}, "id"),
    ],
)
def test_what_is_no_event_of_the_connections_conference_is_rejected(body: Any, named: str) -> None:
    with pytest.raises(Rejected, match=named):
        read(body, connection("standard"))


# The whole payloads


@pytest.mark.skipif(not ORIGINALS.exists(), reason="the whole payloads are not part of this repository")
def test_whole_payloads_are_read_as_they_are() -> None:
    def original(name: str) -> Any:
        return json.loads((ORIGINALS / f"{name}.json").read_bytes())

    pretix, eventbrite = connection("pretix"), connection("eventbrite", options={"event": "1"})
    (fetch,) = read(original("pretix_checkin_webhook"), pretix).fetches
    assert fetch.name == "position/23442"
    (fact,) = fetched((fetch.name, original("pretix_order_position"), NOW), of=pretix)
    assert (who(fact)["account"], fact.at.year) == ("position/23442", 2017)
    (fetch,) = read(original("eventbrite_webhook"), eventbrite).fetches
    (fact,) = fetched((fetch.name, original("eventbrite_attendee"), NOW), of=eventbrite)
    assert fact.at == datetime(2018, 11, 2, 22, 36, 48, tzinfo=UTC)
    assert read(original("eventbrite_webhook_test_ping"), eventbrite).ignored
    assert who(seen(original("hievents_checkin_created"), of=connection("hievents"))[0])["email"] == "a@example.org"
    assert who(seen(original("swapcard_webhook"), of=connection("swapcard"))[0])["email"] == "a@example.org"
    assert who(polled(original("indico_registration"))[0])["email"] == "1337@example.test"


CASES = ORIGINALS.parent / "cases"


@pytest.mark.skipif(not CASES.exists(), reason="the cases are not part of this repository")
def test_who_left_in_the_evening_was_there_in_the_morning() -> None:
    answer = json.loads((CASES / "11-exit-is-not-undo" / "input.json").read_bytes())
    came, left = fetched((f"position/{answer['id']}", answer, NOW), of=connection("pretix"))
    assert isinstance(came.data, CheckedIn)
    assert came.at == datetime(2026, 7, 8, 8, tzinfo=UTC)
    assert isinstance(left.data, Left)
    assert left.at == datetime(2026, 7, 8, 17, tzinfo=UTC)


@pytest.mark.skipif(not CASES.exists(), reason="the cases are not part of this repository")
def test_the_position_of_an_annulled_check_in_is_fetched_again() -> None:
    of, cursor, about = connection("pretix"), dict[str, Any](), []
    for poll in ("poll1", "poll2"):
        page = POLL_ADAPTERS["pretix"].read_page(cursor, (CASES / "20-pretix-annulled" / f"{poll}.json").read_bytes(), NOW, of)
        cursor = page.cursor
        about.append([fetch.name for fetch in page.fetches])
    assert about == [["position/23442"], ["position/23442"]]
