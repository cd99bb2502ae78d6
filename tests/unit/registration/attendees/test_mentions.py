"""Whom a text is about, however the address is written or hidden in it."""

import orjson
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import SecretStr

from registration.attendees.domain.mentions import MAX_CANDIDATES, account_key, persons_in
from shared.persons import person_id
from support.cost import within

KEY = SecretStr("0123456789abcdef")


def persons(text: bytes, source: str = "test") -> set[str]:
    found = persons_in([text], source, lambda key: key)
    assert found.complete
    return set(found.ids)


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


@pytest.mark.parametrize(
    "text",
    [
        "ada.l＠example.org".encode(),  # a full-width @, which NFKC makes one of
        b"q=ada.l%40example.org&x=1",
        b'{"data_base64": "eyJlbWFpbCI6ICJhZGEubEBleGFtcGxlLm9yZyJ9"}',
        b"scan-1-2-3-4-5-6-7-8-9-10-11-ada.l@example.org",
        b"x@ada.l@example.org",
        ("J\u030c" * 32 + "@example.org").encode(),  # 64 characters, of which normalising makes 32
    ],
)
def test_an_address_is_found_in_every_form_in_which_it_may_come(text: bytes) -> None:
    assert persons(text) & {"ada.l@example.org", "\u01f0" * 32 + "@example.org"}


HOSTILE = {
    "dots around an @": b"a." * 25_000 + b"@" + b"b." * 25_000,
    "dots around many": (b"a." * 30 + b"a@" + b"b." * 120 + b"b ") * 3000,
    "@ only": b"@" * 1_000_000,
    "no domains": b"a@" * 500_000,
    "one address": b"a@b.c " * 160_000,
    "addresses": b" ".join(b"u%d@x%d.org" % (number, number) for number in range(60_000)),
    "long addresses": b" ".join(b"a." * 10 + b"%d@%d." % (number, number) + b"b." * 8 + b"b" for number in range(20_000)),
    "accounts": orjson.dumps([{"account": str(number)} for number in range(50_000)]),
    "a long list": b"[" + b"1," * 500_000 + b"1]",
    "deep": b"[" * 1_000_000,
    "IDNA": " ".join(f"ü.ü.ü@{'ü.' * (number % 100)}ß{number}.org" for number in range(10_000)).encode(),
    "ligatures": ("\ufdfa" * 300 + "@" + "\ufdfa" * 300 + " ").encode() * 500,
    "escaped": b"%40" * 330_000,
    "Base64": orjson.dumps({"data_base64": "YUBi" * 250_000}),
    "separators": b"/" * 500_000 + b"@" + b"/" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_finding_persons_in_a_hostile_text_costs_little(name: str) -> None:
    found = within(0.5, lambda: persons_in([HOSTILE[name]], "test", lambda text: person_id(text, KEY)))
    assert len(found.ids) <= MAX_CANDIDATES


@pytest.mark.parametrize("name", ["addresses", "accounts", "a long list", "@ only"])
def test_a_text_with_more_than_is_looked_at_says_so(name: str) -> None:
    assert not persons_in([HOSTILE[name]], "test", str).complete
    assert persons_in([HOSTILE[name]], "test", str).any_of({"whoever"})


def test_several_texts_share_what_is_looked_at() -> None:
    text = b" ".join(b"u%d@x%d.org" % (number, number) for number in range(2_000))
    assert persons_in([text], "test", str).complete
    other = text.replace(b"u", b"v")
    assert not persons_in([text, other, other.replace(b"v", b"w")], "test", str).complete


@given(st.binary(max_size=2000) | st.text(alphabet='a.b-@%40＠ü{}[]":,\\', max_size=2000).map(str.encode))
@example(b'{"data_base64": "' + b"YUBi" * 100 + b'"}')
def test_whatever_the_text_the_work_is_bounded(text: bytes) -> None:
    found = within(0.5, lambda: persons_in([text], "test", str))
    assert len(found.ids) <= MAX_CANDIDATES


@given(st.from_regex(r"[a-z][a-z.+-]{0,20}[a-z]", fullmatch=True), st.sampled_from(["", "x-", "<", "mailto:", '{"e": "', "a@b "]))
def test_an_address_is_found_whatever_is_around_it(local: str, before: str) -> None:
    assume(".." not in local)
    text = f"{before}{local}@example.org".encode()
    assert f"{local}@example.org" in persons(text)
