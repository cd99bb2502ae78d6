"""What verifiers of credentials need: the issuer, its keys, and the revoked credentials."""

from typing import Any, Final

from fastapi import Depends, Response

from registration.portfolio.domain.open_badges import CONTEXT, LIST_SECONDS, moment, public_jwk
from registration.portfolio.use_cases.credentials import Credentials
from shared import clock
from shared.contract.events.fields import Id
from shared.refusals import NotFound
from shared.web.access.guard import public
from shared.web.access.router import Router

_HEADERS: Final = {"Cache-Control": f"public, max-age={LIST_SECONDS}", "Access-Control-Allow-Origin": "*"}
"""Verifiers may run in browsers, and cache the responses for a while. Nothing here is about a person."""
_TOKEN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "a signed credential (VC-JWT)", "content": {"application/vc+jwt": {"schema": {"type": "string"}}}}
}


def create_router(credentials: Credentials) -> Router:
    """``/issuer``."""
    router = Router(prefix="/issuer", tags=["issuer"], dependencies=[Depends(public("verifiers of credentials have no key"))])

    async def jwks() -> dict[str, dict[str, Any]]:
        """The public keys that are to be trusted, by their ids."""
        trusted = [key.key.public for key in await credentials.keys() if key.revoked_at is None]
        return {key.id: public_jwk(key, credentials.issuer) for key in trusted}

    @router.get("")
    async def get_issuer(response: Response) -> dict[str, Any]:
        """Return the issuer's profile (Open Badges 3.0), with the keys that sign in its name (Controlled Identifiers 1.0).

        A revoked key has the time of its revocation (`revoked`), and is not an `assertionMethod`.
        """
        issuer, keys = credentials.issuer, await credentials.keys()
        response.headers.update(_HEADERS)
        methods = []
        for key in keys:
            shown = public_jwk(key.key.public, issuer)
            method = {"id": shown["kid"], "type": "JsonWebKey", "controller": issuer.id, "publicKeyJwk": shown}
            methods.append(method | ({"revoked": moment(key.revoked_at)} if key.revoked_at else {}))
        return {
            "@context": CONTEXT,
            **issuer.profile(),
            "verificationMethod": methods,
            "assertionMethod": [method["id"] for method in methods if "revoked" not in method],
        }

    @router.get("/keys")
    async def get_keys(response: Response) -> dict[str, Any]:
        """Return all public keys that ever signed credentials, except revoked ones, as a JWK Set (RFC 7517)."""
        keys = await jwks()
        response.headers.update(_HEADERS)
        return {"keys": list(keys.values())}

    @router.get("/keys/{id}")
    async def get_key(id: Id, response: Response) -> dict[str, Any]:
        """Return the public key that the `kid` of a credential names. A revoked one gets 404: nothing that it signed can be
        verified."""
        key = (await jwks()).get(id)
        if key is None:
            raise NotFound("key", id)
        response.headers.update(_HEADERS)
        return key

    @router.get("/status/{id}", responses=_TOKEN, response_class=Response)
    async def get_status_list(id: Id) -> Response:
        """Return which of some hundred thousand credentials are revoked: a signed Bitstring Status List 1.0, valid for a day."""
        token = await credentials.signed_list(id, clock.now())
        return Response(token, media_type="application/vc+jwt", headers=_HEADERS)

    return router
