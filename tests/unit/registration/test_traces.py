"""Whom a text is about, however the address is written or hidden in it."""

import pytest

from registration.domain.traces import account_key, persons_in


def persons(text: bytes, source: str = "test") -> set[str]:
    return persons_in(text, source, lambda key: key)


@pytest.mark.parametrize(
    "text",
    [
        b'{"attendee": {"email": "Ada.L@Example.ORG"}}',
        b'{"attendee": {"email": "Ada.L@Example.ORG", ',
        b'{"attendee": {"email": "ada\\u002el\\u0040example.org"}}',
        b'{"ada.l@example.org": 1}',
        b"ada.l@example.org",
        b"mailto:ada.l@example.org?subject=x",
        b"\xff\xfe ada.l@example.org \x00",
        b"attendee.email: is not an address, not 'ada.l@example.org'",
        b"scan-ada.l@example.org",
        b"ada.l@example.org-7",
        b'[["deep", {"er": ["<ada.l@example.org>"]}]]',
    ],
)
def test_an_address_is_found(text: bytes) -> None:
    assert "ada.l@example.org" in persons(text)


def test_an_account_is_found_with_its_source() -> None:
    assert persons(b'{"attendee": {"account": " 7 "}}', "tickets") == {account_key("tickets", "7")}
    structured = b'{"source": "badges", "data": {"attendee": {"account": "7"}}}'
    assert persons(structured, "tickets") == {account_key("badges", "7")}


@pytest.mark.parametrize("text", [b"", b"{}", b"nobody @ home", b"@", b"a@b", b'{"account": 7}', b"[1, 2, null]"])
def test_nobody_is_found_where_nobody_is(text: bytes) -> None:
    assert persons(text) == set()
