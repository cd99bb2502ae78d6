"""Which headers a mail has, how long ones are folded, and that none comes from what strangers wrote."""

import re
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from notifications.links import Links
from notifications.mail.headers import field, header_text
from notifications.mail.mime import Mime, with_recipient
from notifications.mail_kinds import KINDS
from support.wire import (
    ADA,
    CONTENT,
    KEY,
    LINKS,
    MIME,
    NOW,
    TOKEN,
    assert_fit_for_the_wire,
    lines_of_head,
    message,
    parsed,
    recipient,
    wire,
)


def test_headers_of_a_mail_that_can_be_switched_off() -> None:
    unsubscribe = f"<{LINKS.unsubscribe(ADA)}>, <mailto:{LINKS.unsubscribe_address(ADA)}?subject=unsubscribe>"
    headers = dict(parsed(wire()).items())
    assert re.fullmatch(r"matches:digest:attendee:[0-9a-f]{12}", headers.pop("Feedback-ID"))
    assert headers.pop("Content-Type").startswith("multipart/alternative")
    assert headers == {
        "To": "Ada <ada@example.org>",
        "From": "Opportunity Desk <desk@example.org>",
        "Subject": "Solar flares",
        "Date": "Mon, 08 Jul 2024 12:00:00 +0000",
        "Message-ID": f"<{TOKEN}@example.org>",
        "List-Id": "<digest.example.org>",
        "List-Unsubscribe": unsubscribe,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "X-Correlation-ID": "c-1",
        "Content-Language": "en",
        "MIME-Version": "1.0",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_each_header_is_there_once_and_only_what_can_be_switched_off_says_so(kind: str) -> None:
    mail = parsed(wire(message(kind, about="application/7")))
    assert len({name.lower() for name in mail}) == len(mail.keys())
    assert {name for name in mail if name.startswith("List-")} == (
        {"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"} if KINDS[kind].optional else set()
    )
    assert not {"Reply-To", "In-Reply-To", "Precedence", "Bcc", "Return-Path"} & set(mail)


def test_mails_about_the_same_lie_in_one_thread_and_answer_none_of_it() -> None:
    offer, reminder, other = (
        parsed(wire(message(kind, about=about)))
        for kind, about in (("offer", "application/1"), ("offer_reminder", "application/1"), ("offer", "application/2"))
    )
    assert offer["References"] == reminder["References"] != other["References"]
    assert re.fullmatch(r"<thread-[0-9a-f]{32}@example\.org>", offer["References"])
    assert offer["References"] != offer["Message-ID"]
    assert parsed(wire())["References"] is None


def test_built_again_it_is_the_same_but_for_its_date() -> None:
    again = with_recipient(MIME.build(message(), TOKEN, CONTENT, "en", NOW + timedelta(days=1)), "Ada", "ada@example.org")
    assert again != wire()
    assert again.replace(b"Tue, 09 Jul", b"Mon, 08 Jul") == wire()
    assert wire() == wire()
    local = NOW.astimezone(timezone(timedelta(hours=9)))
    assert with_recipient(MIME.build(message(), TOKEN, CONTENT, "en", local), "Ada", "ada@example.org") == wire()


def test_the_sender_may_have_an_international_domain_and_name() -> None:
    mail = parsed(wire(mime=Mime(LINKS, "Büro <desk@Bücher.example>")))
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Büro", "desk@xn--bcher-kva.example")
    assert mail["Message-ID"] == f"<{TOKEN}@xn--bcher-kva.example>"


@pytest.mark.parametrize("sender", ["", "desk", "Desk <>", "büro@example.org"])
def test_a_sender_that_not_every_mail_server_takes_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Mime(LINKS, sender)


def test_bounces_go_to_the_address_for_them_and_without_one_to_the_sender() -> None:
    assert MIME.envelope_sender(TOKEN) == f"bounces+{TOKEN}@example.org"
    without = Mime(Links("https://desk.example.org", KEY, ""), "Desk <desk@example.org>")
    assert without.envelope_sender(TOKEN) == "desk@example.org"
    assert re.fullmatch(r"<https://[!-~]+>", parsed(wire(mime=without))["List-Unsubscribe"])


def test_a_long_link_stays_whole() -> None:
    """Python's own policies make an encoded word of it, which no mail program follows."""
    links = Links("https://desk.example.org/" + "long-path/" * 20, KEY, "bounces@example.org")
    head = lines_of_head(wire(message(correlation_id="c" * 200), mime=Mime(links, "desk@example.org")))
    assert f"List-Unsubscribe: <{links.unsubscribe(ADA)}>," in head
    assert f" <mailto:{links.unsubscribe_address(ADA)}?subject=unsubscribe>" in head
    assert "X-Correlation-ID: " + "c" * 200 in head
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
    assert "=?" not in "".join(head)


def test_a_word_that_fits_in_no_line_is_refused() -> None:
    assert field("X", "y" * 995) == b"X: " + b"y" * 995 + b"\r\n"
    for words in ("y" * 996, "a " + "y" * 998, "a\nb", "a\rb"):
        with pytest.raises(ValueError, match=r"^X cannot be written"):
            field("X", words)


def test_without_an_address_to_unsubscribe_there_is_the_link_alone() -> None:
    head = lines_of_head(wire(message(recipient="a person's id that is far too long for an address " * 2)))
    (value,) = [line for line in head if line.startswith("List-Unsubscribe:")]
    assert re.fullmatch(r"List-Unsubscribe: <https://[!-~]+>", value)


def test_a_link_to_an_international_host_is_ascii() -> None:
    mail = parsed(wire(mime=Mime(Links("https://bücher.example", KEY, "b@example.org"), "desk@example.org")))
    assert mail["List-Unsubscribe"].startswith("<https://b%C3%BCcher.example/unsubscribe/")


def test_a_long_subject_is_folded_at_spaces_or_into_encoded_words() -> None:
    plain, encoded = "Solar flares and " * 10, "Überprüfung äöü 天文台 " * 8
    for subject in (plain, encoded):
        data = wire(rendered=replace(CONTENT, subject=subject))
        head = lines_of_head(data)
        assert all(len(line) <= 76 for line in head if line.startswith(("Subject", " =?", " Solar", " flares", " and")))
        assert all(len(word) <= 75 for line in head for word in line.split() if word.startswith("=?"))
        assert parsed(data)["Subject"] == subject.strip()
    assert sum("=?" in line for line in head) > 3


@pytest.mark.parametrize("text", ["=?utf-8?q?a=0D=0ABcc:_all@example.org?=", "a =?utf-8?b?eA==?= b", "=?"])
def test_what_looks_like_an_encoded_word_is_not_decoded(text: str) -> None:
    assert parsed(wire(rendered=replace(CONTENT, subject=text)))["Subject"] == text
    assert recipient(wire(name=text)) == (text, "ada@example.org")


HOSTILE = [
    "x\r\nBcc: all@example.org",
    "x\nBcc: all@example.org",
    "x\rBcc: all@example.org",
    "x\r\n\r\nbody",
    "x\x00\x0b\u2028\u0085y\x1b[2J",
    "x" * 10_000,
    "x " * 5_000,
    "xü" * 5_000,
    "x\ud800y\udfff",
    "x\u202egnp.exe\u2066\u200b",
    'x" <eve@example.org>, "y',
    "x\\",
    "x, y; z: <w>(v)",
    "שלום x עולם",
    "x 👩‍👩‍👧 é é",
]


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_text_adds_a_header_or_hides_something(evil: str) -> None:
    data = wire(message(correlation_id=evil, about=evil), replace(CONTENT, subject=evil), evil)
    mail = parsed(data)
    assert set(mail) == set(parsed(wire(message(about="x"))))
    name, address = recipient(data)
    assert (name, address) == (header_text(evil, 100), "ada@example.org")
    assert mail["Subject"] == header_text(evil, 200)
    assert not re.search("[\x00-\x1f\x7f\u2028\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]", mail["Subject"] + name)
    assert len(mail["Subject"]) <= 200
    assert mail.get_content_type() == "multipart/alternative"
    assert_fit_for_the_wire(data)
