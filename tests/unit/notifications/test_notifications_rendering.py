"""Mails as people and mail programs get them."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from pydantic import SecretStr

from notifications.domain import Contact, Content, Draft, Message
from notifications.links import Links
from notifications.rendering import Renderer
from shared.events.matching import Match, Reason

NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)
LINKS = Links("https://desk.example.org", SecretStr("0123456789abcdef"))
RENDERER = Renderer(LINKS, "Opportunity Desk <desk@example.org>")
ADA = Contact(1, "ada@example.org", "Ada Lovelace", None, True)


def match(id: str = "l1", **values: Any) -> Match:
    reasons = [Reason(kind="skill", term="C++ & <STL>", contribution=0.5, session_id="s", session_title="“Fast” <b>code</b>")]
    given = {"listing_id": id, "title": "Solar flares", "organization": "SunPy", "url": "https://example.com/?a=1&b=2"}
    return Match.model_validate(given | {"score": 0.5, "reasons": reasons} | values)


def content(*matches: Match, new: set[str] | None = None, name: str | None = "Ada") -> Content:
    ids = {match.listing_id for match in matches} if new is None else new
    return RENDERER.content(Draft(1, list(matches), frozenset(ids), "c", NOW), "ada", name)


def message(**values: Any) -> Message:
    return replace(Message("ada|recommendations|1", "ada", "c-1", ["l1"], content(match()), NOW), **values)


def wire(message: Message, contact: Contact = ADA) -> bytes:
    return RENDERER.mail(message, contact, NOW)


def parsed(message: Message, contact: Contact = ADA) -> EmailMessage:
    # As text: the standard library's parser of bytes does not read headers in UTF-8 (RFC 6532).
    mail = email.message_from_string(wire(message, contact).decode(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [value or "" for name, value in attrs if name in ("href", "src", "action")]


def test_what_others_wrote_is_text_in_the_html_and_itself_in_the_plain_text() -> None:
    mail = content(match(title='<script>alert("x")</script>'), name="<i>Ada</i>")
    assert "script" not in Tags(mail.html).tags
    assert not {"b", "i"} & Tags(mail.html).tags
    assert "C++ &amp; &lt;STL&gt;" in mail.html
    assert "You attended “<b>" not in mail.html
    assert 'NEW: <script>alert("x")</script>' in mail.text
    assert "C++ & <STL>" in mail.text


def test_links_go_to_the_listing_and_to_unsubscribing_and_nothing_is_loaded() -> None:
    assert Tags(content(match()).html).targets == ["https://example.com/?a=1&b=2", LINKS.unsubscribe("ada")]


def test_a_link_that_is_not_to_the_web_is_left_out() -> None:
    unchecked = match().model_copy(update={"url": "javascript:alert(1)"})
    mail = content(unchecked)
    assert "javascript" not in mail.html + mail.text


def test_known_matches_follow_under_a_heading_of_their_own() -> None:
    mail = content(match("l2", title="Comets"), match("l1"), match("l3", title="Moons"), new={"l2"})
    for body in (mail.text, mail.html):
        assert body.lower().count("still among your best matches") == 1
    assert mail.text.index("Comets") < mail.text.index("STILL") < mail.text.index("Solar flares") < mail.text.index("Moons")
    assert "STILL" not in content(match()).text


def test_the_badge_stands_on_what_is_new_where_something_is_not() -> None:
    badge = 'class="new"'
    assert content(match("l1"), match("l2"), new={"l1"}).html.count(badge) == 1
    assert badge not in content(match("l1"), match("l2")).html


def test_the_message_id_is_the_same_whenever_it_is_sent_and_another_for_another_message() -> None:
    first, again = parsed(message()), parsed(message(created_at=NOW.replace(year=2025)))
    assert first["Message-ID"] == again["Message-ID"]
    assert first["Message-ID"] != parsed(message(id="ada|recommendations|2"))["Message-ID"]
    assert first["Message-ID"].endswith("@example.org>")


def test_long_headers_stay_whole_in_one_line() -> None:
    """Folded or encoded, the link would be broken for most mail programs."""
    links = Links("https://desk.example.org/" + "long-path/" * 20, SecretStr("0123456789abcdef"))
    renderer = Renderer(links, "desk@example.org")
    lines = renderer.mail(message(correlation_id="c" * 256), ADA, NOW).split(b"\r\n")
    assert f"List-Unsubscribe: <{links.unsubscribe('ada')}>".encode() in lines
    assert b"X-Correlation-ID: " + b"c" * 256 in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert b"=?" not in b"".join(lines[: lines.index(b"")])


def test_a_long_subject_that_must_be_encoded_is_in_encoded_words_of_the_allowed_length() -> None:
    written = message(content=replace(message().content, subject="Ünïversität: " + "Überprüfung äöü " * 8))
    header = wire(written).split(b"\r\n\r\n")[0]
    words = [word for word in header.split() if word.startswith(b"=?")]
    assert words
    assert all(len(word) <= 75 for word in words)
    assert parsed(written)["Subject"] == "Ünïversität: " + " ".join(["Überprüfung äöü"] * 8)


@pytest.mark.parametrize("evil", ["x\r\nBcc: all@example.org", "x\nBcc: all@example.org", "x\r\n\r\nbody", "x\x00\x0b\u2028y"])
def test_no_text_can_add_a_header(evil: str) -> None:
    written = message(correlation_id=evil, content=replace(message().content, subject=evil))
    mail = parsed(written, replace(ADA, name=evil))
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].addr_spec == "ada@example.org"
    assert mail["Subject"].startswith("x")
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ada@example.org", None),
        ("o'hara+x@example.org", 'Zoë "Z", <Bücher>'),
        ("zoë@example.org", "Zoë"),
        ("a=?b@example.org", "A"),
    ],
)
def test_names_and_addresses_arrive_as_they_are(address: str, name: str | None) -> None:
    recipient = parsed(message(), Contact(1, address, name, None, True))["To"].addresses[0]
    assert (recipient.addr_spec, recipient.display_name) == (address, name or "")


def test_a_mail_of_seven_bit_lines_needs_no_extension_of_the_server() -> None:
    lines = wire(message(content=content(*(match(f"l{n}", title="Ä" * 300) for n in range(10))))).split(b"\r\n")
    assert all(line.isascii() and len(line) <= 998 for line in lines)
    assert not any(b"\r" in line or b"\n" in line for line in lines)


def test_both_parts_arrive_as_they_were_written() -> None:
    written = content(match(title="Größenordnung", organization="天文台"))
    mail = parsed(message(content=written))
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert html
    assert plain.get_content().splitlines() == written.text.splitlines()
    assert html.get_content().splitlines() == written.html.splitlines()
    assert '<html lang="en">' in written.html


def test_a_token_is_ours_or_nothing() -> None:
    token = LINKS.unsubscribe("ada").rpartition("/")[2]
    assert LINKS.attendee_id(token) == "ada"
    stranger = Links("https://desk.example.org", SecretStr("fedcba9876543210")).unsubscribe("ada").rpartition("/")[2]
    for wrong in (stranger, token[:-1], "bob" + token[3:], "ada", "", "ä.b"):
        assert LINKS.attendee_id(wrong) is None
