"""Bounces in the forms of many mail servers, each with what it means. A living address is never suppressed for our own trouble."""

import os
import re
from pathlib import Path

import pytest

from notifications.bounces.domain import read
from support.bounces import ADA, TOKEN, VERP, exim, parts, qmail, report, sendmail, words

CASES = Path(os.environ.get("SHARED", Path(__file__).parents[5] / "shared")) / "cases"

HARD, SOFT, POLICY = "hard_bounce", "soft_bounce", "policy_bounce"

FORMS = {
    # Nobody is there
    "postfix": (report("5.1.1", f"550 5.1.1 <{ADA}>: Recipient address rejected: User unknown in relay recipient table"), HARD),
    "postfix, no such domain": (report("5.4.4", "Host or domain name not found. Name service error for name=x type=A"), HARD),
    "exim": (exim(f"SMTP error from remote mail server after RCPT TO:<{ADA}>:\n    550 No such user here"), HARD),
    "exim, without a code": (exim("Unrouteable address"), HARD),
    "sendmail": (sendmail(f"RCPT To:<{ADA}>", f"550 <{ADA}>... User unknown"), HARD),
    "qmail": (qmail("Sorry, no mailbox here by that name. (#5.1.1)"), HARD),
    "exchange": (report("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"), HARD),
    "exchange 2003": (words(f"did not reach the following recipient(s):\n\n{ADA}\n  The recipient name is not recognized"), HARD),
    "exchange online": (report("5.4.1", "550 5.4.1 Recipient address rejected: Access denied [a.protection.outlook.com]"), HARD),
    "hotmail": (report("5.5.0", "550 Requested action not taken: mailbox unavailable (-123:456)"), HARD),
    "gmail": (
        report("5.1.1", "550-5.1.1 The email account that you tried to reach does\n    550-5.1.1 not exist. Please try"),
        HARD,
    ),
    "gmail, shut": (report("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled."), HARD),
    "yahoo": (qmail("Remote host said:\n554 delivery error: dd This user doesn't have a yahoo.com account [-9]"), HARD),
    "yahoo, discontinued": (qmail("554 delivery error: This account has been disabled or discontinued [#102]."), HARD),
    "yandex": (exim("550 5.7.1 No such user!"), HARD),
    "domino": (words(f"{ADA} was not delivered because:\n  550 User ada ({ADA}) not listed in Domino Directory"), HARD),
    "courier": (words(f"<{ADA}>:\n  <<< RCPT TO:<{ADA}>\n  >>> 550 User unknown."), HARD),
    "powermta": (report("5.2.1 (mailbox disabled, not accepting messages)", "550 5.2.1 <ada@uni.example>... User Unknown"), HARD),
    "zimbra, in german": (exim("550 Empfänger unbekannt: Adresse existiert nicht"), HARD),
    "old status, general": (report("5.0.0", "553 5.3.0 <ada@uni.example>... Addressee unknown, relay=[192.0.2.7]"), HARD),
    "its code is the remote's": (report("5.0.0", "550 5.1.1 user unknown"), HARD),
    "a status without words": (report("5.1.1", ""), HARD),
    "an amazon ses notification": (
        words(
            '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"action":"failed",'
            '"status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}',
            subject="AWS Notification Message",
            sender="SES <no-reply@sns.amazonaws.example>",
        ),
        HARD,
    ),
    # Its mailbox is full, its server is away, or something that nobody understands
    "full": (report("5.2.2", "552 5.2.2 mailbox full"), SOFT),
    "full, by words against the code": (report("5.1.1", "550 5.1.1 Quota exceeded"), SOFT),
    "full, in the remote's words only": (report("5.0.0", "552 Account does not have enough space"), SOFT),
    "full, in exim's words": (exim("mailbox is full: retry timeout exceeded"), SOFT),
    "full or unknown": (exim("550 User unknown or mailbox full"), SOFT),
    "full or unknown, in spanish": (exim("550 Destinatario desconocido o mailbox lleno"), SOFT),
    "not reached": (exim("retry timeout exceeded"), SOFT),
    "not reached, by report": (report("4.4.1", "connect to mx.uni.example[192.0.2.1]:25: Connection timed out"), SOFT),
    "no route": (report("5.4.4", "connect to mx.uni.example: No route to host"), SOFT),
    "a name server that fails": (report("5.4.4", "Name service error for name=x type=MX: Malformed or unexpected reply"), SOFT),
    "too much at once": (report("5.2.1", "550 5.2.1 The user is receiving mail at a rate that prevents more"), SOFT),
    "shut for a while": (report("5.2.1", "550 5.2.1 account temporarily suspended"), SOFT),
    "not now": (report("4.1.1", "450 4.1.1 User unknown in virtual alias table"), SOFT),
    "greylisted for days": (report("4.7.1", "451 4.7.1 Greylisting in action, please come back later"), SOFT),
    "loops": (report("5.0.0", "mail for uni.example loops back to myself"), SOFT),
    "a general code alone": (report("5.0.0", "554 Transaction failed"), SOFT),
    "a code that nobody knows": (report("5.1.99", "550 5.1.99 Zorp"), SOFT),
    "no words, no code": (exim(""), SOFT),
    "nobody knows why": (exim("The account may not exist, or is not able to receive mail"), SOFT),
    "called unknown after the mail was taken": (report("5.0.0", "550 Unknown user (in reply to end of DATA command)"), SOFT),
    # It is about us
    "a block list": (report("5.1.1", "550 5.1.1 Client host blocked using zen.example"), POLICY),
    "a block list by its link only": (report("5.1.3", "553 https://www.spamhaus.example/query/bl?ip=192.0.2.1"), POLICY),
    "spam": (report("5.1.1", "550 5.1.1 message looks like spam"), POLICY),
    "sendmail's code for each refusal": (report("5.1.1", "550 5.7.1 IP address blacklisted by recipient"), POLICY),
    "our authentication": (
        report("5.7.26", "550-5.7.26 This mail has been blocked because the sender is unauthenticated"),
        POLICY,
    ),
    "our reputation for now": (report("4.7.0", "421 4.7.0 deferred due to unexpected volume or user complaints"), POLICY),
    "our reputation for now, without words": (report("4.7.28", ""), POLICY),
    "our reputation, try again": (report("4.7.0", "421 4.7.0 temporarily deferred, try again later"), POLICY),
    "our sender": (sendmail("MAIL From:<bounces@mail.example.org>", "553 5.1.8 Domain of sender does not exist"), POLICY),
    "our sender, without a code": (sendmail("MAIL From:<bounces@mail.example.org>", "550 unknown user"), POLICY),
    "our sender, postfix": (report("5.0.0", "554 User unknown (in reply to MAIL FROM command)"), POLICY),
    "our sender, exim": (exim("SMTP error from remote mail server after MAIL FROM:<x@y.example>:\n    550 user unknown"), POLICY),
    "our sender is not verified": (report("5.0.0", "550 Sender verify failed: no such user here"), POLICY),
    "our name": (report("5.0.0", "504 <pod>: Helo command rejected: Host not found"), POLICY),
    "our host": (report("5.0.0", "554 Host network not allowed"), POLICY),
    "our mail is too big": (report("5.3.4", "552 5.3.4 message size exceeds fixed limit"), POLICY),
    "how much we send": (report("5.4.5", "550 5.4.5 Daily user sending limit exceeded"), POLICY),
    "relaying, mimecast": (report("5.0.0", "550 Administrative prohibition - envelope blocked"), POLICY),
    "relaying, messagelabs": (report("5.0.0", "553-SPF (Sender Policy Framework) domain authentication fail"), POLICY),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_bounce_is_understood_in_the_form_of_each_server(name: str) -> None:
    raw, expected = FORMS[name]
    told = read(raw)
    assert (told.understood, told.fault) == (expected, "")
    assert VERP in told.came_to
    assert TOKEN in told.tokens or "ses" in name


NOT_BOUNCES = {
    "a reply": ("Ada <ada@uni.example>", "Re: An internship", "I was told: 550 5.1.1 user unknown. Could you look?", "other"),
    "a bounce that somebody forwards": (
        "Ada <ada@uni.example>",
        "Fwd: Undelivered Mail Returned to Sender",
        "See:\n\nThe mail could not be delivered:\n550 5.1.1 User unknown",
        "other",
    ),
    "a holiday": ("Ada <ada@uni.example>", "Out of office", "I am away. My old mailbox is full and does not exist.", "other"),
    "an accident": ("Grace <grace@uni.example>", "A problem with the form", "Error: it failed. My account is disabled.", "other"),
}


@pytest.mark.parametrize("name", NOT_BOUNCES)
def test_what_people_and_their_programs_write_is_no_bounce(name: str) -> None:
    sender, subject, text, expected = NOT_BOUNCES[name]
    assert read(words(text, subject, sender, headers="")).understood == expected
    replied = read(words(text, subject, sender, headers="Auto-Submitted: auto-replied\nReturn-Path: <>\n"))
    assert replied.understood == "automatic_reply"


def test_a_bounce_that_calls_itself_a_reply_is_one() -> None:
    headers = "Auto-Submitted: auto-replied\nReturn-Path: <>\n"
    assert read(words("The following address failed:\n550 5.1.1 User unknown", headers=headers)).understood == HARD


def test_a_bounce_within_a_reply_was_said_to_somebody_else() -> None:
    inner = report("5.1.1", "550 5.1.1 User unknown").decode().replace("--b", "--inner").replace("boundary=b", "boundary=inner")
    outer = parts(("text/plain", "See this."), ("message/rfc822", inner), kind="mixed").replace(
        b"From: Mail Delivery System <mailer-daemon@relay.example>", b"From: Ada <ada@uni.example>"
    )
    assert read(outer.replace(b"Undelivered Mail", b"Fwd: Undelivered Mail")).understood == "other"


def test_a_report_within_a_bounce_of_a_gateway_is_read() -> None:
    inner = report("5.1.1", "550 5.1.1 User unknown").decode().replace("--b", "--inner").replace("boundary=b", "boundary=inner")
    text = "The following addresses had permanent delivery errors"
    assert read(parts(("text/plain", text), ("message/rfc822", inner), kind="mixed")).understood == HARD


@pytest.mark.parametrize("of_type", ["", "text/plain", "text/html"])
def test_a_text_is_read_in_a_part_without_headers_and_in_html(of_type: str) -> None:
    text = f"<p>Your message could not be delivered to {ADA}:<br>550 5.7.26 Unauthenticated mail is not accepted</p>"
    read_as = read(parts((of_type, text), ("message/rfc822", "Subject: Your matches\n\nHello"), kind="mixed"))
    assert (read_as.understood, read_as.status) == (POLICY, "5.7.26")


FIELDS = f"Reporting-MTA: dns; relay.example\n\nAction: failed\nFinal-Recipient: rfc822; {ADA}\n"


def test_a_report_in_plain_text_is_read() -> None:
    found = read(words(f"An error occurred.\n\n{FIELDS}Diagnostic-Code: smtp; 550 5.1.1 User unknown\nStatus: 5.1.1"))
    assert (found.understood, found.status, found.failed_at) == (HARD, "5.1.1", ADA)


def test_a_reply_in_a_field_of_its_own_is_read_where_there_is_no_diagnostic_code() -> None:
    fields = f"Reporting-MTA: dns;relay.example\n\nFinal-recipient: RFC822; {ADA}\nAction: failed\nStatus: 5.0.0\n"
    said = '<mx.uni.example #5.0.0 smtp; 550 5.1.0 "no such\n mailbox">'
    mail = parts(("text/plain", "Delivery failed."), ("message/delivery-status", f"{fields}X-Supplementary-Info: {said}\n"))
    assert read(mail).understood == "hard_bounce"


def test_a_field_that_was_not_folded_does_not_end_a_report() -> None:
    fields = f"Reporting-MTA: dns; r\n\nDiagnostic-Code: smtp; 550-refused\n550 5.7.1 No relay.\nStatus: 5.7.1\nAction: failed\nFinal-Recipient: rfc822; {ADA}\n"
    assert read(parts(("text/plain", "x"), ("message/delivery-status", fields))).understood == POLICY


@pytest.mark.parametrize("broken", ["Reporting-MTA: dns; relay.example\n\n", "", "\x00\x01", "Action\n\nStatus\n"])
def test_a_report_that_is_not_understood_leaves_the_mail_to_the_next_reader(broken: str) -> None:
    found = read(parts(("text/plain", f"550 5.1.1 <{ADA}> User unknown"), ("message/delivery-status", broken)))
    assert (found.understood, found.status) == (HARD, "5.1.1")


@pytest.mark.parametrize(
    "subject",
    [
        "Nicht zustellbar: Hello",
        "Échec de la remise : Hello",
        "Error de entrega: Hello",
        "配信不能: Hello",
        "系统退信",
        "Onbestelbaar",
    ],
)
def test_a_bounce_may_be_called_one_in_another_language(subject: str) -> None:
    raw = words("Unser Server nahm die Mail nicht an.", subject=subject, sender="Post <post@relay.example>")
    assert read(raw).understood == SOFT


@pytest.mark.parametrize(
    "away", ["Automatische Antwort", "Réponse automatique", "Respuesta automática", "Afwezig", "Автоответ", "自动回复"]
)
def test_an_automatic_reply_to_a_mail_about_a_failure_is_no_bounce(away: str) -> None:
    raw = words("I am away. I could not be reached.", subject=f"{away}: Message delivery problem", sender="Ada <ada@uni.example>")
    assert read(raw).understood == "other"


def test_a_delay_is_no_bounce() -> None:
    text = "This is just a warning, you do not need to take any action. We will continue to attempt delivery for 5 days."
    assert (
        read(words(f"Your message has not yet been delivered.\n{text}", "Warning: message delayed 24 hours")).understood
        == "delayed"
    )
    assert read(report("4.4.1", "timed out", action="delayed")).understood == "delayed"


@pytest.mark.parametrize(("result", "expected"), [("delivered", "other"), ("reject", POLICY)])
def test_a_report_on_our_signatures_is_a_bounce_only_of_a_mail_that_was_rejected(result: str, expected: str) -> None:
    fields = f"Feedback-Type: auth-failure\nDelivery-Result: {result}\n"
    assert read(parts(("message/feedback-report", fields), kind="report; report-type=feedback-report")).understood == expected


def test_a_subject_of_our_own_says_nothing_of_the_address() -> None:
    assert read(words("Your message\n  Subject: no such user\ncould not be delivered.")).understood == SOFT


@pytest.mark.parametrize("case", [f"{number:02}" for number in range(1, 11)])
def test_a_real_case_gives_its_right_value(case: str) -> None:
    found = sorted(CASES.glob(f"{case}-*"))
    if not found:
        pytest.skip(f"there are no cases of {case} at {CASES}")
    right = re.search(r"\*\*Right\.\*\*(.*?)\n\n", (found[0] / "README.md").read_text(), re.DOTALL)
    assert right
    each = dict(re.findall(r"(\w+): ([^;]+)", right[1]))
    for mail in found[0].glob("*.eml"):
        expected = str(each.get(mail.stem, right[1])).split(", not")[0]
        assert read(mail.read_bytes()).understood in re.findall(r"\w+_bounce", expected)
