"""Session tokens: which ones are believed, by a key, at a time; and everything that an attacker may send instead."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.signing_keys import PrivateKey, new_key
from shared.web.access.sessions import (
    COOKIE,
    LIFETIME,
    LONGEST_TOKEN,
    MOST_OTHER_IDS,
    TOLERANCE,
    NoSession,
    SignInSession,
    key_id,
    next_generation,
    signed,
    verified,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
KEY = new_key("k1", NOW - timedelta(days=1), NOW + timedelta(days=30))
OTHER = new_key("k2", NOW - timedelta(days=1), NOW + timedelta(days=30))
SESSION = SignInSession("s1", "ada", 7, NOW, NOW + LIFETIME)
TOKEN = signed(SESSION, KEY)
CLAIMS = {
    "iss": "opportunity-desk/notifications",
    "aud": "opportunity-desk/services",
    "sub": "ada",
    "also": [],
    "op": False,
    "sid": "s1",
    "gen": 7,
    "iat": int(NOW.timestamp()),
    "nbf": int(NOW.timestamp()),
    "exp": int((NOW + LIFETIME).timestamp()),
}
HEADER = {"alg": "Ed25519", "typ": "session+jwt", "kid": "k1"}
MINUTES = timedelta(minutes=1)


def encoded(part: object) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def made(header: dict[str, Any] = HEADER, claims: dict[str, Any] = CLAIMS, key: PrivateKey = KEY) -> str:
    """A token with any content, signed by the key."""
    jwk = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": key.public.x, "d": key.d})
    # As is, as no library would sign some of these.
    data = f"{encoded(header)}.{encoded(claims)}".encode()
    return f"{data.decode()}.{encoded(jwk.private_key.sign(data))}"  # type: ignore[union-attr]


def refused(token: str, key: PrivateKey = KEY, now: datetime = NOW) -> str:
    with pytest.raises(NoSession) as refusal:
        verified(token, key.public, now)
    return str(refusal.value)


def test_a_session_is_read_as_it_was_signed() -> None:
    assert key_id(TOKEN) == "k1"
    assert verified(TOKEN, KEY.public, NOW) == SESSION
    assert verified(made(), KEY.public, NOW) == SESSION
    assert len(TOKEN) < LONGEST_TOKEN // 2


def test_a_session_names_all_ids_of_the_person_and_whether_they_are_an_operator() -> None:
    assert (SESSION.person_ids, SESSION.operator) == (("ada",), False)
    full = replace(SESSION, also=tuple(f"{n:032x}" for n in range(MOST_OTHER_IDS)), operator=True)
    token = signed(full, KEY)
    assert verified(token, KEY.public, NOW) == full
    assert full.person_ids == ("ada", *full.also)


def test_the_longest_token_is_read_and_fits_into_a_cookie() -> None:
    key = new_key("k" * 64, NOW - timedelta(days=1), NOW + timedelta(days=30))
    ids = tuple(f"{number:0128}" for number in range(MOST_OTHER_IDS))
    session = SignInSession("s" * 64, "p" * 128, 2**52, NOW, NOW + LIFETIME, ids, operator=True)
    assert verified(signed(session, key), key.public, NOW) == session
    assert LONGEST_TOKEN + len(f"{COOKIE}=") <= 4096
    with pytest.raises(ValueError, match="also"):
        signed(replace(session, also=(*ids, "one more")), key)


@pytest.mark.parametrize("off", [-10 * MINUTES, timedelta(0), 10 * MINUTES])
def test_a_clock_that_is_off_by_ten_minutes_signs_nobody_out(off: timedelta) -> None:
    assert verified(TOKEN, KEY.public, NOW + off) == SESSION
    assert verified(TOKEN, KEY.public, SESSION.ends_at - MINUTES + off) == SESSION


def test_nobody_is_signed_in_before_or_after_by_more_than_the_tolerance() -> None:
    second = timedelta(seconds=1)
    assert verified(TOKEN, KEY.public, NOW - TOLERANCE)
    assert verified(TOKEN, KEY.public, SESSION.ends_at + TOLERANCE - second)
    assert timedelta(minutes=10) < TOLERANCE <= timedelta(minutes=15)
    for time in (NOW - TOLERANCE - second, SESSION.ends_at + TOLERANCE):
        assert refused(TOKEN, now=time) == "not valid at this time"


def test_a_key_signs_nothing_before_its_time_and_after_its_end() -> None:
    public = KEY.public
    for changed in (replace(public, not_before=NOW + TOLERANCE + MINUTES), replace(public, ends_at=NOW - TOLERANCE)):
        assert refused(TOKEN, replace(KEY, public=changed)) == "not valid at this time"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(alg: str) -> None:
    head = encoded(HEADER | {"alg": alg})
    for signature in ("", TOKEN.rpartition(".")[2]):
        assert refused(f"{head}.{encoded(CLAIMS)}.{signature}")
    assert refused(TOKEN.rpartition(".")[0] + ".")


@pytest.mark.parametrize("secret", ["x", "raw", "jwk"])
@pytest.mark.parametrize("alg", ["HS256", "HS512"])
def test_the_public_key_is_not_taken_as_a_secret(alg: str, secret: str) -> None:
    x = KEY.public.x
    raw = base64.urlsafe_b64decode(x + "=")
    material = {"x": x.encode(), "raw": raw, "jwk": json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}).encode()}[secret]
    data = f"{encoded(HEADER | {'alg': alg})}.{encoded(CLAIMS)}"
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[alg]
    assert refused(f"{data}.{encoded(hmac.new(material, data.encode(), digest).digest())}")


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "EdDSA"},
        {"alg": "ES256"},
        {"alg": ["Ed25519"]},
        {"typ": "JWT"},
        {"typ": None},
        {"kid": ""},
        {"kid": 1},
        {"kid": "k" * 65},
        {"kid": {"$gt": ""}},
        {"crit": ["b64"], "b64": False},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": OTHER.public.x}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/key"},
        {"cty": "JWT"},
    ],
)
def test_a_header_of_any_other_form_is_refused_even_if_signed(header: dict[str, Any]) -> None:
    assert refused(made(HEADER | header))


@pytest.mark.parametrize("missing", HEADER)
def test_every_part_of_the_header_is_needed(missing: str) -> None:
    assert refused(made({name: value for name, value in HEADER.items() if name != missing}))


@pytest.mark.parametrize("missing", CLAIMS)
def test_every_claim_is_needed(missing: str) -> None:
    assert refused(made(claims={name: value for name, value in CLAIMS.items() if name != missing}))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "opportunity-desk/registration"},
        {"also": "bob"},
        {"also": None},
        {"also": {"bob": True}},
        {"also": ["p" * 129]},
        {"also": [""]},
        {"also": [1]},
        {"also": ["b"] * 9},
        {"op": 1},
        {"op": "true"},
        {"op": None},
        {"aud": "another"},
        {"aud": ["opportunity-desk/services"]},
        {"sub": ""},
        {"sub": 1},
        {"sub": None},
        {"sid": ""},
        {"gen": -1},
        {"gen": "7"},
        {"gen": True},
        {"exp": "9" * 10},
        {"exp": 2**53},
        {"exp": 1e12},
        {"exp": int((NOW + LIFETIME + MINUTES).timestamp())},
        {"nbf": int((NOW + TOLERANCE + MINUTES).timestamp())},
        {"iat": -(2**40)},
        {"admin": True},
    ],
)
def test_claims_of_any_other_form_are_refused_even_if_signed(claims: dict[str, Any]) -> None:
    assert refused(made(claims=CLAIMS | claims))


def test_another_key_signs_nobody_in() -> None:
    assert refused(signed(SESSION, OTHER)) == "another key"
    assert refused(TOKEN, OTHER) == "another key"
    assert refused(made(key=OTHER)) == "not signed by this key"


def test_a_token_made_for_something_else_with_the_same_key_is_refused() -> None:
    jwk = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": KEY.public.x, "d": KEY.d})
    assert refused(jwt.encode({"alg": "Ed25519", "kid": "k1"}, CLAIMS, jwk, algorithms=["Ed25519"]))


def test_every_change_of_a_token_voids_it() -> None:
    head, claims, signature = TOKEN.split(".")
    for changed in (
        f"{head}.{encoded(CLAIMS | {'sub': 'bob'})}.{signature}",
        f"{head}.{encoded(CLAIMS | {'also': ['bob']})}.{signature}",
        f"{head}.{encoded(CLAIMS | {'op': True})}.{signature}",
        f"{encoded(HEADER | {'kid': 'k2'})}.{claims}.{signature}",
        TOKEN[:-2],
        TOKEN[1:],
        f"{TOKEN}.",
        f"{TOKEN}.x",
        f"{TOKEN} ",
        f" {TOKEN}",
        f"{head}..{signature}",
        f"{head}.{claims}",
        TOKEN + "A" * LONGEST_TOKEN,
    ):
        assert refused(changed), changed


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "null",
        "e30.e30.e30",
        "é.é.é",
        "\ud800",
        "\0",
        "[" * 900,
        f"{'W' * 900}.e30.e30",
        "bnVsbA.e30.x",
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert refused(text)
    with pytest.raises(NoSession):
        key_id(text)


def test_generations_rise_whatever_the_clock_says() -> None:
    first = next_generation(0, NOW)
    assert next_generation(first, NOW) == first + 1
    assert next_generation(first, NOW - timedelta(days=400)) == first + 1
    assert next_generation(first, NOW + MINUTES) > first + 1
    assert next_generation(0, NOW + LIFETIME) > first, "after the first was forgotten"
