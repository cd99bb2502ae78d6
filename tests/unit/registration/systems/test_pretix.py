"""What a pretix webhook has fetched, and which attendance stands by positions and orders."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registration.systems import FETCH_ADAPTERS, POLL_ADAPTERS
from registration.systems.adapter import Fetch
from shared.contract.envelope import Rejected
from shared.contract.events.attendance import Left
from support.adapters import LATER, NOW, fetched, read, told, who
from support.payloads import (
    connection,
    encoded,
    hievents_checkin,
    pretix_order,
    pretix_position,
    pretix_webhook,
    scan,
)


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


def test_a_polled_position_leads_to_its_order_for_what_that_alone_says() -> None:
    of, pretix = connection("pretix"), POLL_ADAPTERS["pretix"]
    seen = FETCH_ADAPTERS["pretix"].observations(Fetch("", {}, "position/23442"), encoded(pretix_position(scan(1))), NOW, of)
    (fetch,) = pretix.follow_up(seen, of)
    assert fetch.path == "api/v1/organizers/acmecorp/events/democon/orders/ABC23/"
    cancelled = (fetch.name, pretix_order(pretix_position(scan(1)), status="c"), LATER)
    assert fetched(position(scan(1)), cancelled, of=of) == []
    assert len(fetched(position(scan(1)), (fetch.name, None, LATER), of=of)) == 1
