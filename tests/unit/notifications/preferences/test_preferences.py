"""What people can choose to get, and how their choice is read."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from notifications.contacts.domain import AttendeeContact, Contact, Post, Preferences, StaffContact
from notifications.mail_kinds import KINDS
from notifications.preferences.api import Switch
from notifications.preferences.domain import MATCHES, chosen, offered, roles, zones
from shared.refusals import Invalid
from shared.web.pages.pages import Pages
from shared.wording.languages import LANGUAGES, Language
from support.requests import request

ADA = Contact("ada", AttendeeContact(1, "ada@example.org", "Ada", None, True))
GRACE = Contact("grace", staff=StaffContact(1, "grace@example.org", "Grace", None, (Post("o", mentor=False, contact=True),)))
FORM = {"digest": ["daily"], "kind": ["listing_closing", "invitation", "round_opened"]}


def test_people_are_offered_what_those_like_them_get_and_can_switch_off() -> None:
    assert roles(ADA) == {"attendee"}
    assert [kind.name for kind in offered(ADA)] == ["matches", "listing_closing", "invitation", "round_opened"]
    assert [kind.name for kind in offered(GRACE)] == ["host_summary"]
    mentor = Contact("m", staff=replace(GRACE.staff, posts=(Post("o", mentor=True, contact=False),)))  # type: ignore[type-var]
    assert roles(mentor) == {"mentor"}
    assert not offered(mentor)
    assert not offered(Contact("nobody"))


def test_every_optional_kind_but_the_welcome_is_offered_to_somebody() -> None:
    both = Contact("both", ADA.attendee, GRACE.staff)
    assert {kind.name for kind in offered(both)} == {name for name, kind in KINDS.items() if kind.optional} - {"welcome"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_has_words_for_every_kind_that_is_offered(language: Language) -> None:
    kinds = [Switch(kind.name, on=True) for kind in offered(Contact("both", ADA.attendee, GRACE.staff)) if kind.name != MATCHES]
    response = Pages("notifications").page(
        "preferences",
        request(accept_language=language),
        saved=False,
        refused=False,
        without_consent=False,
        digest="daily",
        switches=kinds,
        unsubscribed=False,
        chosen_language=None,
        zones={},
        chosen_zone=None,
        other_zone=None,
    )
    main = bytes(response.body).decode().partition("<main")[2]
    said = re.findall(r"<span>([^<]*)</span>", main)
    assert len(said) == 4 + len(kinds) + 1
    assert not {text.strip() for text in said} & set(KINDS)


def test_what_is_not_ticked_is_off() -> None:
    choice = chosen(FORM | {"kind": ["round_opened"]}, ADA, LANGUAGES)
    assert choice.preferences == Preferences("daily", frozenset({"listing_closing", "invitation"}))
    assert not choice.unsubscribed
    assert chosen({"digest": ["instant"]}, ADA, LANGUAGES).preferences.off == {"listing_closing", "invitation", "round_opened"}


def test_never_is_off_and_keeps_how_often_it_was_before() -> None:
    weekly = Contact("ada", ADA.attendee, preferences=Preferences("weekly"))
    never = chosen(FORM | {"digest": ["never"]}, weekly, LANGUAGES).preferences
    assert never == Preferences("weekly", frozenset({"matches"}))
    again = chosen(FORM, Contact("ada", ADA.attendee, preferences=never), LANGUAGES).preferences
    assert again == Preferences("daily", frozenset())


def test_language_zone_and_none_at_all() -> None:
    choice = chosen(FORM | {"language": ["de"], "time_zone": ["America/Argentina/Salta"], "none": ["1"]}, ADA, LANGUAGES)
    assert (choice.preferences.language, choice.preferences.time_zone) == ("de", "America/Argentina/Salta")
    assert choice.unsubscribed
    automatic = chosen(FORM | {"language": [""], "time_zone": [""], "none": [""]}, ADA, LANGUAGES)
    assert (automatic.preferences.language, automatic.preferences.time_zone) == (None, None)
    assert not automatic.unsubscribed


def test_what_was_not_offered_stays_as_it_was() -> None:
    host = Contact("grace", staff=GRACE.staff, preferences=Preferences("weekly", frozenset({"matches", "round_opened"})))
    choice = chosen({"kind": ["host_summary"]}, host, LANGUAGES)
    assert choice.preferences == Preferences("weekly", frozenset({"matches", "round_opened"}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("digest", "hourly"),
        ("digest", ""),
        ("language", "xx"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("kind", "offer"),
        ("kind", "host_summary"),
        ("kind", "x" * 10_000),
    ],
)
def test_what_there_is_not_to_choose_is_refused_by_its_field(field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        chosen(FORM | {field: [value]}, ADA, LANGUAGES)
    assert refused.value.field == field
    assert len(str(refused.value)) < 200


def test_the_zones_to_choose_among_are_places_that_there_are() -> None:
    names = [name for region in zones().values() for name in region]
    assert {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"} <= set(names)
    assert len(names) == len(set(names)) > 300
    for name in names:
        ZoneInfo(name)
