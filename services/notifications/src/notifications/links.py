"""The signed links and addresses in a mail that lead back to this service.

They need no log-in, cannot be forged, and a link for one purpose is void for any other. They do not expire, as a mail may be read
years later; only a link to a page of the site signs its reader in, and that once and for some days.

Addresses (for bounces, and for unsubscribing by mail) use only letters and digits, and are read in any case, because some mail
servers change the case.
"""

import hashlib
import hmac
import json
import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from itsdangerous import BadSignature, Signer
from pydantic import SecretStr

from shared.key_lists import keys_of

_HEX_ID: Final = re.compile(r"[0-9a-f]{32}")
_GUARD: Final = "_"
"""Put before a signed id in a link: without it, spam filters take one in sixty ids for a Bitcoin address."""
_MARK_BYTES: Final = 9
"""The length of the signature in an address: 72 bits, as each guess costs a mail."""
_LOCAL_PART: Final = 64
"""The most characters before the ``@`` (RFC 5321, 4.5.3.1.1)."""
LONGEST_BOUNCE_LOCAL_PART: Final = 19
"""The most characters before the ``@`` of BOUNCE_ADDRESS: the rest of the 64 is for a person's token."""


@dataclass(frozen=True, slots=True)
class MessageAddress:
    """The envelope sender of the message with this token. Bounces and automatic replies come to it."""

    token: str


@dataclass(frozen=True, slots=True)
class UnsubscribeAddress:
    """The address at which this person unsubscribes."""

    person_id: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link of a mail to a page of the site: whose it is, when the mail was written, and the page's path."""

    person_id: str
    at: datetime
    path: str


class Links:
    """Makes the links and addresses, and reads them when they come back."""

    def __init__(self, public_url: str, keys: SecretStr, bounce_address: str) -> None:
        """``keys`` sign everything: the first of them what is new, while what any of them signed is valid. They are separated by
        commas. Without a bounce address, nothing comes back by mail.

        Raises:
            ValueError: the bounce address has not 1 to ``LONGEST_BOUNCE_LOCAL_PART`` characters before its ``@``.
        """
        self._public_url = public_url.rstrip("/")
        self._keys = keys_of(keys)
        self._bounce_local, _, self._bounce_domain = bounce_address.rpartition("@")
        if bounce_address and (not 1 <= len(self._bounce_local) <= LONGEST_BOUNCE_LOCAL_PART or not self._bounce_domain):
            raise ValueError(
                f"needs 1 to {LONGEST_BOUNCE_LOCAL_PART} characters before its @, "
                "so that a token fits in after them (bounces+TOKEN@...)"
            )

    # A message, by its token

    def token(self, message_id: str) -> str:
        """32 hexadecimal digits that identify a message in its Message-ID and its envelope sender."""
        return _hmac(self._keys[0], "message", message_id.encode()).hex()[:32]

    def envelope_sender(self, token: str) -> str:
        """The address for bounces of the message: ``bounces+TOKEN@…`` (VERP, variable envelope return path).

        "" without a bounce address.
        """
        if not self._bounce_domain:
            return ""
        return f"{self._bounce_local}+{token}@{self._bounce_domain}"

    def view(self, token: str) -> str:
        """The link to the page that shows the message. The token alone does not open it, as headers of replies reveal it."""
        return self._link("mail", token)

    def viewed(self, signed: str) -> str | None:
        """The token of the message for the signed part of a ``view`` link; None if the signature is wrong."""
        return self._read("mail", signed)

    # A person

    def unsubscribe(self, person_id: str) -> str:
        """The link to the page where this person unsubscribes (RFC 8058)."""
        return self._link("unsubscribe", person_id)

    def unsubscriber(self, signed: str) -> str | None:
        """The person for the signed part of an ``unsubscribe`` link; None if the signature is wrong."""
        return self._read("unsubscribe", signed)

    def preferences(self, person_id: str) -> str:
        """The link to the page where this person chooses mails."""
        return self._link("preferences", person_id)

    def chooser(self, signed: str) -> str | None:
        """The person for the signed part of a ``preferences`` link; None if the signature is wrong."""
        return self._read("preferences", signed)

    def unsubscribe_address(self, person_id: str) -> str:
        """The address at which this person unsubscribes by mail (the ``mailto:`` of RFC 2369).

        "" without a bounce address, or if the id is too long; those of ``shared.persons.person_id`` are not.
        """
        if not self._bounce_domain:
            return ""
        body = b"h" + bytes.fromhex(person_id) if _HEX_ID.fullmatch(person_id) else b"t" + person_id.encode()
        mark = _hmac(self._keys[0], "unsubscribe address", body)[:_MARK_BYTES]
        local = f"{self._bounce_local}+u-{b32encode(mark + body).decode().rstrip('=').lower()}"
        return f"{local}@{self._bounce_domain}" if len(local) <= _LOCAL_PART else ""

    # A page of the site

    def page(self, person_id: str, path: str, at: datetime) -> str:
        """The link by which this person, who got it in a mail written then, gets to a page of the site and is signed in."""
        content = json.dumps([person_id, int(at.timestamp()), path], separators=(",", ":"))
        return self._link("open", urlsafe_b64encode(content.encode()).decode().rstrip("="))

    def opened(self, signed: str) -> PageLink | None:
        """What the signed part of a ``page`` link says; None if the signature is wrong."""
        content = self._read("open", signed)
        if content is None:
            return None
        person_id, at, path = json.loads(urlsafe_b64decode(content + "=" * (-len(content) % 4)))
        return PageLink(person_id, datetime.fromtimestamp(at, UTC), path)

    # What came back by mail

    def addressee(self, address: str) -> MessageAddress | UnsubscribeAddress | None:
        """The message or person that a mail to this address is about; None if it is not one of our addresses.

        A message's token is only checked for its form: look it up in the repository.
        """
        local, _, domain = address.strip().strip("<>").lower().rpartition("@")
        name, _, tag = local.rpartition("+")
        if not domain or (name, domain) != (self._bounce_local.lower(), self._bounce_domain.lower()):
            return None
        if _HEX_ID.fullmatch(tag):
            return MessageAddress(tag)
        person_id = self._person(tag.removeprefix("u-")) if tag.startswith("u-") else None
        return UnsubscribeAddress(person_id) if person_id else None

    def _person(self, text: str) -> str | None:
        try:
            data = b32decode(text.upper() + "=" * (-len(text) % 8))
            mark, body = data[:_MARK_BYTES], data[_MARK_BYTES:]
            expected = [_hmac(key, "unsubscribe address", body)[:_MARK_BYTES] for key in self._keys]
            if not any(hmac.compare_digest(mark, one) for one in expected):
                return None
            return body[1:].hex() if body[:1] == b"h" else body[1:].decode()
        except ValueError:  # not base 32, or not text
            return None

    def _link(self, purpose: str, what: str) -> str:
        return f"{self._public_url}/{purpose}/{_GUARD}{self._signer(purpose).sign(what).decode()}"

    def _read(self, purpose: str, signed: str) -> str | None:
        try:
            return self._signer(purpose).unsign(signed.removeprefix(_GUARD)).decode()
        except (BadSignature, UnicodeError):
            return None

    def _signer(self, purpose: str) -> Signer:
        # It signs with the last key of its list, and accepts any.
        return Signer(list(reversed(self._keys)), salt=purpose, digest_method=hashlib.sha256)


def _hmac(key: str, purpose: str, data: bytes) -> bytes:
    return hmac.digest(key.encode(), purpose.encode() + b"\0" + data, "sha256")
