"""Attendance from Indico, from Standard Webhooks, and from whole payloads as the systems send them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from registration.systems import POLL_ADAPTERS, WEBHOOK_ADAPTERS
from shared.contract.envelope import Rejected
from shared.contract.events.attendance import CheckedIn, Left
from support.adapters import NOW, fetched, polled, read, seen, who
from support.payloads import (
    ORIGINALS,
    connection,
    indico_registration,
    standard_data,
    standard_event,
    standard_webhook,
)


def test_an_indico_registration_stands_unless_withdrawn_or_rejected() -> None:
    fetch = POLL_ADAPTERS["indico"].page_fetch({}, connection("indico"))
    assert fetch.path == "api/checkin/event/1/forms/3/registrations/"
    (fact,) = polled(indico_registration())
    assert who(fact) == {"email": "1337@example.test", "name": "Guinea Pig"}
    for state, standing in (("complete", 1), ("pending", 1), ("unpaid", 1), ("withdrawn", 0), ("rejected", 0)):
        assert len(polled(indico_registration(state=state))) == standing
    assert polled(indico_registration(checked_in=False, checked_in_dt=None)) == []
    assert "indico" not in WEBHOOK_ADAPTERS


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
