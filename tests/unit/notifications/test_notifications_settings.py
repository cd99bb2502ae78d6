"""What an operator may configure, and what is told when it is wrong."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from notifications.settings import Settings
from notifications.smtp_server import SmtpServer

GIVEN = {
    "mail_from": "Desk <desk@example.org>",
    "public_url": "https://desk.example.org/",
    "unsubscribe_key": "0123456789abcdef",
    "session_key": "k" * 43 + "=",
}


def settings(**values: Any) -> Settings:
    return Settings(**(GIVEN | values))


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:1025", SmtpServer("smtp", "127.0.0.1", 1025, None, None)),
        ("smtp://mail", SmtpServer("smtp", "mail", 25, None, None)),
        ("smtps://u%40x:p%3Aw@mail", SmtpServer("smtps", "mail", 465, "u@x", "p:w")),
        ("smtp+starttls://mail", SmtpServer("smtp+starttls", "mail", 587, None, None)),
    ],
)
def test_a_mail_server_is_named_by_a_url(url: str, server: SmtpServer) -> None:
    assert SmtpServer.parse(SecretStr(url)) == server


@pytest.mark.parametrize("url", ["mail:25", "http://mail", "smtp://", "smtp://secret@mail:port", "smtp://mail:99999"])
def test_a_wrong_url_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValidationError, match="must look like smtp://") as error:
        settings(smtp_url=url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("sender", ["desk@example.org", "Desk <desk@example.org>", "Opportunity Desk <desk@localhost>"])
def test_a_sender_has_an_address(sender: str) -> None:
    assert settings(mail_from=sender).mail_from == sender


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"mail_from": "Desk"}, "mail_from"),
        ({"mail_from": "desk@example.org\r\nBcc: x@example.org"}, "a single line"),
        ({"mail_from": "a@localhost@localhost"}, "mail_from"),
        ({"public_url": "desk.example.org"}, "public_url"),
        ({"public_url": "https://desk.example.org/?a=b"}, "public_url"),
        ({"public_url": "desk.example.org"}, "such as https://"),
        ({"unsubscribe_key": "short"}, "the key has fewer than 16 characters"),
        ({"unsubscribe_key": "the new key, that is long enough"}, "key 1 of 2 .* no key may contain one"),
        ({"inbound_key": "0123456789abcdef, "}, "key 2 of 2 has fewer than 16 characters"),
        ({"port": 9000, "metrics_port": 9000}, "METRICS_PORT must differ from PORT"),
        ({"session_key": "short"}, "key 1 of 1 is not 32 bytes"),
        ({"smtp_url": "smtp://desk@mail"}, "needs both user and password"),
        ({"smtp_url": "smtp://:secret@mail"}, "needs both user and password"),
        ({"bounce_address": "those-that-come-back@example.org"}, "needs 1 to"),
        ({"link_hosts": "https://jobs.example.org"}, "without scheme"),
        ({"link_hosts": "jobs.example.org; example.net"}, "comma-separated"),
        ({"link_hosts": "jobs.example.org/all"}, "without scheme"),
        ({"link_hosts": "jobs.example.org:8080"}, "without scheme"),
        ({"lease_seconds": 10, "smtp_seconds": 30}, "LEASE_SECONDS"),
        ({"gather_seconds": -1}, "gather_seconds"),
        ({"bounce_address": "bounces@example.org"}, "INBOUND_KEY must be set if BOUNCE_ADDRESS is"),
        ({"operator_emails": "ops@example.org"}, "PERSON_KEY must be set if OPERATOR_EMAILS is"),
        ({"operator_emails": "ops@example.org,ops", "person_key": "k" * 16}, "is not an e-mail address"),
        ({"keep_days": 300, "keep_records_days": 200}, "KEEP_RECORDS_DAYS"),
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        settings(**wrong)


def test_hosts_for_links_are_named_by_commas() -> None:
    assert settings(link_hosts="jobs.example.org, *.müller.example,localhost,").allowed_link_hosts == (
        "jobs.example.org",
        "*.müller.example",
        "localhost",
    )
    assert settings(link_hosts="*").allowed_link_hosts == ("*",)
    assert settings().allowed_link_hosts == ()


def test_the_public_url_has_no_slash_at_its_end() -> None:
    assert settings().public_url == "https://desk.example.org"


def test_operators_are_named_by_addresses_in_any_spelling() -> None:
    operators = settings(operator_emails=" Ops@Example.ORG,ops@example.org, grace@example.org,", person_key="k" * 16)
    assert operators.operator_addresses == ("ops@example.org", "grace@example.org")
    assert settings().operator_addresses == ()
