"""Hostile mails: reading them never fails and takes bounded time."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.bounces.domain import Report, read
from notifications.bounces.domain.mails import MOST_BYTES
from support.bounces import VERP
from support.cost import within

SECONDS = 0.5
"""The most processor time for a mail of any size. The worst of these took half of it when it was measured."""
MEGABYTE = 1_000_000

TEXT = b"From: MAILER-DAEMON@relay.example\nSubject: failure notice\nContent-Type: text/plain; charset=%s\n\n"
STATUS = (
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
)


def read_in_time(raw: bytes) -> Report:
    return within(SECONDS, lambda: read(raw, VERP))


def long(piece: bytes, head: bytes = TEXT % b"utf-8") -> bytes:
    return head + piece * (MEGABYTE // len(piece))


HOSTILE = {
    "nested parts": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)),
    "nested parts, then lines": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(450))
    + b"x\n" * 400_000,
    "nested parts, ended by carriage returns": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\r--b%d\r" % (n, n) for n in range(20_000)
    ),
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 30_000,
    "many parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n\n" * 100_000,
    "many headers": b"X: y\n" * 200_000 + b"\nhi",
    "many recipients": b"From: MAILER-DAEMON\nTo: " + b"a@b.example, " * 70_000 + b"\n\n",
    "many parameters": b"Content-Type: multipart/report; " + b"a=b; " * 200_000 + b"\n\n--b",
    "many numbered parameters": b"Content-Type: multipart/report; "
    + b"".join(b"a*%d=b; " % n for n in range(90_000))
    + b"\n\n--b",
    "a quoted parameter": b'Content-Type: "' + b"\\" * MEGABYTE,
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 70_000 + b"\n\n",
    "many blocks": long(b"Action: failed\n\n", STATUS),
    "one field": long(b"x", STATUS + b"Action: failed\nDiagnostic-Code: "),
    "one field in many lines": long(b" x\n", STATUS + b"Action: failed\nDiagnostic-Code: x\n"),
    "unclosed styles": long(b"<style>", b"Content-Type: text/html\n\n"),
    "unclosed tags": long(b"<", b"Content-Type: text/html\n\n"),
    "entities": long(b"&#1;", b"Content-Type: text/html\n\n"),
    "base64": long(b"YWFh", b"Content-Transfer-Encoding: base64\n\n"),
    "quoted-printable": long(b"=41", b"Content-Transfer-Encoding: quoted-printable\n\n"),
    "uuencode": long(b"M", b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n"),
    **{
        f"charset {name!r}": long(b"a-b\xff", TEXT % name)
        for name in (
            b"punycode",
            b"idna",
            b"utf-7",
            b"unicode_escape",
            b"zlib",
            b"hz",
            b"iso-2022-jp",
            b"utf-16",
            b"\0",
            b"x" * 999,
        )
    },
    **{
        f"one line of {piece!r}": long(piece)
        for piece in (
            *(
                b"a",
                b" ",
                b"\0",
                b"@",
                b"<",
                b"a@",
                b"@a ",
                b"(",
                b"\n",
                b"\n>",
                b"----",
                b"5.1.1.",
                b"550 ",
                b"=?",
                b"Received: ",
                b"user ",
                b"no a b ",
                b"adresse ",
                b"host a.b ",
                b"mailbox is a b ",
                "получатель ".encode(),
            ),
            *(b"user ", b"user : ", b"your message ", b"not ", b"no no ", b"return ed ", b"exceed a a ", b"original message "),
            *(
                b"dns lookup fail ",
                b"in reply to end of ",
                b"5.4.1 recipient ",
                b'"status":"',
                b"\nAction: failed",
                b"delivery fail",
            ),
        )
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_in_bounded_time(name: str) -> None:
    report = read_in_time(HOSTILE[name])
    assert report.came_to[0] == VERP
    assert len(report.came_to) <= 20
    assert report.understood != "hard_bounce"


def test_a_mail_of_any_size_costs_no_more_than_its_beginning() -> None:
    read_in_time(long(b"a long line of a picture, again and again\n") * 25)


def test_what_a_mail_is_about_is_found_at_its_beginning_however_long_it_is() -> None:
    raw = TEXT % b"utf-8" + b"550 5.1.1 user unknown\n\n" + b"x" * MOST_BYTES
    assert read(raw).status == "5.1.1"


def test_recipients_are_known_even_if_the_mail_is_not_read() -> None:
    raw = b"Delivered-To: " + VERP.encode() + b"\n" + HOSTILE["nested parts"]
    report = read(raw)
    assert (report.understood, report.came_to, report.fault) == ("other", (VERP,), "ValueError")


PIECES = st.sampled_from(
    [
        *(
            "user",
            "unknown",
            "mailbox",
            "full",
            "quota",
            "550",
            "5.1.1",
            "4.7.0",
            "--b",
            "boundary=b",
            "Content-Type:",
            "Action: failed",
        ),
        *(
            "multipart/report;",
            "message/rfc822",
            "message/delivery-status",
            "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550",
            "=?utf-8?b?",
        ),
        *(
            "charset=punycode",
            "text/html",
            "<style>",
            "MAILER-DAEMON@x.example",
            "From:",
            "Subject:",
            "in reply to",
            "original message",
        ),
        *(
            "\n",
            "\r",
            "\n\n",
            "\r\n",
            "\0",
            " ",
            "\t",
            ";",
            '"',
            "\\",
            "(",
            "<",
            "@",
            ">",
            ":",
            "Content-Transfer-Encoding: base64",
        ),
    ]
)


@given(st.lists(PIECES, max_size=200), st.integers(1, 2_000))
@example(["Content-Type:", "message/rfc822", "\r", "\r"], 2_000)
def test_any_mail_of_what_mails_are_made_of_is_read_in_bounded_time(pieces: list[str], times: int) -> None:
    for joint in ("", " "):
        raw = (joint.join(pieces) * times)[:MEGABYTE].encode()
        for head in (b"", TEXT % b"utf-8", STATUS):
            report = read_in_time(head + raw)
            assert len(report.status) <= 20
            assert len(report.fault) <= 60


@given(st.binary(max_size=5_000))
def test_any_bytes_say_nothing_that_suppresses_an_address(raw: bytes) -> None:
    assert read(raw).understood != "hard_bounce"
