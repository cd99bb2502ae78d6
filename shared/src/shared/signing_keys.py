"""Ed25519 keys that sign for a time, one after the other. Pure."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc.jwk import OKPKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a key."""

    id: str
    x: str
    """The 32 bytes of the key, as in a JWK (RFC 8037): URL-safe Base64 without padding."""
    not_before: datetime
    """It signs nothing before."""
    ends_at: datetime
    """Whatever it signed and that ends by itself has ended by then."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key with its secret half."""

    public: PublicKey
    d: str
    """The secret, as in a JWK."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key in the order of the keys: each signs after the one before."""

    number: int
    key: PrivateKey
    """Its secret half is "" if nothing decrypts it any more, or it was deleted: then the key signs nothing."""
    signs_until: datetime
    revoked_at: datetime | None = None
    """From when on nothing that it signed is to be trusted, because somebody else may have its secret half."""

    @property
    def is_readable(self) -> bool:
        return bool(self.key.d)


@dataclass(frozen=True, slots=True)
class KeySchedule:
    """When keys are made, sign and end."""

    signs: timedelta
    """How long a key signs."""
    announced: timedelta
    """How long before it signs a key is made, so that others know it by then."""
    tolerance: timedelta
    """How far two clocks may differ."""
    lasts: timedelta
    """How long after its signature something may last."""

    def next(self, keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
        """The key to make now; None if the newest one signs for long enough."""
        newest = max(filter(_is_readable, keys), key=_number, default=None)
        if newest is None or self.signing(keys, now) is None:
            # It signs at once: it is the first one, or the one before was revoked, or ended while the service was down.
            since = now
        elif now < newest.signs_until - self.announced:
            return None
        else:
            since = max(newest.signs_until, now)
        until = since + self.signs
        key = new_key(secrets.token_hex(16), since, until + self.lasts)
        return SigningKey(max(map(_number, keys), default=0) + 1, key, until)

    def signing(self, keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
        """The key that signs now: the newest one that may. None if there is none."""
        due = [key for key in keys if key.is_readable and key.key.public.not_before <= now < key.signs_until + self.tolerance]
        return max(due, key=_number, default=None)

    def ended(self, keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
        """The keys whose secret is no longer needed, by any clock."""
        return [key for key in keys if key.key.public.ends_at + 2 * self.tolerance <= now]


def new_key(id: str, not_before: datetime, ends_at: datetime) -> PrivateKey:
    """A new random key."""
    made = OKPKey.generate_key("Ed25519").as_dict(private=True)
    return PrivateKey(PublicKey(id, str(made["x"]), not_before, ends_at), str(made["d"]))


def jwk(key: PublicKey, d: str = "") -> OKPKey:
    """The key as ``joserfc`` takes it. ``d``: its secret half, to sign with it."""
    parts: dict[str, str | list[str]] = {"kty": "OKP", "crv": "Ed25519", "x": key.x}
    return OKPKey.import_key(parts | ({"d": d} if d else {}))


def _number(key: SigningKey) -> int:
    return key.number


def _is_readable(key: SigningKey) -> bool:
    return key.is_readable
