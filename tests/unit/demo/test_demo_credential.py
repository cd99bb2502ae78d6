"""The demo verifies credentials as others do: by what the issuer publishes. Here, registration's own code issues them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from demo.credential import NotValid, verified
from demo.desk import Desk
from registration.portfolio.domain import open_badges
from registration.portfolio.domain.open_badges import Issuer, Recipient
from registration.portfolio.domain.placements import GainedSkill, Placement
from registration.portfolio.domain.status_list import StatusList
from registration.portfolio.domain.vc_jwt import signed
from shared.signing_keys import PrivateKey, new_key

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
ISSUER = Issuer("https://desk.example.org", "The Desk")
KEY, FORGED = (new_key("k1", NOW, NOW) for _ in range(2))
PLACEMENT = Placement(
    "p1", 1, "ada", "completed", "Maps of stars", "observatory", "Observatory", date(2026, 9, 1), date(2026, 11, 24), 15,
    (GainedSkill("Python", 4, True),), None,
)  # fmt: skip
STATUS_LIST = StatusList("s1")


def token(key: PrivateKey = KEY, issuer: Issuer = ISSUER, index: int = 3) -> str:
    content = open_badges.credential(PLACEMENT, issuer, UUID(int=1), Recipient("Ada"), NOW)
    content["credentialStatus"] = open_badges.status(ISSUER, STATUS_LIST.id, index)
    return signed(content, key, ISSUER.key_id("k1"), "JWT")


class Published:
    """What registration publishes, at another address than the credential says; it wants no key."""

    def __init__(self, *revoked: int, trusted: bool = True) -> None:
        self.list = StatusList("s1")
        for index in revoked:
            self.list.revoke(index)
        self.trusted = trusted

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        jwk = open_badges.public_jwk(KEY.public, ISSUER)
        found: dict[str, httpx.Response] = {
            "/issuer": httpx.Response(200, json=ISSUER.profile() | {"assertionMethod": [jwk["kid"]] if self.trusted else []}),
            "/issuer/keys/k1": httpx.Response(200, json=jwk),
            "/issuer/status/s1": httpx.Response(
                200, text=signed(open_badges.status_list(self.list, ISSUER, NOW), KEY, jwk["kid"], "vc+jwt")
            ),
        }
        return found[request.url.path]


async def verify(text: str, published: Published | None = None, now: datetime = NOW) -> dict[str, Any]:
    def with_key(request: httpx.Request) -> httpx.Request:
        request.headers["authorization"] = "Bearer operator"
        return request

    async with httpx.AsyncClient(transport=httpx.MockTransport(published or Published()), auth=with_key) as client:
        return await verified(Desk(client, {"registration": "http://127.0.0.1:1"}), text, now)


async def test_a_credential_is_verified_by_the_published_key() -> None:
    said = await verify(token())
    assert said["credentialSubject"]["achievement"]["name"] == "Maps of stars"


@pytest.mark.parametrize(
    ("text", "published", "now", "why"),
    [
        (token(FORGED), Published(), NOW, "its signature is not that of the published key"),
        (token()[:-8] + "AAAAAAAA", Published(), NOW, "its signature is not that of the published key"),
        (token(issuer=Issuer("https://else.example.org", "Else")), Published(), NOW, "it names the issuer https://else"),
        (token(), Published(3), NOW, "it is revoked"),
        (token(), Published(trusted=False), NOW, "the issuer does not sign by"),
        (token(), Published(), NOW - timedelta(hours=1), "it holds only from"),
    ],
)
async def test_a_credential_that_does_not_hold_is_refused(text: str, published: Published, now: datetime, why: str) -> None:
    with pytest.raises(NotValid, match=why):
        await verify(text, published, now)


async def test_the_revocation_of_another_credential_does_not_count() -> None:
    assert await verify(token(index=3), Published(2, 4, 11))
