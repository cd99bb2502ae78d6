"""Keys and connections without servers: what a key's text is, what a key may do and give; rates; encryption."""

import re
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from registration.connections.schemas import ConnectionSpec
from registration.keys.domain import Key
from registration.keys.schemas import KeySpec
from registration.people.schemas import Access
from registration.rate_limits import Rates
from registration.settings import Settings
from registration.systems.connection import SYSTEMS, Connection, Secret, System, secret_fault, secret_of
from shared.encryption import Cipher, Undecryptable
from shared.refusals import TooMany
from shared.web.access.keys import ALPHABET, ID_LENGTH, SECRET_LENGTH, Refused, digest, parse, text

NOW = datetime(2026, 7, 8, 10, tzinfo=UTC)
KEY = Key(
    id="A" * ID_LENGTH,
    name="ops",
    scopes=frozenset({"attendance", "keys"}),
    events_per_minute=100,
    created_at=NOW,
    digest=digest("s" * SECRET_LENGTH),
)
words = (
    st.text(ALPHABET, min_size=ID_LENGTH, max_size=ID_LENGTH),
    st.text(ALPHABET, min_size=SECRET_LENGTH, max_size=SECRET_LENGTH),
)


def secrets_key(byte: int) -> str:
    return urlsafe_b64encode(bytes([byte]) * 32).decode()


@given(*words)
def test_a_key_is_read_as_it_was_shown(id: str, secret: str) -> None:
    shown = text(id, secret)
    assert re.fullmatch(r"odk_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}", shown)
    assert parse(shown) == (id, secret)


@given(*words, st.integers(4, 54), st.sampled_from(ALPHABET))
def test_a_mistyped_key_is_none(id: str, secret: str, place: int, sign: str) -> None:
    shown = text(id, secret)
    mistyped = shown[:place] + sign + shown[place + 1 :]
    if mistyped != shown:
        with pytest.raises(Refused, match="not a complete API key"):
            parse(mistyped)


