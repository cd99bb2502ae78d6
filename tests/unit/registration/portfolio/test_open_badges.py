"""What a credential says, in the form of Open Badges 3.0."""

import gzip
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import JoseError
from jsonschema import Draft202012Validator

from registration.portfolio.domain import esco
from registration.portfolio.domain.open_badges import MOST_SKILLS, Issuer, Recipient, check, credential, status, status_list
from registration.portfolio.domain.placements import Credential, GainedSkill, Placement
from registration.portfolio.domain.status_list import ENTRIES, StatusList
from registration.portfolio.domain.vc_jwt import signed
from registration.portfolio.use_cases.credentials import ISSUER_KEYS
from shared.refusals import Conflict
from shared.signing_keys import SigningKey, jwk
from support.hospital_resident import PEERS

NOW = datetime(2026, 11, 29, 6, 30, 15, 123000, tzinfo=UTC)
ID = UUID("f81d4fae-7dec-41d0-a765-00a0c91e6bf6")
ISSUER = Issuer("https://desk.example.org", "The Desk")
PLACEMENT = Placement(
    id="p1",
    version=3,
    attendee_id="ada",
    state="completed",
    title="Maps of stars",
    organization_id="o1",
    organization="Observatory",
    starts=date(2026, 1, 12),
    ends=date(2026, 3, 27),
    hours_per_week=20,
    skills=(GainedSkill("astronomy", None, True), GainedSkill("Python", 4, True), GainedSkill("Rust", 1, False)),
    remark="A joy to work with.",
)


def first_key() -> SigningKey:
    key = ISSUER_KEYS.next([], NOW)
    assert key
    return key


KEY = first_key()

# The parts of the specification's data model (appendix B) that we use, with what it requires of them.
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
URI: dict[str, Any] = {"type": "string", "pattern": r"^(https?|urn):[^\s]+$"}
TIME: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}


def thing(type: str, required: str, **properties: Any) -> dict[str, Any]:
    """A JSON Schema of an object of this type with these properties, and no others."""
    types = {"type": "array", "contains": {"const": type}}
    return {
        "type": "object",
        "required": ["type", *required.split()],
        "properties": {"type": types, **properties},
        "additionalProperties": False,
    }


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1}


PROFILE = thing("Profile", "id", id=URI, name=TEXT, url=URI)
ALIGNMENT = thing("Alignment", "targetName targetUrl", targetName=TEXT, targetUrl=URI, targetFramework=TEXT)
RESULT_TYPES = {"enum": ["Status", "PerformanceLevel"]}
DESCRIPTION = thing(
    "ResultDescription", "id name resultType", id=URI, name=TEXT, resultType=RESULT_TYPES, allowedValue=many(TEXT)
)
ACHIEVEMENT = thing(
    "Achievement",
    "id name description criteria",
    id=URI,
    name=TEXT,
    description=TEXT,
    achievementType={"const": "Fieldwork"},
    criteria={"type": "object", "required": ["narrative"], "properties": {"narrative": TEXT}},
    tag=many(TEXT),
    alignment=many(ALIGNMENT),
    resultDescription=many(DESCRIPTION),
)
IDENTITY = {
    "type": "object",
    "required": ["type", "hashed", "identityHash", "identityType"],
    "properties": {
        "type": {"const": "IdentityObject"},
        "hashed": {"type": "boolean"},
        "identityHash": TEXT,
        "identityType": {"enum": ["name", "emailAddress"]},
        "salt": TEXT,
    },
    "additionalProperties": False,
}
RESULT = thing("Result", "resultDescription", resultDescription=URI, status={"const": "Completed"}, value=TEXT)
SUBJECT = thing(
    "AchievementSubject",
    "id achievement",
    id=URI,
    identifier=many(IDENTITY),
    achievement=ACHIEVEMENT,
    role=TEXT,
    source=PROFILE,
    activityStartDate=TIME,
    activityEndDate=TIME,
    result=many(RESULT),
)
CREDENTIAL = {
    "type": "object",
    "required": ["@context", "id", "type", "issuer", "validFrom", "credentialSubject"],
    "properties": {
        "@context": {
            "prefixItems": [
                {"const": "https://www.w3.org/ns/credentials/v2"},
                {"const": "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
            ],
            "minItems": 2,
            "maxItems": 2,
        },
        "id": URI,
        "type": {"const": ["VerifiableCredential", "OpenBadgeCredential"]},
        "name": TEXT,
        "issuer": PROFILE,
        "validFrom": TIME,
        "credentialSubject": SUBJECT,
    },
    "additionalProperties": False,
}


def made(**changes: Any) -> dict[str, Any]:
    return credential(replace(PLACEMENT, **changes), ISSUER, ID, Recipient("Ada", "ada@example.org", "salt"), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"skills": ()},
        {"starts": None, "ends": None},
        {"organization_id": None},
        {"skills": tuple(GainedSkill(f"s{number}", number % 6 or None, True) for number in range(200))},
        {"title": "x" * 300, "skills": (GainedSkill("🦀" * 100, 5, True),) * 200},
    ],
)
def test_a_credential_has_the_form_that_the_specification_asks_for(changes: dict[str, Any]) -> None:
    content = made(**changes)
    Draft202012Validator(CREDENTIAL).validate(content)
    described = [one["id"] for one in content["credentialSubject"]["achievement"]["resultDescription"]]
    assert [one["resultDescription"] for one in content["credentialSubject"]["result"]] == described
    assert len(set(described)) == len(described)
    assert len(signed(content, KEY.key, "k", "JWT")) < 100_000


