"""Which attendance stands by the webhooks of Hi.Events."""

from support.adapters import read, seen, who
from support.payloads import (
    connection,
    hievents_attendee,
    hievents_checkin,
    hievents_webhook,
)

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
