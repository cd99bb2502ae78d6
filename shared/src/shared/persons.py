"""Who a person is, without saying who: normal forms of e-mail addresses, and the keyed id made of them.

Services share a person's id and never the address. The id is the same in every service that has the key.
"""

import hashlib
import hmac
import re
import unicodedata

import idna
from pydantic import SecretStr

_ADDRESS = re.compile(r"[^\s@\"<>(),:;\\\[\]]{1,64}@[^\s@\"<>(),:;\\\[\]]+", re.UNICODE)

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")


def normalise_email(address: str) -> str:
    """The one form of an address by which a person is recognised: trimmed, Unicode NFKC, lower case, IDNA domain.

    Raises:
        ValueError: the text is not one e-mail address (a subset of RFC 5321: no quoted local parts, no address literals).
    """
    text = unicodedata.normalize("NFKC", address.strip()).lower()
    if len(text) > 254 or not _ADDRESS.fullmatch(text):
        raise ValueError("is not an e-mail address (expected something like ada@example.org)")
    local, domain = text.rsplit("@", 1)
    try:
        # IDNA 2008: the older one made faß.de and fass.de, which may be two owners', the same.
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValueError("has a domain that is not a valid host name") from None
    if not _HOST.fullmatch(ascii_domain):
        raise ValueError("has a domain that is not a valid host name")
    if local.startswith(".") or local.endswith(".") or ".." in local or not local.isprintable():
        raise ValueError("has a local part that is not valid")
    return f"{local}@{ascii_domain}"


def person_id(email: str, key: SecretStr) -> str:
    """The opaque id of the person with this (normalised) address: 32 hexadecimal digits of HMAC-SHA256 (RFC 2104)."""
    return hmac.new(key.get_secret_value().encode(), email.encode(), hashlib.sha256).hexdigest()[:32]
