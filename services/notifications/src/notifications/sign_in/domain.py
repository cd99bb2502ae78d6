"""Sign-in requests, their limits, sessions, operators, and when the keys that sign sessions change. Pure."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address
from typing import Final

from pydantic import SecretStr

from shared.persons import person_id
from shared.signing_keys import KeySchedule
from shared.web.access.sessions import LIFETIME, TOLERANCE, SignInSession

VALID: Final = timedelta(minutes=15)
"""How long a link and its code are valid."""
WINDOW: Final = timedelta(minutes=15)
"""The time in which requests are counted. It is not longer than a link is valid, see ``MOST_FOR_ADDRESS``."""
MOST_FOR_ADDRESS: Final = 3
"""Mails to one address. If strangers use them up, whoever reads the mail has as many valid links, and is not locked out."""
MOST_FROM_NETWORK: Final = 300
"""Requests from one network: as many as attendees of a conference may make from its one address."""
MOST_IN_ALL: Final = 3_000
"""Requests of everybody, without those whose address had all of its mails."""
MOST_TRIES: Final = 5
"""Wrong codes for one request. Then its code is void; its link is not."""
CODE_DIGITS: Final = 8

SIGNS: Final = timedelta(days=30)
"""How long a key signs."""
ANNOUNCED: Final = timedelta(days=1)
"""How long before it signs a key is published."""


# Requests


@dataclass(frozen=True, slots=True)
class Counts:
    """How many requests there were in the window, including this one."""

    for_address: int
    from_network: int
    in_all: int

    @property
    def too_many(self) -> bool:
        """Whether the request is refused. Nothing about the address is said by that."""
        return self.from_network > MOST_FROM_NETWORK or self.in_all > MOST_IN_ALL

    @property
    def gets_mail(self) -> bool:
        """Whether the address may get a mail. Whoever asks is not told."""
        return not self.too_many and self.for_address <= MOST_FOR_ADDRESS


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the mail contains: either proves that somebody reads it."""

    token: str
    code: str


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """Somebody asked to sign in with an address."""

    id: str
    """Known to the browser that asked, which needs it to use the code."""
    next: str
    """The path of the page to return to; "" for none."""
    expires_at: datetime
    person_ids: tuple[str, ...] = ()
    """Whose address it is: all ids of the person, the first one their own. None if it is nobody's, or not looked up yet."""
    operator_id: str = ""
    """The person id of the address, if it is an operator's; else ""."""
    code_digest: str = ""
    tries: int = 0
    used: bool = False

    def is_open(self, now: datetime) -> bool:
        """Whether its link still signs somebody in."""
        return bool(self.person_ids) and not self.used and now < self.expires_at

    def takes(self, code: str, now: datetime) -> bool:
        """Whether this code signs somebody in. ``tries`` includes this one."""
        is_right = compare_digest(code_digest(self.id, code), self.code_digest or code_digest("", ""))
        return is_right and self.is_open(now) and self.tries <= MOST_TRIES


def new_id() -> str:
    """A random id that nobody can guess: 128 bits."""
    return secrets.token_hex(16)


def new_secrets() -> Secrets:
    """A random link token of 256 bits, and a random code."""
    return Secrets(secrets.token_urlsafe(32), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}")


def token_digest(token: str) -> str:
    """What is stored of a link's token."""
    return sha256(b"token\0" + token.encode(errors="replace")).hexdigest()


def code_digest(id: str, code: str) -> str:
    """What is stored of the code of the request with this id."""
    digits = re.sub(r"[\s-]", "", code)
    return sha256(f"code\0{id}\0{digits}".encode(errors="replace")).hexdigest()


def shown_code(code: str) -> str:
    """The code in two groups, which are easier to read and type."""
    half = len(code) // 2
    return f"{code[:half]} {code[half:]}"


def network_of(address: str) -> str:
    """The network that a client's requests are counted for: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return f"{IPv6Address(int(ip) >> 64 << 64)}/64"
    return str(ip)


def window_start(now: datetime) -> datetime:
    """When the window that ``now`` is in began."""
    seconds = int(now.timestamp())
    return datetime.fromtimestamp(seconds - seconds % int(WINDOW.total_seconds()), now.tzinfo)


# Sessions


@dataclass(frozen=True, slots=True)
class StartedSession:
    """A session as its person sees it, from its start to its end."""

    session: SignInSession
    signing_key_id: str
    browser: str
    """Which browser it is, roughly, such as "Firefox, Windows"; "" if it is none that we know."""


_BROWSERS: Final = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
"""The browser for each mark. Most browsers bear the marks of others, too, so the first one found counts."""
_SYSTEMS: Final = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


def browser_of(user_agent: str) -> str:
    """Browser and system, in fixed words, from a ``User-Agent`` header: just enough to recognise one's own."""
    words = [next((word for mark, word in marks.items() if mark in user_agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, words))


# Operators


class Operators:
    """The addresses of operators, by their person ids. They can sign in even if nobody registered them."""

    def __init__(self, emails: Iterable[str], key: SecretStr | None) -> None:
        """``emails``: in their normal form. ``key``: ``PERSON_KEY``, without which nobody is an operator."""
        self._emails = {person_id(email, key): email for email in emails} if key else {}

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._emails)

    def id(self, email: str) -> str:
        """The person id of an operator's address; "" if it is nobody's."""
        return next((id for id, its_email in self._emails.items() if its_email == email), "")

    def email(self, id: str) -> str:
        """The address of the operator with this person id; "" if there is none."""
        return self._emails.get(id, "")


# Keys


SESSION_KEYS: Final = KeySchedule(SIGNS, ANNOUNCED, TOLERANCE, LIFETIME + TOLERANCE)
"""When the keys that sign sessions change."""
