"""The mail kinds, and the page that shows them."""

from pathlib import Path

import pytest

from notifications.mail_kinds import KINDS, MailKind
from shared.contract.events import TYPES

PAGE = Path(__file__).parents[3] / "docs" / "mails.md"


def row(kind: MailKind) -> str:
    causes = ", ".join(f"`{cause}`" for cause in kind.causes)
    return f"| `{kind.name}` | {kind.role} | {'yes' if kind.optional else ''} | {causes} | {kind.cancelled_by} |"


def test_the_page_shows_every_kind_and_no_other() -> None:
    shown = [line for line in PAGE.read_text().splitlines() if line.startswith("| `") and line.count("|") == 6]
    assert shown == [row(kind) for kind in KINDS.values()]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_is_caused_by_events_that_there_are_or_asked_for_and_ends(kind: MailKind) -> None:
    assert kind.causes or kind.name in {"sign_in", "passkey_added", "passkey_removed"}  # which the pages for signing in cause
    assert set(kind.causes) <= TYPES.keys()
    assert kind.worth.total_seconds() > 0


def test_dates_offers_and_warnings_are_sent_again_when_it_is_not_known_whether_they_arrived() -> None:
    assert {name for name, kind in KINDS.items() if kind.unclear == "resend"} == {
        *(name for name, kind in KINDS.items() if kind.calendar),
        "offer",
        "offer_reminder",
        "passkey_added",
        "passkey_removed",
        "round_result",
        "round_result_host",
    }


def test_no_mail_that_asks_somebody_to_act_can_be_switched_off() -> None:
    assert {name for name, kind in KINDS.items() if kind.optional} == {
        "welcome",
        "matches",
        "listing_closing",
        "invitation",
        "round_opened",
        "host_summary",
    }
