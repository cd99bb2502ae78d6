"""Which attendance stands by the webhooks of Swapcard."""

from registration.systems.observations import ObservedPart
from support.adapters import facts, fold, read, seen, told, who
from support.payloads import (
    connection,
    swapcard_webhook,
)


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
