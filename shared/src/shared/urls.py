"""Addresses of the web, read as browsers read them (WHATWG URL Standard), and refused where readers could differ.

Every address that is stored, shown or fetched goes through ``web_address``; requests and events have it by the types ``Url`` and
``Link`` of ``shared.contract.events.fields``. It returns what it parsed, so the host that was checked is the host that is opened.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import idna
from ada_url import URL

from shared.worded import Worded

LONGEST: Final = 2000
_ORIGIN: Final = re.compile(r"(https?)://([^/?#]+)", re.ASCII)
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_LONGEST_HOST: Final = 253
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address with ``http`` or ``https``. ``host`` is in lower case and ASCII: a name, an IPv4 address, or an IPv6 one.

    ``href`` is all of it, as browsers write it.
    """

    href: str
    scheme: str
    host: str
    port: int
    path: str
    query: str
    fragment: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what two addresses of the same server share."""
        return self.scheme, self.host, self.port


@lru_cache(1000)  # the same listings are recommended to many, and a page of applications names their links
def web_address(text: str) -> WebAddress:
    """The address in this text.

    Raises:
        ValueError: browsers and libraries would not all read it alike; the message says why.
    """
    if len(text) > LONGEST:
        raise ValueError(f"must have at most {LONGEST:,} characters")
    if not text.isprintable() or any(character.isspace() or character in "\\\"'<>" for character in text):
        raise ValueError("must not contain spaces, invisible characters, backslashes, quotes or < >; percent-encode them")
    found = _ORIGIN.match(text)
    if found is None:
        raise ValueError(Worded("must begin with http:// or https:// and a host, such as https://example.org/page"))
    if "@" in found[2]:
        raise ValueError(Worded("must not contain a user or password"))
    host = _host(_without_port(found[2]))
    try:
        parsed = URL(text)
    except ValueError:
        raise ValueError(Worded("is not a web address, such as https://example.org/page")) from None
    if parsed.hostname != (f"[{host}]" if ":" in host else host) or parsed.username or parsed.password:
        raise ValueError("has a host that browsers read differently")  # the last line: whatever the checks above let through
    if len(parsed.href) > LONGEST:
        raise ValueError(f"must have at most {LONGEST:,} characters when percent-encoded")
    port = int(parsed.port) if parsed.port else _DEFAULT_PORTS[found[1]]
    if not port:
        raise ValueError("must not use port 0")
    return WebAddress(
        parsed.href, found[1], host, port, parsed.pathname, parsed.search.removeprefix("?"), parsed.hash.removeprefix("#")
    )


def kept_address(text: str | None) -> str | None:
    """The address as it was parsed; None where it is none: for what others publish, or older versions stored as it came."""
    try:
        return web_address(text).href if text else None
    except ValueError:
        return None


@lru_cache(1000)  # as settings name them
def host_pattern(text: str) -> str:
    """Which hosts a setting allows: one host, ``*.example.org`` for all below it, ``*`` for any; in lower case and ASCII.

    Raises:
        ValueError: it is none of these.
    """
    if text == "*":
        return text
    wildcard = "*." if text.startswith("*.") else ""
    return wildcard + _host(text.removeprefix(wildcard))


def is_among(host: str, patterns: Iterable[str]) -> bool:
    """Whether the host, in the form of ``WebAddress.host``, is one that these patterns allow."""
    return any(
        pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern.removeprefix("*"))) for pattern in patterns
    )


def by_commas(text: str) -> tuple[str, ...]:
    """The parts of a setting that are separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def without_port(authority: str) -> str:
    """The host of ``host[:port]``, as in the header ``Host``, in the form of ``WebAddress.host``.

    Raises:
        ValueError: it is none.
    """
    return _host(_without_port(authority))


def _without_port(authority: str) -> str:
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        return authority
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65_535):
        raise ValueError("has an invalid port; use a number from 1 to 65535")
    return host


def _host(text: str) -> str:
    if text.startswith("["):
        return _ipv6(text)
    if not text.isascii():
        text = _ascii(text)
    host = text.lower()
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("has a host with other characters than letters, digits, hyphens and single dots")
    if _NUMBER.fullmatch(labels[-1]):  # what ends in a number is an IPv4 address, which browsers also take in other bases
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise ValueError("has an IP address that is not written as four numbers, such as 192.0.2.1") from None
    for label in labels:
        if label.startswith("xn--"):
            _check_encoded(label)
    return host


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        address = None
    if address is None or address.scope_id or not text.endswith("]"):
        raise ValueError("has an IPv6 address that is invalid or has a zone")
    # As browsers write it, which differs from Python's form where it holds an IPv4 address.
    return URL(f"http://[{address.compressed}]/").hostname.strip("[]")


def _ascii(text: str) -> str:
    """A name in other letters, in the form that is looked up (IDNA).

    Refused are characters that become others on the way (wide letters, ligatures, a wide full stop): readers may stop before.
    """
    lower = unicodedata.normalize("NFC", text.lower())
    if len(lower) > _LONGEST_HOST or "\u3002" in lower or unicodedata.normalize("NFKC", lower) != lower:
        raise ValueError("has a host with characters that are replaced by others")
    try:
        return idna.encode(lower).decode()
    except (idna.IDNAError, UnicodeError):
        raise ValueError("has a host with characters that host names cannot have") from None


def _check_encoded(label: str) -> None:
    try:
        if idna.alabel(idna.ulabel(label)).decode() == label:
            return
    except (idna.IDNAError, UnicodeError):
        pass
    raise ValueError(f"has a host with {label!r}, which does not decode to a name")
