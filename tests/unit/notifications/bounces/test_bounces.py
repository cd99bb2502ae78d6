"""What comes back by mail, understood: bounces of several mail servers, complaints, automatic replies."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.bounces.domain import read, why
from support.cost import within

MAILS = Path(__file__).parents[1] / "mails"
TOKEN = "5f1c09ab7be2d3440f6a1c8d9e2b7f30"
VERP = f"bounces+{TOKEN}@mail.example.org"


def mail(name: str) -> bytes:
    """As it comes off the wire."""
    return (MAILS / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("name", "understood", "status"),
    [
        ("postfix_unknown_user", "hard_bounce", "5.1.1"),
        ("exim_unknown_user", "hard_bounce", "5.1.1"),
        ("exchange_unknown_user", "hard_bounce", "5.1.10"),
        ("gmail_unknown_user", "hard_bounce", "5.1.1"),
        ("qmail_unknown_user", "hard_bounce", "5.1.1"),
        ("qmail_no_code", "hard_bounce", "5.1.1"),
        ("qmail_with_copy", "hard_bounce", "5.0.0"),
        ("postfix_international", "hard_bounce", "5.1.1"),
        ("postfix_forwarded", "hard_bounce", "5.1.1"),
        ("nobodys", "hard_bounce", "5.1.1"),
        ("outlook_mailbox_full", "soft_bounce", "5.2.2"),
        ("exim_without_report", "soft_bounce", "5.2.2"),
        ("postfix_expired", "soft_bounce", "4.4.1"),
        ("gmail_unauthenticated", "policy_bounce", "5.7.26"),
        ("postfix_called_spam", "policy_bounce", "5.0.0"),
        ("postfix_delayed", "delayed", ""),
        ("postfix_delivered", "delivered", ""),
        ("yahoo_complaint", "complaint", ""),
        ("microsoft_complaint", "complaint", ""),
        ("microsoft_junk", "complaint", ""),
        ("not_spam", "not_spam", ""),
        ("vacation_sieve", "automatic_reply", ""),
        ("vacation_exchange", "automatic_reply", ""),
        ("read_receipt", "automatic_reply", ""),
        ("personal_reply", "other", ""),
        ("away_without_a_word_of_it", "other", ""),
        ("challenge", "other", ""),
    ],
)
def test_what_came_back_is_understood_and_says_of_which_mail(name: str, understood: str, status: str) -> None:
    report = read(mail(name))
    assert (report.understood, report.status) == (understood, status)
    assert (VERP in report.came_to or TOKEN in report.tokens) is (name != "nobodys")
    assert read(mail(name).replace(b"\r\n", b"\n")) == report, "a pipe may have taken the carriage returns"


def test_every_example_is_tested() -> None:
    marks = test_what_came_back_is_understood_and_says_of_which_mail.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == {path.stem for path in MAILS.glob("*.eml")}


@pytest.mark.parametrize("name", ["yahoo_complaint", "microsoft_complaint", "microsoft_junk"])
def test_a_complaint_at_another_address_is_identified_by_its_copy_of_the_mail(name: str) -> None:
    report = read(mail(name))
    assert report.came_to[0] == "complaints@mail.example.org"
    assert report.came_to[1] == VERP
    assert report.tokens == (TOKEN,)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("postfix_unknown_user", "ada@uni.example"),
        ("postfix_forwarded", "grace@gone.example"),
        ("postfix_international", "ädä@uni.example"),
        ("qmail_with_copy", ""),
    ],
)
def test_a_report_says_which_address_is_not_there(name: str, address: str) -> None:
    assert read(mail(name)).failed_at == address


def test_the_recipient_of_the_envelope_is_the_surest() -> None:
    assert read(mail("nobodys"), VERP).came_to == (VERP, "bounces@mail.example.org")


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        ("5.1.1", "", "hard_bounce"),
        ("5.1.2", "Host or domain name not found", "hard_bounce"),
        ("5.1.1", "blocked as spam", "policy_bounce"),  # words that spare the address say more than a code
        ("5.2.1", "The email account that you tried to reach is disabled", "hard_bounce"),
        ("5.4.310", "DNS domain does not exist", "hard_bounce"),
        ("5.5.0", "Requested action not taken: mailbox unavailable", "hard_bounce"),
        ("5.0.0", "550 No such user here", "hard_bounce"),
        ("5.0.0", "550 <no-spam.sender@b.example>: no such user", "hard_bounce"),
        ("", "", "soft_bounce"),
        ("5.0.0", "552 Quota exceeded", "soft_bounce"),
        ("5.0.0", "550 Mailbox is full", "soft_bounce"),
        ("5.2.2", "", "soft_bounce"),
        ("5.4.7", "delivery time expired", "soft_bounce"),
        ("5.3.0", "", "soft_bounce"),
        ("4.2.2", "", "soft_bounce"),
        ("4.7.0", "greylisted", "soft_bounce"),
        ("5.7.1", "listed at a block list", "policy_bounce"),
        ("5.7.606", "Access denied, banned sending IP", "policy_bounce"),
        ("5.1.8", "Sender address rejected: Domain not found", "policy_bounce"),
        ("5.3.4", "Message too big", "policy_bounce"),
        ("5.6.0", "", "policy_bounce"),
        ("5.5.2", "syntax error", "policy_bounce"),
        ("5.4.5", "Daily user sending limit exceeded", "policy_bounce"),
        ("5.1.0", "550 5.1.0 <bounces@b.example>: Sender address rejected: User unknown", "policy_bounce"),
        ("5.0.0", "550 HELO argument does not match calling host", "policy_bounce"),
        ("5.0.0", "550 Administrative prohibition", "policy_bounce"),
        ("5.0.0", "554 5.0.0 rejected: looks like SPAM", "policy_bounce"),
        ("5.0.0", "550 our reputation filter says no", "policy_bounce"),
    ],
)
def test_a_bounce_says_why_the_mail_came_back(status: str, said: str, expected: str) -> None:
    assert why(status, said) == expected


def test_an_address_of_the_net_is_no_status() -> None:
    raw = (
        mail("postfix_called_spam")
        .replace(b"Status: 5.0.0", b"Status: 5.0.0 (5.1.1.9)")
        .replace(b"554 Tran", b"[5.1.1.2] 554 Tran")
    )
    assert read(raw).status == "5.0.0"


@pytest.mark.parametrize("name", [path.stem for path in MAILS.glob("*.eml")])
def test_any_part_of_a_mail_is_read_without_a_failure(name: str) -> None:
    raw = mail(name)
    for end in range(0, len(raw), 61):
        read(raw[:end])


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_without_a_failure(raw: bytes) -> None:
    read(raw)
    read(
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        + raw
    )
    read(b"Content-Type: message/feedback-report\n\n" + raw)


def test_a_mail_nested_deeply_or_of_many_parts_is_read_in_time_and_means_nothing() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000))
    wrapped = b"Content-Type: message/rfc822\n\n" * 10_000
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n\n" * 100_000
    addresses = b"From: MAILER-DAEMON\nTo: " + b"a@b.example, " * 70_000 + b"\n\n"
    headers = b"From: a@b.example\n" + b"X: y\n" * 180_000 + b"\nhi"
    for raw in (nested, wrapped, many, addresses, headers):
        report = within(2, partial(read, raw[:1_000_000], VERP))
        assert (report.understood, report.tokens, report.came_to[0]) == ("other", (), VERP)
        assert len(report.came_to) <= 20


def test_recipients_are_known_even_if_the_rest_breaks_the_reader() -> None:
    raw = b"Delivered-To: " + VERP.encode() + b"\n\nwithout any sender\n"
    report = read(raw)
    assert (report.understood, report.came_to) == ("other", (VERP,))
