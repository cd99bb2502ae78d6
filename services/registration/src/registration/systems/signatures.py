"""Signatures and secrets of webhooks, compared in constant time."""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256

from registration.systems.adapter import WebhookRefused


def check_signature(signature: str | None, body: bytes, secrets: Sequence[str]) -> None:
    """Check a hexadecimal HMAC-SHA256 (RFC 2104) of the body. Raises ``WebhookRefused``."""
    if not signature:
        raise WebhookRefused("the signature is missing")
    actual = signature.strip().lower().encode()
    expected = [hmac.new(secret.encode(), body, sha256).hexdigest().encode() for secret in secrets]
    if not any_fits([actual], expected):
        raise WebhookRefused("the signature does not match the body and any valid secret")


def check_password(password: str | None, secrets: Sequence[str]) -> None:
    """Check a secret that was sent as it is. Raises ``WebhookRefused``."""
    if not password:
        raise WebhookRefused("the secret is missing")
    if not any_fits([password.encode()], [secret.encode() for secret in secrets]):
        raise WebhookRefused("the secret is not valid for this connection")


def any_fits(given: Iterable[bytes], expected: Collection[bytes]) -> bool:
    """Whether any given value is one of the expected values."""
    # A list, so that all are compared: the time must not tell which one fits.
    return any([hmac.compare_digest(one, other) for one in given for other in expected])  # noqa: C419


def basic_password(headers: Mapping[str, str]) -> str | None:
    """The password of HTTP basic authentication (RFC 7617); None if there is none."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (NotBase64, UnicodeDecodeError, ValueError):
        return None


def fingerprint(body: bytes) -> str:
    """A hash of the body: the key of a delivery that has no id."""
    return sha256(body).hexdigest()
