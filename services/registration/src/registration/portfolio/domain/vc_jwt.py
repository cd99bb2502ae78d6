"""Signs credentials as VC-JWT. Pure.

As in section 8.2 of Open Badges 3.0, the payload is the credential itself with the registered claims, and ``kid`` is the address
at which the key is published.
"""

from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Any, Final, Literal

import orjson
from joserfc import jws
from joserfc.jws import JWSRegistry

from shared.signing_keys import PrivateKey, jwk

_ALGORITHM: Final = "EdDSA"
"""RFC 9864 deprecates this name in favour of Ed25519, but it is the one that verifiers of credentials know."""


class _Signatures(JWSRegistry):
    """Allows only this algorithm of joserfc, without the warning about its name."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[_ALGORITHM]


def signed(credential: dict[str, Any], key: PrivateKey, kid: str, typ: Literal["JWT", "vc+jwt"]) -> str:
    """The credential as a compact JWS. ``kid``: the address at which the public key is published."""
    issuer = credential["issuer"]
    claims = credential | {
        "iss": issuer["id"] if isinstance(issuer, dict) else issuer,
        "jti": credential["id"],
        "sub": credential["credentialSubject"]["id"],
        "nbf": _seconds(credential["validFrom"]),
    }
    if until := credential.get("validUntil"):
        claims["exp"] = _seconds(until)
    header = {"alg": _ALGORITHM, "typ": typ, "kid": kid}
    return jws.serialize_compact(header, orjson.dumps(claims), jwk(key.public, key.d), registry=_Signatures())


def key_id_of(token: str) -> str:
    """The address of the public key for a token that we signed."""
    head = token.partition(".")[0]
    return str(orjson.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())
