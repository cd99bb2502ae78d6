"""Sign-in requests: what proves who asks, and how many there may be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from notifications.sign_in.domain import (
    CODE_DIGITS,
    MOST_FOR_ADDRESS,
    MOST_FROM_NETWORK,
    MOST_IN_ALL,
    MOST_TRIES,
    VALID,
    WINDOW,
    Counts,
    Operators,
    SignInRequest,
    browser_of,
    code_digest,
    network_of,
    new_id,
    new_secrets,
    shown_code,
    token_digest,
    window_start,
)
from shared.persons import person_id

KEY = SecretStr("a key for the tests only")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CODE = "01234567"
REQUEST = SignInRequest("r1", "/account", NOW + VALID, ("ada",), code_digest=code_digest("r1", CODE), tries=1)


def test_link_and_code_are_valid_for_fifteen_minutes() -> None:
    assert timedelta(minutes=15) == VALID
    second = timedelta(seconds=1)
    for time, valid in ((NOW, True), (NOW + VALID - second, True), (NOW + VALID, False)):
        assert REQUEST.is_open(time) is valid
        assert REQUEST.takes(CODE, time) is valid


def test_link_and_code_are_valid_once_and_only_if_the_address_is_known() -> None:
    for request in (replace(REQUEST, used=True), replace(REQUEST, person_ids=())):
        assert not request.is_open(NOW)
        assert not request.takes(CODE, NOW)


@pytest.mark.parametrize("code", ["0123 4567", " 01234567\n", "0123-4567", "0 1 2 3 4 5 6 7"])
def test_a_code_is_read_as_people_type_it(code: str) -> None:
    assert REQUEST.takes(code, NOW)


@pytest.mark.parametrize("code", ["", "0", "12345670", "1234567", "001234567", "01234567x", "\ud800", "x" * 10_000, "\0" + CODE])
def test_another_code_is_refused(code: str) -> None:
    assert not REQUEST.takes(code, NOW)


def test_the_code_of_another_request_is_refused() -> None:
    assert not replace(REQUEST, id="r2").takes(CODE, NOW)


def test_a_request_without_a_code_takes_none() -> None:
    nobody = SignInRequest("r1", "", NOW + VALID)
    assert not any(nobody.takes(code, NOW) for code in ("", CODE, nobody.code_digest))


def test_after_too_many_tries_the_code_is_void_and_the_link_is_not() -> None:
    assert replace(REQUEST, tries=MOST_TRIES).takes(CODE, NOW)
    tried = replace(REQUEST, tries=MOST_TRIES + 1)
    assert not tried.takes(CODE, NOW)
    assert tried.is_open(NOW)


def test_secrets_are_long_and_never_the_same() -> None:
    made = [new_secrets() for _ in range(200)]
    assert len({secrets.token for secrets in made}) == 200
    assert len({secrets.code for secrets in made}) > 195
    assert all(len(secrets.token) == 43 and secrets.code.isdecimal() and len(secrets.code) == CODE_DIGITS for secrets in made)
    assert len(new_id()) == 32
    assert shown_code(CODE) == "0123 4567"


def test_what_is_stored_tells_neither_token_nor_code() -> None:
    assert "secret" not in token_digest("secret")
    assert CODE not in code_digest("r1", CODE)
    assert code_digest("r1", CODE) != code_digest("r2", CODE)
    assert token_digest(CODE) != code_digest("", CODE)


def test_an_address_gets_few_mails_and_whoever_asks_is_not_told() -> None:
    assert Counts(MOST_FOR_ADDRESS, 1, 1).gets_mail
    over = Counts(10_000, 1, 1)
    assert not over.gets_mail
    assert not over.too_many
    assert WINDOW <= VALID, "whoever reads the mail always has a valid link, however many strangers ask"


@pytest.mark.parametrize("counts", [Counts(1, MOST_FROM_NETWORK + 1, 1), Counts(1, 1, MOST_IN_ALL + 1)])
def test_one_network_and_all_together_make_so_many_requests(counts: Counts) -> None:
    assert counts.too_many
    assert not counts.gets_mail
    assert not Counts(1, MOST_FROM_NETWORK, MOST_IN_ALL).too_many


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            "Chrome, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1 Version/18.1 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15", "Safari, Mac"),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0 Safari/537.36",
            "Samsung Internet, Android",
        ),
        ("curl/8.5.0", ""),
        ("<script>alert('Linux')</script> ada@example.org", "Linux"),
        ("", ""),
    ],
)
def test_a_browser_is_told_in_fixed_words(user_agent: str, shown: str) -> None:
    assert browser_of(user_agent) == shown


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_the_network_of_a_client(address: str, network: str) -> None:
    assert network_of(address) == network


def test_windows_follow_each_other() -> None:
    assert window_start(NOW) == NOW
    assert window_start(NOW + WINDOW - timedelta(seconds=1)) == NOW
    assert window_start(NOW + WINDOW) == NOW + WINDOW


def test_an_operator_is_known_by_the_person_id_that_the_address_has_in_every_service() -> None:
    operators = Operators(["ops@example.org", "grace@example.org"], KEY)
    ids = {email: person_id(email, KEY) for email in ("ops@example.org", "grace@example.org")}
    assert operators.ids == set(ids.values())
    for email, id in ids.items():
        assert (operators.id(email), operators.email(id)) == (id, email)
    assert (operators.id("ada@example.org"), operators.email("ada"), operators.id(""), operators.email("")) == ("", "", "", "")
    assert Operators([], None).ids == Operators([], KEY).ids == frozenset()