def test_every_field_is_a_term_of_the_contexts_that_the_credential_names() -> None:
    # The contexts lie with the verifier: they are read here, and not part of the project.
    contexts = PEERS / "openbadgeslib/ob3/contexts"
    terms: set[str] = {"@context"}
    for name in ("credentials-v2.json", "ob-v3p0-context-3.0.3.json"):
        terms |= names(json.loads((contexts / name).read_text(encoding="utf-8")))
    content = made() | {"credentialStatus": status(ISSUER, "l1", 7)}
    assert names(content) - terms == set()
    assert names(status_list(StatusList("l1"), ISSUER, NOW)) - terms == set()
    assert names({"achievment": 1}) - terms == {"achievment"}


def names(value: Any) -> set[str]:
    """The names of all fields, at any depth."""
    if isinstance(value, dict):
        return set(value) | {name for inner in value.values() for name in names(inner)}
    return {name for inner in value for name in names(inner)} if isinstance(value, list) else set()


def test_what_is_said_is_what_was_done() -> None:
    subject = made()["credentialSubject"]
    achievement = subject["achievement"]
    assert achievement["tag"] == ["Python", "astronomy"], "what is not confirmed is not said; the best are first"
    assert [one["targetName"] for one in achievement["alignment"]] == ["Python (computer programming)", "astronomy"]
    assert [one.get("status") or one["value"] for one in subject["result"]] == ["Completed", "4"]
    assert (subject["activityStartDate"], subject["source"]["name"]) == ("2026-01-12T00:00:00Z", "Observatory")
    assert "joy" not in json.dumps(made()), "the remark is not the issuer's to say"
    many = tuple(GainedSkill(f"s{number}", None, True) for number in range(200))
    assert len(made(skills=many)["credentialSubject"]["achievement"]["tag"]) == MOST_SKILLS


def test_without_an_address_a_credential_has_the_name_alone() -> None:
    content = credential(PLACEMENT, ISSUER, ID, Recipient("Ada"), NOW)
    assert [one["identityType"] for one in content["credentialSubject"]["identifier"]] == ["name"]


@pytest.mark.parametrize("change", [{"state": "started"}, {"state": "ended"}, {"title": None}, {"organization": None}])
def test_what_is_not_completed_or_not_known_gets_none(change: dict[str, Any]) -> None:
    check(PLACEMENT)
    with pytest.raises(Conflict):
        check(replace(PLACEMENT, **change))


def test_a_credential_is_outdated_once_it_says_what_holds_no_more() -> None:
    issued = replace(PLACEMENT, credential=Credential("urn:x", NOW, "t", ("Python",), "l1", 7))
    assert not PLACEMENT.has_outdated_credential
    assert not issued.has_outdated_credential
    assert replace(issued, skills=()).has_outdated_credential
    assert replace(issued, state="ended").has_outdated_credential
    assert not replace(issued, skills=(*issued.skills, GainedSkill("Go", 1, True)), remark=None).has_outdated_credential


