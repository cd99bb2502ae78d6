"""The signed links and addresses by which a mail leads back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from notifications.links import LONGEST_BOUNCE_LOCAL_PART, Links, MessageAddress, UnsubscribeAddress

KEY = "0123456789abcdef"
LINKS = Links("https://desk.example.org/", SecretStr(KEY), "bounces@mail.example.org")
OTHERS = Links("https://desk.example.org", SecretStr("fedcba9876543210"), "bounces@mail.example.org")
ADA = "0f" * 16

PERSON_IDS = st.from_regex(r"\A[0-9a-f]{32}\Z") | st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._:~-]{0,17}\Z")


def signed(url: str) -> str:
    return url.rpartition("/")[2]


@given(PERSON_IDS)
def test_what_was_made_is_read_back(person_id: str) -> None:
    assert LINKS.unsubscriber(signed(LINKS.unsubscribe(person_id))) == person_id
    assert LINKS.chooser(signed(LINKS.preferences(person_id))) == person_id
    assert LINKS.addressee(LINKS.unsubscribe_address(person_id)) == UnsubscribeAddress(person_id)
    token = LINKS.token(person_id)
    assert LINKS.viewed(signed(LINKS.view(token))) == token
    assert LINKS.addressee(LINKS.envelope_sender(token)) == MessageAddress(token)


def test_links_are_below_the_public_address() -> None:
    assert LINKS.preferences(ADA).startswith(f"https://desk.example.org/preferences/_{ADA}.")
    assert LINKS.view(LINKS.token("m")).startswith("https://desk.example.org/mail/")


def test_a_link_to_unsubscribe_from_a_mail_of_the_first_release_is_valid() -> None:
    old = f"{ADA}.IW1wIsvQDZR-Iky9HIj2LxT9Zrj3EtKXa2clAB-EsA8"  # as that release made it
    assert LINKS.unsubscriber(old) == ADA
    assert signed(LINKS.unsubscribe(ADA)) == f"_{old}"


def test_a_link_for_one_purpose_is_void_for_another() -> None:
    token = LINKS.token("m")
    assert LINKS.chooser(signed(LINKS.unsubscribe(ADA))) is None
    assert LINKS.unsubscriber(signed(LINKS.preferences(ADA))) is None
    assert LINKS.viewed(signed(LINKS.preferences(token))) is None


@pytest.mark.parametrize("text", ["", ".", ADA, f"{ADA}.", f"{ADA}.forged", "é.é", "\x00", "a" * 10_000, f"{ADA}.{'A' * 43}"])
def test_what_is_not_ours_is_nobodys(text: str) -> None:
    assert LINKS.unsubscriber(text) is None
    assert LINKS.chooser(text) is None
    assert LINKS.viewed(text) is None
    assert LINKS.addressee(text) is None
    assert LINKS.addressee(f"bounces+{text}@mail.example.org") is None or re.fullmatch("[0-9a-f]{32}", text)
    assert LINKS.addressee(f"bounces+u-{text}@mail.example.org") is None


def test_the_links_of_another_key_are_void() -> None:
    assert LINKS.unsubscriber(signed(OTHERS.unsubscribe(ADA))) is None
    assert LINKS.addressee(OTHERS.unsubscribe_address(ADA)) is None
    assert LINKS.token("m") != OTHERS.token("m")


def test_while_a_key_is_changed_the_links_of_both_are_valid_and_new_ones_are_of_the_first() -> None:
    changing = Links("https://desk.example.org", SecretStr(f"fedcba9876543210, {KEY}"), "bounces@mail.example.org")
    token = LINKS.token("m")
    for made_by in (LINKS, OTHERS, changing):
        assert changing.unsubscriber(signed(made_by.unsubscribe(ADA))) == ADA
        assert changing.chooser(signed(made_by.preferences(ADA))) == ADA
        assert changing.viewed(signed(made_by.view(token))) == token
        assert changing.addressee(made_by.unsubscribe_address(ADA)) == UnsubscribeAddress(ADA)
        assert changing.chooser(signed(made_by.unsubscribe(ADA))) is None, "a link for another purpose stays void"
    assert changing.unsubscribe(ADA) == OTHERS.unsubscribe(ADA)
    assert changing.unsubscribe_address(ADA) == OTHERS.unsubscribe_address(ADA)
    assert changing.token("m") == OTHERS.token("m")
    assert OTHERS.unsubscriber(signed(LINKS.unsubscribe(ADA))) is None, "once the old key is removed"
    third = Links("https://desk.example.org", SecretStr("a key of nobody's"), "bounces@mail.example.org")
    assert changing.unsubscriber(signed(third.unsubscribe(ADA))) is None
    assert changing.addressee(third.unsubscribe_address(ADA)) is None


def test_one_changed_character_makes_an_address_void() -> None:
    local, _, domain = LINKS.unsubscribe_address(ADA).rpartition("@")
    for place in range(len("bounces+u-"), len(local)):
        changed = local[:place] + ("a" if local[place] != "a" else "b") + local[place + 1 :]
        read = LINKS.addressee(f"{changed}@{domain}")
        # The last character holds fewer bits than it could: there, another may say the same.
        assert read is None or (place == len(local) - 1 and read == UnsubscribeAddress(ADA))


def test_addresses_survive_mail_servers_that_change_case_or_put_brackets() -> None:
    token = LINKS.token("m")
    assert LINKS.addressee(f"<{LINKS.envelope_sender(token).upper()}>") == MessageAddress(token)
    assert LINKS.addressee(f" {LINKS.unsubscribe_address(ADA).upper()} ") == UnsubscribeAddress(ADA)


def test_an_address_elsewhere_is_none_of_ours() -> None:
    token = LINKS.token("m")
    for address in (f"bounces+{token}@example.org", f"other+{token}@mail.example.org", "bounces@mail.example.org", "@", ""):
        assert LINKS.addressee(address) is None


def test_the_longest_local_part_leaves_room_for_every_token() -> None:
    longest = Links("https://x.example", SecretStr(KEY), f"{'b' * LONGEST_BOUNCE_LOCAL_PART}@example.org")
    for address in (longest.unsubscribe_address(ADA), longest.envelope_sender(longest.token("m"))):
        assert address
        assert len(address.partition("@")[0]) <= 64
    assert longest.unsubscribe_address("a-long-id-of-another-sort-than-ours-are") == ""


def test_without_a_bounce_address_there_are_links_only() -> None:
    silent = Links("https://desk.example.org", SecretStr(KEY), "")
    token = silent.token("m")
    assert (silent.envelope_sender(token), silent.unsubscribe_address(ADA)) == ("", "")
    assert silent.addressee(f"+{token}@") is None
    assert silent.preferences(ADA) == LINKS.preferences(ADA)


@pytest.mark.parametrize("address", ["bounces", "@example.org", f"{'b' * (LONGEST_BOUNCE_LOCAL_PART + 1)}@example.org", "b@"])
def test_a_bounce_address_that_leaves_no_room_is_refused_in_words(address: str) -> None:
    with pytest.raises(ValueError, match="needs 1 to"):
        Links("https://x.example", SecretStr(KEY), address)


def test_tokens_are_32_hexadecimal_digits_and_tell_messages_apart() -> None:
    assert re.fullmatch("[0-9a-f]{32}", LINKS.token("e|offer|ada"))
    assert LINKS.token("e|offer|ada") == LINKS.token("e|offer|ada")
    assert LINKS.token("e|offer|ada") != LINKS.token("e|offer|bob")
