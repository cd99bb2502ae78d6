"""Handles: the names by which portfolios are found. Pure."""

import re
from typing import Final

from shared.text_patterns import HANDLE

SHORTEST: Final = 3
LONGEST: Final = 40
MOST_HANDLES: Final = 5
"""The most handles that a person can ever have, because nobody else can get one that was theirs."""

_ALIKE: Final = str.maketrans("013458i", "oleasbl", "-")
"""Characters that look like others, and hyphens, which are easily overlooked."""
_ALIKE_TOGETHER: Final = (("rn", "m"), ("vv", "w"))
_PLATFORM: Final = """
    about account accounts admin administrator api app apps applications apply attendee attendees auth badges billing blog
    careers conference conferences contact contacts credentials dashboard demo desk docs event events feedback health help
    home host hosts ideas index info insight internships issuer jobs keys legal listings log-in login log-out logout mail
    matches matching me mentor mentors metrics moderator notifications oauth official openapi operator operators
    opportunity-desk organization organizations organizer organizers password placements portfolio portfolios privacy
    profile profiles public register registration root rounds search security service session sessions settings sign-in
    sign-out sign-up staff static statistics status sudo superuser support sysadmin system team terms test unsubscribe user
    users
"""
"""The platform's own words, and the names of its roles."""
_HOSTS: Final = """
    abuse autoconfig cdn dns email ftp hostmaster imap localhost mailer-daemon marketing mta-sts news no-reply noc ns1 ns2
    pop3 postmaster sales smtp ssl tls usenet uucp webmail webmaster wpad www
"""
"""Standard names of mailboxes and hosts, by RFC 2142 and by custom."""
_NOBODY: Final = "anonymous anybody everybody everyone false nil nobody none null somebody true undefined unknown"
"""Words that people and programs use to mean nobody."""


def is_handle(text: str) -> bool:
    """Whether the text has the form of a handle."""
    return SHORTEST <= len(text) <= LONGEST and re.fullmatch(HANDLE, text, re.ASCII) is not None


def skeleton(handle: str) -> str:
    """The skeleton that look-alike handles share: ``ada-lovelace``, ``adalovelace`` and ``ada1ove1ace``.

    Modelled on the skeletons of Unicode Technical Standard 39, for the characters that a handle may have.
    """
    text = handle.translate(_ALIKE)
    for pair, one in _ALIKE_TOGETHER:
        text = text.replace(pair, one)
    return text


_RESERVED: Final = frozenset(map(skeleton, f"{_PLATFORM} {_HOSTS} {_NOBODY}".split()))


def is_reserved(handle: str) -> bool:
    """Whether the handle looks like a word of the platform itself, or like one that means nobody."""
    return skeleton(handle) in _RESERVED
