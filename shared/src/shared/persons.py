"""Who a person is, without saying who: normal forms of e-mail addresses, and the keyed id made of them.

Services share a person's id and never the address. The id is the same in every service that has the key.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass

import idna
from pydantic import SecretStr

from shared.worded import Worded

_ADDRESS = re.compile(r"[^\s@\"<>(),:;\\\[\]]+@[^\s@\"<>(),:;\\\[\]]+", re.UNICODE)

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")

MAX_OCTETS = 254
"""Of an address as it is sent, in UTF-8 and with the domain in ASCII (RFC 5321, 4.5.3.1, with its erratum 1690)."""
MAX_LOCAL_OCTETS = 64
_MOST_WRITTEN = 1000
"""Characters that are looked at: normalising a text takes time, and can make it many times as long."""


def normalise_email(address: str) -> str:
    """The one form of an address by which a person is recognised: trimmed, Unicode NFKC, lower case, IDNA domain.

    Lengths are checked of that form: what is written may be shorter, and what is sent is refused by readers if it is longer.

    Raises:
        ValueError: the text is not one e-mail address (a subset of RFC 5321: no quoted local parts, no address literals).
    """
    written = address.strip()
    # Lower case can make a letter and its accent one character: J and a caron are two, j and a caron are ǰ.
    text = _nfkc(_nfkc(written).lower()) if len(written) <= _MOST_WRITTEN else ""
    if not _ADDRESS.fullmatch(text):
        raise ValueError(Worded("is not an e-mail address (expected something like ada@example.org)"))
    local, domain = text.rsplit("@", 1)
    try:
        # IDNA 2008: the older one made faß.de and fass.de, which may be two owners', the same.
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:  # which IDNAError is
        raise ValueError("has a domain that is not a valid host name") from None
    if local.startswith(".") or local.endswith(".") or ".." in local or not local.isprintable():
        raise ValueError("has an invalid local part")
    if len(local.encode()) > MAX_LOCAL_OCTETS:
        raise ValueError(f"has a local part of more than {MAX_LOCAL_OCTETS} bytes")
    if len(local.encode()) + 1 + len(ascii_domain) > MAX_OCTETS:
        raise ValueError(f"is not an e-mail address that can be used: as sent in mails, it has more than {MAX_OCTETS} bytes")
    if not _HOST.fullmatch(ascii_domain):
        raise ValueError("has a domain that is not a valid host name")
    return f"{local}@{ascii_domain}"


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def person_id(email: str, key: SecretStr) -> str:
    """The opaque id of the person with this (normalised) address: 32 hexadecimal digits of HMAC-SHA256 (RFC 2104)."""
    return hmac.new(key.get_secret_value().encode(), email.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Mentioned:
    """The ids of the persons whom something may be about; not ``complete`` where it may be about others too."""

    ids: frozenset[str]
    complete: bool = True

    def any_of(self, ids: Set[str]) -> bool:
        """Whether it may be about one of these persons."""
        return not self.complete or not self.ids.isdisjoint(ids)
