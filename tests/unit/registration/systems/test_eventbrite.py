"""What an Eventbrite webhook has fetched, and which attendance stands by attendees."""

from datetime import UTC, datetime, timedelta

import pytest

from registration.systems import FETCH_ADAPTERS, WEBHOOK_ADAPTERS
from registration.systems.adapter import Fetch, WebhookContent
from shared.contract.envelope import Rejected
from support.adapters import LATER, NOW, fetched, read, request, told, who
from support.payloads import (
    connection,
    encoded,
    eventbrite_attendee,
    eventbrite_webhook,
)


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