def test_a_token_is_signed_with_ed25519_and_has_the_registered_claims() -> None:
    token = signed(made(), KEY.key, ISSUER.key_id(KEY.key.public.id), "JWT")
    with pytest.warns(match="EdDSA"):
        read = jwt.decode(token, jwk(KEY.key.public), algorithms=["EdDSA"])
    assert read.header == {"alg": "EdDSA", "typ": "JWT", "kid": f"https://desk.example.org/issuer/keys/{KEY.key.public.id}"}
    claims = read.claims
    assert (claims["iss"], claims["jti"]) == (claims["issuer"]["id"], claims["id"])
    assert (claims["sub"], claims["nbf"]) == (claims["credentialSubject"]["id"], int(NOW.timestamp()))
    with pytest.raises(JoseError), pytest.warns(match="EdDSA"):
        jwt.decode(token, jwk(first_key().key.public), algorithms=["EdDSA"])


def test_keys_sign_for_half_a_year_and_then_lose_their_secret() -> None:
    later = NOW + ISSUER_KEYS.signs - ISSUER_KEYS.announced
    new = ISSUER_KEYS.next([KEY], later)
    assert new
    assert ISSUER_KEYS.signing([KEY, new], later) == KEY
    assert ISSUER_KEYS.signing([KEY, new], NOW + ISSUER_KEYS.signs) == new
    assert ISSUER_KEYS.ended([KEY, new], NOW + ISSUER_KEYS.signs + timedelta(hours=1)) == [KEY]


# Status lists


def bits(found: StatusList) -> str:
    """The list as a verifier reads it: the first index is the leftmost bit of the first byte."""
    encoded = status_list(found, ISSUER, NOW)["credentialSubject"]["encodedList"]
    assert re.fullmatch(r"u[A-Za-z0-9_-]+", encoded)
    return "".join(f"{byte:08b}" for byte in gzip.decompress(urlsafe_b64decode(encoded[1:] + "==")))


@given(st.sets(st.integers(0, ENTRIES - 1), max_size=20))
def test_a_list_says_of_each_index_whether_it_was_revoked(revoked: set[int]) -> None:
    found = StatusList("l1")
    for index in [*revoked, *revoked]:
        found.revoke(index)
    read = bits(found)
    assert len(read) == ENTRIES >= 131_072
    assert {index for index, bit in enumerate(read) if bit == "1"} == revoked
    assert found.revision == len(revoked)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_no_index_is_given_twice(random: list[int]) -> None:
    found, numbers = StatusList("l1"), iter([*random, *range(10, 60)])
    taken = [found.take(lambda most: next(numbers)) for _ in range(15)]
    assert len(set(taken)) == found.count == 15
    assert all(not found.revoked[byte] for byte in range(8)), "to use one revokes nothing"


def test_a_list_is_good_for_a_day_from_the_hour_in_which_it_was_signed() -> None:
    content = status_list(StatusList("l1"), ISSUER, NOW)
    assert (content["validFrom"], content["validUntil"]) == ("2026-11-29T06:00:00Z", "2026-11-30T06:00:00Z")
    entry = status(ISSUER, "l1", 7)
    assert entry["statusListCredential"] == content["id"] == "https://desk.example.org/issuer/status/l1"
    assert (entry["statusListIndex"], entry["statusPurpose"]) == ("7", content["credentialSubject"]["statusPurpose"])


# ESCO


@pytest.mark.parametrize(
    ("term", "label"),
    [
        ("python", "Python (computer programming)"),
        ("Python  (Computer Programming)", "Python (computer programming)"),
        ("STATISTICS", "statistics"),
        ("C++", "C++"),
    ],
)
def test_a_skill_is_found_by_its_name(term: str, label: str) -> None:
    found = esco.find(term)
    assert found
    assert found.label == label
    assert re.fullmatch(r"http://data\.europa\.eu/esco/skill/[0-9a-f]{8}-[0-9a-f-]{27}", found.uri)


@pytest.mark.parametrize("term", ["", "pythn", "Astropy", "\x00", "python; statistics"])
def test_what_is_only_similar_is_no_skill(term: str) -> None:
    assert esco.find(term) is None
