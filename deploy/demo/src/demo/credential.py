"""Has a completed placement issued as a credential, and verifies it as anybody can: with what its issuer publishes."""

import gzip
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from demo.desk import Desk, Json


class NotValid(Exception):
    """The credential does not hold. The message says why."""


class _EdDsa(JWSRegistry):
    """Only the signature that credentials have, whose name joserfc warns of."""

    def get_alg(self, name: str) -> Any:
        if name != "EdDSA":
            raise NotValid(f"it is signed by {name}, not by EdDSA")
        return self.algorithms[name]


async def issue(desk: Desk, attendee_id: str, placement_id: str, name: str) -> str:
    """Have the person's placement issued to them, with a key of their own, and return the token."""
    own = await desk.post("registration", "/keys", {"name": "demo", "scopes": ["me"], "attendee_id": attendee_id})
    wish = {"name": name, "copies_cannot_be_recalled": True}
    placement = await desk.post("registration", f"/me/portfolio/placements/{placement_id}/credential", wish, own["key"])
    token: str = placement["credential"]["token"]
    return token


async def verified(desk: Desk, token: str, now: datetime) -> Json:
    """What the credential says, once its signature, its issuer, its date and that it is not revoked are verified.

    It is read without a key, as anybody can. In the demo, registration answers at another address than the one that credentials
    name, where `make up` starts it: only the paths of their addresses are used. Raises `NotValid`.
    """
    issuer = json.loads(await _published(desk, "/issuer"))
    said = signed_by(token, await _published_key(desk, token), issuer)
    if datetime.fromisoformat(said["validFrom"]) > now:
        raise NotValid(f"it holds only from {said['validFrom']} on")
    status = said["credentialStatus"]
    listed = await _published(desk, status["statusListCredential"])
    if is_revoked(signed_by(listed, await _published_key(desk, listed), issuer), int(status["statusListIndex"])):
        raise NotValid("it is revoked")
    return said


async def _published_key(desk: Desk, token: str) -> Json:
    key: Json = json.loads(await _published(desk, _part(token, 0)["kid"]))
    return key


async def _published(desk: Desk, address: str) -> str:
    found = await desk.client.get(f"{desk.addresses['registration']}{urlsplit(address).path}", auth=None)
    return found.raise_for_status().text


def signed_by(token: str, key: Mapping[str, Any], issuer: Mapping[str, Any]) -> Json:
    """What the token says, if this key of this issuer signed it. Raises `NotValid`."""
    try:
        read = jws.deserialize_compact(token, OKPKey.import_key(dict(key)), registry=_EdDsa())
        said: Json = json.loads(read.payload)
    except (JoseError, ValueError) as error:
        raise NotValid(f"its signature is not that of the published key: {error}") from error
    named = said["issuer"]["id"] if isinstance(said["issuer"], dict) else said["issuer"]
    if named != issuer["id"]:
        raise NotValid(f"it names the issuer {named}, not {issuer['id']}")
    if key["kid"] != read.headers()["kid"] or key["kid"] not in issuer["assertionMethod"]:
        raise NotValid(f"the issuer does not sign by {read.headers()['kid']}")
    return said


def is_revoked(status_list: Mapping[str, Any], index: int) -> bool:
    """Whether a status list (Bitstring Status List 1.0) says that the credential with this index was revoked."""
    encoded = status_list["credentialSubject"]["encodedList"].removeprefix("u")
    bits = gzip.decompress(_decoded(encoded))
    return bool(bits[index // 8] & 0x80 >> index % 8)  # the leftmost bit is the first one


def _part(token: str, number: int) -> Json:
    part: Json = json.loads(_decoded(token.split(".")[number]))
    return part


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
