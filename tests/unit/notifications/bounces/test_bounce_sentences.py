"""Whom a sentence of a bounce is about, what a code alone says, and which sentences around a refusal say nothing."""

import pytest

from notifications.bounces.domain import read, why
from support.bounces import ADA, VERP, parts, qmail, report, sendmail, words

HARD, SOFT, POLICY = "hard_bounce", "soft_bounce", "policy_bounce"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("5.1.10", HARD),
        ("5.7.17", HARD),
        ("5.7.18", HARD),
        ("5.2.4", SOFT),
        ("5.4.3", SOFT),
        ("5.7.13", POLICY),
        ("5.7.27", POLICY),
        ("5.6.7", POLICY),
        ("4.1.10", SOFT),
        ("4.7.17", POLICY),
        ("5.9.9", SOFT),
    ],
)
def test_a_code_alone_means_what_its_registry_says(status: str, expected: str) -> None:
    assert why(status, "") == expected


def test_a_sentence_may_have_the_recipients_address_as_its_only_noun() -> None:
    assert read(report("5.0.0", f"550 <{ADA}> does not exist")).understood == HARD
    assert read(report("5.0.0", "550 <bounces@other.example> does not exist")).understood == SOFT
    assert read(report("5.0.0", "550 <bounces@mail.example.org> does not exist")).understood == POLICY
    assert read(words(f"550 {ADA} is not valid", headers=f"X-Failed-Recipients: {ADA}\n")).understood == HARD


@pytest.mark.parametrize("said", ["550 1f-a2 User not found:{}", "550 {}:user not exist", "550 Mailbox ({}) not found"])
def test_an_address_ends_where_the_sentence_around_it_goes_on(said: str) -> None:
    assert read(report("5.0.0", said.format(ADA))).understood == HARD
    assert read(report("5.0.0", said.format("other@gone.example"))).understood == HARD


def test_a_recipient_that_was_rejected_is_hard_only_with_the_reason_left_out() -> None:
    assert read(report("5.0.0", f"550 5.1.0 Recipient rejected: <{ADA}>")).understood == HARD
    assert read(report("5.0.0", f"550 Recipient rejected: <{ADA}> greylisted")).understood == SOFT


def test_the_standard_sentence_of_550_says_nothing_beside_a_code_of_a_policy() -> None:
    standard = "Requested action not taken: mailbox unavailable"
    assert why("5.0.0", f"550 {standard}") == HARD
    assert why("5.7.1", f"550 5.7.1 {standard}") == POLICY
    assert why("5.7.1", "550 5.7.1 No such user!") == HARD
    assert why("5.5.1", "554 5.5.1 Error: no valid recipients") == HARD
    assert why("5.5.1", "503 5.5.1 Error: need RCPT command") == POLICY


@pytest.mark.parametrize("local", ["news", "a!b", "a%b", "#1", "{a}", '"a.b"', f"SRS0={'x' * 70}", "bounces+1=a/b"])
@pytest.mark.parametrize("said", ["550 <{}> does not exist", "550 5.1.0 {} is disabled", '550 "<{}>" does not exist'])
def test_a_sentence_without_a_noun_is_about_the_address_before_it(said: str, local: str) -> None:
    assert why("5.0.0", said.format(f"{local}@desk.example")) == SOFT, "that may be the sender"


@pytest.mark.parametrize(
    "said",
    ["unknown domain mail.example.org", f"{VERP} is not a valid address", "domain mail.example.org has no MX and was not found"],
)
def test_an_address_or_domain_of_ours_is_not_the_recipients(said: str) -> None:
    assert read(report("5.0.0", f"550 {said}")).understood == POLICY
    assert read(report("5.1.2", f"550 {said}")).understood == POLICY
    assert read(report("5.0.0", f"550 user unknown: from=<{VERP}> to=<{ADA}>")).understood == HARD


