"""When an attendee is told, and of what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifications.contacts.domain import (
    MAILED_KEPT,
    AttendeeContact,
    Contact,
    Digest,
    Post,
    Preferences,
    StaffContact,
    digest_cause,
)
from notifications.digest_times import DigestTimes
from notifications.mail.content import Mailbox
from notifications.mail_kinds import KINDS
from shared.contract.events.matching import Match

NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)
WINDOW = timedelta(seconds=30)
TIMES = DigestTimes("instant", WINDOW, "UTC")


def matches(*ids: str) -> list[Match]:
    return [Match(listing_id=id, title=id, organization="SunPy", url=None, score=0.5, reasons=[]) for id in ids]


def contact(version: int = 1, consent: bool = True, email: str = "ada@example.org") -> AttendeeContact:
    return AttendeeContact(version, email, "Ada", None, consent)


def ada(consent: bool = True) -> Contact:
    return Contact("ada", contact(consent=consent))


def told(attendee: Contact, version: int, *ids: str, at: datetime = NOW) -> None:
    attendee.update_recommendations(version, matches(*ids), f"c-{version}", at, TIMES)


def mail(attendee: Contact) -> Digest:
    digest = attendee.take_digest()
    assert digest
    attendee.remember_mailed(digest)
    return digest


def learns(attendee: Contact, contact: AttendeeContact, at: datetime = NOW) -> bool:
    return attendee.update_attendee(contact, at, TIMES)


def digest_of(attendee: Contact) -> tuple[list[str], set[str]]:
    digest = attendee.take_digest()
    assert digest
    return [match.listing_id for match in digest.matches], set(digest.new)


def test_the_first_change_sets_the_time_and_later_ones_replace_the_list() -> None:
    attendee = ada()
    told(attendee, 1, "l1")
    told(attendee, 2, "l2", "l1", at=NOW + timedelta(seconds=20))
    assert attendee.due_at == NOW + WINDOW
    digest = attendee.take_digest()
    assert digest
    assert (digest.version, [match.listing_id for match in digest.matches], digest.correlation_id) == (2, ["l2", "l1"], "c-2")
    assert attendee.stage == "idle"


def test_after_a_mail_the_next_change_opens_a_window_of_its_own() -> None:
    attendee = ada()
    told(attendee, 1, "l1")
    mail(attendee)
    told(attendee, 2, "l1", "l2", at=NOW + timedelta(hours=1))
    assert attendee.due_at == NOW + timedelta(hours=1) + WINDOW


def test_what_is_new_comes_first_and_both_parts_keep_the_best_first() -> None:
    attendee = ada()
    told(attendee, 1, "l1", "l2")
    mail(attendee)
    told(attendee, 2, "l2", "l3", "l1", "l4")
    assert digest_of(attendee) == (["l3", "l4", "l2", "l1"], {"l3", "l4"})


def test_a_list_without_anything_new_makes_no_mail() -> None:
    attendee = ada()
    told(attendee, 1, "l1", "l2")
    mail(attendee)
    told(attendee, 2, "l2")
    assert attendee.due_at is None
    told(attendee, 3, "l2", "l1")
    assert attendee.due_at is None
    told(attendee, 4)
    assert attendee.take_digest() is None


def test_what_was_new_and_went_away_within_the_window_makes_no_mail() -> None:
    attendee = ada()
    told(attendee, 1, "l1")
    told(attendee, 2)
    assert attendee.stage == "idle"


def test_a_list_that_is_not_newer_changes_nothing() -> None:
    attendee = ada()
    assert attendee.update_recommendations(2, matches("l2"), "c", NOW, TIMES)
    assert not attendee.update_recommendations(2, matches("l1"), "c", NOW, TIMES)
    assert not attendee.update_recommendations(1, matches("l1"), "c", NOW, TIMES)
    assert digest_of(attendee)[0] == ["l2"]


def test_a_contact_that_is_not_newer_changes_nothing() -> None:
    attendee = Contact("ada", contact(version=2))
    assert not learns(attendee, contact(version=2, email="old@example.org"))
    assert learns(attendee, contact(version=3, email="new@example.org"))
    assert attendee.attendee
    assert attendee.attendee.email == "new@example.org"


def test_a_list_waits_for_the_contact_and_for_consent_and_is_then_due_at_once() -> None:
    attendee = Contact("ada")
    told(attendee, 1, "l1")
    assert (attendee.stage, attendee.due_at) == ("waiting", None)
    learns(attendee, contact(consent=False))
    assert attendee.stage == "waiting"
    learns(attendee, contact(version=2))
    assert (attendee.stage, attendee.due_at) == ("pending", NOW + WINDOW)


def test_unsubscribing_wins_over_consent() -> None:
    attendee = ada()
    told(attendee, 1, "l1")
    attendee.unsubscribed_at = NOW
    learns(attendee, contact(version=2, consent=True))
    assert not attendee.wants(KINDS["matches"])
    assert (attendee.stage, attendee.due_at) == ("idle", None)


def test_only_consent_given_after_an_unsubscribe_ends_it() -> None:
    attendee = ada()
    attendee.choose(Preferences(), True, NOW, TIMES)
    for version, at in ((2, None), (3, NOW - WINDOW), (4, NOW)):
        learns(attendee, replace(contact(version), mail_consent_at=at))
        assert attendee.unsubscribed
    learns(attendee, replace(contact(5, consent=False), mail_consent_at=NOW + WINDOW))
    assert attendee.unsubscribed
    learns(attendee, replace(contact(6), mail_consent_at=NOW + WINDOW))
    assert not attendee.unsubscribed
    attendee.choose(Preferences(), True, NOW + 2 * WINDOW, TIMES)
    learns(attendee, replace(contact(7, email="ada@work.example"), mail_consent_at=NOW + WINDOW))
    assert attendee.unsubscribed, "that was agreed to before"


def test_a_digest_waits_for_the_morning_when_consent_comes_back_at_night() -> None:
    attendee = ada()
    attendee.preferences = Preferences(digest="daily", time_zone="Asia/Tokyo")
    told(attendee, 1, "l1")
    learns(attendee, contact(2, consent=False))
    night = datetime(2024, 7, 10, 17, tzinfo=UTC)  # 2:00 in Tokyo
    learns(attendee, contact(3), night)
    assert attendee.due_at == datetime(2024, 7, 10, 23, tzinfo=UTC)
    learns(attendee, contact(4), night + timedelta(days=1))
    assert attendee.due_at == datetime(2024, 7, 10, 23, tzinfo=UTC), "what is due stays so"


def test_a_digest_waits_for_the_morning_when_somebody_subscribes_again_at_night() -> None:
    daily, night = Preferences(digest="daily", time_zone="Asia/Tokyo"), datetime(2024, 7, 10, 17, tzinfo=UTC)
    attendee = ada()
    attendee.preferences = daily
    told(attendee, 1, "l1")
    mail(attendee)
    attendee.choose(daily, True, NOW, TIMES)
    attendee.forget_mailed(["l1"], NOW)
    attendee.choose(daily, False, night, TIMES)
    assert attendee.due_at == datetime(2024, 7, 10, 23, tzinfo=UTC)
    attendee.choose(daily, True, night, TIMES)
    agreed = replace(contact(2), mail_consent_at=night + timedelta(minutes=1))
    learns(attendee, agreed, night + timedelta(days=2))
    assert attendee.due_at == datetime(2024, 7, 12, 23, tzinfo=UTC)


def test_of_the_erased_what_they_refused_is_remembered_and_nothing_else() -> None:
    attendee = ada()
    told(attendee, 1, "l1")
    attendee.choose(Preferences("weekly", frozenset({"round_opened"}), "de", "Asia/Tokyo"), True, NOW, TIMES)
    attendee.forget_attendee()
    assert attendee == Contact("ada", preferences=Preferences(off=frozenset({"round_opened"})), unsubscribed_at=NOW)
    assert not attendee.is_empty
    agreeable = ada()
    agreeable.preferences = Preferences("weekly", language="de")
    agreeable.forget_attendee()
    assert agreeable.is_empty


def test_of_two_who_are_one_person_the_stricter_word_counts() -> None:
    strict, lax = ada(), Contact("ada@work", contact())
    strict.choose(Preferences(off=frozenset({"round_opened"})), True, NOW, TIMES)
    lax.choose(Preferences("weekly", frozenset({"matches"})), True, NOW - WINDOW, TIMES)
    lax.adopt_refusals(strict)
    assert (lax.unsubscribed_at, lax.preferences) == (NOW, Preferences("weekly", frozenset({"matches", "round_opened"})))
    lax.adopt_refusals(ada())
    assert lax.unsubscribed


def test_the_matches_of_a_cancelled_digest_are_new_again() -> None:
    attendee = ada()
    told(attendee, 1, "l1", "l2")
    mail(attendee)
    attendee.forget_mailed(["l2"], NOW)
    told(attendee, 2, "l1", "l2")
    assert digest_of(attendee) == (["l2", "l1"], {"l2"})


def test_the_matches_of_a_cancelled_digest_wait_until_mails_are_allowed_again() -> None:
    attendee = ada()
    told(attendee, 1, "l1", "l2")
    mail(attendee)
    attendee.unsubscribed_at = NOW
    attendee.forget_mailed(["l2"], NOW + WINDOW)
    assert attendee.stage == "idle"
    attendee.unsubscribed_at = None
    assert attendee.due_at == NOW + WINDOW
    assert digest_of(attendee) == (["l2", "l1"], {"l2"})


def test_nothing_waits_if_no_match_of_a_cancelled_digest_is_left() -> None:
    attendee = ada()
    told(attendee, 1, "l1", "l2")
    mail(attendee)
    told(attendee, 2, "l1")
    attendee.forget_mailed(["l2"], NOW)
    assert attendee.due_at is None


def test_what_could_not_be_written_is_not_tried_again_but_stays_new() -> None:
    attendee = ada()
    told(attendee, 1, "l1")
    assert attendee.take_digest()
    assert attendee.take_digest() is None
    told(attendee, 2, "l1", "l2")
    assert digest_of(attendee)[1] == {"l1", "l2"}


def test_after_recommendations_were_erased_their_versions_start_again() -> None:
    attendee = ada()
    told(attendee, 7, "l1")
    attendee.forget_recommendations()
    assert attendee.stage == "idle"
    told(attendee, 1, "l2")
    assert digest_of(attendee)[0] == ["l2"]


def test_a_bounded_number_of_mailed_listings_is_remembered_the_latest_longest() -> None:
    attendee = ada()
    for number in range(MAILED_KEPT + 50):
        told(attendee, number + 1, "standing", f"l{number}")
        mail(attendee)
    assert len(attendee.mailed) == MAILED_KEPT
    assert "standing" in attendee.mailed
    assert "l0" not in attendee.mailed


def test_a_digest_has_one_cause_per_version_and_time() -> None:
    first = Digest(2, matches("l1"), frozenset({"l1"}), "c", NOW)
    assert digest_cause(first) == "recommendations@2/20240708T120000.000000"
    assert digest_cause(replace(first, due_at=NOW + WINDOW)) != digest_cause(first)


def test_a_digest_leaves_in_the_window_that_the_person_chose_where_they_live() -> None:
    attendee = ada()
    attendee.preferences = Preferences(digest="daily", time_zone="Asia/Tokyo")
    told(attendee, 1, "l1")  # 21:00 in Tokyo
    assert attendee.due_at == datetime(2024, 7, 8, 23, tzinfo=UTC)
    attendee.choose(Preferences(digest="instant"), False, NOW + timedelta(hours=1), TIMES)
    assert attendee.due_at == NOW + timedelta(hours=1) + WINDOW


def test_a_digest_waits_while_digests_are_switched_off() -> None:
    attendee = ada()
    attendee.preferences = Preferences(off=frozenset({"matches"}))
    told(attendee, 1, "l1")
    assert attendee.stage == "idle"
    attendee.choose(Preferences(), False, NOW, TIMES)
    assert attendee.due_at == NOW + WINDOW


def test_transactional_mails_are_wanted_whatever_was_switched_off() -> None:
    attendee = ada(consent=False)
    attendee.unsubscribed_at = NOW
    of_attendees = {name: kind for name, kind in KINDS.items() if kind.role == "attendee"}
    assert attendee.unwanted & of_attendees.keys() == {name for name, kind in of_attendees.items() if kind.optional}


def test_hosts_mails_are_for_hosts_people_alone() -> None:
    assert {name for name, kind in KINDS.items() if kind.role != "attendee"} <= ada().unwanted


def test_a_host_gets_the_weekly_summary_without_any_consent_unless_it_was_switched_off() -> None:
    host = Contact("grace", staff=staff())
    assert host.wants(KINDS["host_summary"])
    host.preferences = Preferences(off=frozenset({"host_summary"}))
    assert not host.wants(KINDS["host_summary"])
    assert host.wants(KINDS["application_received"])


def staff(version: int = 1) -> StaffContact:
    return StaffContact(version, "grace@observatory.example", "Grace", "de", (Post("observatory", True, True),), "Europe/Berlin")


def test_a_persons_own_choice_precedes_what_conferences_say_and_then_hosts() -> None:
    person = Contact("grace", staff=staff())
    assert (person.mailbox, person.locale, person.time_zone) == (
        Mailbox("grace@observatory.example", "Grace"),
        "de",
        "Europe/Berlin",
    )
    learns(person, AttendeeContact(1, "grace@observatory.example", None, "fr", True, "Europe/Paris"))
    assert (person.mailbox, person.locale, person.time_zone) == (
        Mailbox("grace@observatory.example", "Grace"),
        "fr",
        "Europe/Paris",
    )
    person.preferences = Preferences(language="en", time_zone="UTC")
    assert (person.locale, person.time_zone) == ("en", "UTC")
    assert not person.update_staff(staff())
    assert person.update_staff(staff(version=2))


def test_a_digest_leaves_out_what_is_ruled_out_and_is_not_written_for_it_alone() -> None:
    attendee = Contact("ada", AttendeeContact(1, "ada@example.org", "Ada", None, True))
    told(attendee, 1, "l1", "l2")
    digest = attendee.take_digest({"l1"})
    assert digest
    assert [match.listing_id for match in digest.matches] == ["l2"]
    attendee.remember_mailed(digest)
    told(attendee, 2, "l1", "l2")
    assert attendee.take_digest({"l1"}) is None
    assert attendee.due_at is None
    told(attendee, 3, "l1", "l2")
    assert attendee.take_digest(), "it is told once it is not ruled out any more"
