"""Session tokens: how a browser proves, with each request, who signed in. Pure.

A token is a JWT (RFC 7519) signed with Ed25519 (RFC 8037, RFC 9864). Only the notifications service has the private keys. Every
service verifies a token with the public key that the token names, and without asking another service.

Times in a token are those of the clock that issued it, and a reader's clock may differ. Up to ``TOLERANCE`` nobody is signed out
for it, and nobody stays signed in for longer than that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.signing_keys import PrivateKey, PublicKey, jwk

COOKIE: Final = "__Host-session"
"""The cookie that holds the token. By its prefix, browsers take it only with Secure and Path=/, and for this host alone."""
LIFETIME: Final = timedelta(days=7)
"""How long a session lasts. It is not prolonged by use."""
TOLERANCE: Final = timedelta(minutes=15)
"""How far two clocks may differ."""
MOST_OTHER_IDS: Final = 8
"""The most ids of a person in a token besides the first."""
RECENT: Final = timedelta(minutes=15)
"""How long after signing in somebody may do things that need a recent sign-in: erase themselves, add a passkey, …"""
LONGEST_TOKEN: Final = 3072
"""The most characters of a token that are read: enough for all that it may contain, and less than a cookie holds."""

_REMEMBERED: Final = 4096
"""So many tokens are not verified again each time."""
_ALGORITHM: Final = "Ed25519"
_TYPE: Final = "session+jwt"
_ISSUER: Final = "opportunity-desk/notifications"
_AUDIENCE: Final = "opportunity-desk/services"


class NoSession(ValueError):
    """The token proves nothing. The text says why, for logs and tests; it is not for whoever sent the token."""


@dataclass(frozen=True, slots=True)
class SignInSession:
    """Somebody is signed in, in one browser."""

    id: str
    person_id: str
    generation: int
    """Sessions with a lower generation than the newest one of any of the person's ids have ended; see ``next_generation``."""
    signed_in_at: datetime
    ends_at: datetime
    also: tuple[str, ...] = ()
    """The person's other ids, at most ``MOST_OTHER_IDS``: of attendees who were merged into one person, or of a host's staff."""
    operator: bool = False
    """Whether they signed in as an operator."""

    @property
    def person_ids(self) -> tuple[str, ...]:
        """All ids of the person, the first of them the one that they signed in with."""
        return (self.person_id, *self.also)


_PersonId = Annotated[str, Field(min_length=1, max_length=128)]


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    iss: str
    aud: str
    sub: _PersonId
    also: list[_PersonId] = Field(max_length=MOST_OTHER_IDS)
    op: bool
    sid: str = Field(min_length=1, max_length=64)
    gen: int = Field(ge=0)
    iat: int = Field(ge=0, le=2**40)
    nbf: int = Field(ge=0, le=2**40)
    exp: int = Field(ge=0, le=2**40)


def signed_in_recently(session: SignInSession, now: datetime) -> bool:
    """Whether the session is recent enough for things that need a recent sign-in."""
    return now - session.signed_in_at <= RECENT


def next_generation(newest: int, now: datetime) -> int:
    """The generation that ends all sessions of a person until now, whose newest generation was ``newest``.

    It rises even if clocks disagree. It is also above every one that was forgotten, because it is not below the time.
    """
    return max(newest + 1, int(now.timestamp() * 1000))


def signed(session: SignInSession, key: PrivateKey) -> str:
    """The token of the session."""
    header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": key.public.id}
    since = int(session.signed_in_at.timestamp())
    claims = _Claims(
        iss=_ISSUER,
        aud=_AUDIENCE,
        sub=session.person_id,
        also=list(session.also),
        op=session.operator,
        sid=session.id,
        gen=session.generation,
        iat=since,
        nbf=since,
        exp=int(session.ends_at.timestamp()),
    )
    return jwt.encode(header, claims.model_dump(), jwk(key.public, key.d), algorithms=[_ALGORITHM])


def key_id(token: str) -> str:
    """The id of the key that is said to have signed the token. Nothing is verified yet.

    Raises:
        NoSession: this is no session token.
    """
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise NoSession("too long, or not ASCII")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError):
        raise NoSession("not a signed token") from None
    return _key_id(header)


def verified(token: str, key: PublicKey, now: datetime) -> SignInSession:
    """The session of a token that this key, which it names, has signed, and that lasts.

    Raises:
        NoSession: the token was not made by us for this, or it has ended.
    """
    session, starts = _signed(token, key)
    lasts = starts - TOLERANCE <= now < session.ends_at + TOLERANCE
    if not (lasts and key.not_before - TOLERANCE <= now < key.ends_at + TOLERANCE):
        raise NoSession("not valid at this time")
    return session


@lru_cache(maxsize=_REMEMBERED)
def _signed(token: str, key: PublicKey) -> tuple[SignInSession, datetime]:
    """What the token says, whenever that was, and from when on it is valid. It takes long, and is always the same."""
    if key_id(token) != key.id:
        raise NoSession("another key")
    try:
        content = jwt.decode(token, jwk(key), algorithms=[_ALGORITHM])
        claims = _Claims.model_validate(content.claims)
    except ValidationError:
        raise NoSession("not the claims of a session") from None
    except (JoseError, ValueError, TypeError, RecursionError):
        raise NoSession("not signed by this key") from None
    if (claims.iss, claims.aud) != (_ISSUER, _AUDIENCE):
        raise NoSession("from another issuer, or for another audience")
    if claims.exp - claims.iat > LIFETIME.total_seconds():
        raise NoSession("a session that lasts too long")
    since, starts, ends = (datetime.fromtimestamp(time, UTC) for time in (claims.iat, claims.nbf, claims.exp))
    return SignInSession(claims.sid, claims.sub, claims.gen, since, ends, tuple(claims.also), claims.op), starts


def _key_id(header: Mapping[str, Any]) -> str:
    if set(header) != {"alg", "typ", "kid"} or header["alg"] != _ALGORITHM or header["typ"] != _TYPE:
        raise NoSession("not the header of a session token")
    id = header["kid"]
    if not isinstance(id, str) or not 1 <= len(id) <= 64:
        raise NoSession("no key is named")
    return id