def test_a_domain_of_ours_may_also_be_the_recipients() -> None:
    raw = report("5.0.0", "550 no such user at mail.example.org").replace(ADA.encode(), b"ada@mail.example.org")
    assert read(raw).understood == HARD


def test_the_sentence_that_lists_who_failed_gives_no_reason() -> None:
    told = f"The following address(es) failed:\n\n  {ADA}\n    550 invalid parameters of the parcel"
    assert read(words(told)).understood == SOFT
    assert read(words(f"The following addresses are not valid:\n\n  {ADA}")).understood == HARD
    told = "The following recipient(s) could not be reached:\n\n  Ada on 8 July\n    The name is not recognized\n    EXCHANGE:MTA:UNI"
    assert read(words(told, subject="Undeliverable: Hello")).understood == HARD


def test_the_copy_of_our_mail_may_be_called_its_contents() -> None:
    told = "Reason: the recipient is unknown\n\nMessage contents follow:\n\nThe mailbox is full of spam"
    assert read(words(told, subject="Message Delivery Failure")).understood == HARD


def test_answers_about_other_recipients_are_left_out_of_a_transcript() -> None:
    told = "550 ada.example (smtp)... Host unknown\n250 bob.example (smtp)... Deferred\n"
    assert read(words(told)).understood == HARD


@pytest.mark.parametrize("code", ["553", "550 5.1.0"])
def test_a_refused_sender_is_noticed_where_the_report_ends_a_line_after_the_code(code: str) -> None:
    """Postfix folds its reports, and only the part for people names the refused command."""
    refused = "<news@desk.example> is an invalid address"
    told = f"<{ADA}>: host mx.uni.example[192.0.2.1] said: {code}\n    {refused} (in reply to MAIL FROM\n    command)"
    assert read(report("5.0.0", f"{code} {refused}", told)).understood == POLICY


@pytest.mark.parametrize("refused", ["my name was rejected", "sender was rejected"])
def test_what_qmail_was_refused_before_the_recipient_is_about_us(refused: str) -> None:
    said = "Remote host said: 501 5.0.0 invalid domain name"
    assert read(words(f"<{ADA}>:\nConnected to 192.0.2.1 but {refused}.\n{said}", subject="failure notice")).understood == POLICY
    assert read(qmail(said)).understood != POLICY


def test_the_reply_to_a_command_that_could_not_follow_says_nothing() -> None:
    told = f">>> RCPT To:<{ADA}>\n<<< 550 No such user\n>>> DATA\n<<< 503 Bad sequence of commands\n"
    assert read(words(told)).understood == HARD
    assert read(words(">>> DATA\n<<< 503 Bad sequence of commands\n")).understood == POLICY


def test_what_a_domain_is_called_says_nothing() -> None:
    said = "Host or domain name not found. Name service error for name=hostname-reputation.example type=A: Host not found"
    assert read(report("5.4.4", f"X-Postfix; {said}")).understood == HARD


def test_an_address_that_its_own_server_keeps_wrongly_is_soft() -> None:
    assert why("5.2.0", "550 5.2.0 RESOLVER.ADR.BadPrimary; the recipient's primary SMTP address is not valid") == SOFT


def test_what_a_server_is_called_says_nothing() -> None:
    said = f"This is the mail system at host relay.spam-filter.example.\n\n<{ADA}>: Unknown user"
    assert read(words(said)).understood == HARD


def test_a_bounce_without_any_sender_is_one() -> None:
    raw = words(f"You sent mail to {ADA}. That's not a valid user here.", subject="", sender="<>", headers="")
    assert read(raw).understood == HARD


def test_an_answer_to_an_earlier_attempt_does_not_soften_the_last_one() -> None:
    transcript = "550 5.1.1 User unknown\n451 4.4.1 reply: read error from mx2.uni.example."
    assert read(sendmail(f"RCPT To:<{ADA}>", transcript)).understood == HARD
    assert read(qmail("451 4.3.0 try again later\nand again\n551 no such user")).understood == HARD


