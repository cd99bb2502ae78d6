"""What proves that somebody has a passkey, and what does not."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from notifications.sign_in.passkeys.domain.ceremonies import (
    NotProven,
    adding_options,
    signing_in_options,
    verified_count,
    verified_new_key,
)
from notifications.sign_in.passkeys.domain.records import Challenge, Passkey, RelyingParty, new_challenge, new_user_handle
from support.authenticator import FLAGS, IS_COPIED, MAY_BE_COPIED, PRESENT, VERIFIED, Algorithm, Authenticator

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PARTY = RelyingParty("desk.example.org", "https://desk.example.org")
HANDLE = new_user_handle()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def adding() -> Challenge:
    return new_challenge("add", NOW, "session", HANDLE)


def added(device: Authenticator) -> Passkey:
    """A passkey that this device has, as it is kept."""
    challenge = adding()
    key = verified_new_key(device.create(adding_options(PARTY, challenge, "a@example.org", [])), challenge, PARTY)
    return Passkey(key.id, "ada", (), False, HANDLE, key.public_key, key.sign_count, key.may_be_copied, "phone", NOW)


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
@pytest.mark.parametrize("counts", [True, False])
def test_a_passkey_that_was_added_signs_in(algorithm: Algorithm, counts: bool) -> None:
    device = Authenticator(PARTY.origin, algorithm, counts)
    passkey = added(device)
    for turn in (1, 2):
        challenge = new_challenge("sign_in", NOW)
        count = verified_count(device.get(signing_in_options(PARTY, challenge)), challenge, PARTY, passkey)
        assert count == (turn if counts else 0)
        assert not passkey.count_fell(count)
        passkey = replace(passkey, sign_count=count)


def test_the_options_ask_for_a_discoverable_passkey_of_a_verified_user() -> None:
    challenge, device = adding(), Authenticator(PARTY.origin)
    own = added(device)
    options = adding_options(PARTY, challenge, "a@example.org", [own])
    assert options["rp"] == {"name": "Opportunity Desk", "id": "desk.example.org"}
    assert options["user"] == {"id": bytes_to_base64url(HANDLE), "name": "a@example.org", "displayName": "a@example.org"}
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert [one["id"] for one in options["excludeCredentials"]] == [own.id]
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-8, -7, -257]
    assert options["attestation"] == "none"
    asked = signing_in_options(PARTY, challenge)
    assert (asked["rpId"], asked["allowCredentials"], asked["userVerification"]) == ("desk.example.org", [], "required")


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_a_passkey_that_vouches_for_itself_unasked_is_taken(algorithm: Algorithm) -> None:
    challenge, device = adding(), Authenticator(PARTY.origin, algorithm)
    made = device.create(adding_options(PARTY, challenge, "a@example.org", []), attested=True)
    assert verified_new_key(made, challenge, PARTY).id == made["id"]


OTHERS: dict[str, Callable[[Authenticator], dict[str, Any]]] = {
    "another origin": lambda _: {"client": {"origin": "https://evil.example"}},
    "another port": lambda _: {"client": {"origin": "https://desk.example.org:8443"}},
    "without TLS": lambda _: {"client": {"origin": "http://desk.example.org"}},
    "a subdomain": lambda _: {"client": {"origin": "https://x.desk.example.org"}},
    "a path": lambda _: {"client": {"origin": "https://desk.example.org/"}},
    "another relying party": lambda _: {"rp_id": "evil.example"},
    "the parent domain": lambda _: {"rp_id": "example.org"},
    "another challenge": lambda _: {"client": {"challenge": bytes_to_base64url(bytes(32))}},
    "no challenge": lambda _: {"client": {"challenge": ""}},
    "a foreign frame": lambda _: {"client": {"crossOrigin": True}},
    "a foreign page around": lambda _: {"client": {"topOrigin": "https://evil.example"}},
    "an odd word for no frame": lambda _: {"client": {"crossOrigin": "false"}},
    "no type": lambda _: {"client": {"type": ""}},
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_was_made_elsewhere_proves_nothing(what: str) -> None:
    device = Authenticator(PARTY.origin)
    instead = OTHERS[what](device)
    passkey, new, challenge = added(device), adding(), new_challenge("sign_in", NOW)
    with pytest.raises(NotProven):
        verified_count(device.get(signing_in_options(PARTY, challenge), **instead), challenge, PARTY, passkey)
    with pytest.raises(NotProven):
        verified_new_key(device.create(adding_options(PARTY, new, "a@example.org", []), **instead), new, PARTY)


@pytest.mark.parametrize("flags", [0, PRESENT, VERIFIED, PRESENT | MAY_BE_COPIED, PRESENT | VERIFIED | IS_COPIED])
def test_without_a_verified_user_it_proves_nothing(flags: int) -> None:
    device = Authenticator(PARTY.origin)
    passkey, new, challenge = added(device), adding(), new_challenge("sign_in", NOW)
    device.flags = flags
    with pytest.raises(NotProven):
        verified_count(device.get(signing_in_options(PARTY, challenge)), challenge, PARTY, passkey)
    with pytest.raises(NotProven):
        verified_new_key(device.create(adding_options(PARTY, new, "a@example.org", [])), new, PARTY)


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
def test_a_forged_signature_proves_nothing(algorithm: Algorithm) -> None:
    device, thief = Authenticator(PARTY.origin, algorithm), Authenticator(PARTY.origin, algorithm)
    passkey, _ = added(device), added(thief)
    challenge = new_challenge("sign_in", NOW)
    options = signing_in_options(PARTY, challenge)
    changes: tuple[Callable[[bytes], bytes], ...] = (
        lambda signature: signature[:-1] + bytes([signature[-1] ^ 1]),
        lambda _: b"",
        lambda signature: signature + b"\0",
        lambda signature: bytes(len(signature)),
    )
    for change in changes:
        with pytest.raises(NotProven):
            verified_count(device.get(options, change=change), challenge, PARTY, passkey)
    stolen = replace_id(thief.get(options), passkey.id)
    stolen["response"]["userHandle"] = bytes_to_base64url(HANDLE)
    with pytest.raises(NotProven):
        verified_count(stolen, challenge, PARTY, passkey)
    assert verified_count(device.get(options), challenge, PARTY, passkey)


def replace_id(response: dict[str, Any], id: str) -> dict[str, Any]:
    return response | {"id": id, "rawId": id}


def test_what_was_changed_after_signing_proves_nothing() -> None:
    device = Authenticator(PARTY.origin)
    passkey, challenge = added(device), new_challenge("sign_in", NOW)
    signed = device.get(signing_in_options(PARTY, challenge))
    data = bytearray(base64url_to_bytes(signed["response"]["authenticatorData"]))
    data[-1] += 1
    changed = deepcopy(signed)
    changed["response"]["authenticatorData"] = bytes_to_base64url(bytes(data))
    with pytest.raises(NotProven):
        verified_count(changed, challenge, PARTY, passkey)


@pytest.mark.parametrize("handle", [None, "", bytes_to_base64url(bytes(32))])
def test_a_passkey_of_another_person_or_of_nobody_proves_nothing(handle: str | None) -> None:
    device = Authenticator(PARTY.origin)
    passkey, challenge = added(device), new_challenge("sign_in", NOW)
    signed = device.get(signing_in_options(PARTY, challenge))
    signed["response"]["userHandle"] = handle
    with pytest.raises(NotProven, match="user handle"):
        verified_count(signed, challenge, PARTY, passkey)


def test_one_ceremony_proves_nothing_for_the_other() -> None:
    device = Authenticator(PARTY.origin)
    passkey, challenge = added(device), new_challenge("sign_in", NOW)
    options = signing_in_options(PARTY, challenge)
    with pytest.raises(NotProven):
        verified_count(device.get(options, client={"type": "webauthn.create"}), challenge, PARTY, passkey)
    with pytest.raises(NotProven):
        verified_new_key(device.get(options), challenge, PARTY)


def test_the_kind_of_a_passkey_never_changes() -> None:
    device = Authenticator(PARTY.origin, flags=FLAGS | MAY_BE_COPIED)
    passkey, challenge = added(device), new_challenge("sign_in", NOW)
    assert passkey.may_be_copied
    device.flags = FLAGS | MAY_BE_COPIED | IS_COPIED
    assert verified_count(device.get(signing_in_options(PARTY, challenge)), challenge, PARTY, passkey)
    device.flags = FLAGS
    with pytest.raises(NotProven, match="other kind"):
        verified_count(device.get(signing_in_options(PARTY, challenge)), challenge, PARTY, passkey)


def test_a_credential_id_that_is_too_long_or_another_one_is_refused() -> None:
    device, challenge = Authenticator(PARTY.origin), adding()
    options = adding_options(PARTY, challenge, "a@example.org", [])
    assert verified_new_key(device.create(options, id=bytes(1023)), challenge, PARTY)
    with pytest.raises(NotProven, match="too long"):
        verified_new_key(device.create(options, id=bytes(1024)), challenge, PARTY)
    with pytest.raises(NotProven, match="not the one"):
        verified_new_key(replace_id(device.create(options), "AAAA"), challenge, PARTY)


@pytest.mark.parametrize("algorithm", [-36, -7777, -65535])
def test_a_key_with_an_algorithm_that_was_not_offered_is_refused(algorithm: int) -> None:
    device, challenge = Authenticator(PARTY.origin, "Ed25519"), adding()
    made = device.create(adding_options(PARTY, challenge, "a@example.org", []))
    attestation = cbor2.loads(base64url_to_bytes(made["response"]["attestationObject"]))
    cose = cbor2.loads(device.passkeys[-1].cose)
    attestation["authData"] = attestation["authData"].replace(device.passkeys[-1].cose, cbor2.dumps(cose | {3: algorithm}))
    made["response"]["attestationObject"] = bytes_to_base64url(cbor2.dumps(attestation))
    with pytest.raises(NotProven):
        verified_new_key(made, challenge, PARTY)


@given(
    st.dictionaries(st.sampled_from(["id", "rawId", "type", "response", "clientExtensionResults"]), JSON),
    st.dictionaries(
        st.sampled_from(["clientDataJSON", "authenticatorData", "attestationObject", "signature", "userHandle"]),
        JSON | st.binary(max_size=200).map(bytes_to_base64url) | JSON.map(lambda value: bytes_to_base64url(cbor2.dumps(value))),
    ),
)
def test_whatever_is_sent_is_refused_and_nothing_breaks(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    challenge, device = new_challenge("sign_in", NOW), Authenticator(PARTY.origin)
    passkey = added(device)
    signed = device.get(signing_in_options(PARTY, challenge))
    made = device.create(adding_options(PARTY, adding(), "a@example.org", []))
    for response in (outer, {"response": inner}, made | {"response": made["response"] | inner}):
        with pytest.raises(NotProven):
            verified_new_key(response, challenge, PARTY)
    for response in (outer, {"response": inner}, signed | {"response": signed["response"] | inner | {"signature": "AA"}}):
        with pytest.raises(NotProven):
            verified_count(response, challenge, PARTY, passkey)