@given(st.text())
def test_what_is_no_key_is_refused_and_not_repeated(shown: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(shown)
    assert len(shown) < 5 or shown not in str(refused.value)


@pytest.mark.parametrize("change", [str.upper, lambda shown: shown[:-1], lambda shown: shown + "\n", lambda shown: f" {shown}"])
def test_a_key_is_that_text_exactly(change: Any) -> None:
    with pytest.raises(Refused):
        parse(change(text("a" * ID_LENGTH, "b" * SECRET_LENGTH)))


def test_only_its_secret_opens_a_key_and_its_hash_does_not() -> None:
    assert KEY.opens_with("s" * SECRET_LENGTH)
    assert not KEY.opens_with("t" * SECRET_LENGTH)
    assert not replace(KEY, digest=b"").opens_with("")
    assert KEY.digest.hex() not in repr(KEY)
    assert "digest" not in repr(KEY)


def test_a_key_ends_when_it_expires_or_is_revoked() -> None:
    assert KEY.ended(NOW + timedelta(days=9_999)) == ""
    expiring = replace(KEY, expires_at=NOW)
    assert (expiring.ended(NOW - timedelta(microseconds=1)), expiring.ended(NOW)) == ("", "expired")
    assert replace(KEY, revoked_at=NOW).ended(NOW) == "revoked"


BOUND = replace(KEY, conference_id="pyconf", source="badges")


@pytest.mark.parametrize(
    ("key", "source", "conference", "allowed"),
    [
        (KEY, "any", "any", True),
        (replace(KEY, source="badges"), "badges", "any", True),
        (replace(KEY, source="badges"), "Badges", "any", False),
        (BOUND, "badges", "pyconf", True),
        (BOUND, "badges", "other", False),
        (BOUND, "other", "pyconf", False),
        (BOUND, "badges", None, True),  # takes an event of its own source back
        (BOUND, "other", None, False),
    ],
)
def test_a_bound_key_publishes_only_for_its_source_and_conference(
    key: Key, source: str, conference: str | None, allowed: bool
) -> None:
    try:
        key.check_event(source, conference)
    except Refused:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"scopes": frozenset()}, "scopes"),
        ({"expires_at": NOW}, "expires_at"),
        ({"conference_id": "c"}, "source"),
        ({"conference_id": "c", "source": "s", "scopes": frozenset({"people"})}, "scopes"),
        ({"conference_id": "c", "source": "s"}, None),
        ({"source": "pretix:main"}, "source"),
        ({"source": "csv:pyconf"}, "source"),
        ({"source": "pretix"}, None),
        ({"organization_id": "o"}, "scopes"),
        ({"organization_id": "o", "scopes": frozenset({"listings", "organizations", "rankings", "keys"})}, None),
        ({"organization_id": "o", "scopes": frozenset({"listings", "operator"})}, "scopes"),
        ({"organization_id": "o", "scopes": frozenset({"rounds"})}, "scopes"),
        ({"organization_id": "o", "conference_id": "c", "scopes": frozenset({"rounds"})}, "scopes"),
        ({"organization_id": "o", "conference_id": "c", "scopes": frozenset({"listings"})}, "scopes"),
        ({"conference_id": "c", "scopes": frozenset({"rounds", "insight"})}, None),
        ({"conference_id": "c", "scopes": frozenset({"rounds", "keys"})}, "source"),
        ({"conference_id": "c", "source": "s", "scopes": frozenset({"mails"})}, "scopes"),
        ({"scopes": frozenset({"me"}), "attendee_id": "a", "organization_id": "o"}, "scopes"),
        ({"scopes": frozenset({"me"})}, "attendee_id"),
        ({"attendee_id": "a"}, "attendee_id"),
        ({"scopes": frozenset({"me"}), "attendee_id": "a"}, None),
        ({"scopes": frozenset({"me", "keys"}), "attendee_id": "a"}, "scopes"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused_by_its_field(changes: dict[str, Any], field: str | None) -> None:
    assert [name for name, _ in replace(KEY, **changes).faults()] == ([field] if field else [])


@pytest.mark.parametrize(
    ("issuer", "issued", "field"),
    [
        ({}, {}, None),
        ({}, {"scopes": frozenset({"attendance"}), "conference_id": "c", "source": "s", "expires_at": NOW}, None),
        ({}, {"scopes": frozenset({"attendance", "people"})}, "scopes"),
        ({}, {"scopes": frozenset({"me"}), "attendee_id": "a"}, "scopes"),
        ({"scopes": frozenset({"people"})}, {"scopes": frozenset({"me"}), "attendee_id": "a"}, None),
        ({"conference_id": "c", "source": "s"}, {"conference_id": "d", "source": "s"}, "conference_id"),
        ({"conference_id": "c", "source": "s"}, {"source": "s"}, "conference_id"),
        ({"conference_id": "c", "source": "s"}, {"conference_id": "c", "source": "t"}, "source"),
        ({}, {"scopes": frozenset({"rounds"})}, "scopes"),
        ({}, {"scopes": frozenset({"operator"})}, "scopes"),
        ({"organization_id": "o"}, {"organization_id": "p"}, "organization_id"),
        ({"organization_id": "o"}, {}, "organization_id"),
        ({"organization_id": "o"}, {"organization_id": "o", "scopes": frozenset({"keys"})}, None),
        ({"organization_id": "o", "conference_id": "c"}, {"conference_id": "c"}, "organization_id"),
        ({"conference_id": "c", "source": "s"}, {"organization_id": "c", "source": "s"}, "conference_id"),
        ({"expires_at": NOW}, {}, "expires_at"),
        ({"expires_at": NOW}, {"expires_at": NOW + timedelta(seconds=1)}, "expires_at"),
        ({"expires_at": NOW}, {"expires_at": NOW}, None),
        ({}, {"events_per_minute": 101}, "events_per_minute"),
    ],
)
def test_a_key_gives_no_more_than_it_has(issuer: dict[str, Any], issued: dict[str, Any], field: str | None) -> None:
    assert [name for name, _ in replace(KEY, **issued).excess(replace(KEY, **issuer))] == ([field] if field else [])


def test_other_services_are_told_what_a_key_is_for_and_neither_its_name_nor_its_secret() -> None:
    key = replace(BOUND, expires_at=NOW + timedelta(days=1), revoked_at=NOW, version=2)
    assert key.changed().model_dump() == {
        "key_id": KEY.id,
        "version": 2,
        "digest": KEY.digest.hex(),
        "scopes": ["attendance", "keys"],
        "conference_id": "pyconf",
        "organization_id": None,
        "expires_at": NOW + timedelta(days=1),
        "revoked_at": NOW,
        "source": "badges",
    }
    assert key.published
    assert not replace(KEY, scopes=frozenset({"me"}), attendee_id="a").published


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@given(st.integers(1, 1000), st.lists(st.tuples(st.integers(1, 1500), st.floats(0, 90)), max_size=40))
def test_no_minute_sees_more_than_two_minutes_worth_and_after_the_time_told_the_same_passes(
    per_minute: int, requests: list[tuple[int, float]]
) -> None:
    clock, taken = Clock(), list[tuple[float, int]]()
    rates = Rates(clock)
    for cost, pause in requests:
        clock.seconds += pause
        try:
            rates.take("who", per_minute, cost)
        except TooMany as refused:
            clock.seconds += refused.retry_after or 0
            rates.take("who", per_minute, cost)
        taken.append((clock.seconds, min(cost, per_minute)))
    for at, _ in taken:
        assert sum(cost for then, cost in taken if at <= then < at + 60) <= 2 * per_minute


def test_what_is_refused_takes_nothing_and_each_has_a_rate_of_their_own() -> None:
    clock = Clock()
    rates = Rates(clock)
    rates.take("one", 60, 50)
    for _ in range(3):
        with pytest.raises(TooMany) as refused:
            rates.take("one", 60, 30)
        assert refused.value.retry_after == 20
    rates.take("one", 60, 10)
    rates.take("two", 60, 60)
    with pytest.raises(TooMany):
        rates.take("one", 60)


def test_a_secret_is_encrypted_anew_each_time_and_decrypted_by_any_of_the_keys() -> None:
    old, new = Cipher(SecretStr(secrets_key(1))), Cipher(SecretStr(f"{secrets_key(2)}, {secrets_key(1)}"))
    encrypted = old.encrypt("hush")
    assert encrypted != old.encrypt("hush")
    assert b"hush" not in encrypted
    assert new.decrypt(encrypted) == "hush"
    renewed = new.renew(encrypted)
    assert Cipher(SecretStr(secrets_key(2))).decrypt(renewed) == "hush"
    for broken in (renewed, encrypted[:-1] + b"A", b"", b"nonsense"):
        with pytest.raises(Undecryptable, match="SECRETS_KEY"):
            old.decrypt(broken)


@pytest.mark.parametrize(
    "keys", ["", "short", f"{secrets_key(1)},", "é" * 44, secrets_key(1)[:-4], f"{secrets_key(1)};{secrets_key(2)}"]
)
def test_a_wrong_encryption_key_stops_the_start_and_is_not_shown(keys: str) -> None:
    with pytest.raises(ValidationError) as error:
        Settings(person_key=SecretStr("sixteen characters"), secrets_key=SecretStr(keys))
    [fault] = error.value.errors()
    assert fault["loc"] == ("secrets_key",)
    assert "is not 32 bytes in URL-safe Base64; make one with: openssl" in fault["msg"]
    assert len(keys) < 5 or keys not in fault["msg"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_secret_made_here_is_one_that_its_system_takes(system: System) -> None:
    made = secret_of(system, bytes(range(32)))
    assert secret_fault(system, made) == ""
    assert secret_fault(system, made[:10])
    assert made.startswith("whsec_") == (system == "standard")


def connection(**changes: Any) -> Connection:
    plain = Connection("c", 1, "standard", "pyconf", None, None, (), {}, {}, False, 60, False, None, NOW)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"system": "hievents"}, []),
        ({"system": "eventbrite"}, ["api_url", "api_token"]),
        ({"system": "pretix", "api_url": "https://pretix.eu", "api_token": b"x"}, ["options.organizer", "options.event"]),
        ({"system": "indico", "api_url": "https://i.org", "api_token": b"x", "options": {"event": "1"}}, ["options.form"]),
        ({"poll_minutes": 5}, ["poll_minutes"]),
    ],
)
def test_a_connection_says_what_it_lacks(changes: dict[str, Any], fields: list[str]) -> None:
    assert [field for field, _ in connection(**changes).faults()] == fields