def test_the_answer_to_data_may_say_that_all_recipients_were_refused() -> None:
    answer = "503 All recipients are invalid\n554 5.0.0 Service unavailable"
    assert read(sendmail("DATA", answer)).understood == HARD


def test_a_report_that_a_person_s_own_filter_answers_with_is_an_answer() -> None:
    raw = report("4.7.0", "X-Notice; Sender not approved yet. Follow the link")
    raw = raw.replace(b"Mail Delivery System <mailer-daemon@relay.example>", b"noreply@guests.example")
    assert read(raw).understood == POLICY
    assert read(raw.replace(b"Subject: Undelivered", b"Subject: Re: Undelivered", 1)).understood == "other"


@pytest.mark.parametrize("line", [b"From MAILER-DAEMON Wed Jul  8 10:00:00 2026\n", b">From x\n>From y\n"])
def test_lines_of_a_mailbox_file_before_the_headers_are_ignored(line: bytes) -> None:
    raw = report("5.1.1", "550 5.1.1 User unknown")
    assert read(line + raw) == read(raw)
    assert read(line + raw.replace(b"\n", b"\r\n")) == read(raw)


def test_a_report_whose_words_are_in_html_and_another_language_is_read() -> None:
    text = "<p>Ihre Nachricht konnte nicht zugestellt werden.<br>Der Empf&auml;nger ist unbekannt.</p>"
    raw = parts(("text/html", text), ("message/rfc822", "Subject: Your matches\n\nHello"), kind="mixed")
    assert read(raw).understood == HARD


@pytest.mark.parametrize("salutation", ["Dear sender", "Prezado remetente", "Sehr geehrter Absender"])
def test_a_salutation_does_not_make_it_about_the_sender(salutation: str) -> None:
    assert read(words(f"{salutation},\n\nthe account was not found.")).understood == HARD


def test_a_line_that_only_names_the_sender_does_not_make_it_about_the_sender() -> None:
    assert read(words(f"Sender: {VERP}\nRecipient: {ADA}\nReason: mailbox not found")).understood == HARD
    assert read(words(f"Sender: {VERP} was not found")).understood == POLICY


def test_a_sentence_in_words_only_may_have_the_recipients_address_as_its_only_noun() -> None:
    ours = f"To: {ADA}\nSubject: Your matches\n\nHello"
    raw = parts(("text/plain", f"Sorry, {ADA} is no longer in use."), ("message/rfc822", ours), kind="mixed")
    assert read(raw).understood == HARD
    raw = parts(("text/plain", "Sorry, bob@desk.example is disabled."), ("message/rfc822", ours), kind="mixed")
    assert read(raw).understood == SOFT


def test_a_daemon_that_returns_our_mail_writes_a_bounce_in_any_language() -> None:
    assert read(words("Lorem ipsum dolor", subject="Lorem ipsum")).understood == SOFT
    assert read(words("Lorem ipsum dolor", subject="Lorem ipsum", sender="Ada <ada@uni.example>")).understood == "other"
    assert read(words("Lorem ipsum dolor", subject="Lorem ipsum", headers="")).understood == "other"


def test_a_reply_that_quotes_or_resembles_a_bounce_is_a_reply() -> None:
    person = "Return-Path: <postmaster@uni.example>\nIn-Reply-To: <1@mail.example.org>\n"
    said = "We unblocked you. Mails such as this one pass now:\n> 554 5.7.1 Client host blocked"
    assert read(words(said, "Re: your ticket", "Postmaster <postmaster@uni.example>", person)).understood == "other"
    assert (
        read(words("I got this from you: mailbox full", "mailbox full?", "Ada <ada@uni.example>", person)).understood == "other"
    )


def test_a_server_that_says_that_it_stops_trying_does_not_delay() -> None:
    assert read(words("The recipient was not found. No further attempts will be made.")).understood == HARD
