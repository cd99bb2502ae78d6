"""The page of the site that each mail leads to."""

from dataclasses import replace

import pytest

from notifications.mail.content import MailContent, NamedListing
from notifications.mail.linked_pages import LINKED_PAGES, linked_path
from notifications.mail_kinds import KINDS
from shared.contract.paths import PATHS

CONTENT = MailContent(listing=NamedListing("l/1 ?", "Map", "Observatory"), organization_id="o-1", round_id="r-1")


def test_every_mail_leads_to_a_page_but_those_about_access() -> None:
    assert set(KINDS) - set(LINKED_PAGES) == {"sign_in", "passkey_added", "passkey_removed", "erased"}
    assert set(LINKED_PAGES) <= set(KINDS)


@pytest.mark.parametrize("kind", LINKED_PAGES)
def test_a_path_is_whole_and_on_the_site(kind: str) -> None:
    path = linked_path(KINDS[kind], "application/a-1", CONTENT)
    assert "{" not in path
    assert path.startswith({"attendee": ("/my", "/profile"), "host": ("/desk",), "mentor": ("/mentor",)}[KINDS[kind].role])
    prefixes = tuple(f"{one.prefix}/" for one in PATHS)
    assert f"{path}/".startswith(prefixes)


def test_ids_are_escaped_and_come_from_what_the_mail_is_about() -> None:
    assert linked_path(KINDS["offer"], "application/a-1", CONTENT) == "/my/applications/a-1"
    assert linked_path(KINDS["listing_closing"], "listing/x", CONTENT) == "/my/matches/l%2F1%20%3F"
    assert linked_path(KINDS["round_opened"], "round/x", CONTENT) == "/my/match-days/r-1"
    assert linked_path(KINDS["application_received"], "application/a-1", CONTENT) == "/desk/o-1/applications/a-1"


@pytest.mark.parametrize(
    ("kind", "about", "path"),
    [
        ("nomination", "nomination/n-1", "/my/nominations/n-1"),
        ("round_opened_host", "round/r-1", "/desk/o-1/match-days/r-1"),
        ("round_result_host", "round/r-1", "/desk/o-1/match-days/r-1"),
        ("round_cancelled", "round/r-1", "/my/match-days/r-1"),
        ("round_cancelled_host", "round/r-1", "/desk/o-1/match-days/r-1"),
        ("nomination_agreed", "nomination/n-1", "/desk/o-1/nominations/n-1"),
        ("nomination_taken_back", "nomination/n-1", "/desk/o-1/nominations/n-1"),
        ("nomination_ended", "nomination/n-1", "/my/nominations/n-1"),
        ("nomination_answered", "nomination/n-1", "/mentor/nominations/n-1"),
        ("mentee_introduction", "placement/p-1", "/mentor/people/p-1"),
        ("idea_asked", "idea/i-1", "/my-ideas/i-1"),
        ("idea_adopted", "idea/i-1", "/desk-listings/o-1/write/l%2F1%20%3F"),
        ("idea_closed", "idea/i-1", "/desk-listings/o-1/ideas"),
    ],
)
def test_a_mail_leads_to_what_it_is_about(kind: str, about: str, path: str) -> None:
    assert linked_path(KINDS[kind], about, CONTENT) == path


def test_who_is_only_a_mentor_is_led_to_their_own_page_of_a_placement() -> None:
    for kind in ("placement_start_check_host", "placement_feedback_host", "placement_ended_host"):
        assert linked_path(KINDS[kind], "placement/p:1", CONTENT) == "/desk/o-1/placements/p%3A1"
        assert linked_path(KINDS[kind], "placement/p:1", CONTENT, as_mentor=True) == "/mentor/people/p%3A1"
    assert linked_path(KINDS["application_received"], "application/a-1", CONTENT, as_mentor=True).startswith("/desk/")


def test_what_is_not_known_leads_to_the_area() -> None:
    bare = replace(CONTENT, listing=None, organization_id="", round_id="")
    assert linked_path(KINDS["application_received"], "application/a-1", bare) == "/desk"
    assert linked_path(KINDS["round_opened"], "round/x", bare) == "/my"
    assert linked_path(KINDS["sign_in"], "", bare) == ""
