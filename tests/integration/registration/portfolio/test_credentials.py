"""Credentials of completed placements: issued at the person's wish, verified by software that is not ours, and revoked."""

import asyncio
import gzip
import json
from base64 import urlsafe_b64decode
from hashlib import sha256
from typing import Any

import httpx
import pytest

from registration.portfolio.domain.status_list import ENTRIES, StatusList
from registration.portfolio.repository.status_lists import StatusLists
from registration.portfolio.use_cases.credentials import MOST_ISSUED
from registration.settings import Settings
from shared.database.mongo import Database, Tx
from shared.database.signing_keys import SigningKeys
from shared.encryption import Cipher
from support.answers import problem
from support.badge_verifier import verify
from support.kafka import Kafka
from support.keys import command, documents
from support.placements import CONFERENCE, PLACEMENT, attendee, place
from support.sessions import cookie, session_of, sign_in

ADA, BOB = "ada@example.org", "bob@example.org"
URL = "https://desk.example.org"
CREDENTIAL = "/me/portfolio/placements/p1/credential"
WISH: dict[str, Any] = {"name": "Ada Lovelace", "copies_cannot_be_recalled": True}
PYTHON = "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"
NOBODY = {"authorization": ""}


@pytest.fixture
def environment(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """With an issuer."""
    for name, value in {"ISSUER_URL": URL, "ISSUER_NAME": "The Desk"}.items():
        environment[name] = value
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def conferences() -> dict[str, dict[str, Any]]:
    return {"c1": CONFERENCE}


@pytest.fixture
async def id(api: httpx.AsyncClient, kafka: Kafka) -> str:
    """Ada's id. Her placement is completed."""
    id = await attendee(api, kafka, ADA)
    await place(kafka, id)
    return id


@pytest.fixture
async def ada(id: str) -> dict[str, str]:
    """The headers of Ada's requests."""
    return await sign_in("registration", id)


async def issued(api: httpx.AsyncClient, headers: dict[str, str], **wish: Any) -> str:
    """The token of the credential that the person has issued."""
    answer = await api.post(CREDENTIAL, json=WISH | wish, headers=headers)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["credential"]["token"]
    return token


def part(token: str, number: int) -> dict[str, Any]:
    """The header or the payload of a token."""
    text = token.split(".")[number]
    read: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return read


async def verdict(api: httpx.AsyncClient, token: str, **changed: str) -> dict[str, Any]:
    """What the verifier says, which asks where the credential itself says that its key and its status list are."""
    kid, status = part(token, 0)["kid"], part(token, 1)["credentialStatus"]["statusListCredential"]
    key = await api.get(kid.removeprefix(URL), headers=NOBODY)
    listed = await api.get(status.removeprefix(URL), headers=NOBODY)
    assert (key.status_code, listed.status_code, listed.headers["content-type"]) == (200, 200, "application/vc+jwt")
    assert listed.headers["cache-control"] == "public, max-age=300"
    return await verify(token, key.json(), {status: listed.text} | changed)


async def test_a_credential_is_verified_by_others_and_says_what_was_done(api: httpx.AsyncClient, ada: dict[str, str]) -> None:
    preview = (await api.get(CREDENTIAL, headers=ada)).json()
    assert ("cannot be recalled" in preview["notice"], preview["issued"]) == (True, None)
    assert preview["says"]["credentialSubject"]["achievement"]["achievementType"] == "Fieldwork"
    unaware = await api.post(CREDENTIAL, json={"name": "Ada"}, headers=ada)
    assert (unaware.status_code, problem(unaware)["errors"][0]["field"]) == (422, "copies_cannot_be_recalled")
    token = await issued(api, ada, address=True)
    assert await issued(api, ada, name="Else") == token, "the same again is the same credential"
    read = part(token, 1)
    salt = read["credentialSubject"]["identifier"][1]["salt"]
    hashed = "sha256$" + sha256((ADA + salt).encode()).hexdigest()
    assert await verdict(api, token) == {
        "valid": True,
        "issuer": "The Desk",
        "name": "Maps of stars",
        "type": "Fieldwork",
        "aligned": [PYTHON],
        "results": ["Completed", "4"],
        "identifiers": [["name", "Ada Lovelace"], ["emailAddress", hashed]],
    }
    assert ADA not in json.dumps(read)
    assert "Rust" not in json.dumps(read), "it is not confirmed"
    subject = read["credentialSubject"]
    assert (subject["source"]["name"], subject["role"]) == ("Observatory", "Maps of stars")
    assert (subject["activityStartDate"], subject["activityEndDate"]) == ("2026-01-12T00:00:00Z", "2026-03-27T00:00:00Z")
    # The verifier would find these out.
    head, body, signature = token.split(".")
    assert (await verify(f"{head}.{body}.{signature[:-6]}AAAAAA", (await key_of(api, token)), {}))["valid"] is False
    other = (await api.get("/issuer/keys", headers=NOBODY)).json()["keys"][0] | {
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    }
    assert (await verify(token, other, {}))["reason"] == "Invalid signature"


async def key_of(api: httpx.AsyncClient, token: str) -> dict[str, Any]:
    key: dict[str, Any] = (await api.get(part(token, 0)["kid"].removeprefix(URL), headers=NOBODY)).json()
    return key


async def test_the_issuer_publishes_its_profile_and_keys(api: httpx.AsyncClient) -> None:
    profile = await api.get("/issuer", headers=NOBODY)
    [method] = profile.json()["verificationMethod"]
    assert (profile.json()["id"], profile.json()["name"], profile.json()["type"]) == (f"{URL}/issuer", "The Desk", ["Profile"])
    assert method["publicKeyJwk"] == (await api.get("/issuer/keys", headers=NOBODY)).json()["keys"][0]
    assert method["publicKeyJwk"] == (await api.get(method["id"].removeprefix(URL), headers=NOBODY)).json()
    assert set(method["publicKeyJwk"]) == {"kty", "crv", "x", "kid", "use", "alg"}, "and never the secret half"
    assert profile.headers["access-control-allow-origin"] == "*"
    assert (await api.get("/issuer", headers=NOBODY | {"host": "desk.example.org"})).status_code == 200
    for path in ("/issuer/keys/none", "/issuer/status/none"):
        assert (await api.get(path, headers=NOBODY)).status_code == 404


async def test_a_revoked_credential_holds_no_more_and_another_gets_another_index(
    api: httpx.AsyncClient, kafka: Kafka, id: str, ada: dict[str, str]
) -> None:
    first = await issued(api, ada)
    for _ in range(2):
        assert (await api.delete(CREDENTIAL, headers=ada)).json()["credential"] is None
    assert "revocation" in (await verdict(api, first))["reason"]
    second = await issued(api, ada)
    places = [part(token, 1)["credentialStatus"]["statusListIndex"] for token in (first, second)]
    assert (places[0] != places[1], (await verdict(api, second))["valid"]) == (True, True)
    assert (await verdict(api, first))["valid"] is False
    # A skill in it is withdrawn: it says what does not hold.
    await place(kafka, id, 2, skills=[PLACEMENT["skills"][0] | {"confirmed": False}])
    assert "revocation" in (await verdict(api, second))["reason"]
    assert (await api.get("/me/portfolio", headers=ada)).json()["placements"][0]["credential"] is None


async def test_an_erasure_revokes_the_credential_and_forgets_whose_it_was(
    api: httpx.AsyncClient, environment: dict[str, str], id: str, ada: dict[str, str]
) -> None:
    token = await issued(api, ada)
    assert token in (await api.get("/me/export", headers=ada)).text
    assert (await api.delete("/me", headers=ada)).status_code == 204
    assert "revocation" in (await verdict(api, token))["reason"]
    stored = {name: found for name, found in (await documents(environment)).items() if name != "audit"}
    index = part(token, 1)["credentialStatus"]["statusListIndex"]
    assert not any(secret in repr(stored) for secret in (token, part(token, 1)["id"], "Ada Lovelace", f"'index': {index}"))
    [status_list] = stored["status_lists"]
    assert set(status_list) == {"_id", "used", "revoked", "count", "revision"}
    assert status_list["used"] == status_list["revoked"], "its index is never given to another credential"


async def test_only_its_person_gets_a_credential_and_only_of_what_is_completed(
    api: httpx.AsyncClient, kafka: Kafka, id: str, ada: dict[str, str]
) -> None:
    bob = cookie(session_of(await attendee(api, kafka, BOB)))
    for method, body in (("GET", None), ("POST", WISH), ("DELETE", None)):
        assert (await api.request(method, CREDENTIAL, json=body, headers=bob)).status_code == 404, method
    for version, state in enumerate(("confirmed", "started", "ended"), 2):
        await place(kafka, id, version, state=state)
        refused = await api.post(CREDENTIAL, json=WISH, headers=ada)
        assert (refused.status_code, state in problem(refused)["detail"]) == (409, True)
    for wrong in ({"name": ""}, {"name": "a\nb"}, {"name": "x" * 301}, {"copies_cannot_be_recalled": False}, {"address": 1}):
        assert (await api.post(CREDENTIAL, json=WISH | wrong, headers=ada)).status_code == 422


async def test_one_who_asks_many_times_at_once_gets_one_credential(
    api: httpx.AsyncClient, environment: dict[str, str], ada: dict[str, str]
) -> None:
    tokens = await asyncio.gather(*(issued(api, ada) for _ in range(5)))
    [status_list] = (await documents(environment))["status_lists"]
    assert (len(set(tokens)), status_list["count"]) == (1, 1)


async def test_half_of_a_list_stays_empty(database: Database) -> None:
    lists = StatusLists(database.db)

    async def is_open(count: int, tx: Tx) -> bool:
        await lists.save(StatusList("l1", count=count), tx)
        return await lists.open(tx) is not None

    assert await database.transact(lambda tx: is_open(ENTRIES // 2 - 1, tx))
    assert not await database.transact(lambda tx: is_open(ENTRIES // 2, tx))


async def test_keys_change_and_what_the_old_one_signed_stays_valid(
    api: httpx.AsyncClient, database: Database, environment: dict[str, str], ada: dict[str, str]
) -> None:
    keys = SigningKeys(database.db, Cipher(Settings().secrets_key))
    token = await issued(api, ada)
    [key] = await keys.all()
    assert key.key.d not in repr(await documents(environment)), "it is stored encrypted"
    done = await command("secrets", "rekey", **environment)
    assert (done.status, "1 signing keys" in done.out) == (0, True)
    assert (await keys.all()) == [key]
    await database.transact(lambda tx: keys.forget_secret(key.number, tx))
    assert (await api.post("/me/portfolio/placements/p1/credential", json=WISH, headers=ada)).json()["credential"][
        "token"
    ] == token
    assert len((await api.get("/issuer/keys", headers=NOBODY)).json()["keys"]) == 1
    await api.delete(CREDENTIAL, headers=ada)
    assert (await api.post(CREDENTIAL, json=WISH, headers=ada)).status_code == 503, "no key can sign"


async def revoked(api: httpx.AsyncClient, token: str) -> bool:
    """Whether the status list says that the credential is revoked; the list is signed by a key that is trusted."""
    status = part(token, 1)["credentialStatus"]
    listed = (await api.get(status["statusListCredential"].removeprefix(URL), headers=NOBODY)).text
    trusted = [key["kid"] for key in (await api.get("/issuer/keys", headers=NOBODY)).json()["keys"]]
    assert part(listed, 0)["kid"] in trusted
    text = part(listed, 1)["credentialSubject"]["encodedList"][1:]
    bits, index = gzip.decompress(urlsafe_b64decode(text + "=" * (-len(text) % 4))), int(status["statusListIndex"])
    return bool(bits[index // 8] & 0x80 >> index % 8)


async def test_a_key_that_others_may_have_is_revoked_with_what_it_signed_and_another_one_signs(
    api: httpx.AsyncClient, environment: dict[str, str], ada: dict[str, str]
) -> None:
    token = await issued(api, ada)
    key = part(token, 0)["kid"].rpartition("/")[2]
    assert f"{key}" in (await command("credentials", "keys", **environment)).out
    assert not await revoked(api, token)
    done = await command("credentials", "revoke-key", key, **environment)
    assert (done.status, "and 1 credentials that it signed" in done.out) == (0, True), done
    # Nobody can verify what it signed, by us or by somebody else.
    assert (await api.get(f"/issuer/keys/{key}", headers=NOBODY)).status_code == 404
    assert key not in (await api.get("/issuer/keys", headers=NOBODY)).text
    profile = (await api.get("/issuer", headers=NOBODY)).json()
    ended = {one["id"] for one in profile["verificationMethod"] if "revoked" in one}
    assert ended == {part(token, 0)["kid"]}
    assert (len(profile["assertionMethod"]), ended & set(profile["assertionMethod"])) == (1, set())
    assert await revoked(api, token)
    # Its person learns of it, and has it issued again.
    [placement] = (await api.get("/me/portfolio", headers=ada)).json()["placements"]
    assert (placement["credential"], placement["to_be_reissued"]) == (None, True)
    again = await issued(api, ada)
    assert (await verdict(api, again))["valid"] is True
    assert (await api.get("/me/portfolio", headers=ada)).json()["placements"][0]["to_be_reissued"] is False
    twice = json.loads((await command("credentials", "revoke-key", key, "--json", **environment)).out)
    assert (twice["credentials"], twice["signs_now"]) == (0, part(again, 0)["kid"].rpartition("/")[2])
    assert not await revoked(api, again)
    unknown = await command("credentials", "revoke-key", "none", **environment)
    assert (unknown.status, unknown.err.strip()) == (1, "there is no key 'none' that signs credentials")


async def test_a_placement_is_issued_a_limited_number_of_times(
    api: httpx.AsyncClient, database: Database, ada: dict[str, str]
) -> None:
    await issued(api, ada)
    await api.delete(CREDENTIAL, headers=ada)
    await database.db["placements"].update_one({"_id": "p1"}, {"$set": {"issued": MOST_ISSUED - 1}})
    await issued(api, ada)
    await api.delete(CREDENTIAL, headers=ada)
    refused = await api.post(CREDENTIAL, json=WISH, headers=ada)
    assert (refused.status_code, f"{MOST_ISSUED} credentials" in problem(refused)["detail"]) == (409, True)
