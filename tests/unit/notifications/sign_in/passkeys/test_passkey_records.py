"""Passkeys as they are kept, and the challenges that they sign."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifications.sign_in.passkeys.domain.records import (
    LONGEST_NAME,
    VALID,
    Passkey,
    new_challenge,
    new_ticket,
    new_user_handle,
    relying_party,
    ticket_digest,
    tidy_name,
)
from shared.web.access.sessions import LIFETIME, RECENT, SignInSession, signed_in_recently

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PASSKEY = Passkey("id", "ada", (), False, b"handle", b"key", 7, False, "phone", NOW)


@pytest.mark.parametrize(("known", "count", "fell"), [(0, 0, False), (0, 1, False), (7, 8, False), (7, 7, True), (7, 0, True)])
def test_a_count_that_does_not_rise_is_doubted_unless_the_device_never_counts(known: int, count: int, fell: bool) -> None:
    assert replace(PASSKEY, sign_count=known).count_fell(count) is fell


@pytest.mark.parametrize(
    ("url", "id", "origin", "named"),
    [
        ("https://desk.example.org", "desk.example.org", "https://desk.example.org", True),
        ("https://desk.example.org:443/", "desk.example.org", "https://desk.example.org", True),
        ("https://desk.example.org:8443", "desk.example.org", "https://desk.example.org:8443", True),
        ("http://localhost:8004", "localhost", "http://localhost:8004", True),
        ("https://bücher.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example", True),
        ("http://127.0.0.1:8004", "127.0.0.1", "http://127.0.0.1:8004", False),
        ("http://[::1]:8004", "::1", "http://[::1]:8004", False),
    ],
)
def test_the_relying_party_is_the_host_of_the_pages(url: str, id: str, origin: str, named: bool) -> None:
    party = relying_party(url)
    assert (party.id, party.origin, party.is_named) == (id, origin, named)


def test_a_challenge_is_random_and_valid_for_five_minutes() -> None:
    assert timedelta(minutes=5) == VALID
    made = [new_challenge("sign_in", NOW) for _ in range(100)]
    assert len({challenge.value for challenge in made}) == 100
    assert all(len(challenge.value) == 32 and challenge.expires_at == NOW + VALID for challenge in made)
    assert len({new_ticket() for _ in range(100)}) == len({new_user_handle() for _ in range(100)}) == 100
    assert "ticket" not in ticket_digest("ticket")
    assert ticket_digest("\ud800") != ticket_digest("")


def test_a_passkey_is_added_soon_after_signing_in() -> None:
    session = SignInSession("s", "ada", 0, NOW, NOW + LIFETIME)
    assert signed_in_recently(session, NOW + RECENT)
    assert not signed_in_recently(session, NOW + RECENT + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" Ada's\tphone \r\n", "Ada's phone"),
        ("", ""),
        ("\0\u202e\u200b \n", ""),
        ("x" * 100, "x" * LONGEST_NAME),
        ("a" * 59 + " b", "a" * 59),
        ("\ud800", ""),
    ],
)
def test_a_name_is_one_line_that_can_be_shown(text: str, name: str) -> None:
    assert tidy_name(text) == name
