"""What a mail server's answers mean."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.delivery.domain.replies import LONGEST_WAIT, Phase, Verdict, ascii_line, asked_wait, outcome, silence
from support.cost import within


@pytest.mark.parametrize(
    ("phase", "code", "text", "verdict"),
    [
        ("data", 250, "2.0.0 Ok: queued as 4F2D", "taken"),
        ("data", 250, "queued", "taken"),
        # Later
        ("rcpt", 450, "4.2.1 The user is receiving mail too quickly", "later"),
        ("rcpt", 451, "4.7.1 Greylisting in action, please come back later", "later"),
        ("rcpt", 452, "4.2.2 mailbox full", "later"),
        ("data", 451, "temporary failure", "later"),
        ("data", 451, "4.3.0 a filter has failed", "later"),
        # Addresses that do not exist
        ("rcpt", 550, "5.1.1 <ada@example.org>: Recipient address rejected: User unknown", "bad_address"),
        ("rcpt", 550, "5.1.10 recipient not found", "bad_address"),
        ("rcpt", 554, "5.1.2 no such domain", "bad_address"),
        ("data", 550, "5.1.1 no such user", "bad_address"),
        ("rcpt", 550, "No such user here", "bad_address"),
        ("rcpt", 551, "user not local", "bad_address"),
        ("rcpt", 553, "mailbox name not allowed", "bad_address"),
        ("rcpt", 511, "sorry, no mailbox here by that name (#5.1.1 - chkuser)", "bad_address"),
        ("rcpt", 550, "5.0.0 <blocked.sender@spam.example>... User unknown", "bad_address"),
        ("rcpt", 550, "ada@example.org... No such user; not listed in Domino Directory", "bad_address"),
        # Refused, whoever's fault it is not
        ("rcpt", 552, "5.2.2 mailbox full", "refused"),
        ("rcpt", 550, "5.2.1 the mailbox is disabled", "refused"),
        ("rcpt", 550, "Mailbox full, quota exceeded", "refused"),
        ("rcpt", 553, "5.6.7 the mail server accepts no internationalized addresses", "refused"),
        ("data", 552, "5.3.4 message too large", "refused"),
        ("data", 550, "content rejected", "refused"),
        # Ours
        ("rcpt", 550, "5.7.1 Service unavailable; client host blocked", "ours"),
        ("rcpt", 554, "5.7.1 Relay access denied", "ours"),
        ("rcpt", 550, "relaying denied", "ours"),
        ("rcpt", 550, "5.1.8 Sender address rejected", "ours"),
        ("rcpt", 550, "5.1.0 <bounces+a@b.example>: Sender address rejected: User unknown in local recipient table", "ours"),
        ("rcpt", 550, "Verification failed for <bounces+a@b.example>\nNo Such User Here\nSender verify failed", "ours"),
        ("rcpt", 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "ours"),
        ("rcpt", 504, "5.5.2 <pod-7>: Helo command rejected: need fully-qualified hostname", "ours"),
        ("rcpt", 550, "HELO argument does not match calling host", "ours"),
        ("rcpt", 550, "Client host rejected: cannot find your reverse hostname", "ours"),
        ("rcpt", 550, "Administrative prohibition", "ours"),
        ("rcpt", 550, "192.0.2.7 is in an RBL", "ours"),
        ("rcpt", 503, "5.5.4 Error: log in first", "ours"),
        ("data", 550, "5.4.5 Daily user sending limit exceeded", "ours"),
        ("rcpt", 550, "hourly sending quota exceeded", "ours"),
        ("rcpt", 550, "too many mails from your address", "ours"),
        ("data", 550, "5.7.26 unauthenticated mail is not accepted", "ours"),
        ("data", 554, "Message looks like spam", "ours"),
        ("login", 535, "5.7.8 authentication failed", "ours"),
        ("mail", 530, "5.7.0 Authentication required", "ours"),
        ("mail", 550, "5.1.0 sender rejected", "ours"),
        ("connect", 554, "no SMTP service here", "ours"),
        ("rcpt", 530, "log in first", "ours"),
        # Away
        ("connect", 421, "too many connections", "away"),
        ("connect", 450, "busy", "away"),
        ("login", 454, "4.7.0 Temporary authentication failure", "away"),
        ("mail", 451, "4.3.0 try again", "away"),
        ("rcpt", 421, "4.7.0 our system has detected an unusual rate", "away"),
        ("rcpt", 452, "4.3.1 insufficient system storage", "away"),
        ("data", 421, "closing", "away"),
    ],
)
def test_an_answer_comes_to_one_verdict(phase: Phase, code: int, text: str, verdict: Verdict) -> None:
    assert outcome(phase, code, text).verdict == verdict


@pytest.mark.parametrize(
    ("phase", "code", "text", "every"),
    [
        ("connect", 554, "no", True),
        ("login", 535, "wrong", True),
        ("mail", 451, "4.3.0 later", True),
        ("rcpt", 530, "log in first", True),
        ("rcpt", 550, "5.7.1 not from you", False),
        ("rcpt", 421, "closing", False),
        ("data", 554, "5.7.1 spam", False),
        ("rcpt", 450, "busy", False),
    ],
)
def test_an_answer_about_a_recipient_or_a_mail_says_nothing_about_the_others(
    phase: Phase, code: int, text: str, every: bool
) -> None:
    assert outcome(phase, code, text).every is every


@given(st.sampled_from(["connect", "login", "mail", "rcpt"]), st.integers(-1, 399), st.text(max_size=200))
def test_nothing_before_the_text_means_that_a_mail_was_taken(phase: Phase, code: int, text: str) -> None:
    answered = outcome(phase, code, text)
    assert (answered.verdict, answered.every) == ("away", phase != "rcpt")


def test_what_a_refusal_is_about_is_found_out_in_time() -> None:
    within(1, lambda: outcome("rcpt", 550, "a" * 30_000))


def test_silence_is_unclear_only_once_the_data_may_have_left() -> None:
    assert [silence(phase, "timeout").verdict for phase in ("connect", "login", "mail", "rcpt", "data")] == ["away"] * 4 + [
        "unclear"
    ]
    assert [silence(phase, "timeout").every for phase in ("connect", "login", "mail", "rcpt", "data")] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("4.7.1 Greylisted, please try again in 300 seconds", timedelta(seconds=300)),
        ("Recipient address rejected: Greylisted for 5 minutes", timedelta(minutes=5)),
        ("try again in 1 hour", timedelta(hours=1)),
        ("please retry after 90s", timedelta(seconds=90)),
        ("TRY AGAIN IN 2 MIN", timedelta(minutes=2)),
        ("wait for at least 30 sec", timedelta(seconds=30)),
        ("try again in 999999 hours", LONGEST_WAIT),
        ("try again later", None),
        ("mailbox of 300 seconds busy", None),
        ("delivered in 3 seconds", None),
        ("", None),
    ],
)
def test_a_server_is_understood_that_says_how_long_to_wait(text: str, wait: timedelta | None) -> None:
    assert asked_wait(text) == wait
    assert outcome("rcpt", 450, text).wait == wait


@given(st.text())
def test_a_servers_answer_is_kept_as_one_short_printable_line(text: str) -> None:
    line = ascii_line(text)
    assert line.isascii()
    assert line.isprintable()
    assert len(line) <= 300


@given(st.sampled_from(["connect", "login", "mail", "rcpt", "data"]), st.integers(400, 599), st.text(max_size=200))
def test_no_error_is_taken_for_success_and_none_before_data_for_unclear(phase: Phase, code: int, text: str) -> None:
    assert outcome(phase, code, text).verdict not in ("taken", "unclear")


@given(st.sampled_from(["connect", "login", "mail"]), st.integers(400, 599), st.text(max_size=200))
def test_no_recipient_pays_for_what_is_said_before_it_is_named(phase: Phase, code: int, text: str) -> None:
    assert outcome(phase, code, text).verdict in ("ours", "away")