def test_secrets_are_valid_until_they_expire() -> None:
    newest, older, oldest = Secret(b"1", NOW), Secret(b"2", NOW, NOW + timedelta(hours=1)), Secret(b"3", NOW, NOW)
    assert connection(secrets=(newest, older, oldest)).valid_secrets(NOW) == [newest, older]
    assert connection(secrets=(newest, older, oldest)).valid_secrets(NOW + timedelta(hours=1)) == [newest]
    assert "1" not in repr(newest).partition("created_at")[0]


@pytest.mark.parametrize(
    "spec",
    [
        {"api_url": "https://user:pass@pretix.eu"},
        {"api_url": "https://pretix.eu/?token=1"},
        {"api_url": "file:///etc/passwd"},
        {"secret": "two\nlines of a secret"},
        {"api_token": {"$ne": ""}},
        {"options": {"$where": "1"}},
        {"options": {"event": {"$gt": ""}}},
        {"conference_id": {"$ne": None}},
        {"sessions": {"1": "$x"}},
        {"unknown": 1},
        {"events_per_minute": 0},
    ],
)
def test_a_connection_that_cannot_be_is_refused_without_showing_what_came(spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        ConnectionSpec.model_validate({"system": "pretix", "conference_id": "pyconf"} | spec)
    assert "pass@" not in str(error.value)
    assert "two" not in str(error.value)


def test_a_connections_secrets_are_in_no_representation() -> None:
    spec = ConnectionSpec.model_validate(
        {"system": "pretix", "conference_id": "c", "api_token": "tok-en-1", "secret": "sec-ret-1"}
    )
    assert "tok-en-1" not in repr(spec)
    assert "sec-ret-1" not in spec.model_dump_json()
    assert "b'x'" not in repr(connection(api_token=b"x"))


@pytest.mark.parametrize("value", [True, "60", 60.5])
def test_no_number_of_a_key_is_read_from_what_is_none(value: object) -> None:
    with pytest.raises(ValidationError, match="valid integer"):
        KeySpec.model_validate({"name": "badges", "scopes": ["attendance"], "events_per_minute": value})
    with pytest.raises(ValidationError, match="valid integer"):
        Access.model_validate({"days": value})
