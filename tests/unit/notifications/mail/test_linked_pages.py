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


def test_what_is_not_known_leads_to_the_area() -> None:
    bare = replace(CONTENT, listing=None, organization_id="", round_id="")
    assert linked_path(KINDS["application_received"], "application/a-1", bare) == "/desk"
    assert linked_path(KINDS["round_opened"], "round/x", bare) == "/my"
    assert linked_path(KINDS["sign_in"], "", bare) == ""
